# SPDX-License-Identifier: BSD-3-Clause
"""From the blocks of result files to the cells of the figures: selection, medians, and nothing
about drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from plots import floor as floors_of
from plots.floor import Range
from results import names
from results.schema import ResultError, is_partial, load, unfit

__all__ = ["Bar", "ResultError", "describe", "ladder", "read"]

PLACEMENTS = ("compact", "scatter", "smt", "none")
# Blocks that differ in one of these are never pooled; where they differ, the series' name says how.
ORIGINS = ("source", "fingerprint", "git_rev", "build_id", "cpus")
CELL = ["workload", "level", "series", "hold_ns", "think_ns", "threads"]
# A percentile below this many steps of the clock is only that.
STEPS = 3
# The source of computed rows.
MODEL = "model"


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


def _refuse_model(df: pd.DataFrame) -> None:
    if df["source"].nunique() > 1 and MODEL in set(df["source"]):
        raise ResultError("computed rows of the model together with others: they are never drawn in one figure")


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
    """Adds the columns `own`, the strategy, with its variant where that is a fallback or would else
    be mixed with others, and `series`, the same with its origin."""
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
    _refuse_model(df)
    if not allow_mixed:
        _refuse_mixed(df)
    return _with_series(df)


def choose(df: pd.DataFrame) -> pd.DataFrame:
    """Of cells that differ only in placement or prefill, one: the first placement there is, then
    the smallest prefill."""
    rank = df["placement"].map({name: n for n, name in enumerate(PLACEMENTS)})
    df = df.assign(_rank=rank)
    df = df[df["_rank"] == df.groupby(CELL)["_rank"].transform("min")]
    df = df[df["prefill"] == df.groupby(CELL)["prefill"].transform("min")]
    return df.drop(columns="_rank")


def _bare(cells: pd.DataFrame, level: str) -> dict[int, dict[str, Range]]:
    """Threads → series → cost, of cells without hold and think."""
    rows = choose(cells[(cells["workload"] == "pair") & (cells["level"] == level) & (cells["metric"] == "ns_per_pair")])
    rows = rows[(rows["hold_ns"] == 0) & (rows["think_ns"] == 0) & (rows["median"] > 0)]
    found: dict[int, dict[str, Range]] = {}
    for (threads, series), one in floors_of.ranges(rows, ["threads", "series"]).items():
        found.setdefault(int(threads), {})[str(series)] = one
    return found


def _bar(name: str, called: Range, own: float, base: float, *, floor: bool) -> Bar:
    return Bar(name, called.median, called.low, called.high, base, own, called.median - own - base, floor)


def _bars(listed: dict[str, Range], called: dict[str, Range], floors: set[str]) -> list[Bar]:
    """Bars over the cheapest floor of each level: it need not be the same. None without a floor, as
    the parts are differences from it."""
    both = [name for name in called if name in listed]
    grounds = [name for name in both if name in floors]
    if not grounds:
        return []
    ground, base = (min((level[name] for name in grounds), key=lambda one: one.median) for level in (listed, called))
    own = {name: floors_of.over(listed[name], ground) or 0.0 for name in both}
    return [_bar(name, called[name], own[name], base.median, floor=name in floors) for name in both]


def _ladder_of_one(cells: pd.DataFrame) -> dict[int, list[Bar]]:
    listed, called = _bare(cells, "list"), _bare(cells, "callback")
    floors = set(cells.loc[cells["floor"] == 1, "series"])
    found = {threads: _bars(listed[threads], called[threads], floors) for threads in sorted(set(listed) & set(called))}
    fitting = [threads for threads, bars in found.items() if bars and threads <= cells["cpus"].max()]
    return {threads: found[threads] for threads in {*fitting[:1], *fitting[-1:]}}


def ladder(cells: pd.DataFrame) -> dict[int, list[Bar]]:
    """Threads → bars, the cheapest first, at the fewest threads and at the most with a CPU each."""
    found: dict[int, list[Bar]] = {}
    for _, one in cells.groupby("origin"):  # a floor of one machine is none of another
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
