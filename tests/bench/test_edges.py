# SPDX-License-Identifier: BSD-3-Clause
"""Streams that fail, signals that are ignored, options and variables of google-benchmark: each has
its exit status, and rows are kept."""
from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, ROOT, Bench, cells, valid_rows

# One short block.
ONE = ("--only", "-w", "pair", "-L", "list", "-t", "1", "--hold", "0", "--think", "0", "--prefill", "0", "-r", "1", "--block-ms", "10")


@pytest.fixture
def one(strategies: list[str]) -> list[str]:
    return [*COMMAND, "-S", strategies[0], *ONE, "-o", "a.csv"]


def shell(redirection: str, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    words = ["bash", "-c", f'"$@" {redirection}', "bash", *command]
    return processes.run(words, cwd=folder, capture_output=True, text=True)


def only_row(path: Path) -> dict[str, str]:
    """The one row of a file that is a result and nothing else."""
    (row,) = valid_rows(path)
    return row


@pytest.mark.parametrize(
    ("redirection", "cause"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"), (">&- <&-", "Bad file descriptor"), (">&- 2>&-", "")],
)
def test_rows_are_kept_if_the_table_cannot_be_written(one: list[str], tmp_path: Path, redirection: str, cause: str) -> None:
    done = shell(redirection, one, tmp_path)
    assert done.returncode == 2
    assert not cause or done.stderr.splitlines()[-1] == f"extram-bench: standard output: {cause}"
    assert only_row(tmp_path / "a.csv")["workload"] == "pair"
    assert "Jain" not in (tmp_path / "a.machine.txt").read_text()


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2> >(exit 0)"])
def test_a_run_needs_nobody_for_its_warnings(one: list[str], tmp_path: Path, redirection: str) -> None:
    assert shell(redirection, one, tmp_path).returncode == 0
    assert only_row(tmp_path / "a.csv")


def test_a_reader_that_goes_away_costs_no_row(one: list[str], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = processes.run(one, cwd=tmp_path, stdout=write, stderr=subprocess.DEVNULL)
    os.close(write)
    assert done.returncode == -signal.SIGPIPE
    assert only_row(tmp_path / "a.csv")


@pytest.mark.parametrize("option", ["--help", "--version", "--list", "--usage"])
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_an_answer_that_cannot_be_written(tmp_path: Path, option: str, redirection: str) -> None:
    done = shell(redirection, [*COMMAND, option], tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "standard output" in done.stderr


def test_version(bench: Bench) -> None:
    done = bench("--version")
    name, number, revision = done.stdout.split()
    assert (done.returncode, name) == (0, "extram-bench")
    assert f"version: '{number}'" in (ROOT / "meson.build").read_text(encoding="utf-8")
    assert revision[0] + revision[-1] == "()" and len(revision) >= 9


def caught(pid: int, field: str) -> set[int]:
    """Signals of a mask in the process's status."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            mask = int(line.split()[1], 16)
            return {number for number in range(1, 65) if mask >> (number - 1) & 1}
    return set()


def started(one: list[str], folder: Path, before: Callable[[], object] | None) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A run that does not end by itself."""
    words, nowhere = [*one, "--block-ms", "20", "--repetitions", "100000"], subprocess.DEVNULL
    return processes.started(words, cwd=folder, preexec_fn=before, stderr=nowhere, stdout=nowhere)


def written(folder: Path) -> int:
    path = folder / "a.csv.tmp"
    return path.read_bytes().count(b"\n") if path.exists() else 0


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.skipif(len(COMMAND) > 1, reason="an emulator has handlers of its own")
@pytest.mark.parametrize("number", STOPS)
def test_a_signal_that_was_ignored_stays_ignored(one: list[str], tmp_path: Path, number: signal.Signals) -> None:
    with started(one, tmp_path, lambda: signal.signal(number, signal.SIG_IGN)) as process:
        processes.wait_until(lambda: written(tmp_path) > 1, process)
        assert number in caught(process.pid, "SigIgn")
        assert caught(process.pid, "SigCgt") & set(STOPS) == set(STOPS) - {number}
        process.send_signal(number)
        before = written(tmp_path)
        processes.wait_until(lambda: written(tmp_path) > before + 5, process)


@pytest.mark.skipif(len(COMMAND) > 1, reason="an emulator has handlers of its own")
@pytest.mark.parametrize("number", STOPS)
def test_a_signal_keeps_what_is_finished(one: list[str], tmp_path: Path, number: signal.Signals) -> None:
    with started(one, tmp_path, None) as process:
        processes.wait_until(lambda: written(tmp_path) > 1, process)
        process.send_signal(number)
        assert process.wait() == 130
    assert [path.name for path in tmp_path.glob("a*.csv*")] == ["a.partial.csv"]


NOTHING = ("list_tests=true", "repetitions=3", "min_time=2", "min_warmup_time=1", "dry_run=true", "display_aggregates_only", 
           "format=json", "color=no", "counters_tabular", "perf_counters=CYCLES", "out_format=csv", "report_aggregates_only=true")  # fmt: skip
WITH_OUT = ("context=a=b", "time_unit=ms")


@pytest.mark.parametrize("option", [*NOTHING, *WITH_OUT])
def test_an_option_that_does_nothing_is_refused(one: list[str], tmp_path: Path, option: str) -> None:
    done = processes.run([*one, f"--benchmark_{option}"], cwd=tmp_path, capture_output=True, text=True)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith(f"extram-bench: --benchmark_{option.split('=')[0]} ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", WITH_OUT)
def test_an_option_of_the_library_s_file(one: list[str], tmp_path: Path, option: str) -> None:
    words = [*one, "--benchmark_out=g", f"--benchmark_{option}"]
    done = processes.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "g").stat().st_size > 0 and only_row(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["filter", "out", "enable_random_interleaving", *(option.split("=")[0] for option in (*NOTHING, *WITH_OUT))])
def test_the_environment_changes_no_run(one: list[str], tmp_path: Path, name: str) -> None:
    variable = f"BENCHMARK_{name.upper()}"
    done = processes.run(one, cwd=tmp_path, env={**os.environ, variable: "1"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert variable in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_variable_of_somebody_else_s(one: list[str], tmp_path: Path) -> None:
    env = {**os.environ, "BENCHMARK_FOLDER": "x", "BENCHMARK_FILTER": ""}
    assert processes.run(one, cwd=tmp_path, env=env, capture_output=True).returncode == 0


def test_the_library_s_filter_is_ours(bench: Bench) -> None:
    every, some = cells(bench("--list=tsv")), cells(bench("--list=tsv", "--filter", "threads:1/"))
    assert 0 < len(some) < len(every)
    rest = [name for name in every if name not in some]
    for regex, names in {"threads:1/": some, "-threads:1/": rest, "all": every, "": every}.items():
        assert cells(bench("--list=tsv", f"--benchmark_filter={regex}")) == names


@pytest.mark.parametrize("options", [("--filter=zzz",), ("--benchmark_filter=zzz",), ("--filter=a", "--benchmark_filter=b")])
def test_filters_that_are_refused(one: list[str], tmp_path: Path, options: tuple[str, ...]) -> None:
    done = processes.run([*one, *options], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_hwloc_cannot_show_is_measured_unbound() -> None:
    """hwloc may only read a file, and there is none."""
    env = {**os.environ, "HWLOC_XMLFILE": "/nonexistent", "HWLOC_COMPONENTS": "xml,stop"}
    done = processes.run([*COMMAND, "--list"], env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "not bound" in done.stderr
    assert "/none/" in done.stdout and "/compact/" not in done.stdout


@pytest.mark.parametrize("redirection", ["</", "<&-"])
def test_commands_that_cannot_be_read(tmp_path: Path, redirection: str) -> None:
    done = shell(redirection, [*COMMAND, "--serve"], tmp_path)
    assert done.returncode == 2 and "standard input" in done.stderr


@pytest.mark.skipif(len(COMMAND) > 1, reason="it starts itself again, without the emulator")
def test_an_allocator_with_as_many_arenas_as_it_can_have(one: list[str], tmp_path: Path) -> None:
    """As on a machine with 1024 CPUs."""
    for conf, status in {"narenas:4094": 0, "narenas:1024,narenas:4094": 2}.items():
        words = [*one, "-o", f"{status}.csv"]
        done = processes.run(words, cwd=tmp_path, env={**os.environ, "MALLOC_CONF": conf}, capture_output=True, text=True)
        assert (done.returncode, "cannot make an arena" in done.stderr) == (status, status == 2), done.stderr
    assert only_row(tmp_path / "0.csv")


@pytest.mark.skipif(len(COMMAND) > 1, reason="an emulator opens files of its own")
@pytest.mark.parametrize("limit", [4, 5, 8])
def test_too_few_files(one: list[str], tmp_path: Path, limit: int) -> None:
    done = processes.run(["prlimit", f"--nofile={limit}", *one], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert list(tmp_path.iterdir()) == []
