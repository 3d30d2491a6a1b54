# SPDX-License-Identifier: BSD-3-Clause
"""Every command as a program: in any locale, with streams that fail, without what it imports. Only
a verdict gives 1 or 3."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import processes
import pytest
from ab_fakes import fake_build
from conftest import ROOT

RUN = ROOT / "results" / "recorded" / "field-zen5-2vcpu" / "field-zen5-2vcpu.csv"
CELL = "pair/list/alpha/threads:1/compact/hold:0/think:0/prefill:2"


@dataclass(frozen=True)
class Command:
    module: str
    arguments: Sequence[object]
    answers: Sequence[int] = (0,)


# Each with arguments by which it prints something: OUT is a folder that may be written, A and B are
# builds.
COMMANDS = [
    Command("compare", [RUN, RUN, "--metric=time", "--by=strategy", "--all"], (0, 3)),
    Command("compare", [RUN, RUN, "--metric=time", "--by=strategy", "--format=json"], (0, 3)),
    Command("compare.ab", ["A", "B", "--quads=10", "--launches=10"], (0, 1, 3)),
    Command("compare.history", ["analyze", RUN.parents[1] / "history-epyc-2vcpu", "--permutations=99", "--filter=null"], (0, 1)),
    Command("fleet", ["merge", RUN, "--out", "OUT"]),
    Command("fleet", ["submit", RUN, "--out", "OUT"]),
    Command("plots.advice", [RUN]),
    Command("plots.headline", [RUN]),
    Command("plots.limits", [RUN]),
    Command("plots", [RUN, "-o", "OUT", "--only=memory", "--format=svg"]),
    Command("results.baseline", ["list", "--folder", RUN.parent]),
    Command("results.export", [RUN, "--to=benchstat"]),
    Command("results.export", [RUN, "--to=gbench"]),
    Command("results.validate", [RUN]),
    Command("results.validate", ["--page"]),
]
MODULES = sorted({one.module for one in COMMANDS} | {"plots.report", "plots.trend", "bench.go.record"})
LOCALES = {
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin": {"PYTHONIOENCODING": "latin-1"},
    "strict": {"PYTHONIOENCODING": "ascii:strict"},
}
each = pytest.mark.parametrize("one", COMMANDS, ids=lambda one: f"{one.module} {one.arguments[-1]}".replace(str(ROOT), ""))


@pytest.fixture
def words(tmp_path: Path) -> dict[str, str]:
    builds = {name: str(fake_build(tmp_path / name, {CELL: {"ns": 20}})) for name in "AB"}
    return {**builds, "OUT": str(tmp_path / "out")}


def command(one: Command, words: dict[str, str]) -> list[str]:
    return ["/usr/bin/python3", "-m", one.module, *(words.get(str(word), str(word)) for word in one.arguments)]


def shell(redirection: str, argv: list[str], **variables: str) -> subprocess.CompletedProcess[bytes]:
    done = ["bash", "-c", f'"$@" {redirection}', "bash", *argv]
    return processes.run(done, capture_output=True, env={**os.environ, **variables})


@pytest.mark.parametrize(("one", "locale"), [*((one, "ascii") for one in COMMANDS), (COMMANDS[0], "latin"), (COMMANDS[0], "strict")])
def test_output_survives_any_encoding(one: Command, words: dict[str, str], locale: str) -> None:
    done = shell("", command(one, words), **LOCALES[locale])
    assert done.returncode in one.answers and done.stdout, done.stderr
    assert b"Traceback" not in done.stderr
    done.stdout.decode("latin-1" if locale == "latin" else "ascii")


@each
@pytest.mark.parametrize(("redirection", "cause"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
def test_output_that_cannot_be_written(one: Command, words: dict[str, str], redirection: str, cause: str) -> None:
    done = shell(redirection, command(one, words))
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].endswith(f"standard output: cannot write: {cause}")
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


@each
def test_a_reader_that_goes_away(one: Command, words: dict[str, str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = processes.run(command(one, words), stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == -signal.SIGPIPE
    assert b"Broken" not in done.stderr and b"Traceback" not in done.stderr


@each
def test_nobody_reads_the_messages(one: Command, words: dict[str, str]) -> None:
    assert shell("2>/dev/full", command(one, words)).returncode in one.answers


@pytest.mark.parametrize("module", MODULES)
def test_without_a_module_that_it_needs(module: str, tmp_path: Path) -> None:
    """A module of that name is in the way, as in a broken installation."""
    for name in ("numpy", "pandas", "matplotlib", "jinja2"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('it is broken')\n", encoding="utf-8")
    arguments: dict[str, list[str]] = {"results.validate": [], "bench.go.record": [], "results.baseline": ["get", str(RUN)], "results.export": [str(RUN), "--to=gbench"]}
    argv = ["/usr/bin/python3", "-m", module, *arguments.get(module, [])]
    done = processes.run(argv, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr


@pytest.mark.parametrize("module", MODULES)
def test_bad_usage_is_one_line(module: str) -> None:
    done = processes.run(["/usr/bin/python3", "-m", module, "--nosuch"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("module", MODULES)
def test_version(module: str) -> None:
    done = processes.run(["/usr/bin/python3", "-m", module, "--version"], capture_output=True, text=True)
    *name, number, revision = done.stdout.split()
    assert (done.returncode, name[0]) == (0, "./run") and f"\n  {name[1]} " in (ROOT / "run").read_text(encoding="utf-8")
    assert f"version: '{number}'" in (ROOT / "meson.build").read_text(encoding="utf-8") and revision[0] + revision[-1] == "()"


FAULT = """
import importlib, sys
sys.argv = {argv!r}
module = importlib.import_module({module!r})
def fail(*unused, **named):
    raise {error}
