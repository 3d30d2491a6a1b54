# SPDX-License-Identifier: BSD-3-Clause
"""The numbers of a made-up comparison in JSON and in the text: each in its own place."""

from __future__ import annotations

import json
from dataclasses import replace

from conftest import Row

from compare import table, text
from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION
from compare.machine import Machine, Machines, Rules
from compare.runs import AXES, METRICS, Cell, Runs
from compare.stats import Interval
from compare.table import Report
from compare.verdict import Finding

AXIS: Row = {"workload": "pair", "level": "list", "strategy": "alpha", "threads": 2, "placement": "compact", "hold_ns": 0, "think_ns": 0, "prefill": 9}
CELL = Cell(tuple(AXIS.get(axis, "") for axis in AXES), METRICS[0], False, False, (10.0, 20.0, 60.0), (30.0, 50.0), 0.0)
FOUND = Finding((CELL,), 2.125, Interval(1.75, 1.5, 1.875), 0.001, 0.25, REGRESSION, "why")
MACHINES = Machines(Machine(3, 1.125, 1.0625), Machine(4, 1.25, 1.5), Machine(5, 1.375, None), (0.5, 0.75), 1.625)
REPORT = Report(Runs([CELL], [], [], (0.5, 0.75), []), {"time": MACHINES}, [FOUND], Rules(0.01, {"time": 0.05, "tail": 0.25}))


def test_a_row_has_each_number_in_its_place() -> None:
    found = table.record(FOUND)
    expected = {
        "verdict": REGRESSION, "by": "cell", "family": "time", "metric": "ns_per_pair", "unit": "ns", "threads": "2", "prefill": "9",
        "cells": 1, "old_n": 3, "new_n": 2, "old_median": 20.0, "new_median": 40.0, "ratio": 1.75, "low": 1.5, "high": 1.875,
        "raw_ratio": 2.125, "p_worse": 0.001, "p_better": 0.25, "reason": "why",
    }  # fmt: skip
    assert {key: found[key] for key in expected} == expected
    assert json.loads(table.as_json(REPORT))["findings"] == [found]


def test_several_cells_add_up_and_have_no_median() -> None:
    other = replace(CELL, key=tuple({**AXIS, "threads": 1}.get(axis, "") for axis in AXES))
    found = table.record(replace(FOUND, cells=(CELL, other)))
    assert (found["cells"], found["old_n"], found["new_n"], found["old_median"], found["new_median"]) == (2, 6, 4, None, None)
    assert (found["by"], found["threads"], found["prefill"]) == ("strategy", "*", "9")


def test_the_worst_come_first() -> None:
    def made(verdict: str, ratio: float) -> Finding:
        return replace(FOUND, verdict=verdict, ratio=Interval(ratio, ratio, ratio))

    order = [made(REGRESSION, 3), made(REGRESSION, 2), made(INCONCLUSIVE, float("nan")), made(INCONCLUSIVE, 1.5), made(PASS, 1), made(IMPROVED, 0.5)]
    found = table.worst_first(order[::-1])
    assert [(one.verdict, one.ratio.estimate) for one in found if one.verdict != INCONCLUSIVE] == [
        (one.verdict, one.ratio.estimate) for one in order if one.verdict != INCONCLUSIVE
    ]
    assert [one.ratio.estimate for one in found if one.verdict == INCONCLUSIVE][0] == 1.5


def test_json_has_the_machines_and_the_shares() -> None:
    said = json.loads(table.as_json(REPORT))
    assert said["floors_share_of_cpus"] == {"old": 0.5, "new": 0.75}
    assert said["machine"]["time"] == {
        "one_thread": {"floors": 3, "factor": 1.125, "spread": 1.0625},
        "several_threads": {"floors": 4, "factor": 1.25, "spread": 1.5},
        "crowded": {"floors": 5, "factor": 1.375, "spread": None},
        "shared_lines_spread": 1.625,
    }
    assert said["rules"]["margins"] == {"time": 0.05, "tail": 0.25} and said["findings"][0]["ratio"] == 1.75


def test_the_text_has_the_same_numbers() -> None:
    lines = text.as_text(REPORT, 120, True).splitlines()
    row = next(line for line in lines if line.endswith("pair/list/alpha/2T/prefill:9"))
    assert row.split()[:3] == ["1.750", "1.500–1.875", "2.125"]
    assert "time, 1 thread: 3 floors, machine factor 1.125, spread 6.2%" in lines
    assert "time, several: 4 floors, machine factor 1.250, spread 50.0%" in lines
    assert "time, crowded: 5 floors, too few for a correction" in lines
    assert "time, shared lines: spread 62.5%, for the share of a cost that several threads add" in lines
