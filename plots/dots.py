# SPDX-License-Identifier: BSD-3-Clause
"""A panel of rows: a name a row, dots on a logarithmic axis, and named vertical lines. Values are
ns, unless the panel's axis says else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea, HPacker, TextArea

from plots import families, style

ROW = 0.215  # inches
LETTER = 0.0635  # inches of a letter of small text, on average
LEVEL = 0.155  # inches of a line of names above the panel
BLIND = "#e9e9e9"
SAME = 1.06  # lines closer than this factor share a name


@dataclass(frozen=True)
class Mark:
    """How the dots of one kind look."""

    shape: str = "o"
    hollow: bool = False


@dataclass(frozen=True)
class Dot:
    kind: str  # a key of the panel's marks
    value: float
    low: float
    high: float


@dataclass
class Row:
    name: str
    colour: str
    dots: list[Dot]
    words: str = ""  # right of the last dot; empty: its value
    bold: bool = False


@dataclass(frozen=True)
class Line:
    name: str
    ns: float


@dataclass
class Panel:
    title: str
    second: str
    marks: Mapping[str, Mark]  # kind → look, in the order of the key
    rows: Sequence[Row]
    lines: Sequence[Line] = field(default_factory=list)
    label: str = ""
    named: bool = True  # False: the names stand beside the panel to its left
    axis: Callable[[float], str] = style.time  # a value of the axis with its unit; rows of others than times have words
    column: str = ""  # if not empty, the words stand in a column of this name at the panel's right
    blind: float = 0.0  # ns: of shorter times it is only known that they are shorter

    def values(self) -> list[float]:
        dots = [value for row in self.rows for dot in row.dots for value in (dot.low, dot.value, dot.high)]
        return [value for value in (*dots, *(line.ns for line in self.lines)) if value > 0]


def height(rows: int) -> float:
    return ROW * rows + 0.08


def room(names: Sequence[str]) -> float:
    """Inches that the names need left of the rows."""
    return 0.18 + 0.072 * max((len(name) for name in names), default=0)


def merged(lines: Sequence[Line]) -> list[Line]:
    """Ascending; lines that nobody could tell apart become one with all their names, at the first
    one's place."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.ns, line.name)):
        if found and line.ns <= found[-1][0].ns * SAME:
            found[-1].append(line)
        else:
            found.append([line])
    return [Line(", ".join(line.name for line in some), some[0].ns) for some in found]


def _words(line: Line) -> str:
    return f"{line.name} {style.short(line.ns)}"


def _levels(spans: Sequence[tuple[float, float]]) -> list[int]:
    """For each span from left to right the lowest level on which it touches no other."""
    ends: list[float] = []
    levels = []
    for start, end in spans:
        level = next((n for n, taken in enumerate(ends) if taken < start), len(ends))
        ends[level:level + 1] = [end]  # fmt: skip
        levels.append(level)
    return levels


def _places(lines: Sequence[Line], limits: tuple[float, float], width: float, taken: float = 0.0) -> list[tuple[Line, float, int]]:
    """Line, left end of its name in inches, level. A name stands right of its line, or ends where
    the panel ends, less the inches taken."""
    at = [math.log(line.ns / limits[0]) / math.log(limits[1] / limits[0]) * width for line in lines]
    starts = [max(0.0, min(x, width - taken - LETTER * len(_words(line)))) for line, x in zip(lines, at)]
    levels = _levels([(start, start + LETTER * len(_words(line)) + 0.08) for line, start in zip(lines, starts)])
    return list(zip(lines, starts, levels))


def _span(panel: Panel, width: float) -> tuple[float, float]:
    """The limits of the axis: room at both ends, and right of the dots for the words."""
    values = panel.values() or [1.0]
    low, high = max(min(values), 0.01), max(values)
    longest = max((len(row.words or "999 ns") for row in panel.rows), default=0)
    share = min(0.5, (LETTER * longest + 0.12) / width)
    more = max(1.05, (high / low) ** 0.04)
    return low / more, high * (high / low * more) ** (share / (1 - share)) * more


def _taken(panel: Panel) -> float:
    """Inches of the column's name, at the right end of the lowest level."""
    return LETTER * len(panel.column) + 0.1 if panel.column else 0.0


def _rise(panel: Panel, width: float) -> float:
    """Inches that the names of the lines take above a panel of this width."""
    levels = [level for _, _, level in _places(merged(panel.lines), _span(panel, width), width, _taken(panel))]
    return 0.05 + LEVEL * (max(levels, default=0 if panel.column else -1) + 1)


def _draw_lines(ax: Axes, panel: Panel, limits: tuple[float, float]) -> None:
    width, height = style.inches(ax)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    for line, start, level in _places(merged(panel.lines), limits, width, _taken(panel)):
        top = 1 + (0.03 + LEVEL * level) / height
        ax.plot([line.ns, line.ns], [0, top], transform=ax.get_xaxis_transform(), color=style.GREY, linewidth=0.8, zorder=1.2, clip_on=False)
        ax.text(start / width + 0.03 / width, top, _words(line), transform=ax.transAxes, fontsize=style.SMALL, color=style.GREY, va="bottom", bbox=box)


def key(marks: Mapping[str, Mark]) -> HPacker:
    """The kinds of dots with their names, in one line."""
    parts: list[Any] = []
    for kind, mark in marks.items():
        area = DrawingArea(9, 9)
        area.add_artist(Line2D([4.5], [4.5], **_look(mark, style.INK)))
        parts += [area, TextArea(kind, textprops={"fontsize": style.SMALL, "color": style.INK})]
    return HPacker(children=parts, pad=0, sep=4, align="center")


