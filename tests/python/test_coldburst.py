# SPDX-License-Identifier: BSD-3-Clause
"""The figures of the cold burst: time for each way to wait, and memory beside time."""
from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Row, Write, row
from matplotlib.figure import Figure

from plots import __main__ as plot, cells, dots, tidy, view
from plots.figures import coldburst as figure_coldburst, memory as figure_memory
from results import frame

MS = 1e6


def burst(ms: float, **more: object) -> Row:
    own: Row = {"workload": "coldburst", "level": "callback", "prefill": 1, "threads": 64, "refill": "go", "waiting": "poll", "tokens": 2}
    return row(**{**own, "ns_per_pair": "", "jain": "", "ms_created": 65, "ms_retained": 65, "bytes_per_m": 2**20, "all_in_ms": ms, **more})


def seen(write: Write, rows: list[Row], *chosen: str) -> view.View:
    return view.of(cells.read([write([{**cells_, "slot": n} for n, cells_ in enumerate(rows)])]), frozenset(chosen))


def drawn(write: Write, monkeypatch: pytest.MonkeyPatch, rows: list[Row], *chosen: str, draw: object = figure_coldburst.draw) -> list[dots.Panel]:
    """The panels that the figure would be drawn from."""
    found: list[dots.Panel] = []
    monkeypatch.setattr(dots, "figure", lambda texts, panels, key=None: found.extend(panels))
    draw(seen(write, rows, *chosen))  # type: ignore[operator]
    return found


def answer(figure: Figure | None) -> str:
    assert figure is not None
    return str(figure.texts_around.answer)


