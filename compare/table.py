# SPDX-License-Identifier: BSD-3-Clause
"""The result of a comparison, and its form for programs."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compare import comparisons
from compare.answers import VERDICTS
from compare.runs import AXES, Cell, Runs, name
from compare.machine import Machine, Machines, Rules
from compare.verdict import Finding


@dataclass(frozen=True)
class Report:
    runs: Runs
    machines: dict[str, Machines]  # of each family
    findings: list[Finding]
    rules: Rules

    @property
    def verdict(self) -> str:
        return comparisons.overall(self.findings)


def _by(finding: Finding) -> str:
    return "cell" if len(finding.cells) == 1 else "strategy"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    def rank(finding: Finding) -> tuple[int, float]:
        return VERDICTS.index(finding.verdict), math.inf if math.isnan(finding.ratio.estimate) else -finding.ratio.estimate

    return sorted(findings, key=rank)


def _shared(cells: Sequence[Cell], axis: str) -> str:
    """The cells' value on one axis. *: several values."""
    values = {str(cell.axis(axis)) for cell in cells}
    return values.pop() if len(values) == 1 else "*"


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _median(values: Sequence[float]) -> float | None:
    return _number(statistics.median(values)) if values else None


def record(finding: Finding) -> dict[str, object]:
    """A finding as a flat row. Has medians only for a single cell."""
    first, one = finding.cells[0], len(finding.cells) == 1
    axes = {axis: _shared(finding.cells, axis) for axis in AXES}
    return {
        "verdict": finding.verdict, "by": _by(finding), "headline": int(finding.headline),
        "question": " ".join(first.questions) if one else "", "family": first.metric.family, "metric": first.metric.column,
        "unit": first.metric.unit, **axes, "cells": len(finding.cells),
        "old_n": sum(len(cell.old) for cell in finding.cells), "new_n": sum(len(cell.new) for cell in finding.cells),
        "old_median": _median(first.old) if one else None, "new_median": _median(first.new) if one else None,
        "ratio": _number(finding.ratio.estimate), "low": _number(finding.ratio.low), "high": _number(finding.ratio.high),
        "raw_ratio": _number(finding.raw), "p_worse": _number(finding.p_worse), "p_better": _number(finding.p_better),
        "reason": finding.reason,
    }  # fmt: skip


def _machine(machine: Machine) -> dict[str, object]:
    return {"floors": machine.floors, "factor": _number(machine.factor), "spread": machine.spread and _number(machine.spread)}


def as_json(report: Report) -> str:
    machines = {
        family: {
            "one_thread": _machine(found.alone), "several_threads": _machine(found.together), "crowded": _machine(found.crowded),
            "shared_lines_spread": _number(found.lines),
        }
        for family, found in report.machines.items()
    }  # fmt: skip
    whole = {
        "verdict": report.verdict,
        "headline": comparisons.counts(comparisons.deciding(report.findings)),
        "rules": {"alpha": report.rules.alpha, "margins": report.rules.margins, "corrected": report.rules.correct},
        "machine": machines,
        "floors_share_of_cpus": {"old": _number(report.runs.shares[0]), "new": _number(report.runs.shares[1])},
        "only_old": [name(key) for key in report.runs.only_old],
        "only_new": [name(key) for key in report.runs.only_new],
        "notes": report.runs.notes,
        "findings": [record(finding) for finding in worst_first(report.findings)],
    }
    return json.dumps(whole, indent=1) + "\n"
