# SPDX-License-Identifier: BSD-3-Clause
"""Fits what happens to a line that many want to a few measured rows: a stated calibration, small
enough for anyone to repeat in seconds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas
from scipy import optimize

from model import engine
from model.description import Row
from model.legs import Figures, solve

SEEDS = (1, 2)
OPTIONS: dict[str, str | int | bool] = {"us": 150, "fixed": True}
OTHERS = ("hop", "readers")  # their rows determine other figures than those of adds
HOLD_MAX = 9  # times hold_min
DOMAIN_HOLD = 10  # times far_hold
TRIES = (0, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1)  # parts of the most: the best has a minimum beside it


Near = Callable[[Figures], Figures]


@dataclass(frozen=True)
class Step:
    """One figure, and the rows that determine it."""

    name: str
    most: float  # ns
    rows: Callable[[Row, int], bool]  # by the row and the number of its CPUs' domains
    figures: Callable[[float], Figures]


STEPS = (
    Step("instruction", 5, lambda row, domains: row.threads == 1, lambda ns: {"instruction": ns}),
    Step("hold", 100, lambda row, domains: row.threads > 1 and domains == 1 and row.program not in OTHERS,
         lambda ns: {"hold_min": ns / HOLD_MAX, "hold_max": ns}),
    Step("far_hold", 200, lambda row, domains: domains > 1 and row.program not in OTHERS,
         lambda ns: {"far_hold": ns, "domain_hold": DOMAIN_HOLD * ns}),
    Step("clean_gap", 100, lambda row, domains: row.program == "readers", lambda ns: {"clean_gap": ns}),
)  # fmt: skip


def simulate(machine: Path, figures: Figures, rows: Sequence[Row]) -> dict[Row, float]:
    """ns from one operation of the system to the next, the mean of the seeds."""
    loads = [
        engine.Load(machine, (row.program,), (row.threads,), (), {**OPTIONS, "fill": row.fill, "seed": seed}, figures)
        for row in rows
        for seed in SEEDS
    ]
    ns = [float(got["system_ns"].iloc[0]) for got in engine.run_all(loads)]
    return {row: statistics.fmean(ns[i * len(SEEDS) : (i + 1) * len(SEEDS)]) for i, row in enumerate(rows)}


def _domains(places: pandas.DataFrame, threads: int) -> int:
    """Of the first CPUs, in the order in which threads get them."""
    return int(places["domain"].iloc[:threads].nunique())


def by_hop(machine: Path, rows: Sequence[Row]) -> Near:
    """Fits the way near to rows of hop: for a machine without a matrix."""
    some = [row for row in rows if row.program == "hop"]

    def bias(figures: Figures) -> float:
        return sum(math.log(ns / row.ns) for row, ns in simulate(machine, figures, some).items())

    return lambda figures: solve(bias, figures, "near", max(row.ns for row in some)) if some else {}


def fit(machine: Path, rows: Sequence[Row], near: Near) -> Figures:
    """Each figure to its rows, in order: the least sum of squared logarithms. A figure without rows
    is left out. near fits that way for given holds: each lengthens what the other does."""
    places = {fill: engine.places(machine, fill) for fill in {row.fill for row in rows}}
    domains = {row: _domains(places[row.fill], row.threads) for row in rows}
    fitted: Figures = {}
    for step in STEPS:
        some = [row for row in rows if step.rows(row, domains[row])]

        def all_figures(ns: float) -> Figures:
            figures = {**fitted, **step.figures(ns)}
            return {**figures, **near(figures)} if step.name == "hold" else figures

        def miss(ns: float) -> float:
            return sum(math.log(got / row.ns) ** 2 for row, got in simulate(machine, all_figures(ns), some).items())

        if some:
            fitted = all_figures(_least(miss, step.most))
    return fitted


def _least(miss: Callable[[float], float], most: float) -> float:
    """Where it is least, from 0 to the most."""
    tried = [part * most for part in TRIES]
    missed = [miss(ns) for ns in tried]
    best = missed.index(min(missed))
    around = (tried[max(0, best - 1)], tried[min(len(tried) - 1, best + 1)])
    found = optimize.minimize_scalar(miss, bounds=around, method="bounded", options={"maxiter": 12, "xatol": 0.05})
    return float(found.x) if found.fun < missed[best] else tried[best]


def table(got: Mapping[Row, float]) -> pandas.DataFrame:
    return pandas.DataFrame([{"row": str(row), "published": row.ns, "simulated": ns, "error %": 100 * (ns / row.ns - 1)} for row, ns in got.items()])
