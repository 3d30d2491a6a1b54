# SPDX-License-Identifier: BSD-3-Clause
"""Predictions as rows of a result file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from model import description, places
from model.settle import Job, Outcome
from results import repository, tables
from results.columns import ResultError, table

STRATEGIES = Path(__file__).with_name("strategies.tsv")
ARCHES = {"x86-64": "x86_64", "arm64": "aarch64"}
# Of what a computed row does not have, but every row says.
NOTHING = {"windows": 1, "timer_step_ns": 0, "timer_floor_ns": 0, "nvcsw": 0, "nivcsw": 0}


@dataclass(frozen=True)
class Strategy:
    name: str
    floor: bool
    instructions: dict[str, int]  # of a pair, by the columns of the table


def strategies() -> list[Strategy]:
    columns = ("x86_64", "aarch64-lse", "aarch64-llsc")
    found = tables.read(STRATEGIES, ("strategy", "kind", *columns))
    return [
        Strategy(row["strategy"], row["kind"] == "floor", {name: tables.count(row, name, f"{STRATEGIES}:{line}") for name in columns})
        for line, row in found
    ]


@dataclass(frozen=True)
class Machine:
    """What the rows say of it."""

    path: Path
    cpu_model: str
    arch: str
    llsc: bool
    cpus: int

    @property
    def code(self) -> str:
        """The column of the instructions of its code."""
        return self.arch if self.arch == "x86_64" else f"{self.arch}-{'llsc' if self.llsc else 'lse'}"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:16]


def machine(path: Path) -> Machine:
    told = description.sections(path)
    facts, arch = told["machine"], told["machine"].get("arch", "")
    if arch not in ARCHES:
        raise ResultError(f"{path}: [machine] arch = {arch}: not one of {', '.join(ARCHES)}")
    llsc = float(told["lines"].get("llsc", "0")) == 1 if "lines" in told else False
    return Machine(path, facts.get("cpu_model", path.stem), ARCHES[arch], llsc, len(places.of(path, "cores")))


@dataclass(frozen=True)
class Run:
    """What all rows of a file share."""

    machine: Machine
    at: datetime

    def row(self, slot: int, job: Job, found: Outcome, floor: bool) -> dict[str, object]:
        """Times in a computed row are those of the simulated machine."""
        made = self.at.astimezone(timezone.utc)
        return {
            **dict.fromkeys(table().names, ""), **NOTHING, "schema": table().schema, "run_id": f"{made:%Y%m%dT%H%M%SZ}-model", "time_utc": f"{made:%Y-%m-%dT%H:%M:%SZ}",
            "git_rev": repository.revision(repository.ROOT), "build_id": repository.UNKNOWN, "fingerprint": self.machine.fingerprint,
            "arch": self.machine.arch, "cpu_model": self.machine.cpu_model, "source": "model", "workload": "pair", "level": "list",
            "strategy": job.program, "floor": int(floor), "threads": job.threads, "cpus": self.machine.cpus, "placement": "compact",
            "bound": job.threads, "hold_ns": job.hold, "think_ns": job.think, "prefill": job.ms, "rep": 0, "slot": slot,
            "pairs": found.operations, "wall_ns": found.us * 750, "ns_per_pair": f"{found.thread_ns:.5g}", "pairs_per_s": f"{1e9 / found.system_ns:.6g}",
            "jain": f"{min(found.jain, 1):.4g}", "ms_created": job.ms, "ms_retained": job.ms, "kind": "floor" if floor else "strategy",
        }  # fmt: skip


def text(rows: Iterable[dict[str, object]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, table().names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
