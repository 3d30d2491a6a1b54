# SPDX-License-Identifier: BSD-3-Clause
"""From the values of each cell to verdicts.

All is done on logarithms of costs: 0 is no change, above is worse. Two runs differ by more than the scatter within each: the machine may
have been faster that day, and each cell is laid out and disturbed anew. Floors and limits do the same work in both runs, whatever
happened to a strategy, so they tell both: their median is the factor of the machine, and how far they stray from it, the spread, is what
any cell may stray without a change. Intervals are widened by it, and a regression has to exceed margin and spread together. Cells of one
thread are set against floors of one thread, others against floors of several, among them the limits of a shared line.

Where threads outnumber CPUs, a neighbour that takes one of them takes contention away as well, and costs change severalfold without
any change. There is no verdict on such cells unless the floors got nearly all of the CPUs in both runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import stats
from runs import Cell
from stats import Interval, Strata

REGRESSION, INCONCLUSIVE, PASS, IMPROVED = VERDICTS = ("REGRESSION", "INCONCLUSIVE", "PASS", "IMPROVED")
# Of the CPUs, what floors must have got for verdicts on cells with more threads than CPUs.
QUIET = 0.9
# With fewer floors nobody knows how far they stray.
FEWEST_FLOORS = 3
# Of the floors' distances from their median: one stray floor in ten does not count.
SPREAD_QUANTILE = 0.9
# A change of so many steps of the clock is none: a value may lie a step off, and its place in a bucket half of one.
STEPS = 1.5


@dataclass(frozen=True)
class Rules:
    alpha: float
    margins: dict[str, float]  # of each family, 0.05 for 5 %
    correct: bool = True  # by the floors

    @property
    def confidence(self) -> float:
        """Of intervals: each of the two ends errs with probability alpha."""
        return 1 - 2 * self.alpha


@dataclass(frozen=True)
class Machine:
    """What the floors of a kind say: by what factor all costs were higher, and how far apart the floors were."""

    floors: int
    factor: float
    spread: float | None  # a factor from 1; None: too few floors to tell


@dataclass(frozen=True)
class Machines:
    """Of one family: for cells of one thread, for cells of several."""

    alone: Machine
    together: Machine
    shares: tuple[float, float]  # of the CPUs, as in Runs

    def of(self, cell: Cell) -> Machine:
        return self.alone if cell.alone else self.together

    def spread(self, cells: Sequence[Cell]) -> float | None:
        """The widest, as a comparison is no better than its worst cell."""
        spreads = [self.of(cell).spread for cell in cells]
        known = [spread for spread in spreads if spread is not None]
        return max(known) if len(known) == len(spreads) else None


@dataclass(frozen=True)
class Finding:
    """A comparison and its verdict. Ratios are costs, new to old; all but raw are corrected by the machine's factor."""

    cells: tuple[Cell, ...]  # one, or several of one group
    raw: float
    ratio: Interval
    p_worse: float  # both adjusted by Holm's procedure
    p_better: float
    verdict: str
    reason: str


@dataclass(frozen=True)
class _Test:
    cells: tuple[Cell, ...]
    margin: float  # of the family
    change: float  # what would be one: the margin, or what the clock can tell if that is more
    raw: float
    shift: Interval  # logarithms; widened by the spread
    p_worse: float
    p_better: float


def _costs(cell: Cell) -> tuple[list[float], list[float]]:
    sign = -1 if cell.metric.higher_is_better else 1
    return [sign * math.log(x) for x in cell.old], [sign * math.log(x) for x in cell.new]


def _has_both(cell: Cell) -> bool:
    return bool(cell.old and cell.new)


def _coarse(cell: Cell) -> float:
    """The relative change that the clock cannot tell."""
    return float(STEPS * cell.step / min(np.median(cell.old), np.median(cell.new)))


def _floor_shift(cell: Cell) -> float:
    shift = stats.shift_interval([_costs(cell)], 0.5).estimate
    return 0.0 if abs(shift) <= math.log1p(_coarse(cell)) and cell.step else shift


def _machine(floors: Sequence[Cell], rules: Rules) -> Machine:
    if not rules.correct:
        return Machine(len(floors), 1.0, 1.0)
    if len(floors) < FEWEST_FLOORS:
        return Machine(len(floors), 1.0, None)
    shifts = np.array([_floor_shift(cell) for cell in floors])
    middle = np.median(shifts)
    spread = np.quantile(np.abs(shifts - middle), SPREAD_QUANTILE, method="higher")
    return Machine(len(floors), float(np.exp(middle)), float(np.exp(spread)))


def machines(floors: Sequence[Cell], shares: tuple[float, float], rules: Rules) -> Machines:
    """What the floors of one family say. Where those of a kind are too few, all of them together stand in."""
    floors = [cell for cell in floors if _has_both(cell)]

    def of(kind: Callable[[Cell], bool]) -> Machine:
        some = [cell for cell in floors if kind(cell)]
        return _machine(some if len(some) >= FEWEST_FLOORS else floors, rules)

    return Machines(of(lambda cell: cell.alone), of(lambda cell: not cell.alone), shares if rules.correct else (1.0, 1.0))


