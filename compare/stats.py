# SPDX-License-Identifier: BSD-3-Clause
"""Distribution-free statistics. Nothing here assumes a shape; what each function does assume is said there.

Samples come in strata: pairs of samples (old, new), each pair measured under conditions of its own. Within a stratum each value of the
one is set against each of the other, and never one stratum's against another's. One cell alone is one stratum.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Sample = Sequence[float]
Strata = Sequence[tuple[Sample, Sample]]
Array = NDArray[np.float64]

# From so many values in a sample, or comparisons in all strata, the normal distribution stands in for the exact one.
EXACT_VALUES = 60
EXACT_COMPARISONS = 20_000


class Interval(NamedTuple):
    estimate: float
    low: float
    high: float


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given. Rejecting those under alpha errs on any of them with probability alpha at most."""
    order = sorted(range(len(p)), key=lambda n: p[n])
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, n in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[n]))
        adjusted[n] = worst
    return adjusted


def sign_test(successes: int, trials: int) -> float:
    """P(at least so many successes) if each of the independent trials is one with probability 1/2 at most."""
    return float(stats.binom.sf(successes - 1, trials, 0.5))


def least_p(sizes: Iterable[tuple[int, int]]) -> float:
    """The smallest p-value that the rank test of such samples can give."""
    return math.prod(1 / math.comb(n + m, n) for n, m in sizes)


def repetitions_for(p: float) -> int:
    """How many values a side one stratum must have for the rank test to reach p."""
    return next(n for n in range(1, 10_000) if 1 / math.comb(2 * n, n) <= p)


@functools.lru_cache(maxsize=None)
def _orders(n: int, m: int) -> Array:
    """P(U = u) for u = 0 ... n*m, where U of the n*m comparisons find the one of the m larger, if all orders are equally likely."""
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
    """P(U <= u), U summed over strata."""
    return np.cumsum(functools.reduce(np.convolve, [_orders(n, m) for n, m in sizes]))


def _is_small(sizes: Sequence[tuple[int, int]]) -> bool:
    return max(max(size) for size in sizes) <= EXACT_VALUES and sum(n * m for n, m in sizes) <= EXACT_COMPARISONS


def _normal(sizes: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Mean and standard deviation of U."""
    return sum(n * m for n, m in sizes) / 2, math.sqrt(sum(n * m * (n + m + 1) for n, m in sizes) / 12)


def _sizes(strata: Strata) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((len(old), len(new)) for old, new in strata))


def _differences(strata: Strata) -> Array:
    """Each new value less each old one of its stratum, sorted."""
    return np.sort(np.concatenate([np.subtract.outer(np.asarray(new), np.asarray(old)).ravel() for old, new in strata]))


def rank_test(strata: Strata, shift: float = 0.0) -> float:
    """Mann-Whitney, stratified: the one-sided p-value of new being above old by no more than shift in any stratum.

    Assumes independent values. Equal ones count against rejection, so ties make it err on the safe side.
    """
    sizes = _sizes(strata)
    # A billionth: shifted values are equal as well when rounding alone sets them apart.
    above = int(np.count_nonzero(_differences(strata) > shift + 1e-9 * max(1.0, abs(shift))))
    if _is_small(sizes):
        # By symmetry P(U >= above) = P(U <= all - above), which does not lose small values.
        return min(1.0, float(_exact(sizes)[sum(n * m for n, m in sizes) - above]))
    mean, spread = _normal(sizes)
    return float(stats.norm.sf((above - 0.5 - mean) / spread))


def _outside(sizes: tuple[tuple[int, int], ...], tail: float) -> int:
    """How many of the sorted differences lie outside the interval at each end; less than 0 if even none is too many."""
    if _is_small(sizes):
        return int(np.searchsorted(_exact(sizes), tail, side="right")) - 1
    mean, spread = _normal(sizes)
    return math.floor(mean - 0.5 + float(stats.norm.ppf(tail)) * spread)


def shift_interval(strata: Strata, confidence: float) -> Interval:
    """Hodges-Lehmann: by how much new is above old, and an interval of the shifts that the rank test would not reject.

    Exact for independent values of distributions that differ by a shift alone, the same in all strata. Samples too small for the
    confidence give an infinite interval.
    """
    differences = _differences(strata)
    outside = _outside(_sizes(strata), (1 - confidence) / 2 * (1 + 1e-9))
    if outside < 0:
        return Interval(float(np.median(differences)), -math.inf, math.inf)
    return Interval(float(np.median(differences)), float(differences[outside]), float(differences[-1 - outside]))


def hodges_lehmann(a: Sample, b: Sample, confidence: float) -> Interval:
    """shift_interval() of one stratum: by how much b is above a."""
    return shift_interval([(a, b)], confidence)
