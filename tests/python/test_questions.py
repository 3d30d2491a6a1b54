# SPDX-License-Identifier: BSD-3-Clause
"""The headline questions, and the rows that answer them."""

from __future__ import annotations

import pytest
from conftest import Row, Write, row, tail

from results import questions
from results.columns import ResultError
from results.schema import load

ONE = 'QUESTION(some, "some \\"words\\"", pair, list, ONE, 0, 0, ns_per_pair, 60, 1)'


def answering(write: Write, name: str, rows: list[Row]) -> list[int]:
    """The places in the file of the rows that answer the question of that name."""
    [question] = [one for one in questions.questions() if one.name == name]
    return list(questions.answering(question, load(write(rows))).index)


def test_the_definition_is_read() -> None:
    found = questions.questions()
    assert len(found) == 6 and len({one.name for one in found}) == 6
    burst = found[-1]
    assert (burst.name, burst.heading, burst.column, burst.prefill, burst.unit_ns) == ("burst", "cold burst", "all_in_ms", 1, 1e6)


def test_a_definition_that_is_wrong_is_refused() -> None:
    [one] = questions.parse(f"/* text */\n{ONE}\n", "here")
    assert (one.heading, one.threads, one.work_ns) == ('some "words"', "ONE", 0)
    for old, new in (("ONE", "TWO"), ("ns_per_pair", "ns_a_pair"), (", 60", ""), (", 1)", ", one)"), ("0, 0", "none, 0")):
        with pytest.raises(ResultError, match="here:1"):
            questions.parse(ONE.replace(old, new), "here")


def test_each_axis_of_a_question_counts(write: Write) -> None:
    others: list[Row] = [{"workload": "churn"}, {"level": "callback"}, {"prefill": 5}, {"hold_ns": 300}, {"think_ns": 300}, {"refill": "double"},
              {"threads": 2, "prefill": 3}, {"threads": 3, "prefill": 4}]  # fmt: skip
    rows = [row(), *(row(**cells) for cells in others), row(refill="go", rep=1)]
    assert answering(write, "alone", rows) == [0, len(rows) - 1]
    assert answering(write, "all", rows) == [7]
    assert not answering(write, "burst", rows)
    assert answering(write, "work", [row(threads=2, prefill=3, hold_ns=300, think_ns=300), *rows]) == [0]


def test_the_most_threads_answer(write: Write) -> None:
    rows = [tail(10, workload="oversub", threads=threads, prefill=threads + 1) for threads in (2, 8, 16, 16, 8)]
    assert answering(write, "crowd", rows) == [2, 3]


def test_polling_stands_for_a_strategy_and_so_does_its_first_placement(write: Write) -> None:
    burst = {"workload": "coldburst", "level": "callback", "threads": 100, "prefill": 1}
    rows = [row(**burst, waiting=waiting, strategy=name) for name, waiting in
            (("alpha", "futex"), ("alpha", "poll"), ("beta", "condvar"), ("beta", "futex"), ("beta", "condvar"))]  # fmt: skip
    assert answering(write, "burst", rows) == [1, 2, 4]
    both = [row(placement=placement, variant=variant) for variant, placement in
            (("", "scatter"), ("", "compact"), ("big", "compact"), ("", "scatter"))]  # fmt: skip
    assert answering(write, "alone", both) == [0, 2, 3]