for name in ("_run", "enter", "compare", "find_build", "_analyze", "_list", "export", "validate", "page"):
    if hasattr(module, name):
        setattr(module, name, fail)
module.run(module.main)
"""
FAULTS = [
    ("KeyboardInterrupt", 130, ""),
    ("KeyError('x')", 2, "KeyError: 'x'"),
    ("MemoryError", 2, "no memory"),
    ("RecursionError('deep')", 2, "RecursionError: deep"),
    ("PermissionError(13, 'Permission denied', 'file.csv')", 2, "file.csv: Permission denied"),
]


@pytest.mark.parametrize(("one", "fault"), [*((one, FAULTS[1]) for one in COMMANDS), *((COMMANDS[0], fault) for fault in FAULTS)])
def test_what_was_not_foreseen(one: Command, words: dict[str, str], fault: tuple[str, int, str]) -> None:
    error, status, said = fault
    module = one.module + ".__main__" * (ROOT / one.module.replace(".", "/")).is_dir()
    text = FAULT.format(argv=command(one, words)[2:], module=module, error=error)
    done = processes.run(["/usr/bin/python3", "-c", text], capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    # history says once more that what is finished is kept.
    lines = [line for line in done.stderr.splitlines() if "is kept" not in line]
    assert [said in line for line in lines] == [True] * (status == 2), done.stderr


@pytest.mark.parametrize("option", ["--output=/dev/full", "--output=/nonexistent/x"])
def test_a_file_that_cannot_be_written(option: str) -> None:
    argv = command(COMMANDS[0], {})
    done = processes.run([*argv, option], capture_output=True, text=True)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and f"{option.split('=')[1]}: cannot write: " in line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_ignored_signals_stay_ignored(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("""
import signal
from results import command
def main():
    signal.raise_signal(NUMBER)
    return 0
command.run(command.checked(main))
""".replace("NUMBER", str(int(number))))
    argv = [sys.executable, str(tmp_path / "one.py")]
    ignored = processes.run(argv, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN), capture_output=True)
    usual = processes.run(argv, capture_output=True)
    assert (ignored.returncode, usual.returncode) == (0, 130)
