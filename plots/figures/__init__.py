# SPDX-License-Identifier: BSD-3-Clause
"""The figures of result files, each a module."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from plots import style, view
from plots.cells import MODEL
from plots.figures import coldburst, ladder, machines, memory, model, openloop, pair, tails
from results.repository import ROOT

Draw = Callable[[view.View], tuple[style.Titled | None, list[str]]]

FIGURES: dict[str, Draw] = {
    "pair": pair.draw,
    "tails": tails.draw,
    "ladder": ladder.draw,
    "model": model.draw,
    "coldburst": coldburst.draw,
    "memory": memory.draw,
    "openloop": openloop.draw,
    "machines": machines.draw,
}
OUT = ROOT / "plots" / "out"


def draw(name: str, df: pd.DataFrame, chosen: frozenset[str] = frozenset()) -> tuple[style.Titled | None, list[str]]:
    """One figure, of undisturbed blocks; if that leaves nothing, of all, stamped. And what to say
    about it."""
    if MODEL in set(df["source"]):
        return None, ["computed rows are in figure predicted alone"]
    seen = view.of(df, chosen)
    figure, remarks = FIGURES[name](seen) if len(seen.blocks) else (None, [])
    if figure is None and len(seen.blocks) < len(df):
        figure, remarks = FIGURES[name](view.of(df, chosen, disturbed=True))
        if figure:
            style.stamp(figure, "disturbed: no result")
            remarks = [*remarks, "other work on the machine disturbed every block that it shows"]
    if figure and seen.emulated:
        style.stamp(figure, "emulated: times mean nothing")
    return figure, remarks
