# SPDX-License-Identifier: BSD-3-Clause
"""A build that measures nothing: it answers the commands of extram-bench --serve with made-up
numbers, by a program of its own.

Each build has a file speed.json: for a cell, nanoseconds a pair, chance that a block is disturbed,
spread, what to do wrong. The clock is the answers alone, so nothing in a test depends on how fast
the machine is.
"""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ab_fake_bench import FakeBench

from compare.ab import __main__ as ab
from compare.ab.bench import Bench, BenchError
from compare.ab.run import Open

SCRIPT = f"""#!/usr/bin/python3 -IS
import os.path, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import ab_fake_bench
ab_fake_bench.main(os.path.dirname(os.path.abspath(__file__)))
"""


def fake_build(folder: Path, cells: dict[str, dict[str, Any]], **facts: Any) -> Path:
    """A build folder with such a program."""
    program = folder / "bench" / "extram-bench"
    program.parent.mkdir(parents=True)
    program.write_text(SCRIPT)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (program.parent / "speed.json").write_text(json.dumps({"seed": folder.name, "cells": cells, **facts}))
    (program.parent / "log").touch()
    return folder


def log(folder: Path) -> list[str]:
    """What it was called with and asked."""
    return (folder / "bench" / "log").read_text().splitlines()


class InProcess(Bench):
    """The same answers without a process: thousands of them take a tenth of the time."""

    def __init__(self, command: Sequence[str], options: Sequence[str]) -> None:
        self.name = command[-1]
        self._fake = FakeBench(str(Path(self.name).parent), ["--serve", *options])

    def close(self) -> None:
        self._fake.close()

    def ask(self, command: str) -> list[str]:
        words = (self._fake.answer(command) or "").split()
        if words[:1] != ["ok"]:
            raise BenchError(f"{self.name}: {' '.join(words)}")
        return words[1:]


def in_process(command: Sequence[str], options: Sequence[str]) -> Open:
    return lambda: InProcess(command, options)


@contextmanager
def without_processes() -> Iterator[None]:
    """For ab.main."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ab, "bench_opener", in_process)
        yield
