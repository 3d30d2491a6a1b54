# SPDX-License-Identifier: BSD-3-Clause
"""How far a cost is from the floor's, if this run can tell: every figure, table and page asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pandas as pd

AT_FLOOR = "at the floor"


class Ranged(Protocol):
    """The median over the repetitions, the lowest and the highest of them."""

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


def of(values: pd.Series) -> Range:
    return Range(float(values.median()), float(values.min()), float(values.max()))


def at_floor(one: Ranged, floor: Ranged) -> bool:
    """Some repetition was no dearer than one of the floor's: the difference of the medians says nothing."""
    return one.low <= floor.high


def over(one: Ranged, floor: Ranged) -> float | None:
    """The difference of the medians, always above 0. None: at the floor."""
    return None if at_floor(one, floor) else one.median - floor.median
