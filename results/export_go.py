# SPDX-License-Identifier: BSD-3-Clause
"""Rows as text of Go's benchmarks, the format of golang.org/design/14313-benchmark-format that benchstat reads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import names
from hgrm import known_percentiles

Row = dict[str, Any]

ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}
UNITS = {
    "ns_per_pair": "ns/op", "cpu_ns_per_pair": "cpu-ns/op", "pairs_per_s": "pairs/s", "p50_ns": "p50-ns", "p90_ns": "p90-ns",
    "p99_ns": "p99-ns", "p999_ns": "p999-ns", "p9999_ns": "p9999-ns", "max_ns": "max-ns", "bytes_per_m": "bytes/m", "jain": "jain",
}  # fmt: skip
# benchstat cannot know it of units that are not Go's own.
HIGHER = ("pairs/s", "jain")
# First what one compares; the other axes as they stand.
FIRST = ("strategy", "threads")


def _number(value: float) -> str:
    """Without an exponent: not every reader takes one."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _name(row: Row) -> str:
    """Keys in the name, and at its end the number of CPUs, as go test has it."""
    family = "BenchmarkLimit" if row["workload"] == "limit" else "BenchmarkNeedmDropm"
    found = names.parts(row)
    axes = [*FIRST, *(axis for axis in found if axis not in FIRST)]
    return "/".join([family, *(f"{axis.removesuffix('_ns')}={found[axis]}" for axis in axes)]) + f"-{row['cpus']}"


def _config(row: Row) -> list[str]:
    """What benchstat puts into tables of their own, where it differs: emulated rows, other machines. Not the revision."""
    arch = ARCHES.get(row["arch"], row["arch"])
    keys = {"goos": "linux", "goarch": arch, "pkg": "extram", "cpu": row["cpu_model"], "source": row["source"]}
    return [f"{key}: {value}" for key, value in {**keys, "fingerprint": row["fingerprint"]}.items()]


def _line(row: Row) -> str:
    values = {**row, **known_percentiles(row)}
    found = [f"{_number(values[column])} {unit}" for column, unit in UNITS.items() if not math.isnan(values[column])]
    return "\t".join([_name(row), str(row["pairs"]), *found])


def lines(rows: list[Row]) -> Iterator[str]:
    """A line a block; a block without a single operation has none."""
    yield from (f"Unit {unit} better={'higher' if unit in HIGHER else 'lower'}" for unit in UNITS.values() if unit != "ns/op")
    before: list[str] = []
    for row in rows:
        if row["pairs"] == 0:
            continue
        config = _config(row)
        yield from (line for line in config if line not in before)
        before = config
        yield _line(row)


def text(rows: list[Row]) -> str:
    return "".join(f"{line}\n" for line in lines(rows))
