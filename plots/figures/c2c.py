# SPDX-License-Identifier: BSD-3-Clause
"""c2c: what it costs to pass a cache line from core to core, for each pair of CPUs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from plots import style
from results import latencies

Matrix = npt.NDArray[np.float64]
TITLE = "What does it cost to pass a cache line from core to core?"
NOTE = "One way, by compare-and-swap on one line. White: not measured."
SIDE = 4.6  # inches
STEPS = 1.25  # apart by more than this, two times are of different places in the machine
SQUARES = 64  # the most in a row: beyond, not all pairs are measured, and their lines would be thin
BRIGHT = 0.6  # of the longest time: from there on words are dark


def answer(matrix: Matrix) -> str:
    times = np.sort(matrix[~np.isnan(matrix)])
    low, mid, high = (style.short(float(ns)) for ns in (times[0], np.median(times), times[-1]))
    if len(times) == 2:
        return f"The one pair takes {mid}."
    if times[-1] <= times[0] * STEPS:
        return f"All pairs are alike: {mid}."
    return f"From {low}, the nearest, to {high}, the farthest. Half of the pairs take {mid} or more."


def _side(cpus: int) -> int:
    """CPUs of a square: a power of two."""
    return 1 << max(0, -(-cpus // SQUARES) - 1).bit_length()


def squares(matrix: Matrix, side: int) -> Matrix:
    """The median of the measured pairs in each square of so many CPUs."""
    count = -(-len(matrix) // side)
    whole = np.full((count * side, count * side), np.nan)
    whole[: len(matrix), : len(matrix)] = matrix
    parts = whole.reshape(count, side, count, side).swapaxes(1, 2).reshape(count, count, side * side)
    found = np.full((count, count), np.nan)
    some = ~np.isnan(parts).all(axis=2)
    found[some] = np.nanmedian(parts[some], axis=1)
    return found


def _draw(ax: Axes, matrix: Matrix) -> None:
    cpus, side, longest = len(matrix), _side(len(matrix)), float(np.nanmax(matrix))
    shown = squares(matrix, side)
    end = len(shown) * side - 0.5
    image = ax.imshow(shown, cmap="viridis", vmin=0, vmax=longest, interpolation="nearest", extent=(-0.5, end, end, -0.5))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MultipleLocator(1 << max(0, (cpus - 1) // 8).bit_length()))
    ax.set(xlabel="CPU", ylabel="CPU", xlim=(-0.5, cpus - 0.5), ylim=(cpus - 0.5, -0.5))
    ax.grid(False)
    if cpus <= 8:
        for (row, column), ns in np.ndenumerate(matrix):
            if not np.isnan(ns):
                colour = style.INK if ns >= BRIGHT * longest else "white"
                ax.text(column, row, f"{ns:.0f}", ha="center", va="center", color=colour, fontsize=style.SMALL)
    bar = ax.get_figure().colorbar(image, ax=ax, fraction=0.046, pad=0.03)
    bar.set_label("ns")


def draw(path: Path) -> style.Titled:
    matrix = np.array(latencies.read(path))
    side = _side(len(matrix))
    notes = [NOTE, *([f"Each square: {side} by {side} CPUs, the median of the pairs measured there."] if side > 1 else [])]
    texts = style.Texts(TITLE, answer(matrix), notes, f"{path.name}, {len(matrix)} CPUs")
    frame = style.Frame(texts, [SIDE], [style.Column(0.7, style.WIDTH - 0.7 - SIDE - 0.9)], 0.15)
    _draw(frame.panel(0), matrix)
    return frame.figure
