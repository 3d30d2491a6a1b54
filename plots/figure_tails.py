# SPDX-License-Identifier: BSD-3-Clause
"""tails: the time of single operations by quantile, up to the longest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import cells
import style
from cells import Curve, Panel, Tail
from style import Look

TICKS = (0.5, 0.9, 0.99, 0.999, 0.9999)
LABELS = ("50 %", "90 %", "99 %", "99.9 %", "99.99 %", "max")
MAX_AT = 4.85
BAND = "#ececec"


def tail_x(quantile: float) -> float:
    """Equal steps for every nine: 0.9 → 1, 0.99 → 2."""
    return -math.log10(1 - quantile)


def _draw_curve(ax: Axes, curve: Curve, look: Look, step: float, shift: float) -> None:
    x = [tail_x(quantile) + shift * 0.3 for quantile, _ in curve.quantiles]
    ns = [value for _, value in curve.quantiles]
    order = 2 if look.floor else 3
    ax.plot(x, ns, color=look.colour, linestyle=look.line, linewidth=1.3, zorder=order)
    points = list(zip(x, ns)) + ([(MAX_AT + shift, curve.longest)] if curve.longest is not None else [])
    for at, value in points:
        ax.plot([at], [value], zorder=order + 0.5, **look.kw(hollow=value < cells.STEPS * step))


def _draw_clock(ax: Axes, tail: Tail) -> None:
    ax.axhspan(ax.get_ylim()[0], cells.STEPS * tail.step, color=BAND, zorder=0, linewidth=0)
    ax.axhline(tail.floor, color=style.GREY, linestyle=(0, (2, 2)), linewidth=0.9, zorder=1)


def _title(panel: Panel) -> str:
    return f"{panel.workload}, {panel.level}, {panel.threads} thread{'s' * (panel.threads > 1)}"


def _axes(ax: Axes, panel: Panel, span: tuple[float, float]) -> None:
    style.time_axis(ax, *span)
    style.fixed_ticks(ax, [tail_x(quantile) for quantile in TICKS] + [MAX_AT], LABELS)
    ax.set_xlim(0, MAX_AT + 0.45)
    ax.axvline((tail_x(TICKS[-1]) + MAX_AT) / 2 - 0.02, color="#bbbbbb", linewidth=0.7)
    ax.set_xlabel("quantile of the pairs (log of the tail)")
    ax.set_ylabel("time of a pair, get + put")
    style.name(ax, _title(panel), style.work(panel.hold, panel.think))


def _draw(ax: Axes, panel: Panel, tail: Tail, looks: dict[str, Look], span: tuple[float, float]) -> None:
    _axes(ax, panel, span)
    _draw_clock(ax, tail)
    for n, (name, curve) in enumerate(tail.curves.items()):
        of = len(tail.curves)
        _draw_curve(ax, curve, looks[name], tail.step, (n - (of - 1) / 2) * min(0.09, 0.6 / of))


def _span(tails: Sequence[Tail]) -> tuple[float, float]:
    """One range for several panels, so that heights compare."""
    curves = [curve for tail in tails for curve in tail.curves.values()]
    values = [ns for curve in curves for _, ns in curve.quantiles] + [curve.longest for curve in curves if curve.longest is not None]
    values += [value for tail in tails for value in (tail.floor, 2 * tail.step)]
    positive = [value for value in values if value > 0]
    return min(positive, default=1.0), max(positive, default=10.0) * 1.6


def _handles(tails: Sequence[Tail], looks: dict[str, Look]) -> list[Any]:
    shown = {name for tail in tails for name in tail.curves}
    series: list[Any] = [look.handle(name + (" (floor)" if look.floor else "")) for name, look in looks.items() if name in shown]
    clock = Line2D([], [], color=style.GREY, linestyle=(0, (2, 2)), linewidth=0.9, label="timer floor")
    return series + [clock, Patch(color=BAND, label="< 3 timer steps")]


def _places(panels: Sequence[Panel]) -> dict[Panel, tuple[int, int]]:
    """Row and column: a column a workload, a row the rest, full rows first."""
    workloads = sorted({panel.workload for panel in panels})
    alike = Counter((panel.level, panel.hold, panel.think) for panel in panels)
    rows = sorted(alike, key=lambda row: -alike[row])
    return {p: (rows.index((p.level, p.hold, p.think)), workloads.index(p.workload)) for p in panels}


NOTES = (
    "Median of the repetitions; max: the longest of all. A line ends where fewer than 100 samples are above.",
    "Hollow, in the grey band: below three steps of the clock, so only “less than that”. The timer floor is not subtracted.",
)


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    panels, left_out = cells.tails(df)
    if not panels:
        return None, ["no percentiles of workloads latency and oversub"]
    tails = list(panels.values())
    places = _places(list(panels))
    columns = 1 + max(column for _, column in places.values())
    rows = 1 + max(row for row, _ in places.values())
    texts = style.Texts("How long can one get and put take?", cells.describe(df), NOTES, emulated)
    frame = style.Frame(texts, _handles(tails, looks), [2.6] * rows, columns)
    for panel, tail in panels.items():
        row, column = places[panel]
        same = [other for key, other in panels.items() if key.workload == panel.workload]
        _draw(frame.panel(row * columns + column), panel, tail, looks, _span(same))
    return frame.figure, [f"left out: {_title(panel)}, {style.work(panel.hold, panel.think)}" for panel in left_out]
