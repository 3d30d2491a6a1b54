# SPDX-License-Identifier: BSD-3-Clause
"""The CPUs of a machine of the model, in the order in which threads get them."""

from __future__ import annotations

import functools
from pathlib import Path

from model import engine, naive
from model.engine import Load
from model.naive import Place


@functools.lru_cache(maxsize=None)
def of(path: Path, fill: str) -> tuple[Place, ...]:
    return tuple(Place(*map(int, row)) for row in engine.places(path, fill).itertuples(index=False))


class Ways:
    """What it costs to pass a line between the first threads' places: the ping-pong's time."""

    def __init__(self, path: Path, fill: str) -> None:
        self._path, self._places = path, of(path, fill)
        self._known: dict[str, float] = {}

    def _cost(self, one: Place, other: Place) -> float:
        name = naive.level(one, other)
        if name not in self._known:
            self._known[name] = float(engine.run(Load(self._path, ["ping"], [2], [one.cpu, other.cpu])).iloc[0]["system_ns"])
        return self._known[name]

    def mean(self, threads: int) -> float:
        return naive.transfer(self._places[:threads], self._cost)
