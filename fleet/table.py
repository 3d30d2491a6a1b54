# SPDX-License-Identifier: BSD-3-Clause
"""Rankings as text and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from plots import style, words
from plots.figures.machines import answer, told
from plots.ranking import Machine, Place, Ranking, machines_of

Run = tuple[str, str]  # fingerprint and run_id
SHOWN = 5  # flips of a question in the text
RANKS = ("question", "machine", "fingerprint", "cpu_model", "cpus", "run_id", "strategy", "rank", "tied_with_first", "median_ns", "low_ns", "high_ns", "blocks", "times_the_first")
FLIPS = ("question", "first", "second", "less_on", "times_less", "more_on", "times_more")


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def ranks(rankings: Sequence[Ranking]) -> str:
    def rows() -> Iterator[tuple[object, ...]]:
        for one in rankings:
            for machine, places in one.places.items():
                own = (one.question.name, machine.letter, machine.fingerprint, machine.cpu_model, machine.cpus, machine.run_id)
                for p in places:
                    yield (*own, p.strategy, p.rank, int(p.tied), f"{p.median:.6g}", f"{p.low:.6g}", f"{p.high:.6g}", p.blocks, f"{p.times:.4g}")

    return _csv(RANKS, rows())


def flips(rankings: Sequence[Ranking]) -> str:
    rows = (
        (one.question.name, flip.first, flip.second, flip.a.fingerprint, f"{flip.less:.4g}", flip.b.fingerprint, f"{flip.more:.4g}")
        for one in rankings for flip in one.flips
    )  # fmt: skip
    return _csv(FLIPS, rows)


def _place(place: Place | None) -> str:
    """Its rank, with = if its blocks overlap the first one's, and its time."""
    return f"{place.rank}{'=' if place.tied else ' '} {style.short(place.median):>7}" if place else "-"


def _ranking(ranking: Ranking, machines: Sequence[Machine]) -> Iterator[str]:
    yield ranking.question.heading
    width = max(len(name) for name in ranking.strategies)
    yield "  " + " " * width + "".join(f"{machine.letter:>13}" for machine in machines)
    for name in ranking.strategies:
        cells = [_place(ranking.of(machine, name)) if machine in ranking.places else "-" for machine in machines]
        yield f"  {name:<{width}}" + "".join(f"{cell:>13}" for cell in cells)
    yield from (f"  flip: {told(flip)}" for flip in ranking.flips[:SHOWN])
    if len(ranking.flips) > SHOWN:
        yield f"  the largest {SHOWN} of {len(ranking.flips)}; flips.csv has all"
    if not ranking.flips and len(ranking.places) > 1:
        yield "  no flips beyond the ranges"
    if regret := ranking.regret():
        factor, home, away, name = regret
        yield f"  {name}, the cheapest on {home.letter}, costs {style.factor(factor)} times the cheapest on {away.letter}"
    yield ""


def _machines(machines: Sequence[Machine], known: Mapping[str, Sequence[str]], files: Mapping[Run, str]) -> Iterator[str]:
    for machine in machines:
        used = files[machine.fingerprint, machine.run_id]
        yield f"{machine}: {used}"
        others = dict.fromkeys(files[machine.fingerprint, run] for run in known[machine.fingerprint])
        yield from (f"   not used, of the same machine: {file}" for file in others if file != used)
    revisions = sorted({machine.git_rev for machine in machines})
    if len(revisions) > 1:
        yield f"The machines ran different revisions: {words.listed(revisions)}."


def text(rankings: Sequence[Ranking], known: Mapping[str, Sequence[str]], files: Mapping[Run, str]) -> str:
    """known: fingerprint → runs, the used one first. files: of each run."""
    machines = machines_of(rankings)
    lines = list(_machines(machines, known, files))
    lines += ["", answer(rankings, machines), "Each cell: the place on that machine, and the median. = marks blocks that overlap the first one's.", ""]
    for one in rankings:
        lines += _ranking(one, machines)
    return "\n".join(lines).rstrip("\n") + "\n"
