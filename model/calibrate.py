# SPDX-License-Identifier: BSD-3-Clause
"""Describes a machine by what was measured on it: fits the ways between its CPUs to a core-to-core
matrix, then the figures of contended lines to a few rows. Prints the errors that remain."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from results.command import Parser, checked, write  # First: it covers the imports below.

import numpy as np
import pandas

from model import cells, contended, description, engine, legs
from results import latencies
from results.columns import ResultError

ROUNDS = 4  # holds lengthen the ping-pong, and legs the contended rows
# Where the fit begins: what it finds does not depend on the last one.
BEGIN = {"hold_min": 1.0, "hold_max": 9.0, "domain_hold": 0.0, "far_hold": 0.0}
LEGS = tuple(legs.LEGS.values())
LINES = {"hold_min", "hold_max", "domain_hold", "far_hold", "clean_gap", "invalidate"}


@dataclass(frozen=True)
class Job:
    """A machine to fit. The fitted figures are written into the file."""

    file: Path
    told: description.Description
    matrix: latencies.Matrix | None
    rows: tuple[description.Row, ...]

    def put(self, figures: legs.Figures) -> None:
        write(description.changed(self.file.read_text(encoding="utf-8"), figures), self.file)

    def take(self, name: str, keys: Iterable[str]) -> None:
        """The same figures as another machine's."""
        of = engine.figures(engine.machine(name))
        self.put({key: of[key] for key in keys})

    def fit_legs(self) -> None:
        if self.matrix:
            self.put(legs.fit(self.file, legs.kinds(self.matrix, self.file)))
        elif self.told.legs:
            self.take(self.told.legs, LEGS)

    def fit_lines(self, part: float) -> None:
        """Changes the figures by this part of the way."""
        before = engine.figures(self.file)
        found = contended.fit(self.file, self.rows, self.near())
        self.put({key: before[key] + part * (ns - before[key]) for key, ns in found.items()})
        if self.told.lines:
            self.take(self.told.lines, LINES - found.keys())

    def near(self) -> contended.Near:
        if not self.matrix:
            return contended.by_hop(self.file, self.rows)
        all_kinds = legs.kinds(self.matrix, self.file)
        return lambda figures: legs.fit_leg(self.file, figures, all_kinds, legs.DOMAIN)


def fit(jobs: list[Job]) -> None:
    """Legs and lines in turns, legs last. Those come first from which others take figures."""
    by_legs = sorted(jobs, key=lambda job: job.told.legs != "")
    for job in jobs:
        if job.rows or job.told.lines:
            job.put(BEGIN)
    for turn in range(ROUNDS if any(job.rows or job.told.lines for job in jobs) else 0):
        for job in by_legs:
            job.fit_legs()
        for job in sorted(jobs, key=lambda job: job.told.lines != ""):
            job.fit_lines(0.5 if turn else 1)
    for job in by_legs:
        job.fit_legs()


def _table(rows: pandas.DataFrame) -> str:
    return str(rows.to_string(index=False, float_format=lambda value: f"{value:.1f}"))


def _matrix_errors(matrix: latencies.Matrix, file: Path) -> list[str]:
    all_kinds = legs.kinds(matrix, file)
    got = legs.simulate(file, {}, all_kinds)
    rows = [{"nearest in common": str(kind), "pairs": len(pairs.ns), "published": pairs.median, "simulated": got[kind],
             "error %": 100 * (got[kind] / pairs.median - 1)} for kind, pairs in all_kinds.items()]  # fmt: skip
    median, most = np.percentile(legs.errors(all_kinds, got), [50, 90]) * 100
    return [_table(pandas.DataFrame(rows)), f"all pairs: median error {median:.1f} %, 90th percentile {most:.1f} %"]


def report(job: Job) -> str:
    """The fitted figures, then what the model makes of the same measurements."""
    figures = engine.figures(job.file)
    lines = [job.told.path.stem, " ".join(f"{key} {figures[key]:.4g}" for key in (*LEGS, *sorted(LINES), "instruction"))]
    if job.matrix:
        lines += _matrix_errors(job.matrix, job.file)
    if job.rows:
        lines.append(_table(contended.table(contended.simulate(job.file, {}, job.rows))))
    return "\n".join([*lines, ""])


def _one(args: argparse.Namespace) -> None:
    told = description.read(engine.machine(args.machine))
    rows = (*told.contended, *(cells.rows(args.cells) if args.cells else ()))
    with tempfile.TemporaryDirectory() as folder:
        job = Job(Path(folder) / told.path.name, told, latencies.read(args.matrix) if args.matrix else None, rows)
        text = told.path.read_text(encoding="utf-8")
        write(text, job.file)
        fit([job])
        print(report(job), end="")
        if args.write:
            write(job.file.read_text(encoding="utf-8"), args.write)


def _all(folder: Path) -> None:
    """The files of model/machines."""
    everyone = [description.read(path) for path in sorted(engine.MACHINES.glob("*.ini"))]
    missing = [told.matrix for told in everyone if told.matrix and not (folder / told.matrix).is_file()]
    if missing:
        raise ResultError(f"{folder}: no {', '.join(missing)}")
    jobs = [Job(told.path, told, latencies.read(folder / told.matrix) if told.matrix else None, told.contended) for told in everyone]
    fit(jobs)
    print("\n".join(map(report, jobs)), end="")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="./run model calibrate", description=__doc__)
    parser.add_argument("matrix", nargs="?", type=Path, metavar="C2C.csv", help="a matrix of core-to-core-latency, or RUN.c2c.csv")
    parser.add_argument("--machine", metavar="NAME.ini", help="the machine that it describes: topology and costs")
    parser.add_argument("--cells", type=Path, metavar="FILE.csv", help="a result file with contended limits of the same machine")
    parser.add_argument("--write", type=Path, metavar="OUT.ini", help="write the machine's file with the fitted figures")
    parser.add_argument("--all", type=Path, metavar="DIR", help="fit all files of model/machines again, by their matrices in DIR")
    args = parser.parse_args(argv)
    if (args.all is None) == (args.machine is None):
        parser.error("either --machine or --all is needed")
    if args.all and (args.matrix or args.cells or args.write):
        parser.error("--all takes no matrix, no --cells and no --write")
    return args


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(sys.argv[1:] if argv is None else argv)
    if args.all:
        _all(args.all)
    else:
        _one(args)
    return 0
