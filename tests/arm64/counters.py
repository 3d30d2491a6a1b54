#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
The counters of the bench on a real kernel and an emulated PMU. qemu's instruction counter is exact
if its clock is made of instructions: 1 ns and one cycle each, and no time passes while it idles. A
pair then executes as many as the gate has recorded. Its times mean nothing.
"""
from __future__ import annotations

import argparse
import csv
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kernel"))

from boot import Job, Machine, boot, check_tools, skip  # noqa: E402

EVENTS = "instructions,cycles,instructions:u"  # the last without the kernel's, in column event1
DEFAULT = "instructions,cycles"  # what this PMU has of the default set
SLACK = 0.02  # of a pair: the bench's work between two batches of pairs
KERNEL = 0.05  # the same: timer interrupts
# Of an atomic one, at most, that the record lacks: the call of an outline atomic and what is saved
# around it, and the nops that align a loop of retries.
AROUND = 30
LEAST = 3  # rows without atomic instructions: exact

Counts = dict[tuple[str, str], tuple[float, float]]  # strategy, variant → instructions, atomics


def machine(options: argparse.Namespace) -> Machine:
    cpus = ["-M", "virt", "-cpu", "max", "-smp", "1", "-m", "512", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
    return Machine("qemu-system-aarch64", "qemu-system-arm", cpus, "ttyAMA0", options.kernel)


def plan(options: argparse.Namespace) -> list[str]:
    names = ",".join(options.strategy)
    pair = f"/{options.bench.name} --only -w pair -L list -t 1 -r 1 --hold 0 --think 0 --prefill 4 --force --emulated --block-ms 10"
    return [
        f"still 60 /{options.test.name}",
        f"still 300 {pair} -S {names} --counters {EVENTS} -o /tmp/named.csv",
        "show 1 /tmp/named.csv",
        f"still 300 {pair} -S {options.strategy[0]} -o /tmp/default.csv",
        "show 1 /tmp/default.csv",
    ]


def recorded(path: Path) -> Counts:
    """The gate's counts of get and put alone."""
    rows = [row for row in json.loads(path.read_text(encoding="utf-8"))["rows"] if row["level"] == "list"]
    sums = ([sum(Fraction(row[part].get(kind, 0)) for part in ("own", "libc")) for kind in ("instructions", "atomics")] for row in rows)
    return {(row["strategy"], row["variant"]): (float(n), float(atomics)) for row, (n, atomics) in zip(rows, sums)}


def shown(job: Job) -> list[dict[str, str]]:
    """The rows of all files."""
    lines = [line[2:] for line in job.lines if line.startswith("# ")]
    return list(csv.DictReader(line for n, line in enumerate(lines) if n == 0 or line != lines[0]))


def told(row: dict[str, str], counts: Counts) -> Iterator[str]:
    """What is wrong with a row."""
    every, cycles, user = (float(row[f"{name}_per_pair"] or "nan") for name in ("instructions", "cycles", "event1"))
    n, atomics = counts[row["strategy"], row["variant"]]
    most = n + AROUND * atomics
    print(f"# {row['strategy']}: {user:.2f} instructions and {every - user:.2f} of the kernel; recorded {n:g}, {atomics:g} atomic")
    if not n * (1 - SLACK) <= user <= most * (1 + SLACK):
        yield f"{user} instructions of a pair, not {n} to {most}"
    if not user <= every <= user * (1 + KERNEL):
        yield f"{every} instructions with the kernel's, {user} without"
    if not abs(cycles - every) <= every * SLACK:
        yield f"{cycles} cycles for {every} instructions"
    if row["counted_share"] != "1" or row["events"] != EVENTS:
        yield f"{row['counted_share']} of {row['events']}"


def problems(rows: list[dict[str, str]], counts: Counts, options: argparse.Namespace) -> Iterator[str]:
    named, default = ([row for row in rows if (row["events"] == EVENTS) == asked] for asked in (True, False))
    known = [row for row in named if (row["strategy"], row["variant"]) in counts]
    yield from (f"{row['strategy']}: {what}" for row in known for what in told(row, counts))
    if {row["strategy"] for row in named} != set(options.strategy):
        yield "not every strategy has a row"
    if sum(counts[row["strategy"], row["variant"]][1] == 0 for row in known) < LEAST:
        yield f"fewer than {LEAST} rows without atomics are recorded"
    if {frozenset(row["events"].split(",")) for row in default} != {frozenset(DEFAULT.split(","))}:
        yield f"by default {[row['events'] for row in default]} are counted"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", type=Path, required=True, help="folder that fetch_kernel.sh has filled")
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True, help="the test of the counters")
    parser.add_argument("--counts", type=Path, required=True, help="what the gate has recorded for this compiler")
    parser.add_argument("--strategy", nargs="+", required=True)
    options = parser.parse_args()
    if not options.counts.exists():
        skip(f"{options.counts}: nothing is recorded for this compiler")
    check_tools(machine(options))
    job = Job(options.init, [options.bench, options.test], plan(options))
    status = boot(machine(options), job)
    wrong = list(problems(shown(job), recorded(options.counts), options)) if status == 0 else []
    if wrong:
        print("Bail out!", "; ".join(wrong))
    return 1 if wrong else status


if __name__ == "__main__":
    sys.exit(main())
