# SPDX-License-Identifier: BSD-3-Clause
"""The tails of single operations: which cells are shown, in which order, and what the figure says
of them."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import pytest
from conftest import Row, Write, tail
from test_pair import inside, seen

from plots import dots, style
from plots.figures import tails as figure_tails
from results.rules import QUANTILES


def oversub(name: str, p50: float, **more: Any) -> Row:
    """64 threads: p99 is 4, p99.9 8 and the longest 100 times p50."""
    return tail(p50, **{"workload": "oversub", "threads": 64, "strategy": name, "floor": int(name == "zero"), "windows_clean": "", **more})


def crowd(n: int, **more: Any) -> list[Row]:
    """A floor and n strategies, the slower the later."""
    return [oversub("zero" if not k else f"s{k:02}", 10.0 * (k + 1), **more) for k in range(n + 1)]


def shown(write: Write, rows: list[Row], n: int = 0) -> list[dots.Panel]:
    one = seen(write, rows)
    found = figure_tails.panels_of(one)
    return [figure_tails._panel(one, tails, found[n].order, k == 0) for k, tails in enumerate(found)]


def test_a_row_has_the_percentiles_and_the_longest_of_all(write: Write) -> None:
    [panel] = shown(write, [oversub("alpha", ns, rep=rep) for rep, ns in enumerate((30, 10, 11))])
    assert [(dot.kind, dot.value, dot.low, dot.high) for dot in panel.rows[0].dots] == [
        ("p50", 11, 11, 11), ("p99", 44, 44, 44), ("p99.9", 88, 80, 240), ("max", 3000, 3000, 3000),
    ]  # fmt: skip
    assert (panel.rows[0].words, panel.column) == ("88 ns", "p99.9")


def test_a_percentile_that_most_blocks_lack_is_left_out(write: Write) -> None:
    """One of three blocks had it: that is not most. The row says so, below the others."""
    rare = [oversub("alpha", 10, rep=rep, p999_ns="" if rep else 80) for rep in range(3)]
    [panel] = shown(write, [*rare, oversub("beta", 500), oversub("gamma", 50)])
    assert [row.name for row in panel.rows] == ["gamma", "beta", "alpha"]
    assert [dot.kind for dot in panel.rows[2].dots] == ["p50", "p99", "max"] and panel.rows[2].words == "no p99.9"
    one = seen(write, [*rare, oversub("beta", 500), oversub("gamma", 50)])
    assert "alpha did too few operations for it: a median of 10 ns." in figure_tails.answer(one, figure_tails.panels_of(one)[0])


def test_without_a_percentile_the_one_before_it_ranks(write: Write) -> None:
    [panel] = shown(write, [{**cells, "p999_ns": ""} for cells in crowd(3)])
    assert panel.column == "p99" and "Of 100 operations" in figure_tails._notes([panel], 0)[0]
    assert [row.words for row in panel.rows] == ["40 ns", "80 ns", "120 ns", "160 ns"]
    assert list(panel.marks) == ["p50", "p99", "max"]


def test_floors_come_first_then_the_lowest(write: Write) -> None:
    rows = [oversub("zero", 90), oversub("alpha", 60), oversub("beta", 70, p999_ns=300), oversub("gamma", 40)]
    [panel] = shown(write, rows)
    assert [row.name for row in panel.rows] == ["zero", "beta", "gamma", "alpha"]


def test_the_most_threads_and_the_most_work(write: Write) -> None:
    rows = [oversub("alpha", 9, threads=threads) for threads in (8, 64)]
    rows += [tail(9, threads=threads, hold_ns=hold, think_ns=hold) for threads in (1, 2, 8) for hold in (0, 300)]
    rows += [tail(9, threads=2, level="callback")]
    found = figure_tails.panels_of(seen(write, rows))
    assert [(one.workload, one.level, one.threads, one.work) for one in found] == [("oversub", "list", 64, (0, 0)), ("latency", "list", 2, (300, 300))]


def test_whole_callbacks_where_the_list_has_one_panel(write: Write) -> None:
    rows = [oversub("alpha", 9, level=level) for level in ("list", "callback")] + [tail(9, threads=2, level="callback")]
    panels = shown(write, rows)
    assert [panel.title for panel in panels] == ["64 threads on 2 CPUs"] * 2
    assert [panel.second.split(",")[0] for panel in panels] == ["list", "callback"]
    assert [panel.label for panel in panels] == ["time of one get and put", "time of one callback"]


def test_rows_are_those_of_the_first_panel(write: Write) -> None:
    rows = [*crowd(2), tail(9, strategy="s01", threads=2), tail(9, strategy="other", threads=2)]
    with plt.rc_context(style.RC):
        figure, _ = figure_tails.draw(seen(write, rows))
        assert figure is not None
        assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["zero", "s01", "s02", "other"]
        assert sum("not measured" in text.get_text() for text in figure.axes[1].texts) == 2
        plt.close(figure)


def test_what_the_timer_cannot_tell_is_marked(write: Write) -> None:
    """Three steps of 30 ns are 90 ns."""
    [panel] = shown(write, [oversub("alpha", 10, timer_step_ns=30), oversub("beta", 100, timer_step_ns=30)])
    assert [row.words for row in panel.rows] == ["< 90 ns", "800 ns"]
    assert panel.blind == 90 and panel.lines == [dots.Line("3 timer steps", 90)]
    assert "In the grey band" in figure_tails._notes([panel], 0)[0]
    [panel] = shown(write, [oversub("beta", 100, timer_step_ns=30)])
    assert panel.blind == 0 and panel.lines == [] and "In the grey band" not in figure_tails._notes([panel], 0)[0]


def test_the_answer_is_computed(write: Write) -> None:
    one = seen(write, crowd(4))
    assert figure_tails.answer(one, figure_tails.panels_of(one)[0]) == (
        "At p99.9 with 64 threads on 2 CPUs, s01 (160 ns), s02 (240 ns) and s03 (320 ns) are shortest. s04 (400 ns) is longest: 2.5 times s01. "
        "The longest of all: 5 µs (s04)."
    )
    one = seen(write, crowd(4, timer_step_ns=100))
    text = figure_tails.answer(one, figure_tails.panels_of(one)[0])
    assert "s01 (< 300 ns)" in text and "more than 1.3 times s01" in text
    one = seen(write, crowd(9, timer_step_ns=200))
    text = figure_tails.answer(one, figure_tails.panels_of(one)[0])
    assert text.startswith("At p99.9 with 64 threads on 2 CPUs, 6 of 9 (< 600 ns) are shortest. s09 (800 ns) is longest: more than 1.3 times those.")


def test_no_answer_of_rows_that_do_not_compare(write: Write) -> None:
    one = seen(write, crowd(4, source="emulated"))
    assert figure_tails.answer(one, figure_tails.panels_of(one)[0]) == ""


def test_disturbed_blocks_are_left_out_and_counted(write: Write) -> None:
    one = seen(write, [oversub("alpha", 10), oversub("alpha", 999, rep=1, disturbed=1), oversub("alpha", 999, rep=2, disturbed=1)])
    with plt.rc_context(style.RC):
        figure, _ = figure_tails.draw(one)
        assert figure is not None and "2 disturbed blocks are left out." in figure.texts_around.notes[0]
        plt.close(figure)
    assert figure_tails.panels_of(one)[0].cells["p50"].to_dict() == {"alpha": 10}


@pytest.mark.parametrize("n", [1, 2, 10, 25])
def test_no_text_leaves_the_figure(write: Write, n: int) -> None:
    rows = crowd(n, timer_step_ns=10) + [{**cells, "workload": "latency", "threads": 2, "hold_ns": 300, "think_ns": 300} for cells in crowd(n)]
    inside(figure_tails.draw, seen(write, rows))


def test_without_percentiles_there_is_no_figure(write: Write) -> None:
    assert figure_tails.draw(seen(write, [tail(9, workload="pair", p50_ns="")])) == (None, ["no percentiles of workloads latency and oversub"])


def test_of_how_many_operations_one_takes_longer() -> None:
    shares = {name: QUANTILES[metric] for metric, name in figure_tails.SHOWN.items() if name in figure_tails.RANKING}
    assert figure_tails.RANKING == {name: round(1 / (1 - share)) for name, share in shares.items()}
