#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Does an uncontended get and put cost the same however many CPUs there may be? Counts its instructions on a machine that says it has 2,
128 and 1024 CPUs, on a list with ms to spare and on one where each get empties what its CPU has. Prints TAP.

  flat.py --cc gcc NAME...

Needs valgrind; skips without it, and for other machines than x86-64.
"""
from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import executed
import program
from program import Failed
from run import Tap

CPUS = (2, 128, 1024)
MS = {executed.MS: "ms to spare", 2: "one m a CPU"}


def instructions(made: program.Program, name: str, mode: str, cpus: int, ms: int) -> float:
    def counts(pairs: int) -> executed.Counts:
        return executed.callgrind(made, [name, "list", mode, str(cpus), str(ms), str(pairs)])[0]

    return float(sum(executed.per_pair(counts).values()))


def modes(made: program.Program, name: str) -> list[str]:
    """One for each variant. None: the strategy never asks how many CPUs there are."""
    found = {executed.variant(made, [name, "list", mode, "2", str(executed.MS)]): mode for mode in ("no-rseq", "rseq")}
    return sorted(found.values(), reverse=True) if any(asks for _, asks in found) else []


def check(tap: Tap, made: program.Program, name: str, pool: ThreadPoolExecutor) -> bool:
    """False: it does not ask, so there is nothing to count."""
    found = modes(made, name)
    if not found:
        tap.line(True, f"{name} does not ask how many CPUs there are")
    for mode in found:
        for ms, text in MS.items():
            costs = list(pool.map(lambda cpus: instructions(made, name, mode, cpus, ms), CPUS))
            shown = ", ".join(f"{cost:g} with {cpus} CPUs" for cost, cpus in zip(costs, CPUS))
            tap.line(len(set(costs)) == 1, f"{name} {mode}, {text}: {shown}")
    return bool(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strategies", nargs="+", metavar="STRATEGY")
    parser.add_argument("--cc", default="gcc", help="compiler, with options if need be; default: gcc")
    parser.add_argument("--impls", type=Path, default=program.ROOT / "impls", help="another folder of strategies to count")
    options = parser.parse_args()
    try:
        cc = program.compiler(shlex.split(options.cc))
        absent = executed.missing("x86_64")
        if cc.arch != "x86_64" or absent:
            print(f"1..0 # SKIP {'not installed: ' + ', '.join(absent) if absent else 'counted on x86-64'}")
            return 0
        tap = Tap()
        with tempfile.TemporaryDirectory(prefix="flat") as folder, ThreadPoolExecutor(program.JOBS) as pool:
            made = program.build(cc, next(iter(program.ENCODINGS[cc.arch])), options.impls.resolve(), options.strategies, Path(folder))
            asking = [name for name in options.strategies if check(tap, made, name, pool)]
            tap.line(bool(asking), "a strategy that asks was counted: else nobody would see that the question is no longer heard")
        print(f"1..{tap.n}")
        return 1 if tap.failed else 0
    except (Failed, OSError) as error:
        print(f"flat.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
