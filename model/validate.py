# SPDX-License-Identifier: BSD-3-Clause
"""Prints how far the model is from curves that others measured, beside two naive predictors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from results.command import Parser, checked, run  # First: it covers the imports below.

from model import description, engine, naive, places, published, report, settle
from model.published import Curve, Host, Lock
from model.report import Judged
from model.settle import Job
from results.columns import ResultError
from results.command import write


@dataclass(frozen=True)
class Asked:
    """A curve, and what is simulated for it."""

    curve: Curve
    host: Host
    lock: Lock
    counts: tuple[int, ...]

    def job(self, threads: int) -> Job:
        load, host = self.curve.load, self.host
        return Job(host.machine, self.lock.program, threads, load.hold, load.think, host.fixed, host.fill)


def fitted(one: Asked) -> bool:
    """Whether rows of this curve calibrate the machine. The loop without a lock tells how much
    computing siblings slow each other."""
    if one.lock.program == "empty":
        return True
    rows = description.read(one.host.machine).contended
    return one.curve.load == published.Load(0, 0) and any(row.program == one.lock.program for row in rows)


def _ask(curve: Curve, host: Host, lock: Lock) -> Asked:
    begins = naive.begins(places.of(host.machine, host.fill))
    return Asked(curve, host, lock, tuple(published.thin(curve.ns, begins)))


def chosen(files: Sequence[Path], machine: Path | None, only: Sequence[str]) -> tuple[list[Asked], list[str]]:
    """The curves of the files; those without a counterpart are named."""
    hosts, locks = published.hosts(), published.locks()
    asked: list[Asked] = []
    left_out: list[str] = []
    for curve in (curve for path in files for curve in published.read(path)):
        lock = published.lock_of(curve.lock, locks)
        host = hosts.get(curve.host)
        if machine:
            host = replace(host, machine=machine) if host else Host(machine, "cores", True)
        if host is None:
            raise ResultError(f"{curve.host}: no machine stands for this host in {published.FOLDER / 'hosts.tsv'}: give --machine")
        if only and curve.lock not in only:
            continue
        if lock.program:
            asked.append(_ask(curve, host, lock))
        elif (words := f"{curve.lock}: {lock.why}") not in left_out:
            left_out.append(words)
    return asked, left_out


def _naive(one: Asked, ways: dict[tuple[Path, str], places.Ways]) -> tuple[dict[int, float], dict[int, float]]:
    """What the two predictors say, from the published time of one thread."""
    key = (one.host.machine, one.host.fill)
    way = ways.setdefault(key, places.Ways(*key))
    load, alone = one.curve.load, one.curve.ns.get(1)
    held, apart = (load.hold, load.think) if one.lock.excludes else (0, load.think + load.hold)
    transfers = {n: naive.one_transfer(way.mean(n), alone or 0.0, n, held) for n in one.counts}
    times = {n: naive.times_threads(alone, n, apart) for n in one.counts} if alone else {}
    return transfers, times


def judge(asked: Sequence[Asked]) -> list[Judged]:
    jobs = [one.job(threads) for one in asked for threads in one.counts]
    outcomes = dict(zip(jobs, settle.run_all(jobs)))
    ways: dict[tuple[Path, str], places.Ways] = {}
    found = []
    for one in asked:
        model = {n: outcomes[one.job(n)].system_ns for n in one.counts}
        curve = replace(one.curve, ns={n: one.curve.ns[n] for n in one.counts})
        found.append(Judged(curve, one.lock.fifo, fitted(one), model, *_naive(one, ways)))
    return found


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="./run model validate", description=__doc__)
    parser.add_argument("--against", type=Path, action="append", metavar="FILE", help="curves; default: those in model/published")
    parser.add_argument("--machine", metavar="NAME", help="a file, or a name in model/machines, instead of the one that stands for the host")
    parser.add_argument("--lock", action="append", default=[], metavar="NAME", help="only these")
    parser.add_argument("--points", action="store_true", help="print each point, too")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="put the table between its markers in a document")
    parser.add_argument("--compare", type=Path, metavar="FILE.md", help="exit with 1 if the document has another table")
    return parser.parse_args(argv)


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(argv)
    asked, left_out = chosen(args.against or published.all_files(), engine.machine(args.machine) if args.machine else None, args.lock)
    if not asked:
        raise ResultError("no curve of these files has a counterpart in the model")
    judged = judge(asked)
    text = report.table(judged, left_out)
    if args.write:
        report.insert(args.write, text)
    print(text)
    if args.points:
        write(report.points(judged), None)
    return int(args.compare is not None and report.between(args.compare) != text)


if __name__ == "__main__":
    run(main)
