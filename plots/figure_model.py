# SPDX-License-Identifier: BSD-3-Clause
"""model: the strategies in the model runtime beside real Go, in whole callbacks and in the cold burst."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

import cells
import style
from style import Look

# Rows of real runtimes are named by their language and version: go1.19, go1.23-futex.
REAL = r"^go\d+\.\d+"
BAND = "#dce6ee"
WAITINGS = {"poll": "#D55E00", "backoff": "#E69F00", "futex": "#0072B2"}
OWN = "#444444"
ROW = 0.19  # inches for a line of the ranking


@dataclass(frozen=True)
class Span:
    """One cell: median, least and most of its blocks."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Burst:
    """A line of the ranking, in ms."""

    series: str
    waiting: str
    real: bool
    cold: Span
    warm: Span | None


def is_real(rows: pd.DataFrame) -> pd.Series:
    return rows["strategy"].str.contains(REAL)


def _span(values: pd.Series) -> Span:
    return Span(float(values.median()), float(values.min()), float(values.max()))


def callbacks(df: pd.DataFrame) -> pd.DataFrame:
    """Median CPU time of an empty callback: one row a series and number of threads."""
    rows = df[(df["workload"].isin(["pair", "oversub"])) & (df["level"] == "callback") & (df["hold_ns"] == 0) & (df["think_ns"] == 0)]
    rows = cells.choose(rows[rows["cpu_ns_per_pair"] > 0])
    keys = ["series", "threads", "floor", "strategy"]
    found = rows.groupby(keys, as_index=False)["cpu_ns_per_pair"].median()
    return found.assign(real=is_real(found)).drop(columns="strategy")


def _rank(rows: pd.DataFrame, threads: int) -> list[Burst]:
    found = []
    for (series, waiting), some in rows.fillna({"waiting": ""}).groupby(["series", "waiting"]):
        cold = some.loc[some["prefill"] == 1, "all_in_ms"].dropna()
        warm = some.loc[some["prefill"] == threads + 1, "all_in_ms"].dropna()
        if len(cold):
            found.append(Burst(str(series), str(waiting), bool(is_real(some).all()), _span(cold), _span(warm) if len(warm) else None))
    return sorted(found, key=lambda burst: burst.cold.median)


def bursts(df: pd.DataFrame) -> tuple[int, list[Burst]]:
    """Threads and ranking of the largest cold burst that real runtimes and the model both have; refill as Go."""
    rows = df[(df["workload"] == "coldburst") & (df["level"] == "callback") & df["refill"].fillna("").isin(["", "go"])]
    rows = rows[(rows["floor"] == 0) & rows["all_in_ms"].notna()]
    common = set(rows.loc[is_real(rows), "threads"]) & set(rows.loc[~is_real(rows), "threads"])
    if not common:
        return 0, []
    threads = int(max(common))
    return threads, _rank(rows[rows["threads"] == threads], threads)


def _draw_model(ax: Axes, model: pd.DataFrame) -> None:
    """All strategies as one band: what differs between them here is not the point."""
    reach = model[model["floor"] == 0].groupby("threads")["cpu_ns_per_pair"].agg(["min", "max"])
    ax.fill_between(reach.index, reach["min"], reach["max"], color=BAND, zorder=1, linewidth=0)
    ax.plot(reach.index, reach["min"], color="#8aa4b8", linewidth=0.8, zorder=1.5)
    ax.plot(reach.index, reach["max"], color="#8aa4b8", linewidth=0.8, zorder=1.5)


def _draw_callbacks(ax: Axes, found: pd.DataFrame, looks: dict[str, Look]) -> None:
    style.time_axis(ax, found["cpu_ns_per_pair"].min(), found["cpu_ns_per_pair"].max())
    counts = sorted(found["threads"].unique())
    _draw_model(ax, found[~found["real"]])
    for series, line in found[found["real"] | (found["floor"] == 1)].groupby("series"):
        look = looks[str(series)]
        ax.plot(line["threads"], line["cpu_ns_per_pair"], linestyle=look.line, linewidth=1.3, zorder=3, **look.kw())
    ax.set_xscale("log", base=2)
    ax.set_xlim(counts[0] / 1.15, counts[-1] * 1.15)
    style.fixed_ticks(ax, counts, [str(count) for count in counts])
    ax.set_xlabel("threads")
    ax.set_ylabel("CPU time per callback")
    style.name(ax, "An empty callback", style.work(0, 0))


