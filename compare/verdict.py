# SPDX-License-Identifier: BSD-3-Clause
"""Turns the values of each cell into verdicts.

All calculations use logarithms of costs: 0 is no change, and positive is slower. Two runs differ by
more than the scatter within each. The machine may be faster in one of them, and each cell has a new
memory layout and new disturbances. Floors and limits do the same work in both runs, whatever
changed in a strategy, so they measure both effects. Their median is the factor of the machine.
Their deviation from the median, the spread, is how far an unchanged cell may deviate. The
statistical error of a floor's own blocks does not count as deviation. Intervals are widened by the
spread. A cell is compared with floors of its own group: one thread; several threads, including the
limits on a shared line; more threads than CPUs.

A cell is a REGRESSION if the estimate is slower by more than the margin, and the interval excludes
slowdowns up to a part of the margin (LEAST) plus the spread. It is a PASS if the interval excludes
slowdowns of more than the margin. A test against the margin itself would find few regressions of
less than twice the margin.

A cell with several threads may be bimodal, and two runs of one program may have the modes in
different proportions. It has changed only if its blocks separate: if each run has blocks like those
in the middle of the other, the cell is undecided. Cells whose blocks vary a lot are not grouped
with others.

If threads outnumber CPUs, another program that takes a CPU also reduces contention, and costs can
change severalfold. Such cells have no verdict unless the floors got nearly all of the CPUs in both
runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compare import stats
from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION
from compare.runs import Cell
from compare.stats import Interval, Strata

# Share of the CPUs that floors need for verdicts on cells with more threads than CPUs.
QUIET = 0.9
# Fewest floors to estimate the spread.
FEWEST_FLOORS = 3
# Quantile of the floors' distances from their median: one outlier in ten does not count.
SPREAD_QUANTILE = 0.9
# Small-sample correction, divided by the number of floors. The farthest of few floors is nearer
# than the farthest of many. With the correction, the spread is about two standard deviations for 3
# floors as well as for 15.
FEW_FLOORS = 2
# Share of the margin that the interval of a regression must exceed.
LEAST = 0.4
# Confidence of intervals: each end errs with 5 %. So does a PASS for a cell right at the margin.
CONFIDENCE = 0.9
# Confidence of a floor's shift: half of such an interval is about one standard error.
STANDARD = 0.683
# The share of blocks that counts as most, and the largest log ratio between those of a steady cell.
MOST = 0.9
STEADY = 0.25
# A block is like the other run's middle from this share of the way between the two medians.
ALIKE = 0.75
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

    def of(self, cell: Cell) -> Machine:
        return self.crowded if cell.crowded else self.alone if cell.alone else self.together

    def spread(self, cells: Sequence[Cell]) -> float | None:
        """The largest spread: a comparison is as good as its worst cell."""
        spreads = [self.of(cell).spread for cell in cells]
        known = [spread for spread in spreads if spread is not None]
        return max(known) if len(known) == len(spreads) else None


@dataclass(frozen=True)
class Finding:
    """A comparison and its verdict. Ratios are new cost to old; only raw is not corrected."""

    cells: tuple[Cell, ...]  # a single cell, or a group
    raw: float
    ratio: Interval
    p_worse: float  # both are adjusted by Holm's procedure and the family's share of alpha
    p_better: float
    verdict: str
    reason: str  # the text before a semicolon is the same for all findings of a kind
    headline: bool = False


@dataclass(frozen=True)
class _Test:
    cells: tuple[Cell, ...]
    margin: float  # of the metric
    least: float  # what the interval must exceed: a part of the margin, or the clock's resolution if that is more
    raw: float
    shift: Interval  # of logarithms, widened by the spread
    p_worse: float
    p_better: float
    interwoven: bool = False  # a single cell whose blocks do not separate


def _costs(cell: Cell) -> tuple[list[float], list[float]]:
    sign = -1 if cell.metric.higher_is_better else 1
    return [sign * math.log(x) for x in cell.old], [sign * math.log(x) for x in cell.new]


def _has_both(cell: Cell) -> bool:
    return bool(cell.old and cell.new)


def _coarse(cell: Cell) -> float:
    """The relative change that the clock cannot resolve."""
    return float(STEPS * cell.step / min(np.median(cell.old), np.median(cell.new)))


def _floor_shift(cell: Cell) -> tuple[float, float]:
    """A floor's shift and its standard error, which is infinite if there are too few blocks."""
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
    """The machines of one family. If a group has too few floors, all floors together replace it."""
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
    """Widens an interval by an independent error: squares add up."""
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
    """Why these cells cannot have a verdict, whatever their values. Empty if they can."""
    cells = test.cells
    if _same(cells):
        return ""
    if not all(map(_has_both, cells)):
        sides = " and ".join(side for side in ("old", "new") if not getattr(cells[0], side))
        return f"no quiet {sides} block with this metric"
    if any(cell.crowded for cell in cells) and min(found.shares) < QUIET:
        old, new = found.shares
        return f"other programs used the CPUs; the floors got {old:.0%} of them (old) and {new:.0%} (new)"
    if found.spread(cells) is None:
        floors = min(found.of(cell).floors for cell in cells)
        return f"too few floors; both files have {floors} for {cells[0].metric.family}, but {FEWEST_FLOORS} are needed"
    return ""


