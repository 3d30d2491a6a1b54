# SPDX-License-Identifier: BSD-3-Clause
"""How much work to plant in a cell's pairs so that they take so many percent longer.

The same work costs more or less by what stands beside it in the pipeline, and where threads wait for each other it may cost nothing. So
what a plant of 10 % really does is measured, and others are in proportion. A cell that answers with something quite different is left out.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from ab_bench import Bench
from ab_run import Cell, calibrate, quad, select

NOMINAL = 0.10
QUADS = 40
QUADS_MIN = 10
QUADS_TRIED = 400
STEPS = 4
# Relative difference from NOMINAL that is accepted.
CLOSE = 0.1


@dataclass(frozen=True)
class Plant:
    """Picoseconds a pair for NOMINAL, and what they were measured to do. Without a reason, it can be used."""

    ps: float
    effect: float
    reason: str = ""

    def picoseconds(self, share: float) -> int:
        return round(self.ps * share / NOMINAL)


def _effect(a: Bench, b: Bench, cell: Cell) -> float:
    """Median slowdown of B by the cell's plant; NaN if the machine leaves too few quads."""
    select(cell, a, b)
    made = (quad(a, b, cell.pairs, flip=n % 2 == 1) for n in range(QUADS_TRIED))
    values: list[float] = []
    for value in made:
        if value is not None:
            values.append(value)
        if len(values) == QUADS:
            break
    return math.expm1(statistics.median(values)) if len(values) >= QUADS_MIN else math.nan


def measure_plant(a: Bench, b: Bench, cell: Cell) -> Plant:
    """By the secant: the effect is nearly in proportion to the work. Both benches are the same build."""
    trial = Cell(cell.name, cell.threads, plant_ps=0)
    select(trial, a, b)
    trial.pairs = calibrate(a, cell.threads, block_ms=10)
    ps = NOMINAL * 1000 * min(a.run(trial.pairs).thread_ns for _ in range(4)) / (trial.pairs * cell.threads)
    effect = math.nan
    for _ in range(STEPS):
        trial.plant_ps = round(ps)
        effect = _effect(a, b, trial)
        if math.isnan(effect):
            return Plant(ps, effect, "the machine was busy")
        if abs(effect / NOMINAL - 1) <= CLOSE:
            return Plant(ps * NOMINAL / effect, effect)
        if effect < NOMINAL / 5:
            return Plant(ps, effect, f"work of 10 % of a pair slowed it by {effect:.1%}")
        ps *= NOMINAL / effect
    return Plant(ps, effect, "the slowdown is not in proportion to the work")
