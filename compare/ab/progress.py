# SPDX-License-Identifier: BSD-3-Clause
"""Prints progress and remaining time on standard error: one changing line on a terminal, otherwise
a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from compare.ab.run import Cell, Plan

QUIET_S = 20.0  # between two lines if not on a terminal


class Meter:
    def __init__(self, cells: Sequence[Cell], plan: Plan) -> None:
        self._cells, self._plan = cells, plan
        self._begin = time.monotonic()
        self._shown = self._begin
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *unused: object) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def show(self, launch: int, left: int, made: int) -> None:
        now = time.monotonic()
        if not self._terminal and now - self._shown < QUIET_S:
            return
        self._shown = now
        text = self._text(launch, left, made, now - self._begin)
        print(f"\r{text}\033[K" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr, flush=True)

    def _text(self, launch: int, left: int, made: int, seconds: float) -> str:
        decided = sum(cell.verdict is not None for cell in self._cells)
        kept = sum(cell.kept for cell in self._cells)
        thrown = sum(cell.thrown for cell in self._cells)
        # The time of discarded quads counts towards those kept.
        until = f"at most {_minutes(left * seconds / kept)} left" if kept else "time left unknown"
        cells = f"{decided}/{len(self._cells)} cells decided"
        return f"launch {launch}/{self._plan.launches}, {cells}, {thrown} of {made} quads discarded, {until}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
