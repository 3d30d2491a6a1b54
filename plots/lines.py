# SPDX-License-Identifier: BSD-3-Clause
"""A panel of lines over thread counts: a handful in colour with their names at their ends, the rest
grey."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes

from plots import style
from plots.dots import LETTER, Line, merged

GAP = 0.145  # inches between names
DASHED = (0, (4, 2))


@dataclass(frozen=True)
class Point:
    threads: int
    ns: float
    low: float
    high: float


@dataclass
class Curve:
    colour: str
    points: list[Point]  # threads ascending
    name: str = ""  # empty: grey, and unnamed
    floor: bool = False
    computed: bool = False  # dashed, and without marks of what was measured


@dataclass
class Panel:
    title: str
    second: str
    curves: Sequence[Curve]
    cpus: int
    label: str
    lines: Sequence[Line] = field(default_factory=list)  # horizontal

    def counts(self) -> list[int]:
        return sorted({point.threads for curve in self.curves for point in curve.points})


def spread(at: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Moves rising positions apart to at least gap, as little as need be from below, and back in
    when they pass the top."""
    moved: list[float] = []
    for value in at:
        moved.append(max(value, low if not moved else moved[-1] + gap))
    ceiling = high
    for n in reversed(range(len(moved))):
        moved[n] = min(moved[n], ceiling)
        ceiling = moved[n] - gap
    return moved


def thread_axis(ax: Axes, counts: Sequence[int]) -> None:
    room = max(0.12, 0.03 * math.log2(counts[-1] / counts[0]))
    ax.set_xscale("log", base=2)
    ax.set_xlim(counts[0] * 2**-room, counts[-1] * 2**room)
    width = math.log(counts[-1] / counts[0]) or 1.0
    shown: list[int] = []
    for count in reversed(counts):
        if not shown or math.log(shown[-1] / count) / width > 0.05:
            shown.append(count)
    style.fixed_ticks(ax.xaxis, shown[::-1], [str(count) for count in shown[::-1]])
    ax.set_xlabel("threads")


def _draw_crowd(ax: Axes, panel: Panel) -> None:
    """Shades the part in which threads outnumber CPUs."""
    counts, end = panel.counts(), ax.get_xlim()[1]
    crowd = [count for count in counts if count > panel.cpus]
    if crowd:
        below = max([count for count in counts if count <= panel.cpus], default=crowd[0] / 2)
        start = math.sqrt(below * crowd[0])
        ax.axvspan(start, end, color="#f3f3f3", zorder=0, linewidth=0)
        words = f"more threads than CPUs ({panel.cpus})"
        ax.text(end, 1.01, words, transform=ax.get_xaxis_transform(), fontsize=style.SMALL, color=style.GREY, ha="right", va="bottom")


def _draw_curve(ax: Axes, curve: Curve) -> None:
    x, y = [point.threads for point in curve.points], [point.ns for point in curve.points]
    if not curve.name:
        ax.plot(x, y, color=style.PALE, linewidth=0.9, zorder=1.5, linestyle=DASHED if curve.computed else "-")
        return
    ax.fill_between(x, [point.low for point in curve.points], [point.high for point in curve.points], color=curve.colour, alpha=0.15, linewidth=0, zorder=2)
    ax.plot(x, y, color=curve.colour, linewidth=1.9, linestyle=DASHED if curve.floor or curve.computed else "-", zorder=3)
    if not curve.computed:
        ax.plot(x, y, color=curve.colour, marker="o", markersize=3.6, linestyle="none", zorder=3)


def _draw_names(ax: Axes, panel: Panel) -> None:
    """Each at its line's end, apart enough to be read."""
    named = [(curve.points[-1].threads, curve.points[-1].ns, f"{curve.name} {style.short(curve.points[-1].ns)}", curve.colour, True) for curve in panel.curves if curve.name]
    end = ax.get_xlim()[1]
    named += [(end, line.ns, f"{line.name} {style.short(line.ns)}", style.GREY, False) for line in merged(panel.lines)]
    low, high = (math.log10(value) for value in ax.get_ylim())
    named = sorted(((x, (math.log10(y) - low) / (high - low), words, colour, bold) for x, y, words, colour, bold in named), key=lambda one: one[1])
    moved = spread([one[1] for one in named], GAP / style.inches(ax)[1], 0.01, 0.99)
    start = ax.get_xlim()[0]
    for (x, y, words, colour, bold), label in zip(named, moved):
        at = math.log(x / start) / math.log(end / start)
        ax.plot([at, 1.0, 1.02], [y, y if at == 1.0 else label, label], transform=ax.transAxes, color=colour, linewidth=0.7, zorder=1.6, clip_on=False)
        ax.text(1.025, label, words, transform=ax.transAxes, fontsize=style.SMALL, color=colour, va="center", fontweight="bold" if bold else "normal")


def right(panel: Panel) -> float:
    """Inches that the names need right of the panel."""
    names = [curve.name for curve in panel.curves] + [line.name for line in merged(panel.lines)]
    return 0.2 + 1.12 * LETTER * max(len(f"{name} 999 ns") for name in names)


def draw(ax: Axes, panel: Panel) -> None:
    values = [value for curve in panel.curves for point in curve.points for value in (point.low, point.high) if value > 0]
    style.time_axis(ax.yaxis, min(values), max(values))
    thread_axis(ax, panel.counts())
    for line in merged(panel.lines):
        ax.axhline(line.ns, color=style.GREY, linewidth=0.6, zorder=1.2)
    for curve in panel.curves:
        _draw_curve(ax, curve)
    _draw_crowd(ax, panel)
    _draw_names(ax, panel)
    ax.set_ylabel(panel.label)
    style.name(ax, panel.title, panel.second, above=8)
