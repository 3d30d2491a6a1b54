# SPDX-License-Identifier: BSD-3-Clause
"""Programs that tests start. None outlives its test, and none is given up because the machine is
slow.

A wait has no end of its own: it ends with what it waits for, or with the program. Meson ends a test
that hangs, by SIGTERM first. That ends what the test has started, too.
"""
from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

# Programs that tests start find the packages too.
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])

T = TypeVar("T")

# The beginning of a variable's name. Children inherit it, in whatever group or session they are.
MARK = "EXTRAM_TEST_STARTED"
# A block of this many ms has what a test wants, unless the program is broken.
LONGEST = 100_000
_numbers = itertools.count()


def heed_signals() -> None:
    """Makes SIGTERM end the tests as an interrupt does: what is open gets closed. Where the tests
    are run in the background, a shell ignores SIGINT or SIGHUP, and what they start would inherit
    that."""
    signal.signal(signal.SIGTERM, lambda number, frame: pytest.exit("ended by SIGTERM", returncode=143))
    usual: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in usual.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def _environment(process: Path) -> bytes:
    """Empty for a moment while the process loads a program. OSError: it has ended, or is the
    kernel's."""
    for _ in range(100):  # and where there is no variable
        if found := (process / "environ").read_bytes():
            return found
        os.readlink(process / "exe")
        time.sleep(0.001)
    return b""


def _left(mark: bytes) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in _environment(process):
                found.append(int(process.name))
    return found


def _end(mark: bytes) -> None:
    while left := _left(mark):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


@contextmanager
def marked(environment: Mapping[str, str] | None = None) -> Iterator[tuple[dict[str, str], bytes]]:
    """An environment, and the mark in it. What has been started with it ends with the block."""
    name = f"{MARK}_{os.getpid()}_{next(_numbers)}"
    mark = f"{name}=".encode()
    try:
        yield {**(os.environ if environment is None else environment), name: ""}, mark
    finally:
        _end(mark)


def run(command: Sequence[str], **how: Any) -> subprocess.CompletedProcess[Any]:
    """subprocess.run without a time limit. Ends what the command leaves running."""
    with marked(how.pop("env", None)) as (environment, _):
        return subprocess.run(command, env=environment, **how)


class Started(subprocess.Popen[Any]):
    """A running command."""

    mark = b""

    def others(self) -> list[int]:
        """The processes that it has started and that still run."""
        return [pid for pid in _left(self.mark) if pid != self.pid]


@contextmanager
def started(command: Sequence[str], **how: Any) -> Iterator[Started]:
    """The running command. Ends it, and what it has started, with the block."""
    with marked(how.pop("env", None)) as (environment, mark):
        process = Started(command, env=environment, **how)
        process.mark = mark
        try:
            yield process
        finally:
            _end(mark)
            process.__exit__(None, None, None)


def wait_until(condition: Callable[[], T], process: subprocess.Popen[Any]) -> T:
    """What the condition returns as soon as it holds. Fails if the process ends before."""
    while True:
        over = process.poll() is not None
        if found := condition():
            return found
        if over:
            pytest.fail(f"ended with {process.returncode} before its time: {process.args!r}")
        time.sleep(0.01)


def longer(measure: Callable[[int], T], enough: Callable[[T], object], ms: int) -> T:
    """What a block gives that is as long as it takes: beside other programs, a short one may see
    too little."""
    while not enough(found := measure(ms)):
        ms *= 2
        assert ms < LONGEST, found
    return found
