# SPDX-License-Identifier: BSD-3-Clause
"""From the blocks of result files to the cells of the figures: selection, medians, and nothing about drawing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

# The one place where plots/ learns where the schema lives.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

import floor as floors_of  # noqa: E402
import names  # noqa: E402
from schema import ResultError, is_partial, load, unfit  # noqa: E402

__all__ = ["Bar", "Point", "ResultError", "describe", "ladder", "read"]

PLACEMENTS = ("compact", "scatter", "smt", "none")
# Blocks that differ in one of these are never pooled; where they differ, the series' name says how.
ORIGINS = ("source", "fingerprint", "git_rev", "build_id", "cpus")
CELL = ["workload", "level", "series", "hold_ns", "think_ns", "threads"]
# A percentile below this many steps of the clock is only that.
STEPS = 3


@dataclass(frozen=True)
class Point:
    threads: int
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Bar:
    series: str
    total: float
    low: float
    high: float
    base: float
    list: float
    rest: float  # as computed: it may be below 0
    floor: bool

    @property
    def share(self) -> float:
        return self.list / self.total


def _refuse_mixed(df: pd.DataFrame) -> None:
    if df["source"].nunique() > 1 and "emulated" in set(df["source"]):
        raise ResultError("emulated and measured rows together: emulated times mean nothing (--allow-mixed to plot them all the same)")
    if df["fingerprint"].nunique() > 1:
        found = ", ".join(sorted(df["fingerprint"].unique()))
        raise ResultError(f"rows of different machines or settings, fingerprints {found} (--allow-mixed to plot them all the same)")


def _origin(row: dict[str, object], varying: Sequence[str]) -> str:
    short = {"fingerprint": 8, "build_id": 8}
    words = [f"{row[name]} CPUs" if name == "cpus" else str(row[name])[: short.get(name)] for name in varying]
    return f" ({', '.join(words)})" if words else ""


def _with_series(df: pd.DataFrame) -> pd.DataFrame:
    """Adds the columns `own`, the strategy, with its variant where that is a fallback or would else be mixed with others, and `series`, the
    same with its origin."""
    varying = [name for name in ORIGINS if df[name].nunique() > 1]
    if "git_rev" in varying and df["build_id"].nunique() == df["git_rev"].nunique():
        varying = [name for name in varying if name != "build_id"]
    variants = df.groupby("strategy")["variant"].nunique()
    keys = df[["strategy", "variant", "fallback", *ORIGINS]].to_dict("records")
    origins = [_origin(key, varying) for key in keys]
    own = [names.series(key["strategy"], key["variant"], key["fallback"] == 1 or variants[key["strategy"]] > 1) for key in keys]
    return df.assign(origin=origins, own=own, series=[name + origin for name, origin in zip(own, origins)])


def _with_partial(path: Path) -> pd.DataFrame:
    return load(path).assign(partial=is_partial(path))


def read(paths: Sequence[Path], allow_mixed: bool = False) -> pd.DataFrame:
    """All blocks of the files. A block that stands in two of the files counts once."""
    df = pd.concat([_with_partial(path) for path in paths], ignore_index=True)
    df = df.drop_duplicates(subset=[name for name in df.columns if name != "partial"], ignore_index=True)
    if not allow_mixed:
        _refuse_mixed(df)
    return _with_series(df)


def choose(df: pd.DataFrame) -> pd.DataFrame:
    """Of cells that differ only in placement or prefill, one: the first placement there is, then the smallest prefill."""
    rank = df["placement"].map({name: n for n, name in enumerate(PLACEMENTS)})
    df = df.assign(_rank=rank)
    df = df[df["_rank"] == df.groupby(CELL)["_rank"].transform("min")]
    df = df[df["prefill"] == df.groupby(CELL)["prefill"].transform("min")]
    return df.drop(columns="_rank")


def _rows(df: pd.DataFrame, workload: str, level: str) -> pd.DataFrame:
    return choose(df[(df["workload"] == workload) & (df["level"] == level)])


def _point(threads: int, rows: pd.DataFrame) -> Point:
    ns = rows["ns_per_pair"].dropna()
    return Point(threads, float(ns.median()), float(ns.min()), float(ns.max()))


def _bare(df: pd.DataFrame, level: str) -> dict[int, dict[str, Point]]:
    """Threads → series → cell, of cells without hold and think."""
    rows = _rows(df, "pair", level)
    rows = rows[(rows["hold_ns"] == 0) & (rows["think_ns"] == 0) & (rows["ns_per_pair"] > 0)]
    found: dict[int, dict[str, Point]] = {}
    for (threads, series), cell in rows.groupby(["threads", "series"]):
        found.setdefault(int(threads), {})[str(series)] = _point(int(threads), cell)
    return found


def _bar(name: str, called: Point, own: float, base: float, floor: bool) -> Bar:
    return Bar(name, called.median, called.low, called.high, base, own, called.median - own - base, floor)


def _bars(listed: dict[str, Point], called: dict[str, Point], floors: set[str]) -> list[Bar]:
    """Bars over the cheapest floor; none without a floor, as the parts are differences from it."""
    both = [name for name in called if name in listed]
    base = min((name for name in both if name in floors), key=lambda name: called[name].median, default="")
    if not base:
        return []
    own = {name: floors_of.over(listed[name], listed[base]) or 0.0 for name in both}
    return [_bar(name, called[name], own[name], called[base].median, name in floors) for name in both]


def _ladder_of_one(df: pd.DataFrame) -> dict[int, list[Bar]]:
    listed, called = _bare(df, "list"), _bare(df, "callback")
    floors = set(df.loc[df["floor"] == 1, "series"])
    found = {threads: _bars(listed[threads], called[threads], floors) for threads in sorted(set(listed) & set(called))}
    fitting = [threads for threads, bars in found.items() if bars and threads <= df["cpus"].max()]
    return {threads: found[threads] for threads in {*fitting[:1], *fitting[-1:]}}


def ladder(df: pd.DataFrame) -> dict[int, list[Bar]]:
    """Threads → bars, the cheapest first, at the fewest threads and at the most that have a CPU each."""
    found: dict[int, list[Bar]] = {}
    for _, one in df.groupby("origin"):  # a floor of one machine is none of another
        for threads, bars in _ladder_of_one(one).items():
            found.setdefault(threads, []).extend(bars)
    return {threads: sorted(bars, key=lambda bar: bar.total) for threads, bars in sorted(found.items()) if bars}


def describe(df: pd.DataFrame) -> str:
    """One line on where the numbers come from."""

    def words(name: str) -> str:
        return ", ".join(sorted({str(value) for value in df[name]}))

    dates = sorted({value[:10] for value in df["time_utc"]})
    days = " – ".join({dates[0]: 1, dates[-1]: 1})
    parts = [words("cpu_model"), f"{words('cpus')} CPUs", words("source"), f"revision {words('git_rev')}", days]
    parts += [f"numbers of this build mean nothing: {why}" for why in unfit(df)]
    return " · ".join(parts + (["partial run"] if df["partial"].any() else []))
