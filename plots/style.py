# SPDX-License-Identifier: BSD-3-Clause
"""How figures look: axes in units, and a frame with the question and its answer above the panels
and the notes below."""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

GREY, PALE, INK = "#666666", "#c4c4c4", "#1b1f24"
WIDTH = 8.0  # inches: 800 px at 100 dpi
DPI = 200
SMALL = 8  # points: the least that reads at 800 px

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    # Names out of a file are text: a dollar sign in one must not begin a formula.
    "text.parse_math": False,
    "svg.hashsalt": "extram",
}


def time(ns: float, digits: int = 3) -> str:
    """A time with its unit: 0.5 ns, 20 ns, 1 µs, 3.5 ms."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size * 0.9995:
            return f"{ns / size:.{digits}g} {unit}"
    return f"{ns:.{digits}g} ns"


def short(ns: float) -> str:
    """The same with two digits, or with all before the point: 2.6 ns, 297 µs."""
    size, unit = next(((size, unit) for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)) if ns >= size * 0.9995), (1.0, "ns"))
    return f"{factor(ns / size)} {unit}"


# What to label in a decade, from dense to sparse.
_SUBS = (
    (1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, *(n / 2 for n in range(4, 20))), (1.0, 1.2, 1.5, 2.0, 2.5, *range(3, 10)),
    (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0), (1.0, 2.0, 3.0, 5.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,),
)  # fmt: skip


def _ticks(ratio: float, most: float) -> tuple[float, ...]:
    """What to label in a decade, when the axis spans this ratio and has room for so many labels."""
    dense = 4 if ratio > 12 else 2 if ratio > 3 else 1 if ratio > 1.6 else 0

    def fits(subs: tuple[float, ...]) -> bool:
        gaps = [math.log10(b / a) for a, b in zip(subs, (*subs[1:], 10 * subs[0]))]
        return min(gaps) * most >= 0.8 * math.log10(ratio)

    sparse = next((subs for subs in _SUBS[dense:] if fits(subs)), _SUBS[-1])
    return sparse if ratio <= 300 else _SUBS[-1]


def factor(ratio: float) -> str:
    """Two digits, or from 10 all before the point up to four: 1.3, 142, 1751, 140,000."""
    if ratio >= 9999.5:
        return f"{float(f'{ratio:.2g}'):,.0f}"
    return f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:.2g}"


def mib(value: float) -> str:
    return f"{factor(value)} MiB"


def time_axis(axis: Axis, low: float, high: float, *, room: float = 0.07, text: Callable[[float], str] = time) -> tuple[float, float]:
    """A logarithmic axis, of times if text does not say else, that has labels in every range, be it
    a third of a decade. room: share of it left free at each end.

    Returns its limits."""
    low = max(low, 0.01)
    more = max(1.02, (high / low) ** room) if room else 1.0
    low, high = low / more, high * more
    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (low, high)})
    width, height = inches(axis.axes)
    most = width / 0.6 if axis.axis_name == "x" else height / 0.25
    axis.set_major_locator(LogLocator(subs=_ticks(high / low, most), numticks=max(2, int(most) + 1)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    return low, high


def fixed_ticks(axis: Axis, at: Sequence[float], labels: Sequence[str]) -> None:
    axis.set_major_locator(FixedLocator(list(at)))
    axis.set_major_formatter(FuncFormatter(lambda _, n: labels[n] if n is not None and n < len(labels) else ""))
    axis.set_minor_locator(NullLocator())


def work(hold: int, think: int) -> str:
    return f"hold {time(hold)}, think {time(think)}" if hold or think else "no hold, no think"


@dataclass(frozen=True)
class Texts:
    """What stands around the panels: the question, its answer, how to read the figure, and where
    its numbers come from."""

    title: str
    answer: str
    notes: Sequence[str]
    origin: str


@dataclass(frozen=True)
class Key:
    """Names and their colours, in a line below the panels."""

    title: str
    colours: Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """The rooms of a column of panels, in inches; the panels share what is left by weight."""

    left: float = 0.75
    right: float = 0.1
    weight: float = 1.0


def widths(columns: Sequence[Column]) -> list[float]:
    """Inches of each column's panels."""
    free = WIDTH - sum(one.left + one.right for one in columns)
    return [free * one.weight / sum(other.weight for other in columns) for one in columns]


class Titled(Figure):
    """A figure that knows the texts around its panels, for a page that sets them itself."""

    texts_around: Texts
    around: list[Artist]

    def bare(self) -> Texts:
        """Takes the texts away, and returns them."""
        for artist in self.around:
            artist.remove()
        self.around = []
        return self.texts_around


def stamp(figure: Figure, words: str) -> None:
    """Across the figure, so that nobody takes it for a result."""
    big: dict[str, Any] = {"fontsize": 32, "color": "#B00000", "alpha": 0.55, "weight": "bold", "rotation": 12}
    figure.text(0.5, 0.5, words, ha="center", va="center", zorder=100, **big)


