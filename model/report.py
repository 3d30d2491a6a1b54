# SPDX-License-Identifier: BSD-3-Clause
"""The table of errors, in Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model import errors
from model.errors import Ranks
from model.published import Curve
from results.columns import ResultError
from results.command import writing

BEGIN, END = "<!-- ./run model validate --write docs/model.md -->", "<!-- end of the table -->"
GOALS = {"median": 0.2, "90th": 0.6, "curves": 0.75, "Kendall": 0.8}


@dataclass(frozen=True)
class Judged:
    """A published curve, and what the model and the naive predictors say at its thread counts."""

    published: Curve
    fifo: bool
    fitted: bool  # some of its points calibrate the machine, so it is not counted
    model: errors.Curve
    transfer: errors.Curve
    times: errors.Curve

    def errors(self, of: Callable[[Judged], errors.Curve] = lambda one: one.model) -> list[float]:
        return errors.of(of(self), self.published.ns)

    @property
    def family(self) -> str:
        return f"{self.published.host}: {self.published.lock}"


def percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"


def _step(at: tuple[int, int] | None) -> str:
    return "none" if at is None else f"{at[0]} to {at[1]}"


def _steps(one: Judged) -> str:
    if not one.fifo:
        return ""
    told, found = errors.step(one.published.ns), errors.step(one.model)
    return f"{_step(told)}; {_step(found)}"


def _line(one: Judged) -> str:
    found, curve = one.errors(), one.published
    naive = [percent(errors.median(one.errors(of))) for of in (lambda one: one.transfer, lambda one: one.times)]
    # Without a contended point a curve says nothing.
    fields = [f"{curve.host}, `{curve.lock}`{', fitted' * one.fitted}", str(curve.load), str(len(found)), percent(errors.median(found)), percent(errors.quantile(found, 0.9)), *naive, _steps(one)]
    return f"| {' | '.join(fields)} |"


def ranks(judged: Iterable[Judged]) -> dict[int, Ranks]:
    """By thread count, over all hosts and loads: only curves of one host and load are ranked."""
    groups: dict[tuple[str, str], list[Judged]] = {}
    for one in judged:
        groups.setdefault((one.published.host, str(one.published.load)), []).append(one)
    found: dict[int, Ranks] = {}
    for some in groups.values():
        for n, rank in errors.rank_all([(one.model, one.published.ns) for one in some]).items():
            found[n] = found.get(n, Ranks()) + rank
    return dict(sorted(found.items()))


def _pool(judged: Iterable[Judged], of: Callable[[Judged], errors.Curve] = lambda one: one.model) -> list[float]:
    return [error for one in judged for error in one.errors(of)]


def _better(judged: Sequence[Judged]) -> tuple[int, int]:
    """Of the families of curves, how many the model predicts better than both naive predictors."""
    families: dict[str, list[Judged]] = {}
    for one in judged:
        if one.errors():
            families.setdefault(one.family, []).append(one)
    wins = 0
    for some in families.values():
        model, *others = (errors.median(_pool(some, of)) for of in (lambda one: one.model, lambda one: one.transfer, lambda one: one.times))
        wins += all(math.isnan(other) or model < other for other in others)
    return wins, len(families)


def _summary(judged: Sequence[Judged]) -> list[str]:
    """Of the curves that calibrate no machine."""
    pool = _pool(judged)
    medians = [errors.median(one.errors()) for one in judged if one.errors()]
    good = sum(median <= errors.WITHIN for median in medians)
    rank = sum(ranks(judged).values(), Ranks())
    stepped = [one for one in judged if one.fifo and errors.step(one.published.ns)]
    right = sum(errors.same_step(errors.step(one.published.ns), errors.step(one.model)) for one in stepped)
    wins, families = _better(judged)
    naive = " and ".join(percent(errors.median(_pool(judged, of))) for of in (lambda one: one.transfer, lambda one: one.times))
    rows = [
        ("median absolute error", percent(errors.median(pool)), f"{percent(GOALS['median'])} at most"),
        ("90th percentile", percent(errors.quantile(pool, 0.9)), f"{percent(GOALS['90th'])} at most"),
        ("curves with a median of 25 % at most", f"{good} of {len(medians)}", "three of four"),
        ("Kendall's τ", f"{rank.tau:.2f} of {rank.pairs} pairs", f"{GOALS['Kendall']:g} at least"),
        ("steps of FIFO locks in place", f"{right} of {len(stepped)}", "all"),
        ("the naive predictors' medians", naive, ""),
        ("kinds of curves better than both", f"{wins} of {families}", "all"),
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def table(judged: Sequence[Judged], left_out: Sequence[str]) -> str:
    """Curves, then all of their contended points together."""
    head = ["| curve | hold/think, ns | points | median error | 90th percentile | one transfer | one × threads | steps: published; model |"]
    lines = head + ["|---|---|---:|---:|---:|---:|---:|---|"] + [_line(one) for one in judged]
    unfitted = [one for one in judged if not one.fitted]
    lines += ["", "| all contended points that fit no machine | found | goal |", "|---|---:|---:|", *_summary(unfitted)]
    at = " · ".join(f"{n}: {rank.tau:.2f}" for n, rank in ranks(unfitted).items() if rank.pairs)
    lines += ["", "| Kendall's τ by threads |", "|---|", f"| {at} |"] if at else []
    lines += ["", "| left out | why |", "|---|---|", *(f"| `{name}` | {why} |" for name, _, why in (words.partition(": ") for words in left_out))] if left_out else []
    return "\n".join(lines)


def points(judged: Iterable[Judged]) -> str:
    """A line for each point, with tabs."""
    lines = ["host\tlock\thold_ns\tthink_ns\tthreads\tpublished_ns\tmodel_ns\ttransfer_ns\ttimes_ns"]
    for one in judged:
        curve = one.published
        for n, ns in sorted(curve.ns.items()):
            values = [ns, one.model[n], one.transfer[n], one.times.get(n, math.nan)]
            lines.append("\t".join([curve.host, curve.lock, str(curve.load.hold), str(curve.load.think), str(n), *(f"{value:.4g}" for value in values)]))
    return "\n".join(lines) + "\n"


def _parts(path: Path) -> tuple[str, str, str]:
    """What stands before the table, the table, and what follows."""
    text = path.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ResultError(f"{path}:1: markers: {BEGIN} and {END} stand once each, in this order")
    before, rest = text.split(BEGIN)
    table_, after = rest.split(END)
    return f"{before}{BEGIN}\n", table_.strip("\n"), f"\n{END}{after}"


def between(path: Path) -> str:
    """The table that the document has."""
    return _parts(path)[1]


def insert(path: Path, table_: str) -> None:
    before, _, after = _parts(path)
    with writing(path):
        path.write_text(before + table_ + after, "utf-8")
