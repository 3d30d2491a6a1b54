# SPDX-License-Identifier: BSD-3-Clause
"""The program under test comes from meson: EXTRAM_BENCH, with its emulator before it if there is one."""
from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Bench = Callable[..., "subprocess.CompletedProcess[str]"]

ROOT = Path(__file__).resolve().parents[2]
COMMAND = shlex.split(os.environ["EXTRAM_BENCH"])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Runs it in an empty folder: just the cells that a test asks for, chosen from all."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        chosen = () if "--set" in args else ("--set", "field")
        return subprocess.run([*COMMAND, "--only", *chosen, *args], cwd=tmp_path, capture_output=True, text=True, timeout=300)

    return run


def listed(bench: Bench) -> dict[str, str]:
    """Names as --list prints them, and what stands below each."""
    lines = [line.strip() for line in bench("--list").stdout.split("workloads:")[0].splitlines()[1:]]
    return {line.split()[0]: below for line, below in zip(lines, lines[1:] + [""]) if not line.startswith("[")}


@pytest.fixture
def strategies(bench: Bench) -> list[str]:
    return list(listed(bench))


@pytest.fixture
def crowding(bench: Bench) -> list[str]:
    """Those that more threads than CPUs can use in any workload."""
    return [name for name, below in listed(bench).items() if "first come first served" not in below]
