# SPDX-License-Identifier: BSD-3-Clause
"""openloop: how long after its planned start a callback ends, over load, beside how long it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import cells
import style
from cells_openloop import At, Loaded, Panel, loaded
from style import Look

SERVICE_LINE = (0, (1, 1.5))


def _draw_curve(ax: Axes, points: list[At], look: Look, shift: float) -> None:
    x = [point.load + shift for point in points]
    response = [point.response for point in points]
    errors = [[p.response - p.low for p in points], [p.high - p.response for p in points]]
    order = 2 if look.floor else 3
    ax.plot(x, [point.service for point in points], color=look.colour, linestyle=SERVICE_LINE, linewidth=1.2, zorder=order)
    ax.errorbar(x, response, yerr=errors, fmt="none", ecolor=look.colour, elinewidth=0.7, alpha=0.6, zorder=order)
    ax.plot(x, response, linestyle="-", linewidth=1.3, zorder=order + 0.5, **look.kw())


def _title(panel: Panel) -> str:
    return f"{panel.level}, {panel.threads} thread{'s' * (panel.threads > 1)}, {panel.arrivals} arrivals"


def _draw(ax: Axes, panel: Panel, one: Loaded, looks: dict[str, Look]) -> None:
    points = [point for curve in one.curves.values() for point in curve]
    at = sorted({point.load for point in points})
    style.time_axis(ax, min(min(p.service, p.low) for p in points), max(p.high for p in points))
    style.fixed_ticks(ax, at, [f"{load} %" for load in at])
    ax.set_xlim(at[0] - 5, at[-1] + 5)
    for n, (name, curve) in enumerate(one.curves.items()):
        _draw_curve(ax, curve, looks[name], (n - (len(one.curves) - 1) / 2) * min(0.5, 5 / len(one.curves)))
    ax.set_xlabel("planned callbacks, of the measured peak")
    ax.set_ylabel(f"{one.quantile} percentile")
    style.name(ax, _title(panel), f"mean hold {style.time(panel.hold)}, counted in both times")


def _handles(shown: Iterable[Loaded], looks: dict[str, Look]) -> list[Any]:
    names = {name for one in shown for name in one.curves}
    series: list[Any] = [
        Line2D([], [], linestyle="-", linewidth=1.3, label=name + (" (floor)" if look.floor else ""), **look.kw())
        for name, look in looks.items()
        if name in names
    ]
    return series + [Line2D([], [], color=style.GREY, linestyle=SERVICE_LINE, linewidth=1.2, label="service time")]


NOTES = (
    "Response (marks): from the planned start to the end. Service (dots): from the true start to the end; it hides what waited for its turn. "
    "Median of the repetitions; the bar is their range.",
    "The peak is measured for each block by the same threads in a closed loop, so a cheaper list is also asked for more.",
)


def _notes(shown: Collection[Loaded]) -> tuple[str, ...]:
    """With what other programs did to the run."""
    noisy, disturbed = sum(one.noisy for one in shown), sum(one.disturbed for one in shown)
    if not noisy and not disturbed:
        return NOTES
    return (*NOTES, f"Other programs took the CPU from a thread for more than 1 % of the time in {noisy + disturbed} blocks; "
            f"{noisy} of them are left out, {disturbed} shown for want of better ones.")  # fmt: skip


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    panels, left_out = loaded(df)
    if not panels:
        return None, ["no percentiles of workload openloop"]
    columns = min(2, len(panels))
    texts = style.Texts("How late are callbacks that are due?", cells.describe(df), _notes(panels.values()), emulated)
    frame = style.Frame(texts, _handles(panels.values(), looks), [2.8] * -(-len(panels) // columns), columns)
    for n, (panel, one) in enumerate(panels.items()):
        _draw(frame.panel(n), panel, one, looks)
    return frame.figure, [f"left out: {_title(panel)}" for panel in left_out]
