# SPDX-License-Identifier: BSD-3-Clause
"""Exports distributions as .hgrm: the files of the run if they exist, otherwise the percentiles of
the rows."""

from __future__ import annotations

import math
import statistics
from typing import Any

from results import names
from results.hgrm import HEADING, beside
from results.rules import QUANTILES

Row = dict[str, Any]


def _medians(rows: list[Row]) -> dict[float, float]:
    """The median of each percentile that every repetition has. With other sets of repetitions,
    medians might decrease."""
    given = {q: [row[name] for row in rows if not math.isnan(row[name])] for name, q in QUANTILES.items()}
    return {q: statistics.median(ns) for q, ns in given.items() if len(ns) == len(rows)}


def _line(ns: float, q: float, count: int) -> str:
    return f" {ns:11.3f} {q:2.12f} {count:10d}" + (f" {1 / (1 - q):14.2f}" if q < 1 else "")


def _coarse(name: str, rows: list[Row]) -> str:
    total = int(sum(row["samples"] for row in rows))
    longest = max(row["max_ns"] for row in rows)
    body = [_line(ns, q, round(q * total)) for q, ns in _medians(rows).items()]
    head = "{:>12} {:>14} {:>10} {:>14}".format(*HEADING)
    summary = f"#[Max     = {longest:12.3f}, Total count    = {total:12d}]"
    notes = {"unit": "ns", "cell": name, "blocks": len(rows), "of": "percentiles, the median of the blocks'; not a whole distribution"}
    told = [f"# {key}: {value}" for key, value in notes.items()]
    told += [f"# {key}: {rows[0][key]}" for key in ("run_id", "source", "fingerprint", "timer_step_ns", "timer_floor_ns")]
    return "\n".join([head, "", *body, _line(longest, 1, total), summary, *told]) + "\n"


def files(rows: list[Row], csv: str) -> dict[str, str]:
    """Name → text: one file for each timed cell."""
    cells: dict[str, list[Row]] = {}
    for row in rows:
        if row["samples"] > 0 and not math.isnan(row["max_ns"]):
            cells.setdefault(names.cell(row), []).append(row)
    found = {names.file(name): _coarse(name, some) for name, some in cells.items()}
    whole = {path.name: path for path, _ in beside(csv, rows[0]["run_id"])}
    return {name: whole[name].read_text(encoding="utf-8") if name in whole else text for name, text in found.items()}
