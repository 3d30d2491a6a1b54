# SPDX-License-Identifier: BSD-3-Clause
"""The text of a comparison. The verdict comes first, then the headline."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from compare import comparisons
from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION, VERDICTS
from compare.runs import AXES, name
from compare.table import Report, worst_first
from compare.verdict import Finding
from results import names, questions

SHOWN = 20  # rows of one verdict on a terminal, without --all
MARKS = {REGRESSION: "!", INCONCLUSIVE: "?", PASS: " ", IMPROVED: "+"}
LEGEND = "Cost ratio new/old; above 1 is slower. ! REGRESSION, ? INCONCLUSIVE, + IMPROVED, others PASS; joint: all times together"
JOINT = "joint"
NAME = 16  # columns of a strategy's name


def _label(finding: Finding) -> str:
    """The cell's short name. For several cells, what they have in common."""
    first = finding.cells[0]
    if len(finding.cells) == 1:
        return names.short(dict(zip(AXES, first.key)))
    own = names.series(*comparisons.strategy(first))
    what = "headline" if finding.headline else f"{first.axis('workload')}/{first.axis('level')}"
    return f"{what}/{own} ({len(finding.cells)} cells)"


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


def _section(verdict: str, findings: Sequence[Finding], width: int, shown: int) -> Iterator[str]:
    """The rows of one verdict, grouped by reason."""
    yield f"{verdict}: {len(findings)}"
    yield f"  {'ratio':>6} {'interval':>13} {'raw':>6}  metric and cell"
    left = shown
    for reason in dict.fromkeys(finding.reason for finding in findings):
        some = [finding for finding in findings if finding.reason == reason]
        if reason:
            yield _cut(f" {len(some)} {reason}", width)
        yield from (_row(finding, width) for finding in some[:left])
        left -= min(left, len(some))
    if len(findings) > shown:
        yield f"  and {len(findings) - shown} more rows (--all)"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _than(report: Report, found: Sequence[Finding]) -> str:
    margins = report.rules.margins
    kinds = {cell.metric.family for finding in found for cell in finding.cells}
    tails = f" (tails: {_percent(margins['tail'])})" if kinds == {"time", "tail"} else ""
    return f"slower by more than {_percent(margins['time' if 'time' in kinds else 'tail'])}{tails}"


def _slower(report: Report) -> str:
    worse = [finding for finding in report.findings if finding.verdict == REGRESSION]
    cells = [finding for finding in comparisons.deciding(report.findings) if finding.verdict == REGRESSION]
    whose = dict.fromkeys(names.series(*comparisons.strategy(finding.cells[0])) for finding in worst_first(worse))
    few = list(whose)[:3] + ([f"{len(whose) - 3} more"] if len(whose) > 3 else [])
    return f"{', '.join(few)} slower: {len(cells)} of {_cells(report)}, {len(worse) - len(cells)} other comparisons"


def _cells(report: Report) -> str:
    found = comparisons.deciding(report.findings)
    what = "cells" if all(len(finding.cells) == 1 for finding in found) else "comparisons"
    return f"{len(found)} {'headline ' if found[0].headline else ''}{what}"


def verdict_line(report: Report) -> str:
    """The overall verdict and its reason."""
    found = comparisons.deciding(report.findings)
    undecided = sum(finding.verdict == INCONCLUSIVE for finding in found)
    if report.verdict == REGRESSION:
        words = _slower(report)
    elif report.verdict == INCONCLUSIVE:
        words = f"{undecided} of {_cells(report)} are undecided, but at most {_percent(1 - comparisons.PASSING)} may be"
    elif undecided:
        words = f"{len(found) - undecided} of {_cells(report)} are not {_than(report, found)}, {undecided} undecided"
    else:
        words = f"{_cells(report)}, none {_than(report, found)}"
    return f"{report.verdict}: {words}"


