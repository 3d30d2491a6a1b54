#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Do the checkers find errors? Builds strategies and a harness that are broken on purpose and prints
which checker finds which. Fails if a mutant survives a checker that is named for it, or a correct
one is killed.
"""
from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from build import Builder, Tree
from checkers import CHECKERS, HUNG, KILLED, NOT_RUN, ON_THREADS, SURVIVED, check
from harness import HarnessTree
from model_tree import ModelTree
from matrix import Record, in_time, options as matrix_options, print_left_out
from mutant import Mutant, Stale, load

TRIES = 3  # for a named checker that threads or luck decide


@dataclass
class Row:
    mutant: Mutant
    cells: dict[str, str] = field(default_factory=dict)
    error: str = ""

    def found(self, checker: str) -> bool:
        return self.cells[checker] in (KILLED, HUNG)

    @property
    def good(self) -> bool:
        if self.error:
            return False
        if self.mutant.control:
            return not any(map(self.found, self.cells))
        named = {self.cells[checker] for checker in self.mutant.killed_by}
        return bool(self.mutant.escapes) or (SURVIVED not in named and named != {NOT_RUN})

    def result(self) -> str:
        return "passed" if self.mutant.control else " ".join(f"{name}={self.cells[name]}" for name in sorted(self.mutant.killed_by)) or "escapes"

    def __str__(self) -> str:
        cells = "".join(f"{'[' + cell + ']' if name in self.mutant.killed_by else cell:^10}" for name, cell in self.cells.items())
        note = f" (escapes: {self.mutant.escapes})" if self.mutant.escapes else self.error
        return f"{self.mutant.name:40}{cells}{'' if self.good else '  <-- WRONG '} {self.mutant.what}{note}"


class Matrix:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.recorded = options, Record()
        source = Path(options.source)
        self.builder = Builder(shlex.split(options.cc), source, Path(options.build))
        self.present = {"explore": (source / "tests/explore/main.c").exists(), "rseq": (source / "tests/rseq/inject.py").exists()}

    def wanted(self, checker: str, mutant: Mutant) -> bool:
        if not self.present.get(checker, True) or checker not in self.options.checkers.split(","):
            return False
        if checker == "gate" and mutant.control:
            return False  # what is correct may still be slower
        return self.options.all or mutant.control or checker in mutant.killed_by or (checker == "contract" and mutant.variant != "")

    def cell(self, checker: str, tree: Tree, mutant: Mutant) -> str:
        if not self.wanted(checker, mutant):
            return NOT_RUN
        tries = TRIES if checker in mutant.killed_by else 1
        verdict = SURVIVED
        while verdict == SURVIVED and tries > 0:
            verdict = check(checker, tree, mutant)
            tries -= 1
        return verdict

    def row(self, mutant: Mutant) -> Row:
        row = Row(mutant)
        try:
            kind = {"bench": HarnessTree, "model": ModelTree}.get(mutant.folder, Tree)
            tree = kind(self.builder, mutant)
            mutant.apply(tree.where)
            for checker in CHECKERS:
                possible = checker == "contract" or checker not in ON_THREADS or self.reached(tree, mutant)
                row.cells[checker] = self.cell(checker, tree, mutant) if possible else NOT_RUN
        except (Stale, RuntimeError) as error:
            row.error = f"\n{error}"
        return row

    def reached(self, tree: Tree, mutant: Mutant) -> bool:
        """Does what the mutant changes run on this machine at all?"""
        log = tree.where / "contract0.log"  # not there if that checker is not wanted
        return not log.exists() or mutant.variant in log.read_text(errors="replace")

    def record(self, row: Row) -> None:
        if self.options.record and row.good:
            self.recorded.put(row.mutant.name, row.mutant.digest(self.builder.source), row.result())

    def changed(self, mutants: list[Mutant]) -> list[Mutant]:
        names, words = self.recorded.choose({mutant.name: mutant.digest(self.builder.source) for mutant in mutants})
        print(words)
        return sorted((mutant for mutant in mutants if mutant.name in names), key=lambda mutant: names.index(mutant.name))

    def print(self, mutants: list[Mutant]) -> bool:
        print(f"{'':40}{''.join(f'{name:^10}' for name in CHECKERS)}", flush=True)
        rows: list[Row] = []
        with ThreadPoolExecutor(self.options.jobs) as pool:
            for row in pool.map(in_time(self.options.seconds, self.row), mutants):
                if row is not None:
                    rows.append(row)
                    self.record(row)
                    print(row, flush=True)
        print_left_out(mutant.name for mutant in mutants[len(rows) :])
        bad = [row for row in rows if not row.good]
        print(f"K killed, H hung and was ended by the watchdog, . survived, - not run, [named]. {len(rows) - len(bad)} right, {len(bad)} wrong")
        return not bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", default="gcc", help="the compiler, with arguments (gcc)")
    parser.add_argument("--source", default=str(Path(__file__).resolve().parents[2]), help="the project")
    parser.add_argument("--build", required=True, help="a directory to work in")
    parser.add_argument("--only", default="", metavar="REGEX", help="mutants whose name matches")
    parser.add_argument("--checkers", default=",".join(CHECKERS), help="separated by commas")
    parser.add_argument("--all", action="store_true", help="every checker on every mutant, not only the named ones; takes long")
    parser.add_argument("--jobs", type=int, default=2)
    matrix_options(parser)
    options = parser.parse_args()
    here = Path(__file__).resolve().parent
    Path(options.build).mkdir(parents=True, exist_ok=True)
    mutants = [m for m in load(here, here.parent / "rseq" / "mutants.json") if re.search(options.only, m.name)]
    if subprocess.run(["pkg-config", "--exists", "inih"]).returncode != 0:
        print("left out, no libinih-dev: the mutants of model/")
        mutants = [m for m in mutants if m.folder != "model"]
    matrix = Matrix(options)
    return 0 if matrix.print(matrix.changed(mutants) if options.changed else mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
