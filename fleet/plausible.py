# SPDX-License-Identifier: BSD-3-Clause
"""Whether rows can be what a machine measured: they agree with the machine's facts, with the clock
and with each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from fleet.privacy import MASK

if TYPE_CHECKING:
    import pandas

# Seconds: a time has whole ones, and other clocks differ.
SLACK = 2.0
AHEAD = 86400.0
# A median over clean windows differs from the whole block's mean, by less than this factor in all
# recorded runs but in odd blocks.
FACTOR, ODD = 3.0, 0.05
SAME = ("run_id", "fingerprint", "arch", "cpu_model", "git_rev", "build_id", "source")


def fnv(text: str) -> str:
    """The hash of fingerprint_of, as in bench/out/machine.c: FNV-1a of 64 bits."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return f"{value:016x}"


def machine(facts: dict[str, str], df: pandas.DataFrame, processors: int) -> Iterator[str]:
    """Problems between the machine's facts, its topology's number of hardware threads, and the
    rows."""
    for name in SAME:
        found = sorted({str(value) for value in df[name]})
        if found != [facts.get(name, "")]:
            yield f"{name}: {', '.join(found)} in the rows, {facts.get(name, 'nothing')} in the machine's facts"
    text = facts.get("fingerprint_of", "")
    if MASK not in text and fnv(text) != facts.get("fingerprint"):
        yield "fingerprint: not the hash of fingerprint_of"
    if df["cpus"].max() > processors:
        yield f"cpus: {df['cpus'].max()} in the rows, {processors} in the topology"


def _times(df: pandas.DataFrame) -> list[float]:
    return [datetime.fromisoformat(text.replace("Z", "+00:00").replace(",", ".")).timestamp() for text in df["time_utc"]]


def duration(df: pandas.DataFrame, now: float | None = None) -> Iterator[str]:
    """Blocks run one after another: they end in the order of their slots, and no sooner than they
    last."""
    ordered = df.sort_values("slot")
    ends = _times(ordered)
    latest = itertools.accumulate(ends, lambda one, other: max(one, other))
    if any(end < before - SLACK for before, end in zip(latest, ends)):
        yield "time_utc: the blocks did not end in the order of their slots"
    measured, passed = float(ordered["wall_ns"].iloc[1:].sum()) / 1e9, max(ends) - min(ends)
    if measured > passed + SLACK:
        yield f"wall_ns: {measured:.0f} s of measuring in {passed:.0f} s"
    if max(ends) > (datetime.now(timezone.utc).timestamp() if now is None else now) + AHEAD:
        yield "time_utc: in the future"


def rates(df: pandas.DataFrame) -> Iterator[str]:
    """A time per pair is about what the block's length and pairs give."""
    rows = df[(df["workload"] == "pair") & df["ns_per_pair"].notna() & (df["pairs"] > 0)]
    ratio = rows["ns_per_pair"] * rows["pairs"] / (rows["wall_ns"] * rows["threads"])
    odd = (ratio > FACTOR) | (ratio < 1 / FACTOR)
    if len(rows) and odd.mean() > ODD:
        yield f"ns_per_pair: in {int(odd.sum())} of {len(rows)} blocks not what wall_ns and pairs give"


def kind(df: pandas.DataFrame) -> Iterator[str]:
    others = sorted(set(df["source"]) - {"measured"})
    if others:
        yield f"source: {', '.join(others)}: only measured rows are a result"
    unfit = sorted(set(df["unfit"]) - {""})
    if unfit:
        yield f"unfit: a build whose numbers mean nothing: {', '.join(unfit)}"
    if (df["disturbed"] == 1).all():
        yield "disturbed: other work disturbed every block"


def problems(facts: dict[str, str], df: pandas.DataFrame, processors: int) -> list[str]:
    return [*kind(df), *machine(facts, df, processors), *duration(df), *rates(df)]
