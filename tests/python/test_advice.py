# SPDX-License-Identifier: BSD-3-Clause
"""The two tables that are made of a run: what to use when, and how far each is from its own
floor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Row, Write, realistic, row

from plots import advice, cells, limits


def run_of(values: dict[str, list[float]], **axes: object) -> list[Row]:
    """Rows of pair at all CPUs; each row has a slot of its own."""
    rows: list[Row] = []
    for name, many in values.items():
        for rep, ns in enumerate(many):
            who = {"strategy": name, "ns_per_pair": ns, "rep": rep, "slot": len(rows), "threads": 2, "kind": "strategy", **axes}
            rows.append(row(**who))
    return rows


def line_of(text: str, begin: str) -> list[str]:
    found = [line for line in text.splitlines() if line.startswith(f"| {begin}")]
    assert len(found) == 1, text
    return [cell.strip() for cell in found[0].strip("|").split("|")]


def test_the_median_row_is_named(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run_of({"slow": [90, 91, 92], "quick": [12, 10, 11]})
    assert advice.main([str(write(rows))]) == 0
    out = capsys.readouterr().out
    cells_ = line_of(out, "few cores")
    assert cells_[2] == "`quick` 11 (slot 5)" and cells_[3] == "`slow` 91 (slot 1)" and cells_[4] == cells_[5] == "–"
    assert rows[5]["ns_per_pair"] == 11
    assert str(rows[0]["run_id"]) in out
    assert line_of(out, "many idle threads")[2] == "not measured in this run"


def test_what_the_run_cannot_tell_apart(write: Write) -> None:
    df = cells.read([write(run_of({"one": [10, 14], "two": [13, 15], "three": [15, 16]}))])
    found, _ = advice.figures(df, advice.SITUATIONS[0])
    assert [figure.name for figure in advice.as_good(found)] == ["one", "two"]


def test_of_an_even_number_the_lower_of_the_middle_two_is_named(write: Write) -> None:
    ((one,), _) = advice.figures(cells.read([write(run_of({"one": [99, 12, 14, 10]}))]), advice.SITUATIONS[0])
    assert (one.median, one.low, one.high, one.slot) == (12, 10, 99, 1)


def test_memory_is_that_of_the_ms_that_are_kept(write: Write) -> None:
    burst: Row = {"workload": "coldburst", "level": "callback", "ns_per_pair": "", "all_in_ms": 5, "threads": 8, "kind": "strategy"}
    df = cells.read([write([row(**burst, ms_created=9, ms_retained=3, bytes_per_m=1000)])])
    [memory] = [one for one in advice.SITUATIONS if one.column == "bytes"]
    ((one,), _) = advice.figures(df, memory)
    assert one.median == 3000


def test_a_limit_is_the_median_at_the_most_threads(write: Write) -> None:
    costs = {1: (1, 2, 9), 2: (30, 40, 90)}
    rows = [row(workload="limit", level="machine", strategy="bus", floor=1, threads=threads, rep=rep, ns_per_pair=ns)
            for threads, some in costs.items() for rep, ns in enumerate(some)]  # fmt: skip
    assert limits.limits_of(cells.read([write(rows)])) == {"bus": 40}


def test_floors_and_peers_are_no_advice(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run_of({"own": [20]}) + run_of({"theirs": [10]}, kind="peer") + run_of({"nothing": [1]}, kind="floor", floor=1)
    assert advice.main([str(write(rows))]) == 0
    cells_ = line_of(capsys.readouterr().out, "few cores")
    assert [cell.split("`")[1] for cell in cells_[2:]] == ["own", "own", "theirs", "nothing"]


def test_the_hardest_case_counts(write: Write) -> None:
    rows = run_of({"bursty": [5], "steady": [20]}) + run_of({"bursty": [900], "steady": [610]}, hold_ns=300, think_ns=300)
    found, case = advice.figures(cells.read([write(rows)]), advice.SITUATIONS[0])
    assert [figure.name for figure in found] == ["steady", "bursty"] and "hold 300 ns" in case


def test_many_cores_are_not_few(write: Write) -> None:
    df = cells.read([write(run_of({"alpha": [5]}, cpus=64, threads=64))])
    assert not advice.figures(df, advice.SITUATIONS[0])[0] and advice.figures(df, advice.SITUATIONS[1])[0]


def test_one_run_only(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(run_of({"alpha": [5]}) + run_of({"alpha": [6]}, run_id="20250301T101500Z-8"))
    assert advice.main([str(path)]) == 2
    assert "several runs" in capsys.readouterr().err


LIMITS = {"rmw": 5, "cas": 7, "exchange": 6, "rseq_local": 2, "rmw_shared": 40}


def limit_rows() -> list[Row]:
    limit = {"workload": "limit", "level": "machine", "floor": 1, "kind": "limit"}
    return [row(**limit, strategy=name, ns_per_pair=ns, threads=2 if name == "rmw_shared" else 1) for name, ns in LIMITS.items()]


def counts(tmp_path: Path, many: dict[str, dict[str, object]]) -> str:
    rows: list[Row] = [{"strategy": name.partition(" ")[0], "variant": name.partition(" ")[2], "level": "list", "names": n} for name, n in many.items()]
    path = tmp_path / "counts.json"
    path.write_text(json.dumps({"rows": rows + [{**row_, "level": "callback"} for row_ in rows]}), encoding="utf-8")
    return str(path)


def test_floor_is_counts_times_costs(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = limit_rows() + run_of({"alpha": [38]}, threads=1) + run_of({"alpha": [240]}) + run_of({"local": [3]}, threads=1, variant="rseq")
    table = counts(tmp_path, {"alpha": {"lock cmpxchg": "2", "xchg": 1, "lock addl": 1, "ldar": 3}, "local rseq": {}})
    assert limits.main([str(write(rows)), "--counts", table]) == 0
    out = capsys.readouterr().out
    # 2 * 7 + 6 + 5 = 25 alone; 4 * 40 = 160 on one line
    assert line_of(out, "`alpha`")[1:] == ["2 cas + 1 exchange + 1 rmw", "25.0", "38.0", "1.5", "240", "9.6", "160", "1.5"]
    assert line_of(out, "`local`")[1:5] == ["1 rseq_local", "2.00", "3.00", "1.5"]


def test_uncounted_are_named(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = limit_rows() + run_of({"alpha": [38], "beta": [9]}, threads=1)
    assert limits.main([str(write(rows)), "--counts", counts(tmp_path, {"alpha": {}})]) == 0
    got = capsys.readouterr()
    assert "not counted: beta" in got.err and "`beta`" not in got.out


@pytest.mark.parametrize(("text", "words"), [("{}", "not a table of counts"), ("no json", "not a table of counts"), (None, "not a table")])
def test_bad_counts(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, words: str) -> None:
    path = tmp_path / "bad.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert limits.main([str(write(limit_rows() + realistic())), "--counts", str(path)]) == 2
    assert words in capsys.readouterr().err


def test_limits_must_be_of_the_run(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = counts(tmp_path, {"alpha": {"lock cmpxchg": 2}})
    assert limits.main([str(write(run_of({"alpha": [38]}, threads=1))), "--counts", table]) == 2
    assert "no row of cas" in capsys.readouterr().err
