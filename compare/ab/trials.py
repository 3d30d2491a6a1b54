# SPDX-License-Identifier: BSD-3-Clause
"""The self-test's trials, and the file that records them, so that a stopped self-test can
continue."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from compare.ab.run import Cell

FAMILY = 40  # a planted cell is judged as one of this many
BATCH = 20  # trials between writes to the record


class TrialsError(Exception):
    """A record cannot be continued. The message names it."""


@dataclass(frozen=True)
class Trial:
    number: int
    planted_percent: int


@dataclass(frozen=True)
class Form:
    """Numbers of trials of each plant, without and with a busy process on every CPU."""

    plain: dict[int, int]
    loaded: dict[int, int]

    def trials(self, condition: str, seed: int | str) -> list[Trial]:
        """The trials in an order that mixes the plants. Depends on the seed alone."""
        counts = self.plain if condition == "plain" else self.loaded
        plants = [percent for percent, count in counts.items() for _ in range(count)]
        random.Random(f"{seed} {condition}").shuffle(plants)
        return [Trial(number, percent) for number, percent in enumerate(plants)]


# 300 without a flag bound the rate of false flags to 1 %, 59 of 59 found bound the power to 95 %.
LONG = Form(plain={0: 300, 1: 59, 2: 59, 5: 59, 10: 59}, loaded={0: 59, 5: 59})
SHORT = Form(plain={0: 24, 1: 4, 2: 4, 5: 4, 10: 4}, loaded={0: 4, 5: 4})


@dataclass(frozen=True)
class Outcome:
    """One trial in the record."""

    build_id: str
    fingerprint: str
    protocol: str  # of plan and rules; trials with different ones are not combined
    condition: str
    seed: int
    trial: int
    planted_percent: int
    plant_ps: int | str
    cell: str
    threads: int
    verdict: str
    look: int
    ratio: float
    low: float
    high: float
    p: float
    p_launches: float
    quads: int
    thrown: int
    load: float  # the machine's one-minute load average at the end of the batch
    time_utc: str


COLUMNS = [field.name for field in fields(Outcome)]


def outcome(cell: Cell, trial: Trial, **rest: object) -> Outcome:
    found = cell.found
    assert found is not None and cell.verdict is not None
    plant: int | str = "" if cell.plant_ps is None else cell.plant_ps
    return Outcome(
        trial=trial.number, planted_percent=trial.planted_percent, plant_ps=plant, cell=cell.name, threads=cell.threads,
        verdict=cell.verdict, look=cell.look, ratio=round(found.ratio, 5), low=round(found.low, 5), high=round(found.high, 5),
        p=found.p, p_launches=found.p_launches, quads=cell.kept, thrown=cell.thrown, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def append(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Appends a batch with one write."""
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows([asdict(row) for row in outcomes])


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a record. Empty if there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise TrialsError(f"{path}:1: not a record of trials of this version")
        rows = list(reader)
    for line, row in enumerate(rows, 2):
        if None in row.values() or None in row or not row["trial"].isdigit():
            raise TrialsError(f"{path}:{line}: the row is incomplete")
    return rows


def left(rows: Sequence[dict[str, str]], form: Form, condition: str, seed: int | str) -> list[Trial]:
    """The trials of a condition that have no row."""
    done = {int(row["trial"]) for row in rows if row["condition"] == condition and row["seed"] == str(seed)}
    return [trial for trial in form.trials(condition, seed) if trial.number not in done]
