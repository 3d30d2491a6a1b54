# SPDX-License-Identifier: BSD-3-Clause
"""
Threads that are born and die, signals whose handlers call, threads that sit: what their rows say.
No time decides anything here: on a crowded machine, a block may be over before a thread of it came
to run.
"""
from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from conftest import Bench, Row, cells, valid_rows
from processes import longer

FEW_SAMPLES = 200  # half of them lie above the median, and a percentile wants 100


def measure(bench: Bench, folder: Path, *options: str) -> list[Row]:
    """Rows that the validator accepts; every block has kept its ms, or there would be none."""
    done = bench(*options, "--repetitions", "1", "--output", "a.csv", "--force")
    assert done.returncode == 0, done.stderr
    return valid_rows(folder / "a.csv")


@pytest.mark.parametrize("level", ["list", "callback"])
def test_churn(bench: Bench, tmp_path: Path, strategies: list[str], level: str) -> None:
    options = ("-w", "churn", "-L", level, "-S", ",".join(strategies), "-t", "2", "--calls", "1,3", "--block-ms", "30")
    rows = measure(bench, tmp_path, *options)
    assert {(row["strategy"], row["calls"]) for row in rows} == {(name, calls) for name in strategies for calls in "13"}
    for row in rows:
        lives, rest = divmod(int(row["pairs"]), int(row["calls"]))
        assert rest == 0
        assert row["us_per_thread"] or lives < FEW_SAMPLES
        assert row["cpu_ns_per_pair"] or lives == 0
        assert row["ms_retained"] == row["ms_created"]


def test_many_lives_have_a_time(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "churn", "-L", "list", "-S", strategies[0], "-t", "2", "--calls", "1", "--block-ms")
    (row,) = longer(lambda ms: measure(bench, tmp_path, *options, str(ms)), lambda rows: int(rows[0]["pairs"]) >= FEW_SAMPLES, 200)
    assert float(row["us_per_thread"]) > 0


def test_lives_without_calls_need_no_m(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "churn", "-S", ",".join(strategies), "-t", "2", "--calls", "0", "--prefill", "1", "--block-ms", "30")
    for row in measure(bench, tmp_path, *options):
        assert (row["pairs"], row["ms_created"], row["cpu_ns_per_pair"]) == ("0", "1", "")


def test_lines_beyond_the_cpus(bench: Bench, tmp_path: Path, crowding: list[str]) -> None:
    options = ("-w", "churn", "-L", "callback", "-S", ",".join(crowding), "-t", "30", "--prefill", "1", "--block-ms", "50")
    for row in measure(bench, tmp_path, *options, "--calls", "2"):
        assert row["us_per_thread"] or row["pairs"] == "0"
        assert 1 <= int(row["ms_created"]) <= 2 * 30


@pytest.mark.parametrize("threads", ["2", "30"])
def test_storm(bench: Bench, tmp_path: Path, crowding: list[str], properties: dict[str, Row], threads: str) -> None:
    options = ("-w", "storm", "-S", ",".join(crowding), "-t", threads, "--signal-hz", "0,5000", "--block-ms", "50")
    rows = measure(bench, tmp_path, *options)
    assert {(row["strategy"], row["signal_hz"]) for row in rows} == {(name, hz) for name in crowding for hz in ("0", "5000")}
    for row in rows:
        assert row["signals"] == "0" or row["signal_hz"] == "5000"
        assert (row["signals"] == "0") == (row["resp_max_ns"] == "")
        assert bool(row["resp_p50_ns"]) == (int(row["signals"]) >= FEW_SAMPLES)
        assert row["ms_created"] == row["ms_retained"]
        # A last that is spurious is paid by an m more, of each CPU once.
        spare = 0 if properties[row["strategy"]]["last_exact"] == "yes" else int(row["cpus"])
        assert int(threads) + 1 <= int(row["ms_created"]) <= int(threads) + 1 + spare


def test_storm_has_signals_and_pairs(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "storm", "-S", strategies[-1], "-t", "2", "--signal-hz", "5000", "--block-ms")
    longer(lambda ms: measure(bench, tmp_path, *options, str(ms)), lambda rows: "0" not in (rows[0]["signals"], rows[0]["pairs"]), 50)


def test_storm_has_no_more_signals_than_were_due(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    began = time.monotonic()
    (row,) = measure(bench, tmp_path, "-w", "storm", "-S", strategies[-1], "-t", "2", "--signal-hz", "100", "--block-ms", "1000")
    # A thread's timer starts some time before the block does. On a crowded machine that is long.
    assert int(row["signals"]) <= 2 * ((time.monotonic() - began) * 100 + 1)


def test_too_many_signals(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    done = bench("-w", "storm", "-S", strategies[0], "-t", "1", "--signal-hz", "100001", "-o", "a.csv")
    assert done.returncode == 1
    assert "100001" in done.stderr


def test_in_order_leaves_out_what_it_cannot_take(bench: Bench, strategies: list[str], crowding: list[str]) -> None:
    """A storm wants a CPU for each thread of a strategy that serves in order."""
    listed = cells(bench("--list=tsv", "-w", "storm", "-t", "1,64", "-S", ",".join(strategies)))
    for name in strategies:
        assert any(re.search(f"/{name}(:[^/]+)?/threads:1/", cell) for cell in listed)
        assert any(re.search(f"/{name}(:[^/]+)?/threads:64/", cell) for cell in listed) == (name in crowding)


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


def test_a_thread_that_keeps_its_m_holds_it_while_idle(bench: Bench, tmp_path: Path, properties: dict[str, Row]) -> None:
    rows = measure(bench, tmp_path, "-w", "idle", "-t", "30", "--block-ms", "20")
    # All 30, or fewer where the list's last one is not kept.
    assert all((float(row["ms_held"]) > 0) == (properties[row["strategy"]]["keeps"] == "yes") for row in rows)
    assert {float(row["ms_held"]) for row in rows} >= {0, 30}
