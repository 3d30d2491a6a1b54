# SPDX-License-Identifier: BSD-3-Clause
"""The tidy frame, rows of dots and lines over threads, against values found by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import pytest
from conftest import ROOT, Row, Write, row
from matplotlib.figure import Figure
from matplotlib.text import Text

from plots import cells, dots, families, lines, style, tidy, view, words
from plots.dots import Dot, Line
from plots.figures import pair as figure_pair
from results import frame


Draw = Callable[[view.View], tuple["style.Titled | None", list[str]]]


def seen(write: Write, rows: list[Row], chosen: frozenset[str] = frozenset()) -> view.View:
    return view.of(cells.read([write(rows)]), chosen)


def medians(rows: Any) -> dict[tuple[str, int], tuple[float, float, float]]:
    found = rows[["series", "threads", "median", "low", "high"]].itertuples(index=False)
    return {(series, threads): (median, low, high) for series, threads, median, low, high in found}


def test_the_frame_counts_what_it_has(write: Write) -> None:
    rows = [row(ns_per_pair=ns, rep=rep, disturbed=bad) for rep, (ns, bad) in enumerate(((30, 0), (10, 0), (11, 0), ("", 0), (99, 1)))]
    found = tidy.frame(cells.read([write(rows)]))
    [cell] = frame.metric(found, "ns_per_pair").to_dict("records")
    assert [cell[name] for name in ("median", "low", "high", "n", "blocks", "left_out")] == [11, 10, 30, 3, 4, 1]
    assert frame.metric(found, "p50_ns").empty


def test_most_blocks_must_have_it(write: Write) -> None:
    rows = [row(p50_ns=ns, rep=rep) for rep, ns in enumerate((7, "", ""))]
    found = tidy.frame(cells.read([write(rows)]))
    assert len(frame.metric(found, "p50_ns")) == 1 and frame.metric(found, "p50_ns", most=True).empty


def test_smallest_prefill_of_each_cell(write: Write) -> None:
    rows = [row(prefill=9, ns_per_pair=1), row(prefill=3, ns_per_pair=5), row(prefill=4, ns_per_pair=7, threads=2)]
    found = figure_pair.rows_of(seen(write, [*rows, row(strategy="beta", prefill=9, ns_per_pair=2)]))
    assert medians(found) == {("alpha", 1): (5, 5, 5), ("alpha", 2): (7, 7, 7), ("beta", 1): (2, 2, 2)}


def test_first_placement_comes_before_prefill(write: Write) -> None:
    rows = [row(placement="scatter", prefill=1, ns_per_pair=1), row(placement="compact", prefill=5, ns_per_pair=9)]
    assert medians(figure_pair.rows_of(seen(write, rows))) == {("alpha", 1): (9, 9, 9)}


def test_panels_without_work_and_with_the_most(write: Write) -> None:
    rows = [row(hold_ns=hold, think_ns=think) for hold, think in ((0, 0), (0, 300), (300, 300))]
    found = figure_pair.rows_of(seen(write, [*rows, row(level="callback", hold_ns=700)]))
    assert figure_pair.work_of(found) == [(0, 0), (300, 300)]


def limit(name: str, threads: int, ns: float, **more: Any) -> Row:
    return row(workload="limit", level="machine", floor=1, strategy=name, threads=threads, ns_per_pair=ns, **more)


def test_limits(write: Write) -> None:
    rows = [limit("bus", 1, 5), limit("bus", 2, 39), limit("bus", 2, 40, rep=1), limit("bus", 2, 90, rep=2), limit("bus", 8, 99)]
    others = [limit("none", 1, 0), limit("remote", 2, 7.0, kind="calibration")]
    found = figure_pair.limits_of(seen(write, [row(), *rows, limit("own", 1, 4.0), *others]), most=2)
    assert sorted(found, key=lambda line: line.ns) == [Line("own", 4.0), Line("bus", 40.0)]


def test_lines_that_nobody_can_tell_apart_share_a_name() -> None:
    found = dots.merged([Line("c", 5.2), Line("a", 5.0), Line("b", 5.1), Line("d", 6)])
    assert found == [Line("a, b, c", 5.0), Line("d", 6)]


def test_names_of_lines_never_touch() -> None:
    some = [Line(f"a_long_name_{n}", 10 + n) for n in range(9)]
    placed = dots._places(some, (1, 100), 3.0)
    for level in {level for _, _, level in placed}:
        spans = sorted((start, start + dots.LETTER * len(dots._words(line))) for line, start, at in placed if at == level)
        assert all(end < start for (_, end), (start, _) in zip(spans, spans[1:]))


def test_shown_counts(write: Write) -> None:
    found = figure_pair.rows_of(seen(write, [row(threads=threads, cpus=4) for threads in (1, 2, 4, 8, 16)]))
    assert figure_pair.shown_counts(found, 4) == [1, 4, 16]
    assert figure_pair.counts_of(found, 4) == ([1, 2, 4], [8, 16])


def test_rows_are_sorted_by_the_cost_on_all_cpus(write: Write) -> None:
    cost = {"zero": (1, 1), "alpha": (2, 90), "beta": (30, 40)}
    rows = [row(strategy=name, floor=int(name == "zero"), threads=n + 1, ns_per_pair=ns) for name, both in cost.items() for n, ns in enumerate(both)]
    one = seen(write, [*rows, row(strategy="gamma", ns_per_pair=3)])
    found = figure_pair.rows_of(one)
    assert figure_pair._order(found, 2) == ["zero", "beta", "alpha", "gamma"]
    made = figure_pair._row(one, "alpha", found, [1, 2])
    assert made.dots == [Dot("one thread", 2, 2, 2), Dot("2 threads, one a CPU", 90, 90, 90)] and made.words == "2 ns → 90 ns"


def many(n: int, most: int) -> list[Row]:
    """n strategies on 1, 2, 4 ... most CPUs; the dearer the later."""
    counts = [2**k for k in range(most.bit_length())]
    return [row(strategy=f"s{k:02}", cpus=most, threads=t, ns_per_pair=(k + 1) * t, floor=int(k == 0)) for k in range(n) for t in counts]


def drawn(figure: Figure) -> list[Text]:
    """All texts but those of ticks outside their axis, which are never drawn."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = set()
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, sorted(ax.get_ylim()))):
            hidden |= {id(text) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high for text in (tick.label1, tick.label2)}
    return [text for text in found if id(text) not in hidden]


