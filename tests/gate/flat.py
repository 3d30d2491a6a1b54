# SPDX-License-Identifier: BSD-3-Clause
"""
Does an uncontended get and put cost the same however many CPUs there may be? Its instructions on a
machine that says it has 2, 128 and 1024 CPUs, on a list with ms to spare and on one where each get
empties what its CPU has.
"""
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import executed
import program
from tap import Tap

CPUS = (2, 128, 1024)
MS = {executed.MS: "ms to spare", 2: "one m a CPU"}


def instructions(made: program.Program, name: str, mode: str, *, cpus: int, ms: int) -> float:
    loop = [name, "list", mode, str(cpus), str(ms)]
    counts = executed.per_pair(lambda pairs: [one.runs for one in executed.seen(made, loop, pairs)], executed.STEPS[made.arch])
    return float(sum(counts.values()))


def modes(made: program.Program, name: str) -> list[str]:
    """One for each variant. None: the strategy never asks how many CPUs there are."""
    found = {executed.variant(made, [name, "list", mode, "2", str(executed.MS)]): mode for mode in ("no-rseq", "rseq")}
    return sorted(found.values(), reverse=True) if any(asks for _, asks in found) else []


def check_one(tap: Tap, made: program.Program, name: str, pool: ThreadPoolExecutor) -> bool:
    """False: it does not ask, so there is nothing to count."""
    found = modes(made, name)
    if not found:
        tap.line(True, f"{name} does not ask how many CPUs there are")
    for mode in found:
        for ms, text in MS.items():
            costs = list(pool.map(lambda cpus: instructions(made, name, mode, cpus=cpus, ms=ms), CPUS))
            shown = ", ".join(f"{cost:g} with {cpus} CPUs" for cost, cpus in zip(costs, CPUS))
            tap.line(len(set(costs)) == 1, f"{name} {mode}, {text}: {shown}")
    return bool(found)


def check(tap: Tap, made: program.Program, strategies: list[str]) -> None:
    with ThreadPoolExecutor(program.JOBS) as pool:
        asking = [name for name in strategies if check_one(tap, made, name, pool)]
    tap.line(bool(asking), "a strategy that asks was counted: else nobody would see that the question is no longer heard")
