# SPDX-License-Identifier: BSD-3-Clause
"""coldburst: rows of whole bursts, with every axis that it has."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import Bench, rows, validated

BURST = ("-w", "coldburst", "-r", "1", "-o", "a.csv", "--force")
THREADS = 24


def burst(bench: Bench, tmp_path: Path, *options: str) -> list[dict[str, str]]:
    done = bench(*BURST, "-t", str(THREADS), *options)
    assert done.returncode == 0, done.stderr
    return rows(tmp_path / "a.csv")


@pytest.fixture
def some(crowding: list[str]) -> str:
    return ",".join(crowding)


def test_rows_of_every_strategy(bench: Bench, tmp_path: Path, crowding: list[str], some: str) -> None:
    found = burst(bench, tmp_path, "-S", some, "--set", "every")
    assert {row["strategy"] for row in found} == set(crowding)
    for row in found:
        assert (row["workload"], row["level"], row["prefill"], row["refill"]) == ("coldburst", "callback", "1", "go")
        assert int(row["tokens"]) == int(row["cpus"]) == len(os.sched_getaffinity(0))
        assert 0 < float(row["all_in_ms"]) * 1e6 <= float(row["wall_ns"])
        assert (row["threads"], row["pairs"], row["bound"]) == (str(THREADS),) * 3
        assert float(row["cpu_ns_per_pair"]) > 0 and row["waiting"]
    validated(tmp_path / "a.csv")


def test_each_thread_has_an_m_and_one_is_left(bench: Bench, tmp_path: Path, some: str) -> None:
    """The list held one: the others were made in the burst, with their stacks, and are all back on
    the list."""
    for row in burst(bench, tmp_path, "-S", some, "--set", "every"):
        assert int(row["ms_created"]) > THREADS
        assert row["ms_retained"] == row["ms_created"]
        assert 36 * 1024 < float(row["bytes_per_m"]) < 48 * 1024


def test_every_way_to_wait(bench: Bench, tmp_path: Path, some: str) -> None:
    found = burst(bench, tmp_path, "-S", some, "--waiting", "poll,backoff,futex", "--filter", "refill:go")
    ways: dict[str, set[str]] = {}
    for row in found:
        ways.setdefault(row["strategy"], set()).add(row["waiting"])
    assert {"poll", "backoff", "futex"} in ways.values()
    assert all(len(words) in (1, 3) for words in ways.values())


def test_every_refill_policy(bench: Bench, tmp_path: Path, crowding: list[str]) -> None:
    found = burst(bench, tmp_path, "-S", ",".join(crowding), "--refill", "go,one,double,low_water", "--waiting", "futex", "--prefill", "1")
    for name in crowding:
        made = {row["refill"]: int(row["ms_created"]) for row in found if row["strategy"] == name}
        assert set(made) == {"go", "one", "double", "low_water"}
        assert made["low_water"] >= THREADS + 16
        assert min(made.values()) > THREADS


def test_a_warm_list(bench: Bench, tmp_path: Path, some: str) -> None:
    for row in burst(bench, tmp_path, "-S", some, "--waiting", "poll", "--refill", "go", "--prefill", "0"):
        assert row["prefill"] == str(THREADS + 1)
        assert int(row["ms_created"]) >= THREADS + 1
