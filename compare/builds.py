# SPDX-License-Identifier: BSD-3-Clause
"""Builds a revision from a clone, so that the user's repository stays unchanged."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from results.columns import ResultError
from results.repository import clone, environment

BENCH = Path("bench") / "extram-bench"
LOG = "log.txt"
TOOLS = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS")


class BuildError(Exception):
    """A build or revision cannot be used. The message names it."""


def key(options: Sequence[str] = ()) -> str:
    """Digits that differ where the compilers, their flags or the options of meson do."""
    words = [*(os.environ.get(name, "") for name in TOOLS), *options]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:8]


def _run(step: Sequence[str | Path], log: Path) -> None:
    words = [str(word) for word in step]
    with log.open("a", encoding="utf-8") as out:
        try:
            done = subprocess.run(words, env=environment(), stdout=out, stderr=out, check=False)
        except OSError as error:
            print(f"{words[0]}: {error.strerror}", file=out)
            raise BuildError(f"{words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise BuildError(f"{' '.join(words)} failed")


def make(repo: Path, commit: str, home: Path, options: Sequence[str] = ()) -> Path:
    """Builds in an empty folder and returns the program. LOG in the folder has the tools' words."""
    source, build = home / "source", home / "build"
    (home / LOG).touch()
    try:
        clone(repo, source, commit)
    except ResultError as error:
        (home / LOG).write_text(f"{error}\n", encoding="utf-8")
        raise BuildError(str(error)) from error
    _run(["meson", "setup", *options, build, source], home / LOG)
    _run(["meson", "compile", "-C", build, BENCH], home / LOG)
    return build / BENCH
