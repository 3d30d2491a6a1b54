# SPDX-License-Identifier: BSD-3-Clause
"""Rules for fields, and for the fields of one row together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from results.columns import Column, table

# The C program includes this file too.
_WORKLOADS = Path(__file__).with_name("workloads.def").read_text(encoding="utf-8")

# Two blocks are repetitions of one cell if all of these agree.
AXES = tuple(axis.column.name for axis in table().axes)
# The words allowed in each column. Strategy names are free.
KNOWN: dict[str, tuple[str, ...]] = {
    "source": ("measured", "emulated", "model"),
    "workload": tuple(re.findall(r"^WORKLOAD\((\w+)\)$", _WORKLOADS, re.MULTILINE)),
    "floor": ("0", "1"),
    "schedstat": ("0", "1"),
    "disturbed": ("0", "1"),
    "kind": ("strategy", "peer", "floor", "limit", "calibration", "real"),
    **{axis.column.name: axis.words for axis in table().axes if axis.values == "WORD"},
}
POSITIVE = ("threads", "cpus")
QUANTILES = {"p50_ns": 0.5, "p90_ns": 0.9, "p99_ns": 0.99, "p999_ns": 0.999, "p9999_ns": 0.9999}
RESPONSE = {f"resp_{name}": q for name, q in QUANTILES.items()}
TAIL = (*QUANTILES, "max_ns")
TAILS = (TAIL, (*RESPONSE, "resp_max_ns"))
# (small, large): small must not exceed large.
AT_MOST = (("windows_clean", "windows"), ("windows_alone", "windows"), ("ms_retained", "ms_created"), ("bound", "threads"))

_COUNT = re.compile(r"[0-9]+")
_REAL = re.compile(r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]00:?00)", re.ASCII)
# Readers store counts in signed 64 bits.
_COUNT_MAX = 2**63 - 1

Problem = tuple[str, str]  # column, what is wrong


def _wrong_text(cell: str) -> str | None:
    return None if cell.isprintable() else "has a control character"


def _wrong_count(cell: str) -> str | None:
    if not _COUNT.fullmatch(cell):
        return f"{cell!r} is not a whole number from 0"
    return f"{cell!r} is too large" if int(cell) > _COUNT_MAX else None


def _wrong_real(cell: str) -> str | None:
    if not _REAL.fullmatch(cell) or not math.isfinite(float(cell)):
        return f"{cell!r} is not a finite decimal number from 0"
    return None


_WRONG = {"TEXT": _wrong_text, "COUNT": _wrong_count, "REAL": _wrong_real}


def wrong_cell(column: Column, cell: str) -> str | None:
    """What is wrong with a field, or None."""
    if cell == "":
        return "is empty" if column.always else None
    known = KNOWN.get(column.name)
    if known and cell not in known:
        return f"{cell!r} is not one of {', '.join(known)}"
    if column.name == "time_utc" and not _TIME.fullmatch(cell):
        return f"{cell!r} is not a UTC time such as 2024-12-31T23:59:59Z"
    if column.name in POSITIVE and cell.strip("0") == "":
        return "is 0"
    return _WRONG[column.kind](cell)


def _exceeding(row: Mapping[str, str]) -> Iterator[Problem]:
    for small, large in AT_MOST:
        if row[small] and row[large] and int(row[small]) > int(row[large]):
            yield small, f"{row[small]} is more than {large}, {row[large]}"


def _falling(row: Mapping[str, str]) -> Iterator[Problem]:
    for tail in TAILS:
        given = [name for name in tail if row[name]]
        for lower, upper in zip(given, given[1:]):
            if float(row[upper]) < float(row[lower]):
                yield upper, f"{row[upper]} is less than {lower}, {row[lower]}"


def _limit(row: Mapping[str, str]) -> Iterator[Problem]:
    if (row["workload"] == "limit") != (row["level"] == "machine"):
        yield "level", f"{row['level']} does not match workload {row['workload']}"
    if row["workload"] == "limit" and row["floor"] != "1":
        yield "floor", "is 0 for a limit"


def _unfair(row: Mapping[str, str]) -> Iterator[Problem]:
    if row["jain"] and float(row["jain"]) > 1:
        yield "jain", f"{row['jain']} is more than 1"
    # With calls 0, churn counts threads without callbacks.
    if row["jain"] and int(row["pairs"]) == 0 and row["calls"] != "0":
        yield "jain", f"is {row['jain']} without any pairs"


def _crowded_out(row: Mapping[str, str]) -> Iterator[Problem]:
    if row["foreign_share"] and float(row["foreign_share"]) > 1:
        yield "foreign_share", f"{row['foreign_share']} is more than 1"


def wrong_row(row: Mapping[str, str]) -> Iterator[Problem]:
    """Contradictions between the valid fields of one row."""
    for rule in (_exceeding, _falling, _limit, _unfair, _crowded_out):
        yield from rule(row)
