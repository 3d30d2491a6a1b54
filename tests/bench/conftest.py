# SPDX-License-Identifier: BSD-3-Clause
"""The program under test comes from meson: EXTRAM_BENCH, with its emulator before it if there is
one."""
from __future__ import annotations

import csv
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import processes

Row = dict[str, str]
Bench = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).resolve().parents[2]

processes.heed_signals()
COMMAND = shlex.split(os.environ["EXTRAM_BENCH"])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Runs it in an empty folder: just the cells that a test asks for, chosen from all."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        chosen = () if "--set" in args else ("--set", "field")
        return processes.run([*COMMAND, "--only", *chosen, *args], cwd=tmp_path, capture_output=True, text=True)

    return run


def rows(path: Path) -> list[Row]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def validated(path: Path) -> str:
    """What the validator says of a file that it accepts."""
    done = processes.run(["/usr/bin/python3", "-m", "results.validate", str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def valid_rows(path: Path) -> list[Row]:
    validated(path)
    return rows(path)


def listed(done: "subprocess.CompletedProcess[str]", *kinds: str) -> dict[str, Row]:
    """The lines of these kinds that --list=tsv has printed, by name."""
    assert done.returncode == 0, done.stderr
    lines = csv.DictReader(done.stdout.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {line["name"]: line for line in lines if line["kind"] in kinds}


def cells(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return list(listed(done, "cell"))


@pytest.fixture
def properties(bench: Bench) -> dict[str, Row]:
    return listed(bench("--list=tsv"), "strategy", "peer")


@pytest.fixture
def strategies(properties: dict[str, Row]) -> list[str]:
    return list(properties)


@pytest.fixture
def crowding(properties: dict[str, Row]) -> list[str]:
    """Those that more threads than CPUs can use in any workload."""
    return [name for name, of in properties.items() if of["fifo"] == "no"]
