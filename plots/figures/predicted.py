# SPDX-License-Identifier: BSD-3-Clause
"""predicted: what a model says of a get and put on many cores. Dashed, so that nobody takes it for
measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from plots import families, lines, style, view, words
from plots.cells import MODEL
from plots.view import View
from results import bands
from results.bands import Band, Key
from results.columns import ResultError

TITLE = "By a model, not measured: what would a get and put cost on {}?"
NOTES = (
    "Dashed: computed. Bands: all ways between cores 0.7 and 1.3 times as long, and lines that stay half or twice as long with their owner.",
    "A line ends where its band is wider than a factor of two: the model does not determine the cost there. docs/model.md has the model's errors.",
)
LAST = "not determined"


def bands_of(paths: Sequence[Path]) -> dict[Key, Band]:
    """Beside the result files."""
    found: dict[Key, Band] = {}
    for path in map(bands.beside, paths):
        if not path.exists():
            raise ResultError(f"{path}: no bands beside the computed rows")
        found.update(bands.read(path))
    return found


def _key(row: pd.Series) -> Key:
    return str(row["strategy"]), int(row["threads"]), int(row["hold_ns"]), int(row["think_ns"])


def _cheapest(rows: pd.DataFrame, found: Mapping[Key, Band], seen: View) -> set[str]:
    """Of each family, the one that costs least on the most threads on which the model determines
    it; and the floor."""
    if seen.chosen:
        return set(seen.chosen)
    rows = rows.assign(sure=[found[_key(row)].determined for _, row in rows.iterrows()])
    rows = rows.sort_values(["threads", "sure", "ns_per_pair"], ascending=[False, False, True])
    return set(rows.drop_duplicates("family")["series"])


def _curve(own: pd.DataFrame, found: Mapping[Key, Band], name: str, colour: str) -> lines.Curve:
    """Its points end before the first that is not determined."""
    points, sure = [], True
    for _, row in own.sort_values("threads").iterrows():
        band = found[_key(row)]
        sure = sure and band.determined
        if sure:
            points.append(lines.Point(int(row["threads"]), band.ns, band.low, band.high))
    text = name if sure or not name else f"{name}, then {LAST}:"
    return lines.Curve(colour, points, text, computed=True)


def _panel(rows: pd.DataFrame, found: Mapping[Key, Band], seen: View, stand: set[str]) -> lines.Panel:
    curves = [_curve(own, found, str(series) if series in stand else "", seen.colour(str(series))) for series, own in rows.groupby("series")]
    work = style.work(int(rows["hold_ns"].iloc[0]), int(rows["think_ns"].iloc[0]))
    return lines.Panel("thread time per pair", work, [curve for curve in curves if curve.points], seen.cpus, "thread time per pair")


def _shares(ax: Axes, rows: pd.DataFrame, seen: View, stand: set[str]) -> None:
    """Jain's index of each."""
    lines.thread_axis(ax, sorted(set(rows["threads"])))
    for series, own in rows.sort_values("threads").groupby("series"):
        look = {"color": seen.colour(str(series)), "linewidth": 1.6, "zorder": 3} if series in stand else {"color": style.PALE, "linewidth": 0.8}
        ax.plot(own["threads"], own["value"], linestyle=lines.DASHED, **look)


def _below(ax: Axes, rows: pd.DataFrame, seen: View, stand: set[str]) -> None:
    _shares(ax, rows, seen, stand)
    if rows["metric"].iloc[0] == "jain":
        ax.set(ylim=(0, 1.05), ylabel="Jain's index")
        style.name(ax, "How fair?", "1: all threads make as many pairs; 1 / threads: one makes all", above=8)
        return
    low, high = style.time_axis(ax.yaxis, max(1.0, float(rows["value"].min())), max(2.0, float(rows["value"].max())), text=style.factor)
    ax.set(ylabel="pairs", ylim=(low, high))
    style.name(ax, "How long does a thread keep its turn?", "pairs of one thread until another completes one", above=8)


def answer(rows: pd.DataFrame, found: Mapping[Key, Band], most: int) -> str:
    last = rows[(rows["threads"] == most) & (rows["family"] != families.FLOOR)].sort_values("ns_per_pair")
    sure = [(str(row["series"]), found[_key(row)].ns) for _, row in last.iterrows() if found[_key(row)].determined]
    text = words.extremes(sure, f"With {words.threads(most)}")
    rest = len(last) - len(sure)
    return f"{text} Of {rest} of {len(last)} the model does not determine the cost." if rest else text


def draw(df: pd.DataFrame, paths: Sequence[Path], chosen: frozenset[str] = frozenset()) -> tuple[style.Titled | None, list[str]]:
    """None without computed rows, and what to say about it."""
    if set(df["source"]) != {MODEL}:
        return None, ["no computed rows: see ./run model predict"]
    seen, found = view.of(df, chosen), bands_of(paths)
    rows = seen.blocks.assign(family=[seen.family(series) for series in seen.blocks["series"]])
    work = max(zip(rows["hold_ns"], rows["think_ns"]))
    rows = rows[(rows["hold_ns"] == work[0]) & (rows["think_ns"] == work[1])]
    if missing := [key for key in (_key(row) for _, row in rows.iterrows()) if key not in found]:
        raise ResultError(f"{bands.beside(paths[0])}: no band of {', '.join(map(str, missing[0]))}")
    stand, most = _cheapest(rows, found, seen), int(rows["threads"].max())
    panel = _panel(rows, found, seen, stand)
    texts = style.Texts(TITLE.format(", ".join(sorted(set(rows["cpu_model"])))), answer(rows, found, most), NOTES, seen.origin)
    frame = style.Frame(texts, [3.6, 1.5, 1.5], [style.Column(0.75, lines.right(panel))], key=seen.key(set(rows["series"])))
    lines.draw(frame.panel(0), panel)
    for n, name in enumerate(("jain", "run_length"), 1):
        values = [getattr(found[_key(row)], name) for _, row in rows.iterrows()]
        _below(frame.panel(n), rows.assign(metric=name, value=values), seen, stand)
    return frame.figure, []
