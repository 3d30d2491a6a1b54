# SPDX-License-Identifier: BSD-3-Clause
"""pair: thread time of a get and put, alone and on many threads, beside the floor and the machine's
limits."""

from __future__ import annotations

import pandas as pd

from plots import dots, lines, style, words
from plots.cells import choose
from plots.view import View

FEW = 3  # thread counts within the CPUs, up to which rows of dots say it all
FLAT = 1.25
# Limits of what only a whole callback does.
OF_CALLBACKS = {"timer", "sigaltstack", "gettid", "rt_sigprocmask"}
TITLE = "What does one get and put cost, and does it scale?"
Work = tuple[int, int]  # hold, think


def rows_of(view: View, level: str = "list") -> pd.DataFrame:
    """The cells of pair at that level, one for each strategy, work and number of threads."""
    rows = view.metric("ns_per_pair")
    return choose(rows[(rows["workload"] == "pair") & (rows["level"] == level)])


def counts_of(rows: pd.DataFrame, cpus: int) -> tuple[list[int], list[int]]:
    """Thread counts within the CPUs, and beyond."""
    counts = sorted({int(count) for count in rows["threads"]})
    return [count for count in counts if count <= cpus], [count for count in counts if count > cpus]


def shown_counts(rows: pd.DataFrame, cpus: int) -> list[int]:
    """The fewest threads, the most that have a CPU each, and the most of all."""
    within, beyond = counts_of(rows, cpus)
    return sorted({*within[:1], *within[-1:], *beyond[-1:]})


def work_of(rows: pd.DataFrame) -> list[Work]:
    """None, and the most that there is."""
    found = sorted({(int(hold), int(think)) for hold, think in zip(rows["hold_ns"], rows["think_ns"])})
    return sorted({*[work for work in found if work == (0, 0)], *found[-1:]})


def having(rows: pd.DataFrame, work: Work) -> pd.DataFrame:
    return rows[(rows["hold_ns"] == work[0]) & (rows["think_ns"] == work[1])]


def limits_of(view: View, most: int) -> list[dots.Line]:
    """The machine's limits, each at the most threads that have a CPU each. None of several
    machines: their names would fill the figure."""
    if view.blocks["fingerprint"].nunique() > 1:
        return []
    rows = view.metric("ns_per_pair")
    rows = rows[(rows["workload"] == "limit") & (rows["kind"] != "calibration") & ~rows["strategy"].isin(OF_CALLBACKS)]
    rows = choose(rows[(rows["threads"] <= most) & (rows["median"] > 0)])
    rows = rows[rows["threads"] == rows.groupby("series")["threads"].transform("max")]
    return [dots.Line(str(name), float(ns)) for name, ns in zip(rows["series"], rows["median"])]


def _kind(count: int, cpus: int) -> str:
    return f"{words.threads(count)}, one a CPU" if count == cpus > 1 else words.threads(count)


def _marks(counts: list[int], cpus: int) -> dict[str, dots.Mark]:
    alone, every, crowd = dots.Mark("o", hollow=True), dots.Mark("o"), dots.Mark("D")
    marks = [crowd if count > cpus else alone if count == counts[0] and len(counts) > 1 else every for count in counts]
    return {_kind(count, cpus): mark for count, mark in zip(counts, marks)}


def _order(rows: pd.DataFrame, cpus: int) -> list[str]:
    """Series, floors first, then the cheapest at the most threads that have a CPU each; those
    without such a cell at the end."""
    within, _ = counts_of(rows, cpus)
    at = rows[rows["threads"] == within[-1]] if within else rows
    cost = at.set_index("series")["median"]
    floor = {str(series): bool(one) for series, one in zip(rows["series"], rows["floor"] == 1)}
    return sorted(floor, key=lambda series: (not floor[series], cost.get(series, float("inf")), series))


def _row(view: View, series: str, rows: pd.DataFrame, counts: list[int]) -> dots.Row:
    own = rows[(rows["series"] == series) & rows["threads"].isin(counts)].sort_values("threads")
    found = [
        dots.Dot(_kind(int(threads), view.cpus), float(median), float(low), float(high))
        for threads, median, low, high in own[["threads", "median", "low", "high"]].itertuples(index=False)
    ]
    colour = style.PALE if view.pale(series) else view.colour(series)
    text = " → ".join(dict.fromkeys(style.short(dot.value) for dot in found))
    return dots.Row(series, colour, found, text, bold=series in view.chosen)


