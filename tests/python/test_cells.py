# SPDX-License-Identifier: BSD-3-Clause
"""The numbers behind the figures, against ones computed by hand."""

from __future__ import annotations

import pytest
from conftest import Row, Write, row

from plots import cells, style, tidy


def test_ladder_parts(write: Write) -> None:
    def both(name: str, listed: float, called: float, threads: int = 1) -> list[Row]:
        who: Row = {"strategy": name, "floor": int(name == "zero"), "threads": threads}
        return [row(**who, ns_per_pair=listed), row(**who, level="callback", ns_per_pair=called)]

    assert cells.ladder(tidy.frame(cells.read([write(both("zero", 2, 1000) + both("alpha", 1, 1100))])))[1][1].list == 0
    rows = both("zero", 2, 1000) + both("alpha", 42, 1100) + both("beta", 102, 1050) + both("zero", 2, 1000, 2) + both("zero", 2, 1000, 8)
    found = cells.ladder(tidy.frame(cells.read([write([*rows, row(strategy="gamma", level="callback", ns_per_pair=7)])])))
    assert list(found) == [1, 2]  # 8 threads have no CPU each
    parts = [(bar.series, bar.total, bar.base, bar.list, bar.rest, bar.floor) for bar in found[1]]
    assert parts == [("zero", 1000, 1000, 0, 0, True), ("beta", 1050, 1000, 100, -50, False), ("alpha", 1100, 1000, 40, 60, False)]


def test_a_bar_is_of_medians_and_its_range_of_all_blocks(write: Write) -> None:
    rows = [row(level=level, strategy=name, floor=int(name == "zero"), rep=rep, ns_per_pair=base + ns)
            for level, base in (("list", 0), ("callback", 1000)) for name, more in (("zero", 0), ("alpha", 300))
            for rep, ns in enumerate((more + 10, more + 20, more + 90))]  # fmt: skip
    [bars] = cells.ladder(tidy.frame(cells.read([write(rows)]))).values()
    alpha = next(bar for bar in bars if bar.series == "alpha")
    assert (alpha.total, alpha.low, alpha.high, alpha.base, alpha.list, alpha.rest) == (1320, 1310, 1390, 1020, 300, 0)


def test_each_part_stands_on_the_cheapest_floor_of_its_level(write: Write) -> None:
    costs = {"zero": (5, 1000), "nought": (20, 900), "alpha": (50, 1200)}
    rows = [row(strategy=name, floor=int(name != "alpha"), level=level, ns_per_pair=ns)
            for name, both in costs.items() for level, ns in zip(("list", "callback"), both)]  # fmt: skip
    [bars] = cells.ladder(tidy.frame(cells.read([write(rows)]))).values()
    alpha = next(bar for bar in bars if bar.series == "alpha")
    assert (alpha.base, alpha.list, alpha.rest) == (900, 45, 255)


def test_ladder_needs_a_floor_and_bare_cells(write: Write) -> None:
    bare = [row(level=level, strategy="alpha") for level in ("list", "callback")]
    floor = [row(level=level, strategy="zero", floor=1) for level in ("list", "callback")]
    assert list(cells.ladder(tidy.frame(cells.read([write(bare + floor)])))) == [1]
    assert cells.ladder(tidy.frame(cells.read([write(bare)]))) == {}
    assert cells.ladder(tidy.frame(cells.read([write(bare + [{**cell, "hold_ns": 300} for cell in floor])]))) == {}


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


def test_computed_rows_are_never_drawn_with_others(write: Write) -> None:
    files = [write([row()]), write([row(source="model")], name="model.csv")]
    for allowed in (False, True):
        with pytest.raises(cells.ResultError, match="computed"):
            cells.read(files, allow_mixed=allowed)


def test_floor_of_one_machine_is_none_of_another(write: Write) -> None:
    rows = [row(level=level, strategy=name, floor=int(name == "zero")) for level in ("list", "callback") for name in ("zero", "alpha")]
    machines: tuple[Row, ...] = ({"fingerprint": "aa", "ns_per_pair": 10}, {"fingerprint": "bb", "ns_per_pair": 90})
    files = [write([{**cell, **machine} for cell in rows], name=f"{n}.csv") for n, machine in enumerate(machines)]
    [bars] = cells.ladder(tidy.frame(cells.read(files, allow_mixed=True))).values()
    assert {bar.series: bar.base for bar in bars if not bar.floor} == {"alpha (aa)": 10, "alpha (bb)": 90}


def test_describe(write: Write) -> None:
    df = cells.read([write([row(), row(time_utc="2025-03-02T00:00:01Z")], name="run.partial.csv")])
    assert cells.describe(df) == "Example CPU, 2 cores · 2 CPUs · measured · revision 0123abc · 2025-03-01 – 2025-03-02 · partial run"


@pytest.mark.parametrize(
    ("ns", "text"), [(0.5, "0.5 ns"), (20, "20 ns"), (999.4, "999 ns"), (999.6, "1 µs"), (1500, "1.5 µs"), (2e6, "2 ms"), (3e9, "3 s")]
)
def test_time(ns: float, text: str) -> None:
    assert style.time(ns) == text


def test_a_fallback_is_part_of_the_series(write: Write) -> None:
    rows = [row(variant="x", fallback=1), row(strategy="beta", variant="y", fallback=0)]
    assert set(cells.read([write(rows)])["series"]) == {"alpha:x", "beta"}