def _draw_key(ax: Axes, marks: Mapping[str, Mark], up: float) -> None:
    """up: inches above the panel."""
    at = (0, 1 + up / style.inches(ax)[1])
    box = AnchoredOffsetbox("lower left", child=key(marks), pad=0, borderpad=0, frameon=False, bbox_to_anchor=at, bbox_transform=ax.transAxes)
    box.set_clip_on(False)
    ax.add_artist(box)


def _look(mark: Mark, colour: str) -> dict[str, Any]:
    size = {"D": 5.0, "s": 5.2, "|": 9.0, ".": 7.0}.get(mark.shape, 6.2)
    face = "white" if mark.hollow else colour
    return {"marker": mark.shape, "markersize": size, "color": colour, "markerfacecolor": face, "markeredgewidth": 1.2, "linestyle": "none"}


def _draw_words(ax: Axes, y: int, words: str, last: float, *, column: bool) -> None:
    """Right of the last dot, or in the column."""
    where: dict[str, Any] = {"xycoords": ax.get_yaxis_transform(), "ha": "right"} if column else {}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
    place: dict[str, Any] = {"xy": (1, y), "xytext": (-2, 0)} if column else {"xy": (last, y), "xytext": (6, 0)}
    ax.annotate(words, **place, **where, textcoords="offset points", va="center", fontsize=style.SMALL, color=style.INK, zorder=4, bbox=box)


def _draw_column(ax: Axes, panel: Panel, limits: tuple[float, float]) -> None:
    """The column's name, and the band of times that nobody can tell apart."""
    ax.annotate(panel.column, (1, 1), (-2, 2), xycoords="axes fraction", textcoords="offset points", ha="right", va="bottom",
                fontsize=style.SMALL, color=style.GREY, annotation_clip=False)  # fmt: skip
    if panel.blind > limits[0]:
        ax.axvspan(limits[0], panel.blind, color=BLIND, zorder=0, linewidth=0)


def _draw_row(ax: Axes, y: int, row: Row, panel: Panel) -> None:
    dots = [dot for dot in row.dots if dot.value > 0]
    if not dots:
        ax.annotate("not measured", (0, y), (4, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points", va="center", fontsize=style.SMALL, color=style.GREY)
        return
    ax.plot([min(dot.value for dot in dots), max(dot.value for dot in dots)], [y, y], color=row.colour, linewidth=1.3, alpha=0.75, zorder=2)
    for dot in dots:
        ax.plot([max(dot.low, 0.01), dot.high], [y, y], color=row.colour, linewidth=4.5, alpha=0.22, zorder=1.8, solid_capstyle="butt")
    for dot in reversed(dots):
        ax.plot([dot.value], [y], zorder=3, **_look(panel.marks[dot.kind], row.colour))
    last = max(max(dot.value, dot.high) for dot in dots)
    _draw_words(ax, y, row.words or style.short(dots[-1].value), last, column=bool(panel.column))


def _names(ax: Axes, rows: Sequence[Row], named: bool) -> None:
    ax.set_yticks(range(len(rows)), [row.name for row in rows] if named else [""] * len(rows))
    ax.tick_params(axis="y", length=0)
    for text, row in zip(ax.get_yticklabels(), rows):
        text.set(color=style.GREY if row.colour in (style.PALE, families.COLOURS[families.FLOOR]) else style.INK, fontweight="bold" if row.bold else "normal")
    ax.set_ylim(len(rows) - 0.4, -0.6)


def draw(ax: Axes, panel: Panel, rise: float) -> None:
    """rise: inches above the panel for the names of lines; above them are the key and the title."""
    limits = _span(panel, style.inches(ax)[0])
    style.time_axis(ax.xaxis, *limits, room=0, text=panel.axis)
    for y, row in enumerate(panel.rows):
        _draw_row(ax, y, row, panel)
    _names(ax, panel.rows, panel.named)
    ax.grid(True, axis="y", color="#f0f0f0", linewidth=0.6)
    ax.spines["left"].set_visible(False)
    _draw_lines(ax, panel, limits)
    _draw_column(ax, panel, limits)
    _draw_key(ax, panel.marks, rise)
    style.name(ax, panel.title, panel.second, above=72 * (rise + 0.17))
    ax.set_xlabel(panel.label)


def figure(texts: style.Texts, panels: Sequence[Panel], key: style.Key | None = None) -> style.Titled:
    """The panels beside each other, or, where each names its rows, below each other."""
    beside = not all(panel.named for panel in panels)
    left = room([row.name for panel in panels for row in panel.rows])
    every = [style.Column(left, 0.24)] + [style.Column(0.12, 0.24, 0.62) for _ in panels[1:] if beside]
    widths = style.widths(every)
    rises = [_rise(panel, widths[n if beside else 0]) for n, panel in enumerate(panels)]
    second = any(panel.second for panel in panels)
    heights = [height(max(len(panel.rows) for panel in panels))] if beside else [height(len(panel.rows)) for panel in panels]
    frame = style.Frame(texts, heights, every, max(rises) + (0.5 if second else 0.36), key=key)
    for n, panel in enumerate(panels):
        draw(frame.panel(n), panel, max(rises) if beside else rises[n])
    return frame.figure
