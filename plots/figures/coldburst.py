# SPDX-License-Identifier: BSD-3-Clause
"""coldburst: how long until all of so many new threads are in their callbacks, for each way to
wait."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plots import dots, families, style, words
from plots.view import View

NS_PER_MS = 1e6
TITLE = "Many new threads call at once: how long until all are in?"
OWN = "own way"
# A way to wait as in the CSV → what a thread does, and what several do.
WAYS = {"poll": ("polls", "poll"), "backoff": ("backs off", "back off"), "futex": ("sleeps on a futex", "sleep on a futex")}
DOES = {**{way: does for way, (does, _) in WAYS.items()}, OWN: "waits its own way"}
DO = {**{way: do for way, (_, do) in WAYS.items()}, OWN: "wait their own way"}
MARKS = {"poll": dots.Mark("o", hollow=True), "backoff": dots.Mark("s", hollow=True), "futex": dots.Mark("o"), OWN: dots.Mark("D")}
MAX_NAMES = 4
REFERENCES = (families.FLOOR, families.REAL, families.PEERS)


def _usual(rows: pd.DataFrame, axis: str) -> pd.DataFrame:
    """Of each origin, the cells with the value that most series have."""
    many = rows.groupby(["origin", axis])["series"].nunique()
    usual = {origin: some.idxmax()[1] for origin, some in many.groupby(level=0)}
    return rows[rows[axis] == rows["origin"].map(usual)]


def rows_of(view: View, metric: str = "all_in_ms") -> pd.DataFrame:
    """The cells of bursts in whole callbacks. The column way: of WAYS, or OWN."""
    rows = view.metric(metric)
    rows = rows[(rows["workload"] == "coldburst") & (rows["level"] == "callback")].fillna({"waiting": "", "refill": "", "tokens": 0})
    for axis in ("placement", "tokens", "hold_ns", "think_ns"):
        rows = _usual(rows, axis) if len(rows) else rows
    rows = rows.assign(way=rows["waiting"].where(rows["waiting"].isin(WAYS), OWN))
    return rows.drop_duplicates(["series", "way", "threads", "prefill", "refill"])


def in_ns(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{name: rows[name] * NS_PER_MS for name in ("median", "low", "high")})


def as_go(rows: pd.DataFrame) -> pd.DataFrame:
    """Refilled as Go does, or by a runtime of its own."""
    return rows[rows["refill"].isin(["", "go"])]


def cold(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["prefill"] == 1]


def warm(rows: pd.DataFrame) -> pd.DataFrame:
    """The list has an m for every thread."""
    return rows[rows["prefill"] == rows["threads"] + 1]


def strategies(rows: pd.DataFrame) -> pd.DataFrame:
    """Without what stands beside them."""
    return rows[~rows["family"].isin(REFERENCES)]


def largest(rows: pd.DataFrame) -> int:
    """The most threads of a burst that at least half of the series have."""
    many = rows.groupby("threads")["series"].nunique()
    return int(max(many[2 * many >= many.max()].index))


def ways_of(rows: pd.DataFrame) -> list[str]:
    """In the order of DOES."""
    found = set(rows["way"])
    return [way for way in DOES if way in found]


def _row(view: View, series: str, own: pd.DataFrame) -> dots.Row:
    by_way = own.set_index("way")
    found = [dots.Dot(DOES[way], *(float(by_way.loc[way, name]) for name in ("median", "low", "high"))) for way in ways_of(own)]
    colour = style.PALE if view.pale(series) else view.colour(series)
    return dots.Row(series, colour, found, " → ".join(style.short(dot.value) for dot in found), bold=series in view.chosen)


def order(rows: pd.DataFrame) -> list[str]:
    """Series, floors first, then by the best way to wait."""
    best = rows.groupby("series").agg(ns=("median", "min"), floor=("floor", "max"))
    return [str(name) for name in best.sort_values(["floor", "ns"], ascending=[False, True]).index]


def warm_lines(rows: pd.DataFrame) -> list[dots.Line]:
    """What the same burst takes with a warm list."""
    some = strategies(warm(rows))
    return [] if some.empty else [dots.Line("warm list", float(some["median"].median()))]


def _panel(view: View, burst: pd.DataFrame, lines: list[dots.Line]) -> dots.Panel:
    made = [_row(view, series, burst[burst["series"] == series]) for series in order(burst)]
    marks = {DOES[way]: MARKS[way] for way in ways_of(burst)}
    title = f"{int(burst['threads'].iloc[0])} new threads at once"
    second = "One m is on the list. Then Go's refill makes one for each that waits."
    return dots.Panel(title, second, marks, made, lines, "from the start until all are in")


def _first(some: pd.DataFrame) -> str:
    """Who is fastest, if all of its blocks are faster than any other's."""
    best = some.loc[some.groupby("series")["median"].idxmin()].sort_values("median")
    if len(best) < 2 or best["high"].iloc[0] >= best["low"].iloc[1:].min():
        return ""
    return f" {best['series'].iloc[0]} is fastest."


def answer(view: View, burst: pd.DataFrame, lines: list[dots.Line]) -> str:
    some = strategies(burst)
    if not view.judged or some.empty:
        return ""
    ways = sorted(ways_of(some), key=lambda way: (way == OWN, float(some.loc[some["way"] == way, "median"].median())))
    parts = [f"{words.span(some.loc[some['way'] == way, 'median'])} if they {DO[way]}" for way in ways]
    ready = [f" With a warm list: {style.short(line.ns)}." for line in lines]
    return f"{int(some['threads'].iloc[0])} threads are in after {words.listed(parts)}.{''.join(ready)}{_first(some)}"


def _notes(every: pd.DataFrame, burst: pd.DataFrame, lines: list[dots.Line]) -> list[str]:
    notes = [f"Dots: medians; the time beside them: {' → '.join(DOES[way] for way in ways_of(burst))}. Bands: lowest to highest block."]
    if lines:
        notes.append("Vertical line: the same burst with an m for every thread, median over the strategies.")
    missing = sorted(set(every["series"]) - set(burst["series"]))
    if missing:
        more = [f"{len(missing) - MAX_NAMES} more"] if len(missing) > MAX_NAMES else []
        notes.append(f"Without such a burst: {words.listed([*missing[:MAX_NAMES], *more])}.")
    return notes


def draw(view: View) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    rows = in_ns(as_go(rows_of(view)))
    every = cold(rows)
    if every.empty:
        return None, ["no rows of workload coldburst with one m on the list"]
    threads = largest(every)
    burst, lines = every[every["threads"] == threads], warm_lines(rows[rows["threads"] == threads])
    texts = style.Texts(TITLE, answer(view, burst, lines), _notes(every, burst, lines), view.origin)
    return dots.figure(texts, [_panel(view, burst, lines)], view.key(order(burst))), []