def inside(draw: Draw, one: view.View) -> None:
    """Draws it: all texts are inside, and have 8 points or more."""
    with plt.rc_context(style.RC):
        figure, _ = draw(one)
        assert figure is not None
        figure.canvas.draw()
        for text in drawn(figure):
            box = text.get_window_extent()
            assert text.get_fontsize() >= 8, text
            assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1, text
        plt.close(figure)


@pytest.mark.parametrize("n", [1, 2, 10, 25])
@pytest.mark.parametrize("most", [2, 128])
def test_no_text_leaves_the_figure(write: Write, n: int, most: int) -> None:
    """Whatever the number of strategies and threads."""
    inside(figure_pair.draw, seen(write, [*many(n, most), limit("bus", 1, 5), limit("coach", 1, 5.1), limit("van", 1, 7)]))


def test_lines_stand_for_families_or_for_the_choice(write: Write) -> None:
    rows = many(5, 16)
    one = seen(write, rows)
    assert figure_pair._stand(one, figure_pair.rows_of(one)) == {"s00", "s01"}  # the floor, and the cheapest of the others
    one = seen(write, rows, frozenset({"s03", "s04"}))
    assert figure_pair._stand(one, figure_pair.rows_of(one)) == {"s00", "s03", "s04"}


def test_the_answer_is_computed(write: Write) -> None:
    rows = [row(strategy=f"s{n}", threads=t, ns_per_pair=10 * n * (t if n > 1 else 1)) for n in range(1, 5) for t in (1, 2)]
    one = seen(write, rows)
    text = figure_pair.answer(one, figure_pair.rows_of(one))
    assert text == (
        "With 2 threads, s1 (10 ns), s2 (40 ns) and s3 (60 ns) are cheapest. s4 (80 ns) is dearest: 8 times s1. "
        "1 of 4 cost at most 1.25 times what they cost alone."
    )


def test_no_answer_of_rows_that_do_not_compare(write: Write) -> None:
    one = seen(write, [row(source="emulated")])
    assert figure_pair.answer(one, figure_pair.rows_of(one)) == ""
    files = [write([row(git_rev=rev)], name=f"{rev}.csv") for rev in ("aaa", "bbb")]
    one = view.of(cells.read(files))
    assert figure_pair.answer(one, figure_pair.rows_of(one)) == ""


def test_spread() -> None:
    assert lines.spread([0.1, 0.5], 0.1, 0, 1) == [0.1, 0.5]
    assert lines.spread([0.5, 0.5, 0.52], 0.1, 0, 1) == pytest.approx([0.5, 0.6, 0.7])
    assert lines.spread([0.9, 0.95, 1.2], 0.1, 0, 1) == pytest.approx([0.8, 0.9, 1.0])


def test_every_strategy_names_a_family_that_has_a_colour() -> None:
    """As THE list of strategies in impls/meson.build has them."""
    text = (ROOT / "impls" / "meson.build").read_text(encoding="utf-8")
    names = [line.strip(" ',") for line in text[text.index("strategies = [") : text.index("]")].splitlines()[1:]]
    assert len(names) > 4 and all(families.declared(name) in families.COLOURS for name in names if name)


def test_families_of_what_has_no_file() -> None:
    assert families.of("go1.19", "", False) == families.REAL == families.of("go1.19", "real", False)
    assert families.of("some_stack", "peer", False) == families.PEERS
    assert families.of("no_such", "", False) == families.OTHERS == families.of("../extram", "strategy", False)
    assert families.of("no_such", "", True) == families.FLOOR


@pytest.mark.parametrize(("ns", "text"), [(0.544, "0.54 ns"), (9.96, "10 ns"), (633.2, "633 ns"), (1.26e6, "1.3 ms"), (2.1e9, "2.1 s")])
def test_short_times(ns: float, text: str) -> None:
    assert style.short(ns) == text


def test_lists_of_names() -> None:
    assert [words.listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
