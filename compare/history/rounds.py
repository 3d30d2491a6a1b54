# SPDX-License-Identifier: BSD-3-Clause
"""Builds commits and measures them in rounds of random order, so that drift of the machine affects
all alike."""

from __future__ import annotations

import csv
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compare import builds
from compare.history.git import Commit, in_order, read_list, write_list
from results.columns import ResultError
from results.repository import git

# A launch of about 4 s: every strategy with one thread and with two, and the machine's limits.
SHORT = tuple("--workload pair,limit --level list --threads 1,2 --hold 0 --think 0 --prefill 0 --repetitions 3 --block-ms 50".split())
SIDECARS = (".machine.txt", ".hwloc.xml")


@dataclass(frozen=True)
class Plan:
    repo: Path
    output: Path  # will have a folder named by the machine's fingerprint
    cache: Path
    rounds: int
    seed: int
    options: Sequence[str]  # for extram-bench
    meson: Sequence[str]


def say(text: str) -> None:
    print(f"history: {text}", file=sys.stderr, flush=True)


def build(plan: Plan, rev: str) -> Path | None:
    """The program of a commit, or None if it cannot be built. Reuses a finished build."""
    home = plan.cache / f"{rev}-{builds.key(plan.meson)}"
    if (home / "finished").exists():
        return home / "build" / builds.BENCH
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        program = builds.make(plan.repo, rev, home, plan.meson)
    except builds.BuildError:
        say(f"{rev}: cannot be built, left out: see {home / builds.LOG}")
        return None
    (home / "finished").touch()
    return program


def build_all(plan: Plan, commits: Sequence[Commit]) -> dict[str, Path]:
    programs = {}
    for n, commit in enumerate(commits, 1):
        say(f"build {n}/{len(commits)} {commit.rev} {commit.subject}")
        program = build(plan, commit.rev)
        if program:
            programs[commit.rev] = program
    return programs


def _column(path: Path, name: str) -> list[str]:
    """The distinct values of a column, in order. Does without pandas, since it runs between
    measurements."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(dict.fromkeys(row[name] for row in csv.DictReader(file)))


def rounds_done(path: Path) -> int:
    return len(_column(path, "run_id")) if path.exists() else 0


def measure(program: Path, options: Sequence[str], scratch: Path) -> Path | None:
    """Runs one launch. Returns its rows, or None if it failed; the log has the reason."""
    csv_path, log = scratch / "run.csv", scratch / "log.txt"
    command = [str(program), *options, "--force", "--output", str(csv_path)]
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    if code == 130:
        raise KeyboardInterrupt
    return csv_path if code == 0 and csv_path.exists() else None


def fingerprint(programs: dict[str, Path], scratch: Path) -> str:
    """The fingerprint of this machine with its current settings, from the newest program."""
    program = list(programs.values())[-1]
    probe = measure(program, ["--workload", "limit", "--threads", "1", "--repetitions", "1", "--block-ms", "5"], scratch)
    if probe is None:
        raise ResultError(f"{program}: does not run: {_last_line(scratch / 'log.txt')}")
    return _column(probe, "fingerprint")[0]


def _last_line(log: Path) -> str:
    return (log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no message"])[-1]


def add(run: Path, path: Path) -> None:
    """Appends a launch to the file of its commit. Replaces the file atomically, so an interruption
    leaves the old one."""
    text = run.read_text(encoding="utf-8")
    if path.exists():
        text = path.read_text(encoding="utf-8") + text.split("\n", 1)[1]
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    for end in SIDECARS:
        shutil.copyfile(run.with_name("run" + end), path.with_name(path.stem + end))
    new.replace(path)


def _left(started: float, done: int, total: int) -> str:
    return f", {(time.monotonic() - started) / done * (total - done) / 60:.1f} min left" if done else ""


def measure_all(plan: Plan, programs: dict[str, Path], folder: Path, scratch: Path) -> bool:
    """Runs all rounds. False: a launch failed."""
    have = {rev: rounds_done(folder / f"{rev}.csv") for rev in programs}
    total = sum(max(0, plan.rounds - done) for done in have.values())
    started, n, bad = time.monotonic(), 0, set()
    for turn in range(plan.rounds):
        todo = [rev for rev in programs if have[rev] <= turn]
        random.Random(f"{plan.seed} {turn}").shuffle(todo)
        for rev in todo:
            say(f"round {turn + 1}/{plan.rounds} {rev}, {n + 1} of {total}{_left(started, n, total)}")
            run = None if rev in bad else measure(programs[rev], plan.options, scratch)
            n += 1
            if run:
                add(run, folder / f"{rev}.csv")
            elif rev not in bad:
                bad.add(rev)
                say(f"{rev}: does not run with these options, left out: {_last_line(scratch / 'log.txt')}")
    return not bad


def run(plan: Plan, commits: Sequence[Commit]) -> int:
    """Builds commits and measures what is missing. Writes a file per commit, and their list, to the
    machine's folder."""
    git(plan.repo, "rev-parse", "--git-dir")
    programs = build_all(plan, commits)
    if not programs:
        raise ResultError("none of the commits can be built")
    scratch = plan.cache / f"scratch-{os.getpid()}"
    scratch.mkdir(parents=True)
    try:
        folder = plan.output / fingerprint(programs, scratch)
        folder.mkdir(parents=True, exist_ok=True)
        known = {one.rev for one in read_list(folder)} | set(programs)
        write_list(folder, in_order(plan.repo, known))
        whole = measure_all(plan, programs, folder, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(folder)
    return 0 if whole and len(programs) == len(commits) else 2
