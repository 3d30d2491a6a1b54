# SPDX-License-Identifier: BSD-3-Clause
"""One tidy frame of cells, which every figure is drawn from: a row a cell and metric."""

from __future__ import annotations

import pandas as pd

import families
import noise
from rules import AXES, RESPONSE, TAIL

KEPT = "kept_mib"  # memory of the ms that a block leaves on the list
METRICS = ("ns_per_pair", "cpu_ns_per_pair", *TAIL, *RESPONSE, "resp_max_ns", "jain", "all_in_ms", "us_per_thread", "timer_floor_ns", "timer_step_ns", KEPT)
# What tells cells apart, and what is the same in all blocks of one.
KEYS = ["origin", "series", *AXES, "cpus", "kind", "floor", "family", "source"]


def _with_family(df: pd.DataFrame) -> pd.DataFrame:
    keys = df[["strategy", "kind", "floor"]].fillna("").itertuples(index=False)
    return df.assign(family=[families.of(str(strategy), str(kind), floor == 1) for strategy, kind, floor in keys])


def _with_kept(df: pd.DataFrame) -> pd.DataFrame:
    return df.assign(**{KEPT: df["ms_retained"] * df["bytes_per_m"] / 2**20})


def _disturbed(df: pd.DataFrame) -> pd.Series:
    """In files from before the column `disturbed`, a planned callback's block is one window, and it says so if that is not clean."""
    return noise.disturbed(df) | (df["disturbed"].isna() & df["resp_p50_ns"].notna() & (df["windows_clean"] == 0))


def _wide(df: pd.DataFrame) -> pd.DataFrame:
    """A row a cell: for each metric the median, the least, the most and the number of blocks that have it."""
    return df.groupby(KEYS, dropna=False, sort=False)[list(METRICS)].agg(["median", "min", "max", "count"])


def frame(df: pd.DataFrame) -> pd.DataFrame:
    """The cells of these blocks, of `cells.read`.

    Columns: KEYS; metric; median, low and high over the undisturbed blocks that have the metric; n, their number; blocks, that of all
    undisturbed blocks of the cell; left_out, that of its disturbed ones. A metric that no block has makes no row.
    """
    df = _with_kept(_with_family(df)).assign(_quiet=~_disturbed(df))
    quiet = df[df["_quiet"]]
    counts = df.groupby(KEYS, dropna=False)["_quiet"].agg(["sum", "count"])
    long = _wide(quiet).rename(columns={"min": "low", "max": "high", "count": "n"}).stack(0).rename_axis([*KEYS, "metric"])
    long = long[long["n"] > 0].reset_index().merge(counts.reset_index(), on=KEYS, how="left")
    long = long.assign(blocks=long["sum"], left_out=long["count"] - long["sum"]).drop(columns=["sum", "count"])
    return long.astype({"n": int, "blocks": int, "left_out": int})


def of(cells: pd.DataFrame, metric: str, most: bool = False) -> pd.DataFrame:
    """The rows of one metric; most: only cells in which most blocks have it, as else it would speak for the odd ones alone."""
    rows = cells[cells["metric"] == metric]
    return rows[2 * rows["n"] > rows["blocks"]] if most else rows
