# SPDX-License-Identifier: BSD-3-Clause
"""The best strategies for each situation, from the rows of one run. Each figure names its CSV
row."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from results.command import Parser, checked, run  # First: it covers the imports below.

import pandas as pd

from plots import floor as floors_of
from plots.cells import ResultError, choose, read
from results import names, noise
from results.rules import AXES

FEW = 8  # CPUs
SHOWN = 3  # at most so many strategies that are as good as the best one
# Any value of these stands for the case.
ANY = ("workload", "strategy", "variant", "placement", "prefill", "waiting")

Rows = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Situation:
    name: str
    workload: str
    column: str
    unit: str
    rows: Rows  # selects the workload's rows


@dataclass(frozen=True)
class Figure:
    """The median repetition of a cell; of an even number, the lower of the two in the middle. A
    median of the frame would be no block, and have no slot."""

    name: str
    kind: str
    median: float
    low: float
    high: float
    slot: int


def _at_all_cpus(df: pd.DataFrame) -> pd.DataFrame:
    return df[(df["threads"] == df["cpus"]) & (df["level"] == "list")]


def _few(df: pd.DataFrame) -> pd.DataFrame:
    return _at_all_cpus(df[df["cpus"] <= FEW])


def _many(df: pd.DataFrame) -> pd.DataFrame:
    return _at_all_cpus(df[df["cpus"] > FEW])


def _list(df: pd.DataFrame) -> pd.DataFrame:
    return df[df["level"] == "list"]


def _any(df: pd.DataFrame) -> pd.DataFrame:
    return df


SITUATIONS = (
    Situation(f"few cores (up to {FEW}), short callbacks", "pair", "ns_per_pair", "ns a pair, hold and think included", _few),
    Situation(f"many cores (over {FEW}), short callbacks", "pair", "ns_per_pair", "ns a pair, hold and think included", _many),
    Situation("more threads than cores", "oversub", "p999_ns", "ns, 99.9th percentile of a pair", _list),
    Situation("many idle threads", "idle", "ms_held", "ms kept from others", _any),
    Situation("a burst of new threads", "coldburst", "all_in_ms", "ms until all are in", _any),
    Situation("threads that live for a few callbacks", "churn", "us_per_thread", "us a thread's life", _any),
    Situation("a storm of signals", "storm", "resp_p99_ns", "ns, 99th percentile of a signal's response", _any),
    Situation("callbacks at given times", "openloop", "resp_p999_ns", "ns, 99.9th percentile of response", _any),
    Situation("memory counts", "coldburst", "bytes", "bytes of ms made for a burst and kept", _any),
)


def _with_names(df: pd.DataFrame) -> pd.DataFrame:
    """Counts each way to wait as a strategy of its own. Old files have no kind."""
    several = df.groupby(["workload", "strategy"])["waiting"].transform("nunique") > 1
    own = df["own"] + (" " + df["waiting"]).where(several, "")
    kinds = df["kind"].where(df["kind"] != "", df["floor"].map({0: "strategy", 1: "floor"}))
    return df.assign(name=own, kind=kinds, bytes=df["bytes_per_m"] * df["ms_retained"])


def _hardest(df: pd.DataFrame) -> pd.DataFrame:
    """The rows with the largest value of each axis in turn: the same case for all strategies."""
    for column in AXES:
        if column not in ANY and df[column].notna().any():
            df = df[df[column] == df[column].max()]
    return choose(df)


def _figure(name: str, rows: pd.DataFrame, column: str) -> Figure:
    ordered = rows.sort_values(column)
    middle = ordered.iloc[(len(ordered) - 1) // 2]
    median, low, high = (float(row[column]) for row in (middle, ordered.iloc[0], ordered.iloc[-1]))
    return Figure(name, str(middle["kind"]), median, low, high, int(middle["slot"]))


def figures(df: pd.DataFrame, situation: Situation) -> tuple[list[Figure], str]:
    """The figures, best first, and the case in words. Empty if the run has no such rows."""
    rows = situation.rows(_with_names(df[df["workload"] == situation.workload]))
    rows = rows[rows[situation.column].notna()]
    if rows.empty:
        return [], ""
    rows = _hardest(rows)
    one = rows.iloc[0]
    axes = ("threads", "hold_ns", "think_ns") if one["hold_ns"] or one["think_ns"] else ("threads",)
    case = ", ".join(names.phrase(axis, one[axis]) for axis in axes)
    found = [_figure(str(name), some, situation.column) for name, some in rows.groupby("name")]
    return sorted(found, key=lambda figure: (figure.median, figure.name)), case


def _ns(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _cell(figure: Figure, floor: Figure | None = None) -> str:
    level = f", {floors_of.AT_FLOOR}" if floor and floors_of.at_floor(figure, floor) else ""
    return f"`{figure.name}` {_ns(figure.median)} (slot {figure.slot}{level})"


def _floor(found: list[Figure]) -> Figure | None:
    return next((figure for figure in found if figure.kind == "floor"), None)


def _first(found: list[Figure], kind: str) -> str:
    floor = None if kind == "floor" else _floor(found)
    return next((_cell(figure, floor) for figure in found if figure.kind == kind), "–")


def as_good(found: list[Figure]) -> list[Figure]:
    """The best strategy, and those that this run cannot tell from it: their ranges overlap."""
    ours = [figure for figure in found if figure.kind == "strategy"]
    return [figure for figure in ours if figure.low <= ours[0].high]


def _line(df: pd.DataFrame, situation: Situation) -> str:
    found, case = figures(df, situation)
    best = as_good(found)
    if not best:
        return f"| {situation.name} | {situation.unit} | not measured in this run | | | |"
    more = len(best) - SHOWN
    use = "<br>".join([_cell(figure, _floor(found)) for figure in best[:SHOWN]] + ([f"and {more} more"] if more > 0 else []))
    worst = _cell([figure for figure in found if figure.kind == "strategy"][-1], _floor(found))
    what = f"{situation.unit}; {situation.workload}, {case}"
    return f"| {situation.name} | {what} | {use} | {worst} | {_first(found, 'peer')} | {_first(found, 'floor')} |"


def markdown(df: pd.DataFrame) -> Iterator[str]:
    yield "| when | measured | use | worst | best peer | floor |"
    yield "|---|---|---|---|---|---|"
    yield from (_line(df, situation) for situation in SITUATIONS)
    yield ""
    yield f"Slots are those of run {df['run_id'].iloc[0]}, columns `run_id` and `slot`. This run cannot tell apart the strategies of one field."


def _run(args: argparse.Namespace) -> None:
    df = noise.quiet(read([args.csv]))
    if df.empty:
        raise ResultError(f"{args.csv}:1: disturbed: other work on the machine disturbed every block, so no row is left")
    if df["run_id"].nunique() > 1:
        raise ResultError(f"{args.csv}:2: run_id: rows of several runs: their times are not comparable")
    if not any(as_good(figures(df, situation)[0]) for situation in SITUATIONS):
        raise ResultError(f"{args.csv}:1: workload: no rows to advise from")
    print("\n".join(markdown(df)))


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="./run advice", description=__doc__)
    parser.add_argument("csv", type=Path, metavar="CSV")
    _run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    run(main)
