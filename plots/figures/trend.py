# SPDX-License-Identifier: BSD-3-Clause
"""trend: the cost of each cell over commits, with the changes that compare.history found and hands
over in plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from matplotlib.transforms import blended_transform_factory

from plots import families, style

Doc = dict[str, Any]

MAX_PANELS = 24
# An axis spans at least this ratio: noise of half a percent must not fill a panel.
LEAST_SPAN = 1.12
WORSE, BETTER = "#B00000", "#00608a"
HASH = 7


def _chosen(cells: Sequence[Doc]) -> list[Doc]:
    """All, if there is room; else those that changed before the others."""
    ranked = sorted(range(len(cells)), key=lambda n: (not cells[n]["changes"], n))
    return [cells[n] for n in sorted(ranked[:MAX_PANELS])]


def _ratio_axis(ax: Axes, low: float, high: float) -> None:
    room = max(1.03, math.sqrt(LEAST_SPAN * low / high))
    low, high = low / room, high * room * 1.02
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    # Over less than two octaves a logarithmic locator finds too few ticks, or crowds them.
    locator = LogLocator(subs=(1, 2, 5)) if high / low > 4 else MaxNLocator(4, steps=[1, 2, 2.5, 5, 10])
    ax.set_yticks([tick for tick in locator.tick_values(low, high) if low <= tick <= high])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())


def _commit_axis(ax: Axes, commits: Sequence[Doc]) -> None:
    count = len(commits)
    step = -(-count // 26)
    shown = list(range(0, count, step))
    style.fixed_ticks(ax.xaxis, shown, [commits[n]["rev"][:HASH] for n in shown])
    ax.tick_params(axis="x", labelrotation=60, labelsize=style.SMALL, pad=1)
    for label in ax.get_xticklabels():
        label.set(ha="right", rotation_mode="anchor")
    ax.set_xlim(-0.6, count - 0.4)


def _draw_values(ax: Axes, cell: Doc, colour: str) -> None:
    values = [(n, value) for n, value in enumerate(cell["values"]) if value is not None]
    launches = [(n, value) for n, run in enumerate(cell["runs"]) for value in run]
    ax.plot(*zip(*launches), linestyle="", marker=".", markersize=3, color=colour, alpha=0.35, zorder=2)
    ax.plot(*zip(*values), linestyle="-", linewidth=1.1, marker="o", markersize=4, color=colour, zorder=3)


def _draw_levels(ax: Axes, cell: Doc) -> None:
    """The median of the commits between changes."""
    ends = [0, *(change["at"] for change in cell["changes"]), len(cell["values"])]
    for start, end in zip(ends, ends[1:]):
        level = pd.Series(cell["values"][start:end], dtype=float).median()
        ax.plot([start - 0.4, end - 0.6], [level, level], color="black", linewidth=1.0, alpha=0.8, zorder=4)


def _draw_change(ax: Axes, change: Doc, count: int) -> None:
    bad = change["ratio"] > 1
    colour, left = WORSE if bad else BETTER, change["at"] > count / 2
    ax.axvline(change["at"] - 0.5, color=colour, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4)
    label = f"{100 * (change['ratio'] - 1):+.1f} % at {change['rev'][:HASH]}".replace("-", "\N{MINUS SIGN}")
    at = blended_transform_factory(ax.transData, ax.transAxes)
    side = {"ha": "right", "x": -4} if left else {"ha": "left", "x": 4}
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8}
    ax.annotate(
        label, (change["at"] - 0.5, 0.97), (side["x"], 0), xycoords=at, textcoords="offset points", ha=side["ha"], va="top",
        fontsize=style.SMALL, color=colour, weight="bold", bbox=box, zorder=6,
    )  # fmt: skip


def _extent(cell: Doc) -> tuple[float, float]:
    """Of the commits, and of most launches: a single one that was hit by a neighbour must not
    flatten the rest."""
    values = [value for value in cell["values"] if value is not None]
    runs = pd.Series([value for run in cell["runs"] for value in run])
    return min(min(values), float(runs.quantile(0.03))), max(max(values), float(runs.quantile(0.97)))


def _draw(ax: Axes, doc: Doc, cell: Doc) -> None:
    _ratio_axis(ax, *_extent(cell))
    _draw_values(ax, cell, families.COLOURS[families.of(cell["strategy"], "", bool(cell["floor"]))])
    _draw_levels(ax, cell)
    for change in cell["changes"]:
        _draw_change(ax, change, len(doc["commits"]))
    _commit_axis(ax, doc["commits"])
    threads = f"{cell['threads']} thread{'s' if cell['threads'] != 1 else ''}"
    title = cell["strategy"] + (" (floor)" if cell["floor"] else "")
    style.name(ax, title, f"{cell['workload']}, {cell['level']}, {threads}, {_work(cell)}")


def _work(cell: Doc) -> str:
    crowd = f", prefill {cell['prefill']}" if cell["prefill"] > cell["threads"] + 1 else ""
    return style.work(cell["hold_ns"], cell["think_ns"]) + crowd


def _notes(doc: Doc) -> list[str]:
    found = f"Changes: E-divisive over the commits' medians, at most {100 * doc['alpha']:g} % chance of a false one in all cells together"
    return [
        "Large dots: a commit, the median of its launches. Small dots: one launch. Black: the level between changes. Red: a change for the worse; blue: for "
        "the better.",
        f"Cost over the geometric mean of the machine's limits in the same launch: {doc['reference']}. Each panel has its own scale.",
        f"{found}; below {100 * doc['margin']:g} % none is marked. "
        + (f"None is sought within {doc['least_side'] - 1} commits of either end." if doc["least_side"] else "Too few commits for any."),
    ]


def answer(doc: Doc) -> str:
    """The changes, by number."""
    ratios = [change["ratio"] for cell in doc["cells"] for change in cell["changes"]]
    worse, better = sum(ratio > 1 for ratio in ratios), sum(ratio <= 1 for ratio in ratios)
    if not ratios:
        return f"Nothing: none of {len(doc['cells'])} cells changed."
    return f"Of {len(doc['cells'])} cells, changes for the worse: {worse}; for the better: {better}."


def draw(doc: Doc) -> tuple[Figure, list[str]]:
    """The figure of one machine's history, and what to say about it."""
    cells = _chosen(doc["cells"])
    first, last = doc["commits"][0], doc["commits"][-1]
    reach = " to ".join(f"{commit['rev'][:HASH]} ({commit['date']})" for commit in (first, last))
    origin = f"{doc['cpu_model']} · {len(doc['commits'])} commits, {reach}"
    columns = min(2, len(cells))
    texts = style.Texts("What did each commit do to the cost?", answer(doc), _notes(doc), origin)
    frame = style.Frame(texts, [1.15] * -(-len(cells) // columns), [style.Column(0.62)] * columns, below=0.75)
    for n, cell in enumerate(cells):
        _draw(frame.panel(n), doc, cell)
    left_out = len(doc["cells"]) - len(cells)
    return frame.figure, [f"{left_out} cells without a panel: narrow them with --filter"] if left_out else []


def write(doc: Doc, folder: Path, name: str = "trend") -> list[Path]:
    """Draws into the folder, as SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{kind}" for kind in ("svg", "png")]
    with plt.rc_context(style.RC):
        figure, remarks = draw(doc)
        try:
            for path in paths:
                style.save(figure, path)
        finally:
            plt.close(figure)
    for remark in remarks:
        print(f"{name}: {remark}")
    return paths
