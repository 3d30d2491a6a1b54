# SPDX-License-Identifier: BSD-3-Clause
"""One live process of a build's extram-bench --serve. bench/serve.h has its commands."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROTOCOL = "1"
UNKNOWN = "unknown"
# Share of a block that its threads may have waited for a CPU, and time of a thread for which it may have lost its CPU once.
WAIT_SHARE = 0.01
NS_PER_LOSS = 2_000_000


class BenchError(Exception):
    """A build that cannot be measured: the message names it."""


@dataclass(frozen=True)
class Facts:
    git_rev: str
    build_id: str
    fingerprint: str
    cpus: int


@dataclass(frozen=True)
class Block:
    elapsed_ns: int
    thread_ns: int
    run_wait_ns: int | None  # None: the kernel does not tell
    nvcsw: int
    nivcsw: int
    steal_ns: int

    @property
    def clean(self) -> bool:
        """Did the environment leave it alone? Says nothing of how long it took."""
        waited = self.run_wait_ns is not None and self.run_wait_ns > WAIT_SHARE * self.elapsed_ns
        return self.thread_ns > 0 and not waited and self.nivcsw * NS_PER_LOSS <= self.thread_ns and self.steal_ns == 0


class Bench:
    """Blocks of one build. It sleeps while it is not asked."""

    blind = False  # of some block the kernel did not tell how long its threads waited for a CPU

    def __init__(self, command: Sequence[str], options: Sequence[str]) -> None:
        self.name = command[-1]
        try:
            # A session of its own: an interrupt from the terminal is for the one that alternates, which then ends both.
            self._process = subprocess.Popen(
                [*command, "--serve", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True
            )
        except OSError as error:
            raise BenchError(f"{self.name}: {error.strerror}") from error

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process, in the middle of a block if need be."""
        self._process.kill()
        self._process.communicate()

    def ask(self, command: str) -> list[str]:
        """The words of the answer, after ok."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write(command + "\n")
            stdin.flush()
            words = stdout.readline().split()
        except BrokenPipeError:
            words = []
        if not words:
            raise BenchError(f"{self.name}: ended with status {self._process.wait()} at the command {command!r}")
        if words[0] != "ok":
            raise BenchError(f"{self.name}: {' '.join(words)}")
        return words[1:]

    def numbers(self, command: str, count: int) -> list[float]:
        """An answer that is so many numbers from 0."""
        return self._numbers(command, self.ask(command), count)

    def _numbers(self, command: str, words: list[str], count: int) -> list[float]:
        try:
            values = [float(word) for word in words]
        except ValueError:
            values = []
        if len(values) != count or not all(math.isfinite(value) and value >= 0 for value in values):
            raise BenchError(f"{self.name}: {command!r} was answered with {' '.join(words)!r}, not {count} numbers")
        return values

    def hello(self) -> tuple[Facts, int]:
        """What it is, and how many cells it has."""
        words = self.ask("hello")
        if words[:1] != [PROTOCOL] or len(words) != 6 or not (words[4] + words[5]).isdigit():
            raise BenchError(f"{self.name}: speaks another protocol than {PROTOCOL}: {' '.join(words)}")
        return Facts(words[1], words[2], words[3], int(words[4])), int(words[5])

    def cells(self) -> dict[str, int]:
        """Names of its cells, with their threads."""
        _, count = self.hello()
        answers = [self.ask(f"cell {index}") for index in range(count)]
        return {" ".join(words[1:]): int(words[0]) for words in answers}

    def run(self, pairs: int) -> Block:
        """One block of so many pairs a thread."""
        command = f"run {pairs}"
        words = self.ask(command)
        known = words[2:3] != [UNKNOWN]
        self.blind = self.blind or not known
        elapsed, thread, wait, *others = map(int, self._numbers(command, words if known else [*words[:2], "0", *words[3:]], 6))
        return Block(elapsed, thread, wait if known else None, *others)


def program(folder: Path) -> list[str]:
    """The command in a build folder."""
    return [str(folder / "bench" / "extram-bench")]
