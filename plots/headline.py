# SPDX-License-Identifier: BSD-3-Clause
"""The tables of a recorded run's README: medians, with the lowest and the highest block in
parentheses."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from results.command import Parser, checked, run  # First: it covers the imports below.

import pandas as pd

from plots import floor
from plots.cells import ResultError, read
from plots.floor import Range
from results import frame, noise, questions

FLOOR = "null"
NONE = "–"
BURST = 1000  # threads
WHOLE = 10  # numbers from here on have no digit after the point
UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


# Question → heading.
COLUMNS = {
    "alone": "alone, 1 thread",
    "all": "a thread a CPU",
    "work": "the same with 300 ns hold and think: over the floor",
    "crowd": "p99.9, many threads a CPU",
}
OVER_FLOOR = "work"
WAYS = ("poll", "futex", "warm")


def _number(value: float, unit: float) -> str:
    """Two significant digits; from 10 on, a whole number."""
    scaled = value / unit
    return f"{scaled:.0f}" if abs(scaled) >= WHOLE else f"{scaled:.2g}"


def spread(one: Range | None) -> str:
    """Median and range, in the unit that suits the median."""
    if one is None:
        return NONE
    unit, name = next(((unit, name) for unit, name in UNITS if abs(one.median) >= unit), UNITS[-1])
    middle, low, high = (_number(value, unit) for value in (one.median, one.low, one.high))
    # Hyphens would look like signs.
    return f"{middle} {name}" if low == high else f"{middle} ({low} to {high}) {name}"


def _over(own: Range | None, base: Range | None) -> str:
    """Over the floor's median. At the floor, names the block that was furthest from it."""
    if own is None or base is None or own is base:
        return NONE
    one = Range(*(value - base.median for value in (own.median, own.low, own.high)))
    if not floor.at_floor(own, base):
        return spread(one)
    return floor.AT_FLOOR + (f" (to {_number(one.high, 1)} ns)" if one.high > 0 else "")


def _costs(df: pd.DataFrame) -> dict[tuple[Any, ...], Range]:
    """Question and strategy → cost, the cheapest first."""
    asked = [frame.answers(one, df, ["own", "kind"]).assign(question=one.name) for one in questions.questions() if one.name in COLUMNS]
    return floor.ranges(pd.concat(asked).sort_values("median", kind="stable"), ["question", "own"])


def _order(df: pd.DataFrame) -> list[str]:
    """Strategies and floors by their cost on all CPUs, the cheapest first."""
    return [name for question, name in _costs(df[df["kind"].isin(["strategy", "floor"])]) if question == "all"]


def strategies(df: pd.DataFrame) -> Iterator[str]:
    costs = _costs(df)
    yield "| strategy | " + " | ".join(COLUMNS.values()) + " |"
    yield "|---" + "|---:" * len(COLUMNS) + "|"
    for name in _order(df):
        own = {question: costs.get((question, name)) for question in COLUMNS}
        told = [_over(one, costs.get((question, FLOOR))) if question == OVER_FLOOR else spread(one) for question, one in own.items()]
        yield f"| `{name}` | " + " | ".join(told) + " |"


def bursts(df: pd.DataFrame) -> Iterator[str]:
    """A strategy with one way to wait fills only that column."""
    rows = df[(df["workload"] == "coldburst") & (df["threads"] == BURST) & (df["refill"].isin(["go", ""])) & df["all_in_ms"].notna()]
    if rows.empty:
        return
    rows = rows.assign(ns=rows["all_in_ms"] * 1e6, way=rows["waiting"].where(rows["prefill"] < BURST, "warm"))
    found = floor.ranges(frame.of(rows, ["own", "way"], ["ns"]), ["own", "way"])
    yield f"| {BURST} new threads | one m on the list, polls | one m on the list, futex | an m for each |"
    yield "|---|---:|---:|---:|"
    for name in sorted({name for name, _ in found}):
        yield f"| `{name}` | " + " | ".join(spread(found.get((name, way))) for way in WAYS) + " |"


def _run(args: argparse.Namespace) -> None:
    df = noise.quiet(read([args.csv]))
    if df.empty:
        raise ResultError(f"{args.csv}:1: disturbed: other work on the machine disturbed every block, so no row is left")
    if not _order(df):
        raise ResultError(f"{args.csv}:1: workload: no rows of pair at level list with a thread a CPU and an m more than threads")
    print("\n".join([*strategies(df), "", *bursts(df)]))


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="./run headline", description=__doc__)
    parser.add_argument("csv", type=Path, metavar="CSV")
    _run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    run(main)