def _corrected(cell: Cell, machine: Machine) -> tuple[list[float], list[float]]:
    old, new = _costs(cell)
    return old, [x - math.log(machine.factor) for x in new]


def _test(all_cells: tuple[Cell, ...], found: Machines, rules: Rules) -> _Test:
    cells, margin = tuple(cell for cell in all_cells if _has_both(cell)), rules.margins[all_cells[0].metric.family]
    if not cells:
        nothing = Interval(math.nan, -math.inf, math.inf)
        return _Test(all_cells, margin, margin, math.nan, nothing, 1.0, 1.0)
    strata: Strata = [_corrected(cell, found.of(cell)) for cell in cells]
    spread, change = math.log(found.spread(cells) or 1.0), max(margin, *map(_coarse, cells))
    shift, limit = stats.shift_interval(strata, rules.confidence), math.log1p(change) + spread
    wide = Interval(shift.estimate, shift.low - spread, shift.high + spread)
    raw = math.exp(stats.shift_interval([_costs(cell) for cell in cells], rules.confidence).estimate)
    worse, better = stats.rank_test(strata, limit), stats.rank_test([(new, old) for old, new in strata], limit)
    return _Test(cells, margin, change, raw, wide, worse, better)


def _untestable(test: _Test, found: Machines) -> str:
    """Why these cells get no verdict, whatever their values; empty if they may."""
    cells = test.cells
    if not all(map(_has_both, cells)):
        sides = " and ".join(side for side in ("old", "new") if not getattr(cells[0], side))
        return f"no quiet {sides} block with this figure"
    if any(cell.crowded for cell in cells) and min(found.shares) < QUIET:
        old, new = found.shares
        return f"other programs had the CPUs: the floors got {old:.0%} of them (old), {new:.0%} (new)"
    if found.spread(cells) is None:
        floors = min(found.of(cell).floors for cell in cells)
        return f"{floors} floors for {cells[0].metric.family} in both files; {FEWEST_FLOORS} tell the machine from the program"
    return ""


def _verdict(test: _Test, p_worse: float, p_better: float, rules: Rules) -> str:
    """A change needs both: the test, adjusted for all comparisons, and the interval."""
    change = math.log1p(test.change)
    if p_worse < rules.alpha and test.shift.low > change:
        return REGRESSION
    if p_better < rules.alpha and test.shift.high < -change:
        return IMPROVED
    return PASS if test.shift.high < math.log1p(test.margin) else INCONCLUSIVE


def _too_few(cells: Sequence[Cell], tests: int, rules: Rules) -> str:
    """Why no values of these cells could have given a verdict of change; empty if some could."""
    if stats.least_p((len(cell.old), len(cell.new)) for cell in cells) * tests < rules.alpha:
        return ""
    enough = stats.repetitions_for((rules.alpha / tests) ** (1 / len(cells)))
    return f"too few repetitions for {tests} comparisons; {enough} a side would do"


def _undecided(test: _Test, tests: int, found: Machines, rules: Rules) -> str:
    """Why a test that was made decided nothing."""
    spread = found.spread(test.cells) or 1.0
    if spread - 1 > test.margin:
        return f"the floors themselves differ by {spread - 1:.0%}, more than the margin"
    few = _too_few(test.cells, tests, rules)
    if few:
        return few
    if test.change > test.margin:
        return "the clock is too coarse"
    return "slower, but not surely by more than the margin" if test.shift.low > 0 else "the interval reaches beyond the margin"


def _finding(test: _Test, p: tuple[float, float], tests: int, found: Machines, rules: Rules) -> Finding:
    reason = _untestable(test, found)
    verdict = INCONCLUSIVE if reason else _verdict(test, *p, rules)
    if verdict == INCONCLUSIVE:
        reason = reason or _undecided(test, tests, found, rules)
    return Finding(test.cells, test.raw, Interval(*map(math.exp, test.shift)), *p, verdict, reason)


def judge(groups: Sequence[tuple[Cell, ...]], found: Machines, rules: Rules) -> list[Finding]:
    """The findings of one family, in the order given: each group of cells is one comparison, and Holm's procedure is over all of them."""
    tests = [_test(cells, found, rules) for cells in groups]
    worse, better = stats.holm([test.p_worse for test in tests]), stats.holm([test.p_better for test in tests])
    return [_finding(test, p, len(tests), found, rules) for test, p in zip(tests, zip(worse, better))]


def by_group(cells: Sequence[Cell]) -> list[tuple[Cell, ...]]:
    """Cells of one strategy, workload, level and metric together."""
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.group, []).append(cell)
    return [tuple(some) for some in groups.values()]


def overall(findings: Sequence[Finding]) -> str:
    found = {finding.verdict for finding in findings}
    return next((verdict for verdict in (REGRESSION, INCONCLUSIVE) if verdict in found), PASS)
