# SPDX-License-Identifier: BSD-3-Clause
"""What a test starts ends with it, however the test ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import processes
import pytest
from conftest import ROOT

# Starts a child in a session of its own, and tells its number.
PARENT = "setsid sleep 1000 & echo $!; wait"


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_program_ends_with_its_block_and_so_do_its_children() -> None:
    with pytest.raises(ZeroDivisionError), processes.started(["bash", "-c", PARENT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert alive(child)
        raise ZeroDivisionError
    assert process.returncode == -signal.SIGKILL and not alive(child)


def test_a_command_leaves_nothing_running() -> None:
    done = processes.run(["bash", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True)
    assert done.returncode == 0 and not alive(int(done.stdout))


def test_a_wait_ends_with_the_program() -> None:
    with processes.started(["sh", "-c", "exit 3"]) as process, pytest.raises(pytest.fail.Exception, match="ended with 3"):
        processes.wait_until(lambda: False, process)


def test_what_was_there_before_the_end_is_found() -> None:
    with processes.started(["true"]) as process:
        assert processes.wait_until(lambda: process.poll() is not None, process)


def test_a_block_grows_until_it_has_enough() -> None:
    assert processes.longer(lambda ms: ms, lambda ms: ms > 70, 20) == 80
    with pytest.raises(AssertionError):
        processes.longer(lambda ms: ms, lambda ms: False, 20)


def test_sigterm_ends_what_the_tests_have_started(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import processes\nprocesses.heed_signals()\n")
    (tmp_path / "test_it.py").write_text(f"""
import processes
def test_it():
    with processes.started(["bash", "-c", {PARENT!r}], stdout=open({str(tmp_path / 'child')!r}, "w")) as process:
        process.wait()
""")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {"PYTHONPATH": str(ROOT / "tests" / "common"), "PATH": "/usr/bin:/bin"}
    with processes.started(command, env=environment, stdout=subprocess.DEVNULL) as process:
        told = tmp_path / "child"
        processes.wait_until(lambda: told.exists() and told.read_text().endswith("\n"), process)
        child = int(told.read_text())
        process.terminate()
        assert process.wait() == 143
        assert not alive(child)
