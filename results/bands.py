# SPDX-License-Identifier: BSD-3-Clause
"""Bands of computed rows: RUN.band.tsv beside RUN.csv has the lowest and highest time that other
ways and holds make of each row, and how long a core keeps its turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from results import tables
from results.columns import ResultError

# Where the highest value is more than so many times the lowest, nothing is predicted.
DETERMINED = 2.0
SUFFIX = ".band.tsv"
KEYS = ("strategy", "threads", "hold_ns", "think_ns")
NUMBERS = ("ns_per_pair", "low_ns", "high_ns", "jain", "run_length")
Key = tuple[str, int, int, int]


@dataclass(frozen=True)
class Band:
    """A prediction, and the lowest and highest that other ways and holds make of it. In ns, for a
    thread."""

    ns: float
    low: float
    high: float
    jain: float
    run_length: float

    @property
    def determined(self) -> bool:
        return self.high <= DETERMINED * self.low


def beside(csv: Path) -> Path:
    """The file of a result file's bands."""
    return csv.with_suffix("").with_name(csv.stem + SUFFIX)


def write(path: Path, bands: Mapping[Key, Band]) -> None:
    lines = ["\t".join((*KEYS, *NUMBERS))]
    for key, one in bands.items():
        lines.append("\t".join([*map(str, key), *(f"{value:.5g}" for value in (one.ns, one.low, one.high, one.jain, one.run_length))]))
    path.write_text("\n".join(lines) + "\n", "utf-8")


def read(path: Path) -> dict[Key, Band]:
    """Raises ResultError if it is no such file."""
    found = {}
    for line, row in tables.read(path, (*KEYS, *NUMBERS)):
        where = f"{path}:{line}"
        threads, hold, think = (tables.count(row, name, where) for name in KEYS[1:])
        found[row["strategy"], threads, hold, think] = Band(*(tables.number(row, name, where) for name in NUMBERS))
    return found
