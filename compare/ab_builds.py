# SPDX-License-Identifier: BSD-3-Clause
"""A build to measure: a meson build folder, or a git revision, which is built once and cached."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "results"))

from columns import ResultError  # noqa: E402
from repository import clone, environment, git  # noqa: E402

BENCH = Path("bench") / "extram-bench"


class BuildError(Exception):
    """A build or revision cannot be used. The message names it."""


@dataclass(frozen=True)
class Build:
    name: str
    folder: Path  # has bench/extram-bench


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "extram" / "ab"


def _run(command: Sequence[str | Path], what: str) -> None:
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, env=environment(), capture_output=True, encoding="utf-8", errors="replace")
    except OSError as error:
        raise BuildError(f"{what}: {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        print(done.stdout[-4000:] + done.stderr[-4000:], file=sys.stderr)
        raise BuildError(f"{what}: {' '.join(words)} failed")


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
        source, build, kept = (Path(scratch) / name for name in ("source", "build", "kept"))
        print(f"building {what} ...", file=sys.stderr)
        clone(ROOT, source, commit)
        _run(["meson", "setup", build, source], what)
        _run(["meson", "compile", "-C", build, "extram-bench"], what)
        (kept / "bench").mkdir(parents=True)
        shutil.copy2(build / BENCH, kept / BENCH)
        kept.rename(folder)


def find_build(text: str) -> Build:
    """Finds the build of a folder or revision. Builds revisions with CC and CXX and meson's default options."""
    folder = Path(text)
    if (folder / BENCH).is_file():
        return Build(text, folder)
    if folder.is_dir():
        raise BuildError(f"{text}: {BENCH} is missing; run meson compile -C {text}")
    commit = _commit(text)
    tools = hashlib.sha256("\n".join(os.environ.get(key, "") for key in ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS")).encode())
    kept = cache() / f"{commit[:12]}-{tools.hexdigest()[:8]}"
    if not (kept / BENCH).is_file():
        _build(commit, kept)
    return Build(f"{text} = {commit[:12]}", kept)
