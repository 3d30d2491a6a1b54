# SPDX-License-Identifier: BSD-3-Clause
"""Response and service of planned callbacks: which load and which quantile are shown, and what the
figure says of them."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import pytest
from conftest import Row, Write, tail
from test_pair import inside, seen

from plots import style
from plots.dots import Line
from plots.figures import openloop as figure_openloop
from plots.figures.openloop import Planned


def planned(load: int, response: float, **more: Any) -> Row:
    """A block whose service time is 100 ns at p99 and 200 at p99.9, and whose response time is as
    given, and twice that."""
    quantiles = {"p50_ns": 10, "p90_ns": 20, "p99_ns": 100, "p999_ns": 200, "max_ns": 10**6, "resp_p50_ns": 10, "resp_p90_ns": 20}
    tails = {**quantiles, "resp_p99_ns": response, "resp_p999_ns": 2 * response, "resp_max_ns": 10**7}
    basic: Row = {"workload": "openloop", "load": load, "arrivals": "poisson", "hold_ns": 300, "windows": 1, "windows_clean": 1}
    return tail(50, **{**basic, **tails, **more})


def read(write: Write, rows: list[Row]) -> Planned:
    found = figure_openloop.planned(seen(write, rows))
    assert found is not None
    return found


def values(one: Planned) -> dict[str, tuple[float, ...]]:
    return {str(name): tuple(some) for name, some in one.cells[["service", "response", "low", "high"]].iterrows()}


def test_values_are_medians_at_the_highest_load(write: Write) -> None:
    one = read(write, [planned(load, load * n, rep=n) for load in (90, 50) for n in (1, 2, 9)])
    assert (one.load, one.quantile, one.level, one.threads, one.hold) == (90, "p99.9", "list", 1, 300)
    assert values(one) == {"alpha": (200, 360, 180, 1620)}


def test_the_load_that_most_strategies_have_comes_first(write: Write) -> None:
    rows = [planned(load, 100, strategy=name) for load in (50, 70) for name in ("alpha", "beta")]
    assert read(write, [*rows, planned(90, 100)]).load == 70
    noisy = [planned(90, 100), planned(90, 100, strategy="beta", disturbed=1)]
    assert read(write, [*rows, *noisy]).load == 70


def test_noisy_blocks_are_left_out_and_counted(write: Write) -> None:
    """Files from before the column `disturbed` have them too."""
    for mark in ({"disturbed": 1}, {"windows_clean": 0}):
        one = read(write, [planned(50, 100), planned(50, 9000, rep=1, **mark)])
        assert values(one) == {"alpha": (200, 200, 200, 200)} and one.cells["left_out"].to_list() == [1]
    one = read(write, [planned(50, 100), planned(50, 300, rep=1, windows_clean=0, disturbed=0)])
    assert values(one) == {"alpha": (200, 400, 200, 600)}


def test_the_rarest_quantile_that_most_blocks_have(write: Write) -> None:
    none = {"p999_ns": "", "resp_p999_ns": ""}
    one = read(write, [planned(50, 100), planned(50, 120, rep=1, **none), planned(50, 140, rep=2, **none)])
    assert one.quantile == "p99" and values(one) == {"alpha": (100, 120, 100, 140)}


def test_a_strategy_without_the_quantile_says_so(write: Write) -> None:
    none = {"p999_ns": "", "resp_p999_ns": ""}
    rows = [planned(50, 100, strategy="beta"), planned(50, 90, strategy="gamma"), planned(50, 100, **none)]
    view = seen(write, rows)
    panel = figure_openloop._panel(view, read(write, rows))
    assert [(row.name, row.words) for row in panel.rows] == [("gamma", "200 ns → 180 ns"), ("beta", "200 ns → 200 ns"), ("alpha", "no p99.9")]


def test_the_list_poisson_and_a_thread_a_cpu_come_first(write: Write) -> None:
    cases = [(level, arrivals, threads) for level in ("callback", "list") for arrivals in ("fixed", "poisson") for threads in (1, 2, 8)]
    rows = [planned(50, 100, level=level, arrivals=arrivals, threads=threads) for level, arrivals, threads in cases]
    one = read(write, rows)
    assert (one.level, one.arrivals, one.threads) == ("list", "poisson", 2)
    one = read(write, [cells for cells in rows if (cells["level"], cells["threads"]) == ("callback", 8) and cells["arrivals"] == "fixed"])
    assert (one.level, one.arrivals, one.threads) == ("callback", "fixed", 8)


def four(**more: Any) -> list[Row]:
    """A floor of 400 to 1200 ns, and three strategies of one response each."""
    rows = [planned(90, ns, strategy="zero", floor=1, rep=rep, **more) for rep, ns in enumerate((200, 300, 600))]
    return rows + [planned(90, ns, strategy=name, **more) for name, ns in (("alpha", 5000), ("beta", 150), ("gamma", 500))]


def test_rows_are_sorted_by_response_below_the_floor(write: Write) -> None:
    panel = figure_openloop._panel(seen(write, four()), read(write, four()))
    assert [(row.name, row.words) for row in panel.rows] == [
        ("zero", "200 ns → 600 ns"), ("beta", "200 ns → 300 ns"), ("gamma", "200 ns → 1 µs"), ("alpha", "200 ns → 10 µs"),
    ]  # fmt: skip
    assert panel.lines == [Line("response of zero", 600)]


def test_the_answer_is_computed(write: Write) -> None:
    assert figure_openloop.answer(seen(write, four()), read(write, four())) == (
        "At 90 % of the peak, the p99.9 of the response is 300 ns (beta) to 10 µs (alpha), that of the service 200 ns (beta). "
        "For 1 of 3 the range overlaps with the floor's (600 ns)."
    )


def test_no_answer_of_rows_that_do_not_compare(write: Write) -> None:
    rows = four(source="emulated")
    assert figure_openloop.answer(seen(write, rows), read(write, rows)) == ""


@pytest.mark.parametrize("n", [1, 2, 10, 25])
def test_no_text_leaves_the_figure(write: Write, n: int) -> None:
    rows = [planned(90, 100 * 1.5**k, strategy=f"s{k:02}", floor=int(k == 0)) for k in range(n)]
    inside(figure_openloop.draw, seen(write, rows))


def test_the_count_of_disturbed_blocks_is_said(write: Write) -> None:
    with plt.rc_context(style.RC):
        figure, _ = figure_openloop.draw(seen(write, [planned(50, 100), planned(50, 100, rep=1, disturbed=1)]))
        assert figure is not None and "1 disturbed block is left out." in " ".join(figure.texts_around.notes)
        plt.close(figure)


def test_without_planned_callbacks_there_is_no_figure(write: Write) -> None:
    assert figure_openloop.draw(seen(write, [tail(10)])) == (None, ["no percentiles of workload openloop"])
