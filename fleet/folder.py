# SPDX-License-Identifier: BSD-3-Clause
"""A run's folder. What lies in it is all that a second call knows.

request.txt   what is measured; a second call must ask for the same
source.git    the revision that each node builds, unless a build is given
NODE/         task (Slurm's identifier), log.txt, exit (the status), NODE.csv, files beside it
failed/       folders of attempts that failed: NODE.1, NODE.2, ...
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from results import repository
from results.columns import ResultError
from results.command import writing
from results.repository import ROOT
from results.schema import check, load

PROGRAM = Path("bench", "extram-bench")


@dataclass(frozen=True)
class Request:
    """What each node does. An empty build: it builds the revision."""

    build: str
    revision: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"build: {self.build or 'on each node'}\nrevision: {self.revision}\narguments: {' '.join(self.arguments)}\n"


def request(build: Path | None, arguments: list[str]) -> Request:
    if build is None:
        revision = repository.revision(ROOT)
        if revision == repository.UNKNOWN:
            raise ResultError(f"{ROOT}: no git repository, so the nodes cannot build: give --build")
        if revision.endswith("-dirty"):
            raise ResultError(f"{ROOT}: has uncommitted changes, which the nodes would not build: commit them, or give --build")
        return Request("", revision, tuple(arguments))
    program = build.resolve() / PROGRAM
    try:
        digest = hashlib.sha256(program.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise ResultError(f"{program}: {error.strerror}: --build needs a folder in which extram-bench is built") from error
    return Request(str(build.resolve()), f"of a program with SHA-256 {digest}", tuple(arguments))


@dataclass(frozen=True)
class Verdict:
    """A node's outcome; why: empty if its result is whole."""

    node: str
    why: str

    @property
    def good(self) -> bool:
        return not self.why


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        # Names a job of Slurm: one for each folder.
        self.name = "extram-" + hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:12]

    @property
    def source(self) -> Path:
        return self.root / "source.git"

    def node(self, node: str) -> Path:
        return self.root / node

    def csv(self, node: str) -> Path:
        return self.node(node) / f"{node}.csv"

    def begin(self, wanted: Request) -> None:
        """Makes the folder, or checks that it was made for the same request."""
        path = self.root / "request.txt"
        if path.exists():
            if path.read_text(encoding="utf-8") != str(wanted):
                found = " | ".join(path.read_text(encoding="utf-8").splitlines())
                raise ResultError(f"{path}: this folder is of another run ({found}): give another --out")
        with writing(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        if not wanted.build and not self.source.exists():
            repository.git(ROOT, "clone", "--quiet", "--bare", "--depth=1", "--template=", f"file://{ROOT}", str(self.source))
        with writing(path):
            path.write_text(str(wanted), encoding="utf-8")

    def task(self, node: str) -> str:
        """The task that was last started for the node. Empty: none was."""
        try:
            return (self.node(node) / "task").read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def tasks(self) -> set[str]:
        """The tasks last started, of all nodes that have a folder here."""
        return {self.task(path.parent.name) for path in self.root.glob("*/task")}

    def prepare(self, node: str) -> None:
        """An empty folder for a new attempt. The folder of an attempt that failed is kept."""
        own = self.node(node)
        if own.exists():
            kept = self.root / "failed"
            kept.mkdir(exist_ok=True)
            number = next(n for n in range(1, 1 << 16) if not (kept / f"{node}.{n}").exists())
            own.rename(kept / f"{node}.{number}")
        own.mkdir()

    def note_task(self, node: str, task: str) -> None:
        (self.node(node) / "task").write_text(f"{task}\n", encoding="utf-8")

    def _last_words(self, node: str) -> str:
        try:
            lines = (self.node(node) / "log.txt").read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def verdict(self, node: str, state: str = "") -> Verdict:
        """state: how the task ended, in words, where Slurm still knows."""
        own = self.node(node)
        try:
            status = (own / "exit").read_text(encoding="utf-8").strip()
        except OSError:
            return Verdict(node, state or "it has not run to its end")
        if status != "0":
            words = self._last_words(node)
            return Verdict(node, f"exit status {status}" + (f": {words}" if words else ", and nothing in its log"))
        problems = check(self.csv(node))
        return Verdict(node, str(problems[0]) if problems else "")

    def line(self, verdict: Verdict) -> str:
        """One line to print."""
        if not verdict.good:
            return f"{verdict.node}: failed: {verdict.why}"
        rows = load(self.csv(verdict.node))
        return f"{verdict.node}: {len(rows)} rows of {rows['cpu_model'][0]}, fingerprint {rows['fingerprint'][0]}: {self.csv(verdict.node)}"
