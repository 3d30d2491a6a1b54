# SPDX-License-Identifier: BSD-3-Clause
"""The tables of a recorded run's README, from its rows: medians, and in parentheses the lowest and the highest block."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

from command import Parser, checked, run  # noqa: E402  First: it covers the imports below.

import pandas as pd  # noqa: E402

import floor  # noqa: E402
import noise  # noqa: E402
from cells import ResultError, choose, read  # noqa: E402

FLOOR = "null"
NONE = "–"
BURST = 1000  # threads
WHOLE = 10  # from here on, no digit after the point
UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


@dataclass(frozen=True)
class Column:
    title: str
    workload: str
    value: str
    threads: int  # 0: as many as CPUs; -1: the most there are
    work: int = 0  # ns of hold, and of think
    over_floor: bool = False


COLUMNS = (
    Column("alone, 1 thread", "pair", "ns_per_pair", 1),
    Column("a thread a CPU", "pair", "ns_per_pair", 0),
    Column("the same with 300 ns hold and think: over the floor", "pair", "ns_per_pair", 0, 300, True),
    Column("p99.9, many threads a CPU", "oversub", "p999_ns", -1),
)


def _rows(df: pd.DataFrame, column: Column) -> pd.DataFrame:
    rows = df[(df["workload"] == column.workload) & (df["level"] == "list")]
    rows = rows[(rows["hold_ns"] == column.work) & (rows["think_ns"] == column.work) & rows[column.value].notna()]
    if rows.empty:
        return rows
    threads = rows["threads"].max() if column.threads < 0 else column.threads or rows["cpus"]
    return choose(rows[rows["threads"] == threads])


def _number(value: float, unit: float) -> str:
    """Two digits, or all before the point."""
    scaled = value / unit
    return f"{scaled:.0f}" if abs(scaled) >= WHOLE else f"{scaled:.2g}"


def spread(values: pd.Series) -> str:
    """Median and range, in the unit that suits the median."""
    if values.empty:
        return NONE
    median = float(values.median())
    unit, name = next(((unit, name) for unit, name in UNITS if abs(median) >= unit), UNITS[-1])
    middle, low, high = (_number(float(value), unit) for value in (median, values.min(), values.max()))
    # Hyphens would look like signs.
    return f"{middle} {name}" if low == high else f"{middle} ({low} to {high}) {name}"


def _at_floor(most: float) -> str:
    """With the block that was the furthest from it."""
    return floor.AT_FLOOR + (f" (to {_number(most, 1)} ns)" if most > 0 else "")


def _cell(df: pd.DataFrame, column: Column, strategy: str) -> str:
    rows = _rows(df, column)
    own = rows.loc[rows["strategy"] == strategy, column.value]
    if not column.over_floor:
        return spread(own)
    base = rows.loc[rows["strategy"] == FLOOR, column.value]
    if strategy == FLOOR or own.empty or base.empty:
        return NONE
    return _at_floor(own.max() - base.median()) if floor.at_floor(floor.of(own), floor.of(base)) else spread(own - base.median())


def _order(df: pd.DataFrame) -> list[str]:
    """Strategies, the cheapest on all CPUs first."""
    rows = _rows(df, COLUMNS[1])
    rows = rows[rows["kind"].isin(["strategy", "floor"])]
    return [str(name) for name in rows.groupby("strategy")["ns_per_pair"].median().sort_values().index]


def strategies(df: pd.DataFrame) -> Iterator[str]:
    yield "| strategy | " + " | ".join(column.title for column in COLUMNS) + " |"
    yield "|---" + "|---:" * len(COLUMNS) + "|"
    for name in _order(df):
        yield f"| `{name}` | " + " | ".join(_cell(df, column, name) for column in COLUMNS) + " |"


def bursts(df: pd.DataFrame) -> Iterator[str]:
    """Who can wait in one way alone stands in that column."""
    rows = df[(df["workload"] == "coldburst") & (df["threads"] == BURST) & (df["refill"].isin(["go", ""])) & df["all_in_ms"].notna()]
    if rows.empty:
        return
    yield f"| {BURST} new threads | one m on the list, polls | one m on the list, futex | an m for each |"
    yield "|---|---:|---:|---:|"
    for name, some in rows.groupby("strategy"):
        warm = some["prefill"] >= BURST
        cases = [some[~warm & (some["waiting"] == "poll")], some[~warm & (some["waiting"] == "futex")], some[warm]]
        yield f"| `{name}` | " + " | ".join(spread(case["all_in_ms"] * 1e6) for case in cases) + " |"


def _run(args: argparse.Namespace) -> None:
    df = noise.quiet(read([args.csv]))
    if df.empty:
        raise ResultError(f"{args.csv}:1: disturbed: other work on the machine disturbed every block, so there is nothing to say")
    df = df.assign(strategy=df["own"])
    if not _order(df):
        raise ResultError(f"{args.csv}:1: workload: no rows of pair at level list with a thread a CPU")
    print("\n".join([*strategies(df), "", *bursts(df)]))


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="headline.py", description=__doc__)
    parser.add_argument("csv", type=Path, metavar="CSV")
    _run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    run(main)
