# SPDX-License-Identifier: BSD-3-Clause
"""model: the strategies in the model runtime beside real Go, in whole callbacks and in the cold
burst."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from matplotlib.figure import Figure

from plots import dots, families, lines, style, words
from plots.cells import choose
from plots.figures import coldburst as bursts
from plots.view import View

TITLE = "Does the model stand for real Go?"
GO_LIKE = "Go's lists"
FEW = 8  # strategies that have a row each
COLOURS = {"poll": "#D55E00", "backoff": "#E69F00", "futex": "#0072B2", bursts.OWN: "#444444"}
WARM, COLD = "warm list", "one m on the list"
MARKS = {COLD: dots.Mark("o"), WARM: dots.Mark("|")}


def real(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["family"] == families.REAL]


def go_like(rows: pd.DataFrame) -> pd.DataFrame:
    """What stands for real Go: the strategies of Go's own kind; if there is none, all."""
    model = bursts.strategies(rows)
    own = model[model["family"] == GO_LIKE]
    return model if own.empty else own


def model_name(rows: pd.DataFrame) -> str:
    return f"model: {GO_LIKE}" if GO_LIKE in set(rows["family"]) else "model"


def callbacks(view: View) -> pd.DataFrame:
    """CPU time of an empty callback, a row a series and number of threads; none unless both sides
    have some."""
    rows = view.metric("cpu_ns_per_pair")
    rows = rows[rows["workload"].isin(["pair", "oversub"]) & (rows["level"] == "callback") & (rows["hold_ns"] == 0) & (rows["think_ns"] == 0)]
    rows = choose(rows[rows["median"] > 0])
    rows = rows.sort_values("workload", ascending=False).drop_duplicates(["series", "threads"]).sort_values("threads")
    return rows if len(real(rows)) and len(bursts.strategies(rows)) else rows[:0]


def burst_of(view: View) -> pd.DataFrame:
    """The largest cold burst that both sides have, with its warm cells, without the floor."""
    rows = bursts.in_ns(bursts.as_go(bursts.rows_of(view)))
    rows = rows[~rows["family"].isin((families.FLOOR, families.PEERS))]
    some = bursts.cold(rows)
    common = set(real(some)["threads"]) & set(bursts.strategies(some)["threads"])
    return rows[rows["threads"] == max(common)] if common else rows[:0]


def _points(cells: Iterable[tuple[int, float, float, float]]) -> list[lines.Point]:
    return [lines.Point(int(threads), float(ns), float(low), float(high)) for threads, ns, low, high in cells]


def _line(series: str, own: pd.DataFrame, colour: str) -> lines.Curve:
    points = _points(own[["threads", "median", "median", "median"]].itertuples(index=False))
    return lines.Curve(colour, points, series, bool((own["floor"] == 1).any()))


def _model_line(found: pd.DataFrame) -> lines.Curve:
    """The median over the strategies, from the lowest to the highest."""
    reach = go_like(found).groupby("threads")["median"].agg(["median", "min", "max"])
    return lines.Curve(COLOURS["futex"], _points(reach.itertuples()), model_name(found))


def _callback_panel(view: View, found: pd.DataFrame) -> lines.Panel:
    beside = found[found["family"].isin((families.REAL, families.FLOOR))]
    curves = [_line(str(series), own, view.colour(str(series))) for series, own in beside.groupby("series")]
    return lines.Panel("An empty callback", "no hold, no think", [*curves, _model_line(found)], view.cpus, "CPU time per callback")


def _dot(kind: str, cells: pd.DataFrame) -> list[dots.Dot]:
    """Of one cell its blocks, of several strategies' their medians."""
    if cells.empty:
        return []
    low, high = ("low", "high") if len(cells) == 1 else ("median", "median")
    return [dots.Dot(kind, float(cells["median"].median()), float(cells[low].min()), float(cells[high].max()))]


def _row(name: str, way: str, own: pd.DataFrame) -> dots.Row:
    found = _dot(COLD, bursts.cold(own))
    words_ = style.short(found[0].value) if found else ""
    return dots.Row(f"{name}, {way}", COLOURS[way], [*found, *_dot(WARM, bursts.warm(own))], words_, bold=len(real(own)) > 0)


def _apart(rows: pd.DataFrame, chosen: frozenset[str]) -> set[str]:
    """Who has rows of its own: each runtime, the reader's choice, and the strategies of Go's kind
    if they are few."""
    alike = set(go_like(rows)["series"])
    return set(real(rows)["series"]) | set(chosen) | (alike if len(alike) <= FEW else set())


