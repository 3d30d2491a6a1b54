# SPDX-License-Identifier: BSD-3-Clause
"""Summarizes a record of trials: false flags and power, with exact bounds."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scipy.stats import beta

from compare.ab.run import Plan
from compare.ab.stats import Rules
from compare.ab.trials import read
from compare.answers import INCONCLUSIVE, PASS, REGRESSION

COUNTED = (REGRESSION, PASS, INCONCLUSIVE)  # in the order of the table's columns
CONFIDENCE = 0.95
# The shortest run that writes the machine's facts.
FACTS_RUN = ("--workload=limit", "--threads=1", "--repetitions=1", "--block-ms=10", "--window-us=1000", "--output=facts.csv")


def rate_below(events: int, trials: int) -> float:
    """One-sided upper bound of a rate (Clopper and Pearson)."""
    return 1.0 if events == trials else float(beta.ppf(CONFIDENCE, events + 1, trials - events))


def rate_above(events: int, trials: int) -> float:
    """One-sided lower bound of a rate."""
    return 0.0 if events == 0 else float(beta.ppf(1 - CONFIDENCE, events, trials - events + 1))


def machine(command: Sequence[str]) -> dict[str, str]:
    """The machine's facts, as extram-bench writes them."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*map(str, _absolute(command)), *FACTS_RUN], cwd=folder, capture_output=True, check=False)
        file = Path(folder) / "facts.machine.txt"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
    pairs = (line.partition(": ") for line in lines)
    return {key: value for key, _, value in pairs if key not in ("run_id", "command")}


def _absolute(command: Sequence[str]) -> list[str]:
    return [*command[:-1], str(Path(command[-1]).resolve())]


def group(rows: Sequence[dict[str, str]], condition: str, percent: int) -> dict[str, object]:
    verdicts = Counter(row["verdict"] for row in rows)
    n, flagged, passed = len(rows), verdicts[REGRESSION], verdicts[PASS]
    ratios = [float(row["ratio"]) for row in rows if row["ratio"] != "nan"]
    whole: dict[str, object] = {
        "condition": condition, "planted_percent": percent, "trials": n, "cells": len({row["cell"] for row in rows}),
        **{verdict: verdicts[verdict] for verdict in COUNTED},
        "median_ratio": round(statistics.median(ratios), 4) if ratios else None,
        "at_look_1": sum(row["look"] == "1" for row in rows),
        "quads": sum(int(row["quads"]) for row in rows), "quads_thrown": sum(int(row["thrown"]) for row in rows),
        "load": [min(float(row["load"]) for row in rows), max(float(row["load"]) for row in rows)],
    }  # fmt: skip
    if percent == 0:
        return {**whole, "false_flags_below": round(rate_below(flagged, n), 4)}
    return {**whole, "found_above": round(rate_above(flagged, n), 4), "passed_below": round(rate_below(passed, n), 4)}


def groups(rows: Sequence[dict[str, str]]) -> list[dict[str, object]]:
    keys = sorted({(row["condition"], int(row["planted_percent"])) for row in rows})
    return [group([row for row in rows if (row["condition"], int(row["planted_percent"])) == key], *key) for key in keys]


def line(g: dict[str, object]) -> str:
    what = "A/A" if g["planted_percent"] == 0 else f"+{g['planted_percent']} %"
    if g["planted_percent"] == 0:
        bound = f"false flags below {g['false_flags_below']:.2%}"
    else:
        bound = f"found above {g['found_above']:.1%}, passed below {g['passed_below']:.1%}"
    counts = "  ".join(f"{g[verdict]:>5}" for verdict in COUNTED)
    return f"{g['condition']:<9}{what:>6}{g['trials']:>8}  {counts}   {bound}"


def summarise(record: Path, command: Sequence[str], plan: Plan, rules: Rules) -> str:
    """Returns a table. Writes the same with the machine's facts beside the record, as JSON."""
    rows = read(record)
    found = groups(rows)
    plan_facts = {key: value for key, value in asdict(plan).items() if key != "seed"}
    rules_facts = {key: value for key, value in vars(rules).items() if key != "adjust"}
    whole = {"confidence": CONFIDENCE, "plan": plan_facts, "rules": rules_facts, "machine": machine(command), "groups": found}
    record.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    head = f"{'':<9}{'plant':>6}{'trials':>8}  REGRESSION  PASS  INCONCLUSIVE   bounds at {CONFIDENCE:.0%}"
    return "\n".join([head, *map(line, found)]) + "\n"
