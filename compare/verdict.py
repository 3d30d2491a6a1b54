# SPDX-License-Identifier: BSD-3-Clause
"""From the values of each cell to verdicts.

All is done on logarithms of costs: 0 is no change, above is worse. Two runs differ by more than the scatter within each: the machine may
have been faster that day, and each cell is laid out and disturbed anew. Floors and limits do the same work in both runs, whatever
happened to a strategy, so they tell both: their median is the factor of the machine, and how far they stray from it, the spread, is what
any cell may stray without a change. What a floor's own blocks leave open is not counted as straying. Intervals are widened by the spread.
Cells are set against floors of their kind: one thread; several, among them the limits of a shared line; more than there are CPUs.

A cell is a REGRESSION if it is estimated to be slower by more than the margin, and is surely slower by more than a part of the margin
(LEAST) and the spread together. It is a PASS if it is surely not slower by more than the margin. A test against the margin itself would
find little that is less than twice as large.

A cell with several threads may have more than one way to run, each for a while, and two runs of one program may meet them differently
often. It has changed only if its blocks lie apart: if both runs have blocks like those in the middle of the other, it stays undecided.
Cells whose blocks differ by much are not put together with others.

Where threads outnumber CPUs, a neighbour that takes one of them takes contention away as well, and costs change severalfold without
any change. There is no verdict on such cells unless the floors got nearly all of the CPUs in both runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
# The farthest of few floors is nearer than the farthest of many would be: over their number, the share that is added. With it the
# spread is about two standard deviations, for 3 floors as for 15.
FEW_FLOORS = 2
# Of the margin, what a regression must surely exceed.
LEAST = 0.4
# Of intervals: each of the two ends errs with probability 5 %. A PASS errs as often for a cell that is slower by just the margin.
CONFIDENCE = 0.9
# Of a floor's shift: two of three intervals of this confidence hold the truth, so half of one is a standard error.
STANDARD = 0.683
# Of a run's blocks, what "most" is; and the logarithm of what most blocks of a steady cell differ by.
MOST = 0.9
STEADY = 0.25
# Of the way from one run's median to the other's, how far a block lies that is like those in the middle of the other.
ALIKE = 0.75
# A change of so many steps of the clock is none: a value may lie a step off, and its place in a bucket half of one.
STEPS = 1.5


@dataclass(frozen=True)
class Rules:
    alpha: float
    margins: dict[str, float]  # of each family, 0.05 for 5 %
    correct: bool = True  # by the floors


@dataclass(frozen=True)
class Machine:
    """What the floors of a kind say: by what factor all costs were higher, and how far apart the floors were."""

    floors: int
    factor: float
    spread: float | None  # a factor from 1; None: too few floors to tell


@dataclass(frozen=True)
class Machines:
    """Of one family of metrics: for cells of one thread, of several, and of more than there are CPUs."""

    alone: Machine
    together: Machine
    crowded: Machine
    shares: tuple[float, float]  # of the CPUs, as in Runs

    def of(self, cell: Cell) -> Machine:
        return self.crowded if cell.crowded else self.alone if cell.alone else self.together

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
    p_worse: float  # both adjusted by Holm's procedure, and for the family's share of alpha
    p_better: float
    verdict: str
    reason: str  # up to a semicolon the same for all findings of its kind
    headline: bool = False


@dataclass(frozen=True)
class _Test:
    cells: tuple[Cell, ...]
    margin: float  # of the metrics
    least: float  # what a change must surely exceed: a part of the margin, or what the clock can tell if that is more
    raw: float
    shift: Interval  # logarithms, widened by the spread
    p_worse: float
    p_better: float
    interwoven: bool = False  # one cell alone, and its blocks do not lie apart


def _costs(cell: Cell) -> tuple[list[float], list[float]]:
    sign = -1 if cell.metric.higher_is_better else 1
    return [sign * math.log(x) for x in cell.old], [sign * math.log(x) for x in cell.new]


def _has_both(cell: Cell) -> bool:
    return bool(cell.old and cell.new)


def _coarse(cell: Cell) -> float:
    """The relative change that the clock cannot tell."""
    return float(STEPS * cell.step / min(np.median(cell.old), np.median(cell.new)))


def _floor_shift(cell: Cell) -> tuple[float, float]:
    """A floor's shift, and the standard error of it; infinite if its blocks are too few to say."""
    shift = stats.shift_interval([_costs(cell)], STANDARD)
    estimate = 0.0 if abs(shift.estimate) <= math.log1p(_coarse(cell)) and cell.step else shift.estimate
    return estimate, (shift.high - shift.low) / 2


