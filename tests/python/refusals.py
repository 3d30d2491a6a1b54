# SPDX-License-Identifier: BSD-3-Clause
"""Input that a command refuses, and what it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from results import schema, validate


def refused(path: Path, capsys: pytest.CaptureFixture[str], line: int, *said: str) -> None:
    """The validator exits with 2, prints one problem, and it is this. said: column and words."""
    column, words = said
    assert validate.main([str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    problems = captured.err.splitlines()
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{path}:{line}: {column}: "), problems
    assert words in problems[0]
    with pytest.raises(schema.ResultError, match=f"run.*:{line}: {column}: "):
        schema.load(path)


def refused_by(main: Callable[[list[str]], int], arguments: Sequence[object], capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Exit code 2, and one line that has these words. Returns what went to standard output."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert (code, len(lines)) == (2, 1), printed
    assert all(word in lines[0] for word in words), lines
    return str(printed.out)
