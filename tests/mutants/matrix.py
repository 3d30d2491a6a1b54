# SPDX-License-Identifier: BSD-3-Clause
"""
What a whole run of the mutants found, a row each: name, digest, results. The digest is that of the
edited file and of the row, so it tells which rows to run again.

matrix.py --build DIR [--jobs N]: makes such a run and records it. It takes half an hour.
"""
from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
HERE = Path(__file__).resolve().parent
FILE = HERE / "matrix.tsv"
SAMPLE = 20  # rows, where nothing is recorded


def digest(file: Path, row: object) -> str:
    return hashlib.sha256(file.read_bytes() + repr(row).encode()).hexdigest()[:16]


class Record:
    def __init__(self, file: Path = FILE) -> None:
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        self.file, self.rows = file, {name: (digest, result) for name, digest, result in (line.split("\t") for line in lines)}

    def changed(self, digests: Mapping[str, str]) -> list[str]:
        """Names of what differs from the record, by digest, so that the first few are a sample."""
        differ = [name for name in digests if self.rows.get(name, ("", ""))[0] != digests[name]]
        return sorted(differ, key=digests.__getitem__)

    def choose(self, digests: Mapping[str, str]) -> tuple[list[str], str]:
        """What is to run again, and the words for it."""
        names = self.changed(digests)
        if self.rows.keys() & digests.keys():
            return names, f"{len(names)} of {len(digests)} rows differ from the recorded matrix"
        return names[:SAMPLE], f"no matrix is recorded: {len(names[:SAMPLE])} of {len(digests)} rows as a sample"

    def put(self, name: str, digest: str, result: str) -> None:
        self.rows[name] = (digest, result)
        lines = [f"{name}\t{digest}\t{result}\n" for name, (digest, result) in sorted(self.rows.items())]
        whole = self.file.with_suffix(".new")
        whole.write_text("".join(lines), "utf-8")
        whole.replace(self.file)  # at once: an end in between loses no row


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--changed", action="store_true", help="only rows that differ from the recorded matrix; without one, a sample")
    parser.add_argument("--seconds", type=float, default=0, help="begin no row after so long (0: no limit)")
    parser.add_argument("--record", action="store_true", help="record the rows that are right")


def in_time(seconds: float, run: Callable[[T], R]) -> Callable[[T], R | None]:
    """The same function, but None once the time is over."""
    end = time.monotonic() + seconds if seconds else float("inf")
    return lambda row: run(row) if time.monotonic() < end else None


def print_left_out(names: Iterable[str]) -> None:
    if left := list(names):
        print(f"# no time for {len(left)}: {' '.join(left)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="a directory to work in")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    FILE.unlink(missing_ok=True)
    wrong = 0
    for script in ("run.py", "python_edits.py"):
        command = [sys.executable, HERE / script, "--build", given.build / script[:-3], "--jobs", str(given.jobs), "--record"]
        wrong |= subprocess.run(command).returncode
    return wrong


if __name__ == "__main__":
    sys.exit(main())
