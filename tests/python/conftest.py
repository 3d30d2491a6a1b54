# SPDX-License-Identifier: BSD-3-Clause
"""Made-up result files: the rows that a test asks for, sound unless it asks for something else."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import processes
from results.columns import table

ROOT = Path(__file__).resolve().parents[2]

processes.heed_signals()

Row = dict[str, Any]
Write = Callable[..., Path]

SOUND: Row = {
    "schema": table().schema, "run_id": "20250301T101500Z-7", "time_utc": "2025-03-01T10:15:00Z", "git_rev": "0123abc",
    "build_id": "89abcdef", "fingerprint": "00112233", "arch": "x86_64", "cpu_model": "Example CPU, 2 cores", "source": "measured",
    "workload": "pair", "level": "list", "strategy": "alpha", "floor": 0, "threads": 1, "cpus": 2, "placement": "compact", "bound": 1,
    "hold_ns": 0, "think_ns": 0, "prefill": 2, "rep": 0, "slot": 0, "windows": 10, "windows_clean": 9, "pairs": 1000, "wall_ns": 20000,
    "ns_per_pair": 20.0, "jain": 1, "timer_step_ns": 1, "timer_floor_ns": 20, "ms_created": 2, "ms_retained": 2, "nvcsw": 0, "nivcsw": 0,
}  # fmt: skip


def row(**cells: Any) -> Row:
    """A sound row of all columns, with some cells of the test's own."""
    unknown = set(cells) - set(table().names)
    assert not unknown, f"no such columns: {unknown}"
    return {**dict.fromkeys(table().names, ""), **SOUND, **cells}


def tail(p50: float, **cells: Any) -> Row:
    """A row of a workload that times single pairs."""
    quantiles = {"p50_ns": p50, "p90_ns": 2 * p50, "p99_ns": 4 * p50, "p999_ns": 8 * p50, "p9999_ns": "", "max_ns": 100 * p50}
    return row(**{"workload": "latency", "ns_per_pair": "", "samples": 100000, **quantiles, **cells})


def realistic() -> list[Row]:
    """Every figure's rows: a floor, two strategies, a limit, two levels, three repetitions."""
    rows = [row(workload="limit", level="machine", strategy="bus", floor=1, ns_per_pair=5 + rep, rep=rep) for rep in range(3)]
    for n, name in enumerate(("zero", "alpha", "beta")):
        for threads in (1, 2):
            for rep in range(3):
                who: Row = {"strategy": name, "floor": int(n == 0), "threads": threads, "rep": rep}
                cost = 1 + 20 * n * threads + rep
                rows += [row(**who, ns_per_pair=cost), row(**who, ns_per_pair=600 + cost, hold_ns=300, think_ns=300)]
                rows.append(row(**who, level="callback", ns_per_pair=1000 + cost))
                rows += [tail(cost, **who), tail(cost, **{**who, "workload": "oversub", "threads": 8, "windows_clean": ""})]
    return rows


def in_slots(rows: list[Row]) -> list[Row]:
    """Each block of a run has a slot of its own: the row's if it is free, else one after all."""
    taken: dict[Any, set[int]] = {}
    placed = []
    for cells in rows:
        slots, slot = taken.setdefault(cells["run_id"], set()), cells["slot"]
        if slot in slots:
            slot = max(slots) + 1
        slots.add(slot)
        placed.append({**cells, "slot": slot})
    return placed


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes rows as a result file, in the columns' order, and gives its path."""

    def write_rows(rows: list[Row], name: str = "run.csv", extra: list[str] | None = None) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            names = table().names + (extra or [])
            writer.writerow(names)
            writer.writerows([[str(cells.get(column, "")) for column in names] for cells in in_slots(rows)])
        return path

    return write_rows
