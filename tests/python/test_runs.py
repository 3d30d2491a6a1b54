# SPDX-License-Identifier: BSD-3-Clause
"""What is read of two runs before any verdict: whose blocks count, and how much of the CPUs the
floors got."""

from __future__ import annotations

import pytest
from conftest import Row, Write, row

from compare import runs
from compare.runs import METRICS


def read(write: Write, old: list[Row], new: list[Row], metric: str = "ns_per_pair") -> runs.Runs:
    old_file, new_file = (write(rows, name=f"{name}.csv") for name, rows in (("old", old), ("new", new)))
    return runs.read([old_file], [new_file], [one for one in METRICS if one.column == metric], "")


def test_the_sides_are_those_that_were_given(write: Write) -> None:
    [one] = read(write, [row(ns_per_pair=1)], [row(ns_per_pair=2), row(ns_per_pair=3, rep=1)]).cells
    assert (one.old, one.new) == ((1.0,), (2.0, 3.0))


def test_waits_are_a_share_of_all_threads_time(write: Write) -> None:
    """5 % of two threads' 20,000 ns are 2000 ns."""
    timed: Row = {"workload": "latency", "threads": 2, "ns_per_pair": "", "wall_ns": 20000, "disturbed": "", "schedstat": ""}
    rows = [row(**timed, rep=n, p50_ns=100 + n, run_wait_ns=wait) for n, wait in enumerate((2000, 2001))]
    [one] = read(write, rows, rows[:1], "p50_ns").cells
    assert one.old == one.new == (100.0,)


def floor(cpu_ns: float, workload: str = "pair", threads: int = 2, **cells: object) -> Row:
    """A block of 1000 ns on two CPUs in which ten pairs took that much CPU time each."""
    return row(**{"strategy": "zero", "floor": 1, "workload": workload, "threads": threads, "cpu_ns_per_pair": cpu_ns, "pairs": 10,
                  "wall_ns": 1000, **cells})  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([floor(200)], 1.0),
        ([floor(150)], 0.75),
        ([floor(100, threads=1)], 1.0),  # one thread has one CPU
        ([floor(100, workload="oversub", threads=8, ns_per_pair="", windows_clean="")], 0.5),  # eight have two
        ([floor(100), floor(50, workload="oversub", threads=8, ns_per_pair="", windows_clean="")], 0.25),
        ([floor(100), floor(120, rep=1), floor(200, rep=2)], 0.6),
        ([floor(100), floor(180, workload="churn")], 0.9),
        ([floor(100), floor(200, rep=1, schedstat=1, disturbed=1), floor(200, rep=2, schedstat=1, disturbed=1)], 0.5),
        ([row(cpu_ns_per_pair=1)], 1.0),
    ],
)
def test_the_share_of_the_cpus_that_the_floors_got(write: Write, rows: list[Row], share: float) -> None:
    found = read(write, [*rows, row(strategy="beta")], [floor(40), row(strategy="beta"), *rows[:1]])
    assert found.shares[0] == pytest.approx(share)


def test_each_side_has_its_own_share(write: Write) -> None:
    beta = row(strategy="beta")
    assert read(write, [floor(200), beta], [floor(100), beta]).shares == (1.0, 0.5)


def test_what_calibrates_models_is_no_floor(write: Write) -> None:
    limit: Row = {"workload": "limit", "level": "machine", "floor": 1, "ns_per_pair": 5}
    both = [row(), row(**limit, strategy="bus", kind="limit"), row(**limit, strategy="remote", kind="calibration")]
    assert {cell.key[runs.AXES.index("strategy")] for cell in read(write, both, both).cells} == {"alpha", "bus"}


def test_sharing_is_the_share_of_the_cost_that_threads_add(write: Write) -> None:
    """The larger share of the two sides counts. Without one thread's cost, all may be added."""

    def side(two: float) -> list[Row]:
        costs: list[Row] = [{"ns_per_pair": 10}, {"ns_per_pair": two, "threads": 2, "prefill": 3}, {"ns_per_pair": 9, "threads": 2, "hold_ns": 300}]
        return [row(**cells, slot=slot) for slot, cells in enumerate(costs)]

    old, new = side(20), side(40)
    assert [one.sharing for one in read(write, old, new).cells] == pytest.approx([0, 0.75, 1])
    assert [one.sharing for one in read(write, side(8), side(10)).cells] == pytest.approx([0, 0, 1])
