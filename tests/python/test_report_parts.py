# SPDX-License-Identifier: BSD-3-Clause
"""What the page is made of: rankings, the table of cells, colours."""

from __future__ import annotations

import pytest
from conftest import Row, Write, realistic, row, tail

import cells
import report
import families
import report_cells
import report_findings
import report_svg
import style


def setting(rows: list[Row], write: Write) -> report_findings.Setting:
    (found,) = report_findings.costs(cells.read([write(rows)]))
    return found


def three(*costs: float) -> list[Row]:
    return [row(rep=rep, ns_per_pair=cost) for rep, cost in enumerate(costs)]


def test_costs_are_ranked_over_the_floor(write: Write) -> None:
    floor = [row(strategy="zero", floor=1, ns_per_pair=5)]
    dear = [{**cells_, "strategy": "beta"} for cells_ in three(40, 41, 90)]
    found = setting([*floor, *dear, *three(9, 10, 30)], write)
    assert [one.series for one in found.ranked] == ["alpha", "beta"]
    assert (found.best.median, found.worst.median, found.floor and found.floor.median) == (10, 41, 5)
    assert (found.over(found.best), found.ratio(found.best), found.tied) == ("5 ns", "2×", [])
    assert setting(three(9, 10, 30), write).floor is None


def test_what_overlaps_the_floor_is_at_the_floor(write: Write) -> None:
    """Cheaper by the medians, or dearer, it is never a distance."""
    for median in (4, 6):
        floor = [{**cells_, "strategy": "zero", "floor": 1} for cells_ in three(4.5, 5, 7)]
        rows = [*floor, *three(median - 1, median, 30)]
        found = setting(rows, write)
        assert (found.over(found.best), found.ratio(found.best)) == ("at the floor", "–")
        table = values(report_cells.tabulate(cells.read([write(rows)])), "alpha")
        assert table["over_floor_ns"] == table["times_floor"] == "at the floor"
        (headline,) = report_findings.headlines(cells.read([write(rows)]))[""]
        assert ", at the floor." in headline.text and "\N{MINUS SIGN}" not in headline.text


def test_an_unfit_build_is_said(write: Write) -> None:
    df = cells.read([write([row(unfit="sanitizer address"), row(rep=1, unfit="sanitizer address")])])
    assert any("sanitizer address" in notice for notice in report._notices(df)) and "sanitizer address" in cells.describe(df)


def test_overlapping_repetitions_are_level(write: Write) -> None:
    other = [{**cells_, "strategy": "beta"} for cells_ in three(29, 40, 50)]
    found = setting([*other, *three(9, 10, 30)], write)
    assert [one.series for one in found.tied] == ["beta"]


def test_tails_need_the_percentile_in_every_strategy(write: Write) -> None:
    rows = [tail(50, strategy=name, timer_step_ns=1) for name in ("alpha", "beta")] + [tail(10, strategy="zero", floor=1)]
    (found,) = report_findings.tails(cells.read([write(rows)]))
    assert (found.measure, found.best.median, found.ratio(found.best)) == ("p999_ns", 400, "5×")
    rows[1]["p999_ns"] = ""
    assert report_findings.tails(cells.read([write(rows)]))[0].measure == "p99_ns"


def test_times_that_the_clock_cannot_resolve(write: Write) -> None:
    rows = [tail(50, timer_step_ns=50), tail(10, strategy="zero", floor=1, timer_step_ns=50)]
    (found,) = report_findings.tails(cells.read([write(rows)]))
    assert found.floor and found.time(found.floor) == "< 150 ns"
    assert found.ratio(found.best) == "> 2.67×" and found.ratio(found.floor) == "–"


def values(table: report_cells.Table, series: str) -> dict[str, str]:
    (line,) = [line for line in table.rows if line[0].shown == series]
    return {heading.name: cell.shown for heading, cell in zip(table.headings, line)}


def test_table(write: Write) -> None:
    rows = [row(strategy="zero", floor=1, ns_per_pair=5, windows_clean=10), *three(9, 10, 30)]
    table = report_cells.tabulate(cells.read([write(rows)]))
    assert values(table, "alpha") == {
        "series": "alpha", "reps": "3", "ns_per_pair": "10", "over_floor_ns": "5", "times_floor": "2", "spread_percent": "210",
        "jain": "1", "clean_percent": "90",
    }  # fmt: skip
    assert values(table, "zero")["over_floor_ns"] == "at the floor"
    assert table.constant["workload"] == "pair" and table.constant["threads"] == "1"


def test_table_medians_need_most_repetitions(write: Write) -> None:
    rows = [tail(50, rep=rep, max_ns=1000 + rep) for rep in range(3)]
    for cells_ in rows[:2]:
        cells_["p999_ns"] = ""
    table = report_cells.tabulate(cells.read([write(rows)]))
    found = values(table, "alpha")
    assert (found["p50_ns"], found["max_ns"], found.get("p999_ns")) == ("50", "1,002", None)


def test_labels() -> None:
    assert report_cells.label("p999_ns") == ("p99.9", "ns") and report_cells.label("p50_ns") == ("p50", "ns")
    assert report_cells.label("hold_ns") == ("hold", "ns") and report_cells.label("cpu_ns_per_pair") == ("CPU ns per pair", "")


@pytest.mark.parametrize("colour", [*families.COLOURS.values(), style.GREY])
def test_colours_stand_out_on_dark_paper(colour: str) -> None:
    assert report_svg.contrast(report_svg.dark(colour), report_svg.PAPER) >= 3


def test_pale_colours_stay_near_the_paper() -> None:
    assert report_svg.dark("#ffffff") == report_svg.PAPER and report_svg.dark("#000000") == report_svg.INK
    assert report_svg.contrast(report_svg.dark("#dceBf5"), report_svg.PAPER) < 1.5
    assert report_svg.contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("palette", [report.LIGHT, report.DARK])
def test_text_can_be_read(palette: str) -> None:
    colours = dict(part.split(":") for part in palette.replace("#fff;", "#ffffff;").split(";") if part.startswith("--"))
    pairs = [(text, paper) for text in ("ink", "soft", "link", "bad", "good") for paper in ("paper", "raised")]
    for text, paper in [*pairs, ("ink", "mark"), ("ink", "warn"), ("link", "warn"), ("bad", "warn"), ("good", "warn")]:
        assert report_svg.contrast(colours[f"--{text}"], colours[f"--{paper}"]) >= 4.5, (text, paper)


def test_table_begins_with_times_and_ends_with_limits(write: Write) -> None:
    table = report_cells.tabulate(cells.read([write(realistic())]))
    workload = [heading.name for heading in table.headings].index("workload")
    order = list(dict.fromkeys(line[workload].shown for line in table.rows))
    assert order == ["pair", "latency", "oversub", "limit"]
