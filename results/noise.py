# SPDX-License-Identifier: BSD-3-Clause
"""Blocks that the machine disturbed, by the column `disturbed`; files from before it have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

MARK = "~"


def disturbed(df: pandas.DataFrame) -> pandas.Series:
    return df["disturbed"] == 1


def quiet(df: pandas.DataFrame) -> pandas.DataFrame:
    """What may count as a result: all but disturbed blocks."""
    return df[~disturbed(df)]


def untold(df: pandas.DataFrame) -> int:
    """Blocks without a noise filter, or of which the kernel did not tell whether other work disturbed them; older files do not say."""
    says = df["schedstat"].notna()
    return int((says & ((df["schedstat"] == 0) | df["disturbed"].isna())).sum())


def words(df: pandas.DataFrame, whose: str = "") -> list[str]:
    """What a reader has to know, a sentence each, without a full stop."""
    found = []
    many, unknown, whose = int(disturbed(df).sum()), untold(df), f"{whose} " if whose else ""
    if many:
        found.append(f"other work on the machine disturbed {many} of {len(df)} {whose}blocks: they do not count")
    if unknown:
        found.append(f"of {unknown} of {len(df)} {whose}blocks the kernel does not tell what disturbed them: they may be the neighbours' time")
    return found
