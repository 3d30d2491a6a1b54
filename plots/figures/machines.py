# SPDX-License-Identifier: BSD-3-Clause
"""machines: for each headline question the strategies' order on each machine, and where it
flips."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from plots import families, lines, style, words
from plots.ranking import Flip, Machine, Ranking, machines_of, rank
from plots.view import View

NAMED = 6  # strategies that a panel names, unless more are the cheapest somewhere
COLUMNS = 2
HEIGHT = 2.2  # inches
# Words for the questions' headings where a sentence needs them.
WHERE = {"alone": "alone", "all": "on all CPUs", "work": "with work", "crowd": "at p99.9", "callback": "in a callback", "burst": "in a cold burst"}


def where(ranking: Ranking) -> str:
    return WHERE.get(ranking.question.name, ranking.question.heading)


def _shown(ranking: Ranking) -> list[str]:
    """The cheapest of each machine, then those of the largest flips, then by place."""
    flipped = [name for flip in ranking.flips for name in (flip.first, flip.second)]
    return list(dict.fromkeys([*ranking.firsts, *flipped, *ranking.strategies]))[: max(NAMED, len(ranking.firsts))]


def _colour(name: str) -> str:
    return families.COLOURS[families.of(name.partition(":")[0], "", False)]


def _points(ranking: Ranking, machines: Sequence[Machine], name: str) -> list[tuple[int, float]]:
    places = [(n, ranking.of(machine, name)) for n, machine in enumerate(machines) if machine in ranking.places]
    return [(n, place.times) for n, place in places if place]


def _draw_line(ax: Axes, points: Sequence[tuple[int, float]], name: str, bold: bool) -> None:
    colour = _colour(name) if bold else style.PALE
    ax.plot(*zip(*points), color=colour, linewidth=1.8 if bold else 0.9, marker="o", markersize=4 if bold else 2, zorder=3 if bold else 1.5)


def _draw_names(ax: Axes, ranking: Ranking, machines: Sequence[Machine], shown: Sequence[str]) -> None:
    """Beside the last machine that has each, apart enough to be read."""
    low, high = ax.get_ylim()
    last = [(next(place for machine in reversed(machines) if machine in ranking.places and (place := ranking.of(machine, name))), name) for name in shown]
    ends = sorted((place.times, name) for place, name in last)
    scale = ax.transData + ax.transAxes.inverted()
    at = [float(scale.transform((0, times))[1]) for times, _ in ends]
    moved = lines.spread(at, lines.GAP / style.inches(ax)[1], 0.02, 0.98)
    for (times, name), end, label in zip(ends, at, moved):
        ax.plot([1.0, 1.03], [end, label], transform=ax.transAxes, color=_colour(name), linewidth=0.7, clip_on=False)
        ax.text(1.04, label, f"{name} {style.factor(times)}×", transform=ax.transAxes, fontsize=style.SMALL, color=_colour(name), va="center", fontweight="bold")
    ax.set_ylim(low, high)


def _draw(ax: Axes, ranking: Ranking, machines: Sequence[Machine]) -> None:
    shown = _shown(ranking)
    most = max(place.times for places in ranking.places.values() for place in places)
    style.time_axis(ax.yaxis, 1.0, max(most, 1.5), text=lambda value: f"{style.factor(value)}×")
    for name in ranking.strategies:
        _draw_line(ax, _points(ranking, machines, name), name, name in shown)
    ax.set_xlim(-0.15, max(len(machines) - 0.85, 0.15))
    style.fixed_ticks(ax.xaxis, range(len(machines)), [machine.letter for machine in machines])
    ax.xaxis.set_minor_locator(NullLocator())
    _draw_names(ax, ranking, machines, shown)
    count = len(ranking.flips)
    style.name(ax, ranking.question.heading, f"{count} pair{'s' * (count != 1)} of strategies flip{'s' * (count == 1)}")


def told(flip: Flip) -> str:
    return f"{flip.first} costs {style.factor(flip.less)} times less than {flip.second} on {flip.a.letter}, {style.factor(flip.more)} times more on {flip.b.letter}"


def answer(rankings: Sequence[Ranking], machines: Sequence[Machine]) -> str:
    if len(machines) == 1:
        return "One machine: nothing to compare."
    same = [one for one in rankings if len(one.firsts) == 1 and len(one.places) == len(machines)]
    text = f"The cheapest is the same on all {len(machines)} machines for {len(same)} of {len(rankings)} questions."
    flips = [(flip, one) for one in rankings for flip in one.flips[:1]]
    if not flips:
        return f"{text} No two strategies change places beyond their ranges."
    largest, ranking = max(flips, key=lambda one: one[0].size)
    return f"{text} The largest flip: {where(ranking)}, {told(largest)}."


def _unanswered(rankings: Sequence[Ranking], machines: Sequence[Machine]) -> list[str]:
    """A sentence for each machine that has not answered every question."""
    lacking = {one: [ranking.question.heading for ranking in rankings if one not in ranking.places] for one in machines}
    return [f"{one.letter} did not answer: {', '.join(headings)}." for one, headings in lacking.items() if headings]


def figure(rankings: Sequence[Ranking], origin: str = "") -> style.Titled:
    """Times the cheapest of each machine: lines that cross are strategies that change places, by
    the factor between them."""
    machines = machines_of(rankings)
    notes = [
        "Lines: medians over undisturbed blocks, in times of the cheapest strategy on that machine. Crossing lines: a flip, which counts if the ranges of "
        "both strategies' blocks are apart on both machines. In colour: the cheapest and the largest flips.",
        " ".join(["; ".join(str(machine) for machine in machines) + ".", *_unanswered(rankings, machines)]),
    ]
    shown = {name for one in rankings for name in _shown(one)}
    used = {families.of(name.partition(":")[0], "", False) for name in shown}
    key = style.Key("families", {family: colour for family, colour in families.COLOURS.items() if family in used})
    rows = -(-len(rankings) // COLUMNS)
    right = 0.2 + 0.072 * max(len(f"{name} 99×") for name in shown)
    columns = [style.Column(0.7, right)] * COLUMNS
    frame = style.Frame(style.Texts("Does the ranking hold on other machines?", answer(rankings, machines), notes, origin), [HEIGHT] * rows, columns, 0.5, below=0.3, key=key)
    for n, one in enumerate(rankings):
        _draw(frame.panel(n), one, machines)
    return frame.figure


def draw(view: View) -> tuple[style.Titled | None, list[str]]:
    """The figure, or None with fewer than two machines, and what to say about it."""
    if view.blocks["fingerprint"].nunique() < 2 or set(view.blocks["source"]) != {"measured"}:
        return None, ["rows of one machine"]
    rankings = rank(view.blocks)
    if len(machines_of(rankings)) < 2:
        return None, ["fewer than two machines answer a headline question"]
    return figure(rankings, view.origin), [words.listed([f"{one.letter} is {one.fingerprint}" for one in machines_of(rankings)])]
