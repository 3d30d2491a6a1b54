# SPDX-License-Identifier: BSD-3-Clause
"""Findings as a table for a terminal, as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runs import AXES, Cell, Runs, name, names
from verdict import IMPROVED, INCONCLUSIVE, PASS, REGRESSION, VERDICTS, Finding, Machine, Machines, Rules, overall

SHOWN = 20  # INCONCLUSIVE rows on a terminal, unless all are asked for
COLUMNS = ("verdict", "by", "family", "metric", "unit", *AXES, "cells", "old_n", "new_n", "old_median", "new_median",
           "ratio", "low", "high", "raw_ratio", "p_worse", "p_better", "reason")  # fmt: skip


@dataclass(frozen=True)
class Report:
    runs: Runs
    machines: dict[str, Machines]  # of each family
    findings: list[Finding]
    rules: Rules

    @property
    def verdict(self) -> str:
        return overall(self.findings)


def _by(finding: Finding) -> str:
    return "cell" if len(finding.cells) == 1 else "strategy"


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    def rank(finding: Finding) -> tuple[int, float]:
        return VERDICTS.index(finding.verdict), math.inf if math.isnan(finding.ratio.estimate) else -finding.ratio.estimate

    return sorted(findings, key=rank)


def _shared(cells: Sequence[Cell], axis: str) -> str:
    """The cells' value on one axis, * if they have several."""
    values = {str(cell.axis(axis)) for cell in cells}
    return values.pop() if len(values) == 1 else "*"


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _median(values: Sequence[float]) -> float | None:
    return _number(statistics.median(values)) if values else None


def record(finding: Finding) -> dict[str, object]:
    """A finding flat, by COLUMNS; medians are of one cell alone, as those of several say nothing together."""
    first, one = finding.cells[0], len(finding.cells) == 1
    axes = {axis: _shared(finding.cells, axis) for axis in AXES}
    return {
        "verdict": finding.verdict, "by": _by(finding), "family": first.metric.family, "metric": first.metric.column,
        "unit": first.metric.unit, **axes, "cells": len(finding.cells),
        "old_n": sum(len(cell.old) for cell in finding.cells), "new_n": sum(len(cell.new) for cell in finding.cells),
        "old_median": _median(first.old) if one else None, "new_median": _median(first.new) if one else None,
        "ratio": _number(finding.ratio.estimate), "low": _number(finding.ratio.low), "high": _number(finding.ratio.high),
        "raw_ratio": _number(finding.raw), "p_worse": _number(finding.p_worse), "p_better": _number(finding.p_better),
        "reason": finding.reason,
    }  # fmt: skip


def _machine(machine: Machine) -> dict[str, object]:
    return {"floors": machine.floors, "factor": _number(machine.factor), "spread": machine.spread and _number(machine.spread)}


def as_json(report: Report) -> str:
    machines = {
        family: {"one_thread": _machine(found.alone), "several_threads": _machine(found.together)}
        for family, found in report.machines.items()
    }
    whole = {
        "verdict": report.verdict,
        "rules": {"alpha": report.rules.alpha, "margins": report.rules.margins, "corrected": report.rules.correct},
        "machine": machines,
        "floors_share_of_cpus": {"old": _number(report.runs.shares[0]), "new": _number(report.runs.shares[1])},
        "only_old": [name(key) for key in report.runs.only_old],
        "only_new": [name(key) for key in report.runs.only_new],
        "notes": report.runs.notes,
        "findings": [record(finding) for finding in _worst_first(report.findings)],
    }
    return json.dumps(whole, indent=1) + "\n"


def as_csv(report: Report) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if value is None else value for key, value in record(f).items()} for f in _worst_first(report.findings))
    return text.getvalue()


def _label(finding: Finding) -> str:
    """The cell's name without what is zero or usual; for several cells, what they share."""
    first = finding.cells[0]
    if len(finding.cells) == 1:
        return names.short(dict(zip(AXES, first.key)))
    own = names.series(first.axis("strategy"), first.axis("variant"))
    return f"{first.axis('workload')}/{first.axis('level')}/{own} ({len(finding.cells)} cells)"


