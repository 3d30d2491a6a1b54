# SPDX-License-Identifier: BSD-3-Clause
"""Tests the comparison on one build: false flags without a change, and power with planted work.

Each trial meets its harder rule: an A/A trial is judged as the only cell, a planted one as one of
FAMILY cells.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from compare.ab.bench import Bench, BenchError
from compare.ab.plant import NOMINALS, Plant, measure_plant, nominal_for
from compare.ab.progress import Meter
from compare.ab.run import Cell, Comparison, Open, Plan, common_cells
from compare.ab.stats import Rules
from compare.ab.trials import BATCH, FAMILY, Form, Outcome, Trial, TrialsError, append, left, outcome, read


@dataclass
class SelfTest:
    open: Open
    plan: Plan
    rules: Rules
    form: Form
    record: Path
    plants: dict[str, Plant] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)

    def run(self) -> None:
        """Runs all trials that the record lacks, and appends them batch by batch."""
        rows = read(self.record)
        with self.open() as a, self.open() as b:
            self.cells, _ = common_cells(a, b)
            facts, _ = a.hello()
        same = {"build_id": facts.build_id, "fingerprint": facts.fingerprint, "protocol": self._protocol}
        for line, row in enumerate(rows, 2):
            for key, value in same.items():
                if row[key] != value:
                    raise TrialsError(f"{self.record}:{line}: its {key} is {row[key]}, not {value}; use another record")
        self.plants = self._kept_plants()
        for condition in ("plain", "loaded"):
            todo = left(rows, self.form, condition, self.plan.seed)
            for start in range(0, len(todo), BATCH):
                self._batch(todo[start : start + BATCH], condition, same)

    @property
    def _protocol(self) -> str:
        plan, rules = self.plan, self.rules
        return (
            f"{plan.quads} quads; {plan.launches} launches; blocks of {plan.block_ms:g} ms; waste {plan.waste:g}; "
            f"margin {rules.margin:g}; pass bound {rules.pass_bound:g}; alpha {rules.alpha:g}"
        )

    def _batch(self, trials: Sequence[Trial], condition: str, facts: dict[str, str]) -> None:
        cells = [self._cell(trial) for trial in trials]
        print(f"\nself-test: {condition}, {len(trials)} trials from number {trials[0].number}", file=sys.stderr)
        rules = replace(self.rules, adjust=lambda p: [adjusted(one, trial) for one, trial in zip(p, trials)])
        plan = replace(self.plan, seed=f"{self.plan.seed} {condition} {trials[0].number}")
        meter = Meter(cells, plan)
        comparison = Comparison((self.open, self.open), cells, plan, rules, progress=meter.show)
        if condition == "loaded":
            with neighbours():
                comparison.run()
        else:
            comparison.run()
        append(self.record, [self._outcome(cell, trial, condition, facts) for cell, trial in zip(cells, trials)])

    def _outcome(self, cell: Cell, trial: Trial, condition: str, facts: dict[str, str]) -> Outcome:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        load = round(os.getloadavg()[0], 2)
        return outcome(cell, trial, condition=condition, seed=self.plan.seed, load=load, time_utc=now, **facts)

    def _cell(self, trial: Trial) -> Cell:
        """Takes the cells in turn. A plant goes into the next cell that it slows by the right
        amount, and that both amounts of work slow."""
        share = trial.planted_percent / 100
        for step in range(len(self.cells)):
            cell = self.cells[(trial.number + step) % len(self.cells)]
            if trial.planted_percent == 0:
                return Cell(cell.name, cell.threads)
            plant = self._plant(cell, nominal_for(share))
            if not plant.reason and not any(self._plant(cell, nominal).useless for nominal in NOMINALS):
                return Cell(cell.name, cell.threads, plant_ps=plant.picoseconds(share))
        raise BenchError("no cell can be slowed by planted work")

    def _plant(self, cell: Cell, nominal: float) -> Plant:
        key = f"{cell.name} {nominal:+.0%}"
        if key not in self.plants:
            plant = self.plants[key] = measure_plant(self.open, cell, nominal)
            self._keep_plants()
            said = plant.reason or f"{plant.picoseconds(nominal)} ps per pair slow it by {nominal:.0%}"
            print(f"self-test: {cell.name}: {said}", file=sys.stderr)
        return self.plants[key]

    @property
    def _plants_file(self) -> Path:
        return self.record.with_suffix(".plants.json")

    def _kept_plants(self) -> dict[str, Plant]:
        if not self._plants_file.exists():
            return {}
        kept = json.loads(self._plants_file.read_text("utf-8"))
        return {key: Plant(**plant) for key, plant in kept.items()}

    def _keep_plants(self) -> None:
        known = {key: asdict(plant) for key, plant in self.plants.items() if not math.isnan(plant.effect)}
        self._plants_file.write_text(json.dumps(known, indent=1) + "\n", "utf-8")


def adjusted(p: float, trial: Trial) -> float:
    return p if trial.planted_percent == 0 else min(1.0, FAMILY * p)


def _spin(cpu: int) -> None:
    os.sched_setaffinity(0, {cpu})
    while True:
        pass


@contextmanager
def neighbours() -> Iterator[None]:
    """A process on every CPU that uses all the time it gets."""
    spinning = [multiprocessing.Process(target=_spin, args=(cpu,), daemon=True) for cpu in os.sched_getaffinity(0)]
    for process in spinning:
        process.start()
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.join()


def bench_opener(command: Sequence[str], options: Sequence[str]) -> Open:
    return lambda: Bench(command, options)
