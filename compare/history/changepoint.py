# SPDX-License-Identifier: BSD-3-Clause
"""Finds changes of level in many series at once: E-divisive with a permutation test.

E-divisive is Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of
Multivariate Data", JASA 109 (2014). It cuts a series where the energy distance between the values
before and after is largest, tests by permutations whether chance would give as much, and repeats
within the parts. It assumes no distribution. With exponent 1, an outlier weighs no more than its
distance.

Here all series share each permutation. Each statistic is compared with the largest one over all
series (Westfall and Young's max-T). So alpha is the chance of one false change in any series, as
with Holm's procedure. Unlike there, correlated series cost no power, and the smallest possible
p-value does not depend on the number of series. That matters because histories are short.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Fewest commits on each side of a change; fewer do not show their spread.
LEAST = 2
# Distances held at once. Larger arrays would make malloc map memory for each, which is slow.
BATCH = 10_000


@dataclass(frozen=True)
class Change:
    series: int
    at: int  # first index after the change
    p: float  # adjusted for all series


@dataclass(frozen=True)
class Plan:
    alpha: float = 0.01  # chance of any false change in a history without changes
    permutations: int = 1999
    seed: int = 1  # same results, same changes


@dataclass(frozen=True)
class Best:
    statistic: float  # energy divided by the mean distance: dimensionless
    at: int


def _energies(distance: Array) -> Array:
    """Scaled energy distances of [0, at) and [at, end), at [..., at, end], from matrices of
    distances. -inf: a side is too short."""
    count = distance.shape[-1]
    sums = np.zeros((*distance.shape[:-2], count + 1, count + 1))
    sums[..., 1:, 1:] = distance.cumsum(-1).cumsum(-2)
    at, end = np.arange(count + 1)[:, None], np.arange(count + 1)[None, :]
    usable = (at >= LEAST) & (end - at >= LEAST)
    n, m = np.where(usable, at, LEAST), np.where(usable, end - at, LEAST)
    squares = np.diagonal(sums, axis1=-2, axis2=-1)
    whole, before = squares[..., None, :], squares[..., :, None]
    between = sums - before
    after = whole - before - 2 * between
    # Sums over a square count each pair twice.
    energy = 2 * between / (n * m) - before / (n * (n - 1)) - after / (m * (m - 1))
    return np.where(usable, energy * n * m / (n + m), -np.inf)


def _within(values: Array) -> Array:
    """The energies of rows of values, divided by their mean distance, so that series compare. All
    -inf if the values are equal."""
    distance = np.abs(values[..., :, None] - values[..., None, :])
    mean = distance.mean(axis=(-2, -1))[..., None, None]
    return np.where(mean > 0, _energies(distance) / np.where(mean > 0, mean, 1.0), -np.inf)


def _parts(values: Array, cuts: Sequence[int]) -> list[tuple[int, Array]]:
    """Start and values of each part that is long enough to cut."""
    ends = [0, *cuts, values.shape[-1]]
    return [(start, values[..., start:end]) for start, end in zip(ends, ends[1:]) if end - start >= 2 * LEAST]


def best(values: Array, cuts: Sequence[int] = ()) -> Best:
    """The best cut of a part. The values compared after it may end before the part, so that a later
    change does not hide it."""
    top = Best(-np.inf, 0)
    for start, part in _parts(values, cuts):
        energies = _within(part)
        if energies.max() > top.statistic:
            top = Best(float(energies.max()), start + int(energies.max(axis=-1).argmax()))
    return top


def _by_chance(values: Array, cuts: Sequence[int], keys: Array) -> Array:
    """The statistic of one series for each order in keys. Orders permute within the parts."""
    part = np.searchsorted(np.asarray(cuts), np.arange(len(values)), side="right")
    shuffled = values[np.lexsort((keys, np.broadcast_to(part, keys.shape)))]
    found = [_within(one).max(axis=(-2, -1)) for _, one in _parts(shuffled, cuts)]
    largest: Array = np.max([*found, np.full(len(keys), -np.inf)], axis=0)
    return largest


@dataclass
class _Series:
    present: Array  # where the series has a value
    values: Array  # the values
    cuts: list[int]  # indices into values


def _largest(series: Sequence[_Series], count: int, permutations: int, rng: np.random.Generator) -> Array:
    """The chance distribution: the largest statistic over all series for each permutation. Shared
    keys keep correlations."""
    batch = max(1, BATCH // count**2)
    found = []
    for start in range(0, permutations, batch):
        keys = rng.random((min(batch, permutations - start), count))
        found.append(np.max([_by_chance(one.values, one.cuts, keys[:, one.present]) for one in series], axis=0))
    return np.concatenate(found)


def _step(all_series: Sequence[_Series], count: int, plan: Plan, rng: np.random.Generator) -> list[tuple[int, int, float]]:
    """The next change of each series, if any: series, cut among its values, p."""
    chance = _largest(all_series, count, plan.permutations, rng)
    tops = [best(one.values, one.cuts) for one in all_series]
    p = [(1 + int((chance >= top.statistic - 1e-9).sum())) / (1 + plan.permutations) for top in tops]
    return [(n, top.at, p[n]) for n, top in enumerate(tops) if np.isfinite(top.statistic) and p[n] <= plan.alpha]


def changes(series: Array | Sequence[Sequence[float]], plan: Plan) -> list[Change]:
    """All changes, by series and position. All series have the same commits in the same order. NaN:
    no value."""
    rows = [np.asarray(one, dtype=float) for one in series]
    every = [_Series(np.flatnonzero(~np.isnan(row)), row[~np.isnan(row)], []) for row in rows]
    rng, found = np.random.default_rng(plan.seed), []
    while rows and len(rows[0]) >= 2 * LEAST:
        new = _step(every, len(rows[0]), plan, rng)
        if not new:
            break
        for n, at, p in new:
            every[n].cuts = sorted([*every[n].cuts, at])
            found.append(Change(n, int(every[n].present[at]), p))
    return sorted(found, key=lambda change: (change.series, change.at))


def least_side(count: int, alpha: float) -> int:
    """Fewest values on the shorter side of a significant change. 0: the series is too short."""
    # Two orders cut as well as the true one: the short side first, or last.
    return next((side for side in range(LEAST, count // 2 + 1) if 2 / math.comb(count, side) <= alpha), 0)
