# SPDX-License-Identifier: BSD-3-Clause
"""The distributions beside a result file, read back, against the percentiles of its rows."""
from __future__ import annotations

import csv
import signal
import subprocess
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, Bench, Row, rows

from results import names
from results.hgrm import Distribution, beside, folder_of
from results.rules import QUANTILES

TIMED = ("-w", "latency", "-L", "list", "-t", "1,2", "--hold", "0", "--think", "0", "--window-us", "1000")
BLOCK_MS = 100
# The CSV has six digits, a file three decimals.
DIGITS = 2e-5
DECIMALS = 1e-3



def by_cell(path: Path) -> dict[str, list[Row]]:
    """Blocks with samples: on a crowded machine a short one may have none."""
    cells: dict[str, list[Row]] = {}
    for row in rows(path):
        if row["samples"] != "0":
            cells.setdefault(names.cell(row), []).append(row)
    return cells


def have_samples(path: Path) -> bool:
    """Whether three rows are there, and samples in each of them."""
    if not path.exists() or path.read_bytes().count(b"\n") < 4:
        return False
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
    return sum(row["samples"] != "0" for row in csv.DictReader(whole)) >= 3


def measured(bench: Bench, folder: Path, *options: str) -> dict[str, list[Row]]:
    """The blocks of a run in which each cell has some with samples."""

    def run(ms: int) -> dict[str, list[Row]]:
        done = bench(*TIMED, "--block-ms", str(ms), *options, "-o", "a.csv", "--force")
        assert done.returncode == 0, done.stderr
        return by_cell(folder / "a.csv")

    return processes.longer(run, lambda cells: cells.keys() == {names.cell(row) for row in rows(folder / "a.csv")}, BLOCK_MS)


def distributions(path: Path) -> dict[str, Distribution]:
    return {found.notes["cell"]: found for _, found in beside(path, rows(path)[0]["run_id"])}


def test_one_block_has_exactly_its_percentiles(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    cells = measured(bench, tmp_path, "-S", ",".join(strategies[:2]), "--repetitions", "1")
    found = distributions(tmp_path / "a.csv")
    assert found.keys() == cells.keys()
    for name, (row,) in cells.items():
        assert found[name].total == int(row["samples"])
        assert found[name].values[-1] == pytest.approx(float(row["max_ns"]), rel=DIGITS)
        given = {q: float(row[column]) for column, q in QUANTILES.items() if row[column]}
        for q, ns in given.items():
            assert found[name].quantile(q) == pytest.approx(ns, rel=DIGITS, abs=DECIMALS)


def test_blocks_of_a_cell_are_added_up(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    cells = measured(bench, tmp_path, "-S", strategies[0], "--repetitions", "3")
    found = distributions(tmp_path / "a.csv")
    for name, blocks in cells.items():
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
    measured(bench, tmp_path, "-S", strategies[0], "--repetitions", "1")
    measured(bench, tmp_path, "-S", strategies[1], "--repetitions", "1")
    names = [path.name for path in (tmp_path / "a.hgrm").iterdir()]
    assert names and all(f"_{strategies[1]}_threads" in name for name in names)


def test_a_folder_that_cannot_be_made(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    (tmp_path / "a.hgrm").write_text("in the way")

    def run(ms: int) -> list[Row]:
        done = bench(*TIMED, "--block-ms", str(ms), "-S", strategies[0], "--repetitions", "1", "-o", "a.csv", "--force")
        found = rows(tmp_path / "a.csv")
        assert len(found) == 2
        if any(row["samples"] != "0" for row in found):
            assert done.returncode == 2 and "a.hgrm" in done.stderr
        return found

    processes.longer(run, lambda found: any(row["samples"] != "0" for row in found), BLOCK_MS)


def test_an_interrupted_run_keeps_its_distributions(tmp_path: Path, strategies: list[str]) -> None:
    command = [*COMMAND, "--only", *TIMED, "--block-ms", "100", "-S", strategies[0], "--repetitions", "100000", "-o", "a.csv"]
    with processes.started(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        processes.wait_until(lambda: have_samples(tmp_path / "a.csv.tmp"), process)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate()
    assert process.returncode == 130, stderr
    kept = tmp_path / "a.partial.csv"
    found = distributions(kept)
    assert {name: found[name].total for name in found} == {
        name: sum(int(row["samples"]) for row in blocks) for name, blocks in by_cell(kept).items()
    }
