# SPDX-License-Identifier: BSD-3-Clause
"""Alternates two builds: runs quads ABBA or BAAB over several launches of both, with two planned
looks.

A quad is discarded and repeated if the kernel reports a disturbance. Its times play no part in that
decision.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from compare.ab.bench import Bench, BenchError
from compare.ab.stats import LOOKS, Finding, Rules, finding, judge
from compare.answers import INCONCLUSIVE, PASS, REGRESSION

Open = Callable[[], Bench]
Progress = Callable[[int, int, int], None]  # launches done, quads still needed, quads (or parts) made

NS_PER_MS = 1_000_000
TRIES = 4
# A look with less than this share of its quads decides nothing.
ENOUGH = 0.2


@dataclass(frozen=True)
class Plan:
    quads: int = 150
    launches: int = 30
    block_ms: float = 5
    waste: float = 4  # most quads to discard per quad to keep
    seed: int | str = 1

    def wanted(self, launches: int) -> int:
        """Quads that a cell should have after that many launches."""
        return self.quads * launches // self.launches

    def look(self, number: int) -> int:
        """Launches before that look; looks count from 1."""
        return self.launches * number // LOOKS


@dataclass
class Cell:
    """One cell's quads. With a plant, both sides run planted loops: A without work, B with that
    many picoseconds per pair."""

    name: str
    threads: int
    plant_ps: int | None = None
    pairs: int = 0  # per thread and block; 0: not calibrated
    launches: list[list[float]] = field(default_factory=list)
    kept: int = 0
    thrown: int = 0
    blind: bool = False  # the kernel does not report how long threads waited for a CPU
    verdict: str | None = None
    found: Finding | None = None
    look: int = 0
    reason: str = ""


def calibrate(bench: Bench, threads: int, block_ms: float) -> int:
    """Pairs per thread that fill a block in the selected cell, by the fastest of a few blocks."""
    pairs = 1000
    for ms in (block_ms / 8, block_ms / 2, block_ms):
        fastest = min(block.thread_ns for block in (bench.run(pairs) for _ in range(TRIES)) if block.thread_ns > 0)
        pairs = max(1, round(pairs * ms * NS_PER_MS * threads / fastest))
    return pairs


def quad(a: Bench, b: Bench, pairs: int, flip: bool) -> float | None:
    """Mean log ratio B/A of adjacent blocks. None as soon as one is not clean."""
    logs = {False: 0.0, True: 0.0}
    for is_b in (flip, not flip, not flip, flip):
        block = (b if is_b else a).run(pairs)
        if not block.clean:
            return None
        logs[is_b] += math.log(block.thread_ns) / 2
    return logs[True] - logs[False]


def select(cell: Cell, a: Bench, b: Bench) -> None:
    for bench, plant in ((a, 0), (b, cell.plant_ps)):
        bench.ask(f"select {cell.name}")
        bench.ask("plant none" if cell.plant_ps is None else f"plant {plant}")


class Comparison:
    """Fills the cells. After an exception or an interrupt, they keep what was finished."""

    def __init__(self, opens: tuple[Open, Open], cells: Sequence[Cell], plan: Plan, rules: Rules, *, progress: Progress) -> None:
        self._opens, self.cells, self._plan, self._rules, self._progress = opens, cells, plan, rules, progress
        self._random = random.Random(plan.seed)
        self._units = ""
        self._made = 0

    def run(self) -> None:
        launch = 0
        for look in range(1, LOOKS + 1):
            while launch < self._plan.look(look) and self._open():
                launch += 1
                self._launch(launch)
            self._look(look, last=look == LOOKS)

    def _open(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.verdict is None]

    def _launch(self, launch: int) -> None:
        cells = self._open()
        self._random.shuffle(cells)
        with self._opens[0]() as a, self._opens[1]() as b:
            # Both use one process's units, otherwise their holds would differ.
            self._units = self._units or " ".join(a.ask("units"))
            for bench in (a, b):
                bench.ask(f"units {self._units}")
            for cell in cells:
                self._measure(cell, a, b, launch)
                self._progress(launch, self._left(launch), self._made)

    def _left(self, launch: int) -> int:
        """Quads still needed, if no cell stops early."""
        return sum(max(0, self._plan.quads - max(cell.kept, self._plan.wanted(launch - 1))) for cell in self._open())

    def _measure(self, cell: Cell, a: Bench, b: Bench, launch: int) -> None:
        select(cell, a, b)
        cell.pairs = cell.pairs or calibrate(a, cell.threads, self._plan.block_ms)
        for bench in (a, b):
            bench.run(max(1, cell.pairs // 4))
        wanted = self._plan.wanted(launch)
        values: list[float] = []
        cell.launches.append(values)
        while cell.kept < wanted and cell.thrown < self._plan.waste * wanted:
            value = quad(a, b, cell.pairs, self._random.random() < 0.5)
            self._made += 1
            if value is None:
                cell.thrown += 1
                continue
            values.append(value)
            cell.kept += 1
        for bench in (a, b):
            cell.blind = cell.blind or bench.blind
            bench.ask("leave")

    def _look(self, look: int, last: bool) -> None:
        enough = ENOUGH * self._plan.wanted(self._plan.look(look))
        open_cells = self._open()
        for cell in open_cells:
            cell.found, cell.look = finding(cell.launches, self._rules), look
        verdicts = judge([cell.found if cell.verdict is None and cell.kept >= enough else None for cell in self.cells], self._rules)
        for cell, verdict in zip(self.cells, verdicts):
            if cell.verdict is None and (last or verdict in (PASS, REGRESSION)):
                self._close(cell, verdict)

    def _close(self, cell: Cell, verdict: str | None) -> None:
        cell.verdict = verdict or INCONCLUSIVE
        if verdict is None:
            made = cell.thrown + cell.kept
            cell.reason = f"the machine was busy: {cell.thrown} of {made} quads were discarded"
        elif verdict == INCONCLUSIVE:
            assert cell.found is not None
            cell.reason = "the quads show neither a slowdown nor its absence"


def interrupted(cells: Sequence[Cell], rules: Rules) -> None:
    """Sets the verdicts of undecided cells."""
    for cell in cells:
        if cell.verdict is None:
            cell.verdict, cell.reason = INCONCLUSIVE, "interrupted"
            cell.found = finding(cell.launches, rules)


def common_cells(a: Bench, b: Bench) -> tuple[list[Cell], list[str]]:
    """The cells of both builds that have a CPU for each thread, and the names of the others."""
    cpus = a.hello()[0].cpus
    ours, theirs = a.cells(), b.cells()
    kept = [Cell(name, threads) for name, threads in ours.items() if name in theirs and threads <= cpus]
    if not kept:
        raise BenchError(f"{a.name} and {b.name} have no cell in common that fits on {cpus} CPUs")
    names = {cell.name for cell in kept}
    return kept, [name for name in [*ours, *(set(theirs) - set(ours))] if name not in names]
