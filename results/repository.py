# SPDX-License-Identifier: BSD-3-Clause
"""Runs git in one repository. As a command: prints the revision of a source tree, for
bench/facts/meson.build."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

from results.columns import ResultError

ROOT = Path(__file__).resolve().parents[1]
UNKNOWN = "unknown"
DIGITS = 12
# Do not refresh the user's index or run the user's hooks.
QUIETLY = ("--no-optional-locks", "-c", f"core.hooksPath={os.devnull}")


def _run(command: list[str], env: dict[str, str]) -> str:
    """The output of git. Raises ResultError with git's first error line."""
    try:
        done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except OSError as error:
        raise ResultError(f"git: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise ResultError(said[0])
    return done.stdout


@functools.lru_cache(maxsize=None)
def _local() -> frozenset[str]:
    """The variables that select a repository and an index. git sets them for its hooks."""
    try:
        return frozenset(_run(["git", "rev-parse", "--local-env-vars"], dict(os.environ)).split())
    except ResultError:
        return frozenset()


def environment() -> dict[str, str]:
    """The environment for a child that may call git: no variable selects another repository."""
    return {name: value for name, value in os.environ.items() if name not in _local()}


def git(root: Path, *arguments: str) -> str:
    """The output of git in that folder's repository."""
    try:
        return _run(["git", *QUIETLY, "-C", str(root), *arguments], environment())
    except ResultError as error:
        raise ResultError(f"{root}: git {arguments[0]}: {error}") from error


def clone(root: Path, to: Path, commit: str) -> None:
    """Clones the repository at that commit. Shares its objects, runs no hook, leaves no trace."""
    git(root, "clone", "--quiet", "--shared", "--no-checkout", "--template=", str(root.resolve()), str(to.absolute()))
    git(to, "checkout", "--quiet", "--detach", commit)


def revision(root: Path) -> str:
    """The commit of the source tree, with -dirty if tracked files differ. "unknown" unless the
    folder is the top of a work tree."""
    try:
        if not os.path.samefile(git(root, "rev-parse", "--show-toplevel").rstrip("\n"), root):
            return UNKNOWN
        commit = git(root, "rev-parse", f"--short={DIGITS}", "HEAD").strip()
        return commit + ("-dirty" if git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (ResultError, OSError):
        return UNKNOWN


if __name__ == "__main__":
    print(revision(Path(sys.argv[1])))
