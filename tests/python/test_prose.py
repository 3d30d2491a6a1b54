# SPDX-License-Identifier: BSD-3-Clause
"""tests/style/prose.py finds what it is there for, and nothing in plain text."""
from __future__ import annotations

from pathlib import Path

import pytest

import prose


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text("A [link](CONTRIBUTING.md).\n", "utf-8")
    (tmp_path / "CONTRIBUTING.md").write_text("Plain text.\n", "utf-8")
    (tmp_path / "docs").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The lock holder sleeps. See [it](../README.md#part) and [that](https://example.org/x).", []),
        ("word " * 21, ["105 columns"]),
        ("| " + "cell | " * 30, []),
        ("```\n" + "code " * 30 + "\n```", []),
        ("a [link](../README.md) " + "x" * 78, []),
        ("[gone](gone.md)", ["no such file: gone.md"]),
        ("![gone](gone.png)", ["no such file: gone.png"]),
        ("Wake the thread who holds the lock.", ["'who holds'"]),
        ("To be called while locked.", ["'To be called'"]),
        ("It does not wait, nor does it sleep.", ["'nor does'"]),
        ("| cell | not to be told from the floor |", ["'told from'"]),
    ],
)
def test_a_document(root: Path, text: str, found: list[str]) -> None:
    (root / "docs" / "page.md").write_text(text + "\n", "utf-8")
    faults = prose.faults(root)
    assert len(faults) == len(found) and all(part in fault for part, fault in zip(found, faults))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/* Caller holds the lock. */\n", []),
        ("int x; /* whoever comes */\n", ["a.c:1: say it plainly: 'whoever'"]),
        ("/*\n * The thread who\n * holds it, nor\n *\tdoes it sleep.\n */\n", ["a.c:3: say it plainly: 'who holds'", "a.c:4: say it plainly: 'nor does'"]),
        ("/* whom\n * whom */\n", ["a.c:1: say it plainly: 'whom'", "a.c:2: say it plainly: 'whom'"]),
        ('static const char *s = "/* whoever */"; // plain\n', []),
        ("char c = '\"'; // all the same\n", ["a.c:1: say it plainly: 'all the same'"]),
    ],
)
def test_comments(root: Path, text: str, found: list[str]) -> None:
    folder = root / prose.SOURCES[0] / "deep"
    folder.mkdir(parents=True)
    (folder / "a.c").write_text(text, "utf-8")
    (folder / "a.h").write_text("/* Caller holds the lock. */\n", "utf-8")
    assert prose.faults(root) == [f"{folder}/{fault}" for fault in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('name = "all the same"  # plain\n', []),
        ("one = 1\n# Nor does it wait.\n", ["a.py:2: say it plainly: 'Nor does'"]),
        ('def one():\n    """It counts all\n    the same."""\n', ["a.py:2: say it plainly: 'all the same'"]),
    ],
)
@pytest.mark.parametrize("folder", prose.SCRIPTS)
def test_scripts(root: Path, folder: str, text: str, found: list[str]) -> None:
    (root / folder).mkdir()
    (root / folder / "a.py").write_text(text, "utf-8")
    assert prose.faults(root) == [f"{root / folder}/{fault}" for fault in found]


@pytest.mark.parametrize(("name", "lines", "status"), [("README.md", 120, 0), ("README.md", 121, 1), ("CONTRIBUTING.md", 61, 1)])
def test_lengths(root: Path, name: str, lines: int, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    (root / name).write_text("line\n" * lines, "utf-8")
    assert prose.main(str(root)) == status
    assert (f"{lines} lines" in capsys.readouterr().out) == bool(status)
