# SPDX-License-Identifier: BSD-3-Clause
"""The comparisons of two runs as two families, and what they say together.

The headline cells answer the questions of results/questions.def, one cell a strategy and question. With them goes, for each strategy,
one comparison of all its steady headline cells that are times of a pair together. All other comparisons of the files are the second family.

Error rates. alpha is the chance that any comparison of a file is a false REGRESSION, over both families. The headline family is tested
at 0.8 of alpha, the others at the rest (0.8 % and 0.2 %, if alpha is 1 %), each by Holm's procedure over all its comparisons. By the sum
of both, alpha holds for the whole, whatever depends on what. The shares are fixed before any value is seen. If one family is empty, the
other has all of alpha. IMPROVED is found likewise, at another alpha. A PASS is of one comparison alone, without a correction: a cell
that is slower by the margin passes with a chance of 5 %, and less if it is slower by more.

The verdict on the whole is REGRESSION if any comparison is one. Else the headline cells decide: PASS if enough of them (PASSING) are not
slower, INCONCLUSIVE if more are undecided. What the other family leaves undecided is counted and changes nothing. In files without
headline cells the others decide likewise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from runs import Cell
from verdict import IMPROVED, INCONCLUSIVE, PASS, REGRESSION, VERDICTS, Finding, Machines, Rules, judge, steady

# Of alpha, what the headline family is tested at.
HEADLINE = 0.8
# Of the cells that decide, how many must not be slower for PASS.
PASSING = 0.8

Group = tuple[Cell, ...]


def _by(cells: Sequence[Cell], key: Callable[[Cell], tuple[str, ...]]) -> list[Group]:
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in filter(steady, cells):
        groups.setdefault(key(cell), []).append(cell)
    return [tuple(some) for some in groups.values()]


def by_group(cells: Sequence[Cell]) -> list[Group]:
    """Steady cells of one strategy, workload, level and metric together."""
    return _by(cells, lambda cell: cell.group)


def _by_strategy(cells: Sequence[Cell]) -> list[Group]:
    """A strategy's steady headline cells that are times, together: tails are too wide, and have another margin."""
    return _by([cell for cell in cells if cell.metric.family == "time"], strategy)


def strategy(cell: Cell) -> tuple[str, str]:
    return str(cell.axis("strategy")), str(cell.axis("variant"))


def _groups(cells: Sequence[Cell], together: Sequence[Group], by: str) -> list[Group]:
    """by: as the option of that name. With both, one cell alone has its verdict already."""
    alone = [(cell,) for cell in cells] if by != "strategy" else []
    return [*alone, *(group for group in together if by == "strategy" or (by == "both" and len(group) > 1))]


def judged(cells: Sequence[Cell], machines: Mapping[str, Machines], rules: Rules, by: str) -> list[Finding]:
    """The findings of both families, the headline first. cells: without floors."""
    headline, others = ([cell for cell in cells if bool(cell.questions) == asked] for asked in (True, False))
    groups = _groups(headline, _by_strategy(headline), by), _groups(others, by_group(others), by)
    shares = (HEADLINE, 1 - HEADLINE) if all(groups) else (1.0, 1.0)
    first, second = (judge(some, machines, rules, share) for some, share in zip(groups, shares))
    return [*(replace(finding, headline=True) for finding in first), *second]


def deciding(findings: Sequence[Finding]) -> list[Finding]:
    """Of the headline, cells that decide one by one if there are any; else all that are there."""
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
