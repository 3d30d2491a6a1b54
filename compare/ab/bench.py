# SPDX-License-Identifier: BSD-3-Clause
"""A running extram-bench --serve of one build. bench/serve.h describes the commands."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROTOCOL = "1"
UNKNOWN = "unknown"
# Limits of a clean block: the share of its time waiting for a CPU, and the thread time per
# involuntary switch.
WAIT_SHARE = 0.01
NS_PER_LOSS = 2_000_000


class BenchError(Exception):
    """A build cannot be measured. The message names it."""


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
    run_wait_ns: int | None  # None: the kernel does not report it
    nvcsw: int
    nivcsw: int
    steal_ns: int

    @property
    def clean(self) -> bool:
        """Whether the environment left the block undisturbed. Does not look at its time."""
        waited = self.run_wait_ns is not None and self.run_wait_ns > WAIT_SHARE * self.elapsed_ns
        return self.thread_ns > 0 and not waited and self.nivcsw * NS_PER_LOSS <= self.thread_ns and self.steal_ns == 0


class Bench:
    """Runs blocks of one build. Sleeps between commands."""

    blind = False  # for some block the kernel did not report how long threads waited for a CPU

    def __init__(self, command: Sequence[str], options: Sequence[str]) -> None:
        self.name = command[-1]
        try:
            # In its own session: only this program receives the terminal's interrupt, and then ends
            # both processes.
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
        """Ends the process, even during a block."""
        self._process.kill()
        self._process.communicate()

    def ask(self, command: str) -> list[str]:
        """Sends a command. Returns the words of the answer after ok."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write(command + "\n")
            stdin.flush()
            words = stdout.readline().split()
        except BrokenPipeError:
            words = []
        if not words:
            raise BenchError(f"{self.name}: exited with status {self._process.wait()} at command {command!r}")
        if words[0] != "ok":
            raise BenchError(f"{self.name}: {' '.join(words)}")
        return words[1:]

    def numbers(self, command: str, count: int) -> list[float]:
        """Sends a command whose answer is that many numbers, each at least 0."""
        return self._numbers(command, self.ask(command), count)

    def _numbers(self, command: str, words: list[str], count: int) -> list[float]:
        try:
            values = [float(word) for word in words]
        except ValueError:
            values = []
        if len(values) != count or not all(math.isfinite(value) and value >= 0 for value in values):
            raise BenchError(f"{self.name}: expected {count} numbers for {command!r}, got {' '.join(words)!r}")
        return values

    def hello(self) -> tuple[Facts, int]:
        """Facts about the build, and its number of cells."""
        words = self.ask("hello")
        if words[:1] != [PROTOCOL] or len(words) != 6 or not (words[4] + words[5]).isdigit():
            raise BenchError(f"{self.name}: expected protocol {PROTOCOL}: {' '.join(words)}")
        return Facts(words[1], words[2], words[3], int(words[4])), int(words[5])

    def cells(self) -> dict[str, int]:
        """The names of its cells, with their threads."""
        _, count = self.hello()
        answers = [self.ask(f"cell {index}") for index in range(count)]
        return {" ".join(words[1:]): int(words[0]) for words in answers}

    def run(self, pairs: int) -> Block:
        """Runs a block of that many pairs per thread."""
        command = f"run {pairs}"
        words = self.ask(command)
        known = words[2:3] != [UNKNOWN]
        self.blind = self.blind or not known
        elapsed, thread, wait, *others = map(int, self._numbers(command, words if known else [*words[:2], "0", *words[3:]], 6))
        return Block(elapsed, thread, wait if known else None, *others)


def program(folder: Path) -> list[str]:
    """The command for a build folder."""
    return [str(folder / "bench" / "extram-bench")]
