#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Do the tests of compare/, fleet/, plots/ and results/ find errors? Breaks a copy of their sources on
purpose, one edit at a time, and runs the tests that are named for it. Fails if they stay green, if
they cannot run, or if they are red without the edit.
"""
from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matrix
from mutant import Stale, edited

EDITED = ("compare", "fleet", "plots", "results")
TESTS = ("common", "fleet", "python")
PASSED, FAILED = 0, 1  # pytest's status; any other means that it could not run


@dataclass(frozen=True)
class Edit:
    name: str
    what: str
    file: str
    edits: list[tuple[str, str]]
    killed_by: tuple[str, ...]  # files or tests, from tests/python

    def digest(self, source: Path) -> str:
        return matrix.digest(source / self.file, (self.edits, self.killed_by))

    def text(self, source: Path) -> str:
        """The broken file. Raises Stale if an edit does not fit."""
        return edited((source / self.file).read_text(encoding="utf-8"), self.edits, f"{self.name}: {self.file}")


def load(folder: Path) -> list[Edit]:
    found = []
    for path in sorted(folder.glob("*.toml")):
        for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
            edits = [(old, new) for old, new in row["edits"]]
            found.append(Edit(f"{path.stem}.{name}", row["what"], row["file"], edits, tuple(row["killed_by"])))
            if row.keys() != {"what", "file", "edits", "killed_by"} or not row["killed_by"] or not row["file"].startswith(EDITED):
                raise Stale(f"{found[-1].name}: not a row of this table")
    return found


def copy(source: Path, to: Path) -> None:
    """A tree in which the edited folders and the tests are files of its own. All else is linked."""
    shutil.rmtree(to, ignore_errors=True)
    (to / "tests").mkdir(parents=True)
    own = {source / "tests", *(source / name for name in EDITED), source / "results" / "recorded"}
    own |= {source / "tests" / name for name in TESTS}
    for name in EDITED:
        shutil.copytree(source / name, to / name, ignore=lambda folder, names: [name for name in names if name in ("recorded", "__pycache__")])
    (to / "results" / "recorded").symlink_to(source / "results" / "recorded")
    for name in TESTS:
        shutil.copytree(source / "tests" / name, to / "tests" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*source.iterdir(), *(source / "tests").iterdir()]:
        if path not in own and path.name not in (".git", "build", "__pycache__"):
            (to / path.relative_to(source)).symlink_to(path)


def tests(tree: Path, names: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """A folder's conftest.py is a module of that name, so each folder has a run of its own. Stops
    after the first run that fails."""
    done = subprocess.CompletedProcess[str]([], PASSED, "", "")
    for folder in dict.fromkeys(Path(name).parent for name in names):
        own = [name for name in names if Path(name).parent == folder]
        command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *own]
        done = subprocess.run(command, cwd=tree / "tests" / "python", capture_output=True, text=True)
        if done.returncode != PASSED:
            break
    return done


def try_one(source: Path, work: Path, edit: Edit | None, names: tuple[str, ...]) -> tuple[int, str]:
    """Status and output of the tests. edit: None for the sources as they are."""
    tree = work / (edit.name if edit else "sound")
    copy(source, tree)
    if edit:
        (tree / edit.file).write_text(edit.text(source), encoding="utf-8")
    done = tests(tree, names)
    shutil.rmtree(tree)
    return done.returncode, done.stdout + done.stderr


def red(output: str) -> str:
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    return found[1] if found else "no test"


def judge(source: Path, work: Path, edit: Edit) -> tuple[bool, str]:
    status, output = try_one(source, work, edit, edit.killed_by)
    if status == FAILED:
        return True, f"killed by {red(output)}"
    return False, "SURVIVED" if status == PASSED else f"CANNOT RUN\n{output}"


def run(source: Path, work: Path, edits: list[Edit], options: argparse.Namespace) -> bool:
    if not edits:
        return True
    named = tuple(dict.fromkeys(name for edit in edits for name in edit.killed_by))
    status, output = try_one(source, work, None, named)
    if status != PASSED:
        print(f"not ok - the tests without an edit\n{output}")
        return False
    record, bad, done = matrix.Record(), 0, 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for edit, found in zip(edits, pool.map(matrix.in_time(options.seconds, partial(judge, source, work)), edits)):
            if found is None:
                break
            good, words = found
            bad, done = bad + (not good), done + 1
            print(f"{'ok' if good else 'not ok'} {done} - {edit.name}: {edit.what}: {words}", flush=True)
            if good and options.record:
                record.put(edit.name, edit.digest(source), words.split("::")[0].replace("killed by ", ""))
    matrix.print_left_out(edit.name for edit in edits[done:])
    return bad == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=Path(__file__).resolve().parents[2], help="the project")
    parser.add_argument("--build", type=Path, help="a directory to work in; without it, only checks that each edit fits")
    parser.add_argument("--only", default="", metavar="REGEX", help="edits whose name matches")
    parser.add_argument("--jobs", type=int, default=2)
    matrix.options(parser)
    options = parser.parse_args()
    edits = [edit for edit in load(Path(__file__).resolve().parent / "python") if re.search(options.only, edit.name)]
    for edit in edits:
        edit.text(options.source)
    names, words = matrix.Record().choose({edit.name: edit.digest(options.source) for edit in edits})
    if options.build is None:
        print(f"1..{len(edits)}")
        print("".join(f"ok {n} - {edit.name} fits\n" for n, edit in enumerate(edits, 1)), end="")
        print(f"# {words}")
        return 0
    if options.changed:
        print(words)
        edits = sorted((edit for edit in edits if edit.name in names), key=lambda edit: names.index(edit.name))
    return 0 if run(options.source.resolve(), options.build, edits, options) else 1


if __name__ == "__main__":
    sys.exit(main())
