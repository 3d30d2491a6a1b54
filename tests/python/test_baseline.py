# SPDX-License-Identifier: BSD-3-Clause
"""Baselines: one for a machine, and only from a run that can be believed and built again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import SOUND, Write, row

from results import baseline


def run(folder: Path, *args: object) -> int:
    return baseline.main(["--folder", str(folder), *map(str, args)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def test_set_get_and_list(write: Write, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row()])
    (tmp_path / "run.machine.txt").write_text("governor: performance\n")
    kept = baseline.path_for(SOUND["fingerprint"], folder)
    assert run(folder, "set", path) == 0 and kept.read_bytes() == path.read_bytes()
    assert kept.with_suffix(".machine.txt").read_text() == "governor: performance\n"
    assert run(folder, "get", write([row(strategy="beta")], "other.csv")) == 0
    assert run(folder, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [str(kept)] * 2 and SOUND["git_rev"] in lines[2] and len(lines) == 3


def test_set_replaces_all_of_the_one_before(write: Write, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run.machine.txt").write_text("old\n")
    kept = baseline.path_for(SOUND["fingerprint"], folder)
    newer = write([row(pairs=2000)], "newer.csv")
    assert (run(folder, "set", write([row()])), run(folder, "set", newer), run(folder, "set", kept)) == (0, 0, 2)
    assert kept.read_bytes() == newer.read_bytes() and [path.name for path in folder.iterdir()] == [kept.name]


def test_another_machine_has_its_own(write: Write, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "set", write([row()])) == 0
    assert run(folder, "get", write([row(fingerprint="ff")], "other.csv")) == 2
    assert "no baseline for this machine" in capsys.readouterr().err


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("run.partial.csv", {}, "partial"),
    ("run.csv", {"source": "emulated"}, "emulated"),
    ("run.csv", {"git_rev": "0123abc-dirty"}, "0123abc-dirty"),
    ("run.csv", {"git_rev": "unknown"}, "unknown"),
    ("run.csv", {"unfit": "optimization 0"}, "optimization 0"),
]


@pytest.mark.parametrize(("name", "cells", "words"), FAULTS)
def test_force(write: Write, folder: Path, capsys: pytest.CaptureFixture[str], name: str, cells: dict[str, Any], words: str) -> None:
    path = write([row(**cells)], name)
    assert run(folder, "set", path) == 2
    error = capsys.readouterr().err
    assert words in error and "--force" in error and error.count("\n") == 1 and not folder.exists()
    assert run(folder, "set", "--force", path) == 0


UNSOUND: list[tuple[dict[str, Any], str]] = [({"fingerprint": "ff"}, "fingerprint: "), ({"pairs": "x"}, "run.csv:3: pairs")]


@pytest.mark.parametrize(("cells", "words"), UNSOUND)
def test_force_does_not_keep_what_is_no_baseline(
    write: Write, folder: Path, capsys: pytest.CaptureFixture[str], cells: dict[str, Any], words: str
) -> None:
    assert run(folder, "set", "--force", write([row(), row(**cells)])) == 2
    assert words in capsys.readouterr().err and not folder.exists()


@pytest.mark.parametrize("args", [("get",), ("set",), ("list", "a.csv"), ("drop", "a.csv")])
def test_usage(folder: Path, args: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as end:
        run(folder, *args)
    assert end.value.code == 2
