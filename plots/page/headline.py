# SPDX-License-Identifier: BSD-3-Clause
"""The headline questions, answered: a row a strategy, a column a question."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from plots import floor as floors_of
from plots import style
from plots.page.cells import Cell, Heading, Table
from results import frame, noise, questions

MISSING = Cell("–", "")
# Of the 95 % interval of a median by order statistics, as bench/row/answers.c computes it.
REACH = 0.98


def _low(ns: pd.Series) -> float:
    return float(sorted(ns)[max(math.floor(len(ns) / 2 - REACH * math.sqrt(len(ns))), 0)])


def _high(ns: pd.Series) -> float:
    return float(sorted(ns)[min(math.ceil(len(ns) / 2 + REACH * math.sqrt(len(ns))), len(ns) - 1)])


def _answers(cells: pd.DataFrame) -> Iterator[tuple[str, Cell]]:
    """Series and answer, of one machine and revision. One whose blocks were all disturbed is
    marked, and never the best."""
    ranked = cells[~cells["disturbed"] & (cells["floor"] != 1)]
    best = min(ranked.itertuples(), key=lambda one: float(one.median), default=None)
    for one in cells.itertuples():
        leads = best is not None and not one.disturbed and one.floor != 1 and floors_of.at_floor(one, best)
        note = f"{style.time(one.low)} to {style.time(one.high)}"
        yield str(one.series), Cell(style.time(one.median) + noise.MARK * one.disturbed, f"{one.median:.6g}", note, leads)


def _column(question: questions.Question, df: pd.DataFrame) -> tuple[Heading, dict[str, Cell]]:
    found: dict[str, Cell] = {}
    threads: set[int] = set()
    for _, some in df.groupby("origin"):
        cells = frame.answers(question, some, ["series", "floor", "threads"], (_low, _high))
        found.update(_answers(cells))
        threads.update(cells["threads"])
    words = ", ".join(f"{n} thread{'s' * (n != 1)}" for n in sorted(threads))
    return Heading(question.name, question.heading, words, "", False), found


def tabulate(df: pd.DataFrame) -> Table:
    """Floors first, then the cheapest on all CPUs. No rows if the blocks answer no question."""
    columns = [column for question in questions.questions() if (column := _column(question, df))[1]]
    order: dict[str, Cell] = next((found for heading, found in columns if heading.name == "all"), {})
    floors = set(df.loc[df["floor"] == 1, "series"])
    names = sorted({name for _, found in columns for name in found})
    names.sort(key=lambda name: (name not in floors, float(order[name].value) if name in order else float("inf")))
    series = Heading("series", "strategy", "", "", True)
    rows = [[Cell(name + " (floor)" * (name in floors), name), *(found.get(name, MISSING) for _, found in columns)] for name in names]
    return Table([series, *(heading for heading, _ in columns)], rows, {})
