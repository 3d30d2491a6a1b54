# SPDX-License-Identifier: BSD-3-Clause
"""The figure that sets the model beside real runtimes."""
from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import Row, Write, row

import cells
import figure_model
import plot


def callback(strategy: str, ns: float, **more: object) -> Row:
    return row(level="callback", strategy=strategy, cpu_ns_per_pair=ns, **more)


def burst(strategy: str, waiting: str, ms: float, **more: object) -> Row:
    own: Row = {"workload": "coldburst", "level": "callback", "prefill": 1, "threads": 100, "refill": "go", "ns_per_pair": "", "jain": ""}
    return row(**{**own, "strategy": strategy, "waiting": waiting, "all_in_ms": ms, **more})


def read(write: Write, rows: list[Row]) -> pd.DataFrame:
    return cells.read([write([{**cells_, "slot": n} for n, cells_ in enumerate(rows)])])


def test_callbacks_of_model_and_reality(write: Write) -> None:
    rows = [callback("alpha", 1200), callback("alpha", 1300, rep=1), callback("alpha", 1400, rep=2), callback("go1.19-77b1f23a", 1500)]
    found = figure_model.callbacks(read(write, rows)).set_index("series")
    assert found.loc["alpha", "cpu_ns_per_pair"] == 1300
    assert not found.loc["alpha", "real"] and found.loc["go1.19-77b1f23a", "real"]


def test_a_name_that_begins_like_a_go_is_none(write: Write) -> None:
    found = figure_model.callbacks(read(write, [callback("gonzo", 1), callback("go", 1)]))
    assert not found["real"].any()


def test_the_ranking_is_of_the_largest_burst_that_both_have(write: Write) -> None:
    rows = [burst("alpha", way, ms) for way, ms in (("poll", 900.0), ("futex", 90.0))]
    rows += [burst("go1.19", "poll", 1500.0), burst("go1.19", "poll", 2500.0, rep=1), burst("alpha", "poll", 1.0, threads=500)]
    rows += [burst("go1.19", "poll", 20.0, prefill=101), burst("alpha", "poll", 5.0, refill="double")]
    threads, ranking = figure_model.bursts(read(write, rows))
    assert threads == 100
    assert [(one.series, one.waiting, one.real) for one in ranking] == [
        ("alpha", "futex", False), ("alpha", "poll", False), ("go1.19", "poll", True)
    ]  # fmt: skip
    assert ranking[2].cold == figure_model.Span(2000.0, 1500.0, 2500.0)
    assert ranking[2].warm is not None and ranking[2].warm.median == 20.0
    assert ranking[1].warm is None


@pytest.mark.parametrize("both", [True, False])
def test_it_is_drawn_where_both_are(write: Write, tmp_path: Path, both: bool, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [callback("alpha", 1200), callback("zero", 1000, floor=1), burst("alpha", "futex", 90.0)]
    rows += [callback("go1.19", 1400), callback("go1.19", 1400, threads=2), burst("go1.19", "poll", 1000.0)] if both else []
    path = write([{**cells_, "slot": n} for n, cells_ in enumerate(rows)])
    status = plot.main([str(path), "-o", str(tmp_path / "out"), "--only", "model", "--format", "svg"])
    assert status == (0 if both else 2)
    assert (tmp_path / "out" / "model.svg").exists() == both
    if not both:
        assert "no rows of real Go" in capsys.readouterr().out
