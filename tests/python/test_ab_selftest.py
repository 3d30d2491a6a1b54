# SPDX-License-Identifier: BSD-3-Clause
"""The self-test's book-keeping: planted work is measured, trials are resumed, and the record is
judged; with made-up builds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from ab_fakes import fake_build, in_process, log, without_processes

from compare.ab import __main__ as ab, plant as ab_plant, selftest as ab_selftest, trials as ab_trials
from compare.ab.plant import Plant, measure_plant, nominal_for
from compare.ab.run import Cell
from compare.ab.summary import group

CELL = "pair/list/alpha/threads:1"
FAST = ("--quads=150", "--launches=10")
FEW = ab_trials.Form(plain={0: 3, 5: 1}, loaded={0: 1})
MORE = ab_trials.Form(plain={0: 6, 5: 3, 10: 2}, loaded={0: 2})


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ab, "SHORT", FEW)
    monkeypatch.setattr(ab_selftest, "BATCH", 2)
    monkeypatch.setattr(ab_plant, "LAUNCHES_MORE", 8)


def run(build: Path, record: Path, *more: str) -> int:
    with without_processes():
        return ab.main(["--self-test=short", str(build), f"--record={record}", *FAST, f"--output={record.parent / 'said'}", *more])


def rows(record: Path) -> list[dict[str, str]]:
    with record.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_trials_are_judged_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ab, "SHORT", MORE)
    monkeypatch.setattr(ab_selftest, "BATCH", 4)
    build = fake_build(tmp_path / "A", {CELL: {"ns": 50, "spread": 0.01}})
    assert run(build, tmp_path / "r.csv", "--launches=30") == 0
    said = {(g["condition"], g["planted_percent"]): g for g in json.loads((tmp_path / "r.json").read_text())["groups"]}
    assert said["plain", 0]["PASS"] == 6 and said["loaded", 0]["PASS"] == 2
    assert said["plain", 5]["REGRESSION"] == 3 and said["plain", 10]["REGRESSION"] == 2
    assert said["plain", 5]["median_ratio"] == pytest.approx(1.05, abs=0.01)
    assert "false flags below" in (tmp_path / "said").read_text()


def test_a_second_run_makes_only_what_is_missing(tmp_path: Path) -> None:
    build, record = fake_build(tmp_path / "A", {CELL: {"ns": 50}}), tmp_path / "r.csv"
    run(build, record)
    whole = record.read_text().splitlines(keepends=True)
    record.write_text("".join(whole[:4]))
    run(build, record)
    again = rows(record)
    assert len(again) == 5 and "".join(whole[:4]) in record.read_text()
    assert len({(row["condition"], row["trial"]) for row in again}) == 5
    before = record.read_bytes()
    run(build, record)
    assert record.read_bytes() == before


def test_trials_of_another_build_are_not_mixed_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "r.csv"
    run(fake_build(tmp_path / "A", {CELL: {"ns": 50}}), record)
    assert run(fake_build(tmp_path / "B", {CELL: {"ns": 50}}, build="b2"), record) == 2
    assert f"{record}:2: its build_id is b1, not b2" in capsys.readouterr().err
    assert run(tmp_path / "A", record, "--margin=0.03") == 2
    assert f"{record}:2: its protocol is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("", ":1: not a record"), ("a,b\n1,2\n", ":1: not a record"), (",".join(ab_trials.COLUMNS) + "\nx,y\n", ":2: the row")],
)
def test_a_broken_record(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str) -> None:
    record = tmp_path / "r.csv"
    record.write_text(text)
    assert run(fake_build(tmp_path / "A", {CELL: {"ns": 50}}), record) == 2
    assert f"{record}{message}" in capsys.readouterr().err


def measured(folder: Path, nominal: float, **cell: float) -> Plant:
    build = fake_build(folder, {CELL: {"ns": 50, **cell}})
    return measure_plant(in_process([str(build / "bench" / "extram-bench")], []), Cell(CELL, 1), nominal)


@pytest.mark.parametrize("answers", [0.5, 1, 1.8])
def test_a_plant_is_scaled_to_what_it_does(tmp_path: Path, answers: float) -> None:
    plant = measured(tmp_path / "A", 0.10, answers=answers)
    assert plant.reason == ""
    assert plant.picoseconds(0.10) * answers == pytest.approx(0.10 * 50_000, rel=0.1)


def test_a_plant_that_is_close_is_confirmed_over_more_launches(tmp_path: Path) -> None:
    assert measured(tmp_path / "A", 0.10).reason == ""
    launches = sum("--serve" in line for line in log(tmp_path / "A"))
    assert launches >= 2 * (ab_plant.LAUNCHES + ab_plant.LAUNCHES_MORE)


def test_short_work_has_a_measure_of_its_own(tmp_path: Path) -> None:
    """Work of under 3.5 or 4.5 ns does half of what longer work does."""
    bends = {"long": 4500.0, "answers_short": 0.5, "ns": 40}
    assert measured(tmp_path / "A", 0.10, **{**bends, "long": 3500.0}).picoseconds(0.10) == pytest.approx(4000, rel=0.15)
    assert measured(tmp_path / "B", 0.05, **bends).picoseconds(0.05) == pytest.approx(4000, rel=0.15)
    assert [nominal_for(percent / 100) for percent in (1, 2, 5, 10)] == [0.05, 0.05, 0.05, 0.10]


@pytest.mark.parametrize("deaf", [{"answers": 0}, {"long": 3500.0, "answers_short": 0.05}])
def test_a_cell_that_work_does_not_slow_gets_no_plant(tmp_path: Path, deaf: dict[str, float]) -> None:
    """Nor one that only long work slows, not even the long work."""
    other = "pair/list/beta/threads:2"
    build = fake_build(tmp_path / "A", {CELL: {"ns": 50, **deaf}, other: {"ns": 50, "threads": 2}})
    run(build, tmp_path / "r.csv")
    planted = {row["cell"] for row in rows(tmp_path / "r.csv") if row["planted_percent"] != "0"}
    assert planted == {other}


def test_the_forms_have_the_trials_that_bound_the_rates() -> None:
    assert ab_trials.LONG.plain == {0: 300, 1: 59, 2: 59, 5: 59, 10: 59}
    trials = ab_trials.LONG.trials("plain", 1)
    assert len({trial.number for trial in trials}) == 536 and trials == ab_trials.LONG.trials("plain", 1)


def test_a_summary_counts() -> None:
    row = {"cell": CELL, "ratio": "1.05", "look": "1", "quads": "75", "thrown": "2", "load": "0.5"}
    said = group([{**row, "verdict": "REGRESSION"}] * 59, "plain", 5)
    assert (said["REGRESSION"], said["PASS"], said["found_above"]) == (59, 0, 0.9505)
    assert group([{**row, "verdict": "PASS"}] * 300, "plain", 0)["false_flags_below"] == 0.0099
