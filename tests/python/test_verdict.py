# SPDX-License-Identifier: BSD-3-Clause
"""What a verdict is made of, each part by itself: the machine that corrects a cell, the widened
interval, the margins."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from compare import machine, verdict
from compare.answers import IMPROVED, INCONCLUSIVE, PASS, REGRESSION
from compare.machine import Machine, Machines, Rules
from compare.runs import AXES, METRICS, Cell
from compare.stats import Interval

RULES = Rules(0.01, {"time": 0.05, "tail": 0.25})


def cell(*, threads: int = 1, crowded: bool = False, old: tuple[float, ...] = (1.0,), new: tuple[float, ...] = (1.0,), step: float = 0.0) -> Cell:
    key = tuple({"strategy": "alpha", "threads": threads}.get(axis, "") for axis in AXES)
    return Cell(key, METRICS[0], False, crowded, old, new, step)


def test_each_cell_is_corrected_by_the_floors_of_its_kind() -> None:
    alone, together, crowded = (Machine(n, float(n), float(n)) for n in (3, 4, 5))
    machines = Machines(alone, together, crowded, (1.0, 1.0))
    kinds = [cell(), cell(threads=2), cell(threads=8, crowded=True), cell(crowded=True)]
    assert [machines.of(one) for one in kinds] == [alone, together, crowded, crowded]
    assert machines.spread(kinds[:2]) == 4 and machines.spread(kinds) == 5
    unknown = Machines(Machine(1, 1.0, None), together, crowded, (1.0, 1.0))
    assert unknown.spread(kinds) is None and unknown.spread(kinds[1:2]) == 4


def test_the_machine_s_factor_and_the_spread_of_its_floors() -> None:
    """Four floors, one of which strays by 4 % from the others, which are all 10 % dearer."""
    floors = [cell(old=(100.0,) * 6, new=(100 * factor,) * 6) for factor in (1.1, 1.1, 1.1, 1.1 * 1.04)]
    found = machine.machines(floors, (1.0, 1.0), RULES).alone
    assert found.floors == 4 and [found.factor, found.spread] == pytest.approx([1.1, 1.04 ** (1 + 2 / 4)])
    old, new = verdict._corrected(cell(old=(200.0,), new=(220.0,)), found)
    assert old == pytest.approx([math.log(200)]) and new == pytest.approx([math.log(200)])


def limit(factor: float) -> Cell:
    """On a line that two threads share: its cost changed by a factor."""
    one = cell(threads=2, old=(100.0,) * 6, new=(100 * factor,) * 6)
    return replace(one, key=tuple("limit" if axis == "workload" else value for axis, value in zip(AXES, one.key)), floor=True)


def test_shared_lines_concern_a_cell_as_far_as_its_threads_share() -> None:
    """Transfers became dearer by 20 % more than the floors, one of which strays by 4 %."""
    floors = [cell(threads=2, old=(100.0,) * 6, new=(100 * factor,) * 6) for factor in (1.1, 1.1, 1.1 * 1.04)]
    found = machine.machines([*floors, limit(2.0), limit(1.1 * 1.2)], (1.0, 1.0), RULES)
    assert found.together.floors == 3 and found.together.factor == pytest.approx(1.1)
    assert found.lines == pytest.approx(1.2 ** (1 + 2 / 2))
    own, lines = (1 + 2 / 3) * math.log(1.04), 2 * math.log(1.2)
    for sharing in (0.0, 0.25, 1.0):
        spread = found.spread([replace(cell(threads=2), sharing=sharing)])
        assert spread == pytest.approx(math.exp(math.hypot(own, sharing * lines)))
    assert machine.machines(floors, (1.0, 1.0), RULES).lines == 1
    assert machine.machines([*floors, limit(2.0)], (1.0, 1.0), Rules(0.01, {"time": 0.05}, correct=False)).lines == 1


def test_without_other_floors_the_limits_on_shared_lines_count() -> None:
    found = machine.machines([limit(1.0), limit(1.0), limit(1.3)], (1.0, 1.0), RULES)
    assert found.together.floors == 3 and found.together.spread == pytest.approx(1.3 ** (1 + 2 / 3))


def test_an_interval_is_widened_at_both_ends_by_squares() -> None:
    assert verdict._widened(Interval(1.0, 0.7, 1.5), 0.4) == pytest.approx((1.0, 0.5, 1 + math.hypot(0.5, 0.4)))
    assert verdict._widened(Interval(1.0, 0.7, 1.5), 0.0) == pytest.approx((1.0, 0.7, 1.5))


def test_the_clock_s_step_is_compared_with_the_smaller_side() -> None:
    assert machine.coarse(cell(old=(10.0, 10.0), new=(40.0, 40.0), step=2.0)) == pytest.approx(0.3)
    assert machine.coarse(cell(old=(40.0,), new=(10.0,), step=2.0)) == pytest.approx(0.3)


def judged(estimate: float, low: float, high: float, *, p_worse: float = 1.0, p_better: float = 1.0) -> str:
    """The verdict on a test whose margin is 5 %. Least is 2 %."""
    shift = Interval(*(math.log1p(change) for change in (estimate, low, high)))
    test = verdict._Test((cell(),), 0.05, 0.02, 1.0, shift, p_worse, p_better)
    return verdict._verdict(test, p_worse, p_better, RULES)


@pytest.mark.parametrize(
    ("change", "p", "word"),
    [
        ((0.10, 0.03, 0.20), 0.009, REGRESSION),
        ((0.10, 0.03, 0.20), 0.01, INCONCLUSIVE),
        ((0.10, 0.01, 0.20), 0.0, INCONCLUSIVE),
        ((0.04, 0.03, 0.20), 0.0, INCONCLUSIVE),
        ((0.04, 0.03, 0.049), 0.0, PASS),
        ((0.00, -0.1, 0.051), 1.0, INCONCLUSIVE),
        ((0.00, -0.1, 0.049), 1.0, PASS),
    ],
)
def test_slower_needs_the_p_value_the_interval_and_the_estimate(change: tuple[float, float, float], p: float, word: str) -> None:
    assert judged(*change, p_worse=p) == word


@pytest.mark.parametrize(
    ("change", "p", "word"),
    [
        ((-0.10, -0.2, -0.03), 0.009, IMPROVED),
        ((-0.10, -0.2, -0.03), 0.01, PASS),
        ((-0.10, -0.2, -0.01), 0.0, PASS),
        ((-0.04, -0.2, -0.03), 0.0, PASS),
    ],
)
def test_faster_needs_them_too(change: tuple[float, float, float], p: float, word: str) -> None:
    assert judged(*change, p_better=p) == word
