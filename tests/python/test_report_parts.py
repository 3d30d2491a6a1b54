# SPDX-License-Identifier: BSD-3-Clause
"""What the page is made of: the headline table and the table of cells."""

from __future__ import annotations

from conftest import Row, Write, realistic, row, tail

from plots import cells, report
from plots.page import cells as page_cells
from plots.page import headline
from plots.page.cells import Table


def three(*costs: float, **other: object) -> list[Row]:
    return [row(rep=rep, ns_per_pair=cost, **other) for rep, cost in enumerate(costs)]


def answers(rows: list[Row], write: Write) -> dict[str, dict[str, tuple[str, bool]]]:
    """Strategy → question → what is shown, and whether it is among the best."""
    table = headline.tabulate(cells.read([write(rows)]))
    names = [heading.name for heading in table.headings]
    return {line[0].shown: {name: (cell.shown, cell.best) for name, cell in zip(names[1:], line[1:])} for line in table.rows}


def test_headline_ranks_by_medians_below_the_floors(write: Write) -> None:
    floor = three(5, 5, 5, strategy="zero", floor=1)
    rows = [*three(40, 41, 90, strategy="beta"), *floor, *three(9, 10, 30), *three(29, 39, 50, strategy="gamma")]
    both = [*rows, *({**cells_, "threads": 2, "prefill": 3} for cells_ in rows)]
    found = answers(both, write)
    assert list(found) == ["zero (floor)", "alpha", "gamma", "beta"]
    assert [one["alone"] for one in found.values()] == [("5 ns", False), ("10 ns", True), ("39 ns", True), ("41 ns", False)]


def test_headline_ignores_the_odd_block(write: Write) -> None:
    rows = [*three(*[10] * 25), *three(*[40] * 24, 9, strategy="beta")]
    assert {name: one["alone"] for name, one in answers(rows, write).items()} == {"alpha": ("10 ns", True), "beta": ("40 ns", False)}


def test_headline_marks_what_only_disturbed_blocks_answer(write: Write) -> None:
    bad: Row = {"schedstat": 1, "disturbed": 1, "foreign_share": 0.5}
    good: Row = {**bad, "disturbed": 0}
    found = answers([*three(9, 10, 11, **bad), *three(99, 40, 41, strategy="beta", **good), *three(8, 50, 60, strategy="gamma", **good)], write)
    assert found["alpha"]["alone"] == ("10 ns~", False)
    assert found["beta"]["alone"] == ("41 ns", True)


def test_headline_needs_an_answer_of_most_blocks(write: Write) -> None:
    rows = [tail(50, workload="oversub", threads=8, prefill=9, rep=rep, windows_clean="") for rep in range(3)]
    assert answers(rows, write)["alpha"]["crowd"] == ("400 ns", True)
    for cells_ in rows[:2]:
        cells_["p999_ns"] = ""
    assert answers(rows, write) == {}


def test_headline_tells_machines_apart(write: Write) -> None:
    rows = [*three(9, 10, 11), *three(19, 20, 21, git_rev="fedcba9")]
    assert {name: one["alone"] for name, one in answers(rows, write).items()} == {"alpha (0123abc)": ("10 ns", True), "alpha (fedcba9)": ("20 ns", True)}


def values(table: Table, series: str) -> dict[str, str]:
    (line,) = [line for line in table.rows if line[0].shown == series]
    return {heading.name: cell.shown for heading, cell in zip(table.headings, line)}


def test_an_unfit_build_is_said(write: Write) -> None:
    df = cells.read([write([row(unfit="sanitizer address"), row(rep=1, unfit="sanitizer address")])])
    assert any("sanitizer address" in notice for notice in report._notices(df)) and "sanitizer address" in cells.describe(df)


def test_table(write: Write) -> None:
    rows = [row(strategy="zero", floor=1, ns_per_pair=5, windows_clean=10), *three(9, 10, 30)]
    table = page_cells.tabulate(cells.read([write(rows)]))
    assert values(table, "alpha") == {
        "series": "alpha", "reps": "3", "ns_per_pair": "10", "over_floor_ns": "5", "times_floor": "2", "spread_percent": "210",
        "jain": "1", "clean_percent": "90",
    }  # fmt: skip
    assert values(table, "zero")["over_floor_ns"] == "at the floor"
    assert table.constant["workload"] == "pair" and table.constant["threads"] == "1"


def test_what_overlaps_the_floor_is_at_the_floor(write: Write) -> None:
    """Cheaper by the medians, or dearer, it is never a distance."""
    for median in (4, 6):
        rows = [*three(4.5, 5, 7, strategy="zero", floor=1), *three(median - 1, median, 30)]
        table = values(page_cells.tabulate(cells.read([write(rows)])), "alpha")
        assert table["over_floor_ns"] == table["times_floor"] == "at the floor"


def test_the_table_measures_from_the_cheapest_floor_s_median(write: Write) -> None:
    rows = [row(strategy=name, floor=1, rep=rep, ns_per_pair=ns) for name, some in (("zero", (4, 5, 9)), ("nought", (8, 10, 12)))
            for rep, ns in enumerate(some)]  # fmt: skip
    found = values(page_cells.tabulate(cells.read([write([*rows, row(ns_per_pair=20)])])), "alpha")
    assert (found["over_floor_ns"], found["times_floor"]) == ("15", "4")


def test_clean_windows_are_counted_over_all_blocks(write: Write) -> None:
    rows = [row(rep=0, windows=10, windows_clean=10), row(rep=1, windows=30, windows_clean=15), row(rep=2, windows=99, windows_clean="")]
    assert values(page_cells.tabulate(cells.read([write(rows)])), "alpha")["clean_percent"] == "62.5"


def test_table_medians_need_most_repetitions(write: Write) -> None:
    rows = [tail(50, rep=rep, max_ns=1000 + rep) for rep in range(3)]
    for cells_ in rows[:2]:
        cells_["p999_ns"] = ""
    table = page_cells.tabulate(cells.read([write(rows)]))
    found = values(table, "alpha")
    assert (found["p50_ns"], found["max_ns"], found.get("p999_ns")) == ("50", "1,002", None)


def test_labels() -> None:
    assert page_cells.label("p999_ns") == ("p99.9", "ns") and page_cells.label("p50_ns") == ("p50", "ns")
    assert page_cells.label("hold_ns") == ("hold", "ns") and page_cells.label("cpu_ns_per_pair") == ("CPU ns per pair", "")


def test_table_begins_with_times_and_ends_with_limits(write: Write) -> None:
    table = page_cells.tabulate(cells.read([write(realistic())]))
    workload = [heading.name for heading in table.headings].index("workload")
    order = list(dict.fromkeys(line[workload].shown for line in table.rows))
    assert order == ["pair", "latency", "oversub", "limit"]
