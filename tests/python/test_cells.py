# SPDX-License-Identifier: BSD-3-Clause
"""The numbers behind the figures, against ones computed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Row, Write, row, tail

import cells
import figure_tails
import style
from cells import Curve, Panel


def test_ladder_parts(write: Write) -> None:
    def both(name: str, listed: float, called: float, threads: int = 1) -> list[Row]:
        who: Row = {"strategy": name, "floor": int(name == "zero"), "threads": threads}
        return [row(**who, ns_per_pair=listed), row(**who, level="callback", ns_per_pair=called)]

    assert cells.ladder(cells.read([write(both("zero", 2, 1000) + both("alpha", 1, 1100))]))[1][1].list == 0
    rows = both("zero", 2, 1000) + both("alpha", 42, 1100) + both("beta", 102, 1050) + both("zero", 2, 1000, 2) + both("zero", 2, 1000, 8)
    found = cells.ladder(cells.read([write([*rows, row(strategy="gamma", level="callback", ns_per_pair=7)])]))
    assert list(found) == [1, 2]  # 8 threads have no CPU each
    parts = [(bar.series, bar.total, bar.base, bar.list, bar.rest, bar.floor) for bar in found[1]]
    assert parts == [("zero", 1000, 1000, 0, 0, True), ("beta", 1050, 1000, 100, -50, False), ("alpha", 1100, 1000, 40, 60, False)]
    assert found[1][2].share == pytest.approx(40 / 1100)


def test_ladder_needs_a_floor_and_bare_cells(write: Write) -> None:
    bare = [row(level=level, strategy="alpha") for level in ("list", "callback")]
    floor = [row(level=level, strategy="zero", floor=1) for level in ("list", "callback")]
    assert list(cells.ladder(cells.read([write(bare + floor)]))) == [1]
    assert cells.ladder(cells.read([write(bare)])) == {}
    assert cells.ladder(cells.read([write(bare + [{**cell, "hold_ns": 300} for cell in floor])])) == {}


def test_curve(write: Write) -> None:
    rows = [tail(ns, rep=rep, p999_ns=p999) for rep, (ns, p999) in enumerate(((10, 80), (30, ""), (11, "")))]
    panels, left_out = cells.tails(cells.read([write(rows)]))
    [(panel, found)] = panels.items()
    assert panel == Panel("latency", "list", 0, 0, 1) and left_out == []
    # One of three repetitions had a 99.9th percentile: that is not most.
    assert found.curves == {"alpha": Curve([(0.5, 11), (0.9, 22), (0.99, 44)], 3000)}
    assert (found.step, found.floor) == (1, 20)


def test_tail_threads(write: Write) -> None:
    rows = [tail(9, workload=workload, threads=threads) for workload in ("latency", "oversub") for threads in (1, 2, 8, 64)]
    panels, _ = cells.tails(cells.read([write(rows)]))
    assert [(panel.workload, panel.threads) for panel in panels] == [("latency", 2), ("oversub", 64)]


def test_at_most_six_tails(write: Write) -> None:
    rows = [tail(9, workload=w, level=v, hold_ns=h) for w in ("latency", "oversub") for v in ("list", "callback") for h in (0, 300)]
    panels, left_out = cells.tails(cells.read([write(rows)]))
    assert len(panels) == 6
    assert [(panel.level, panel.hold) for panel in left_out] == [("callback", 0), ("callback", 0)]


def test_places_of_tails() -> None:
    alone, left, right = Panel("latency", "list", 300, 0, 1), Panel("latency", "list", 0, 0, 1), Panel("oversub", "list", 0, 0, 8)
    assert figure_tails._places([alone, left, right]) == {alone: (1, 0), left: (0, 0), right: (0, 1)}


def test_variants_and_revisions_are_not_pooled(write: Write) -> None:
    rows = [row(variant="x"), row(variant="y", ns_per_pair=1), row(strategy="beta", variant="y")]
    assert set(cells.read([write(rows)])["series"]) == {"alpha:x", "alpha:y", "beta"}
    files = [write([row(git_rev=rev)], name=f"{rev}.csv") for rev in ("aaa", "bbb")]
    assert set(cells.read(files)["series"]) == {"alpha (aaa)", "alpha (bbb)"}


def test_file_given_twice_counts_once(write: Write) -> None:
    path = write([row(), row(rep=1, slot=1)])
    assert len(cells.read([path, path])) == 2


def test_mixed_is_refused_or_kept_apart(write: Write) -> None:
    files = [write([row()]), write([row(source="emulated")], name="emulated.csv"), write([row(fingerprint="ff")], name="other.csv")]
    for other in files[1:]:
        with pytest.raises(cells.ResultError):
            cells.read([files[0], other])
    assert set(cells.read(files[:2], allow_mixed=True)["series"]) == {"alpha (measured)", "alpha (emulated)"}


def test_floor_of_one_machine_is_none_of_another(write: Write) -> None:
    rows = [row(level=level, strategy=name, floor=int(name == "zero")) for level in ("list", "callback") for name in ("zero", "alpha")]
    machines: tuple[Row, ...] = ({"fingerprint": "aa", "ns_per_pair": 10}, {"fingerprint": "bb", "ns_per_pair": 90})
    files = [write([{**cell, **machine} for cell in rows], name=f"{n}.csv") for n, machine in enumerate(machines)]
    [bars] = cells.ladder(cells.read(files, allow_mixed=True)).values()
    assert {bar.series: bar.base for bar in bars if not bar.floor} == {"alpha (aa)": 10, "alpha (bb)": 90}


def test_describe(write: Write) -> None:
    df = cells.read([write([row(), row(time_utc="2025-03-02T00:00:01Z")], name="run.partial.csv")])
    assert cells.describe(df) == "Example CPU, 2 cores · 2 CPUs · measured · revision 0123abc · 2025-03-01 – 2025-03-02 · partial run"


@pytest.mark.parametrize(
    ("ns", "text"), [(0.5, "0.5 ns"), (20, "20 ns"), (999.4, "999 ns"), (999.6, "1 µs"), (1500, "1.5 µs"), (2e6, "2 ms"), (3e9, "3 s")]
)
def test_time(ns: float, text: str) -> None:
    assert style.time(ns) == text


def test_tail_axis() -> None:
    assert [round(figure_tails.tail_x(q), 3) for q in (0.5, 0.9, 0.99, 0.9999)] == [0.301, 1, 2, 4]


def test_a_fallback_is_part_of_the_series(write: Write) -> None:
    rows = [row(variant="x", fallback=1), row(strategy="beta", variant="y", fallback=0)]
    assert set(cells.read([write(rows)])["series"]) == {"alpha:x", "beta"}
