# SPDX-License-Identifier: BSD-3-Clause
"""Which limits are measured, with how many threads and where: those beside every run, and those
that only models use."""
from __future__ import annotations

import subprocess
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, cells, listed, valid_rows

SERVER = "package:2 l3:2 core:8 pu:2"
Place = tuple[int, str]  # threads, placement
TWO = {(2, "compact"), (2, "within:L3"), (2, "within:package"), (2, "across:package")}
SEVERAL = TWO | {(32, "compact"), (32, "within:package"), (32, "across:package"), (64, "compact"), (64, "across:package")}


def run(*args: str) -> "subprocess.CompletedProcess[str]":
    return processes.run([*COMMAND, *args], capture_output=True, text=True)


def places(machine: str, *args: str) -> dict[str, set[Place]]:
    """Limit → where it is measured."""
    found: dict[str, set[Place]] = {}
    for cell in cells(run("--list=tsv", "--topology", machine, *args)):
        workload, _, name, threads, placement = cell.split("/")[:5]
        if workload == "limit":
            found.setdefault(name, set()).add((int(threads.removeprefix("threads:")), placement))
    return found


@pytest.fixture(scope="module")
def calibration() -> set[str]:
    found = set(listed(run("--list=tsv"), "calibration"))
    assert len(found) == 10
    return found


def test_shared_lines_within_and_across(calibration: set[str]) -> None:
    found = places(SERVER, "-w", "limit")
    assert {name for name in found if found[name] == TWO} - calibration and {name for name in found if found[name] == SEVERAL} - calibration
    assert all(found[name] in (TWO, SEVERAL) for name in calibration)
    assert {frozenset(found[name]) for name in calibration} == {frozenset(TWO), frozenset(SEVERAL)}
    assert all(places == {(1, "compact")} for places in found.values() if places not in (TWO, SEVERAL))


def test_across_caches_of_one_package(calibration: set[str]) -> None:
    found = places("package:1 l3:4 core:4 pu:1", "-w", "limit")
    two = {(2, "compact"), (2, "scatter"), (2, "within:L3")}
    several = two | {(n, placement) for n in (8, 16) for placement in ("compact", "scatter")}
    assert {frozenset(found[name]) for name in calibration} == {frozenset(two), frozenset(several)}


@pytest.mark.parametrize("cpus, counts", [(1, set()), (2, {2}), (3, {2, 3}), (4, {2, 4}), (6, {2, 3, 6})])
def test_two_half_and_all_cpus(calibration: set[str], cpus: int, counts: set[int]) -> None:
    found = places(f"core:{cpus} pu:1", "-w", "limit")
    measured = {(n, placement) for name in calibration for n, placement in found.get(name, set())}
    assert measured == {(n, "compact") for n in counts}


SOME = [("-w", "pair"), ("-S",), ("--set", "smoke"), ("--filter", "^pair/list"), ("--set", "field", "-w", "pair")]


@pytest.mark.parametrize("args", SOME)
def test_beside_other_cells_only_limits(calibration: set[str], strategies: list[str], args: tuple[str, ...]) -> None:
    beside = places(SERVER, *args, *(strategies[-1:] if args == ("-S",) else ()))
    assert beside and not calibration & set(beside)
    assert {place for found in beside.values() for place in found} == {(1, "compact"), (2, "compact"), (64, "compact")}


@pytest.mark.parametrize("args", [(), ("--set", "field"), ("--set", "every"), ("--set", "full"), ("--set", "smoke", "-w", "limit")])
def test_a_run_of_everything_calibrates(calibration: set[str], args: tuple[str, ...]) -> None:
    assert calibration <= set(places(SERVER, *args))


def test_each_cell_has_a_row(calibration: set[str], tmp_path: Path) -> None:
    args = ("--only", "--set", "every", "-w", "limit", "-r", "1")
    assert run(*args, "-o", str(tmp_path / "a.csv")).returncode == 0
    found = valid_rows(tmp_path / "a.csv")
    assert len(found) == len(cells(run("--list=tsv", *args)))
    for row in found:
        assert row["kind"] == ("calibration" if row["strategy"] in calibration else "limit")
        assert row["disturbed"] == "1" or float(row["ns_per_pair"]) > 0
        assert row["p50_ns"] == row["samples"] == ""
    assert not (tmp_path / "a.hgrm").exists()
