# SPDX-License-Identifier: BSD-3-Clause
"""How far predictions are from what was published, in numbers."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTENDED = 8  # threads: with fewer, a prediction is only a band
APART = 1.25  # published values closer than this are not ranked
WITHIN = 0.25  # a good curve's median error
# Less than this share of the value before is no step.
STEP = 0.1

Curve = Mapping[int, float]  # threads → ns


def error(predicted: float, published: float) -> float:
    return abs(predicted / published - 1)


def of(predicted: Curve, published: Curve) -> list[float]:
    """The errors of the contended points that both have."""
    return [error(predicted[n], ns) for n, ns in sorted(published.items()) if n >= CONTENDED and n in predicted]


def quantile(errors: Sequence[float], share: float) -> float:
    """The least value that so many do not exceed; nan if there is none."""
    return sorted(errors)[max(0, math.ceil(share * len(errors)) - 1)] if errors else math.nan


def median(errors: Sequence[float]) -> float:
    return statistics.median(errors) if errors else math.nan


@dataclass(frozen=True)
class Ranks:
    """Pairs of curves at one thread count that both sides order alike, less those that they do not,
    and all pairs."""

    alike: int = 0
    pairs: int = 0

    def __add__(self, other: Ranks) -> Ranks:
        return Ranks(self.alike + other.alike, self.pairs + other.pairs)

    @property
    def tau(self) -> float:
        return self.alike / self.pairs if self.pairs else math.nan


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def rank(predicted: Sequence[float], published: Sequence[float]) -> Ranks:
    """Kendall's, over pairs that are published farther apart than APART. An equal prediction of
    such a pair counts as neither."""
    found = Ranks()
    for i, one in enumerate(published):
        for j in range(i):
            if max(one, published[j]) > APART * min(one, published[j]):
                found += Ranks(_sign(one - published[j]) * _sign(predicted[i] - predicted[j]), 1)
    return found


def rank_all(pairs: Iterable[tuple[Curve, Curve]]) -> dict[int, Ranks]:
    """Of the curves of one host and load, predicted and published, by contended thread count."""
    at: dict[int, list[tuple[float, float]]] = {}
    for predicted, published in pairs:
        for n, ns in published.items():
            if n >= CONTENDED and n in predicted:
                at.setdefault(n, []).append((predicted[n], ns))
    return {n: rank([one for one, _ in some], [one for _, one in some]) for n, some in sorted(at.items())}


def step(curve: Curve) -> tuple[int, int] | None:
    """The two neighbouring contended thread counts between which the curve rises most for each
    thread; None if it rises by little."""
    counts = [n for n in sorted(curve) if n >= CONTENDED]
    rises = [((curve[b] - curve[a]) / (b - a), a, b) for a, b in zip(counts, counts[1:])]
    if not rises:
        return None
    _, a, b = max(rises)
    return (a, b) if curve[b] > (1 + STEP) * curve[a] else None


def same_step(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Within one thread count."""
    if one is None or other is None:
        return one is other
    return abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1
