# SPDX-License-Identifier: BSD-3-Clause
"""What quads say of a cell. A quad's value is the mean log ratio B/A of its four blocks; nothing is assumed of its distribution.

Quads of one launch share a layout of memory, so a launch may be slow by itself. A regression therefore has to show twice: over all quads,
by a sign test corrected for all cells, and over the medians of the launches, by a sign test of its own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from scipy.stats import binom
from stats import holm, sign_test

LOOKS = 2
# The launches' own test: not corrected, because it only has to confirm what the quads say.
LAUNCH_ALPHA = 0.01
LAUNCH_CONFIDENCE = 0.95

Launches = Sequence[Sequence[float]]  # the values of one cell, by launch


class Verdict(Enum):
    REGRESSION = "REGRESSION"
    PASS = "PASS"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class Rules:
    """When a cell is slower, and when it is not. Alpha and confidence hold for both looks together, so each has half of what is over."""

    margin: float = 0.02
    pass_bound: float = 0.05
    alpha: float = 0.01
    confidence: float = 0.99
    adjust: Callable[[Sequence[float]], list[float]] = holm


@dataclass(frozen=True)
class Finding:
    """Ratios are B/A; low and high bound the median ratio, each for itself at the rules' confidence."""

    quads: int
    launches: int
    ratio: float
    low: float
    high: float
    p: float
    p_launches: float


def upper_bound(values: Sequence[float], confidence: float) -> float:
    """At or over the median of the distribution with that confidence at least; infinite if there are too few values."""
    n = len(values)
    rank = int(binom.ppf(confidence, n, 0.5)) if n else 0
    return sorted(values)[rank] if rank < n else math.inf


def over(values: Sequence[float], margin: float) -> float:
    """p-value of the exact one-sided sign test: is the median at most log(1 + margin)? A value on the margin counts as under it."""
    return sign_test(sum(value > math.log1p(margin) for value in values), len(values))


def finding(launches: Launches, rules: Rules) -> Finding:
    """What is known of a cell by now."""
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


def judge(findings: Sequence[Finding | None], rules: Rules) -> list[Verdict | None]:
    """One look at all cells; None for a cell that has stopped, which still counts in the correction."""
    adjusted = rules.adjust([1.0 if found is None else found.p for found in findings])
    return [None if found is None else _verdict(found, p, rules) for found, p in zip(findings, adjusted)]


def _verdict(found: Finding, adjusted: float, rules: Rules) -> Verdict:
    if adjusted < rules.alpha / LOOKS:
        # The quads say slower. If the launches do not, or not yet, it is no PASS either, however low its bound.
        return Verdict.REGRESSION if found.p_launches < LAUNCH_ALPHA else Verdict.INCONCLUSIVE
    return Verdict.PASS if found.high < 1 + rules.pass_bound else Verdict.INCONCLUSIVE
