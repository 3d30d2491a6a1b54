# SPDX-License-Identifier: BSD-3-Clause
"""coldburst: how long until all of so many new threads are in their callbacks, for each way to wait."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

import cells
import style
from style import Look

NS_PER_MS = 1e6
WAYS = {"poll": "sleeps 1 µs and looks again, as Go", "backoff": "sleeps twice as long each time", "futex": "sleeps on a futex"}
WARM = "#e3e3e3"


@dataclass(frozen=True)
class Point:
    """A cell, in ms: median, least and most of its blocks."""

    threads: int
    median: float
    low: float
    high: float


@dataclass
class Panel:
    lines: dict[str, list[Point]] = field(default_factory=dict)  # series → points over threads
    own: set[str] = field(default_factory=set)  # series that wait their own way, and so stand in every panel
    warm: list[Point] = field(default_factory=list)  # over all series: least and most of the medians


def rows_of(df: pd.DataFrame) -> pd.DataFrame:
    """Bursts in whole callbacks, refilled as Go does."""
    rows = df[(df["workload"] == "coldburst") & (df["level"] == "callback") & df["all_in_ms"].notna()]
    rows = rows.assign(waiting=rows["waiting"].fillna(""), refill=rows["refill"].fillna(""))
    rank = rows["placement"].map({name: n for n, name in enumerate(cells.PLACEMENTS)})
    return rows[rank == rank.min()]


def _points(rows: pd.DataFrame) -> list[Point]:
    found = rows.groupby("threads")["all_in_ms"].agg(["median", "min", "max"])
    return [Point(int(threads), *map(float, cell)) for threads, *cell in found.itertuples()]


def _warm(rows: pd.DataFrame) -> list[Point]:
    medians = rows[rows["prefill"] == rows["threads"] + 1].groupby(["series", "waiting", "threads"])["all_in_ms"].median()
    return _points(medians.reset_index())


def panels(df: pd.DataFrame) -> dict[str, Panel]:
    """Way to wait → what is drawn of it. Series that have no such choice are in every panel."""
    rows = rows_of(df)
    rows = rows[rows["refill"].isin(["", "go"])]
    cold = rows[rows["prefill"] == 1]
    ways = [way for way in WAYS if way in set(cold["waiting"])]
    own = cold[~cold["waiting"].isin(WAYS)]
    found = {}
    for way in ways or ([""] if len(own) else []):
        some = pd.concat([cold[cold["waiting"] == way], own[own["waiting"] != way]])
        lines = {str(series): _points(cell) for series, cell in some.groupby("series")}
        found[way] = Panel(lines, set(own["series"]), _warm(rows[rows["waiting"].isin([way]) | ~rows["waiting"].isin(WAYS)]))
    return found


def _draw_warm(ax: Axes, warm: Sequence[Point]) -> None:
    for point in warm:
        ax.fill_between([point.threads / 1.25, point.threads * 1.25], point.low * NS_PER_MS, point.high * NS_PER_MS, color=WARM, zorder=1)


def _draw_line(ax: Axes, points: Sequence[Point], look: Look, shift: float, own: bool) -> None:
    x = [point.threads * shift for point in points]
    y = [point.median * NS_PER_MS for point in points]
    reach = [[(p.median - p.low) * NS_PER_MS for p in points], [(p.high - p.median) * NS_PER_MS for p in points]]
    ax.errorbar(x, y, yerr=reach, fmt="none", ecolor=look.colour, elinewidth=0.9, capsize=1.8, alpha=0.7, zorder=2)
    ax.plot(x, y, color=look.colour, linestyle=look.line, linewidth=1.3, zorder=2.5)
    for at, value in zip(x, y):
        ax.plot([at], [value], zorder=3, **look.kw(hollow=own))


def _dodge(n: int, of: int) -> float:
    """A factor that sets series a little apart."""
    return float(1.6 ** ((n - (of - 1) / 2) / max(of, 6)))


def _draw(ax: Axes, way: str, panel: Panel, looks: dict[str, Look], span: tuple[float, float]) -> None:
    style.time_axis(ax, *span)
    counts = sorted({point.threads for points in panel.lines.values() for point in points})
    ax.set_xscale("log", base=2)
    ax.set_xlim(counts[0] / 1.6, counts[-1] * 1.6)
    style.fixed_ticks(ax, counts, [str(count) for count in counts])
    _draw_warm(ax, panel.warm)
    for n, (series, points) in enumerate(panel.lines.items()):
        _draw_line(ax, points, looks[series], _dodge(n, len(panel.lines)), series in panel.own)
    ax.set_xlabel("new threads at once")
    ax.set_ylabel("until all are in")
    style.name(ax, f"A get that waits {WAYS.get(way, 'does so its own way')}", "the list holds one m; refill as Go: one for each that waits")


def _span(found: dict[str, Panel]) -> tuple[float, float]:
    """One range for all panels, so that heights compare."""
    points = [point for panel in found.values() for some in (*panel.lines.values(), panel.warm) for point in some]
    return max(min(point.low for point in points), 1e-6) * NS_PER_MS, max(point.high for point in points) * NS_PER_MS


def _handles(found: dict[str, Panel], looks: dict[str, Look]) -> list[Any]:
    shown = {series for panel in found.values() for series in panel.lines}
    handles: list[Any] = [look.handle(name + (" (floor)" if look.floor else "")) for name, look in looks.items() if name in shown]
    return handles + ([Patch(color=WARM, label="a warm list, all of these")] if any(panel.warm for panel in found.values()) else [])


def _notes(found: dict[str, Panel]) -> list[str]:
    notes = ["Points: median of the repetitions; whiskers: least and most. In callbacks, with as many processor tokens as CPUs (see README)."]
    if any(panel.own for panel in found.values()):
        notes.append("Hollow: waits its own way, the same in every panel.")
    return notes


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    found = panels(df)
    if not found:
        return None, ["no rows of workload coldburst with one m on the list"]
    texts = style.Texts("Many new threads call at once: how long until all are in?", cells.describe(df), _notes(found), emulated)
    columns = min(2, len(found))
    frame = style.Frame(texts, _handles(found, looks), [3.4] * math.ceil(len(found) / columns), columns)
    for n, (way, panel) in enumerate(found.items()):
        _draw(frame.panel(n), way, panel, looks, _span(found))
    return frame.figure, []
