# SPDX-License-Identifier: BSD-3-Clause
"""The one frame of cells and metrics, of which tables and figures are made: a row a cell and
metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Union

from results import noise, questions

if TYPE_CHECKING:
    import pandas

    End = Union[str, Callable[[pandas.Series], float]]

RANGE = ("min", "max")


def of(df: pandas.DataFrame, keys: Sequence[str], metrics: Sequence[str], ends: tuple[End, End] = RANGE) -> pandas.DataFrame:
    """The cells that the keys tell apart, in the blocks' order.

    Columns: keys; metric; median, low and high (the two ends) over the blocks that count and have
    the metric; n, their number; blocks, that of all blocks of the cell that count; left_out, that
    of its disturbed ones; disturbed, whether all of them are, so that they count too. A
    metric that no block has makes no row.
    """
    df = df.assign(_cell=df.groupby(list(keys), dropna=False, sort=False).ngroup(), _out=noise.disturbed(df))
    out = df.groupby("_cell")["_out"]
    counted = df[~df["_out"] | out.transform("all")]
    cells = df.drop_duplicates("_cell").set_index("_cell")[list(keys)]
    cells = cells.assign(blocks=counted.groupby("_cell").size(), left_out=out.sum().astype(int), disturbed=out.all())
    long = counted.melt("_cell", list(metrics), "metric").dropna(subset=["value"])
    found = long.groupby(["_cell", "metric"])["value"].agg(median="median", low=ends[0], high=ends[1], n="count")
    return found.reset_index().join(cells, on="_cell").drop(columns="_cell")


def metric(cells: pandas.DataFrame, name: str, most: bool = False) -> pandas.DataFrame:
    """The rows of one metric; most: only cells in which most blocks have it, as else it would speak
    for the odd ones alone."""
    rows = cells[cells["metric"] == name]
    return rows[2 * rows["n"] > rows["blocks"]] if most else rows


def answers(question: questions.Question, df: pandas.DataFrame, keys: Sequence[str], ends: tuple[End, End] = RANGE) -> pandas.DataFrame:
    """The cells of which most blocks answer the question, in ns."""
    rows = questions.answering(question, df)
    return metric(of(rows.assign(ns=questions.answers(question, rows)), keys, ["ns"], ends), "ns", most=True)
