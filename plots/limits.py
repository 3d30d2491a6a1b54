# SPDX-License-Identifier: BSD-3-Clause
"""The least that each strategy can cost, from its atomic operations and their costs in the same
run, beside what it costs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from results.command import Parser, checked, run  # First: it covers the imports below.

import pandas as pd

from plots.cells import ResultError, choose, read
from results import frame, noise
from results.repository import ROOT

COUNTS = ROOT / "tests" / "gate" / "baseline"
LOCAL = "rseq"  # the variant whose fast path is a restartable sequence and no atomic operation
# The limit that prices an atomic instruction, by the beginning of its name. Any other instruction
# costs as much as an add.
KINDS = {"lock cmpxchg": "cas", "cas": "cas", "ldx": "cas", "lda": "cas", "xchg": "exchange", "swp": "exchange"}
SHARED = "rmw_shared"

Counts = dict[tuple[str, str], dict[str, float]]  # strategy, variant → instruction → how many in a pair


@dataclass(frozen=True)
class Line:
    name: str
    operations: str
    floor: float  # ns, on lines of its own
    fought: float | None  # ns, if all CPUs use one line
    alone: float | None  # ns measured, one thread
    together: float | None  # ns measured, all CPUs
    kind: str


def counts_of(path: Path) -> Counts:
    """The counts of a counts.json, which the gate records."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        listed = [row for row in rows if row["level"] == "list"]
        return {(row["strategy"], row["variant"]): {name: float(Fraction(n)) for name, n in row["names"].items()} for row in listed}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultError(f"{path}:1: counts: not a table of counts: {error}") from error


def limits_of(df: pd.DataFrame) -> dict[str, float]:
    """Limit → ns, at the largest thread count that was measured for it."""
    rows = choose(df[(df["workload"] == "limit") & df["ns_per_pair"].notna()])
    most = rows[rows["threads"] == rows.groupby("strategy")["threads"].transform("max")]
    found = frame.of(most, ["strategy"], ["ns_per_pair"])
    return dict(zip(found["strategy"], found["median"]))


def _limit(limits: Mapping[str, float], name: str) -> float:
    if name not in limits:
        raise ResultError(f"workload limit: no row of {name}: measure it in the same run as the strategies")
    return limits[name]


def _price(instruction: str) -> str:
    return next((limit for begin, limit in KINDS.items() if instruction.startswith(begin)), "rmw")


def _atomics(names: Mapping[str, float]) -> dict[str, float]:
    """Limit → number in a pair. An ordered load or store has no cost of its own here."""
    found: dict[str, float] = {}
    for name, n in names.items():
        if not name.startswith(("ldar", "ldap", "stl", "syscall", "svc")):
            found[_price(name)] = found.get(_price(name), 0.0) + n
    return found


def _bare(df: pd.DataFrame) -> pd.DataFrame:
    rows = df[(df["workload"] == "pair") & (df["level"] == "list") & (df["hold_ns"] == 0) & (df["think_ns"] == 0)]
    rows = choose(rows[rows["ns_per_pair"].notna()])
    if rows.empty:
        raise ResultError("workload pair: no rows of level list without hold and think")
    return rows


def _variant(rows: pd.DataFrame) -> str:
    found = sorted({str(value) for value in rows["variant"].dropna()})
    return found[0] if len(found) == 1 else ""


def _line(label: str, rows: pd.DataFrame, counts: Counts, limits: Mapping[str, float]) -> Line | None:
    """None if the strategy has no counts."""
    name, variant = str(rows["strategy"].iloc[0]), _variant(rows)
    names = counts.get((name, variant), counts.get((name, "")))
    if names is None:
        return None
    many = _atomics(names)
    words = [f"{n:g} {limit}" for limit, n in sorted(many.items())]
    floor = sum(n * _limit(limits, limit) for limit, n in many.items())
    fought = sum(many.values()) * _limit(limits, SHARED) if many and SHARED in limits else None
    if not many and variant == LOCAL:
        floor, words = _limit(limits, "rseq_local"), ["1 rseq_local"]
    cells, cpus = frame.of(rows, ["threads"], ["ns_per_pair"]), int(rows["cpus"].max())
    cost: dict[int, float] = dict(zip(cells["threads"], cells["median"]))
    together = cost.get(cpus) if cpus > 1 else None
    return Line(label, " + ".join(words) or "none", floor, fought, cost.get(1), together, str(rows["kind"].iloc[0] or "strategy"))


def lines(df: pd.DataFrame, counts: Counts) -> tuple[list[Line], list[str]]:
    """The lines, cheapest first, and the names of strategies without counts."""
    limits = limits_of(df)
    found = {str(label): _line(str(label), rows, counts, limits) for label, rows in _bare(df).groupby("own")}
    known = [line for line in found.values() if line is not None]
    return sorted(known, key=lambda line: line.alone or 0.0), [name for name, line in found.items() if line is None]


def _ns(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 9.95 else f"{value:.1f}" if value < 99.5 else f"{value:.0f}"


def _ratio(value: float | None, floor: float | None) -> str:
    return "–" if value is None or not floor else f"{value / floor:.1f}"


def markdown(found: list[Line]) -> Iterator[str]:
    yield "| strategy | atomic operations of a pair | floor, ns | 1 thread, ns | ratio | all CPUs, ns | ratio | all on one line, ns | ratio |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for line in found:
        cells = [f"`{line.name}`", line.operations, _ns(line.floor), _ns(line.alone), _ratio(line.alone, line.floor), _ns(line.together)]
        yield "| " + " | ".join([*cells, _ratio(line.together, line.floor), _ns(line.fought), _ratio(line.together, line.fought)]) + " |"


def _folder(df: pd.DataFrame) -> Path:
    """The counts of this architecture, by gcc if there are several."""
    arch = str(df["arch"].iloc[0])
    found = sorted(COUNTS.glob(f"{arch}-*/counts.json"), key=lambda path: ("gcc" not in path.parent.name, path.parent.name))
    if not found:
        raise ResultError(f"{COUNTS}:1: counts: {arch} has no recorded counts; name a file with --counts")
    return found[0]


def _run(args: argparse.Namespace) -> None:
    df = noise.quiet(read(args.csv))
    if df.empty:
        raise ResultError("disturbed: other work on the machine disturbed every block, so no row is left")
    found, unknown = lines(df, counts_of(args.counts or _folder(df)))
    print("\n".join(markdown(found)))
    if unknown:
        print(f"plots.limits: not counted: {', '.join(unknown)}", file=sys.stderr)


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="./run limits", description=__doc__)
    parser.add_argument("csv", nargs="+", type=Path, metavar="CSV")
    parser.add_argument("--counts", type=Path, metavar="FILE", help="counts.json of tests/gate; default: that of the rows' architecture")
    _run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    run(main)
