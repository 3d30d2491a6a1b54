# SPDX-License-Identifier: BSD-3-Clause
"""Reports the changes of a history, with the levels before and after each, as JSON or text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.history import changepoint
from compare.history.series import History, Series
from compare.stats import hodges_lehmann

CONFIDENCE = 0.95
# Columns of a commit's subject on the terminal.
SUBJECT = 44


@dataclass(frozen=True)
class Rule:
    plan: changepoint.Plan
    margin: float  # smaller changes are only counted


def _level(series: Series, start: int, end: int) -> list[float]:
    return [value for value in series.values[start:end] if not math.isnan(value)]


def _neighbours(at: int, cuts: Sequence[int], count: int) -> tuple[int, int]:
    """The start and end of the levels around a change, which are the adjacent changes."""
    return max([0, *(cut for cut in cuts if cut < at)]), min([count, *(cut for cut in cuts if cut > at)])


def _change(series: Series, change: changepoint.Change, cuts: Sequence[int], history: History) -> dict[str, Any]:
    start, end = _neighbours(change.at, cuts, len(history.commits))
    before, after = _level(series, start, change.at), _level(series, change.at, end)
    found = hodges_lehmann(before, after, CONFIDENCE)
    ends = [math.exp(x) if math.isfinite(x) else None for x in (found.low, found.high)]
    commit = history.commits[change.at]
    return {
        "at": change.at, "rev": commit.rev, "subject": commit.subject, "p": change.p, "ratio": math.exp(found.estimate),
        "low": ends[0], "high": ends[1], "before": math.exp(float(np.median(before))), "after": math.exp(float(np.median(after))),
    }  # fmt: skip


def _series(series: Series, found: Sequence[changepoint.Change], history: History) -> dict[str, Any]:
    cuts = [change.at for change in found]
    runs = [[math.exp(value) for value in one] for one in series.runs]
    values = [None if math.isnan(value) else math.exp(value) for value in series.values]
    changes = [_change(series, change, cuts, history) for change in found]
    head = {"name": series.name, **series.cell, "metric": series.metric, "floor": series.floor}
    return {**head, "values": values, "runs": runs, "changes": changes}


def document(history: History, rule: Rule) -> dict[str, Any]:
    """The history as plain values, for readers and plots. Changes below the margin are counted, but
    left out."""
    found = changepoint.changes([series.values for series in history.series], rule.plan)
    cells = [_series(s, [c for c in found if c.series == n], history) for n, s in enumerate(history.series)]
    small = 0
    for cell in cells:
        large = [change for change in cell["changes"] if abs(math.log(change["ratio"])) >= math.log1p(rule.margin)]
        small += len(cell["changes"]) - len(large)
        cell["changes"] = large
    return {
        "fingerprint": history.fingerprint, "cpu_model": history.cpu_model, "reference": history.reference,
        "alpha": rule.plan.alpha, "margin": rule.margin, "below_margin": small,
        "least_side": changepoint.least_side(len(history.commits), rule.plan.alpha),
        "commits": [vars(commit) for commit in history.commits], "cells": cells,
    }  # fmt: skip


def _changes(doc: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for cell in doc["cells"]:
        for change in cell["changes"]:
            yield cell, change


def worse(doc: dict[str, Any], since: str) -> bool:
    """Whether a cost increased at that commit or later."""
    revs = [commit["rev"] for commit in doc["commits"]]
    first = next((n for n, rev in enumerate(revs) if rev.startswith(since)), len(revs)) if since else 0
    return any(change["ratio"] > 1 and change["at"] >= first for _, change in _changes(doc))


def _line(cell: dict[str, Any], change: dict[str, Any]) -> str:
    reach = f"{change['low']:.3f}–{change['high']:.3f}" if change["low"] is not None and change["high"] is not None else "too few"
    word = "WORSE" if change["ratio"] > 1 else "BETTER"
    return (
        f"    {word:<6} {cell['name']:<36} {change['before']:7.3f} → {change['after']:7.3f}  "
        f"{100 * (change['ratio'] - 1):+6.1f} %  {reach:<12} p {change['p']:.4f}"
    )


def _limits_of_sight(doc: dict[str, Any]) -> str:
    side, count = doc["least_side"], len(doc["commits"])
    if not side:
        return f"{count} commits are too few to find any change at alpha {doc['alpha']:g}."
    need = f"a change needs {side} on each side to be found at alpha {doc['alpha']:g}"
    return f"Of {count} commits, {need}: the newest {side - 1} cannot show one yet."


def text(doc: dict[str, Any]) -> str:
    """The changes by commit, for a terminal."""
    head = [
        f"{doc['cpu_model']} ({doc['fingerprint']}): {len(doc['commits'])} commits, {len(doc['cells'])} cells",
        f"Costs are ratios to the limits of each launch: {doc['reference']}.",
        "",
    ]
    by_commit: dict[int, list[str]] = {}
    for cell, change in sorted(_changes(doc), key=lambda item: (item[1]["at"], -item[1]["ratio"])):
        by_commit.setdefault(change["at"], []).append(_line(cell, change))
    body = []
    for at, lines in by_commit.items():
        commit = doc["commits"][at]
        body += [f"{commit['rev']} {commit['date']} {commit['subject'][:SUBJECT]}", *lines]
    body = body or ["No change."]
    small = [f"{doc['below_margin']} more below the margin of {100 * doc['margin']:g} %."] if doc["below_margin"] else []
    return "\n".join([*head, *body, "", *small, _limits_of_sight(doc)])
