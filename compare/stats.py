# SPDX-License-Identifier: BSD-3-Clause
"""Distribution-free statistics. Nothing here assumes a shape of the distribution; each function
states what it assumes.

Samples come in strata. A stratum is a pair of samples (old, new) measured under the same
conditions. Values are compared only within a stratum. A single cell is one stratum.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Sample = Sequence[float] | Array
Strata = Sequence[tuple[Sample, Sample]]

# Sizes from which the normal distribution replaces the exact one: values in a sample, and
# comparisons in all strata.
EXACT_VALUES = 60
EXACT_COMPARISONS = 20_000


class Interval(NamedTuple):
    estimate: float
    low: float
    high: float


def holm(p: Sequence[float]) -> list[float]:
    """Holm-adjusted p-values, in the given order. Rejecting those below alpha gives any false
    rejection with probability at most alpha."""
    order = sorted(range(len(p)), key=lambda n: p[n])
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, n in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[n]))
        adjusted[n] = worst
    return adjusted


def sign_test(successes: int, trials: int) -> float:
    """P(at least that many successes) in independent trials whose probability is at most 1/2."""
    return float(stats.binom.sf(successes - 1, trials, 0.5))


def least_p(sizes: Iterable[tuple[int, int]]) -> float:
    """The smallest p-value possible for the rank test with these sample sizes."""
    return math.prod(1 / math.comb(n + m, n) for n, m in sizes)


def repetitions_for(p: float) -> int:
    """Values per side that one stratum needs for the rank test to reach p."""
    return next(n for n in range(1, 10_000) if 1 / math.comb(2 * n, n) <= p)


@functools.lru_cache(maxsize=None)
def _orders(n: int, m: int) -> Array:
    """P(U = u) for u = 0 ... n*m, if all orders are equally likely. U counts the n*m comparisons
    whose second value is larger."""
    counts = np.zeros(n * m + 1)
    counts[0] = 1.0
    for k in range(1, n + 1):  # the Gaussian binomial coefficient: times 1 - q^(m+k), by 1 - q^k
        counts[m + k :] -= counts[: max(0, len(counts) - m - k)].copy()
        for u in range(k, len(counts)):
            counts[u] += counts[u - k]
    shares: Array = counts / counts.sum()
    return shares


@functools.lru_cache(maxsize=None)
def _exact(sizes: tuple[tuple[int, int], ...]) -> Array:
    """P(U <= u), with U summed over strata."""
    return np.cumsum(functools.reduce(np.convolve, [_orders(n, m) for n, m in sizes]))


def _is_small(sizes: Sequence[tuple[int, int]]) -> bool:
    return max(max(size) for size in sizes) <= EXACT_VALUES and sum(n * m for n, m in sizes) <= EXACT_COMPARISONS


def _normal(sizes: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Mean and standard deviation of U."""
    return sum(n * m for n, m in sizes) / 2, math.sqrt(sum(n * m * (n + m + 1) for n, m in sizes) / 12)


def _sizes(strata: Strata) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((len(old), len(new)) for old, new in strata))


def _differences(strata: Strata) -> Array:
    """New minus old for all pairs of values within each stratum, sorted."""
    return np.sort(np.concatenate([np.subtract.outer(np.asarray(new), np.asarray(old)).ravel() for old, new in strata]))


def rank_test(strata: Strata, shift: float = 0.0) -> float:
    """Stratified Mann-Whitney test: the one-sided p-value of the hypothesis that new exceeds old by
    at most shift in every stratum.

    Assumes independent values. Ties count against rejection, so they make the test conservative.
    """
    sizes = _sizes(strata)
    # Values that differ only by rounding, up to a billionth, count as equal.
    above = int(np.count_nonzero(_differences(strata) > shift + 1e-9 * max(1.0, abs(shift))))
    if _is_small(sizes):
        # By symmetry P(U >= above) = P(U <= all - above), which keeps the precision of small
        # values.
        return min(1.0, float(_exact(sizes)[sum(n * m for n, m in sizes) - above]))
    mean, spread = _normal(sizes)
    return float(stats.norm.sf((above - 0.5 - mean) / spread))


def _outside(sizes: tuple[tuple[int, int], ...], tail: float) -> int:
    """Number of sorted differences to leave out at each end of the interval. Negative: the samples
    are too small."""
    if _is_small(sizes):
        return int(np.searchsorted(_exact(sizes), tail, side="right")) - 1
    mean, spread = _normal(sizes)
    return math.floor(mean - 0.5 + float(stats.norm.ppf(tail)) * spread)


def shift_interval(strata: Strata, confidence: float) -> Interval:
    """Hodges-Lehmann estimate of new minus old, with the interval of shifts that the rank test does
    not reject.

    Exact for independent values if new and old differ by a shift alone, which is the same in all
    strata. If the samples are too small for the confidence, the interval is infinite.
    """
    differences = _differences(strata)
    outside = _outside(_sizes(strata), (1 - confidence) / 2 * (1 + 1e-9))
    if outside < 0:
        return Interval(float(np.median(differences)), -math.inf, math.inf)
    return Interval(float(np.median(differences)), float(differences[outside]), float(differences[-1 - outside]))


def hodges_lehmann(a: Sample, b: Sample, confidence: float) -> Interval:
    """shift_interval() of one stratum: b minus a."""
    return shift_interval([(a, b)], confidence)
