# SPDX-License-Identifier: BSD-3-Clause
"""Curves that others measured, and what stands for them in the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from model.engine import MACHINES
from results import tables
from results.columns import ResultError

FOLDER = Path(__file__).with_name("published")
LOCKHAMMER = ("host", "lock", "crit_ns", "par_ns", "threads", "sched_ns_per_op_div_threads", "wall_ns_per_op")
SIMPLE = ("host", "lock", "crit_ns", "par_ns", "threads", "ns", "per")
# Lockhammer's wall time has the threads' start in it: with so few threads its scheduled time is
# better.
FEW = 4


@dataclass(frozen=True)
class Host:
    machine: Path
    fill: str
    fixed: bool  # hold and think are the same each time


@dataclass(frozen=True)
class Lock:
    program: str  # a kernel or a strategy; empty: there is none
    excludes: bool
    fifo: bool
    why: str


@dataclass(frozen=True)
class Load:
    """What the threads do beside the lock, in ns."""

    hold: int
    think: int

    def __str__(self) -> str:
        return f"{self.hold}/{self.think}"


@dataclass(frozen=True)
class Curve:
    host: str
    lock: str
    load: Load
    ns: dict[int, float]  # threads → ns from one operation to the next, of all threads


def _lockhammer(row: tables.Row, where: str) -> float:
    few = tables.count(row, "threads", where) <= FEW
    return tables.number(row, "sched_ns_per_op_div_threads" if few else "wall_ns_per_op", where)


def _simple(row: tables.Row, where: str) -> float:
    if row["per"] not in ("system", "thread"):
        raise ResultError(f"{where}: per: {row['per']!r} is not system or thread")
    return tables.number(row, "ns", where) / (1 if row["per"] == "system" else tables.count(row, "threads", where))


def read(path: Path) -> list[Curve]:
    """Raises ResultError for a file of neither format, and for rows without a time."""
    rows = tables.read(path, SIMPLE[:5])
    columns = set(rows[0][1]) if rows else set()
    ns_of = _lockhammer if set(LOCKHAMMER) <= columns else _simple
    if not columns >= set(SIMPLE) and ns_of is _simple:
        raise ResultError(f"{path}:1: header: neither ns and per, nor lockhammer's columns")
    found: dict[tuple[str, str, Load], Curve] = {}
    for line, row in rows:
        where = f"{path}:{line}"
        load = Load(tables.count(row, "crit_ns", where), tables.count(row, "par_ns", where))
        curve = found.setdefault((row["host"], row["lock"], load), Curve(row["host"], row["lock"], load, {}))
        threads, ns = tables.count(row, "threads", where), ns_of(row, where)
        if threads == 0 or ns == 0 or threads in curve.ns:
            raise ResultError(f"{where}: threads: {threads} at {ns:g} ns: nothing is 0, and no count comes twice")
        curve.ns[threads] = ns
    return list(found.values())


def all_files() -> list[Path]:
    """The committed curves."""
    beside = {"hosts.tsv", "locks.tsv"}
    return sorted(path for path in FOLDER.glob("*.tsv") if path.name not in beside)


def hosts() -> dict[str, Host]:
    path = FOLDER / "hosts.tsv"
    rows = [row for _, row in tables.read(path, ("host", "machine", "fill", "work", "why"))]
    return {row["host"]: Host(MACHINES / f"{row['machine']}.ini", row["fill"], row["work"] == "fixed") for row in rows}


def locks() -> dict[str, Lock]:
    path = FOLDER / "locks.tsv"
    rows = [row for _, row in tables.read(path, ("lock", "program", "excludes", "fifo", "why"))]
    return {row["lock"]: Lock(row["program"].strip("-"), row["excludes"] == "1", row["fifo"] == "1", row["why"]) for row in rows}


def lock_of(name: str, known: dict[str, Lock]) -> Lock:
    """A name that the table does not know is a kernel's or a strategy's own."""
    return known.get(name, Lock(name, False, False, "by its own name"))


def thin(counts: Iterable[int], begins: Iterable[int], most: int = 16) -> list[int]:
    """Of many thread counts, those that matter: powers of two and their halves between, the last,
    and four around each count at which a next domain or package begins."""
    found = sorted(counts)
    if len(found) <= most:
        return found
    near = {begin + offset for begin in begins for offset in (-1, 0, 1, 2)}
    round_ = {2**n for n in range(10)} | {3 * 2**n for n in range(2, 10)}
    return [count for count in found if count in near | round_ | {found[-1]}]
