# SPDX-License-Identifier: BSD-3-Clause
"""What each strategy could cost at best, by its atomic operations and what those cost in the same run, and how far it is from it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

from command import Parser, checked, run  # noqa: E402  First: it covers the imports below.

import pandas as pd  # noqa: E402

import noise  # noqa: E402
from cells import ResultError, choose, read  # noqa: E402

COUNTS = Path(__file__).resolve().parent.parent / "tests" / "gate" / "baseline"
LOCAL = "rseq"  # the variant whose fast path is a restartable sequence and no atomic operation
# What an atomic instruction costs, by the beginning of its name: which limit. What is not here costs as much as an add.
KINDS = {"lock cmpxchg": "cas", "cas": "cas", "ldx": "cas", "lda": "cas", "xchg": "exchange", "swp": "exchange"}
SHARED = "rmw_shared"

Counts = dict[tuple[str, str], dict[str, float]]  # strategy, variant → instruction → how many in a pair


@dataclass(frozen=True)
class Line:
    name: str
    operations: str
    floor: float  # ns: on lines of its own
    fought: float | None  # ns: all on one line for all CPUs
    alone: float | None  # ns measured, one thread
    together: float | None  # ns measured, all CPUs
    kind: str


def counts_of(path: Path) -> Counts:
    """A table of counts as the tests record it: counts.json."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        listed = [row for row in rows if row["level"] == "list"]
        return {(row["strategy"], row["variant"]): {name: float(Fraction(n)) for name, n in row["names"].items()} for row in listed}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultError(f"{path}:1: counts: not a table of counts: {error}") from error


def limits_of(df: pd.DataFrame) -> dict[str, float]:
    """Limit → ns, at the most threads that were measured for it."""
    rows = choose(df[(df["workload"] == "limit") & df["ns_per_pair"].notna()])
    most = rows[rows["threads"] == rows.groupby("strategy")["threads"].transform("max")]
    return {str(name): float(ns) for name, ns in most.groupby("strategy")["ns_per_pair"].median().items()}


def _limit(limits: Mapping[str, float], name: str) -> float:
    if name not in limits:
        raise ResultError(f"workload limit: no row of {name}: measure it in the same run as the strategies")
    return limits[name]


def _price(instruction: str) -> str:
    return next((limit for begin, limit in KINDS.items() if instruction.startswith(begin)), "rmw")


def _atomics(names: Mapping[str, float]) -> dict[str, float]:
    """Limit → how many in a pair. A store or load that is only ordered costs nothing of its own here."""
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


def _median(rows: pd.DataFrame, threads: int) -> float | None:
    ns = rows.loc[rows["threads"] == threads, "ns_per_pair"]
    return None if ns.empty else float(ns.median())


def _variant(rows: pd.DataFrame) -> str:
    found = sorted({str(value) for value in rows["variant"].dropna()})
    return found[0] if len(found) == 1 else ""


def _line(label: str, rows: pd.DataFrame, counts: Counts, limits: Mapping[str, float]) -> Line | None:
    """None: nobody has counted it."""
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
    cpus = int(rows["cpus"].max())
    together = _median(rows, cpus) if cpus > 1 else None
    return Line(label, " + ".join(words) or "none", floor, fought, _median(rows, 1), together, str(rows["kind"].iloc[0] or "strategy"))


def lines(df: pd.DataFrame, counts: Counts) -> tuple[list[Line], list[str]]:
    """The cheapest first; and the names of those that nobody has counted."""
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
        raise ResultError(f"{COUNTS}:1: counts: none are recorded for {arch}; name a file with --counts")
    return found[0]


def _run(args: argparse.Namespace) -> None:
    df = noise.quiet(read(args.csv))
    if df.empty:
        raise ResultError("disturbed: other work on the machine disturbed every block, so there is nothing to say")
    found, unknown = lines(df, counts_of(args.counts or _folder(df)))
    print("\n".join(markdown(found)))
    if unknown:
        print(f"limits.py: not counted: {', '.join(unknown)}", file=sys.stderr)


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="limits.py", description=__doc__)
    parser.add_argument("csv", nargs="+", type=Path, metavar="CSV")
    parser.add_argument("--counts", type=Path, metavar="FILE", help="counts.json of tests/gate; default: that of the rows' architecture")
    _run(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    run(main)
