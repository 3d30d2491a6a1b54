# SPDX-License-Identifier: BSD-3-Clause
"""CPUs as the kernel, hwloc and filters of system calls show them."""
from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, rows

REFUSE = os.environ["EXTRAM_REFUSE"]
NUMBERS = os.environ["EXTRAM_NUMBERS"]
POSSIBLE = "/sys/devices/system/cpu/possible"
SHORT = ("--only", "--set", "every", "-w", "pair", "-L", "list", "-r", "1", "--block-ms", "10", "-o", "a.csv")
ERRORS = [errno.EPERM, errno.ENOSYS]
# Measuring does without; or cannot.
WITHOUT = ["membarrier", "rseq", "getcpu", "sched_setaffinity"]
NEEDED = ["sched_yield", "clock_nanosleep", "rt_sigprocmask", "sigaltstack", "gettid", "clock_gettime", "getrusage"]

alone = pytest.mark.skipif(len(COMMAND) > 1, reason="under an emulator")


def run(folder: Path, *command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, **environment}
    return processes.run(command, cwd=folder, env=env, capture_output=True, text=True)


def refused(folder: Path, call: str, error: int, *args: str) -> "subprocess.CompletedProcess[str]":
    done = run(folder, REFUSE, str(error), call, *COMMAND, *args)
    if done.returncode == 77:
        pytest.skip(f"no filter of system calls here: {done.stderr}")
    return done


@alone
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("options", [("--list",), SHORT])
def test_nothing_goes_on_without_the_mask_of_cpus(tmp_path: Path, error: int, options: tuple[str, ...]) -> None:
    done = refused(tmp_path, "sched_getaffinity", error, *options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("extram-bench: ") and line.endswith(f": sched_getaffinity: {os.strerror(error)}")
    assert list(tmp_path.iterdir()) == []


@alone
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", NEEDED)
def test_a_call_that_measuring_needs(tmp_path: Path, call: str, error: int) -> None:
    done = refused(tmp_path, call, error, *SHORT)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("extram-bench: ") and call in line and line.endswith(os.strerror(error))
    assert list(tmp_path.iterdir()) == []


@alone
def test_the_c_library_ends_a_process_without_futex(tmp_path: Path) -> None:
    done = refused(tmp_path, "futex", errno.EPERM, *SHORT)
    assert (done.returncode, done.stdout) == (-signal.SIGABRT, "")
    assert "futex" in done.stderr and list(tmp_path.iterdir()) == []


@alone
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("call", WITHOUT)
def test_a_call_that_measuring_does_without(tmp_path: Path, call: str, error: int) -> None:
    done = refused(tmp_path, call, error, *SHORT)
    assert done.returncode == 0, done.stderr
    bound = {row["bound"] == row["threads"] for row in rows(tmp_path / "a.csv")}
    assert bound == {call != "sched_setaffinity"}
    assert ("not bound" in done.stderr) == (call == "sched_setaffinity")


@alone
@pytest.mark.parametrize(
    ("error", "why"), [(errno.EACCES, "not allowed; see perf_event_paranoid"), (errno.ENOENT, "this machine shows no such counter")]
)
def test_events_that_cannot_be_counted(tmp_path: Path, error: int, why: str) -> None:
    done = refused(tmp_path, "perf_event_open", error, *SHORT, "--counters", "cycles")
    if "libpfm4-dev" in done.stderr:
        pytest.skip("built without libpfm4")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if "counted" in line] == [f"extram-bench: nothing is counted: cycles: {why}"]
    assert {row["events"] + row["cycles_per_pair"] for row in rows(tmp_path / "a.csv")} == {""}


