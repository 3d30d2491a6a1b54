# SPDX-License-Identifier: BSD-3-Clause
"""How much a prediction depends on what nobody knows well: the ways between cores, and how long a
line stays with its new owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from model import engine, settle
from model.settle import Job, Outcome
from results.bands import Band

LEGS = ("near", "node", "package", "system")
WAYS = (0.7, 1.3)
HOLDS = (0.5, 2.0)


def settings(figures: Mapping[str, float]) -> list[tuple[tuple[str, float], ...]]:
    """All ways shorter and longer; lines that stay for draws from a narrower and a wider range."""
    ways = [tuple((leg, figures[leg] * factor) for leg in LEGS) for factor in WAYS]
    lines = [(("hold_min", min(figures["hold_min"], figures["hold_max"] * factor)), ("hold_max", figures["hold_max"] * factor)) for factor in HOLDS]
    return [*ways, *lines]


def band(found: Outcome, others: Sequence[Outcome]) -> Band:
    values = [found.thread_ns, *(one.thread_ns for one in others)]
    return Band(found.thread_ns, min(values), max(values), found.jain, found.run_length)


def predict(jobs: Sequence[Job]) -> tuple[list[Outcome], list[Band]]:
    """The jobs' outcomes, and their bands. All jobs are of one machine."""
    varied = settings(engine.figures(jobs[0].machine))
    found = settle.run_all(jobs)
    # One seed is enough for a band that is many times as wide as what seeds differ by.
    again = [replace(job, settings=some, seeds=job.seeds[:1], us=one.us) for job, one in zip(jobs, found) for some in varied]
    others = settle.run_all(again)
    return found, [band(one, others[n * len(varied) : (n + 1) * len(varied)]) for n, one in enumerate(found)]
