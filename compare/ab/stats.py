# SPDX-License-Identifier: BSD-3-Clause
"""Statistics of a cell's quads. A quad's value is the mean log ratio B/A of its four blocks. No
distribution is assumed.

The quads of one launch share a memory layout, so a launch may be slow by itself. A regression must
therefore show twice: over all quads, in a sign test corrected for all cells, and over the medians
of the launches, in a separate sign test.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.stats import binom
from compare.answers import INCONCLUSIVE, PASS, REGRESSION
from compare.stats import holm, sign_test

LOOKS = 2
# Alpha of the launches' test. Not corrected, since it only confirms the quads' result.
LAUNCH_ALPHA = 0.01
LAUNCH_CONFIDENCE = 0.95

Launches = Sequence[Sequence[float]]  # the values of one cell, by launch


@dataclass(frozen=True)
class Rules:
    """The rules for verdicts. Alpha and confidence hold for both looks together, so each look has
    half of the error."""

    margin: float = 0.02
    pass_bound: float = 0.05
    alpha: float = 0.01
    confidence: float = 0.99
    adjust: Callable[[Sequence[float]], list[float]] = holm


@dataclass(frozen=True)
class Finding:
    """Ratios are B/A. low and high each bound the median ratio at the rules' confidence."""

    quads: int
    launches: int
    ratio: float
    low: float
    high: float
    p: float
    p_launches: float


def upper_bound(values: Sequence[float], confidence: float) -> float:
    """An upper bound of the median with at least that confidence. Infinite: too few values."""
    n = len(values)
    rank = int(binom.ppf(confidence, n, 0.5)) if n else 0
    return sorted(values)[rank] if rank < n else math.inf


def over(values: Sequence[float], margin: float) -> float:
    """p-value of the exact one-sided sign test that the median is at most log(1 + margin). Values
    on the margin count as below."""
    return sign_test(sum(value > math.log1p(margin) for value in values), len(values))


def finding(launches: Launches, rules: Rules) -> Finding:
    """The finding for a cell so far."""
    quads = [value for launch in launches for value in launch]
    medians = [statistics.median(launch) for launch in launches if launch]
    confidence = 1 - (1 - rules.confidence) / LOOKS
    high = max(upper_bound(quads, confidence), upper_bound(medians, LAUNCH_CONFIDENCE))
    low = min(-upper_bound([-value for value in quads], confidence), -upper_bound([-value for value in medians], LAUNCH_CONFIDENCE))
    return Finding(
        quads=len(quads),
        launches=len(medians),
        ratio=math.exp(statistics.median(quads)) if quads else math.nan,
        low=math.exp(low),
        high=math.exp(high),
        p=over(quads, rules.margin),
        p_launches=over(medians, rules.margin),
    )


def judge(findings: Sequence[Finding | None], rules: Rules) -> list[str | None]:
    """One look at all cells. None: a stopped cell, which still counts in the correction."""
    adjusted = rules.adjust([1.0 if found is None else found.p for found in findings])
    return [None if found is None else _verdict(found, p, rules) for found, p in zip(findings, adjusted)]


def _verdict(found: Finding, adjusted: float, rules: Rules) -> str:
    if adjusted < rules.alpha / LOOKS:
        # The quads show a slowdown. Without the launches' confirmation it is INCONCLUSIVE, whatever
        # the bound.
        return REGRESSION if found.p_launches < LAUNCH_ALPHA else INCONCLUSIVE
    return PASS if found.high < 1 + rules.pass_bound else INCONCLUSIVE
