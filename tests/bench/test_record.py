# SPDX-License-Identifier: BSD-3-Clause
"""The recorder: a trace of what the threads of a program did, and nothing else, which the harness
replays."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import processes
import pytest
from conftest import Bench

LIBRARY = os.environ.get("EXTRAM_RECORD_LIBRARY", "")
PROGRAM = os.environ.get("EXTRAM_RECORDED", "")

pytestmark = pytest.mark.skipif(not LIBRARY, reason="a library cannot be preloaded in this build")


def record(folder: Path, *arguments: str, preload: str = LIBRARY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.go.record", "--preload", preload, "-o", "t.trace", *arguments]
    return processes.run(command, cwd=folder, capture_output=True, text=True)


def events(folder: Path) -> list[tuple[int, int, int]]:
    """thread, start, hold."""
    lines = (folder / "t.trace").read_text().splitlines()
    rows = lines[lines.index("thread,start_ns,hold_ns") + 1 :]
    return [(int(a), int(b), int(c)) for a, b, c in (row.split(",") for row in rows)]


def test_only_outermost_calls_of_own_threads(tmp_path: Path) -> None:
    done = record(tmp_path, "--remark", "three threads", "--", PROGRAM)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t.trace").read_text().startswith("# extram trace 1\n# three threads\n")
    found = events(tmp_path)
    assert [thread for thread, _, _ in found] == [0, 1, 1, 2, 2, 2]
    starts = [start for _, start, _ in found]
    assert starts == sorted(starts) and starts[0] == 0


def test_calls_of_one_thread_do_not_overlap(tmp_path: Path) -> None:
    assert record(tmp_path, "--", PROGRAM).returncode == 0
    last = [event for event in events(tmp_path) if event[0] == 2]
    for (_, start, hold), (_, then, _) in zip(last, last[1:]):
        assert start + hold <= then


def test_the_first_callbacks_only(tmp_path: Path) -> None:
    assert record(tmp_path, "--most", "2", "--", PROGRAM).returncode == 0
    assert [thread for thread, _, _ in events(tmp_path)] == [0, 1]


def test_a_recorded_trace_is_replayed(tmp_path: Path, bench: Bench, strategies: list[str]) -> None:
    assert record(tmp_path, "--", PROGRAM).returncode == 0
    done = bench("--replay", "t.trace", "-S", strategies[0], "-r", "1", "-o", "a.csv")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--", "/bin/true"), "called Go"),
        (("--", "/bin/false"), "status 1"),
        (("--", "/nosuch"), "No such file"),
        (("--most", "0", "--", "/bin/true"), "--most"),
        (("--nosuch",), "required"),
    ],
)
def test_what_cannot_be_recorded(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = record(tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "t.trace").exists()


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    assert "no such file" in record(tmp_path, "--", PROGRAM, preload="nosuch.so").stderr
