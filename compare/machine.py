# SPDX-License-Identifier: BSD-3-Clause
"""What the floors and limits of two runs show of the machine.

Floors and limits do the same work in both runs, whatever changed in a strategy. Their median is the
factor of the machine. Their deviation from the median, the spread, is how far an unchanged cell may
deviate. The statistical error of a floor's own blocks does not count as deviation. A cell is
compared with floors of its own group: one thread; several threads; more threads than CPUs.

Limits on a line that several threads share are a group of their own. The time of a transfer has
modes that may last for a run. They concern a cell as far as it shares lines: see Cell.sharing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from compare import stats
from compare.runs import Cell

# Fewest floors to estimate the spread.
FEWEST_FLOORS = 3
# Quantile of the floors' distances from their median: one outlier in ten does not count.
SPREAD_QUANTILE = 0.9
# Small-sample correction, divided by the number of floors. The farthest of few floors is nearer
# than the farthest of many. With the correction, the spread is about two standard deviations for 3
# floors as well as for 15.
FEW_FLOORS = 2
# Confidence of a floor's shift: half of such an interval is about one standard error.
STANDARD = 0.683
# Clock steps that do not count as a change: a value may be off by one, its bucket by half a step.
STEPS = 1.5


@dataclass(frozen=True)
class Rules:
    alpha: float
    margins: dict[str, float]  # for each family; 0.05 is 5 %
    correct: bool = True  # correct by the floors


@dataclass(frozen=True)
class Machine:
    """The machine as a group of floors shows it: a factor of all costs, and the floors' spread."""

    floors: int
    factor: float
    spread: float | None  # a factor, at least 1; None: too few floors


@dataclass(frozen=True)
class Machines:
    """For a family of metrics: for cells of one thread, several, and more threads than CPUs."""

    alone: Machine
    together: Machine
    crowded: Machine
    shares: tuple[float, float]  # shares of the CPUs, as in Runs
    lines: float = 1.0  # the spread of shared lines, as a factor; 1: not known

    def of(self, cell: Cell) -> Machine:
        return self.crowded if cell.crowded else self.alone if cell.alone else self.together

    def _spread(self, cell: Cell) -> float | None:
        spread, lines = self.of(cell).spread, cell.sharing * math.log(self.lines)
        return spread if spread is None or lines == 0 else math.exp(math.hypot(math.log(spread), lines))

    def spread(self, cells: Sequence[Cell]) -> float | None:
        """The largest spread: a comparison is as good as its worst cell."""
        spreads = [self._spread(cell) for cell in cells]
        known = [spread for spread in spreads if spread is not None]
        return max(known) if len(known) == len(spreads) else None


def costs(cell: Cell) -> tuple[list[float], list[float]]:
    """The logarithms of both sides' costs."""
    sign = -1 if cell.metric.higher_is_better else 1
    return [sign * math.log(x) for x in cell.old], [sign * math.log(x) for x in cell.new]


def has_both(cell: Cell) -> bool:
    return bool(cell.old and cell.new)


def coarse(cell: Cell) -> float:
    """The relative change that the clock cannot resolve."""
    return float(STEPS * cell.step / min(np.median(cell.old), np.median(cell.new)))


def _shift(floor: Cell) -> tuple[float, float]:
    """A floor's shift and its standard error, which is infinite if there are too few blocks."""
    shift = stats.shift_interval([costs(floor)], STANDARD)
    estimate = 0.0 if abs(shift.estimate) <= math.log1p(coarse(floor)) and floor.step else shift.estimate
    return estimate, (shift.high - shift.low) / 2


def _known(floors: Sequence[Cell]) -> list[tuple[float, float]]:
    return [(shift, error) for shift, error in map(_shift, floors) if math.isfinite(error)]


def _strays(known: Sequence[tuple[float, float]], middle: float) -> list[float]:
    """How far each floor deviates from the middle, without its own error."""
    shifts, errors = np.array(known).T
    return [float(stray) for stray in np.sqrt(np.maximum(0.0, (shifts - middle) ** 2 - errors**2))]


def _machine(floors: Sequence[Cell], rules: Rules) -> Machine:
    if not rules.correct:
        return Machine(len(floors), 1.0, 1.0)
    known = _known(floors)
    if len(known) < FEWEST_FLOORS:
        return Machine(len(known), 1.0, None)
    middle = float(np.median([shift for shift, _ in known]))
    spread = np.quantile(_strays(known, middle), SPREAD_QUANTILE, method="higher") * (1 + FEW_FLOORS / len(known))
    return Machine(len(known), float(np.exp(middle)), float(np.exp(spread)))


def _lines(limits: Sequence[Cell], factor: float, rules: Rules) -> float:
    """The spread of shared lines. The nearest of the limits counts: each has modes of its own."""
    known = _known(limits)
    if not known or not rules.correct:
        return 1.0
    return math.exp(min(_strays(known, math.log(factor))) * (1 + FEW_FLOORS / len(known)))


def _shares_line(cell: Cell) -> bool:
    return cell.axis("workload") == "limit" and not cell.alone and not cell.crowded


def machines(floors: Sequence[Cell], shares: tuple[float, float], rules: Rules) -> Machines:
    """The machines of one family. If a group has too few floors, all floors together replace it,
    with the limits on shared lines."""
    floors = [cell for cell in floors if has_both(cell)]
    kinds: tuple[Callable[[Cell], bool], ...] = (
        lambda cell: cell.alone and not cell.crowded,
        lambda cell: not cell.alone and not cell.crowded and not _shares_line(cell),
        lambda cell: cell.crowded,
    )
    found = [_machine([cell for cell in floors if kind(cell)], rules) for kind in kinds]
    every = _machine(floors, rules)
    alone, together, crowded = (every if one.spread is None else one for one in found)
    lines = _lines([cell for cell in floors if _shares_line(cell)], together.factor, rules)
    return Machines(alone, together, crowded, shares if rules.correct else (1.0, 1.0), lines)
