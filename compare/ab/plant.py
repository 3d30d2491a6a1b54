# SPDX-License-Identifier: BSD-3-Clause
"""Finds how much work to plant in a cell's pairs to slow them by a given percentage.

The cost of the same work depends on the code around it in the pipeline. If threads wait for each
other, it may cost nothing. The cost is not proportional either, since the CPU predicts the end of a
short loop but not of a long one. So the work for 10 % and for 5 % is found by measuring; the work
for less than 5 % is proportional. If that fails, the cell gets no such plant. A cell gets no plant
at all if the work hardly slows it: under contention, work keeps threads apart and may even make a
pair faster.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from itertools import islice

from compare.ab.run import Cell, Open, calibrate, quad, select

NOMINALS = (0.05, 0.10)
BLOCK_MS = 5
# Quads to find the work, and to confirm it, since the first result may be close by chance.
LAUNCHES, LAUNCHES_MORE = 5, 20
# Quads of a launch; QUADS_MIN in all.
QUADS = 10
QUADS_TRIED = 40
QUADS_MIN = 20
STEPS = 5
# Accepted relative difference from the nominal slowdown.
CLOSE = 0.1


@dataclass(frozen=True)
class Plant:
    """Picoseconds per pair for a nominal slowdown, and the measured one. Usable if no reason."""

    nominal: float
    ps: float
    effect: float
    reason: str = ""

    @property
    def useless(self) -> bool:
        """Whether work hardly slows the cell, or makes it faster."""
        return self.effect < self.nominal / 5

    def picoseconds(self, share: float) -> int:
        return round(self.ps * share / self.nominal)


def nominal_for(share: float) -> float:
    """The slowdown whose plant is measured."""
    return min(NOMINALS, key=lambda nominal: abs(nominal - share))


def _launch(open_bench: Open, cell: Cell, units: str) -> list[float]:
    """Clean quads of one new pair of processes."""
    with open_bench() as a, open_bench() as b:
        for bench in (a, b):
            bench.ask(f"units {units}")
        select(cell, a, b)
        made = (quad(a, b, cell.pairs, flip=n % 2 == 1) for n in range(QUADS_TRIED))
        return list(islice((value for value in made if value is not None), QUADS))


def _effect(open_bench: Open, cell: Cell, units: str, launches: int) -> float:
    """Median slowdown of B by the cell's plant, over several launches, since each has its own
    layout. NaN: too few clean quads."""
    values = [value for _ in range(launches) for value in _launch(open_bench, cell, units)]
    return math.expm1(statistics.median(values)) if len(values) >= QUADS_MIN else math.nan


def _close(effect: float, nominal: float) -> bool:
    return abs(effect / nominal - 1) <= CLOSE


def measure_plant(open_bench: Open, cell: Cell, nominal: float) -> Plant:
    """Uses the secant method: the effect is nearly proportional to the work. Both sides are the
    same build."""
    trial = Cell(cell.name, cell.threads, plant_ps=0)
    with open_bench() as a:
        units = " ".join(a.ask("units"))
        a.ask(f"select {cell.name}")
        trial.pairs = calibrate(a, cell.threads, BLOCK_MS)
        ps = nominal * 1000 * min(a.run(trial.pairs).thread_ns for _ in range(4)) / (trial.pairs * cell.threads)
    effect = math.nan
    for _ in range(STEPS):
        trial.plant_ps = round(ps)
        effect = _effect(open_bench, trial, units, LAUNCHES)
        if _close(effect, nominal):
            effect = _effect(open_bench, trial, units, LAUNCHES_MORE)
            if _close(effect, nominal):
                return Plant(nominal, ps * nominal / effect, effect)
        if math.isnan(effect):
            return Plant(nominal, ps, effect, "the machine was busy")
        plant = Plant(nominal, ps, effect, f"work of {nominal:.0%} of a pair slowed it by {effect:.1%}")
        if plant.useless:
            return plant
        ps *= nominal / effect
    return Plant(nominal, ps, effect, "the slowdown is not proportional to the work")