@alone
@pytest.mark.parametrize("machine", ["pu:8", "core:4 pu:2", "core:1 pu:1"])
def test_no_thread_is_bound_by_a_description(tmp_path: Path, machine: str) -> None:
    done = run(tmp_path, *COMMAND, *SHORT, HWLOC_SYNTHETIC=machine)
    assert done.returncode == 0, done.stderr
    assert "not bound" in done.stderr and "hwloc" in done.stderr
    cpus = str(len(os.sched_getaffinity(0)))
    assert {(row["cpus"], row["placement"], row["bound"]) for row in rows(tmp_path / "a.csv")} == {(cpus, "none", "0")}
    facts = (tmp_path / "a.machine.txt").read_text(encoding="utf-8")
    assert "warning: threads are not bound to CPUs" in facts and f"cores {cpus} (each hardware thread" in facts
    assert (tmp_path / "a.hwloc.xml").read_text(encoding="utf-8").count('type="PU"') == int(cpus)


@alone
def test_a_placement_is_refused_where_none_is_bound(tmp_path: Path) -> None:
    done = run(tmp_path, *COMMAND, "--placement", "compact", "--list", HWLOC_SYNTHETIC="pu:8")
    assert (done.returncode, done.stdout) == (2, "")
    assert "compact" in done.stderr and "hwloc" in done.stderr.splitlines()[-1]


@alone
def test_a_machine_without_cores(tmp_path: Path) -> None:
    """As some virtual machines show themselves: threads are bound, and each stands for a core."""
    cpus = len(os.sched_getaffinity(0))
    machine = f"pu:{max(os.sched_getaffinity(0)) + 1}"
    done = run(tmp_path, *COMMAND, *SHORT, HWLOC_SYNTHETIC=machine, HWLOC_THISSYSTEM="1")
    assert done.returncode == 0, done.stderr
    assert "cores" in done.stderr.splitlines()[0]
    assert all((row["placement"], row["bound"]) == ("compact", row["threads"]) for row in rows(tmp_path / "a.csv"))
    assert f"cores {cpus} (each" in (tmp_path / "a.machine.txt").read_text(encoding="utf-8")


def shown(tmp_path: Path, possible: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs it where the kernel's file says something else, on the process's last CPU alone."""
    unshare = shutil.which("unshare")
    if unshare is None or not Path(POSSIBLE).exists():
        pytest.skip("no unshare here, or no such file")
    made_up = tmp_path.parent / f"{tmp_path.name}-possible"
    made_up.write_text(possible, encoding="utf-8")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mount = f'mount --bind "{made_up}" {POSSIBLE} || exit 77; exec taskset -c {max(os.sched_getaffinity(0))} "$@"'
    done = run(tmp_path, unshare, *user, "--mount", "sh", "-c", mount, "sh", *command)
    if done.returncode == 77 or "unshare:" in done.stderr:
        pytest.skip(f"no mount namespaces here: {done.stderr}")
    return done


@alone
@pytest.mark.parametrize("possible, end", [("0\n", 1), ("0-1,8-11\n", 12), ("0,64\n", 65), ("2-1\n", 0), ("\n", 0)])
def test_tables_have_an_entry_for_the_highest_number(tmp_path: Path, possible: str, end: int) -> None:
    done = shown(tmp_path, possible, NUMBERS)
    assert done.returncode == 0, done.stderr
    found, configured = map(int, done.stdout.split())
    assert found == max(end or configured, max(os.sched_getaffinity(0)) + 1)


@alone
def test_a_cpu_that_the_kernel_does_not_count(tmp_path: Path) -> None:
    """Each variant is the usual one: every CPU has its entry."""
    last = max(os.sched_getaffinity(0))
    if last == 0:
        pytest.skip("only CPU 0 may be used")
    options = (*SHORT, "--threads", "1")
    assert run(tmp_path, *COMMAND, *options).returncode == 0
    usual = {row["strategy"]: row["variant"] for row in rows(tmp_path / "a.csv")}
    done = shown(tmp_path, "0\n", *COMMAND, *options, "--force")
    assert done.returncode == 0, done.stderr
    assert {row["strategy"]: row["variant"] for row in rows(tmp_path / "a.csv")} == usual
