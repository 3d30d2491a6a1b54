# SPDX-License-Identifier: BSD-3-Clause
"""The verdicts against an older run, from compare.py."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import style
from cells import ResultError, names
from report_findings import counted, number
from rules import AXES_OF_SOME

COMPARE = Path(__file__).resolve().parent.parent / "compare" / "compare.py"
# Its exit codes with a verdict: not slower, slower, undecided.
ANSWERS = (0, 1, 3)
QUIET = ("PASS",)


@dataclass(frozen=True)
class Verdict:
    verdict: str
    series: str
    conditions: str
    metric: str
    old: str
    new: str
    ratio: str
    interval: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    verdict: str
    old: str
    counts: str
    notes: list[str]
    open: list[Verdict]  # changed or undecided, worst first
    passed: list[Verdict]


def _ask(old: Path, new: Sequence[Path], allow_mixed: bool) -> dict[str, Any]:
    command = [sys.executable, str(COMPARE), "--old", str(old), "--new", *map(str, new), "--format", "json"]
    done = subprocess.run(command + ["--allow-mixed"] * allow_mixed, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode not in ANSWERS:
        raise ResultError((done.stderr.strip().splitlines() or [f"{COMPARE.name} failed with {done.returncode}"])[-1])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return style.time(value) if unit == "ns" else f"{number(value)} {unit}"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}" if value < 10 else number(value)


def _conditions(row: dict[str, Any]) -> str:
    place = f"{row['workload']}, {row['level']}"
    if row["by"] != "cell":
        return f"{place}, {counted(row['cells'], 'cell')} together"
    hold, think = int(row["hold_ns"]), int(row["think_ns"])
    work = f", {style.work(hold, think)}" if hold or think else ""
    rest = "".join(f", {axis} {value}" for axis, value in names.parts(row).items() if axis in AXES_OF_SOME)
    return f"{place}, {counted(int(row['threads']), 'thread')}{work}, {row['placement']}, prefill {row['prefill']}{rest}"


def _verdict(row: dict[str, Any]) -> Verdict:
    name = names.series(row["strategy"], row["variant"])
    interval = f"{_ratio(row['low'])} to {_ratio(row['high'])}" if row["low"] is not None and row["high"] is not None else "–"
    old, new = (_value(row[side], row["unit"]) for side in ("old_median", "new_median"))
    return Verdict(row["verdict"], name, _conditions(row), row["metric"], old, new, _ratio(row["ratio"]), interval, row["reason"])


def against(old: Path, new: Sequence[Path], allow_mixed: bool) -> Comparison:
    """Runs compare.py with the files as one new run."""
    answer = _ask(old, new, allow_mixed)
    rows = [_verdict(row) for row in answer["findings"]]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(row.verdict for row in rows).items())
    missing = [f"Only in the {side} run: {counted(len(found), 'cell')}." for side in ("old", "new") if (found := answer[f"only_{side}"])]
    notes = [f"{note[:1].upper()}{note[1:]}." for note in answer["notes"]] + missing
    passed = [row for row in rows if row.verdict in QUIET]
    return Comparison(answer["verdict"], old.name, counts, notes, [row for row in rows if row.verdict not in QUIET], passed)