def _headline(report: Report) -> tuple[list[str], dict[tuple[str, str], dict[str, str]]]:
    """The headings, and for each strategy its marked ratios by heading. Both are empty without
    headline cells."""
    lines: dict[tuple[str, str], dict[str, str]] = {}
    headings = {question.name: question.heading for question in questions.questions()}
    for finding in (finding for finding in report.findings if finding.headline):
        first = finding.cells[0]
        asked = [headings[name] for name in first.questions] if len(finding.cells) == 1 else [JOINT]
        shown = f"{finding.ratio.estimate:.{2 if finding.ratio.estimate < 100 else 0}f}{MARKS[finding.verdict]}"
        lines.setdefault(comparisons.strategy(first), {}).update(dict.fromkeys(asked, shown.replace("nan", "–")))
    found = {heading for line in lines.values() for heading in line}
    return [heading for heading in (*headings.values(), JOINT) if heading in found], lines


def _names(lines: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Strategy names, with the variant if the table has several variants."""
    count = Counter(strategy for strategy, _ in lines)
    return {(strategy, variant): names.series(strategy, variant, count[strategy] > 1) for strategy, variant in lines}


def _headline_text(report: Report) -> Iterator[str]:
    headings, lines = _headline(report)
    if not lines:
        return
    widths = {heading: max(len(heading), 5) for heading in headings}
    yield " " * NAME + "".join(f" {heading:>{widths[heading]}}" for heading in headings)
    shown = _names(lines)
    for who, line in lines.items():
        cells = (f" {line.get(heading, '– '):>{widths[heading]}}" for heading in headings)
        yield (f"{_cut(shown[who], NAME):<{NAME}}" + "".join(cells)).rstrip()
    yield ""
    yield LEGEND


def _open(report: Report) -> Iterator[str]:
    """The undecided comparisons: a line for each reason."""
    found = [finding for finding in report.findings if finding.verdict == INCONCLUSIVE]
    counted = Counter((finding.headline, finding.reason.partition(";")[0]) for finding in found)
    for (headline, reason), count in sorted(counted.items(), key=lambda one: (not one[0][0], -one[1])):
        yield f"{count} {'of the headline' if headline else 'others'}: {reason}"


def _about(report: Report) -> Iterator[str]:
    yield from report.runs.notes
    for family, found in report.machines.items():
        for kind, machine in (("1 thread", found.alone), ("several", found.together), ("crowded", found.crowded)):
            if machine.spread is None:
                yield f"{family}, {kind}: {machine.floors} floors, too few for a correction"
            elif report.rules.correct:
                yield f"{family}, {kind}: {machine.floors} floors, machine factor {machine.factor:.3f}, spread {machine.spread - 1:.1%}"
        if report.rules.correct and found.lines > 1:
            yield f"{family}, shared lines: spread {found.lines - 1:.1%}, for the share of a cost that several threads add"
    for side, keys in (("OLD", report.runs.only_old), ("NEW", report.runs.only_new)):
        if keys:
            yield f"only in {side}: {len(keys)} cells, such as {name(keys[0])}"


def _counts(report: Report) -> str:
    counts = comparisons.counts(report.findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)


def as_text(report: Report, width: int, everything: bool) -> str:
    """The whole text: verdict, headline, changes, undecided comparisons, and notes on the files."""
    blocks: list[list[str]] = [[verdict_line(report)], list(_headline_text(report))]
    for verdict in VERDICTS if everything else (REGRESSION, IMPROVED):
        found = worst_first(finding for finding in report.findings if finding.verdict == verdict)
        # The largest improvements come first.
        found = found[::-1] if verdict == IMPROVED else found
        blocks.append(list(_section(verdict, found, width, len(found) if everything else SHOWN)) if found else [])
    blocks += [["Undecided:", *(f"  {line}" for line in _open(report))]] if not everything and any(_open(report)) else []
    blocks.append([f"All {len(report.findings)} comparisons: {_counts(report)}{'' if everything else ' (--all for the rows)'}", *_about(report)])
    lines = [line for block in blocks if block for line in ("", *block)][1:]
    wrapped = (textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False) if len(line) > width else [line] for line in lines)
    return "\n".join([*(part for parts in wrapped for part in parts), ""])