def steady(cell: Cell) -> bool:
    """Whether the blocks of each run are similar enough to group the cell with others."""
    old, new = _costs(cell)
    edges = [np.quantile(side, (1 - MOST, MOST)) for side in (old, new) if side]
    return cell.alone or all(high - low <= STEADY for low, high in edges)


def _interwoven(cell: Cell, machine: Machine) -> bool:
    """Whether threads contend and each run has blocks like those in the middle of the other."""
    old, new = _corrected(cell, machine)
    low, high = (old, new) if np.median(old) <= np.median(new) else (new, old)
    middle, near = float(np.median(low)), (1 - ALIKE) * float(np.median(high) - np.median(low))
    reaches = np.quantile(low, MOST) >= np.median(high) - near and np.quantile(high, 1 - MOST) <= middle + near
    return bool(not cell.alone and reaches)


def _changed(test: _Test, p_worse: float, p_better: float, rules: Rules) -> str:
    """REGRESSION, IMPROVED or "". A change needs all: adjusted test, interval and estimate."""
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
    """Why no values of these cells could show a change. level: the p of the first rejection."""
    if stats.least_p((len(cell.old), len(cell.new)) for cell in cells) < level:
        return ""
    return f"too few repetitions; {stats.repetitions_for(level ** (1 / len(cells)))} per side would suffice"


def _undecided(test: _Test, level: float, found: Machines) -> str:
    """Why a test was undecided."""
    spread = found.spread(test.cells) or 1.0
    if spread - 1 > test.margin:
        return f"the spread of the floors is larger than the margin; it is {spread - 1:.0%}"
    few = _too_few(test.cells, level)
    if few:
        return few
    if test.least > test.margin:
        return "the clock is too coarse"
    if test.interwoven and test.shift.low > 0:
        return "slower, but the blocks of the two runs overlap"
    return "slower, but perhaps by less than the margin" if test.shift.low > 0 else "the interval includes the margin"


def _finding(test: _Test, p: tuple[float, float], found: Machines, rules: Rules, *, level: float) -> Finding:
    reason = _untestable(test, found)
    verdict = INCONCLUSIVE if reason else _verdict(test, *p, rules)
    if verdict == INCONCLUSIVE:
        reason = reason or _undecided(test, level, found)
    return Finding(test.cells, test.raw, Interval(*map(math.exp, test.shift)), *p, verdict, reason)


def judge(groups: Sequence[tuple[Cell, ...]], found: Mapping[str, Machines], rules: Rules, share: float = 1.0) -> list[Finding]:
    """The findings of one family, in the given order. Each group of cells is one comparison.

    found: machines by metric family. Holm's procedure covers all groups at this share of alpha, so
    p-values are divided by the share.
    """
    machines = [found[cells[0].metric.family] for cells in groups]
    tests = [_test(cells, of, rules) for cells, of in zip(groups, machines)]
    worse, better = (_adjusted(p, share) for p in ([test.p_worse for test in tests], [test.p_better for test in tests]))
    level = share * rules.alpha / max(1, len(tests))
    return [_finding(test, p, of, rules, level=level) for test, p, of in zip(tests, zip(worse, better), machines)]


def _adjusted(p: Sequence[float], share: float) -> list[float]:
    return [min(1.0, adjusted / share) for adjusted in stats.holm(p)]

