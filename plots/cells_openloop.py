# SPDX-License-Identifier: BSD-3-Clause
"""Planned callbacks: response and service time over load, from the blocks of workload openloop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

import cells

# The rarest first: the one to show is the first that most blocks have.
QUANTILES = {"p9999_ns": "99.99th", "p999_ns": "99.9th", "p99_ns": "99th", "p90_ns": "90th", "p50_ns": "50th"}
MAX_PANELS = 4


class Panel(NamedTuple):
    level: str
    arrivals: str
    threads: int
    hold: int


class At(NamedTuple):
    load: int
    response: float
    low: float  # of the repetitions' responses
    high: float
    service: float


@dataclass(frozen=True)
class Loaded:
    """One panel: the quantile's name, and series → its points, load ascending."""

    quantile: str
    curves: dict[str, list[At]]
    noisy: int  # blocks left out, because a thread waited for a CPU
    disturbed: int  # blocks shown all the same, for want of better ones


def _quiet(cell: pd.DataFrame) -> pd.DataFrame:
    """Of repetitions, those in which no thread waited long for a CPU, if there is one."""
    clean = cell[cell["windows_clean"] != 0]
    return cell if clean.empty else clean


def _quantile(rows: pd.DataFrame) -> str | None:
    """The one that three blocks in four have, so that curves of one panel speak of the same."""
    for name in QUANTILES:
        if rows[f"resp_{name}"].notna().mean() >= 0.75:
            return name
    return None


def _point(load: int, cell: pd.DataFrame, name: str) -> At | None:
    response, service = cell[f"resp_{name}"].dropna(), cell[name].dropna()
    if response.empty or service.empty:
        return None
    return At(load, float(response.median()), float(response.min()), float(response.max()), float(service.median()))


def _loaded(rows: pd.DataFrame) -> Loaded | None:
    quiet = pd.concat([_quiet(cell) for _, cell in rows.groupby(["series", "load"])])
    name = _quantile(quiet)
    if name is None:
        return None
    curves: dict[str, list[At]] = {}
    for (series, load), cell in quiet.groupby(["series", "load"]):
        point = _point(int(load), cell, name)
        if point:
            curves.setdefault(str(series), []).append(point)
    return Loaded(QUANTILES[name], curves, len(rows) - len(quiet), int((quiet["windows_clean"] == 0).sum()))


def _order(panel: Panel) -> tuple[bool, bool, int, int]:
    return (panel.level != "list", panel.arrivals != "poisson", panel.threads, panel.hold)


def loaded(df: pd.DataFrame) -> tuple[dict[Panel, Loaded], list[Panel]]:
    """The panels in the order to show them, and those that were left out."""
    rows = cells.choose(df[(df["workload"] == "openloop") & df["load"].notna()])
    found: dict[Panel, Loaded] = {}
    for (level, arrivals, threads, hold), some in rows.groupby(["level", "arrivals", "threads", "hold_ns"]):
        one = _loaded(some)
        if one:
            found[Panel(str(level), str(arrivals), int(threads), int(hold))] = one
    order = sorted(found, key=_order)
    fitting = sorted(order, key=lambda panel: (panel.arrivals != "poisson", panel.threads > df["cpus"].max(), -panel.threads))
    kept = sorted(fitting[:MAX_PANELS], key=_order)
    return {panel: found[panel] for panel in kept}, [panel for panel in order if panel not in kept]
