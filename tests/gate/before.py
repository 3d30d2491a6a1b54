# SPDX-License-Identifier: BSD-3-Clause
"""The sources behind the recorded counts, from the repository, so that a failure can show which
code changed."""
from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from program import ROOT, Failed


def git(*arguments: str) -> bytes:
    """What git prints about the project. Inside a hook, git's variables name another repository."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, env=env)
    except OSError as error:
        raise Failed(f"git: {error.strerror}") from None
    if done.returncode != 0:
        raise Failed((done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"])[-1])
    return done.stdout


def revision(counts: Path) -> str:
    """The last commit that changed the counts, which were those of its sources."""
    found = git("log", "-1", "--format=%h", "--", str(counts)).decode().strip()
    if not found:
        raise Failed(f"{counts.parent.name}: no commit has these counts")
    return found


@contextmanager
def impls(commit: str) -> Iterator[Path]:
    """impls/ as that commit has it, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", commit, "impls"))) as packed:
            packed.extractall(folder)
        yield Path(folder) / "impls"
