# SPDX-License-Identifier: BSD-3-Clause
"""Runs of the model that are long enough: four times as long a run says the same."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from model import engine

SEEDS = (1, 2)
AGREE = 0.05  # the most that two lengths may differ
SHORTEST_US, LONGEST_US, LONGER = 50, 1000, 4
ENOUGH = 10000  # operations of each thread: the start does not count any more
ROUNDS = 5  # each thread's turns in the shortest run, where a turn takes the hold and PASS_NS
PASS_NS = 200


@dataclass(frozen=True)
class Job:
    machine: Path
    program: str
    threads: int
    hold: int = 0
    think: int = 0
    fixed: bool = False
    fill: str = "cores"
    ms: int = 0  # 0: one a thread
    instructions: int | None = None
    settings: tuple[tuple[str, float], ...] = field(default=())
    seeds: tuple[int, ...] = SEEDS
    us: int = 0  # simulated time; 0: as long as needed


@dataclass(frozen=True)
class Outcome:
    """Medians over the seeds."""

    thread_ns: float
    system_ns: float
    jain: float
    run_length: float
    operations: int
    us: int


def shortest(job: Job) -> int:
    """Simulated time in which each thread comes to its turn a few times."""
    rounds = ROUNDS * max(job.threads * (job.hold + PASS_NS), job.hold + job.think + PASS_NS) // 1000
    return min(LONGEST_US, max(SHORTEST_US, rounds))


def _once(job: Job, seed: int, us: int) -> Outcome:
    options: dict[str, str | int | bool] = {"hold": job.hold, "think": job.think, "fill": job.fill, "seed": seed, "us": us, "fixed": job.fixed, "ms": job.ms}
    if job.instructions is not None:
        options["instructions"] = job.instructions
    # What has counts is a strategy. A kernel may have its name.
    program = job.program if job.instructions is None else f"strategy:{job.program}"
    row = engine.run(engine.Load(job.machine, [program], [job.threads], options=options, figures=dict(job.settings))).iloc[0]
    return Outcome(float(row["thread_ns"]), float(row["system_ns"]), float(row["jain"]), float(row["run_length"]), int(row["operations"]), us)


def agree(one: float, other: float) -> bool:
    return abs(one - other) <= AGREE * other


def _settled(job: Job) -> Outcome:
    """Of the first seed: the first run that agrees with one that is a quarter as long, so that the
    start does not count, and what is rare has happened."""
    found = _once(job, job.seeds[0], shortest(job))
    while found.us * LONGER <= LONGEST_US and found.operations < ENOUGH * job.threads:
        before, found = found, _once(job, job.seeds[0], found.us * LONGER)
        if agree(before.system_ns, found.system_ns):
            break
    return found


def run(job: Job) -> Outcome:
    first = _once(job, job.seeds[0], job.us) if job.us else _settled(job)
    found = [first, *(_once(job, seed, first.us) for seed in job.seeds[1:])]
    middle = {name: statistics.median(getattr(one, name) for one in found) for name in ("thread_ns", "system_ns", "jain", "run_length")}
    return Outcome(**middle, operations=sum(one.operations for one in found), us=first.us)


def run_all(jobs: Sequence[Job]) -> list[Outcome]:
    """On all CPUs that this process may use. The results are the same on any number of them."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(run, jobs))
