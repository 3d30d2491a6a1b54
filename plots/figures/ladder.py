# SPDX-License-Identifier: BSD-3-Clause
"""ladder: what a whole callback costs, and how much of that is the list."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plots import cells, dots, floor, style, words
from plots.cells import Bar
from plots.view import View

# Grey, dark and light: they stay apart without colour.
PARTS = (
    ("base", "system calls and m set-up", {"facecolor": "#b9b9b9", "edgecolor": "white"}),
    ("list", "list", {"facecolor": "#D55E00", "edgecolor": "white"}),
    ("rest", "rest", {"facecolor": "#9ecae8", "edgecolor": "white"}),
)
NOTES = (
    "Bars and ticks: medians. Black lines: lowest to highest block. System calls and m set-up: a callback over the cheapest floor. List: get and put alone, "
    "over the cheapest floor of those. Rest: what is left. The parts are measured apart: where they exceed the whole, the bar ends with the whole.",
)


def _spares(bar: Bar) -> bool:
    """It makes none of the calls."""
    return bar.total < bar.base / 2


def _label(bar: Bar) -> str:
    total = style.short(bar.total)
    if bar.floor or _spares(bar):
        return f"{total} ({'floor' if bar.floor else 'spares the calls'})"
    return f"{total}, list alone {style.short(bar.list) if bar.list else floor.AT_FLOOR}"


def _widths(bar: Bar) -> list[float]:
    """Of the parts, in their order: they never exceed the whole."""
    base = 0.0 if _spares(bar) else min(bar.base, bar.total)
    own = min(bar.list, bar.total - base)
    return [base, own, bar.total - base - own]


def _draw_bar(ax: Axes, y: int, bar: Bar) -> None:
    start = 0.0
    for (_, _, look), width in zip(PARTS, _widths(bar)):
        ax.barh(y, width, left=start, height=0.72, linewidth=0.5, zorder=2, **look)
        start += width
    ax.plot([bar.low, bar.high], [y, y], color="black", linewidth=0.9, zorder=3)
    ax.plot([bar.total], [y], color="black", marker="|", markersize=9, zorder=3)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    ax.annotate(_label(bar), (max(bar.total, bar.high), y), (6, 0), textcoords="offset points", va="center", fontsize=style.SMALL, bbox=box)


def _names(ax: Axes, bars: Sequence[Bar], view: View) -> None:
    ax.set_yticks(range(len(bars)), [bar.series for bar in bars])
    ax.tick_params(axis="y", length=0)
    for text, bar in zip(ax.get_yticklabels(), bars):
        text.set(color=style.GREY if bar.floor or view.pale(bar.series) else style.INK, fontweight="bold" if bar.series in view.chosen else "normal")
    ax.set_ylim(len(bars) - 0.4, -0.6)


def _draw(ax: Axes, threads: int, bars: Sequence[Bar], view: View) -> None:
    for y, bar in enumerate(bars):
        _draw_bar(ax, y, bar)
    _names(ax, bars, view)
    width = style.inches(ax)[0]
    labels = dots.LETTER * max(len(_label(bar)) for bar in bars) + 0.15
    ax.set_xlim(0, max(bar.high for bar in bars) * width / (width - labels))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.time(value) if value else "0"))
    ax.grid(False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("thread time per callback")
    style.name(ax, f"{words.threads(threads)}, no hold, no think")


def answer(bars: Sequence[Bar]) -> str:
    """Over the strategies that make the calls: the share of the calls, and what the list adds at
    best and at worst."""
    listed = sorted((bar for bar in bars if not bar.floor and not _spares(bar)), key=lambda bar: bar.list)
    spared = [bar for bar in bars if not bar.floor and _spares(bar)]
    text = f"System calls and m set-up, as in Go 1.19, take {style.short(bars[0].base)}."
    if listed:
        text += f" The list alone costs {style.short(listed[0].list)} ({listed[0].series}) to {style.short(listed[-1].list)} ({listed[-1].series})."
    if spared:
        text += f" {words.priced([(bar.series, bar.total) for bar in spared])} spare{'s' * (len(spared) == 1)} them."
    return text


def draw(view: View) -> tuple[style.Titled | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    panels = cells.ladder(view.cells)
    if not panels:
        return None, ["no thread count with pair at both levels, without hold and think, for a floor as well"]
    threads, bars = list(panels.items())[-1]
    texts = style.Texts("Where does the time of a callback go?", answer(bars) if view.judged else "", NOTES, view.origin)
    key = {label: str(look["facecolor"]) for _, label, look in PARTS}
    left = dots.room([bar.series for bar in bars])
    frame = style.Frame(texts, [0.25 * len(bars) + 0.1], [style.Column(left)], 0.3, key=style.Key("parts", key))
    _draw(frame.panel(0), threads, bars, view)
    return frame.figure, []
