# SPDX-License-Identifier: BSD-3-Clause
"""The report of a comparison: a table for a terminal, worst first, or everything as JSON."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from compare.ab.bench import Facts
from compare.ab.builds import Build
from compare.ab.run import Cell, Plan
from compare.ab.stats import Rules
from compare.answers import INCONCLUSIVE, PASS, REGRESSION

ORDER = (REGRESSION, INCONCLUSIVE, PASS)


@dataclass(frozen=True)
class Report:
    builds: tuple[Build, ...]
    facts: tuple[Facts, Facts]
    plan: Plan
    rules: Rules
    cells: Sequence[Cell]
    left_out: Sequence[str]

    @property
    def worst_first(self) -> list[Cell]:
        return sorted(self.cells, key=_rank)

    def count(self, verdict: str) -> int:
        return sum(cell.verdict == verdict for cell in self.cells)


def _rank(cell: Cell) -> tuple[int, float]:
    assert cell.verdict is not None and cell.found is not None
    ratio = cell.found.ratio
    return ORDER.index(cell.verdict), -ratio if math.isfinite(ratio) else 0.0


def _percent(ratio: float) -> str:
    return f"{ratio - 1:+.1%}" if math.isfinite(ratio) and ratio > 0 else "?"


def _common(names: Sequence[str]) -> set[str]:
    """The parts common to all names, which are printed only once."""
    return set.intersection(*(set(name.split("/")) for name in names)) if len(names) > 1 else set()


def _lines(cell: Cell, common: set[str], width: int) -> list[str]:
    assert cell.verdict is not None and cell.found is not None
    found = cell.found
    bounds = f"{_percent(found.low)}..{_percent(found.high)}"
    head = f"{cell.verdict:<13}{_percent(found.ratio):>7}  {bounds:<15} {cell.kept:>4} "
    name = "/".join(part for part in cell.name.split("/") if part not in common)
    lines = [head + name] if len(head) + len(name) <= width else [head.rstrip(), f"{'':4}{name}"]
    if cell.verdict == INCONCLUSIVE:
        lines.append(f"{'':13}{cell.reason}")
    return lines


def text(report: Report) -> str:
    width = max(80, shutil.get_terminal_size().columns)
    lines = [f"{letter}: {build.name} ({facts.git_rev}, build {facts.build_id[:12]})"
             for letter, build, facts in zip("AB", report.builds, report.facts)]  # fmt: skip
    if report.facts[0].build_id == report.facts[1].build_id:
        lines.append("A and B are the same program.")
    lines += ["", f"{'verdict':<13}{'B/A':>7}  {'bounds':<15} quads cell"]
    common = _common([cell.name for cell in report.cells])
    for cell in report.worst_first:
        lines += _lines(cell, common, width)
    if common:
        lines.append("all: " + "/".join(part for part in report.cells[0].name.split("/") if part in common))
    thrown, kept = sum(cell.thrown for cell in report.cells), sum(cell.kept for cell in report.cells)
    counts = ", ".join(f"{report.count(verdict)} {verdict}" for verdict in ORDER)
    lines += ["", f"{counts}.", f"{kept} quads counted, {thrown} discarded for their environment."]
    if blind := sum(cell.blind for cell in report.cells):
        lines.append(f"In {blind} cells the kernel did not report how long threads waited for a CPU: only steal and involuntary switches judged the quads.")
    if report.left_out:
        lines.append(f"{len(report.left_out)} cells were left out: they are in one build only, or have more threads than CPUs.")
    return "\n".join(lines) + "\n"


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell_facts(cell: Cell) -> dict[str, object]:
    assert cell.verdict is not None and cell.found is not None
    found = {key: _finite(value) for key, value in asdict(cell.found).items() if key not in ("quads", "launches")}
    quads = [[round(value, 6) for value in launch] for launch in cell.launches]
    return {
        "cell": cell.name, "threads": cell.threads, "verdict": cell.verdict, "reason": cell.reason, "look": cell.look, **found,
        "kept": cell.kept, "thrown": cell.thrown, "blind": cell.blind, "pairs_per_block": cell.pairs, "log_ratios_by_launch": quads,
    }  # fmt: skip


def as_json(report: Report) -> str:
    """All findings as JSON, with every quad, so that other tests can use them."""
    rules = {key: value for key, value in vars(report.rules).items() if key != "adjust"}
    whole = {
        "builds": [{"name": build.name, **asdict(facts)} for build, facts in zip(report.builds, report.facts)],
        "plan": asdict(report.plan), "rules": rules, "left_out": list(report.left_out),
        "verdicts": {verdict: report.count(verdict) for verdict in ORDER},
        "cells": [_cell_facts(cell) for cell in report.worst_first],
    }  # fmt: skip
    return json.dumps(whole, indent=1) + "\n"


FORMATS: dict[str, Callable[[Report], str]] = {"text": text, "json": as_json}
