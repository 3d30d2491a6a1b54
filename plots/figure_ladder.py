# SPDX-License-Identifier: BSD-3-Clause
"""ladder: what a whole callback costs, and how much of that is the list."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

import cells
import floor
import style
from cells import Bar
from style import Look

# Light, dark, hatched: told apart without colour.
PARTS = (
    ("base", "system calls and m set-up", {"facecolor": "#cfcfcf", "edgecolor": "white"}),
    ("list", "list", {"facecolor": "#D55E00", "edgecolor": "white"}),
    ("rest", "rest", {"facecolor": "#DCEBF5", "edgecolor": "#0072B2", "hatch": "////"}),
)
NOTES = (
    "Medians of the repetitions; black: median, least and most of the whole callback. Rest: the whole less the other two parts.",
    "System calls and m set-up: a callback over the floor. List: get and put alone, less the floor's. No rest: the parts, measured apart, are more than the whole.",
)


def _clipped(bar: Bar) -> bool:
    """Parts that were measured apart need not add up, and a part below nothing cannot be drawn."""
    return bar.rest < -0.5


def _label(bar: Bar) -> str:
    total = style.time(bar.total, 4)
    if bar.floor:
        return f"{total} (floor)"
    listed = f"list {style.time(bar.list)} = {100 * bar.share:.2g} %" if bar.list else f"list {floor.AT_FLOOR}"
    return f"{total}, {listed}{'; no rest' * _clipped(bar)}"


def _draw_bar(ax: Axes, y: int, bar: Bar) -> None:
    start = 0.0
    for name, _, look in PARTS:
        width = max(getattr(bar, name), 0.0)
        if width:
            ax.barh(y, width, left=start, height=0.72, linewidth=0.5, zorder=2, **look)
        start += width
    ax.plot([bar.low, bar.high], [y, y], color="black", linewidth=0.9, zorder=3)
    ax.plot([bar.total], [y], color="black", marker="|", markersize=9, zorder=3)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    ax.annotate(_label(bar), (max(start, bar.high), y), (6, 0), textcoords="offset points", va="center", fontsize=8, bbox=box)


def _names(ax: Axes, bars: Sequence[Bar], looks: dict[str, Look]) -> None:
    """Names with the marker that the series has in the other figures."""
    ax.set_yticks(range(len(bars)), [bar.series for bar in bars])
    ax.tick_params(axis="y", length=0, pad=14)
    for y, bar in enumerate(bars):
        ax.plot([-8 / 72 / _width(ax)], [y], transform=ax.get_yaxis_transform(), clip_on=False, **looks[bar.series].kw())


def _width(ax: Axes) -> float:
    return float(ax.get_figure().get_size_inches()[0] * ax.get_position().width)


def _draw(ax: Axes, threads: int, bars: Sequence[Bar], looks: dict[str, Look]) -> None:
    for y, bar in enumerate(bars):
        _draw_bar(ax, y, bar)
    _names(ax, bars, looks)
    ax.set_ylim(len(bars) - 0.4, -0.6)
    # Room for the labels, of some 2.6 inches.
    ax.set_xlim(0, max(max(bar.high, bar.base + bar.list) for bar in bars) * _width(ax) / (_width(ax) - 2.6))
    ax.xaxis.set_major_locator(MaxNLocator(7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.time(value) if value else "0"))
    ax.grid(False, axis="y")
    ax.set_xlabel("thread time per callback")
    style.name(ax, f"{threads} thread{'s' * (threads > 1)}", style.work(0, 0))


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    panels = cells.ladder(df)
    if not panels:
        return None, ["no thread count with pair at both levels, without hold and think, for a floor as well"]
    texts = style.Texts("Where does the time of a callback go?", cells.describe(df), NOTES, emulated)
    longest = max(len(bar.series) for bars in panels.values() for bar in bars)
    handles = [Patch(label=label, **look) for _, label, look in PARTS]
    heights = [0.25 * len(bars) + 0.1 for bars in panels.values()]
    frame = style.Frame(texts, handles, heights, 1, left=0.38 + 0.078 * longest)
    for n, (threads, bars) in enumerate(panels.items()):
        _draw(frame.panel(n), threads, bars, looks)
    return frame.figure, []
