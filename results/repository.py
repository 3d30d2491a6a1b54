# SPDX-License-Identifier: BSD-3-Clause
"""git, asked about one repository. By its command line: the revision of a source tree, for bench/meson.build."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

from columns import ResultError

UNKNOWN = "unknown"
DIGITS = 12
# The user's index is not refreshed, and hooks of the user's own do not run.
QUIETLY = ("--no-optional-locks", "-c", f"core.hooksPath={os.devnull}")


def _run(command: list[str], env: dict[str, str]) -> str:
    """What git prints; ResultError with the first line of its complaint if it fails."""
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
    """The variables that tie git to a repository and an index. git sets them for its hooks."""
    try:
        return frozenset(_run(["git", "rev-parse", "--local-env-vars"], dict(os.environ)).split())
    except ResultError:
        return frozenset()


def environment() -> dict[str, str]:
    """The environment for a child that may call git: such a child finds its repository by its folder alone."""
    return {name: value for name, value in os.environ.items() if name not in _local()}


def git(root: Path, *arguments: str) -> str:
    """What git prints about the repository of that folder."""
    try:
        return _run(["git", *QUIETLY, "-C", str(root), *arguments], environment())
    except ResultError as error:
        raise ResultError(f"{root}: git {arguments[0]}: {error}") from error


def clone(root: Path, to: Path, commit: str) -> None:
    """A clone at that commit. It shares the objects, runs no hook, and the repository does not know of it."""
    git(root, "clone", "--quiet", "--shared", "--no-checkout", "--template=", str(root.resolve()), str(to.absolute()))
    git(to, "checkout", "--quiet", "--detach", commit)


def revision(root: Path) -> str:
    """The commit of the source tree, with -dirty if tracked files differ from it. Unknown unless the tree is a whole work tree."""
    try:
        if not os.path.samefile(git(root, "rev-parse", "--show-toplevel").rstrip("\n"), root):
            return UNKNOWN
        commit = git(root, "rev-parse", f"--short={DIGITS}", "HEAD").strip()
        return commit + ("-dirty" if git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (ResultError, OSError):
        return UNKNOWN


if __name__ == "__main__":
    print(revision(Path(sys.argv[1])))
