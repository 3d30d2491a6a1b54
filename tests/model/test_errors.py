# SPDX-License-Identifier: BSD-3-Clause
"""The numbers of the table of errors, on small tables by hand."""

from __future__ import annotations

import math

import pytest

from model import errors, naive, report
from model.errors import Ranks
from model.naive import Place
from model.published import Curve, Load
from model.report import Judged


def test_only_contended_points_count() -> None:
    assert errors.of({4: 1.0, 8: 30.0, 16: 15.0}, {4: 100.0, 8: 20.0, 16: 20.0, 32: 1.0}) == [0.5, 0.25]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.2), (0.9, 0.5), (0.1, 0.1)])
def test_a_quantile_is_a_value_of_the_list(share: float, expected: float) -> None:
    assert errors.quantile([0.5, 0.1, 0.2], share) == expected
    assert errors.quantile([n / 10 for n in range(1, 11)], 0.9) == 0.9


def test_nothing_has_no_quantile() -> None:
    assert math.isnan(errors.quantile([], 0.9)) and math.isnan(errors.median([]))


def test_pairs_that_are_published_close_together_are_not_ranked() -> None:
    # 100 and 120 are close. Of the pairs with 200, the model has one right.
    assert errors.rank([10.0, 30.0, 20.0], [100.0, 120.0, 200.0]) == Ranks(0, 2)
    assert errors.rank([1.0, 2.0, 3.0], [100.0, 120.0, 200.0]) == Ranks(2, 2)
    assert errors.rank([1.0, 1.0], [100.0, 200.0]) == Ranks(0, 1)
    assert errors.rank([1.0, 2.0], [100.0, 125.0]) == Ranks(0, 0)
    assert errors.rank([2.0, 1.0], [100.0, 125.1]) == Ranks(-1, 1)


def test_tau_pools_pairs() -> None:
    assert (Ranks(2, 2) + Ranks(-1, 1)).tau == pytest.approx(1 / 3)
    assert math.isnan(Ranks().tau)


def test_ranks_are_of_one_thread_count() -> None:
    one, other = {8: 1.0, 16: 9.0}, {8: 2.0, 16: 3.0, 4: 1.0}
    assert errors.rank_all([(one, {8: 10.0, 16: 10.0}), (other, {8: 20.0, 16: 20.0, 4: 1.0})]) == {8: Ranks(1, 1), 16: Ranks(-1, 1)}


def test_a_step_is_the_greatest_rise_for_a_thread() -> None:
    # 8 to 32 rises more, but over many threads.
    assert errors.step({4: 1.0, 8: 100.0, 32: 148.0, 33: 170.0, 34: 171.0}) == (32, 33)
    assert errors.step({1: 1.0, 4: 100.0}) is None


def test_a_small_rise_is_no_step() -> None:
    assert errors.step({8: 100.0, 9: 110.0}) is None
    assert errors.step({8: 100.0, 9: 111.0}) == (8, 9)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [((44, 45), (45, 46), True), ((44, 45), (46, 47), False), (None, None, True), (None, (44, 45), False), ((44, 45), (44, 48), False)],
)
def test_a_step_is_in_place_within_one_thread(one: tuple[int, int] | None, other: tuple[int, int] | None, same: bool) -> None:
    assert errors.same_step(one, other) is same


# Two cores of two CPUs in each of two packages.
PLACES = [Place(n, n // 2, n // 4, n // 4, n // 4) for n in range(8)]


def test_levels_and_where_a_domain_begins() -> None:
    assert [naive.level(PLACES[0], PLACES[n]) for n in (1, 2, 4)] == ["core", "domain", "system"]
    assert naive.begins(PLACES) == [5]


def test_a_transfer_is_the_mean_over_all_pairs_of_places() -> None:
    costs = {"core": 1.0, "domain": 10.0, "system": 100.0}
    # Of three: one pair shares a core, two a domain.
    assert naive.transfer(PLACES[:3], lambda one, other: costs[naive.level(one, other)]) == pytest.approx(7.0)
    assert naive.transfer(PLACES[:1], lambda one, other: 1.0) == 0.0


def test_naive_predictors() -> None:
    # 1200 ns alone, 200 of them held.
    assert naive.one_transfer(50, 1200, 16, 200) == 250
    assert naive.one_transfer(50, 1200, 2, 200) == 600
    assert naive.times_threads(1200, 16, 1000) == 200
    assert naive.times_threads(1200, 4, 1000) == 300


def judged(lock: str, model: errors.Curve, published: dict[int, float], **more: bool) -> Judged:
    return Judged(Curve("host", lock, Load(0, 0), published), **{"fifo": False, "fitted": False, **more}, model=model, transfer={8: 50.0}, times={8: 400.0})


def test_the_table_by_hand() -> None:
    some = [judged("near", {8: 110.0, 16: 110.0}, {8: 100.0, 16: 100.0}), judged("far", {8: 300.0}, {8: 200.0})]
    lines = report.table(some, ["odd: why"]).splitlines()
    assert lines[2] == "| host, `near` | 0/0 | 2 | 10 % | 10 % | 50 % | 300 % |  |"
    assert lines[3] == "| host, `far` | 0/0 | 1 | 50 % | 50 % | 75 % | 100 % |  |"
    assert "| median absolute error | 10 % | 20 % at most |" in lines
    assert "| 90th percentile | 50 % | 60 % at most |" in lines
    assert "| curves with a median of 25 % at most | 1 of 2 | three of four |" in lines
    assert "| Kendall's τ | 1.00 of 1 pairs | 0.8 at least |" in lines
    assert "| kinds of curves better than both | 2 of 2 | all |" in lines
    assert "| the naive predictors' medians | 62 % and 200 % |  |" in lines
    assert lines[-1] == "| `odd` | why |"


def test_what_fits_the_machine_is_shown_but_not_counted() -> None:
    lines = report.table([judged("good", {8: 100.0}, {8: 100.0}, fitted=True), judged("bad", {8: 300.0}, {8: 100.0})], []).splitlines()
    assert lines[2].startswith("| host, `good`, fitted | 0/0 | 1 | 0 %")
    assert "| median absolute error | 200 % | 20 % at most |" in lines


def test_steps_of_fifo_locks_alone_count() -> None:
    published, model = {8: 100.0, 9: 100.0, 10: 150.0}, {8: 100.0, 9: 150.0, 10: 150.0}
    lines = report.table([judged("queue", model, published, fifo=True), judged("other", {8: 1.0}, published)], []).splitlines()
    assert lines[2].endswith("| 9 to 10; 8 to 9 |") and lines[3].endswith("|  |")
    assert "| steps of FIFO locks in place | 1 of 1 | all |" in lines


def test_one_loss_to_a_naive_predictor_is_a_loss() -> None:
    lines = report.table([judged("lost", {8: 110.0}, {8: 52.0}), judged("won", {8: 110.0}, {8: 100.0})], []).splitlines()
    assert "| kinds of curves better than both | 1 of 2 | all |" in lines
