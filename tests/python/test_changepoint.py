# SPDX-License-Identifier: BSD-3-Clause
"""Change points on simulated series: found where they are, and not where there are none."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from compare.history import changepoint
from compare.history.changepoint import LEAST, Plan


def noise(rng: np.random.Generator, series: int, count: int, size: float = 0.01) -> changepoint.Array:
    """Heavy tails, and half of the noise shared by all series, as one build or one machine would
    share it."""
    return size * (rng.standard_t(2, (series, count)) + rng.standard_t(2, count)) / 2


def places(found: list[changepoint.Change]) -> list[tuple[int, int]]:
    return [(change.series, change.at) for change in found]


def energy(x: changepoint.Array, y: changepoint.Array) -> float:
    """The scaled energy distance, word for word from the paper."""

    def mean(pairs: list[tuple[float, float]]) -> float:
        return float(np.mean([abs(a - b) for a, b in pairs]))

    between = mean([(a, b) for a in x for b in y])
    distance = 2 * between - mean(list(combinations(x, 2))) - mean(list(combinations(y, 2)))
    return distance * len(x) * len(y) / (len(x) + len(y))


def test_best_is_the_papers() -> None:
    rng = np.random.default_rng(3)
    for count in (4, 7, 12):
        z = rng.standard_t(2, count)
        z[count // 2 :] += 1
        all_cuts = {
            (at, end): energy(z[:at], z[at:end]) for at in range(LEAST, count - LEAST + 1) for end in range(at + LEAST, count + 1)
        }
        (at, _), largest = max(all_cuts.items(), key=lambda item: item[1])
        found = changepoint.best(z)
        assert found.at == at
        assert found.statistic == pytest.approx(largest / np.abs(z[:, None] - z[None, :]).mean())


def test_no_change_is_invented() -> None:
    """120 histories without a change at 5 %: 6 are expected to be flagged, 15 or more once in a
    thousand. Uncorrected it would be 40."""
    rng = np.random.default_rng(11)
    flagged = sum(bool(changepoint.changes(noise(rng, 8, 16), Plan(0.05, 199, n))) for n in range(120))
    assert flagged < 15


@pytest.mark.parametrize(("count", "at", "size"), [(12, 6, 0.10), (12, 4, 0.10), (20, 15, 0.10), (30, 10, 0.06)])
def test_a_change_is_found(count: int, at: int, size: float) -> None:
    """One series of eight, at its very commit, and nothing else: in at least 17 of 20. A simulation
    with a fixed seed, no chance in it."""
    rng, hits = np.random.default_rng(5), 0
    for n in range(20):
        series = noise(rng, 8, count)
        series[2, at:] += size
        hits += places(changepoint.changes(series, Plan(0.01, 399, n))) == [(2, at)]
    assert hits >= 17, hits


def test_there_and_back() -> None:
    rng = np.random.default_rng(7)
    series = noise(rng, 4, 30)
    series[1, 10:20] += 0.2
    series[3, 15:] -= 0.2
    assert places(changepoint.changes(series, Plan(0.01, 999))) == [(1, 10), (1, 20), (3, 15)]


def test_missing_values_keep_their_place() -> None:
    rng = np.random.default_rng(9)
    series = noise(rng, 3, 24)
    series[0, 14:] += 0.2
    series[0, [3, 13]] = np.nan
    series[1, :22] = np.nan
    series[2, :] = np.nan
    assert places(changepoint.changes(series, Plan(0.01, 999))) == [(0, 14)]


def test_the_same_series_the_same_changes() -> None:
    series = noise(np.random.default_rng(1), 3, 20)
    series[0, 10:] += 0.03
    first = changepoint.changes(series, Plan(0.05, 499, 4))
    assert first and first == changepoint.changes(series, Plan(0.05, 499, 4))


def test_scale_does_not_matter() -> None:
    """A series that varies a thousand times as much must not hide another's change."""
    rng = np.random.default_rng(2)
    series = noise(rng, 2, 20)
    series[0] *= 1000
    series[1, 10:] += 0.1
    assert places(changepoint.changes(series, Plan(0.01, 999))) == [(1, 10)]


@pytest.mark.parametrize("series", [[], [[]], [[1.0, 2.0, 3.0]], [[1.0] * 20], [[1.0] * 20, [2.0] * 20]])
def test_nothing_to_find(series: list[list[float]]) -> None:
    assert changepoint.changes(series, Plan()) == []


def test_least_side() -> None:
    """2 of the 220 orders of 12 values put the same three on one side: 0.0091."""
    assert changepoint.least_side(12, 0.01) == 3
    assert changepoint.least_side(12, 0.009) == 4
    assert changepoint.least_side(30, 0.01) == 2
    assert changepoint.least_side(8, 0.01) == 0
    series = np.zeros((1, 8))
    series[0, 4:] = 1
    assert changepoint.changes(series + noise(np.random.default_rng(1), 1, 8, 1e-6), Plan(0.01, 999)) == []