def test_a_row_a_strategy_with_a_dot_for_each_way_to_wait(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [burst(ms, rep=rep) for rep, ms in enumerate((5.0, 9.0, 6.0))]
    rows += [burst(1.0, waiting="futex"), burst(2.0, strategy="beta", waiting="condvar")]
    [panel] = drawn(write, monkeypatch, rows)
    assert [line.name for line in panel.rows] == ["alpha", "beta"] and not panel.lines
    assert panel.rows[0].dots == [dots.Dot("polls", 6 * MS, 5 * MS, 9 * MS), dots.Dot("sleeps on a futex", MS, MS, MS)]
    assert panel.rows[0].words == "6 ms → 1 ms"
    assert panel.rows[1].dots == [dots.Dot("waits its own way", 2 * MS, 2 * MS, 2 * MS)]
    assert list(panel.marks) == ["polls", "sleeps on a futex", "waits its own way"] and len(set(panel.marks.values())) == 3


def test_the_floor_is_first_then_the_best_way_counts(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [burst(90.0, strategy="zero", floor=1), burst(1.0, strategy="quick"), burst(0.5, strategy="late"), burst(9.0, strategy="both")]
    rows.append(burst(0.2, strategy="both", waiting="futex"))
    [panel] = drawn(write, monkeypatch, rows)
    assert [line.name for line in panel.rows] == ["zero", "both", "late", "quick"]


def test_the_largest_burst_is_the_largest_that_half_of_them_have(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [burst(5.0, strategy=name, threads=threads) for name in ("alpha", "beta", "gamma") for threads in (64, 256)]
    rows += [burst(70.0, threads=1000), burst(3.0, strategy="delta")]
    figure, _ = figure_coldburst.draw(seen(write, rows))
    assert figure is not None and "Without such a burst: delta." in figure.texts_around.notes
    [panel] = drawn(write, monkeypatch, rows)
    assert panel.title.startswith("256 ") and [line.name for line in panel.rows] == ["alpha", "beta", "gamma"]


def test_a_warm_list_is_a_line(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [burst(500.0), burst(3.0, prefill=65), burst(7.0, prefill=65, strategy="beta"), burst(99.0, prefill=65, strategy="zero", floor=1)]
    [panel] = drawn(write, monkeypatch, [*rows, burst(1.0, prefill=9)])
    assert panel.lines == [dots.Line("warm list", 5 * MS)]
    assert [line.name for line in panel.rows] == ["alpha"] and panel.rows[0].dots[0].value == 500 * MS


def test_other_tokens_make_no_second_dot(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [burst(50.0, tokens=1001), burst(5.0), burst(6.0, strategy="beta")]
    [panel] = drawn(write, monkeypatch, rows)
    assert [[dot.value for dot in line.dots] for line in panel.rows] == [[5 * MS], [6 * MS]]


def test_the_answer_is_of_the_strategies(write: Write) -> None:
    rows = [burst(900.0), burst(2000.0, strategy="beta"), burst(90.0, waiting="futex"), burst(95.0, waiting="futex", strategy="beta")]
    rows += [burst(1.0, strategy="zero", floor=1), burst(2.0, strategy="go1.19"), burst(4.0, prefill=65)]
    text = "64 threads are in after 90 ms to 95 ms if they sleep on a futex and 900 ms to 2 s if they poll. With a warm list: 4 ms."
    assert answer(figure_coldburst.draw(seen(write, rows))[0]) == f"{text} alpha is fastest."
    close = [burst(99.0, waiting="futex", rep=1), burst(91.0, waiting="futex", rep=2)]
    assert answer(figure_coldburst.draw(seen(write, rows + close))[0]).startswith("64 threads are in after 91 ms to 95 ms")
    assert "fastest" not in answer(figure_coldburst.draw(seen(write, rows + close))[0])
    assert answer(figure_coldburst.draw(seen(write, [{**cells_, "source": "emulated"} for cells_ in rows]))[0]) == ""


def refills(name: str, ms: float, mib: int, **more: object) -> list[Row]:
    double: Row = {"refill": "double", "ms_created": mib, "ms_retained": mib}
    return [burst(ms, strategy=name, **more), burst(3 * ms, strategy=name, **{**double, **more})]


def test_other_refills_are_for_the_other_figure(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*refills("alpha", 5.0, 128), *refills("beta", 7.0, 256), *refills("gamma", 9.0, 512), burst(99.0, strategy="delta")]
    [panel] = drawn(write, monkeypatch, rows)
    assert panel.rows[0].dots == [dots.Dot("polls", 5 * MS, 5 * MS, 5 * MS)]
    took, held = drawn(write, monkeypatch, rows, draw=figure_memory.draw)
    assert [line.name for line in took.rows] == [line.name for line in held.rows] == ["one a waiter (Go)", "double"]
    assert [line.dots for line in took.rows] == [[dots.Dot("polls", 7 * MS, 5 * MS, 9 * MS)], [dots.Dot("polls", 21 * MS, 15 * MS, 27 * MS)]]
    assert [line.dots for line in held.rows] == [[dots.Dot("polls", 65, 65, 65)], [dots.Dot("polls", 256, 128, 512)]]
    assert [line.words for line in held.rows] == ["65 MiB", "256 MiB"] and took.second == "3 strategies"


def test_memory_of_the_chosen_alone(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*refills("alpha", 5.0, 128), *refills("beta", 7.0, 256)]
    took, _ = drawn(write, monkeypatch, rows, "beta", draw=figure_memory.draw)
    assert took.second == "beta" and took.rows[0].words == "7 ms"
    took, _ = drawn(write, monkeypatch, rows, "other", draw=figure_memory.draw)
    assert took.second == "2 strategies"


def test_memory_is_of_the_burst_with_most_policies(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [burst(5.0), burst(6.0, refill="one"), burst(99.0, threads=1000), burst(7.0, strategy="zero", floor=1), burst(8.0, strategy="go1.19")]
    took, _ = drawn(write, monkeypatch, rows, draw=figure_memory.draw)
    assert took.title.startswith("64 ") and took.second == "alpha"


def test_the_answer_names_the_policies_at_the_ends(write: Write) -> None:
    rows = [*refills("alpha", 5.0, 128), burst(5.2, refill="one")]
    found = answer(figure_memory.draw(seen(write, rows))[0])
    took = "64 threads that poll take 5 ms (“one a waiter (Go)”) to 15 ms (“double”)."
    assert found == f"{took} They leave 65 MiB (“one a waiter (Go)” and “one”) to 128 MiB (“double”)."
    found = answer(figure_memory.draw(seen(write, [burst(5.0), burst(5.2, refill="one")]))[0])
    assert found == "64 threads that poll take 5 ms to 5.2 ms with any policy. They leave 65 MiB with any policy."


def test_one_policy_alone_compares_nothing(write: Write) -> None:
    assert figure_memory.draw(seen(write, [burst(5.0), burst(1.0, waiting="futex")]))[0] is None


def test_memory_kept_is_in_the_tidy_frame(write: Write) -> None:
    found = frame.metric(seen(write, [burst(5.0, ms_retained=3, bytes_per_m=2**19), burst(5.0, strategy="beta", bytes_per_m="")]).cells, tidy.KEPT)
    assert list(found["median"]) == [1.5]


def many(strategies: int) -> list[Row]:
    """As a whole run has them."""
    rows = []
    for n in range(strategies):
        who: Row = {"strategy": f"strategy_{n:02}", "floor": int(n == 0)}
        for waiting in ("poll", "backoff", "futex"):
            rows += [burst(threads * (n + 1.0) / 9, **who, waiting=waiting, threads=threads) for threads in (64, 256, 1000)]
            rows.append(burst(8.0 + n, **who, waiting=waiting, threads=1000, prefill=1001))
            rows += [burst(n + k + 1.0, **who, waiting=waiting, refill=refill) for k, refill in enumerate(("one", "double", "low_water"))]
    return rows


@pytest.mark.parametrize("name", ["coldburst", "memory"])
def test_they_are_drawn(write: Write, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([{**cells_, "slot": n} for n, cells_ in enumerate(many(25))])
    assert plot.main([str(path), "-o", str(tmp_path / "out"), "--only", name, "--format", "svg"]) == 0
    svg = (tmp_path / "out" / f"{name}.svg").read_text(encoding="utf-8")
    assert ("strategy_19" in svg) == (name == "coldburst") and ("24 strategies" in svg) == (name == "memory")
    assert plot.main([str(write([row()])), "-o", str(tmp_path / "none"), "--only", name, "--format", "svg"]) == 2
    assert f"{name}: no rows of workload coldburst" in capsys.readouterr().out
