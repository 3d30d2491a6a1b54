# SPDX-License-Identifier: BSD-3-Clause
"""The commits of a history, from git or from the list beside the results."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from results.columns import ResultError
from results.repository import DIGITS, git

# File with the order of the commits, so that results can be read without a repository.
LIST = "revisions.txt"

_LINE = re.compile(r"([0-9a-f]{7,40})\t(\d{4}-\d{2}-\d{2})\t(.*)")


@dataclass(frozen=True)
class Commit:
    rev: str
    date: str = ""
    subject: str = ""


def in_order(repo: Path, revs: Iterable[str]) -> list[Commit]:
    """These commits, oldest first, in the order of first parents. Dates are wrong after a rebase,
    and rounds run in random order."""
    full = {git(repo, "rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}").strip() for rev in revs}
    walk = git(repo, "rev-list", "--first-parent", "--topo-order", "--reverse", *sorted(full)).split()
    return [_commit(repo, rev) for rev in walk if rev in full]


def _commit(repo: Path, rev: str) -> Commit:
    date, subject = git(repo, "log", "-1", "--format=%cs%x09%s", rev).rstrip("\n").split("\t", 1)
    return Commit(rev[:DIGITS], date, subject)


def named(repo: Path, words: Sequence[str], file: Path | None) -> list[Commit]:
    """The commits named by FROM..TO ranges, single revisions, and a file of these. A range includes
    its first commit."""
    words = [*words, *(_lines(file) if file else [])]
    revs: set[str] = set()
    for word in words:
        first, dots, last = word.partition("..")
        if dots:
            revs.add(first)
            revs.update(git(repo, "rev-list", "--first-parent", f"{first}..{last or 'HEAD'}").split())
        else:
            revs.add(word)
    return in_order(repo, revs)


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ResultError(f"{path}:1: file: cannot be read: {error.strerror}") from error
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def read_list(folder: Path) -> list[Commit]:
    """The list beside the results. Empty if there is none."""
    path = folder / LIST
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if not match:
            raise ResultError(f"{path}:{number}: row: expected REVISION, DATE and SUBJECT, separated by tabs")
        found.append(Commit(*match.groups()))
    return found


def write_list(folder: Path, commits: Sequence[Commit]) -> None:
    text = "".join(f"{one.rev}\t{one.date}\t{one.subject}\n" for one in commits)
    (folder / LIST).write_text(text, encoding="utf-8")


def _unplaced(revs: Collection[str]) -> str:
    return f"{sorted(revs)[0]}: not a commit of this repository, and not in a {LIST} beside the files (--by-time orders them by time)"


def place(revs: Collection[str], folders: Iterable[Path], repo: Path) -> list[Commit]:
    """Orders the revisions of git_rev by a list beside the files that has them all, otherwise by
    git. -dirty follows its base."""
    bases = {rev.removesuffix("-dirty") for rev in revs}
    for folder in folders:
        listed = read_list(folder)
        if bases <= {one.rev for one in listed}:
            return _with_dirty([one for one in listed if one.rev in bases], revs)
    try:
        return _with_dirty(in_order(repo, bases), revs)
    except ResultError as error:
        raise ResultError(f"{_unplaced(bases)}: {error}") from error


def _with_dirty(commits: Sequence[Commit], revs: Collection[str]) -> list[Commit]:
    names = (Commit(one.rev + end, one.date, one.subject) for one in commits for end in ("", "-dirty"))
    return [one for one in names if one.rev in revs]
