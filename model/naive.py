# SPDX-License-Identifier: BSD-3-Clause
"""Two predictors that know nothing of how a lock works. The model must be better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

LEVELS = ("core", "domain", "node", "package")  # inner first


@dataclass(frozen=True)
class Place:
    cpu: int
    core: int
    domain: int
    node: int
    package: int


def level(one: Place, other: Place) -> str:
    """The innermost that both share."""
    return next((name for name in LEVELS if getattr(one, name) == getattr(other, name)), "system")


def begins(places: Sequence[Place]) -> list[int]:
    """Thread counts of which the last thread is the first in its domain."""
    domains = [place.domain for place in places]
    return [n + 1 for n, domain in enumerate(domains) if n > 0 and domain not in domains[:n]]


def transfer(places: Sequence[Place], cost: Callable[[Place, Place], float]) -> float:
    """What it costs on average to pass a line between two of these places. cost: of two places; it
    is asked once for each level."""
    known: dict[str, float] = {}
    total = pairs = 0.0
    for one, other in combinations(places, 2):
        name = level(one, other)
        known[name] = known[name] if name in known else cost(one, other)
        total, pairs = total + known[name], pairs + 1
    return total / pairs if pairs else 0.0


def one_transfer(way: float, alone: float, threads: int, held: float) -> float:
    """Each operation passes one line. held: for that long nobody else can have it."""
    return max(way + held, alone / threads)


def times_threads(alone: float, threads: int, apart: float) -> float:
    """A thread takes as long as one alone, times the threads. apart: the part of that time in which
    they do not meet."""
    return max(alone - apart, alone / threads)
