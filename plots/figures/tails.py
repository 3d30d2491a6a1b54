# SPDX-License-Identifier: BSD-3-Clause
"""tails: how long single operations take, from the median to the longest, a row a strategy."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from plots import dots, families, style, words
from plots.cells import STEPS, choose
from plots.view import View

TITLE = "How long can one get and put take?"
# What is shown, by the name of its metric. The longest is that of all blocks.
SHOWN = {"p50_ns": "p50", "p99_ns": "p99", "p999_ns": "p99.9", "max_ns": "max"}
MARKS = {"p50": dots.Mark("|"), "p99": dots.Mark("."), "p99.9": dots.Mark("o"), "max": dots.Mark("D", hollow=True)}
# The row's words say the first that most strategies have. With it: of how many operations one takes
# longer.
RANKING = {"p99.9": 1000, "p99": 100, "p50": 2}
LEVELS = {"list": "get and put", "callback": "callback"}
PANELS = 2


@dataclass(frozen=True)
class Tails:
    """The cells of one panel."""

    workload: str
    level: str
    threads: int
    work: tuple[int, int]  # hold, think
    cells: pd.DataFrame  # a row a series: SHOWN's names, p99.9's low and high, floor, kind
    blind: float  # times below it are only known to be shorter

    @property
    def ranking(self) -> str:
        return next((name for name in RANKING if 2 * self.cells[name].notna().sum() > len(self.cells)), "p50")

    @property
    def order(self) -> list[str]:
        """Series, floors first, then by the ranking; those without it at the end."""
        by = ["later", self.ranking, "p99", "p50"]
        return list(self.cells.assign(later=~self.cells["floor"]).rename_axis("name").sort_values([*by, "name"]).index)


def _setting(view: View, workload: str, level: str) -> pd.DataFrame:
    """Of the cells with percentiles those with the most work, at the most threads; for latency, at
    the most that have a CPU each."""
    rows = view.metric("p50_ns")
    rows = choose(rows[(rows["workload"] == workload) & (rows["level"] == level)])
    fitting = rows[rows["threads"] <= rows["cpus"]]
    rows = fitting if workload == "latency" and not fitting.empty else rows
    most = rows[["hold_ns", "think_ns", "threads"]].apply(tuple, axis=1)
    return rows[most == most.max()] if len(rows) else rows


def _values(view: View, chosen: pd.DataFrame) -> pd.DataFrame:
    """A row a series; a percentile that most of its blocks lack is empty."""
    keys = ["series", "threads", "hold_ns", "think_ns", "placement", "prefill", "workload", "level"]
    values = chosen.set_index("series")[["kind", "left_out"]].assign(floor=(chosen["floor"] == 1).to_numpy())
    for metric, name in SHOWN.items():
        found = chosen[keys].merge(view.metric(metric, most=True), on=keys).set_index("series")
        values[name] = found["high" if name == "max" else "median"]
        values[f"{name} low"], values[f"{name} high"] = found["low"], found["high"]
    return values


def _blind(view: View, chosen: pd.DataFrame) -> float:
    steps = view.metric("timer_step_ns")
    return STEPS * float(steps.loc[steps["workload"].isin(chosen["workload"]), "median"].max())


def panels_of(view: View) -> list[Tails]:
    """More threads than CPUs first, then a thread a CPU; the list before whole callbacks."""
    found = []
    for level in LEVELS:
        for workload in ("oversub", "latency"):
            chosen = _setting(view, workload, level)
            if len(chosen):
                first = chosen.iloc[0]
                work = int(first["hold_ns"]), int(first["think_ns"])
                found.append(Tails(workload, level, int(first["threads"]), work, _values(view, chosen), _blind(view, chosen)))
    return found[:PANELS]


def _threads(tails: Tails, cpus: int) -> str:
    return f"{words.threads(tails.threads)}, one a CPU" if tails.threads == cpus > 1 else f"{words.threads(tails.threads)} on {words.cpus(cpus)}"


def _row(view: View, series: str, tails: Tails) -> dots.Row:
    colour, bold = style.PALE if view.pale(series) else view.colour(series), series in view.chosen
    if series not in tails.cells.index:
        return dots.Row(series, colour, [], bold=bold)
    one, said = tails.cells.loc[series], tails.ranking
    found = []
    for name in SHOWN.values():
        if pd.notna(one[name]):
            band = (one[f"{name} low"], one[f"{name} high"]) if name == said else (one[name], one[name])
            found.append(dots.Dot(name, float(one[name]), float(band[0]), float(band[1])))
    text = words.short(float(one[said]), tails.blind) if pd.notna(one[said]) else f"no {said}"
    return dots.Row(series, colour, found, text, bold)


def _panel(view: View, tails: Tails, order: list[str], first: bool) -> dots.Panel:
    rows = [_row(view, series, tails) for series in order]
    shown = {dot.kind for row in rows for dot in row.dots}
    blind = tails.blind if any(dot.value < tails.blind for row in rows for dot in row.dots) else 0.0
    lines = [dots.Line(f"{STEPS} timer steps", blind)] if blind else []
    second = f"{tails.level}, {style.work(*tails.work)}"
    marks = {name: mark for name, mark in MARKS.items() if name in shown}
    label = f"time of one {LEVELS[tails.level]}"
    return dots.Panel(_threads(tails, view.cpus), second, marks, rows, lines, label, first, column=tails.ranking, blind=blind)


def _without(own: pd.DataFrame, said: str) -> str:
    """Those that the ranking does not know, as they are the slowest."""
    some = own[own[said].isna()].sort_values("p50")
    if some.empty:
        return ""
    who = words.listed(list(some.index)) if len(some) <= words.BEST else f"{len(some)} strategies"
    return f" {who} did too few operations for it: a median of {words.span(some['p50'])}."


def answer(view: View, tails: Tails) -> str:
    """The shortest and longest at the ranking, who is not in it, and the longest of all."""
    own = tails.cells[~tails.cells["floor"] & (tails.cells["kind"] != "peer")].rename_axis("name")
    said = tails.ranking
    have = own[own[said].notna()].sort_values([said, "name"])[said]
    if not view.judged or have.empty:
        return ""
    ranked = [(str(series), float(ns)) for series, ns in have.items()]
    text = words.extremes(ranked, f"At {said} with {_threads(tails, view.cpus)}", "shortest", "longest", blind=tails.blind) + _without(own, said)
    longest = own["max"].dropna()
    return text + (f" The longest of all: {style.short(float(longest.max()))} ({longest.idxmax()})." if len(longest) else "")


def _notes(panels: list[dots.Panel], blocks: int) -> list[str]:
    said = panels[0].column
    notes = [f"Of {RANKING[said]} operations, one takes longer than {said}. Dots: medians; max: the longest of all blocks. Bands: lowest to highest block's {said}."]
    if any(panel.blind for panel in panels):
        notes.append("In the grey band the timer tells only that it is shorter.")
    if any(row.words.startswith("no ") for panel in panels for row in panel.rows):
        notes.append(f"A row without {said} has too few operations for it.")
    return [" ".join([*notes, *words.left_out(blocks)])]


def draw(view: View) -> tuple[style.Titled | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    found = panels_of(view)
    if not found:
        return None, ["no percentiles of workloads latency and oversub"]
    order = list(dict.fromkeys(series for tails in found for series in tails.order))
    order.sort(key=lambda series: view.family(series) != families.FLOOR)
    panels = [_panel(view, tails, order, n == 0) for n, tails in enumerate(found)]
    notes = _notes(panels, int(sum(tails.cells["left_out"].sum() for tails in found)))
    return dots.figure(style.Texts(TITLE, answer(view, found[0]), notes, view.origin), panels, view.key(order)), []
