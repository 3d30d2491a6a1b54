# SPDX-License-Identifier: BSD-3-Clause
"""memory: what each refill policy buys in a cold burst, and the memory it leaves behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

import cells
import figure_coldburst
import style
from style import Look

NS_PER_MS = figure_coldburst.NS_PER_MS
MIB = 2**20
COLOURS = {"go": "#0072B2", "one": "#D55E00", "double": "#009E73", "low_water": "#CC79A7"}
LABELS = {"go": "one for each that waits (Go)", "one": "one", "double": "double", "low_water": "low-water mark"}


@dataclass(frozen=True)
class Spot:
    """A cell: medians of its blocks."""

    series: str
    refill: str
    mib: float
    ms: float


@dataclass(frozen=True)
class Panel:
    threads: int
    waiting: str


def _threads(rows: pd.DataFrame) -> int:
    """The number of threads with the most policies, then the largest."""
    policies = rows.groupby("threads")["refill"].nunique()
    return int(max(policies[policies == policies.max()].index))


def _spots(rows: pd.DataFrame) -> list[Spot]:
    medians = rows.groupby(["series", "refill"])[["mib", "all_in_ms"]].median()
    return [Spot(str(series), str(refill), float(mib), float(ms)) for (series, refill), mib, ms in medians.itertuples()]


def panels(df: pd.DataFrame) -> dict[Panel, list[Spot]]:
    """The cold bursts of several policies, by way to wait. Series that have no such choice are in every panel."""
    rows = figure_coldburst.rows_of(df)
    rows = rows[(rows["prefill"] == 1) & rows["refill"].isin(COLOURS) & rows["bytes_per_m"].notna()]
    rows = rows[rows["floor"] == 0].assign(mib=rows["ms_retained"] * rows["bytes_per_m"] / MIB)
    if rows["refill"].nunique() < 2:
        return {}
    rows = rows[rows["threads"] == _threads(rows)]
    own = ~rows["waiting"].isin(figure_coldburst.WAYS)
    policies = rows[~own].groupby("waiting")["refill"].nunique()
    ways = [way for way in figure_coldburst.WAYS if policies.get(way, 0) > 1] or ([""] if own.any() else [])
    return {Panel(int(rows["threads"].iloc[0]), way): _spots(rows[own | (rows["waiting"] == way)]) for way in ways}


def _middle(spots: Sequence[Spot], refill: str) -> Spot | None:
    """The median over the series."""
    some = pd.DataFrame([spot for spot in spots if spot.refill == refill])
    return None if some.empty else Spot("", refill, float(some["mib"].median()), float(some["ms"].median()))


def _marks(found: dict[Panel, list[Spot]], looks: dict[str, Look]) -> dict[str, Look]:
    """A look for each series: with its own marker, or, where there are more series than markers, all with the same."""
    shown = {spot.series for spots in found.values() for spot in spots}
    own = len(shown) <= len(style.MARKERS)
    return {name: look if own else replace(look, marker="o") for name, look in looks.items() if name in shown}


def _draw_middle(ax: Axes, spot: Spot) -> None:
    marker = "x" if spot.refill in ("one", "low_water") else "+"
    ax.plot([spot.mib], [spot.ms * NS_PER_MS], marker=marker, markersize=20, markeredgewidth=1.4, color=COLOURS[spot.refill], zorder=4)


def _draw(ax: Axes, panel: Panel, spots: Sequence[Spot], marks: dict[str, Look], high: float) -> None:
    style.time_axis(ax, min(spot.ms for spot in spots) * NS_PER_MS, max(spot.ms for spot in spots) * NS_PER_MS)
    ax.set_xlim(0, high * 1.08)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} MiB" if value else "0"))
    for spot in spots:
        ax.plot([spot.mib], [spot.ms * NS_PER_MS], zorder=3, **{**marks[spot.series].kw(hollow=True), "color": COLOURS[spot.refill]})
    for refill in COLOURS:
        middle = _middle(spots, refill)
        if middle is not None:
            _draw_middle(ax, middle)
    ax.set_xlabel("memory of the ms that the burst leaves behind")
    ax.set_ylabel("until all are in")
    style.name(ax, f"{panel.threads} new threads at once", f"a get that waits {figure_coldburst.WAYS.get(panel.waiting, 'does so its own way')}")


def _handles(found: dict[Panel, list[Spot]], marks: dict[str, Look]) -> list[Any]:
    refills = {spot.refill for spots in found.values() for spot in spots}
    handles: list[Any] = [Line2D([], [], color=COLOURS[r], linewidth=3, label=f"refill: {LABELS[r]}") for r in COLOURS if r in refills]
    if len({look.marker for look in marks.values()}) == len(marks):
        handles += [Line2D([], [], linestyle="none", label=name, **{**look.kw(hollow=True), "color": style.GREY}) for name, look in marks.items()]
    return handles


NOTES = (
    "Each mark: one strategy, medians. Crosses: the median over the strategies. Left and low is better.",
    "Ms are never freed: what a burst makes stays. Marks of “one” and of Go's policy may hide each other.",
)


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    found = panels(df)
    if not found:
        return None, ["no rows of workload coldburst with two or more refill policies"]
    texts = style.Texts("What does a refill policy buy, and what does it hold?", cells.describe(df), NOTES, emulated)
    columns = min(2, len(found))
    marks = _marks(found, looks)
    frame = style.Frame(texts, _handles(found, marks), [3.2] * math.ceil(len(found) / columns), columns)
    high = max(spot.mib for spots in found.values() for spot in spots)
    for n, (panel, spots) in enumerate(found.items()):
        _draw(frame.panel(n), panel, spots, marks, high)
    return frame.figure, []
