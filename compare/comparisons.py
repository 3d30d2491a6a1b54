# SPDX-License-Identifier: BSD-3-Clause
"""Splits the comparisons of two runs into two families, and gives the overall verdict.

The headline family has one cell for each strategy and question of results/questions.def. For each
strategy, it also has one joint comparison of the strategy's steady headline cells that are times of
a pair. All other comparisons are the second family.

Error rates. alpha is the chance of any false REGRESSION over both families. The headline family is
tested at 0.8 of alpha, the other at 0.2 (0.8 % and 0.2 % if alpha is 1 %), each by Holm's procedure
over all its comparisons. By the union bound, alpha holds for both together, whatever the
dependence. The shares are fixed in advance. If one family is empty, the other has all of alpha.
IMPROVED is tested in the same way, with a separate alpha. A PASS is not corrected: a cell that is
slower by exactly the margin passes with a chance of 5 %, and a slower one with less.

The overall verdict is REGRESSION if any comparison is one. Otherwise the headline cells decide:
PASS if enough of them (PASSING) are not slower, INCONCLUSIVE if not. Undecided comparisons of the
other family are counted but change nothing. In files without headline cells, the others decide in
the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION, VERDICTS
from compare.runs import Cell
from compare.machine import Machines, Rules
from compare.verdict import Finding, judge, steady

# The headline family's share of alpha.
HEADLINE = 0.8
# Share of the deciding cells that must not be slower for PASS.
PASSING = 0.8

Group = tuple[Cell, ...]


def _by(cells: Sequence[Cell], key: Callable[[Cell], tuple[str, ...]]) -> list[Group]:
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in filter(steady, cells):
        groups.setdefault(key(cell), []).append(cell)
    return [tuple(some) for some in groups.values()]


def by_group(cells: Sequence[Cell]) -> list[Group]:
    """Groups the steady cells of one strategy, workload, level and metric."""
    return _by(cells, lambda cell: cell.group)


def _by_strategy(cells: Sequence[Cell]) -> list[Group]:
    """Groups a strategy's steady headline cells that are times. Tails vary too much and have
    another margin."""
    return _by([cell for cell in cells if cell.metric.family == "time"], strategy)


def strategy(cell: Cell) -> tuple[str, str]:
    return str(cell.axis("strategy")), str(cell.axis("variant"))


def _groups(cells: Sequence[Cell], together: Sequence[Group], by: str) -> list[Group]:
    """by: the option --by. With both, no group of one cell: it has its own verdict."""
    alone = [(cell,) for cell in cells] if by != "strategy" else []
    return [*alone, *(group for group in together if by == "strategy" or (by == "both" and len(group) > 1))]


def judged(cells: Sequence[Cell], machines: Mapping[str, Machines], rules: Rules, by: str) -> list[Finding]:
    """The findings of both families, the headline family first. cells has no floors."""
    headline, others = ([cell for cell in cells if bool(cell.questions) == asked] for asked in (True, False))
    groups = _groups(headline, _by_strategy(headline), by), _groups(others, by_group(others), by)
    shares = (HEADLINE, 1 - HEADLINE) if all(groups) else (1.0, 1.0)
    first, second = (judge(some, machines, rules, share) for some, share in zip(groups, shares))
    return [*(replace(finding, headline=True) for finding in first), *second]


def deciding(findings: Sequence[Finding]) -> list[Finding]:
    """The deciding findings: those of the headline family, or all if it is empty. Of these, single
    cells if there are any."""
    some = [finding for finding in findings if finding.headline] or list(findings)
    return [finding for finding in some if len(finding.cells) == 1] or some


def counts(findings: Sequence[Finding]) -> dict[str, int]:
    found = Counter(finding.verdict for finding in findings)
    return {verdict: found[verdict] for verdict in VERDICTS}


def overall(findings: Sequence[Finding]) -> str:
    if any(finding.verdict == REGRESSION for finding in findings):
        return REGRESSION
    found = deciding(findings)
    passed = sum(finding.verdict in (PASS, IMPROVED) for finding in found)
    return PASS if passed >= PASSING * len(found) else INCONCLUSIVE
