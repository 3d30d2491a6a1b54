# SPDX-License-Identifier: BSD-3-Clause
"""Turns the values of each cell into verdicts.

All calculations use logarithms of costs: 0 is no change, and positive is slower. Two runs differ by
more than the scatter within each. The machine may be faster in one of them, and each cell has a new
memory layout and new disturbances. Floors and limits show both effects (see machine.py): the factor
of the machine, which is taken out, and the spread, by which intervals are widened.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compare import stats
from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION
from compare.machine import FEWEST_FLOORS, Machine, Machines, Rules, coarse, costs, has_both
from compare.runs import Cell
from compare.stats import Interval, Strata

# Share of the CPUs that floors need for verdicts on cells with more threads than CPUs.
QUIET = 0.9
# Share of the margin that the interval of a regression must exceed.
LEAST = 0.4
# Confidence of intervals: each end errs with 5 %. So does a PASS for a cell right at the margin.
CONFIDENCE = 0.9
# The share of blocks that counts as most, and the largest log ratio between those of a steady cell.
MOST = 0.9
STEADY = 0.25
# A block is like the other run's middle from this share of the way between the two medians.
ALIKE = 0.75


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


def _corrected(cell: Cell, machine: Machine) -> tuple[list[float], list[float]]:
    old, new = costs(cell)
    return old, [x - math.log(machine.factor) for x in new]


def _widened(shift: Interval, spread: float) -> Interval:
    """Widens an interval by an independent error: squares add up."""
    middle = shift.estimate
    return Interval(middle, middle - math.hypot(middle - shift.low, spread), middle + math.hypot(shift.high - middle, spread))


def _same(cells: Sequence[Cell]) -> bool:
    return all(cell.same for cell in cells)


def _test(all_cells: tuple[Cell, ...], found: Machines, rules: Rules) -> _Test:
    cells, margin = tuple(cell for cell in all_cells if has_both(cell)), rules.margins[all_cells[0].metric.family]
    if _same(all_cells):
        return _Test(all_cells, margin, margin, 1.0, Interval(0.0, 0.0, 0.0), 1.0, 1.0)
    if not cells:
        nothing = Interval(math.nan, -math.inf, math.inf)
        return _Test(all_cells, margin, margin, math.nan, nothing, 1.0, 1.0)
    strata: Strata = [_corrected(cell, found.of(cell)) for cell in cells]
    spread, least = math.log(found.spread(cells) or 1.0), max(LEAST * margin, *map(coarse, cells))
    shift, limit = stats.shift_interval(strata, CONFIDENCE), math.log1p(least) + spread
    raw = math.exp(stats.shift_interval([costs(cell) for cell in cells], CONFIDENCE).estimate)
    interwoven = len(cells) == 1 and _interwoven(cells[0], found.of(cells[0]))
    worse, better = stats.rank_test(strata, limit), stats.rank_test([(new, old) for old, new in strata], limit)
    return _Test(cells, margin, least, raw, _widened(shift, spread), worse, better, interwoven)


def _untestable(test: _Test, found: Machines) -> str:
    """Why these cells cannot have a verdict, whatever their values. Empty if they can."""
    cells = test.cells
    if _same(cells):
        return ""
    if not all(map(has_both, cells)):
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
    old, new = costs(cell)
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

