# SPDX-License-Identifier: BSD-3-Clause
"""A build to measure: a meson build folder, or a git revision, which is built once and cached."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from compare import builds
from compare.builds import BENCH, BuildError
from results.columns import ResultError
from results.repository import ROOT, git


@dataclass(frozen=True)
class Build:
    name: str
    folder: Path  # has bench/extram-bench


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "extram" / "ab"


def _commit(revision: str) -> str:
    try:
        return git(ROOT, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except ResultError as error:
        raise BuildError(f"{revision}: neither a build folder nor a git revision") from error


def _build(commit: str, folder: Path) -> None:
    """Builds in a temporary clone, and moves the complete build to its place."""
    what = commit[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="building-", dir=folder.parent) as scratch:
        home, kept = Path(scratch), Path(scratch) / "kept"
        print(f"building {what} ...", file=sys.stderr)
        try:
            program = builds.make(ROOT, commit, home)
        except BuildError as error:
            print((home / builds.LOG).read_text(encoding="utf-8", errors="replace")[-8000:], file=sys.stderr)
            raise BuildError(f"{what}: {error}") from error
        (kept / "bench").mkdir(parents=True)
        shutil.copy2(program, kept / BENCH)
        kept.rename(folder)


def find_build(text: str) -> Build:
    """Finds the build of a folder or revision. Builds those with CC, CXX and default options."""
    folder = Path(text)
    if (folder / BENCH).is_file():
        return Build(text, folder)
    if folder.is_dir():
        raise BuildError(f"{text}: {BENCH} is missing; run meson compile -C {text}")
    commit = _commit(text)
    kept = cache() / f"{commit[:12]}-{builds.key()}"
    if not (kept / BENCH).is_file():
        _build(commit, kept)
    return Build(f"{text} = {commit[:12]}", kept)
