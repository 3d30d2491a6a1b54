# SPDX-License-Identifier: BSD-3-Clause
"""memory: what each refill policy takes in a cold burst, and the memory it leaves behind."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure

from plots import dots, style, tidy, words
from plots.figures import coldburst as bursts
from plots.view import View

TITLE = "What does a refill policy buy, and what does it hold?"
POLICIES = {"go": "one a waiter (Go)", "one": "one", "double": "double", "low_water": "low-water mark"}
COLOUR = "#0072B2"
ALIKE = 1.1
Show = Callable[[float], str]


def _threads(rows: pd.DataFrame) -> int:
    """The number of threads with the most policies, then the largest."""
    policies = rows.groupby("threads")["refill"].nunique()
    return int(max(policies[policies == policies.max()].index))


def rows_of(view: View, metric: str) -> pd.DataFrame:
    """The cold bursts of one number of threads, of the strategies and ways to wait that were
    measured with the most policies."""
    rows = bursts.strategies(bursts.cold(bursts.rows_of(view, metric)))
    rows = rows[rows["refill"].isin(POLICIES)]
    if rows["refill"].nunique() < 2:
        return rows[:0]
    rows = rows[rows["threads"] == _threads(rows)]
    many = rows.groupby(["series", "way"])["refill"].transform("nunique")
    return rows[many == many.max()]


def _both(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Times and MiB of the same cells; of the chosen strategies, if they have some."""
    times, kept = bursts.in_ns(rows_of(view, "all_in_ms")), rows_of(view, tidy.KEPT)
    same = set(times["series"]) & set(kept["series"])
    same = same & view.chosen or same
    threads = set(times["threads"]) & set(kept["threads"])
    times, kept = (rows[rows["series"].isin(same) & rows["threads"].isin(threads)] for rows in (times, kept))
    return times, kept


def middle(rows: pd.DataFrame, way: str) -> dict[str, tuple[float, float, float]]:
    """Policy → median, least and most over the strategies."""
    found = rows[rows["way"] == way].groupby("refill")["median"].agg(["median", "min", "max"])
    return {str(policy): (float(mid), float(low), float(high)) for policy, mid, low, high in found.itertuples()}


def _ways(rows: pd.DataFrame) -> list[str]:
    """Who waits its own way stands aside, unless there is nobody else."""
    return [way for way in bursts.ways_of(rows) if way != bursts.OWN] or bursts.ways_of(rows)


def _row(policy: str, rows: pd.DataFrame, show: Show) -> dots.Row:
    found = {way: middle(rows, way) for way in _ways(rows)}
    made = [dots.Dot(bursts.DOES[way], *some[policy]) for way, some in found.items() if policy in some]
    return dots.Row(POLICIES[policy], COLOUR, made, " → ".join(dict.fromkeys(show(dot.value) for dot in made)))


def _panels(times: pd.DataFrame, kept: pd.DataFrame) -> list[dots.Panel]:
    threads, series = int(times["threads"].iloc[0]), sorted({str(name) for name in times["series"]})
    title = f"{threads} new threads at once"
    second = f"{len(series)} strategies" if len(series) > 1 else series[0]
    marks = {bursts.DOES[way]: bursts.MARKS[way] for way in _ways(times)}
    policies = [policy for policy in POLICIES if policy in set(times["refill"])]
    took, held = ([_row(policy, rows, show) for policy in policies] for rows, show in ((times, style.short), (kept, style.mib)))
    first = dots.Panel(title, second, marks, took, label="from the start until all are in")
    return [first, dots.Panel("what stays on the list", "ms are never freed", marks, held, label="MiB", named=False, axis="{:g}".format)]


def _range(found: dict[str, float], show: Show) -> str:
    """With the policies at its ends, unless all are alike."""
    ends = [min(found.values()), max(found.values())]
    if ends[1] <= ends[0] * ALIKE:
        return f"{' to '.join(dict.fromkeys(map(show, ends)))} with any policy"
    who = [words.listed([f"“{POLICIES[policy]}”" for policy in POLICIES if math.isclose(found.get(policy, 0.0), end, rel_tol=0.01)]) for end in ends]
    return " to ".join(f"{show(end)} ({names})" for end, names in zip(ends, who))


def answer(view: View, times: pd.DataFrame, kept: pd.DataFrame) -> str:
    if not view.judged:
        return ""
    way = _ways(times)[-1]
    took, held = ({policy: some[0] for policy, some in middle(rows, way).items()} for rows in (times, kept))
    threads = f"{int(times['threads'].iloc[0])} threads that {bursts.DO[way]}"
    return f"{threads} take {_range(took, style.short)}. They leave {_range(held, style.mib)}."


NOTES = ("Rows: how many ms a refill makes. Dots: the median over the strategies. Bands: lowest to highest strategy.",)


def draw(view: View) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    times, kept = _both(view)
    if times.empty or kept.empty:
        return None, ["no rows of workload coldburst with two or more refill policies"]
    texts = style.Texts(TITLE, answer(view, times, kept), NOTES, view.origin)
    return dots.figure(texts, _panels(times, kept)), []
