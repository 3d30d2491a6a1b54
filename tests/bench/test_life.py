# SPDX-License-Identifier: BSD-3-Clause
"""
Threads that are born and die, signals whose handlers call, threads that sit: what their rows say. No time decides anything here: on a crowded
machine, a block may be over before a thread of it came to run.
"""
from __future__ import annotations

import csv
import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Bench, listed

Row = dict[str, str]
FEW_SAMPLES = 200  # half of them lie above the median, and a percentile wants 100


def measure(bench: Bench, folder: Path, *options: str) -> list[Row]:
    """Rows that the validator accepts; every block has kept its ms, or there would be none."""
    done = bench(*options, "--repetitions", "1", "--output", "a.csv")
    assert done.returncode == 0, done.stderr
    checked = subprocess.run(
        ["/usr/bin/python3", str(ROOT / "results" / "validate.py"), "a.csv"], cwd=folder, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    with open(folder / "a.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("level", ["list", "callback"])
def test_churn(bench: Bench, tmp_path: Path, strategies: list[str], level: str) -> None:
    options = ("-w", "churn", "-L", level, "-S", ",".join(strategies), "-t", "2", "--value", "1,3", "--block-ms", "30")
    rows = measure(bench, tmp_path, *options)
    assert {(row["strategy"], row["calls"]) for row in rows} == {(name, calls) for name in strategies for calls in "13"}
    for row in rows:
        lives, rest = divmod(int(row["pairs"]), int(row["calls"]))
        assert rest == 0
        assert row["us_per_thread"] or lives < FEW_SAMPLES
        assert row["cpu_ns_per_pair"] or lives == 0
        assert row["ms_retained"] == row["ms_created"]


def test_many_lives_have_a_time(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    (row,) = measure(bench, tmp_path, "-w", "churn", "-L", "list", "-S", strategies[0], "-t", "2", "--value", "1", "--block-ms", "2000")
    assert int(row["pairs"]) >= FEW_SAMPLES and float(row["us_per_thread"]) > 0


def test_lives_without_calls_need_no_m(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "churn", "-S", ",".join(strategies), "-t", "2", "--value", "0", "--prefill", "1", "--block-ms", "30")
    for row in measure(bench, tmp_path, *options):
        assert (row["pairs"], row["ms_created"], row["cpu_ns_per_pair"]) == ("0", "1", "")


def test_lines_beyond_the_cpus(bench: Bench, tmp_path: Path, crowding: list[str]) -> None:
    options = ("-w", "churn", "-L", "callback", "-S", ",".join(crowding), "-t", "30", "--prefill", "1", "--block-ms", "50")
    for row in measure(bench, tmp_path, *options, "--value", "2"):
        assert row["us_per_thread"] or row["pairs"] == "0"
        assert 1 <= int(row["ms_created"]) <= 2 * 30


@pytest.mark.parametrize("threads", ["2", "30"])
def test_storm(bench: Bench, tmp_path: Path, crowding: list[str], threads: str) -> None:
    options = ("-w", "storm", "-S", ",".join(crowding), "-t", threads, "--value", "0,5000", "--block-ms", "50")
    rows, promises = measure(bench, tmp_path, *options), listed(bench)
    assert {(row["strategy"], row["signal_hz"]) for row in rows} == {(name, hz) for name in crowding for hz in ("0", "5000")}
    for row in rows:
        assert row["signals"] == "0" or row["signal_hz"] == "5000"
        assert (row["signals"] == "0") == (row["resp_max_ns"] == "")
        assert bool(row["resp_p50_ns"]) == (int(row["signals"]) >= FEW_SAMPLES)
        assert row["ms_created"] == row["ms_retained"]
        # A last that is spurious is paid by an m more, of each CPU once.
        spare = 0 if "last exact" in promises[row["strategy"]] else int(row["cpus"])
        assert int(threads) + 1 <= int(row["ms_created"]) <= int(threads) + 1 + spare
    assert any(row["signals"] != "0" for row in rows) and any(row["pairs"] != "0" for row in rows)


def test_storm_has_no_more_signals_than_were_due(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    (row,) = measure(bench, tmp_path, "-w", "storm", "-S", strategies[-1], "-t", "2", "--value", "100", "--block-ms", "200")
    # One more for each thread, whose timer starts a little before the block does.
    assert int(row["signals"]) <= 2 * (int(row["wall_ns"]) * 100 // 10**9 + 2)


def test_too_many_signals(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    done = bench("-w", "storm", "-S", strategies[0], "-t", "1", "--value", "100001", "-o", "a.csv")
    assert done.returncode == 1
    assert "100001 signals a second are too many" in done.stderr


def test_in_order_leaves_out_what_it_cannot_take(bench: Bench, strategies: list[str], crowding: list[str]) -> None:
    """A storm wants a CPU for each thread of a strategy that serves in order."""
    in_order = set(strategies) - set(crowding)
    cells = bench("--list", "-w", "storm", "-t", "1,64", "-S", ",".join(strategies)).stdout.splitlines()
    for name in strategies:
        assert any(re.search(f"/{name}(:[^/]+)?/threads:1/", cell) for cell in cells)
        assert any(re.search(f"/{name}(:[^/]+)?/threads:64/", cell) for cell in cells) == (name not in in_order)


def test_idle(bench: Bench, tmp_path: Path, crowding: list[str]) -> None:
    rows = measure(bench, tmp_path, "-w", "idle", "-S", ",".join(crowding), "-t", "10,70", "--block-ms", "20")
    assert {(row["strategy"], row["threads"]) for row in rows} == {(name, n) for name in crowding for n in ("10", "70")}
    for row in rows:
        assert row["prefill"] == "1" and row["all_in_ms"]
        assert row["ms_in_use"] == "0"
        assert int(row["pairs"]) == int(row["threads"]) + 64
        # The new threads are all in their callbacks at once.
        assert int(row["ms_created"]) >= float(row["ms_held"]) + 64
        assert row["ms_retained"] == row["ms_created"]


def test_a_thread_that_keeps_its_m_holds_it_while_idle(bench: Bench, tmp_path: Path) -> None:
    rows, promises = measure(bench, tmp_path, "-w", "idle", "-t", "30", "--block-ms", "20"), listed(bench)
    # All 30, or fewer where the list's last one is not kept.
    assert all((float(row["ms_held"]) > 0) == ("threads keep ms" in promises[row["strategy"]]) for row in rows)
    assert {float(row["ms_held"]) for row in rows} >= {0, 30}
