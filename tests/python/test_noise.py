# SPDX-License-Identifier: BSD-3-Clause
"""Disturbed blocks in made-up result files: nobody takes them for a result."""

from __future__ import annotations

import pytest
from conftest import Row, Write, realistic, row

from compare import runs
from compare.history import series as history_series
from plots import advice, cells, figures, headline, limits, report
from plots.page import cells as report_cells
from results import baseline, noise, schema

TOLD: Row = {"schedstat": 1, "disturbed": 0, "foreign_share": 0.01}
BAD: Row = {"schedstat": 1, "disturbed": 1, "foreign_share": 0.6}
UNTOLD: Row = {"schedstat": 0, "disturbed": "", "windows_clean": ""}
WRONG = 7777  # ns, of a disturbed block


def one(figures: Row, *reps: Row) -> list[Row]:
    return [row(**{"threads": 2, "prefill": 3, "kind": "strategy", **figures, "rep": n, "slot": n, **rep}) for n, rep in enumerate(reps)]


def both(first: list[Row], second: list[Row], write: Write, metric: str) -> runs.Cell:
    chosen = [one for one in runs.METRICS if one.column == metric]
    found = runs.read([write(first, "old.csv")], [write(second, "new.csv")], chosen, "")
    return found.cells[0]


@pytest.mark.parametrize("metric", [metric.column for metric in runs.METRICS])
def test_disturbed_blocks_have_no_say_in_any_verdict(write: Write, metric: str) -> None:
    crowd = {"threads": 8, "ns_per_pair": ""} if metric == "cpu_ns_per_pair" else {}
    figures: Row = {"workload": "latency" if metric.startswith("p") else "pair", "samples": 1000, **crowd}
    sound = one(figures, *[{**TOLD, metric: 100 + n} for n in range(3)])
    mixed = one(figures, {**BAD, metric: WRONG}, {**TOLD, metric: 100}, {**BAD, metric: WRONG})
    found = both(sound, mixed, write, metric)
    assert (found.old, found.new) == ((100, 101, 102), (100,))
    assert both(sound, one(figures, *[{**BAD, metric: WRONG}] * 3), write, metric).new == ()


def test_waits_count_in_files_that_say_no_more(write: Write) -> None:
    slow = {"run_wait_ns": 20000, "p50_ns": 100, "samples": 1000}
    figures: Row = {"workload": "latency", "ns_per_pair": ""}
    old = both(one(figures, slow), one(figures, {**slow, **TOLD}), write, "p50_ns")
    assert (old.old, old.new) == ((), (100,))


def test_the_reader_is_told(write: Write) -> None:
    df = schema.load(write(one({}, TOLD, BAD, UNTOLD)))
    disturbed, unknown = noise.words(df, "new")
    assert "disturbed 1 of 3 new blocks" in disturbed and "for 1 of 3 new blocks" in unknown
    assert noise.words(schema.load(write(one({}, {}, {})))) == []  # an older file


def test_compare_says_so(write: Write) -> None:
    found = runs.read([write(one({}, TOLD), "old.csv")], [write(one({}, BAD, UNTOLD), "new.csv")], runs.METRICS, "")
    assert any("disturbed 1 of 2 new blocks" in note for note in found.notes)
    assert any("for 1 of 2 new blocks" in note for note in found.notes)


def test_headline_and_advice_leave_them_out(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = one({}, {**TOLD, "ns_per_pair": 40}, {**BAD, "ns_per_pair": WRONG}, {**BAD, "ns_per_pair": WRONG})
    for command in (headline, advice):
        assert command.main([str(write(rows))]) == 0
        said = capsys.readouterr().out
        assert "40" in said and str(WRONG) not in said and f"{WRONG:,}" not in said


@pytest.mark.parametrize("command", [headline, advice, limits])
def test_nothing_is_said_of_disturbed_blocks_alone(write: Write, command: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(write(one({}, BAD, BAD)))]) == 2  # type: ignore[attr-defined]
    said = capsys.readouterr()
    assert said.out == "" and "disturbed every block" in said.err


def test_history_leaves_them_out(write: Write) -> None:
    rows = one({}, {**TOLD, "ns_per_pair": 40}, {**BAD, "ns_per_pair": WRONG})
    assert list(history_series._read([write(rows)])["ns_per_pair"]) == [40]


def test_they_are_no_baseline(write: Write) -> None:
    assert any("disturbed" in fault for fault in baseline._faults(write(one({}, BAD))))
    assert any("schedstat" in fault for fault in baseline._faults(write(one({}, UNTOLD))))
    assert baseline._faults(write(one({}, BAD, TOLD))) == []


def test_figures_leave_them_out_or_are_stamped(write: Write) -> None:
    df = cells.read([write([{**cells_, **(BAD if cells_["rep"] else TOLD)} for cells_ in realistic()])])
    figure, _ = figures.draw("pair", df)
    assert figure and any(f"left out: {len(df) * 2 // 3} of {len(df)} blocks" in text.get_text() for text in figure.texts)
    assert not [text for text in figure.texts if "no result" in text.get_text()]
    df = cells.read([write([{**cells_, **BAD} for cells_ in realistic()])])
    figure, remarks = figures.draw("pair", df)
    assert figure and [text for text in figure.texts if "disturbed: no result" in text.get_text()] and remarks


def shown(table: report_cells.Table, n: int) -> dict[str, str]:
    return {heading.name: cell.shown for heading, cell in zip(table.headings, table.rows[n])}


def test_the_page_marks_them(write: Write) -> None:
    rows = one({}, {**TOLD, "ns_per_pair": 40}, {**BAD, "ns_per_pair": WRONG})
    df = cells.read([write([*rows, *one({"strategy": "beta"}, *[{**BAD, "ns_per_pair": 70}] * 2)])])
    alpha, beta = (shown(report_cells.tabulate(df), n) for n in (0, 1))
    assert (alpha["ns_per_pair"], alpha["reps"], alpha["left_out"]) == ("40", "1", "1")
    assert (beta["ns_per_pair"], beta["reps"], beta["left_out"]) == ("70~", "0", "2")
    assert any("disturbed 3 of 4 blocks" in notice for notice in report._notices(df))


@pytest.mark.parametrize("cells_", [{"jain": 1, "pairs": 0}, {"disturbed": 2}, {"foreign_share": 1.5}])
def test_the_validator_refuses(write: Write, cells_: Row) -> None:
    assert schema.check(write(one({}, cells_)))
    assert not schema.check(write(one({}, {**TOLD, "jain": "", "pairs": 0})))


