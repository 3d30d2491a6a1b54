# SPDX-License-Identifier: BSD-3-Clause
"""The figures of the cold burst: time over threads, and memory against time."""
from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import Row, Write, row

import cells
import figure_coldburst
import figure_memory
import plot
from figure_coldburst import Point


def burst(ms: float, **more: object) -> Row:
    own: Row = {"workload": "coldburst", "level": "callback", "prefill": 1, "threads": 64, "refill": "go", "waiting": "poll", "tokens": 2}
    return row(**{**own, "ns_per_pair": "", "jain": "", "ms_created": 65, "ms_retained": 65, "bytes_per_m": 2**20, "all_in_ms": ms, **more})


def read(write: Write, rows: list[Row]) -> pd.DataFrame:
    return cells.read([write([{**cells_, "slot": n} for n, cells_ in enumerate(rows)])])


def test_a_panel_for_each_way_to_wait(write: Write) -> None:
    rows = [burst(ms, rep=rep) for rep, ms in enumerate((5.0, 9.0, 6.0))] + [burst(70.0, threads=256), burst(1.0, waiting="futex")]
    found = figure_coldburst.panels(read(write, rows))
    assert list(found) == ["poll", "futex"]
    assert found["poll"].lines == {"alpha": [Point(64, 6.0, 5.0, 9.0), Point(256, 70.0, 70.0, 70.0)]}
    assert found["futex"].lines == {"alpha": [Point(64, 1.0, 1.0, 1.0)]}


def test_who_waits_its_own_way_is_in_every_panel(write: Write) -> None:
    rows = [burst(5.0), burst(1.0, waiting="futex"), burst(2.0, strategy="beta", waiting="condvar")]
    found = figure_coldburst.panels(read(write, rows))
    for way in ("poll", "futex"):
        assert found[way].lines["beta"] == [Point(64, 2.0, 2.0, 2.0)]
        assert found[way].own == {"beta"}
    alone = figure_coldburst.panels(read(write, rows[2:]))
    assert list(alone) == [""] and list(alone[""].lines) == ["beta"]


def test_a_warm_list_stands_apart(write: Write) -> None:
    rows = [burst(500.0), burst(3.0, prefill=65), burst(7.0, prefill=65, strategy="beta"), burst(1.0, prefill=9)]
    panel = figure_coldburst.panels(read(write, rows))["poll"]
    assert panel.lines == {"alpha": [Point(64, 500.0, 500.0, 500.0)]}
    assert panel.warm == [Point(64, 5.0, 3.0, 7.0)]


def test_other_refills_are_for_the_other_figure(write: Write) -> None:
    rows = [burst(5.0), burst(50.0, refill="double", ms_created=128, ms_retained=128)]
    assert figure_coldburst.panels(read(write, rows))["poll"].lines == {"alpha": [Point(64, 5.0, 5.0, 5.0)]}
    [(panel, spots)] = figure_memory.panels(read(write, rows)).items()
    assert (panel.threads, panel.waiting) == (64, "poll")
    assert [(spot.refill, spot.mib, spot.ms) for spot in spots] == [("double", 128.0, 50.0), ("go", 65.0, 5.0)]


def test_memory_is_of_the_burst_with_most_policies(write: Write) -> None:
    rows = [burst(5.0), burst(6.0, refill="one"), burst(99.0, threads=1000), burst(7.0, strategy="zero", floor=1)]
    [(panel, spots)] = figure_memory.panels(read(write, rows)).items()
    assert panel.threads == 64
    assert {spot.series for spot in spots} == {"alpha"}
    assert figure_memory._middle([*spots, figure_memory.Spot("beta", "one", 9.0, 16.0)], "one").ms == 11.0  # type: ignore[union-attr]


def test_one_policy_alone_compares_nothing(write: Write) -> None:
    assert figure_memory.panels(read(write, [burst(5.0), burst(1.0, waiting="futex")])) == {}


def many(strategies: int) -> list[Row]:
    """As a whole run has them."""
    rows = []
    for n in range(strategies):
        who: Row = {"strategy": f"strategy_{n:02}", "floor": int(n == 0)}
        for waiting in ("poll", "backoff", "futex"):
            rows += [burst(threads * (n + 1.0) / 9, **who, waiting=waiting, threads=threads) for threads in (64, 256, 1000)]
            rows.append(burst(8.0 + n, **who, waiting=waiting, threads=1000, prefill=1001))
            rows += [burst(n + k + 1.0, **who, waiting=waiting, refill=refill) for k, refill in enumerate(("one", "double", "low_water"))]
    return rows


@pytest.mark.parametrize("name", ["coldburst", "memory"])
def test_they_are_drawn(write: Write, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([{**cells_, "slot": n} for n, cells_ in enumerate(many(20))])
    assert plot.main([str(path), "-o", str(tmp_path / "out"), "--only", name, "--format", "svg"]) == 0
    svg = (tmp_path / "out" / f"{name}.svg").read_text(encoding="utf-8")
    assert ("strategy_19" in svg) == (name == "coldburst")  # more than there are markers
    assert plot.main([str(write([row()])), "-o", str(tmp_path / "none"), "--only", name, "--format", "svg"]) == 2
    assert f"{name}: no rows of workload coldburst" in capsys.readouterr().out
