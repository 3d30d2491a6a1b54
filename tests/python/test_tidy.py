# SPDX-License-Identifier: BSD-3-Clause
"""The frame behind the figures and the distance from the floor: made-up blocks with known
answers."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import Row, Write, row, tail

from plots import cells, floor, tidy
from plots.floor import Range
from results import frame


def made(write: Write, rows: list[Row]) -> pd.DataFrame:
    return tidy.frame(cells.read([write(rows)]))


def test_a_metric_of_most_blocks(write: Write) -> None:
    rows = [tail(50, rep=rep, **({} if rep < 2 else {"p999_ns": ""})) for rep in range(4)]
    found = made(write, rows)
    [half] = frame.metric(found, "p999_ns").to_dict("records")
    assert (half["n"], half["blocks"]) == (2, 4)
    assert frame.metric(found, "p999_ns", most=True).empty and len(frame.metric(found, "p50_ns", most=True)) == 1
    most = made(write, rows[:3])
    assert len(frame.metric(most, "p999_ns", most=True)) == 1


def test_memory_kept_is_in_mib_of_2_to_the_20(write: Write) -> None:
    [one] = frame.metric(made(write, [row(ms_created=64, ms_retained=32, bytes_per_m=65536)]), tidy.KEPT).to_dict("records")
    assert one["median"] == 2.0


@pytest.mark.parametrize(
    ("low", "high", "over"),
    [(30, 90, 48), (16, 90, 48), (15, 90, None), (9, 90, None)],
)
def test_over_the_floor_is_the_difference_of_the_medians_unless_the_ranges_overlap(low: float, high: float, over: float | None) -> None:
    one, base = Range(60, low, high), Range(12, 10, 15)
    assert floor.over(one, base) == over and floor.at_floor(one, base) == (over is None)


def test_a_range_is_of_all_blocks(write: Write) -> None:
    found = frame.metric(made(write, [row(rep=rep, ns_per_pair=ns) for rep, ns in enumerate((60, 9, 90, 60, 60))]), "ns_per_pair")
    assert floor.ranges(found, ["series", "threads"]) == {("alpha", 1): Range(60, 9, 90)}
