# SPDX-License-Identifier: BSD-3-Clause
"""Real Go beside the strategies: rows that hold, nine system calls a callback, and what a person
meets when one goes wrong."""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, Bench, listed, rows, valid_rows

QUICK = ("--window-us", "1000", "--repetitions", "1", "--block-ms")
BLOCKS = ("40", "400", "4000", "20000")


@pytest.fixture
def reals(bench: Bench) -> dict[str, str]:
    """Name → what it is."""
    found = {name: line["summary"] for name, line in listed(bench("--list=tsv"), "real").items()}
    if not found:
        pytest.skip("this build found no Go")
    return found


@pytest.fixture
def oldest(reals: dict[str, str]) -> str:
    return next(iter(reals))


def run(bench: Bench, folder: Path, *options: str, column: str = "pairs", least: float = 10) -> list[dict[str, str]]:
    """Rows with at least so many pairs, or samples, each: a crowded machine needs longer blocks."""
    for ms in BLOCKS:
        done = bench("-o", "a.csv", "--force", *QUICK, ms, *options)
        assert done.returncode == 0, done.stderr
        found = valid_rows(folder / "a.csv")
        if all(float(row[column] or 0) >= least for row in found):
            break
    else:
        pytest.skip(f"the machine is too busy for {least} {column}")
    return found


def test_callbacks_of_each_go_make_rows(bench: Bench, tmp_path: Path, reals: dict[str, str]) -> None:
    found = run(bench, tmp_path, "-w", "pair", "-S", ",".join(reals), "-t", "1,2")
    assert sorted((row["strategy"], row["threads"]) for row in found) == sorted((name, n) for name in reals for n in "12")
    for row in found:
        assert row["level"] == "callback"
        assert row["strategy"].startswith(re.sub(r"(go\d+\.\d+).*", r"\1", row["variant"]))
        assert float(row["cpu_ns_per_pair"]) > 0 and int(row["windows"]) > 0
        # Warmed up to one more than the threads, as Go keeps it; then nothing is made, and nothing
        # is lost.
        assert row["ms_created"] == row["ms_retained"] == row["prefill"] == str(int(row["threads"]) + 1)


@pytest.mark.parametrize("workload", ["latency", "oversub"])
def test_tails(bench: Bench, tmp_path: Path, oldest: str, workload: str) -> None:
    for row in run(bench, tmp_path, "-w", workload, "-S", oldest, "-t", "2", column="samples", least=1000):
        assert 0 < float(row["p50_ns"]) <= float(row["p90_ns"]) <= float(row["max_ns"])


def test_a_hold_is_not_part_of_the_time(bench: Bench, tmp_path: Path, oldest: str) -> None:
    """A hold that is nearly all of a pair, and a median that knows nothing of it."""
    options = ("-w", "latency", "-S", oldest, "-t", "1", "--hold", "200000", "--think", "0")
    (row,) = run(bench, tmp_path, *options, column="samples", least=201)
    assert float(row["p50_ns"]) < int(row["wall_ns"]) / int(row["pairs"]) / 2


def test_a_cold_burst_makes_an_m_for_each_thread(bench: Bench, tmp_path: Path, reals: dict[str, str]) -> None:
    for row in run(bench, tmp_path, "-w", "coldburst", "-S", ",".join(reals), "-t", "20", "--prefill", "1,21", "--refill", "go"):
        assert float(row["all_in_ms"]) > 0
        assert row["waiting"] == ("futex" if "futex" in row["strategy"] else "poll")
        assert int(row["tokens"]) > 0
        if row["prefill"] == "21":
            assert row["ms_created"] == "21"  # a warm list has enough
        else:
            assert int(row["ms_created"]) >= 20


@pytest.mark.parametrize("procs", ["", "1", "7"])
def test_go_has_a_processor_for_each_cpu(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reals: dict[str, str], procs: str) -> None:
    """Whatever the user's GOMAXPROCS says."""
    monkeypatch.delenv("GOMAXPROCS", raising=False)
    if procs:
        monkeypatch.setenv("GOMAXPROCS", procs)
    for row in run(bench, tmp_path, "-w", "coldburst", "-S", ",".join(reals), "-t", "20", "--prefill", "1", "--refill", "go"):
        assert row["tokens"] == row["cpus"]


def test_the_list_of_the_commit_is_named_by_it(reals: dict[str, str]) -> None:
    lists = {name for name, line in reals.items() if "seed-list.patch" in line and "futex" not in name}
    assert all(re.fullmatch(r"go1\.\d+-77b1f23a", name) for name in lists)
    assert lists or not any(name.startswith("go1.19") for name in reals)


