# SPDX-License-Identifier: BSD-3-Clause
"""Fits the ways between CPUs to a core-to-core matrix: simulates the loop that measured it.

Pairs of CPUs that are equally far apart, and from the line's home, are of one kind: a simulation of
a few stands for all."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas
from scipy import optimize

from model import engine
from results.columns import ResultError
from results.latencies import Matrix

LEVELS = ("core", "domain", "node", "package", "system")
CORE, DOMAIN, NODE, PACKAGE, SYSTEM = range(5)
# The leg that the pairs of a level add to those of the levels inside.
LEGS = {CORE: "sibling", DOMAIN: "near", NODE: "node", PACKAGE: "package", SYSTEM: "system"}
SAMPLES = 3  # simulated pairs of a kind
OPTIONS: dict[str, str | int | bool] = {"us": 200, "fixed": True}


@dataclass(frozen=True, order=True)
class Kind:
    """How far apart two CPUs are, and how far from the line's home, where that matters."""

    level: int
    homes: tuple[int, ...] = ()

    @property
    def leg(self) -> int:
        """The farthest way of a transfer."""
        return max(self.level, *self.homes, CORE)

    def __str__(self) -> str:
        return LEVELS[self.level] + (f", home {' and '.join(LEVELS[home] for home in sorted(set(self.homes)))}" if self.homes else "")


@dataclass
class Pairs:
    """The published latencies of a kind, and the pairs that are simulated for it."""

    ns: list[float] = field(default_factory=list)
    sample: list[tuple[int, int]] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.ns)


Kinds = dict[Kind, Pairs]
Figures = dict[str, float]


def _levels(places: pandas.DataFrame) -> npt.NDArray[np.int_]:
    """The level of each pair, by the CPUs' numbers."""
    by_number = places.set_index("cpu").sort_index()
    level = np.full((len(places), len(places)), SYSTEM)
    for inner, column in ((PACKAGE, "package"), (NODE, "node"), (DOMAIN, "domain"), (CORE, "core")):
        values = by_number[column].to_numpy()
        level[values[:, None] == values[None, :]] = inner
    return level


def _homes(places: pandas.DataFrame, node: int) -> list[int]:
    """How far each CPU's domain is from the line's home."""
    by_number = places.set_index("cpu").sort_index()
    package = by_number.loc[by_number["node"] == node, "package"].iloc[0]
    return [NODE if place.node == node else PACKAGE if place.package == package else SYSTEM for place in by_number.itertuples()]


def kinds(matrix: Matrix, machine: Path) -> Kinds:
    """The matrix's pairs by kind. Raises ResultError if its CPUs are not the machine's."""
    places, figures = engine.places(machine), engine.figures(machine)
    if sorted(places["cpu"]) != list(range(len(matrix))):
        raise ResultError(f"{machine}: the machine has {len(places)} CPUs, 0 to {max(places['cpu'])}; the matrix has {len(matrix)}")
    level = _levels(places)
    homes = _homes(places, int(figures["home"])) if figures["home_detour"] else []
    found: Kinds = {}
    for a in range(len(matrix)):
        for b in range(a):
            if math.isnan(matrix[a][b]):
                continue
            far = int(level[a, b])
            kind = Kind(far, tuple(sorted((homes[a], homes[b]))) if homes and far > DOMAIN else ())
            pairs = found.setdefault(kind, Pairs())
            pairs.ns.append(matrix[a][b])
            pairs.sample.append((b, a))
    for pairs in found.values():
        step = max(1, len(pairs.sample) // SAMPLES)
        pairs.sample = pairs.sample[step // 2 :: step][:SAMPLES]
    return dict(sorted(found.items()))


def simulate(machine: Path, figures: Figures, some: Kinds) -> dict[Kind, float]:
    """The same one-way latencies by the model, ns."""
    of = [(kind, pair, seed) for kind, pairs in some.items() for seed, pair in enumerate(pairs.sample, 1)]
    rows = engine.run_all(engine.Load(machine, ("ping",), (2,), pair, {**OPTIONS, "seed": seed}, figures) for _, pair, seed in of)
    ns: dict[Kind, list[float]] = {kind: [] for kind in some}
    for (kind, _, _), row in zip(of, rows):
        ns[kind].append(float(row["system_ns"].iloc[0]))
    return {kind: statistics.fmean(values) for kind, values in ns.items()}


def _bias(machine: Path, some: Kinds) -> Callable[[Figures], float]:
    """The mean logarithm of simulated to published, over all pairs of the kinds."""

    def bias(figures: Figures) -> float:
        got = simulate(machine, figures, some)
        total = sum(len(pairs.ns) for pairs in some.values())
        return sum(len(pairs.ns) * math.log(got[kind] / pairs.median) for kind, pairs in some.items()) / total

    return bias


def solve(bias: Callable[[Figures], float], figures: Figures, key: str, most: float) -> Figures:
    """The figure of that name for which the bias is 0, which grows with it; or the nearest end."""
    ends = 0.0, most
    if bias({**figures, key: ends[0]}) >= 0:
        return {key: ends[0]}
    if bias({**figures, key: ends[1]}) <= 0:
        return {key: ends[1]}
    return {key: optimize.brentq(lambda ns: bias({**figures, key: ns}), *ends, xtol=0.05, rtol=1e-3, maxiter=40)}


def fit_leg(machine: Path, figures: Figures, all_kinds: Kinds, level: int) -> Figures:
    """The leg of a level that makes its pairs come out right. Nothing if no pair needs it."""
    some = {kind: pairs for kind, pairs in all_kinds.items() if kind.leg == level}
    most = max((pairs.median for pairs in some.values()), default=0)  # there are two ways at least
    return solve(_bias(machine, some), figures, LEGS[level], most) if some else {}


def fit(machine: Path, all_kinds: Kinds) -> Figures:
    """All legs, inner levels first."""
    fitted: Figures = {}
    for level in LEGS:
        fitted.update(fit_leg(machine, fitted, all_kinds, level))
    return fitted


def errors(all_kinds: Kinds, got: dict[Kind, float]) -> list[float]:
    """Simulated against published, of each pair: a part of the published."""
    return [abs(got[kind] / ns - 1) for kind, pairs in all_kinds.items() for ns in pairs.ns]
