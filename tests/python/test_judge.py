# SPDX-License-Identifier: BSD-3-Clause
"""Which blocks are compared, and what Holm's procedure makes of p-values that are known, in each
family and both directions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import attrgetter

import pytest
from conftest import Row, Write, row

from compare import runs, verdict
from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION
from compare.machine import Machine, Machines, Rules
from compare.runs import AXES, METRICS, Metric
from compare.verdict import Finding

ALPHA = 0.01
RULES = Rules(ALPHA, {"time": 0.05, "tail": 0.25})
STEADY = Machine(9, 1.0, 1.0)
MACHINES = Machines(STEADY, STEADY, STEADY, (1.0, 1.0))


def one_of_each_family() -> Iterator[Metric]:
    for family in runs.FAMILIES:
        yield next(metric for metric in METRICS if metric.family == family)


def cell(metric: Metric, name: str, blocks: int, factor: float) -> runs.Cell:
    """All values differ. With another factor than 1 the two sides do not overlap."""
    key = tuple({"strategy": name, "threads": 1}.get(axis, "") for axis in AXES)
    old = tuple(100 + 0.01 * n for n in range(blocks))
    return runs.Cell(key, metric, False, False, old, tuple(factor * value + 0.005 for value in old), 0.0)


def judged(cells: list[runs.Cell], share: float = 1.0) -> list[Finding]:
    return verdict.judge([(one,) for one in cells], {family: MACHINES for family in runs.FAMILIES}, RULES, share)


def least(blocks: int) -> float:
    """The p-value of two sides that do not overlap: one order of all."""
    return 1 / math.comb(2 * blocks, blocks)


@pytest.mark.parametrize("metric", one_of_each_family(), ids=attrgetter("family"))
@pytest.mark.parametrize(("factor", "word"), [(2.0, REGRESSION), (0.5, IMPROVED)])
@pytest.mark.parametrize("share", [1.0, 0.8, 0.2])
def test_holm_multiplies_each_p_by_those_not_yet_rejected(metric: Metric, factor: float, word: str, share: float) -> None:
    changed = [cell(metric, f"changed{blocks}", blocks, factor) for blocks in (8, 10, 9)]
    same = [cell(metric, f"same{n}", 9, 1.0) for n in range(2)]
    found = judged([*changed, *same], share)
    adjusted = [finding.p_worse if word == REGRESSION else finding.p_better for finding in found]
    assert adjusted[:3] == pytest.approx([least(8) * 3 / share, least(10) * 5 / share, least(9) * 4 / share])
    assert adjusted[3:] == [1.0, 1.0]
    assert [finding.verdict for finding in found] == [word] * 3 + [PASS] * 2


@pytest.mark.parametrize("metric", one_of_each_family(), ids=attrgetter("family"))
@pytest.mark.parametrize(("factor", "word", "otherwise"), [(2.0, REGRESSION, INCONCLUSIVE), (0.5, IMPROVED, PASS)])
def test_many_comparisons_hide_a_change(metric: Metric, factor: float, word: str, otherwise: str) -> None:
    """Seven blocks a side: enough for 34 comparisons, and not for 35."""
    assert least(7) * 34 < ALPHA < least(7) * 35
    for count, wanted in ((34, word), (35, otherwise)):
        first, *others = judged([cell(metric, "changed", 7, factor), *(cell(metric, f"same{n}", 7, 1.0) for n in range(count - 1))])
        assert first.verdict == wanted
        assert {finding.verdict for finding in others} == {PASS}


@pytest.mark.parametrize("metric", one_of_each_family(), ids=attrgetter("family"))
def test_a_change_within_the_margin_is_none(metric: Metric) -> None:
    margin = RULES.margins[metric.family]
    for change, word in ((1 + 0.9 * margin, PASS), (1 + 1.1 * margin, REGRESSION), (1 / (1 + 1.1 * margin), IMPROVED),
                         (1 / (1 + 0.9 * margin), PASS), (1 + 0.3 * margin, PASS)):  # fmt: skip
        [finding] = judged([cell(metric, "one", 12, change)])
        assert finding.verdict == word, change
        assert finding.ratio.estimate == pytest.approx(change, rel=1e-3)


def sides(metric: Metric, write: Write, odd: Row) -> runs.Cell:
    """The cell of a metric: on each side three quiet blocks, and two a thousand times as dear that
    are odd in another way too."""
    crowded: Row = {"workload": "oversub", "threads": 64, "ns_per_pair": "", "windows_clean": ""}
    where: Row = crowded if metric.only_crowded else {"ns_per_pair": ""}
    files = []
    for side in ("old", "new"):
        quiet = [row(**{**where, metric.column: 100 + n}, disturbed=0, schedstat=1) for n in range(3)]
        wild = [row(**{**where, metric.column: 100_000 + n}, **odd) for n in range(2)]
        files.append(write([{**cells, "run_id": side, "rep": n} for n, cells in enumerate([*quiet, *wild])], name=f"{side}.csv"))
    found = runs.read([files[0]], [files[1]], METRICS, "")
    [wanted] = [one for one in found.cells if one.metric == metric]
    return wanted


QUIET = (100.0, 101.0, 102.0)


@pytest.mark.parametrize("metric", METRICS, ids=attrgetter("column"))
def test_disturbed_blocks_count_in_no_metric(metric: Metric, write: Write) -> None:
    found = sides(metric, write, {"disturbed": 1, "schedstat": 1})
    assert found.old == found.new == QUIET


# Threads that outnumber the CPUs wait for each other.
@pytest.mark.parametrize("metric", [metric for metric in METRICS if not metric.only_crowded], ids=attrgetter("column"))
def test_blocks_of_older_files_whose_threads_waited_count_by_clean_windows_alone(metric: Metric, write: Write) -> None:
    waited: Row = {"disturbed": "", "schedstat": "", "wall_ns": 20000, "run_wait_ns": 1001}
    found = sides(metric, write, waited)
    assert found.old == found.new == (QUIET if metric.column != "ns_per_pair" else (*QUIET, 100_000.0, 100_001.0))
    few = sides(metric, write, {**waited, "run_wait_ns": 1000})  # 5 % of one thread's time
    assert len(few.old) == len(few.new) == 5


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric.family == "tail"], ids=attrgetter("column"))
def test_what_the_clock_does_not_resolve_is_not_compared(metric: Metric, write: Write) -> None:
    """Below three steps, of which the file has rounded figures."""
    assert sides(metric, write, {"timer_step_ns": 45_000}).old == QUIET
    assert len(sides(metric, write, {"timer_step_ns": 35_000}).old) == 5
