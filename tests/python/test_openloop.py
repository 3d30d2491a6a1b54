# SPDX-License-Identifier: BSD-3-Clause
"""Response over load: which blocks count, which quantile is shown, and the figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Row, Write, tail

import cells
import plot
from cells_openloop import At, Panel, loaded


def planned(load: int, response: float, **more: Any) -> Row:
    """A block whose service time is 100 ns at p99 and 200 at p99.9, and whose response time is as given, and twice that."""
    quantiles = {"p50_ns": 10, "p90_ns": 20, "p99_ns": 100, "p999_ns": 200, "max_ns": 10**6, "resp_p50_ns": 10, "resp_p90_ns": 20}
    tails = {**quantiles, "resp_p99_ns": response, "resp_p999_ns": 2 * response, "resp_max_ns": 10**7}
    basic: Row = {"workload": "openloop", "load": load, "arrivals": "poisson", "hold_ns": 300, "windows": 1, "windows_clean": 1}
    return tail(50, **{**basic, **tails, **more})


def read(write: Write, rows: list[Row]) -> dict[Panel, Any]:
    return loaded(cells.read([write(rows)]))[0]


def test_points_are_medians_over_load(write: Write) -> None:
    rows = [planned(load, load * n, rep=n) for load in (90, 50) for n in (1, 2, 9)]
    (one,) = read(write, rows).values()
    assert one.quantile == "99.9th"
    assert one.curves == {"alpha": [At(50, 200, 100, 900, 200), At(90, 360, 180, 1620, 200)]}


def test_noisy_blocks_are_left_out_unless_there_is_no_other(write: Write) -> None:
    rows = [planned(50, 100), planned(50, 9000, rep=1, windows_clean=0), planned(90, 7000, windows_clean=0)]
    (one,) = read(write, rows).values()
    assert [(point.load, point.response) for point in one.curves["alpha"]] == [(50, 200), (90, 14000)]
    assert (one.noisy, one.disturbed) == (1, 1)


def test_the_rarest_quantile_that_most_blocks_have(write: Write) -> None:
    none = {"p999_ns": "", "resp_p999_ns": ""}
    rows = [planned(50, 100), planned(50, 120, rep=1, **none), planned(50, 140, rep=2, **none)]
    (one,) = read(write, rows).values()
    assert one.quantile == "99th"
    assert one.curves["alpha"] == [At(50, 120, 100, 140, 100)]


def test_panels(write: Write) -> None:
    rows = [planned(50, 100, level=level, arrivals=arrivals) for level in ("callback", "list") for arrivals in ("fixed", "poisson")]
    assert [(panel.level, panel.arrivals) for panel in read(write, rows)] == [
        ("list", "poisson"), ("list", "fixed"), ("callback", "poisson"), ("callback", "fixed"),
    ]  # fmt: skip


def test_more_panels_than_fit_are_named(write: Write) -> None:
    rows = [planned(50, 100, hold_ns=hold) for hold in range(6)]
    kept, left_out = loaded(cells.read([write(rows)]))
    assert len(kept) == 4 and len(left_out) == 2


def test_figure(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [planned(load, load * (n + 1), strategy=name, floor=int(n == 0), level=level)
            for load in (50, 70, 90) for n, name in enumerate(("zero", "alpha", "beta")) for level in ("list", "callback")]  # fmt: skip
    assert plot.main([str(write(rows)), "--only", "openloop", "-o", str(tmp_path / "out"), "--format", "svg"]) == 0
    text = (tmp_path / "out" / "openloop.svg").read_text()
    assert "99.9th percentile" in text and "service time" in text and "beta" in text
    assert capsys.readouterr().out.endswith("openloop.svg\n")


def test_without_planned_callbacks_there_is_no_figure(write: Write) -> None:
    df = cells.read([write([tail(10)])])
    assert plot.FIGURES["openloop"](df, {}, False) == (None, ["no percentiles of workload openloop"])