def _groups(rows: pd.DataFrame, chosen: frozenset[str]) -> list[tuple[str, str, pd.DataFrame]]:
    """Name, way to wait and cells of each row: those apart, and all others together."""
    apart = rows["series"].isin(_apart(rows, chosen))
    found = [(str(name), str(way), own) for (name, way), own in rows[apart].groupby(["series", "way"])]
    word = "strategies" if bursts.strategies(rows[apart]).empty else "other strategies"
    for way, own in rows[~apart].groupby("way"):
        names = sorted({str(name) for name in own["series"]})
        found.append((f"{len(names)} {word}" if len(names) > 1 else names[0], str(way), own))
    return found


def ranking(rows: pd.DataFrame, chosen: frozenset[str] = frozenset()) -> list[dots.Row]:
    """The fastest first."""
    made = [_row(name, way, own) for name, way, own in _groups(rows, chosen) if len(bursts.cold(own))]
    return sorted(made, key=lambda row: row.dots[0].value)


def _burst_panel(rows: pd.DataFrame, chosen: frozenset[str]) -> dots.Panel:
    made = ranking(rows, chosen)
    kinds = {dot.kind for row in made for dot in row.dots}
    marks = {kind: mark for kind, mark in MARKS.items() if kind in kinds}
    title = f"The cold burst: {int(rows['threads'].iloc[0])} new threads at once"
    second = "Bold: real Go. Colour, and the words after the name: how a get waits."
    return dots.Panel(title, second, marks, made, label="from the start until all are in")


def _common_callbacks(found: pd.DataFrame, cpus: int) -> dict[str, pd.DataFrame]:
    """The most threads that have a CPU each and that both sides have."""
    common = [int(count) for count in set(real(found)["threads"]) & set(go_like(found)["threads"]) if count <= cpus]
    return {f"Callback on {words.threads(count)}": found[found["threads"] == count] for count in sorted(common)[-1:]}


def _common_bursts(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Each way to wait that both sides have."""
    some = bursts.cold(rows)
    common = [way for way in bursts.ways_of(real(some)) if way in bursts.ways_of(go_like(some))]
    return {f"Burst of {int(rows['threads'].iloc[0])} threads that {bursts.DO[way]}": some[some["way"] == way] for way in common}


def _overlap(some: pd.DataFrame) -> bool:
    """Some blocks of one side are within the other's."""
    go, model = real(some), go_like(some)
    return bool(go["low"].min() <= model["high"].max() and model["low"].min() <= go["high"].max())


def answer(view: View, found: pd.DataFrame, rows: pd.DataFrame) -> str:
    """The medians of both sides, and how often their blocks overlap."""
    compared = {**_common_callbacks(found, view.cpus), **_common_bursts(rows)}
    if not view.judged or not compared:
        return ""
    parts = [f"{name}: Go {words.span(real(some)['median'])}, model {words.span(go_like(some)['median'])}." for name, some in compared.items()]
    return " ".join([*parts, f"The blocks overlap in {sum(map(_overlap, compared.values()))} of {len(compared)}."])


NOTES = (
    "Medians. Bands: lowest to highest block; of several strategies, lowest to highest strategy. Refill as Go.",
    "A callback of the model is Go 1.19's: nine system calls. Go 1.21 and later keep the m; a fresh thread still needs the list.",
)


def draw(view: View) -> tuple[Figure | None, list[str]]:
    """The figure, or None without data, and what to say about it."""
    found, rows = callbacks(view), burst_of(view)
    if found.empty and rows.empty:
        return None, ["no rows of real Go beside the model's, in pair at level callback or in coldburst"]
    texts = style.Texts(TITLE, answer(view, found, rows), NOTES, view.origin)
    return _figure(texts, [_callback_panel(view, found)] if len(found) else [], [_burst_panel(rows, view.chosen)] if len(rows) else []), []


def _figure(texts: style.Texts, above: list[lines.Panel], below: list[dots.Panel]) -> Figure:
    rooms = [style.Column(0.75, lines.right(panel)) for panel in above]
    rooms += [style.Column(dots.room([row.name for row in panel.rows]), 0.08) for panel in below]
    heights = [2.4] * len(above) + [dots.height(len(panel.rows)) for panel in below]
    frame = style.Frame(texts, heights, rooms[:1], 0.6)
    for n, curves in enumerate(above):
        lines.draw(frame.panel(n, rooms[n]), curves)
    for n, panel in enumerate(below, len(above)):
        dots.draw(frame.panel(n, rooms[n]), panel, 0.05)
    return frame.figure
