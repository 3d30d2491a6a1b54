# SPDX-License-Identifier: BSD-3-Clause
"""The frame of cells and metrics that every figure is drawn from."""

from __future__ import annotations

import pandas as pd

from plots import families
from results import frame as frames
from results.rules import AXES, RESPONSE, TAIL

KEPT = "kept_mib"  # memory of the ms that a block leaves on the list
METRICS = ("ns_per_pair", "cpu_ns_per_pair", *TAIL, *RESPONSE, "resp_max_ns", "jain", "all_in_ms", "us_per_thread", "timer_floor_ns", "timer_step_ns", KEPT)
# What tells cells apart, and what is the same in all blocks of one.
KEYS = ["origin", "series", *AXES, "cpus", "kind", "floor", "family", "source"]


def _with_family(df: pd.DataFrame) -> pd.DataFrame:
    keys = df[["strategy", "kind", "floor"]].fillna("").itertuples(index=False)
    return df.assign(family=[families.of(str(strategy), str(kind), floor == 1) for strategy, kind, floor in keys])


def _with_kept(df: pd.DataFrame) -> pd.DataFrame:
    return df.assign(**{KEPT: df["ms_retained"] * df["bytes_per_m"] / 2**20})


def frame(df: pd.DataFrame) -> pd.DataFrame:
    """The cells of these blocks, of `cells.read`, but for those with disturbed blocks alone."""
    found = frames.of(_with_kept(_with_family(df)), KEYS, METRICS)
    return found[~found["disturbed"]].reset_index(drop=True)
