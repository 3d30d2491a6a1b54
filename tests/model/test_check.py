# SPDX-License-Identifier: BSD-3-Clause
"""Measured pairs against predicted ones; and the table of errors in docs/model.md."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

import pytest

from model import __main__ as model
from model import check, published, report, rows, validate
from results import schema
from results.columns import ResultError, table
from results.repository import ROOT

RUNS = pytest.mark.skipif("EXTRAM_MODEL" not in os.environ and not list(ROOT.glob("build/*/model/extram-model")), reason="extram-model is not built")
NAME = next(one.name for one in rows.strategies() if not one.floor)
SOUND: dict[str, Any] = {
    "schema": table().schema, "run_id": "r", "time_utc": "2025-03-01T10:15:00Z", "git_rev": "a", "build_id": "b", "fingerprint": "f", "arch": "x86_64",
    "cpu_model": "Example CPU", "source": "measured", "workload": "pair", "level": "list", "strategy": NAME, "floor": 0, "threads": 1, "cpus": 2,
    "placement": "compact", "bound": 1, "hold_ns": 0, "think_ns": 0, "prefill": 2, "rep": 0, "slot": 0, "windows": 10, "pairs": 10, "wall_ns": 1,
    "ns_per_pair": 20.0, "timer_step_ns": 1, "timer_floor_ns": 1, "ms_created": 2, "ms_retained": 2, "nvcsw": 0, "nivcsw": 0,
}  # fmt: skip


def written(tmp_path: Path, *some: dict[str, Any]) -> Path:
    path = tmp_path / "run.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table().names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**SOUND, "slot": slot, "rep": slot, **one} for slot, one in enumerate(some))
    return path


def test_medians_of_undisturbed_pairs_with_a_cpu_for_each_thread(tmp_path: Path) -> None:
    some = [{"ns_per_pair": 10}, {"ns_per_pair": 30}, {"ns_per_pair": 11}, {"ns_per_pair": 99, "disturbed": 1}]
    others: list[dict[str, Any]] = [{"threads": 4, "prefill": 5}, {"level": "callback"}, {"strategy": "not_ours"}, {"placement": "smt"}, {"threads": 2, "prefill": 3}]
    found = check.measured(written(tmp_path, *some, *others))
    assert list(zip(found["threads"], found["ns_per_pair"])) == [(1, 11.0), (2, 20.0)]


def test_nothing_to_predict_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="no undisturbed rows"):
        check.measured(written(tmp_path, {"level": "callback"}))
    with pytest.raises(ResultError, match="model, not measured"):
        check.measured(written(tmp_path, {"source": "model"}))


@RUNS
def test_check_prints_both_and_the_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, {"ns_per_pair": 1000})
    assert schema.check(path) == []
    assert model.main(["check", str(path), "--machine", "zen5-2vcpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    cell = lines[1].split()
    assert cell[:6] == [NAME, "1", "0", "0", "2", "1000"]
    # A pair alone takes far less than what the row says.
    assert 0 < float(cell[6]) < 500 and int(cell[7]) == round(100 * (1 - float(cell[6]) / 1000))
    assert lines[2].startswith(f"median error {cell[7]} %") and lines[3] == "Kendall's tau nan of 0 pairs that are more than 25 % apart"


def _lines(only: list[str]) -> list[str]:
    """The table's lines of these locks, made anew."""
    asked, _ = validate.chosen(published.all_files(), None, only)
    return [line for line in report.table(validate.judge(asked), []).splitlines() if re.match(r"\| [\w-]+, `", line)]


@RUNS
def test_the_table_of_the_document_is_made_anew() -> None:
    """Some curves of it, that are quick."""
    document = report.between(ROOT / "docs" / "model.md").splitlines()
    found = _lines(["atomic_add", "cas_add", "incdec_refcount"])
    assert len(found) == 7 and [line for line in found if line not in document] == [], "./run model validate --write docs/model.md"
