# SPDX-License-Identifier: BSD-3-Clause
"""The figure that sets the model beside real runtimes."""
from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Row, Write, row

from plots import __main__ as plot, cells, dots, families, view
from plots.figures import model as figure_model

MS = 1e6


@pytest.fixture(autouse=True)
def go_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strategies whose names begin with list are of Go's kind."""
    monkeypatch.setattr(families, "declared", lambda name: figure_model.GO_LIKE if name.startswith("list") else None)


def callback(strategy: str, ns: float, **more: object) -> Row:
    return row(level="callback", strategy=strategy, cpu_ns_per_pair=ns, **more)


def burst(strategy: str, waiting: str, ms: float, **more: object) -> Row:
    own: Row = {"workload": "coldburst", "level": "callback", "prefill": 1, "threads": 100, "refill": "go", "ns_per_pair": "", "jain": ""}
    return row(**{**own, "strategy": strategy, "waiting": waiting, "all_in_ms": ms, **more})


def seen(write: Write, rows: list[Row], *chosen: str) -> view.View:
    return view.of(cells.read([write([{**cells_, "slot": n} for n, cells_ in enumerate(rows)])]), frozenset(chosen))


def test_callbacks_of_model_and_reality(write: Write) -> None:
    rows = [callback("list", 1200), callback("list", 1300, rep=1), callback("list", 1400, rep=2), callback("go1.19-any", 1500)]
    found = figure_model.callbacks(seen(write, [*rows, callback("other", 7), callback("list", 9, hold_ns=300)]))
    assert dict(zip(found["series"], found["median"])) == {"list": 1300, "go1.19-any": 1500, "other": 7}
    assert list(figure_model.real(found)["series"]) == ["go1.19-any"] and list(figure_model.go_like(found)["series"]) == ["list"]
    assert figure_model.callbacks(seen(write, rows[:3])).empty


def test_a_crowd_of_oversub_stands_behind_the_pairs(write: Write) -> None:
    rows = [callback("list", 1), callback("go1.19", 2), callback("list", 9, workload="oversub", threads=8, windows_clean="")]
    found = figure_model.callbacks(seen(write, [*rows, callback("list", 99, workload="oversub", windows_clean="")]))
    assert [(name, threads, ns) for name, threads, ns in found[["series", "threads", "median"]].itertuples(index=False) if name == "list"] == [
        ("list", 1, 1), ("list", 8, 9)
    ]  # fmt: skip


def test_a_name_that_begins_like_a_go_is_none(write: Write) -> None:
    assert figure_model.callbacks(seen(write, [callback("gonzo", 1), callback("go", 1)])).empty


def test_without_strategies_of_go_s_kind_all_stand_for_it(write: Write) -> None:
    found = figure_model.callbacks(seen(write, [callback("alpha", 1), callback("beta", 2), callback("go1.19", 2), callback("zero", 1, floor=1)]))
    assert set(figure_model.go_like(found)["series"]) == {"alpha", "beta"}


def ranked() -> list[Row]:
    rows = [burst("list", way, ms) for way, ms in (("poll", 900.0), ("futex", 90.0))]
    rows += [burst("go1.19", "poll", 1500.0), burst("go1.19", "poll", 2500.0, rep=1), burst("list", "poll", 1.0, threads=500)]
    rows += [burst(name, "poll", ms) for name, ms in (("alpha", 100.0), ("beta", 200.0), ("gamma", 400.0))]
    return rows + [burst("go1.19", "poll", 20.0, prefill=101), burst("list", "poll", 5.0, refill="double"), burst("zero", "poll", 1.0, floor=1)]


def test_the_ranking_is_of_the_largest_burst_that_both_have(write: Write) -> None:
    rows = figure_model.burst_of(seen(write, ranked()))
    assert set(rows["threads"]) == {100}
    found = figure_model.ranking(rows)
    assert [(one.name, one.bold) for one in found] == [
        ("list, futex", False), ("3 other strategies, poll", False), ("list, poll", False), ("go1.19, poll", True)
    ]  # fmt: skip
    assert found[1].dots == [dots.Dot("one m on the list", 200 * MS, 100 * MS, 400 * MS)]
    assert found[3].dots == [dots.Dot("one m on the list", 2000 * MS, 1500 * MS, 2500 * MS), dots.Dot("warm list", 20 * MS, 20 * MS, 20 * MS)]
    assert len({one.colour for one in found}) == 2 and found[3].words == "2 s"


def test_the_reader_s_choice_has_a_row(write: Write) -> None:
    found = figure_model.ranking(figure_model.burst_of(seen(write, ranked())), frozenset({"beta"}))
    assert {"beta, poll", "2 other strategies, poll"} < {one.name for one in found}


def test_many_of_go_s_kind_are_one_row(write: Write) -> None:
    rows = [burst(f"list{n}", "poll", 100.0 + n) for n in range(figure_model.FEW + 1)] + [burst("go1.19", "poll", 1.0)]
    assert [one.name for one in figure_model.ranking(figure_model.burst_of(seen(write, rows)))] == ["go1.19, poll", "9 strategies, poll"]


def test_the_answer_sets_both_sides_beside_each_other(write: Write) -> None:
    rows = [callback("list", 1200), callback("list2", 1300), callback("go1.19", 1400), callback("alpha", 7)]
    shown = seen(write, [*rows, *ranked(), burst("list2", "poll", 1600.0)])
    text = figure_model.answer(shown, figure_model.callbacks(shown), figure_model.burst_of(shown))
    assert text == (
        "Callback on one thread: Go 1.4 µs, model 1.2 µs to 1.3 µs. Burst of 100 threads that poll: Go 2 s, model 900 ms to 1.6 s. "
        "The blocks overlap in 1 of 2."
    )


@pytest.mark.parametrize("both", [True, False])
def test_it_is_drawn_where_both_are(write: Write, tmp_path: Path, both: bool, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [callback("alpha", 1200), callback("zero", 1000, floor=1), burst("alpha", "futex", 90.0)]
    rows += [callback("go1.19", 1400), callback("go1.19", 1400, threads=2), burst("go1.19", "poll", 1000.0)] if both else []
    path = write([{**cells_, "slot": n} for n, cells_ in enumerate(rows)])
    status = plot.main([str(path), "-o", str(tmp_path / "out"), "--only", "model", "--format", "svg"])
    assert status == (0 if both else 2)
    assert (tmp_path / "out" / "model.svg").exists() == both
    if not both:
        assert "no rows of real Go" in capsys.readouterr().out
