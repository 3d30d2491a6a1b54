# SPDX-License-Identifier: BSD-3-Clause
"""How figures look: one look a series, axes in units, a frame with the legend outside the panels."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import pandas as pd  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator  # noqa: E402

# Okabe and Ito's colours, without the yellow, which white paper swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
# 7 colours and 11 markers share no factor: 77 pairs before one comes again.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*")
LINES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
FLOOR_GREYS = ("#777777", "#999999", "#555555")
FLOOR_LINE = (0, (4, 2))
GREY = "#666666"
WIDTH = 9.0  # inches: 900 px at 100 dpi
DPI = 200

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
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
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    # Names out of a file are text: a dollar sign in one must not begin a formula.
    "text.parse_math": False,
    "svg.hashsalt": "extram",
}


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    line: Any
    floor: bool

    def kw(self, hollow: bool = False) -> dict[str, Any]:
        """Keywords for Axes.plot: a marker of the series."""
        face = "white" if hollow else self.colour
        size = {"*": 7.5, "D": 4.4, "s": 4.8}.get(self.marker, 5.4)
        return {"color": self.colour, "marker": self.marker, "markersize": size, "markerfacecolor": face, "markeredgewidth": 1.1}

    def handle(self, label: str) -> Line2D:
        return Line2D([], [], linestyle=self.line, linewidth=1.3, label=label, **self.kw())


def looks(df: pd.DataFrame) -> dict[str, Look]:
    """Series → look, by name: the order of blocks in a file is random, and a run's colours should be the next run's."""
    rows = df[df["workload"] != "limit"]
    floors = sorted(set(rows.loc[rows["floor"] == 1, "series"]))
    others = sorted(set(rows["series"]) - set(floors))
    found = {
        name: Look(COLOURS[n % len(COLOURS)], MARKERS[n % len(MARKERS)], LINES[n // len(COLOURS) % len(LINES)], False)
        for n, name in enumerate(others)
    }
    for n, name in enumerate(floors):
        found[name] = Look(FLOOR_GREYS[n % len(FLOOR_GREYS)], MARKERS[-1 - n % len(MARKERS)], FLOOR_LINE, True)
    return found


def time(ns: float, digits: int = 3) -> str:
    """A time with its unit: 0.5 ns, 20 ns, 1 µs, 3.5 ms."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size * 0.9995:
            return f"{ns / size:.{digits}g} {unit}"
    return f"{ns:.{digits}g} ns"


def _ticks(ratio: float) -> tuple[float, ...]:
    """What to label in a decade, when the axis spans this ratio."""
    if ratio > 12:
        return (1.0,) if ratio > 300 else (1.0, 2.0, 5.0)
    if ratio > 1.6:
        return (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0) if ratio > 3 else (1.0, 1.2, 1.5, 2.0, 2.5, *range(3, 10))
    return (1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.8, *(n / 2 for n in range(4, 20)))


def time_axis(ax: Axes, low: float, high: float) -> None:
    """A logarithmic y axis of times that has labels in every range, be it a third of a decade."""
    room = max(1.02, (high / low) ** 0.07)
    low, high = low / room, high * room
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(LogLocator(subs=_ticks(high / low), numticks=20))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: time(value)))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())


def fixed_ticks(ax: Axes, at: Sequence[float], labels: Sequence[str]) -> None:
    ax.xaxis.set_major_locator(FixedLocator(list(at)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda _, n: labels[n] if n is not None and n < len(labels) else ""))
    ax.xaxis.set_minor_locator(NullLocator())


def work(hold: int, think: int) -> str:
    return f"hold {time(hold)}, think {time(think)}" if hold or think else "no hold, no think"


def name(ax: Axes, title: str, second: str) -> None:
    """A title of two lines: what the panel is, and under what conditions."""
    ax.set_title(title, pad=16)
    ax.annotate(second, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", fontsize=8, color=GREY)


@dataclass(frozen=True)
class Texts:
    title: str
    subtitle: str
    notes: Sequence[str] = ()
    emulated: bool = False


def stamp(figure: Figure, words: str) -> None:
    """Across the figure, so that nobody takes it for a result."""
    big: dict[str, Any] = {"fontsize": 32, "color": "#B00000", "alpha": 0.55, "weight": "bold", "rotation": 12}
    figure.text(0.5, 0.5, words, ha="center", va="center", zorder=100, **big)


class Frame:
    """A figure laid out in inches: title and origin above, panels, legend, notes. Everything that can grow has its own room."""

    LINE = 0.155  # height of a line of small text
    ABOVE, BELOW = 0.47, 0.47  # room of a panel for its title, and for its ticks and label

    def __init__(self, texts: Texts, handles: Sequence[Line2D], heights: Sequence[float], columns: int, left: float = 0.75) -> None:
        self.columns, self.left = columns, left
        self.subtitle = textwrap.wrap(texts.subtitle, 140) or [""]
        self.notes = [line for note in texts.notes for line in textwrap.wrap(note, 150)]
        self.handles = list(handles)
        longest = max((len(str(handle.get_label())) for handle in handles), default=0)
        self.legend_columns = max(1, min(len(self.handles), int((WIDTH - 0.4) / (0.55 + 0.075 * longest))))
        self.heights = list(heights)
        self.figure = plt.figure(figsize=(WIDTH, self._height()))
        self._write(texts)

    def _legend_height(self) -> float:
        return 0.19 * -(-len(self.handles) // self.legend_columns) + 0.08 if self.handles else 0.0

    def _top(self) -> float:
        return 0.5 + self.LINE * len(self.subtitle)

    def _bottom(self) -> float:
        return 0.1 + self.LINE * len(self.notes) + self._legend_height()

    def _height(self) -> float:
        return self._top() + sum(height + self.ABOVE + self.BELOW for height in self.heights) + self._bottom()

    def _write(self, texts: Texts) -> None:
        total = self._height()
        self.figure.text(0.12 / WIDTH, 1 - 0.12 / total, texts.title, fontsize=12.5, weight="bold", va="top")
        self.figure.text(0.12 / WIDTH, 1 - 0.38 / total, "\n".join(self.subtitle), fontsize=8, color=GREY, va="top")
        self.figure.text(0.12 / WIDTH, 0.07 / total, "\n".join(self.notes), fontsize=7.5, color=GREY, va="bottom")
        if self.handles:
            at = (0.5, (0.08 + self.LINE * len(self.notes)) / total)
            self.figure.legend(handles=self.handles, loc="lower center", bbox_to_anchor=at, ncol=self.legend_columns, **_TIGHT)
        if texts.emulated:
            stamp(self.figure, "emulated: times mean nothing")

    def panel(self, n: int) -> Axes:
        row, column = divmod(n, self.columns)
        width = (WIDTH - 0.15) / self.columns
        total = self._height()
        above = self._top() + sum(height + self.ABOVE + self.BELOW for height in self.heights[:row]) + self.ABOVE
        box = (column * width + self.left, total - above - self.heights[row], width - self.left - 0.1, self.heights[row])
        return self.figure.add_axes((box[0] / WIDTH, box[1] / total, box[2] / WIDTH, box[3] / total))


_TIGHT: dict[str, Any] = {"borderpad": 0.1, "labelspacing": 0.3, "columnspacing": 1.4, "handlelength": 2.4}


def save(figure: Figure, path: Path) -> None:
    """Writes the figure whole or not at all. Without a date: the same rows give the same bytes."""
    buffer = io.BytesIO()
    kind = path.suffix[1:]
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else None)
    path.write_bytes(buffer.getvalue())
