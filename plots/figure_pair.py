# SPDX-License-Identifier: BSD-3-Clause
"""pair: time per pair over threads, with the floors and the machine's limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import cells
import style
from cells import Limit, Panel, Point
from style import Look

Lines = dict[str, list[Point]]


def _counts(lines: Lines) -> list[int]:
    return sorted({point.threads for points in lines.values() for point in points})


def _dodge(n: int, of: int, octaves: float) -> float:
    """A factor that sets series a little apart, so that whiskers do not cover each other; octaves: the width of the axis."""
    return float(2 ** ((n - (of - 1) / 2) * min(0.012 * octaves, 0.08 * octaves / of, 0.36 / of)))


def _draw_line(ax: Axes, points: Sequence[Point], look: Look, shift: float) -> None:
    x = [point.threads * shift for point in points]
    median = [point.median for point in points]
    reach = [[p.median - p.low for p in points], [p.high - p.median for p in points]]
    order = 2 if look.floor else 3
    ax.errorbar(x, median, yerr=reach, fmt="none", ecolor=look.colour, elinewidth=0.9, capsize=1.8, alpha=0.8, zorder=order)
    ax.plot(x, median, color=look.colour, linestyle=look.line, linewidth=1.3, zorder=order)
    for at, point in zip(x, points):
        ax.plot([at], [point.median], zorder=order + 0.5, **look.kw(hollow=not point.fair))


def spread(at: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Moves rising positions apart to at least gap, as little as need be from below, and back in when they pass the top."""
    moved: list[float] = []
    for value in at:
        moved.append(max(value, low if not moved else moved[-1] + gap))
    ceiling = high
    for n in reversed(range(len(moved))):
        moved[n] = min(moved[n], ceiling)
        ceiling = moved[n] - gap
    return moved


def _name(limit: Limit) -> str:
    return f"{limit.name}{f' ×{limit.threads}' if limit.threads > 1 else ''}  {style.time(limit.ns)}"


def _gutter(limits: Sequence[Limit], width: float) -> float:
    """The share of an axis, width inches wide, that the limits' names need right of the data."""
    longest = max((len(_name(limit)) for limit in limits), default=0)
    return min(0.6, (0.22 + 0.058 * longest) / width) if longest else 0.0


def _draw_limits(ax: Axes, limits: Sequence[Limit], end: float, height: float) -> None:
    """Lines to the end of the data, and beside them the names, apart enough to be read."""
    low, high = (math.log10(value) for value in ax.get_ylim())
    at = [(math.log10(limit.ns) - low) / (high - low) for limit in limits]
    moved = spread(at, 0.125 / height, 0.02, 0.98)
    start = ax.get_xlim()[0]
    right = math.log(end / start) / math.log(ax.get_xlim()[1] / start)
    for limit, y, label in zip(limits, at, moved):
        ax.plot([0, right, right + 0.03], [y, y, label], transform=ax.transAxes, color=style.GREY, linewidth=0.6, zorder=1.5)
        ax.text(right + 0.04, label, _name(limit), transform=ax.transAxes, fontsize=7, color="#444444", va="center")


def _thread_axis(ax: Axes, counts: Sequence[int], gutter: float) -> float:
    """Sets the axis with a share of the width left free, and returns where the data end."""
    room = max(0.15, 0.06 * math.log2(counts[-1] / counts[0]))
    start, end = counts[0] * 2**-room, counts[-1] * 2**room
    ax.set_xscale("log", base=2)
    ax.set_xlim(start, start * (end / start) ** (1 / (1 - gutter)))
    ax.axvspan(end, ax.get_xlim()[1], color="white", zorder=1)
    ax.spines["bottom"].set_bounds(start, end)
    shown: list[int] = []
    for count in reversed(counts):
        if not shown or math.log(shown[-1] / count) / math.log(ax.get_xlim()[1] / start) > 0.055:
            shown.append(count)
    shown.reverse()
    style.fixed_ticks(ax, shown, [str(count) for count in shown])
    ax.set_xlabel("threads", x=(1 - gutter) / 2)
    return end


def _draw_crowd(ax: Axes, counts: Sequence[int], cpus: int, end: float) -> None:
    """Shades the part in which threads outnumber CPUs."""
    above = [count for count in counts if count > cpus]
    if not above:
        return
    below = max([count for count in counts if count <= cpus], default=above[0] / 2)
    start = math.sqrt(below * above[0])
    ax.axvspan(start, end, color="#f3f3f3", zorder=0, linewidth=0)
    ax.text(start * 1.04, 0.985, f"threads > CPUs ({cpus})", transform=ax.get_xaxis_transform(), fontsize=7, color=style.GREY, va="top")


def _draw(ax: Axes, panel: Panel, lines: Lines, looks: dict[str, Look], limits: Sequence[Limit], cpus: int) -> None:
    # A limit has no hold and no think in it: only a panel that has none either can show it.
    limits = [] if panel.hold or panel.think else limits
    values = [value for points in lines.values() for p in points for value in (p.low, p.high)] + [limit.ns for limit in limits]
    style.time_axis(ax, max(min(values), 0.01), max(values))
    size = ax.get_figure().get_size_inches() * ax.get_position().size
    end = _thread_axis(ax, _counts(lines), _gutter(limits, size[0]))
    for n, name in enumerate(lines):
        _draw_line(ax, lines[name], looks[name], _dodge(n, len(lines), math.log2(end / ax.get_xlim()[0])))
    _draw_crowd(ax, _counts(lines), cpus, end)
    _draw_limits(ax, limits, end, size[1])
    ax.set_ylabel("thread time per pair")
    if panel.hold or panel.think:
        style.name(ax, "get and put, with work", f"{style.work(panel.hold, panel.think)}, both included")
    else:
        style.name(ax, "get and put alone", style.work(0, 0))


def _handles(panels: Iterable[Lines], looks: dict[str, Look]) -> list[Line2D]:
    shown = {name for lines in panels for name in lines}
    return [look.handle(name + (" (floor)" if look.floor else "")) for name, look in looks.items() if name in shown]


def _notes(df: pd.DataFrame, panels: Iterable[Lines]) -> list[str]:
    notes = ["Points: median of the repetitions; whiskers: least and most. A flat line scales. Level list: no system calls."]
    if any(not point.fair for lines in panels for points in lines.values() for point in points):
        notes.append(f"Hollow: Jain's index below {cells.FAIR}: some threads got much more than others.")
    return notes


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    panels, limits = cells.pair(df), cells.limits(df)
    if not panels:
        return None, ["no rows of workload pair at level list"]
    columns = min(2, len(panels))
    title = "What does one get and put cost, and does it scale?"
    texts = style.Texts(title, cells.describe(df), _notes(df, panels.values()), emulated)
    heights = [3.6 if len(panels) < 3 else 2.9] * -(-len(panels) // columns)
    frame = style.Frame(texts, _handles(panels.values(), looks), heights, columns)
    for n, (panel, lines) in enumerate(panels.items()):
        _draw(frame.panel(n), panel, lines, looks, limits, int(df["cpus"].max()))
    return frame.figure, []