def _machine(floors: Sequence[Cell], rules: Rules) -> Machine:
    if not rules.correct:
        return Machine(len(floors), 1.0, 1.0)
    known = [(shift, error) for shift, error in map(_floor_shift, floors) if math.isfinite(error)]
    if len(known) < FEWEST_FLOORS:
        return Machine(len(known), 1.0, None)
    shifts, errors = np.array(known).T
    middle = np.median(shifts)
    strays = np.sqrt(np.maximum(0.0, (shifts - middle) ** 2 - errors**2))
    spread = np.quantile(strays, SPREAD_QUANTILE, method="higher") * (1 + FEW_FLOORS / len(known))
    return Machine(len(known), float(np.exp(middle)), float(np.exp(spread)))


def machines(floors: Sequence[Cell], shares: tuple[float, float], rules: Rules) -> Machines:
    """What the floors of one family say. Where those of a kind are too few, all of them together stand in."""
    floors = [cell for cell in floors if _has_both(cell)]
    kinds: tuple[Callable[[Cell], bool], ...] = (
        lambda cell: cell.alone and not cell.crowded,
        lambda cell: not cell.alone and not cell.crowded,
        lambda cell: cell.crowded,
    )
    found = [_machine([cell for cell in floors if kind(cell)], rules) for kind in kinds]
    every = _machine(floors, rules)
    alone, together, crowded = (every if one.spread is None else one for one in found)
    return Machines(alone, together, crowded, shares if rules.correct else (1.0, 1.0))


def _corrected(cell: Cell, machine: Machine) -> tuple[list[float], list[float]]:
    old, new = _costs(cell)
    return old, [x - math.log(machine.factor) for x in new]


def _widened(shift: Interval, spread: float) -> Interval:
    """By an error that has nothing to do with the interval's own: squares add up."""
    middle = shift.estimate
    return Interval(middle, middle - math.hypot(middle - shift.low, spread), middle + math.hypot(shift.high - middle, spread))


def _same(cells: Sequence[Cell]) -> bool:
    return all(cell.same for cell in cells)


def _test(all_cells: tuple[Cell, ...], found: Machines, rules: Rules) -> _Test:
    cells, margin = tuple(cell for cell in all_cells if _has_both(cell)), rules.margins[all_cells[0].metric.family]
    if _same(all_cells):
        return _Test(all_cells, margin, margin, 1.0, Interval(0.0, 0.0, 0.0), 1.0, 1.0)
    if not cells:
        nothing = Interval(math.nan, -math.inf, math.inf)
        return _Test(all_cells, margin, margin, math.nan, nothing, 1.0, 1.0)
    strata: Strata = [_corrected(cell, found.of(cell)) for cell in cells]
    spread, least = math.log(found.spread(cells) or 1.0), max(LEAST * margin, *map(_coarse, cells))
    shift, limit = stats.shift_interval(strata, CONFIDENCE), math.log1p(least) + spread
    raw = math.exp(stats.shift_interval([_costs(cell) for cell in cells], CONFIDENCE).estimate)
    interwoven = len(cells) == 1 and _interwoven(cells[0], found.of(cells[0]))
    worse, better = stats.rank_test(strata, limit), stats.rank_test([(new, old) for old, new in strata], limit)
    return _Test(cells, margin, least, raw, _widened(shift, spread), worse, better, interwoven)


def _untestable(test: _Test, found: Machines) -> str:
    """Why these cells get no verdict, whatever their values; empty if they may."""
    cells = test.cells
    if _same(cells):
        return ""
    if not all(map(_has_both, cells)):
        sides = " and ".join(side for side in ("old", "new") if not getattr(cells[0], side))
        return f"no quiet {sides} block with this figure"
    if any(cell.crowded for cell in cells) and min(found.shares) < QUIET:
        old, new = found.shares
        return f"other programs had the CPUs; the floors got {old:.0%} of them (old), {new:.0%} (new)"
    if found.spread(cells) is None:
        floors = min(found.of(cell).floors for cell in cells)
        return f"too few floors; {floors} for {cells[0].metric.family} in both files, and {FEWEST_FLOORS} tell the machine from the program"
    return ""


