# SPDX-License-Identifier: BSD-3-Clause
"""Exports rows as Go benchmark text, which benchstat reads
(golang.org/design/14313-benchmark-format)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from results import names
from results.hgrm import known_percentiles

Row = dict[str, Any]

ARCHES = {"x86_64": "amd64", "aarch64": "arm64"}
UNITS = {
    "ns_per_pair": "ns/op", "cpu_ns_per_pair": "cpu-ns/op", "pairs_per_s": "pairs/s", "p50_ns": "p50-ns", "p90_ns": "p90-ns",
    "p99_ns": "p99-ns", "p999_ns": "p999-ns", "p9999_ns": "p9999-ns", "max_ns": "max-ns", "bytes_per_m": "bytes/m", "jain": "jain",
}  # fmt: skip
# benchstat does not know the direction of units other than Go's.
HIGHER = ("pairs/s", "jain")
# The axes to compare come first; the others keep their order.
FIRST = ("strategy", "threads")


def _number(value: float) -> str:
    """Formats a number without an exponent, which not every reader accepts."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _name(row: Row) -> str:
    """The name with its keys. It ends with the number of CPUs, as in go test."""
    family = "BenchmarkLimit" if row["workload"] == "limit" else "BenchmarkNeedmDropm"
    found = names.parts(row)
    axes = [*FIRST, *(axis for axis in found if axis not in FIRST)]
    return "/".join([family, *(f"{axis.removesuffix('_ns')}={found[axis]}" for axis in axes)]) + f"-{row['cpus']}"


def _config(row: Row) -> list[str]:
    """The keys by which benchstat separates tables, such as source and machine, not revision."""
    arch = ARCHES.get(row["arch"], row["arch"])
    keys = {"goos": "linux", "goarch": arch, "pkg": "extram", "cpu": row["cpu_model"], "source": row["source"]}
    return [f"{key}: {value}" for key, value in {**keys, "fingerprint": row["fingerprint"]}.items()]


def _line(row: Row) -> str:
    values = {**row, **known_percentiles(row)}
    found = [f"{_number(values[column])} {unit}" for column, unit in UNITS.items() if not math.isnan(values[column])]
    return "\t".join([_name(row), str(row["pairs"]), *found])


def lines(rows: list[Row]) -> Iterator[str]:
    """One line for each block with at least one operation."""
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
