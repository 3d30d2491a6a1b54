# SPDX-License-Identifier: BSD-3-Clause
"""Computes what a get and put of each strategy costs on a machine that a file describes. Writes
rows with source model, and beside them how much each depends on what nobody knows well."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from results.command import Parser, checked, write  # First: it covers the imports below.

from model import engine, rows, sensitivity
from model.settle import Job
from results import bands
from results.columns import ResultError

COUNTS = 8


def doubled(cpus: int) -> list[int]:
    """1, 2, 4 and so on, with a thread on each CPU at the end: COUNTS at most."""
    counts = sorted({1, cpus, *(2**n for n in range(1, 20) if 2**n < cpus)})
    return counts if len(counts) <= COUNTS else [1, *counts[1 - COUNTS :]]


def _numbers(text: str) -> list[int]:
    try:
        found = [int(word) for word in text.split(",")]
    except ValueError:
        found = [0]
    if min(found) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: whole numbers from 1, with commas")
    return sorted(set(found))


def _ns(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 1000000")
    return int(text)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="./run model predict", description=__doc__)
    parser.add_argument("--machine", required=True, metavar="NAME", help="a name in model/machines, or a file of that kind")
    parser.add_argument("--threads", type=_numbers, metavar="N,...", help="default: 1, 2, 4 ... up to a thread on each CPU")
    parser.add_argument("--strategy", metavar="NAME,...", help="default: all")
    parser.add_argument("--hold", type=_ns, default=0, metavar="NS", help="mean time from get to put (0)")
    parser.add_argument("--think", type=_ns, default=0, metavar="NS", help="mean time from put to get (0)")
    parser.add_argument("-o", dest="out", type=Path, required=True, metavar="FILE.csv", help="the rows; FILE.band.tsv is written beside it")
    args = parser.parse_args(argv)
    if args.out.suffix != ".csv":
        parser.error(f"-o {args.out}: does not end with .csv")
    return args


def chosen(names: str | None) -> list[rows.Strategy]:
    known = rows.strategies()
    wanted = names.split(",") if names else [one.name for one in known]
    for name in wanted:
        if name not in [one.name for one in known]:
            raise ResultError(f"no strategy {name!r}: {', '.join(one.name for one in known)}")
    return [one for one in known if one.name in wanted]


def jobs(machine: rows.Machine, strategies: list[rows.Strategy], threads: list[int], load: tuple[int, int]) -> list[Job]:
    return [Job(machine.path, one.name, n, *load, ms=n + 1, instructions=one.instructions[machine.code]) for one in strategies for n in threads]


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(sys.argv[1:] if argv is None else argv)
    machine = rows.machine(engine.machine(args.machine))
    strategies = chosen(args.strategy)
    asked = jobs(machine, strategies, args.threads or doubled(machine.cpus), (args.hold, args.think))
    found, band = sensitivity.predict(asked)
    floors = {one.name for one in strategies if one.floor}
    run = rows.Run(machine, datetime.now(timezone.utc))
    write(rows.text(run.row(slot, job, one, job.program in floors) for slot, (job, one) in enumerate(zip(asked, found))), args.out)
    bands.write(bands.beside(args.out), {(job.program, job.threads, job.hold, job.think): one for job, one in zip(asked, band)})
    unsure = sum(not one.determined for one in band)
    print(f"{args.out}: {len(asked)} rows computed for {machine.cpu_model}; of {unsure} the band is wider than a factor of {bands.DETERMINED:g}")
    return 0
