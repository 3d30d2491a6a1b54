# SPDX-License-Identifier: BSD-3-Clause
"""Reads distributions from HdrHistogram percentile files (.hgrm), written by a run or by any other
program."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from results.columns import ResultError
from results.rules import QUANTILES

__all__ = ["Distribution", "beside", "folder_of", "known_percentiles", "read"]

HEADING = ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]


@dataclass(frozen=True)
class Distribution:
    """Values, each with the share and the number of samples that do not exceed it."""

    values: list[float] = field(default_factory=list)
    percentiles: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.counts[-1]

    def quantile(self, q: float) -> float:
        """The q-quantile: the smallest value in the file that at least the share q of the samples
        do not exceed."""
        return self.values[bisect.bisect_left(self.counts, math.ceil(q * self.total))]


def _numbers(line: str) -> tuple[float, float, int] | None:
    """A row. Its last column is derived from the second, and is missing or inf if that is 1."""
    cells = line.split()
    try:
        found = float(cells[0]), float(cells[1]), int(cells[2])
        float(cells[3] if len(cells) > 3 else 0)
    except (ValueError, IndexError):
        return None
    return found if len(cells) <= 4 and math.isfinite(found[0]) and 0 <= found[1] <= 1 and found[2] >= 0 else None


def _note(line: str, notes: dict[str, str]) -> None:
    key, colon, value = line[1:].partition(":")
    if colon:
        notes[key.strip()] = value.strip()


def _parse(text: str, path: Path) -> Distribution:
    found = Distribution()
    last = (-math.inf, 0.0, 0)
    headed = False
    for n, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            _note(line, found.notes)
        elif line.split() == HEADING:
            headed = True
        elif line.strip():
            row = _numbers(line) if headed else None
            if row is None:
                raise ResultError(f"{path}:{n}: row: expected value, percentile and count" if headed else f"{path}:{n}: heading: missing")
            if any(new < old for new, old in zip(row, last)):
                raise ResultError(f"{path}:{n}: row: is less than the previous row")
            last = row
            found.values.append(row[0])
            found.percentiles.append(row[1])
            found.counts.append(row[2])
    if not found.counts or last[1] != 1 or last[2] == 0:
        raise ResultError(f"{path}:{len(text.splitlines()) + 1}: row: the file is truncated: no row has percentile 1")
    return found


def read(path: str | Path) -> Distribution:
    """Reads a file. Raises ResultError with file and line if it is not a percentile file."""
    path = Path(path)
    try:
        return _parse(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}:1: file: cannot be read: {error}") from error


def known_percentiles(row: Mapping[str, Any]) -> dict[str, float]:
    """A row's percentiles, rounded to the histogram's resolution of 1/128. With more digits, the
    clock's calibration alone would separate the blocks of two runs, and a rank test would report a
    difference."""
    return {name: float(f"{row[name]:.3g}") for name in QUANTILES}


def folder_of(csv: str | Path) -> Path:
    """The folder of distributions for a complete or partial CSV."""
    return Path(csv).with_name(Path(csv).name.removesuffix(".csv").removesuffix(".partial") + ".hgrm")


def beside(csv: str | Path, run_id: str) -> Iterator[tuple[Path, Distribution]]:
    """The distributions of that run, with their files. Skips those of another run of its name."""
    for path in sorted(folder_of(csv).glob("*.hgrm")):
        found = read(path)
        if found.notes.get("run_id") == run_id:
            yield path, found
