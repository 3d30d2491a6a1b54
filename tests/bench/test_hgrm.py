# SPDX-License-Identifier: BSD-3-Clause
"""The distributions beside a result file, read back, against the percentiles of its rows."""
from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import COMMAND, ROOT, Bench

sys.path.insert(0, str(ROOT / "results"))

import names  # noqa: E402
from hgrm import Distribution, beside, folder_of  # noqa: E402
from rules import QUANTILES  # noqa: E402

TIMED = ("-w", "latency", "-L", "list", "-t", "1,2", "--hold", "0", "--think", "0", "--block-ms", "100", "--window-us", "1000")
# The CSV has six digits, a file three decimals.
DIGITS = 2e-5
DECIMALS = 1e-3

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_cell(path: Path) -> dict[str, list[Row]]:
    """Blocks with samples: on a crowded machine a short one may have none."""
    cells: dict[str, list[Row]] = {}
    for row in rows(path):
        if row["samples"] != "0":
            cells.setdefault(names.cell(row), []).append(row)
    assert cells
    return cells


def distributions(path: Path) -> dict[str, Distribution]:
    return {found.notes["cell"]: found for _, found in beside(path, rows(path)[0]["run_id"])}


def test_one_block_has_exactly_its_percentiles(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    done = bench(*TIMED, "-S", ",".join(strategies[:2]), "--repetitions", "1", "-o", "a.csv")
    assert done.returncode == 0, done.stderr
    found = distributions(tmp_path / "a.csv")
    cells = by_cell(tmp_path / "a.csv")
    assert found.keys() == cells.keys()
    for name, (row,) in cells.items():
        assert found[name].total == int(row["samples"])
        assert found[name].values[-1] == pytest.approx(float(row["max_ns"]), rel=DIGITS)
        given = {q: float(row[column]) for column, q in QUANTILES.items() if row[column]}
        for q, ns in given.items():
            assert found[name].quantile(q) == pytest.approx(ns, rel=DIGITS, abs=DECIMALS)


def test_blocks_of_a_cell_are_added_up(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    assert bench(*TIMED, "-S", strategies[0], "--repetitions", "3", "-o", "a.csv").returncode == 0
    found = distributions(tmp_path / "a.csv")
    for name, blocks in by_cell(tmp_path / "a.csv").items():
        assert found[name].notes["blocks"] == "3"
        assert found[name].total == sum(int(row["samples"]) for row in blocks)
        for column, q in QUANTILES.items():
            given = [float(row[column]) for row in blocks if row[column]]
            if len(given) == len(blocks):
                assert min(given) * (1 - DIGITS) - DECIMALS <= found[name].quantile(q) <= max(given) * (1 + DIGITS) + DECIMALS
        assert found[name].values[-1] == pytest.approx(max(float(row["max_ns"]) for row in blocks), rel=DIGITS)


def test_nothing_timed_leaves_no_folder(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "pair", "-L", "list", "-t", "1", "-S", strategies[0], "--block-ms", "20", "--repetitions", "1")
    assert bench(*options, "-o", "a.csv").returncode == 0
    assert not folder_of(tmp_path / "a.csv").exists()


def test_a_second_run_replaces_those_of_the_first(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    assert bench(*TIMED, "-S", strategies[0], "--repetitions", "1", "-o", "a.csv").returncode == 0
    assert bench(*TIMED, "-S", strategies[1], "--repetitions", "1", "-o", "a.csv", "--force").returncode == 0
    names = [path.name for path in (tmp_path / "a.hgrm").iterdir()]
    assert names and all(f"_{strategies[1]}_threads" in name for name in names)


def test_a_folder_that_cannot_be_made(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    (tmp_path / "a.hgrm").write_text("in the way")
    done = bench(*TIMED, "-S", strategies[0], "--repetitions", "1", "-o", "a.csv")
    assert done.returncode == 2
    assert "a.hgrm" in done.stderr and len(rows(tmp_path / "a.csv")) == 2


def test_an_interrupted_run_keeps_its_distributions(tmp_path: Path, strategies: list[str]) -> None:
    command = [*COMMAND, "--only", *TIMED, "-S", strategies[0], "--repetitions", "200", "-o", "a.csv"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (tmp_path / "a.csv.tmp").exists() or (tmp_path / "a.csv.tmp").read_bytes().count(b"\n") < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130, stderr
    kept = tmp_path / "a.partial.csv"
    found = distributions(kept)
    assert {name: found[name].total for name in found} == {
        name: sum(int(row["samples"]) for row in blocks) for name, blocks in by_cell(kept).items()
    }
