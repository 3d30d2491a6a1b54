# SPDX-License-Identifier: BSD-3-Clause
"""
Does a pair cost the same after a rare event as before: a wait, another thread's wait, an m taken or
almost taken by another thread, a contended pass? Its instructions, address by address. The gets of
the program also check how long they are told to sleep.
"""
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import executed
import program
from disassembly import Code
from tap import Tap

FILES = ("lasting", "hooks", "helper", "counted")
WAYS = {"poll": "EXTRAM_WAIT_POLL", "backoff": "EXTRAM_WAIT_BACKOFF", "futex": "EXTRAM_WAIT_FUTEX"}
PAIRS = {"x86_64": 64, "aarch64": 16}
BUSY = {"x86_64": 2000, "aarch64": 200}  # pairs of each thread in the contended pass; a trace is long
CPUS = 2
STATES = 2  # of the list, in each of which pairs are counted
SHOWN = 12  # instructions whose numbers differ


class Case(NamedTuple):
    strategy: str
    mode: str  # rseq, no-rseq
    waiting: str
    variant: str
    events: list[str]

    def __str__(self) -> str:
        return f"{self.strategy} {self.variant}".rstrip()


def arguments(made: program.Program, name: str, mode: str) -> list[str]:
    return [name, mode, str(CPUS), str(executed.MS), str(BUSY[made.arch])]


def case(made: program.Program, name: str, mode: str) -> Case:
    waiting, variant, *events = executed.lines(made, arguments(made, name, mode))
    return Case(name, mode, waiting, variant, events)


def cases(made: program.Program, name: str) -> list[Case]:
    """With rseq, and without where that is another variant: there alone is a contended pass."""
    without, with_rseq = (case(made, name, mode) for mode in ("no-rseq", "rseq"))
    return [without] if without.variant == with_rseq.variant else [with_rseq, without]


def differences(before: executed.Counts, after: executed.Counts, code: Code) -> list[str]:
    grown = sorted(executed.grown(before, after).items())
    return [f"{n:+} {code.at(at).function}: {code.at(at).normal()}" for at, n in grown[:SHOWN]]


def count(tap: Tap, made: program.Program, code: Code, one: Case, *, way: str) -> None:
    pairs = [PAIRS[made.arch]] * len(one.events)
    seen = [seen.runs for seen in executed.seen(made, arguments(made, one.strategy, one.mode), pairs)]
    for at, name in enumerate(one.events[STATES:], STATES):
        before, counts = seen[at % STATES], seen[at]
        cost = [sum(part.values()) / pairs[0] for part in (before, counts)]
        text = f"{way} {one}, {name}: {cost[0]:g}, then {cost[1]:g} instructions"
        tap.line(before == counts, text, notes=differences(before, counts, code))


def guarded(tap: Tap, name: str, work: Callable[[], list[Case] | None]) -> list[Case]:
    """A program that ends badly says why: its gets wait for too long, or an m is lost."""
    try:
        return work() or []
    except program.Failed as error:
        tap.line(False, f"{name}: {error}")
        return []


def check_way(tap: Tap, made: program.Program, way: str, strategies: list[str]) -> None:
    """Polling and backoff differ in nothing but the sleeps, which the program checks by itself."""
    code = Code(made)
    with ThreadPoolExecutor(program.JOBS) as pool:
        some = pool.map(lambda name: guarded(tap, f"{way} {name}", lambda: cases(made, name)), strategies)
        found = [one for cases_of_one in some for one in cases_of_one]
        tap.line(bool(found), f"{way}: no get of {len(found)} variants asks for a sleep that is too long")
        counted = found if way != "backoff" else []
        list(pool.map(lambda one: guarded(tap, f"{way} {one}", lambda: count(tap, made, code, one, way=way)), counted))


def asks_way(impls: Path, name: str) -> bool:
    """False: the strategy waits in a way of its own."""
    return "EXTRAM_WAITING" in (impls / f"{name}.c").read_text(encoding="utf-8")


def check(tap: Tap, cc: program.Compiler, encoding: str, impls: Path, *, strategies: list[str], all_ways: bool) -> None:
    """all_ways: gets that wait by backoff and by futex, too."""
    for way, value in WAYS.items():
        names = strategies if way == "poll" else [name for name in strategies if asks_way(impls, name)]
        if names and (way == "poll" or all_ways):
            kind = program.Kind(FILES, ("standin.h", "events.h"), (f"-DEXTRAM_WAIT={value}",))
            with program.built(cc, encoding, impls, names, kind=kind) as made:
                check_way(tap, made, way, names)
