# SPDX-License-Identifier: BSD-3-Clause
"""Exports rows as google-benchmark JSON for its tools/compare.py: an entry per block, or per
percentile of a timed block."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from results import names
from results.hgrm import known_percentiles
from results.rules import TAIL

Row = dict[str, Any]

COUNTERS = ("pairs_per_s", "jain", "bytes_per_m")
CONTEXT = ("run_id", "git_rev", "build_id", "fingerprint", "arch", "cpu_model", "source")


def _times(row: Row) -> Iterator[tuple[str, float]]:
    """Suffix of the name, and ns. Missing values have no entry: the format cannot express them."""
    named = {"": "ns_per_pair", **{f"/{column.removesuffix('_ns')}": column for column in TAIL}}
    values = {**row, **known_percentiles(row)}
    yield from ((suffix, values[column]) for suffix, column in named.items() if not math.isnan(values[column]))


def _entry(row: Row, suffix: str, ns: float, repetitions: int) -> Row:
    name = names.cell(row) + suffix
    cpu = row["cpu_ns_per_pair"]
    entry = {
        "name": name, "run_name": name, "run_type": "iteration", "repetitions": repetitions, "repetition_index": row["rep"],
        "threads": row["threads"], "iterations": row["pairs"], "real_time": ns, "cpu_time": ns if math.isnan(cpu) else cpu,
        "time_unit": "ns",
    }  # fmt: skip
    return {**entry, **{name: row[name] for name in COUNTERS if not math.isnan(row[name])}}


def text(rows: list[Row]) -> str:
    repetitions = Counter(names.cell(row) for row in rows)
    # In the program's order: the repetitions of a cell together.
    order = {name: n for n, name in enumerate(repetitions)}
    ordered = sorted(rows, key=lambda row: (order[names.cell(row)], row["rep"]))
    entries = [_entry(row, suffix, ns, repetitions[names.cell(row)]) for row in ordered for suffix, ns in _times(row)]
    known = {"date": rows[0]["time_utc"], "executable": "extram-bench", "num_cpus": rows[0]["cpus"]}
    context = {**known, **{name: rows[0][name] for name in CONTEXT}}
    return json.dumps({"context": context, "benchmarks": entries}, indent=1, allow_nan=False) + "\n"
