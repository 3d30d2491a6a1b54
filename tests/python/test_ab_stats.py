# SPDX-License-Identifier: BSD-3-Clause
"""The verdicts of an interleaved comparison, on simulated quads with the noise that machines make:
bursts, drift, lucky layouts."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from compare.ab.stats import LOOKS, Rules, finding, judge, over, upper_bound
from compare.ab.summary import rate_above, rate_below
from compare.answers import INCONCLUSIVE, PASS, REGRESSION

LAUNCHES, EACH = 30, 5
Values = list[list[float]]


def quads(rng: np.random.Generator, slowdown: float, *, spread: float = 0.03, burst: float = 0.0, layout: float = 0.0) -> Values:
    """Launches of quads; burst: share of quads that a neighbour hits on one side; layout: spread of
    a whole launch's luck."""
    made = []
    for _ in range(LAUNCHES):
        luck = rng.normal(0, layout)
        hit = rng.random(EACH) < burst
        noise = rng.normal(0, spread, EACH) + hit * rng.choice([-1, 1], EACH) * rng.exponential(0.5, EACH)
        made.append([float(value) for value in math.log1p(slowdown) + luck + noise])
    return made


def drifting(rng: np.random.Generator, slowdown: float) -> Values:
    """Quads of four blocks on a machine that gets slower until each launch makes it fast again."""
    made = []
    for _ in range(LAUNCHES):
        blocks = 0.02 * np.arange(4 * EACH) + rng.normal(0, 0.02, 4 * EACH)
        launch = []
        for n in range(EACH):
            is_b = np.array([0, 1, 1, 0]) if rng.random() < 0.5 else np.array([1, 0, 0, 1])
            four = blocks[4 * n : 4 * n + 4] + math.log1p(slowdown) * is_b
            launch.append(float(four @ (is_b - 0.5)))
        made.append(launch)
    return made


def verdicts(cells: list[Values], rules: Rules = Rules()) -> list[str]:
    """As the protocol goes: half of the launches, then all."""
    done: list[str | None] = [None] * len(cells)
    for look in range(1, LOOKS + 1):
        upto = LAUNCHES * look // LOOKS
        found = [finding(cell[:upto], rules) if verdict is None else None for cell, verdict in zip(cells, done)]
        for n, verdict in enumerate(judge(found, rules)):
            if verdict is not None and (look == LOOKS or verdict != INCONCLUSIVE):
                done[n] = verdict
    return [verdict for verdict in done if verdict is not None]


@pytest.mark.parametrize("values", [[], [1.0], [3.0, 1.0, 2.0], list(range(8)), list(range(75))])
@pytest.mark.parametrize("confidence", [0.9, 0.99, 0.995])
def test_the_upper_bound_is_the_least_order_statistic_that_covers(values: list[float], confidence: float) -> None:
    n = len(values)
    cover = [sum(math.comb(n, i) for i in range(k + 1)) / 2**n for k in range(n)]  # P(median <= k-th smallest), from 0
    enough = [value for value, share in zip(sorted(values), cover) if share >= confidence]
    assert upper_bound(values, confidence) == (enough[0] if enough else math.inf)


@pytest.mark.parametrize("n", [1, 5, 9])
def test_the_sign_test_is_exact(n: int) -> None:
    for signs in itertools.islice(itertools.product([0.0, 1.0], repeat=n), 64):
        k = round(sum(signs))
        assert over(signs, 0.02) == pytest.approx(sum(math.comb(n, i) for i in range(k, n + 1)) / 2**n)


def test_a_value_on_the_margin_is_no_sign_of_slowness() -> None:
    assert over([math.log1p(0.02)] * 20, 0.02) == 1.0


@pytest.mark.parametrize(("events", "trials", "below"), [(0, 300, 0.00994), (0, 59, 0.0495), (1, 300, 0.0157)])
def test_clopper_pearson(events: int, trials: int, below: float) -> None:
    assert rate_below(events, trials) == pytest.approx(below, rel=0.01)
    assert rate_above(trials - events, trials) == pytest.approx(1 - below, rel=0.01)
    assert rate_below(trials, trials) == 1.0 and rate_above(0, trials) == 0.0


