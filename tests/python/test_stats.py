# SPDX-License-Identifier: BSD-3-Clause
"""The statistics of the comparison, against enumeration, against SciPy, and against simulated
runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats

from compare import stats


def test_holm() -> None:
    assert stats.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert stats.holm([0.5, 0.9]) == [1.0, 1.0]
    assert stats.holm([]) == []


def test_sign_test() -> None:
    assert stats.sign_test(3, 3) == pytest.approx(1 / 8)
    assert stats.sign_test(2, 3) == pytest.approx(4 / 8)
    assert stats.sign_test(0, 3) == 1


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (3, 3), (5, 2)])
def test_distribution_is_that_of_all_orders(n: int, m: int) -> None:
    counts = [0] * (n * m + 1)
    for places in itertools.combinations(range(n + m), n):
        counts[sum(place - rank for rank, place in enumerate(places))] += 1
    total = sum(counts)
    assert stats._orders(n, m) == pytest.approx([float(Fraction(count, total)) for count in counts])


@pytest.mark.parametrize(("n", "m"), [(3, 4), (7, 7), (20, 13), (80, 70)])
def test_rank_test_is_scipys(n: int, m: int) -> None:
    random = np.random.default_rng(n)
    old, new = random.normal(0, 1, n), random.normal(0.4, 1, m)
    method = "exact" if n <= stats.EXACT_VALUES else "asymptotic"
    assert stats.rank_test([(old, new)]) == pytest.approx(scipy.stats.mannwhitneyu(new, old, alternative="greater", method=method).pvalue)


def test_rank_test_of_shift_and_ties() -> None:
    old, new = [1.0, 2.0, 3.0], [11.0, 12.0, 13.0]
    assert stats.rank_test([(old, new)]) == pytest.approx(1 / 20)
    assert stats.rank_test([(old, new)], 10) > 0.5
    assert stats.rank_test([([5.0] * 9, [5.0] * 9)]) == pytest.approx(1)
    assert stats.rank_test([([1.0] * 5, [1.1] * 5)], 0.1) == pytest.approx(1)  # 1.1 - 1 is a little more than 0.1


def test_strata_add_up() -> None:
    cell = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    other = ([101.0, 102.0, 103.0], [104.0, 105.0, 106.0])
    assert stats.rank_test([cell, other]) == pytest.approx(1 / 400)
    assert stats.least_p([(3, 3), (3, 3)]) == pytest.approx(1 / 400)
    # One up, one down: nothing together.
    assert stats.rank_test([cell, other[::-1]]) > 0.4


def test_large_samples_agree_with_small() -> None:
    random = np.random.default_rng(1)
    strata = [(random.normal(0, 1, 30), random.normal(0.3, 1, 30)) for _ in range(4)]
    exact, interval = stats.rank_test(strata), stats.shift_interval(strata, 0.98)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stats, "EXACT_COMPARISONS", 0)
        assert stats.rank_test(strata) == pytest.approx(exact, rel=0.05)
        assert stats.shift_interval(strata, 0.98) == pytest.approx(interval, abs=0.01)


def test_interval_by_hand() -> None:
    assert stats.hodges_lehmann([0.0, 1.0], [10.0, 13.0], 0.5) == (11.0, 9.0, 13.0)
    assert stats.hodges_lehmann([1, 2, 3], [2, 3, 4], 0.98) == (1.0, -math.inf, math.inf)
    # C(6, 3) = 20: one order in 20 at each end is just 90 %.
    assert stats.hodges_lehmann([1, 2, 3], [2, 3, 4], 0.9) == (1.0, -1.0, 3.0)


def test_interval_is_what_the_test_does_not_reject() -> None:
    random = np.random.default_rng(5)
    strata = [(random.normal(0, 1, 6), random.normal(1, 1, 7)), (random.normal(9, 1, 5), random.normal(10, 1, 5))]
    _, low, high = stats.shift_interval(strata, 0.98)
    assert stats.rank_test(strata, low - 1e-6) <= 0.01 < stats.rank_test(strata, low + 1e-6)
    swapped = [(new, old) for old, new in strata]
    assert stats.rank_test(swapped, -high - 1e-6) <= 0.01 < stats.rank_test(swapped, -high + 1e-6)


@pytest.mark.parametrize("shape", ["normal", "lognormal", "cauchy"])
def test_interval_covers(shape: str) -> None:
    random = np.random.default_rng(7)
    draws: dict[str, Callable[[int], stats.Array]] = {
        "normal": lambda n: random.standard_normal(n), "lognormal": lambda n: random.lognormal(size=n), "cauchy": lambda n: random.standard_cauchy(n),
    }  # fmt: skip
    draw = draws[shape]
    found = [stats.hodges_lehmann(draw(7), draw(8) + 3, 0.9) for _ in range(1000)]
    missed = sum(not one.low <= 3 <= one.high for one in found)
    # Of 1000 that miss with probability 0.1 at most: more than 140 has a probability under 0.0001.
    assert 40 < missed < 140


def test_repetitions_for() -> None:
    for p in (0.4, 0.05, 0.01, 1e-4, 1e-9):
        n = stats.repetitions_for(p)
        assert stats.least_p([(n, n)]) <= p < stats.least_p([(n - 1, n - 1)])