def _ratio(value: float) -> str:
    if not math.isfinite(value):
        return "?" if math.isnan(value) else "inf"
    return f"{value:.3f}" if value < 10 else f"{value:.3g}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _row(finding: Finding, width: int) -> str:
    low, high = _ratio(finding.ratio.low), _ratio(finding.ratio.high)
    head = f"  {_ratio(finding.ratio.estimate):>6} {low + '–' + high:>13} {_ratio(finding.raw):>6}  "
    metric = finding.cells[0].metric.column
    return head + _cut(f"{metric} {_label(finding)}", width - len(head))


def _section(verdict: str, findings: list[Finding], width: int, shown: int | None) -> Iterator[str]:
    """Rows of one verdict, those of one reason together."""
    yield f"{verdict}: {len(findings)}"
    yield f"  {'ratio':>6} {'interval':>13} {'raw':>6}  metric and cell"
    reasons = list(dict.fromkeys(finding.reason for finding in findings))
    left = shown if shown is not None else len(findings)
    for reason in reasons:
        some = [finding for finding in findings if finding.reason == reason]
        if reason:
            yield _cut(f" {len(some)} {reason}", width)
        yield from (_row(finding, width) for finding in some[:left])
        left -= min(left, len(some))
    if shown is not None and len(findings) > shown:
        yield f"  and {len(findings) - shown} more rows (--all)"


def _about(report: Report) -> Iterator[str]:
    yield from report.runs.notes
    for family, found in report.machines.items():
        for kind, machine in (("1 thread", found.alone), ("several", found.together)):
            if machine.spread is None:
                yield f"{family}, {kind}: {machine.floors} floors, too few to correct by"
            elif report.rules.correct:
                yield f"{family}, {kind}: {machine.floors} floors, machine {machine.factor:.3f}, they differ by {machine.spread - 1:.1%}"
    for side, keys in (("OLD", report.runs.only_old), ("NEW", report.runs.only_new)):
        if keys:
            yield f"only in {side}: {len(keys)} cells, as {name(keys[0])}"


def _counts(report: Report) -> str:
    counts = Counter(finding.verdict for finding in report.findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)


def as_text(report: Report, width: int, everything: bool) -> str:
    lines = [part for line in _about(report) for part in textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False)]
    for verdict in VERDICTS:
        found = _worst_first(finding for finding in report.findings if finding.verdict == verdict)
        if found and (everything or verdict in (REGRESSION, INCONCLUSIVE)):
            lines += ["", *_section(verdict, found, width, SHOWN if verdict == INCONCLUSIVE and not everything else None)]
    passed = [f for f in report.findings if f.verdict in (PASS, IMPROVED)]
    if passed and not everything:
        worst, best = (edge(f.ratio.estimate for f in passed) for edge in (max, min))
        lines += ["", f"PASS and IMPROVED: {len(passed)}, ratios {_ratio(best)} to {_ratio(worst)} (--all for the rows)"]
    return "\n".join([*lines, "", f"{report.verdict}: {_counts(report)}", ""])


def _md_row(finding: Finding) -> str:
    low, high = _ratio(finding.ratio.low), _ratio(finding.ratio.high)
    what = f"{finding.cells[0].metric.column} {_label(finding)}"
    cells = (finding.verdict, _ratio(finding.ratio.estimate), f"{low}–{high}", _ratio(finding.raw), what, finding.reason)
    return "| " + " | ".join(cells) + " |"


def as_md(report: Report) -> str:
    head = ["| verdict | ratio | interval | raw | metric and cell | why |", "|---|---:|---|---:|---|---|"]
    rows = [_md_row(finding) for finding in _worst_first(report.findings)]
    about = [f"- {line}" for line in _about(report)]
    return "\n".join([f"**{report.verdict}**: {_counts(report)}", "", *about, "", *head, *rows, ""])