@pytest.mark.parametrize("noise", [{}, {"burst": 0.3}, {"spread": 0.1, "burst": 0.2}, {"spread": 0.01, "layout": 0.02}, {"layout": 0.05}])
def test_equal_builds_are_not_flagged(noise: dict[str, float]) -> None:
    rng = np.random.default_rng(7)
    for _ in range(25):
        assert REGRESSION not in verdicts([quads(rng, 0, **noise) for _ in range(40)])


def test_drift_cancels_out_of_a_quad() -> None:
    rng = np.random.default_rng(8)
    assert set(verdicts([drifting(rng, 0) for _ in range(40)])) == {PASS}
    assert set(verdicts([drifting(rng, 0.08) for _ in range(40)])) == {REGRESSION}


@pytest.mark.parametrize("noise", [{}, {"burst": 0.2}, {"spread": 0.02, "layout": 0.01}])
def test_five_percent_is_found_among_forty_cells(noise: dict[str, float]) -> None:
    rng = np.random.default_rng(9)
    found = 0
    for _ in range(20):
        cells = [quads(rng, 0.05 if n < 5 else 0, **noise) for n in range(40)]
        said = verdicts(cells)
        found += said[:5].count(REGRESSION)
        assert said[:5].count(PASS) == 0
    assert found >= 95


def test_less_than_the_margin_is_no_regression() -> None:
    rng = np.random.default_rng(10)
    for _ in range(25):
        assert REGRESSION not in verdicts([quads(rng, 0.015) for _ in range(40)])


def test_one_slow_launch_in_three_is_its_layout_not_the_build() -> None:
    """All quads together would be judged slower: those launches have the most quads."""
    rng = np.random.default_rng(11)
    slow = [[0.08 + 0.001 * rng.normal() for _ in range(20)] for _ in range(10)]
    other = [[0.001 * rng.normal() for _ in range(2)] for _ in range(20)]
    found = finding([launch for pair in zip(slow, other[:10], other[10:]) for launch in pair], Rules())
    assert found.p < 1e-6 < found.p_launches
    assert judge([found], Rules()) == [INCONCLUSIVE]


def test_what_the_quads_call_slower_is_no_pass() -> None:
    """Under the bound by a hair, and the launches are not sure: half are under the margin."""
    found = finding([[0.045] * 8] * 10 + [[0.015] * 2] * 8, Rules())
    assert found.p < 1e-6 and found.p_launches > 0.01 and found.high < 1.05
    assert judge([found], Rules()) == [INCONCLUSIVE]


def test_wide_noise_gives_neither_verdict() -> None:
    rng = np.random.default_rng(12)
    assert set(verdicts([quads(rng, 0.0, spread=0.6) for _ in range(20)])) == {INCONCLUSIVE}


def test_a_cell_that_stopped_still_counts_in_the_correction() -> None:
    found = finding([[0.03, 0.03, 0.0]] * 4 + [[0.03, 0.03, 0.03]] * 4, Rules())
    assert 0.005 / 40 < found.p < 0.005
    assert judge([found], Rules()) == [REGRESSION]
    assert judge([found] + [None] * 39, Rules())[0] != REGRESSION


def test_each_look_has_half_of_alpha() -> None:
    launches = [[0.03]] * 16 + [[0.0]] * 4
    found = finding(launches, Rules())
    assert 0.005 < found.p == found.p_launches < 0.01
    assert judge([found], Rules(pass_bound=0.025)) == [INCONCLUSIVE]
    assert judge([found], Rules(pass_bound=0.025, alpha=0.02)) == [REGRESSION]


def test_nothing_measured_is_nothing_known() -> None:
    found = finding([[], []], Rules())
    assert math.isnan(found.ratio) and found.high == math.inf and found.low == 0 and found.p == 1
    assert judge([found], Rules()) == [INCONCLUSIVE]
