# SPDX-License-Identifier: BSD-3-Clause
"""The distance of a cost from the floor's. Every figure, every table and the page use these
functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

AT_FLOOR = "at the floor"


class Ranged(Protocol):
    """The median, the lowest and the highest of the repetitions."""

    @property
    def median(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


@dataclass(frozen=True)
class Range:
    median: float
    low: float
    high: float


def ranges(cells: pd.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], Range]:
    """Key → range, of rows of results/frame.py. Of several rows with one key, the last."""
    return dict(zip(zip(*(cells[name] for name in keys)), map(Range, cells["median"], cells["low"], cells["high"])))


def at_floor(one: Ranged, floor: Ranged) -> bool:
    """Whether the ranges overlap. The difference of the medians then says nothing."""
    return one.low <= floor.high


def over(one: Ranged, floor: Ranged) -> float | None:
    """The difference of the medians, above 0. None means at the floor."""
    return None if at_floor(one, floor) else one.median - floor.median
