# SPDX-License-Identifier: BSD-3-Clause
"""The rows of a result file that calibrate: a machine's own limits."""

from __future__ import annotations

from pathlib import Path

import pandas

from model.description import Row
from results import noise, schema
from results.columns import ResultError

# The limit's name, and the kernel that does the same.
KERNELS = {"hop": "hop", "rmw_shared": "add"}
TOGETHER = ("hop",)  # an operation of these is one of all threads
FILLS = {"compact": "cores", "scatter": "scatter"}


def rows(csv: Path) -> tuple[Row, ...]:
    """Medians of the undisturbed rows. Raises ResultError if there are none."""
    df = noise.quiet(schema.load(csv))
    df = df[(df["workload"] == "limit") & df["strategy"].isin(KERNELS) & df["placement"].isin(FILLS) & (df["threads"] > 1)]
    if df.empty:
        raise ResultError(f"{csv}: no undisturbed rows of {', '.join(KERNELS)} with two threads or more")
    medians: pandas.Series = df.groupby(["strategy", "threads", "placement"])["ns_per_pair"].median()
    return tuple(
        Row(KERNELS[limit], int(threads), FILLS[fill], ns if limit in TOGETHER else ns / threads)
        for (limit, threads, fill), ns in medians.items()
    )
