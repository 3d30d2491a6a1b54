# SPDX-License-Identifier: BSD-3-Clause
"""The CPUs of a machine of the model, in the order in which threads get them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from model import engine


@dataclass(frozen=True)
class Place:
    cpu: int
    core: int
    domain: int
    node: int
    package: int


@functools.lru_cache(maxsize=None)
def of(path: Path, fill: str) -> tuple[Place, ...]:
    return tuple(Place(*map(int, row)) for row in engine.places(path, fill).itertuples(index=False))