def test_threads_that_die_give_their_ms_back(bench: Bench, tmp_path: Path, reals: dict[str, str]) -> None:
    """Also where Go keeps an m for the thread: its end gives it back."""
    for row in run(bench, tmp_path, "-w", "churn", "-S", ",".join(reals), "-t", "2", "--prefill", "3", column="us_per_thread", least=1):
        assert row["windows_clean"] == ""
        assert row["ms_created"] == row["ms_retained"] == "3"


def test_a_policy_that_go_does_not_have(bench: Bench, reals: dict[str, str]) -> None:
    done = bench("-w", "coldburst", "-S", ",".join(reals), "--refill", "double", "--list")
    assert done.returncode == 2


def test_there_is_no_list_alone(bench: Bench, oldest: str) -> None:
    done = bench("-w", "pair", "-L", "list", "-S", oldest)
    assert done.returncode == 2


def test_system_calls_of_a_callback(tmp_path: Path, reals: dict[str, str]) -> None:
    """Where the list is used every time: five rt_sigprocmask, three sigaltstack, one gettid."""
    unbound = [name for name in reals if name.startswith(("go1.19", "go1.20"))]
    if not unbound or not shutil.which("strace"):
        pytest.skip("no Go before 1.21, or no strace")
    for name in unbound:
        found = traced(tmp_path, name)
        for call, expected in {"rt_sigprocmask": 5, "sigaltstack": 3, "gettid": 1}.items():
            assert found[call] == pytest.approx(expected, abs=0.25), f"{name}: {call}"


def traced(folder: Path, name: str) -> dict[str, float]:
    """Calls of each kind for every callback. Start and end make some 200, so callbacks are many."""
    for ms in BLOCKS[1:]:
        options = ["--only", "-w", "pair", "-S", name, "-t", "1", "-r", "1", "--block-ms", ms, "-o", "a.csv", "--force"]
        trace = ["strace", "-f", "-c", "-S", "name", "-o", "calls", "-e", "trace=rt_sigprocmask,sigaltstack,gettid"]
        done = processes.run([*trace, *COMMAND, *options], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0 and "ptrace" in done.stderr:
            pytest.skip("strace may not trace here")
        assert done.returncode == 0, done.stderr
        pairs = int(rows(folder / "a.csv")[0]["pairs"])
        if pairs > 2000:
            break
    else:
        pytest.skip("the machine is too busy for 2000 callbacks under strace")
    table = re.findall(r"^\s*\S+\s+\S+\s+\S+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", (folder / "calls").read_text(), re.MULTILINE)
    return {call: int(n) / pairs for n, call in table}


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


@contextmanager
def started(folder: Path, name: str, *options: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A run and the process of its first block."""
    command = [*COMMAND, "--only", "-w", "pair", "-S", name, "-t", "1", "-o", "a.csv", "--force", *options]
    with processes.started(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        (block, *_) = processes.wait_until(lambda: children(process.pid), process)
        yield process, block


def crashed(folder: Path, name: str, ms: int) -> tuple[int, str, str]:
    """Status and output of a run whose first block was killed; status 0 if the block was over too
    soon for that."""
    with started(folder, name, "-r", "2", "--block-ms", str(ms)) as (process, block):
        with suppress(ProcessLookupError):
            os.kill(block, signal.SIGKILL)
        stdout, stderr = process.communicate()
        return process.returncode, stdout, stderr


def test_a_crash_ends_its_block_alone(tmp_path: Path, oldest: str) -> None:
    status, _, stderr = processes.longer(lambda ms: crashed(tmp_path, oldest, ms), lambda found: found[0] != 0, 1000)
    assert status == 1
    assert any(oldest in line and "signal 9" in line for line in stderr.splitlines())
    assert len(rows(tmp_path / "a.partial.csv")) == 1


def test_interruption_ends_the_block_too(tmp_path: Path, oldest: str) -> None:
    with started(tmp_path, oldest, "-r", "1", "--block-ms", "100000") as (process, block):
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode == 130
        assert not Path(f"/proc/{block}").exists()


def test_a_program_without_its_libraries(tmp_path: Path, oldest: str) -> None:
    copy = shutil.copy(COMMAND[-1], tmp_path)
    options = ["--only", "-w", "pair", "-S", oldest, "-t", "1", "-o", "a.csv", *QUICK, "20"]
    done = processes.run([copy, *options], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{oldest}: " in done.stderr and "cannot open shared object file" in done.stderr
    assert not (tmp_path / "a.csv").exists()


def test_a_toolchain_that_is_none() -> None:
    done = processes.run([sys.executable, "-m", "bench.go.build", "find", "/bin/true"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("bench.go.build: /bin/true: ") and len(done.stderr.splitlines()) == 1