def _draw_burst(ax: Axes, y: int, burst: Burst) -> None:
    colour = WAITINGS.get(burst.waiting, OWN)
    marker = "D" if burst.real else "o"
    ax.plot([burst.cold.low, burst.cold.high], [y, y], color=colour, linewidth=1.0, zorder=2)
    if burst.warm:
        ax.plot([burst.warm.median], [y], marker="|", markersize=8, color=style.GREY, zorder=2)
    ax.plot([burst.cold.median], [y], marker=marker, markersize=5.4, color=colour, linestyle="none", zorder=3)
    ax.annotate(style.time(burst.cold.median * 1e6), (burst.cold.high, y), (7, 0), textcoords="offset points", va="center", fontsize=7.5)


def _draw_ranking(ax: Axes, threads: int, ranking: list[Burst]) -> None:
    for y, burst in enumerate(ranking):
        _draw_burst(ax, y, burst)
    ax.set_yticks(range(len(ranking)), [f"{burst.series} {burst.waiting}".strip() for burst in ranking])
    for label, burst in zip(ax.get_yticklabels(), ranking):
        label.set_fontweight("bold" if burst.real else "normal")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(ranking) - 0.4, -0.6)
    spans = [span for burst in ranking for span in (burst.cold, burst.warm) if span]
    ax.set_xscale("log")
    ax.set_xlim(min(span.low for span in spans) / 1.3, max(span.high for span in spans) * 2)
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,), numticks=12))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: style.time(value * 1e6)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.grid(False, axis="y")
    ax.set_xlabel("from the start until every thread is in its callback")
    style.name(ax, f"The cold burst: {threads} threads, one m on the list", "bold: real Go")


def _handles(found: pd.DataFrame, ranking: list[Burst], looks: dict[str, Look]) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = []
    if len(found):
        shown = sorted(found.loc[found["real"] | (found["floor"] == 1), "series"].unique())
        handles += [looks[name].handle(name + (" (floor)" if looks[name].floor else "")) for name in shown]
        handles.append(Patch(color=BAND, label="the model's strategies"))
    words = {burst.waiting if burst.waiting in WAITINGS else "own way" for burst in ranking}
    handles += [Line2D([], [], color=WAITINGS.get(word, OWN), linewidth=3, label=f"waits: {word}") for word in sorted(words)]
    if ranking:
        handles += [Line2D([], [], color=style.GREY, linestyle="none", marker=mark, label=text) for mark, text in MARKS]
    return handles


MARKS = (("D", "real Go"), ("o", "model"), ("|", "warm list"))
NOTES = (
    "Above: medians; the band spans all strategies of the model but the floor. Below: median, least and most of the repetitions; refill as Go.",
    "In the model a callback is Go 1.19's: nine system calls. Go 1.21 and later keep the m for the thread; a fresh thread still needs the list.",
)


def draw(df: pd.DataFrame, looks: dict[str, Look], emulated: bool) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    found = callbacks(df)
    found = found if len(found) and found["real"].any() and not found["real"].all() else found[:0]
    threads, ranking = bursts(df)
    heights = ([2.5] if len(found) else []) + ([ROW * len(ranking) + 0.15] if ranking else [])
    if not heights:
        return None, ["no rows of real Go beside the model's, in pair at level callback or in coldburst"]
    longest = max((len(f"{burst.series} {burst.waiting}") for burst in ranking), default=0)
    texts = style.Texts("Does the model stand for real Go?", cells.describe(df), NOTES, emulated)
    left = max(0.75, 0.2 + 0.068 * longest)
    frame = style.Frame(texts, _handles(found, ranking, looks), heights, 1, left=math.ceil(left * 20) / 20)
    if len(found):
        _draw_callbacks(frame.panel(0), found, looks)
    if ranking:
        _draw_ranking(frame.panel(len(heights) - 1), threads, ranking)
    return frame.figure, []
