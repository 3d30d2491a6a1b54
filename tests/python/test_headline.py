# SPDX-License-Identifier: BSD-3-Clause
"""The tables of the recorded run's README are what the run says."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from conftest import ROOT, Row, Write, row

from plots import headline
from plots.floor import Range

RECORDED = ROOT / "results" / "recorded" / "field-zen5-2vcpu"


def rows_of(name: str, many: Sequence[object], **axes: object) -> list[Row]:
    prefill = int(str(axes.get("threads", 1))) + 1
    return [row(**{"strategy": name, "ns_per_pair": ns, "rep": rep, "kind": "strategy", "prefill": prefill, **axes}) for rep, ns in enumerate(many)]


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (None, "–"), (Range(3.04, 3.04, 3.04), "3 ns"), (Range(12.4, 11.6, 15.5), "12 (12 to 16) ns"),
        (Range(3.0e5, 2000, 4.0e6), "300 (2 to 4000) µs"), (Range(12.3, -6.4, 31), "12 (-6.4 to 31) ns"),
    ],
)  # fmt: skip
def test_spread(one: Range | None, text: str) -> None:
    assert headline.spread(one) == text


def test_over_the_floor_and_in_order(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    work = {"hold_ns": 300, "think_ns": 300, "threads": 2}
    rows = rows_of("slow", [60, 70, 80], threads=2) + rows_of("quick", [7], threads=2) + rows_of("null", [1], threads=2, kind="floor", floor=1)
    rows += rows_of("slow", [650, 690, 700], **work) + rows_of("null", [600, 610, 620], kind="floor", floor=1, **work)
    rows += rows_of("quick", [5], threads=1) + rows_of("theirs", [3], threads=2, kind="peer")
    assert headline.main([str(write(rows))]) == 0
    found = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    assert [line[0] for line in found] == ["| `null`", "| `quick`", "| `slow`"]
    assert found[2][1:4] == ["–", "70 (60 to 80) ns", "80 (40 to 90) ns"] and found[1][1] == "5 ns" and found[0][3] == "–"


def test_at_the_floor_and_never_below_it(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    work = {"hold_ns": 300, "think_ns": 300, "threads": 2}
    rows = [one for name in ("low", "level", "null") for one in rows_of(name, [1], threads=2, **({"kind": "floor"} if name == "null" else {}))]
    rows += rows_of("low", [580, 590, 595], **work) + rows_of("level", [615, 650, 690], **work)
    rows += rows_of("null", [600, 610, 620], **{**work, "kind": "floor", "floor": 1})
    assert headline.main([str(write(rows))]) == 0
    out = capsys.readouterr().out
    found = {line.split(" | ")[0].strip("| `"): line.split(" | ")[3] for line in out.splitlines() if line.startswith("| `")}
    assert found == {"low": "at the floor", "level": "at the floor (to 80 ns)", "null": "–"}


def test_a_crowd_is_the_largest_and_a_burst_is_told_in_ms(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of("one", [7], threads=2)
    rows += [one for threads, ns in ((8, 500), (64, 7000)) for one in rows_of("one", [""], threads=threads, workload="oversub", p999_ns=ns)]
    burst: Row = {"workload": "coldburst", "level": "callback", "threads": 1000, "refill": "go"}
    for waiting, prefill, ms in (("poll", 1, 3000), ("futex", 1, 90), ("poll", 1001, 20)):
        rows += rows_of("one", [""], **{**burst, "waiting": waiting, "prefill": prefill, "all_in_ms": ms})
    assert headline.main([str(write(rows))]) == 0
    pairs, bursts = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| `one`")]
    assert pairs[4] == "7 µs" and bursts[1:] == ["3 s", "90 ms", "20 ms"]


def test_a_run_without_pairs(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(rows_of("one", [3], threads=1))
    assert headline.main([str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}:1: workload: no rows")


def test_the_readme_has_the_recorded_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert headline.main([str(RECORDED / "field-zen5-2vcpu.csv")]) == 0
    printed = set(capsys.readouterr().out.splitlines())
    shown = [line for line in (RECORDED / "README.md").read_text("utf-8").partition("\n## ")[0].splitlines() if re.match(r"\| `[a-z0-9_.-]+` \|", line)]
    assert len(shown) > 20 and [line for line in shown if line not in printed] == []
