# SPDX-License-Identifier: BSD-3-Clause
"""Blocks disturbed by other work, from the column `disturbed`. Older files do not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

MARK = "~"


def disturbed(df: pandas.DataFrame) -> pandas.Series:
    """In files from before the column `disturbed`, a planned callback's block is one window, and it
    says so if that is not clean."""
    return (df["disturbed"] == 1) | (df["disturbed"].isna() & df["resp_p50_ns"].notna() & (df["windows_clean"] == 0))


def quiet(df: pandas.DataFrame) -> pandas.DataFrame:
    """The blocks that count: all but disturbed ones."""
    return df[~disturbed(df)]


def untold(df: pandas.DataFrame) -> int:
    """Number of blocks without a noise filter or with unknown disturbance. Blocks of older files do
    not count."""
    says = df["schedstat"].notna()
    return int((says & ((df["schedstat"] == 0) | df["disturbed"].isna())).sum())


def words(df: pandas.DataFrame, whose: str = "") -> list[str]:
    """Notes for the reader, one sentence each, without a full stop."""
    found = []
    many, unknown, whose = int(disturbed(df).sum()), untold(df), f"{whose} " if whose else ""
    if many:
        found.append(f"other work disturbed {many} of {len(df)} {whose}blocks: they do not count")
    if unknown:
        found.append(f"for {unknown} of {len(df)} {whose}blocks the kernel does not report disturbances: their times may include other programs' work")
    return found
