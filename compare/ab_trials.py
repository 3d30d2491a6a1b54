# SPDX-License-Identifier: BSD-3-Clause
"""The self-test's trials: which there are, and the file that they are added to one by one, so that a stopped self-test goes on."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ab_run import Cell

PLANTS = (0, 1, 2, 5, 10)  # percent; 0 is A/A
FAMILY = 40  # cells that a planted one is judged among
BATCH = 20  # trials between two additions to the record


class TrialsError(Exception):
    """A record that cannot be gone on with: the message names it."""


@dataclass(frozen=True)
class Trial:
    number: int
    planted_percent: int


@dataclass(frozen=True)
class Form:
    """How many trials of each plant, on the machine as it is, and beside a neighbour on every CPU."""

    plain: dict[int, int]
    loaded: dict[int, int]

    def trials(self, condition: str, seed: int | str) -> list[Trial]:
        """In an order that mixes them; the same for the same seed."""
        counts = self.plain if condition == "plain" else self.loaded
        plants = [percent for percent, count in counts.items() for _ in range(count)]
        random.Random(f"{seed} {condition}").shuffle(plants)
        return [Trial(number, percent) for number, percent in enumerate(plants)]


# 300 without a flag bound the rate of false flags to 1 %, 59 of 59 found bound the power to 95 %.
LONG = Form(plain={0: 300, 1: 59, 2: 59, 5: 59, 10: 59}, loaded={0: 59, 5: 59})
SHORT = Form(plain={0: 24, 1: 4, 2: 4, 5: 4, 10: 4}, loaded={0: 4, 5: 4})


@dataclass(frozen=True)
class Outcome:
    """A trial's row."""

    build_id: str
    fingerprint: str
    protocol: str  # of the plan and the rules: trials of different ones are not put together
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
    load: float  # of the machine, over the last minute, when the batch ended
    time_utc: str


COLUMNS = [field.name for field in fields(Outcome)]


def outcome(cell: Cell, trial: Trial, **rest: object) -> Outcome:
    found = cell.found
    assert found is not None and cell.verdict is not None
    plant: int | str = "" if cell.plant_ps is None else cell.plant_ps
    return Outcome(
        trial=trial.number, planted_percent=trial.planted_percent, plant_ps=plant, cell=cell.name, threads=cell.threads,
        verdict=cell.verdict.value, look=cell.look, ratio=round(found.ratio, 5), low=round(found.low, 5), high=round(found.high, 5),
        p=found.p, p_launches=found.p_launches, quads=cell.kept, thrown=cell.thrown, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def append(path: Path, outcomes: Sequence[Outcome]) -> None:
    """A batch at once."""
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows([asdict(row) for row in outcomes])


def read(path: Path) -> list[dict[str, str]]:
    """Its rows; none if there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise TrialsError(f"{path}:1: not a record of trials, or one of another version")
        rows = list(reader)
    for line, row in enumerate(rows, 2):
        if None in row.values() or None in row or not row["trial"].isdigit():
            raise TrialsError(f"{path}:{line}: the row is not whole")
    return rows


def left(rows: Sequence[dict[str, str]], form: Form, condition: str, seed: int | str) -> list[Trial]:
    """Trials of that condition that have no row."""
    done = {int(row["trial"]) for row in rows if row["condition"] == condition and row["seed"] == str(seed)}
    return [trial for trial in form.trials(condition, seed) if trial.number not in done]