def _dot_panel(view: View, rows: pd.DataFrame, work: Work, order: list[str], *, first: bool) -> dots.Panel:
    some = having(rows, work)
    counts = shown_counts(some, view.cpus)
    title = "with work between" if any(work) else "get and put alone"
    second = f"{style.work(*work)}, both included" if any(work) else ""
    limits = [] if any(work) else limits_of(view, view.cpus)
    made = [_row(view, series, some, counts) for series in order]
    return dots.Panel(title, second, _marks(counts, view.cpus), made, limits, "thread time per pair", named=first)


def _draw_dots(view: View, rows: pd.DataFrame, texts: style.Texts) -> style.Titled:
    order = _order(having(rows, work_of(rows)[0]), view.cpus)
    panels = [_dot_panel(view, rows, work, order, first=n == 0) for n, work in enumerate(work_of(rows))]
    return dots.figure(texts, panels, view.key(order))


def _stand(view: View, rows: pd.DataFrame) -> set[str]:
    """What is drawn in colour: the reader's choice, or of each family the cheapest at the most
    threads that have a CPU each."""
    floors = set(rows.loc[rows["floor"] == 1, "series"])
    if view.chosen:
        return floors | set(view.chosen)
    within, _ = counts_of(rows, view.cpus)
    last = rows[rows["threads"] == (within[-1] if within else rows["threads"].max())]
    return set(last.loc[last.groupby("family")["median"].idxmin(), "series"])


def _curve(view: View, series: str, own: pd.DataFrame, stand: set[str]) -> lines.Curve:
    own = own.sort_values("threads")
    points = [lines.Point(int(n), float(ns), float(low), float(high)) for n, ns, low, high in own[["threads", "median", "low", "high"]].itertuples(index=False)]
    return lines.Curve(view.colour(series), points, series if series in stand else "", bool((own["floor"] == 1).any()))


def _line_panel(view: View, rows: pd.DataFrame, work: Work, stand: set[str]) -> lines.Panel:
    some = having(rows, work)
    curves = [_curve(view, str(series), own, stand) for series, own in some.groupby("series")]
    title = "get and put with work between" if any(work) else "get and put alone"
    limits = [] if any(work) else limits_of(view, view.cpus)
    return lines.Panel(title, style.work(*work), curves, view.cpus, "thread time per pair", limits)


def _draw_lines(view: View, rows: pd.DataFrame, texts: style.Texts) -> style.Titled:
    stand = _stand(view, having(rows, work_of(rows)[0]))
    panels = [_line_panel(view, rows, work, stand) for work in work_of(rows)]
    frame = style.Frame(texts, [3.3] * len(panels), [style.Column(0.75, max(lines.right(panel) for panel in panels))])
    for n, panel in enumerate(panels):
        lines.draw(frame.panel(n), panel)
    return frame.figure


def _flat(bare: pd.DataFrame, most: int) -> str:
    """How many cost as much on many threads as alone."""
    alone, many = (bare[bare["threads"] == count].set_index("series")["median"] for count in (1, most))
    both = [series for series in many.index if series in alone.index]
    flat = [series for series in both if many[series] <= FLAT * alone[series]]
    return f" {len(flat)} of {len(both)} cost at most {FLAT:g} times what they cost alone." if both and most > 1 else ""


def answer(view: View, rows: pd.DataFrame) -> str:
    bare = having(rows, (0, 0))
    bare = bare[(bare["floor"] == 0) & (bare["kind"] != "peer")]
    within, _ = counts_of(bare, view.cpus)
    if not view.judged or not within:
        return ""
    last = bare[bare["threads"] == within[-1]].sort_values("median")
    ranked = [(str(series), float(ns)) for series, ns in zip(last["series"], last["median"])]
    return words.extremes(ranked, f"With {words.threads(within[-1])}") + _flat(bare, within[-1])


def _notes(few: bool) -> list[str]:
    if few:
        return ["Dots: medians. Bands: lowest to highest block. Vertical lines: what one such operation costs on this machine."]
    return ["Lines: medians, the cheapest of each family in colour. Bands: lowest to highest block. A flat line scales."]


def draw(view: View) -> tuple[style.Titled | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    rows = rows_of(view)
    if rows.empty:
        return None, ["no rows of workload pair at level list"]
    few = len(counts_of(rows, view.cpus)[0]) <= FEW
    texts = style.Texts(TITLE, answer(view, rows), _notes(few), view.origin)
    return (_draw_dots if few else _draw_lines)(view, rows, texts), []
