# SPDX-License-Identifier: BSD-3-Clause
"""What is drawn where: the places of dots, bands, curves, bars and levels are those of the
numbers."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plots import cells, dots, lines, style
from plots.figures import ladder as figure_ladder, trend as figure_trend


@pytest.fixture
def ax() -> Axes:
    return Figure().add_subplot()


def marked(ax: Axes) -> list[tuple[list[float], list[float]]]:
    """Where there are marks."""
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines if line.get_marker() not in ("None", "", None)]


def strokes(ax: Axes) -> list[tuple[list[float], list[float]]]:
    """Lines without marks."""
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines if line.get_marker() in ("None", "", None)]


def test_a_row_s_dots_and_bands(ax: Axes) -> None:
    row = dots.Row("alpha", "#000000", [dots.Dot("one", 10, 8, 13), dots.Dot("two", 40, 30, 90)])
    dots._draw_row(ax, 3, row, dots.Panel("", "", {"one": dots.Mark("o"), "two": dots.Mark("D")}, [row]))
    assert sorted(marked(ax)) == [([10], [3]), ([40], [3])]
    assert strokes(ax) == [([10, 40], [3, 3]), ([8, 13], [3, 3]), ([30, 90], [3, 3])]
    [words] = ax.texts
    assert words.get_text() == "40 ns" and words.xy == (90, 3)


def test_a_line_stands_at_its_time(ax: Axes) -> None:
    ax.set_xscale("log")
    panel = dots.Panel("", "", {}, [], [dots.Line("bus", 30.0)])
    dots._draw_lines(ax, panel, (10.0, 1000.0))
    assert [x for x, _ in strokes(ax)] == [[30, 30]] and ax.texts[0].get_text() == "bus 30 ns"
    [(_, start, _)] = dots._places(panel.lines, (10.0, 1000.0), 4.0)
    assert start == pytest.approx(4.0 * 0.4771 / 2, abs=0.001)  # log 3 of log 100


def test_a_curve_and_its_band(ax: Axes) -> None:
    points = [lines.Point(1, 10.0, 9.0, 12.0), lines.Point(2, 30.0, 20.0, 50.0), lines.Point(4, 70.0, 60.0, 80.0)]
    lines._draw_curve(ax, lines.Curve("#000000", points, "alpha"))
    assert {(*x, *y) for x, y in (*marked(ax), *strokes(ax))} == {(1, 2, 4, 10.0, 30.0, 70.0)}
    [band] = ax.collections
    corners = {(float(x), float(y)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(1, 9), (2, 20), (4, 60), (1, 12), (2, 50), (4, 80)}


def test_a_crowd_begins_between_the_last_that_fits_and_the_first_that_does_not(ax: Axes) -> None:
    panel = lines.Panel("", "", [lines.Curve("#000000", [lines.Point(n, 1.0, 1.0, 1.0) for n in (1, 4, 16)])], 8, "")
    lines.thread_axis(ax, panel.counts())
    lines._draw_crowd(ax, panel)
    [shade] = ax.patches
    assert min(x for x, _ in shade.get_xy()) == pytest.approx(8)  # between 4 and 16 on a logarithmic axis
    assert ax.texts[0].get_text() == "more threads than CPUs (8)"


def test_a_bar_s_parts_follow_each_other(ax: Axes) -> None:
    figure_ladder._draw_bar(ax, 2, cells.Bar("alpha", 1150, 1140, 1180, 1000, 100, 50, False))
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(0, 1000), (1000, 100), (1100, 50)]
    assert strokes(ax) == [([1140, 1180], [2, 2])] and marked(ax) == [([1150], [2])]
    assert ax.texts[0].get_text() == f"{style.short(1150)}, list alone 100 ns"


CELL: dict[str, Any] = {
    "values": [1.0, 2.0, None, 8.0, 10.0, 12.0, 12.5], "runs": [[1.0], [1.5, 2.5], [], [8.0], [10.0], [11.0, 13.0], [12.5]],
    "changes": [{"at": 3, "ratio": 5.0, "rev": "abcdef0123"}, {"at": 5, "ratio": 1.25, "rev": "0123456789"}],
}  # fmt: skip


def test_levels_are_medians_between_changes(ax: Axes) -> None:
    figure_trend._draw_levels(ax, CELL)
    assert strokes(ax) == [([-0.4, 2.4], [1.5, 1.5]), ([2.6, 4.4], [9.0, 9.0]), ([4.6, 6.4], [12.25, 12.25])]


def test_commits_and_launches_stand_at_their_place(ax: Axes) -> None:
    figure_trend._draw_values(ax, CELL, "#000000")
    launches, commits = marked(ax)
    assert launches == ([0, 1, 1, 3, 4, 5, 5, 6], [1.0, 1.5, 2.5, 8.0, 10.0, 11.0, 13.0, 12.5])
    assert commits == ([0, 1, 3, 4, 5, 6], [1.0, 2.0, 8.0, 10.0, 12.0, 12.5])


@pytest.mark.parametrize(
    ("ratio", "label", "colour"), [(1.05, "+5.0 % at abcdef0", figure_trend.WORSE), (0.8, "\N{MINUS SIGN}20.0 % at abcdef0", figure_trend.BETTER)]
)
def test_a_change_stands_before_its_commit(ax: Axes, ratio: float, label: str, colour: str) -> None:
    figure_trend._draw_change(ax, {"at": 3, "ratio": ratio, "rev": "abcdef0123"}, 7)
    assert [x for x, _ in strokes(ax)] == [[2.5, 2.5]]
    [words] = ax.texts
    assert (words.get_text(), words.get_color()) == (label, colour)
