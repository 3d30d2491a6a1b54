# SPDX-License-Identifier: BSD-3-Clause
"""openloop: how long after its planned start a callback ends, beside how long it takes, at one
load."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from plots import dots, style, words
from plots.cells import choose
from plots.view import View
from results import names

TITLE = "How late are callbacks that are due?"
# The rarest first: the one to show is the first that most blocks of most strategies have.
QUANTILES = {"p9999_ns": "p99.99", "p999_ns": "p99.9", "p99_ns": "p99", "p90_ns": "p90", "p50_ns": "p50"}
MARKS = {"service": dots.Mark("o", hollow=True), "response": dots.Mark("o")}
SETTING = ["level", "arrivals", "threads", "hold_ns", "load"]


@dataclass(frozen=True)
class Planned:
    """The cells of one load. cells: a row a series: service, response, its low and high, floor and
    kind; by ascending response."""

    level: str
    arrivals: str
    threads: int
    hold: int
    load: int
    quantile: str
    cells: pd.DataFrame


def _setting(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the list before whole callbacks, of Poisson before fixed arrivals, of the most threads
    that have a CPU each and the longest hold: the load at which most series have an undisturbed
    block, and of those the highest."""
    groups = {key: some for key, some in rows.groupby(SETTING)}

    def rank(key: tuple[str, str, int, int, int]) -> tuple[object, ...]:
        level, arrivals, threads, hold, load = key
        fits = threads <= rows["cpus"].max()
        return level == "list", arrivals == "poisson", fits, threads if fits else -threads, hold, groups[key]["series"].nunique(), load

    return groups[max(groups, key=rank)]


def _at(view: View, chosen: pd.DataFrame, metric: str) -> pd.DataFrame:
    keys = ["workload", "series", *SETTING, "placement", "prefill"]
    return chosen[keys].merge(view.metric(metric, most=True), on=keys).set_index("series")


def _quantile(view: View, chosen: pd.DataFrame) -> str:
    def have(name: str) -> int:
        return len(set(_at(view, chosen, f"resp_{name}").index) & set(_at(view, chosen, name).index))

    return next((name for name in QUANTILES if 2 * have(name) > len(chosen)), "p50_ns")


def planned(view: View) -> Planned | None:
    """What to show, if there is something."""
    rows = view.metric("resp_p50_ns")
    rows = choose(rows[(rows["workload"] == "openloop") & rows["load"].notna()])
    if rows.empty:
        return None
    chosen = _setting(rows)
    name = _quantile(view, chosen)
    response = _at(view, chosen, f"resp_{name}")
    values = chosen.set_index("series")[["kind", "left_out"]].assign(floor=(chosen["floor"] == 1).to_numpy())
    values = values.assign(service=_at(view, chosen, name)["median"], response=response["median"], low=response["low"], high=response["high"])
    values = values.rename_axis("name").sort_values(["response", "name"])
    level, arrivals, threads, hold, load = chosen.iloc[0][SETTING]
    return Planned(str(level), str(arrivals), int(threads), int(hold), int(load), QUANTILES[name], values)


def _row(view: View, series: str, one: pd.Series, quantile: str) -> dots.Row:
    values = [(kind, one[kind]) for kind in MARKS if pd.notna(one[kind])]
    bands = {"service": (one["service"], one["service"]), "response": (one["low"], one["high"])}
    found = [dots.Dot(kind, float(ns), float(bands[kind][0]), float(bands[kind][1])) for kind, ns in values]
    text = " → ".join(style.short(dot.value) for dot in found) if len(found) == len(MARKS) else f"no {quantile}"
    return dots.Row(series, style.PALE if view.pale(series) else view.colour(series), found, text, series in view.chosen)


def _panel(view: View, one: Planned) -> dots.Panel:
    cells = one.cells.sort_values("floor", ascending=False, kind="stable")
    rows = [_row(view, str(series), cell, one.quantile) for series, cell in cells.iterrows()]
    floors = cells[cells["floor"] & cells["response"].notna()]["response"]
    lines = [dots.Line(f"response of {series}", float(ns)) for series, ns in floors.items()]
    title = f"{words.threads(one.threads)} on {words.cpus(view.cpus)}, {names.phrase('load', one.load)}"
    level = "the list alone" if one.level == "list" else "whole callbacks"
    second = f"{level}, {names.phrase('arrivals', one.arrivals.replace('poisson', 'Poisson'))}, mean hold {style.time(one.hold)}, counted in both times"
    return dots.Panel(title, second, MARKS, rows, lines, f"{one.quantile} of a callback's time", column="service → response")


def _range(times: pd.Series) -> str:
    """28 µs (a) to 966 µs (b)."""
    ends = dict.fromkeys([times.idxmin(), times.idxmax()])
    return " to ".join(f"{style.short(float(times[series]))} ({series})" for series in ends)


def _beside_floor(own: pd.DataFrame, floors: pd.DataFrame) -> str:
    """How many nobody can tell from the floor, as their ranges overlap."""
    if floors.empty:
        return ""
    floor = floors.iloc[0]
    alike = int(((own["low"] <= floor["high"]) & (own["high"] >= floor["low"])).sum())
    return f" For {alike} of {len(own)} the range overlaps with the floor's ({style.short(float(floor['response']))})."


def answer(view: View, one: Planned) -> str:
    cells = one.cells[one.cells["response"].notna()]
    own = cells[~cells["floor"] & (cells["kind"] != "peer")]
    if not view.judged or own.empty:
        return ""
    text = f"At {names.phrase('load', one.load)}, the {one.quantile} of the response is {_range(own['response'])}, that of the service {_range(own['service'])}."
    return text + _beside_floor(own, cells[cells["floor"]])


def draw(view: View) -> tuple[style.Titled | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    one = planned(view)
    if one is None:
        return None, ["no percentiles of workload openloop"]
    notes = ["Response: from the planned start to the end. Service: from the true start. Dots: medians. Bands: lowest to highest block.",
             " ".join(["Each strategy is asked for the same share of its own peak.", *words.left_out(int(one.cells["left_out"].sum()))])]  # fmt: skip
    texts = style.Texts(TITLE, answer(view, one), notes, view.origin)
    return dots.figure(texts, [_panel(view, one)], view.key(one.cells.index)), []
