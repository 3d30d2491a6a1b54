# SPDX-License-Identifier: BSD-3-Clause
"""What to use when, from the rows of one run: for each situation the best strategies, each figure with the CSV row that it is from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

from command import Parser, checked, run  # noqa: E402  First: it covers the imports below.

import pandas as pd  # noqa: E402

import floor as floors_of  # noqa: E402
import noise  # noqa: E402
from cells import ResultError, choose, read  # noqa: E402

FEW = 8  # CPUs
SHOWN = 3  # strategies as good as the best one, at most
ORDER = ["level", "threads", "hold_ns", "think_ns", "load", "signal_hz", "calls", "arrivals", "refill", "tokens"]

Rows = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Situation:
    name: str
    workload: str
    column: str
    unit: str
    rows: Rows  # which of the workload's


@dataclass(frozen=True)
class Figure:
    """The repetition in the middle; a cell's median is that row's, with an even number of them the lower one."""

    name: str
    kind: str
    value: float
    low: float
    high: float
    run_id: str
    slot: int

    @property
    def median(self) -> float:
        return self.value


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
    Situation("threads born for a callback or few", "churn", "us_per_thread", "us a thread's life", _any),
    Situation("a storm of signals", "storm", "resp_p99_ns", "ns, 99th percentile of a signal's response", _any),
    Situation("callbacks at given times", "openloop", "resp_p999_ns", "ns, 99.9th percentile of response", _any),
    Situation("memory counts", "coldburst", "bytes", "bytes of ms made for a burst and kept", _any),
)


def _with_names(df: pd.DataFrame) -> pd.DataFrame:
    """Ways to wait are strategies of their own here; old files have no kind."""
    several = df.groupby(["workload", "strategy"])["waiting"].transform("nunique") > 1
    names = df["own"] + (" " + df["waiting"]).where(several, "")
    kinds = df["kind"].where(df["kind"] != "", df["floor"].map({0: "strategy", 1: "floor"}))
    return df.assign(name=names, kind=kinds, bytes=df["bytes_per_m"] * df["ms_retained"])


def _hardest(df: pd.DataFrame) -> pd.DataFrame:
    """Of one axis after the other what asks most: most threads, longest hold and so on. All strategies are then in the same case."""
    for column in ORDER:
        if column in df and df[column].notna().any():
            df = df[df[column] == df[column].max()]
    return choose(df)


def _figure(name: str, rows: pd.DataFrame, column: str) -> Figure:
    ordered = rows.sort_values(column)
    middle = ordered.iloc[(len(ordered) - 1) // 2]
    values = ordered[column]
    kind, run_id, slot = str(middle["kind"]), str(middle["run_id"]), int(middle["slot"])
    return Figure(name, kind, float(middle[column]), float(values.min()), float(values.max()), run_id, slot)


def figures(df: pd.DataFrame, situation: Situation) -> tuple[list[Figure], str]:
    """The best first, and the case in words; nothing if the run has no such rows."""
    rows = situation.rows(_with_names(df[df["workload"] == situation.workload]))
    rows = rows[rows[situation.column].notna()]
    if rows.empty:
        return [], ""
    rows = _hardest(rows)
    one = rows.iloc[0]
    case = f"{one['threads']} threads"
    if one["hold_ns"] or one["think_ns"]:
        case += f", hold {one['hold_ns']} ns, think {one['think_ns']} ns"
    found = [_figure(str(name), some, situation.column) for name, some in rows.groupby("name")]
    return sorted(found, key=lambda figure: (figure.value, figure.name)), case


def _ns(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _cell(figure: Figure, floor: Figure | None = None) -> str:
    level = f", {floors_of.AT_FLOOR}" if floor and floors_of.at_floor(figure, floor) else ""
    return f"`{figure.name}` {_ns(figure.value)} (slot {figure.slot}{level})"


def _floor(found: list[Figure]) -> Figure | None:
    return next((figure for figure in found if figure.kind == "floor"), None)


def _first(found: list[Figure], kind: str) -> str:
    floor = None if kind == "floor" else _floor(found)
    return next((_cell(figure, floor) for figure in found if figure.kind == kind), "–")


def as_good(found: list[Figure]) -> list[Figure]:
    """The best strategy, and those whose best block is no worse than its worst one: this run cannot tell them apart."""
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
    yield f"Slots are those of run {df['run_id'].iloc[0]}, columns `run_id` and `slot`. Named together: this run cannot tell them apart."


def _run(args: argparse.Namespace) -> None:
    df = noise.quiet(read([args.csv]))
    if df.empty:
        raise ResultError(f"{args.csv}:1: disturbed: other work on the machine disturbed every block, so there is nothing to say")
    if df["run_id"].nunique() > 1:
        raise ResultError(f"{args.csv}:2: run_id: rows of several runs, whose times do not compare")
    if not any(as_good(figures(df, situation)[0]) for situation in SITUATIONS):
        raise ResultError(f"{args.csv}:1: workload: no rows to advise from")
    print("\n".join(markdown(df)))


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="advice.py", description=__doc__)
    parser.add_argument("csv", type=Path, metavar="CSV")
    _run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    run(main)