@dataclass(frozen=True)
class _Block:
    """Lines of text of one size, in one colour."""

    text: str
    size: float
    look: dict[str, Any]

    # Letters of the font are this wide on average, in shares of its size.
    BOLD, NORMAL = 0.62, 0.535

    @property
    def lines(self) -> list[str]:
        share = self.BOLD if "weight" in self.look else self.NORMAL
        # A number stays with its unit.
        text = re.sub(r"(\d) ([nµm]?s|%)(?!\w)", "\\1\N{NO-BREAK SPACE}\\2", self.text)
        return textwrap.wrap(text, int((WIDTH - 0.24) * 72 / (self.size * share)))

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * 1.4 / 72


class Frame:
    """A figure laid out in inches: title and answer above, panels, notes and origin below. Whatever
    can grow has its own room."""

    BESIDE = 0.12

    def __init__(self, texts: Texts, heights: Sequence[float], columns: Sequence[Column], above: float = 0.5, *, below: float = 0.45, key: Key | None = None) -> None:
        """above: inches of each panel for what stands over it; below: for its ticks and label."""
        self.heights, self.columns, self.room, self.key = list(heights), list(columns), (above, below), key
        self.over = [_Block(texts.title, 13, {"weight": "bold", "color": INK}), _Block(texts.answer, 9.5, {"color": INK})]
        self.under = [_Block(text, SMALL, {"color": GREY}) for text in (*texts.notes, texts.origin) if text]
        self.figure: Titled = plt.figure(FigureClass=Titled, figsize=(WIDTH, self._height()))
        self.figure.texts_around, self.figure.around = texts, []
        self._write(self.over, self._height() - 0.1, 0.06)
        self._write(self.under, self._foot() - 0.02 - 0.2 * bool(key), 0.01)
        if key:
            self._draw_key(key)

    def _head(self) -> float:
        return 0.16 + sum(block.height + 0.06 for block in self.over)

    def _foot(self) -> float:
        return 0.1 + sum(block.height + 0.01 for block in self.under) + 0.2 * bool(self.key)

    def _height(self) -> float:
        return self._head() + sum(height + sum(self.room) for height in self.heights) + self._foot()

    def _write(self, blocks: Sequence[_Block], top: float, gap: float) -> None:
        for block in blocks:
            at = (self.BESIDE / WIDTH, top / self._height())
            self.figure.around.append(self.figure.text(*at, "\n".join(block.lines), fontsize=block.size, va="top", linespacing=1.25, **block.look))
            top -= block.height + gap

    def _draw_key(self, key: Key) -> None:
        parts = [TextArea(f"{key.title}:", textprops={"fontsize": SMALL, "color": GREY})]
        for words, colour in key.colours.items():
            parts += [TextArea("\u25cf", textprops={"fontsize": 10, "color": colour}), TextArea(words, textprops={"fontsize": SMALL, "color": INK})]
        at = (self.BESIDE / WIDTH, (self._foot() - 0.19) / self._height())
        where: dict[str, Any] = {"bbox_to_anchor": at, "bbox_transform": self.figure.transFigure, "pad": 0, "borderpad": 0, "frameon": False}
        self.figure.add_artist(AnchoredOffsetbox("lower left", child=HPacker(children=parts, pad=0, sep=5, align="center"), **where))

    def panel(self, n: int, own: Column | None = None) -> Axes:
        """By rows: n counts from the top left. own: its rooms, where a panel alone in its row has
        others than the column."""
        row, column = divmod(n, len(self.columns))
        columns = [own] if own else self.columns
        wide = widths(columns)
        left = sum(one.left + one.right + width for one, width in zip(columns[:column], wide)) + columns[column].left
        above = self._head() + sum(height + sum(self.room) for height in self.heights[:row]) + self.room[0]
        total = self._height()
        box = (left / WIDTH, 1 - (above + self.heights[row]) / total, wide[column] / WIDTH, self.heights[row] / total)
        return self.figure.add_axes(box)


def inches(ax: Axes) -> tuple[float, float]:
    width, height = ax.get_figure().get_size_inches() * ax.get_position().size
    return float(width), float(height)


def name(ax: Axes, title: str, second: str = "", above: float = 4) -> None:
    """A title of two lines, the panel's question or content and its conditions, above points over
    the panel."""
    offset: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    if second:
        ax.annotate(second, (0, 1), (0, above), fontsize=SMALL, color=GREY, **offset)
    ax.annotate(title, (0, 1), (0, above + (SMALL + 4 if second else 0)), fontsize=10, weight="bold", color=INK, **offset)


def save(figure: Figure, path: Path) -> None:
    """Writes the figure whole or not at all. Without a date: the same rows give the same bytes."""
    buffer = io.BytesIO()
    kind = path.suffix[1:]
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else None)
    path.write_bytes(buffer.getvalue())