def steady(cell: Cell) -> bool:
    """Do the blocks of a run differ by little enough that the cell may count beside others?"""
    old, new = _costs(cell)
    edges = [np.quantile(side, (1 - MOST, MOST)) for side in (old, new) if side]
    return cell.alone or all(high - low <= STEADY for low, high in edges)


def _interwoven(cell: Cell, machine: Machine) -> bool:
    """Does each run have blocks like those in the middle of the other, where threads contend?"""
    old, new = _corrected(cell, machine)
    low, high = (old, new) if np.median(old) <= np.median(new) else (new, old)
    middle, near = float(np.median(low)), (1 - ALIKE) * float(np.median(high) - np.median(low))
    reaches = np.quantile(low, MOST) >= np.median(high) - near and np.quantile(high, 1 - MOST) <= middle + near
    return bool(not cell.alone and reaches)


def _changed(test: _Test, p_worse: float, p_better: float, rules: Rules) -> str:
    """REGRESSION or IMPROVED if the values say so. It needs all of the test, adjusted for all comparisons, the interval and the estimate."""
    least, change = math.log1p(test.least), math.log1p(max(test.least, test.margin))
    if p_worse < rules.alpha and test.shift.low > least and test.shift.estimate > change:
        return REGRESSION
    return IMPROVED if p_better < rules.alpha and test.shift.high < -least and test.shift.estimate < -change else ""


def _verdict(test: _Test, p_worse: float, p_better: float, rules: Rules) -> str:
    changed = _changed(test, p_worse, p_better, rules)
    if changed and not test.interwoven:
        return changed
    return PASS if test.shift.high < math.log1p(test.margin) else INCONCLUSIVE


def _too_few(cells: Sequence[Cell], level: float) -> str:
    """Why no values of these cells could have given a verdict of change; empty if some could. level: of the first rejection."""
    if stats.least_p((len(cell.old), len(cell.new)) for cell in cells) < level:
        return ""
    return f"too few repetitions; {stats.repetitions_for(level ** (1 / len(cells)))} a side would do"


def _undecided(test: _Test, level: float, found: Machines) -> str:
    """Why a test that was made decided nothing."""
    spread = found.spread(test.cells) or 1.0
    if spread - 1 > test.margin:
        return f"the floors themselves differ by more than the margin; by {spread - 1:.0%}"
    few = _too_few(test.cells, level)
    if few:
        return few
    if test.least > test.margin:
        return "the clock is too coarse"
    if test.interwoven and test.shift.low > 0:
        return "slower, but each run has blocks like most of the other's"
    return "slower, but not surely by more than the margin" if test.shift.low > 0 else "the interval reaches beyond the margin"


def _finding(test: _Test, p: tuple[float, float], level: float, found: Machines, rules: Rules) -> Finding:
    reason = _untestable(test, found)
    verdict = INCONCLUSIVE if reason else _verdict(test, *p, rules)
    if verdict == INCONCLUSIVE:
        reason = reason or _undecided(test, level, found)
    return Finding(test.cells, test.raw, Interval(*map(math.exp, test.shift)), *p, verdict, reason)


def judge(groups: Sequence[tuple[Cell, ...]], found: Mapping[str, Machines], rules: Rules, share: float = 1.0) -> list[Finding]:
    """The findings of one family of comparisons, in the order given. Each group of cells is one comparison.

    found: by the metrics' family. Holm's procedure is over all groups, at this share of alpha: its p-values are divided by the share.
    """
    machines = [found[cells[0].metric.family] for cells in groups]
    tests = [_test(cells, of, rules) for cells, of in zip(groups, machines)]
    worse, better = (_adjusted(p, share) for p in ([test.p_worse for test in tests], [test.p_better for test in tests]))
    level = share * rules.alpha / max(1, len(tests))
    return [_finding(test, p, level, of, rules) for test, p, of in zip(tests, zip(worse, better), machines)]


def _adjusted(p: Sequence[float], share: float) -> list[float]:
    return [min(1.0, adjusted / share) for adjusted in stats.holm(p)]

