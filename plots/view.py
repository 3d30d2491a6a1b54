# SPDX-License-Identifier: BSD-3-Clause
"""What a figure is drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from plots import families, style, tidy
from plots.cells import describe
from results import frame, noise


@dataclass(frozen=True)
class View:
    blocks: pd.DataFrame  # of cells.read, without disturbed ones, unless nothing else is there
    cells: pd.DataFrame  # of tidy.frame
    origin: str  # where the numbers come from, in one line
    chosen: frozenset[str] = frozenset()  # series to bring out; empty: the figure chooses
    emulated: bool = False

    @property
    def mixed(self) -> bool:
        """Rows of several machines, builds or sources."""
        return bool(self.blocks["origin"].nunique() > 1)

    @property
    def judged(self) -> bool:
        """Whether the figure may say who is cheapest."""
        return not self.emulated and not self.mixed

    @property
    def cpus(self) -> int:
        return int(self.blocks["cpus"].max())

    def metric(self, name: str, most: bool = False) -> pd.DataFrame:
        return frame.metric(self.cells, name, most)

    def family(self, series: str) -> str:
        found = self.cells.loc[self.cells["series"] == series, "family"]
        return families.OTHERS if found.empty else str(found.iloc[0])

    def colour(self, series: str) -> str:
        return families.COLOURS[self.family(series)]

    def key(self, some: Iterable[str]) -> style.Key:
        """The families of these series, in the order of families.COLOURS."""
        used = {self.family(series) for series in some}
        return style.Key("families", {family: colour for family, colour in families.COLOURS.items() if family in used})

    def pale(self, series: str) -> bool:
        """The reader chose others."""
        return bool(self.chosen) and series not in self.chosen and self.family(series) != families.FLOOR


def of(df: pd.DataFrame, chosen: frozenset[str] = frozenset(), disturbed: bool = False) -> View:
    """Of the blocks of cells.read. disturbed: disturbed blocks count like others, because nothing
    else is there."""
    counted = df.assign(disturbed=0) if disturbed else df
    quiet = noise.quiet(counted)
    left_out = f" · left out: {len(df) - len(quiet)} of {len(df)} blocks, disturbed by other work" if len(quiet) < len(df) else ""
    return View(quiet, tidy.frame(counted), describe(df) + left_out, chosen, set(df["source"]) == {"emulated"})
