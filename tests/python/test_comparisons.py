# SPDX-License-Identifier: BSD-3-Clause
"""The headline and the others: who is in which family, at what level each is tested, what decides,
and what the report leads with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from conftest import Row, Write, row, tail
from test_compare import compared

from compare import __main__ as compare, comparisons, machine, verdict
from compare.runs import AXES, METRICS, Cell
from compare.stats import Interval
from compare.table import Report

QUESTIONS = ("alone", "all", "work", "crowd", "callback", "burst")
NAMES = ("alpha", "beta", "gamma")
Cost = Callable[[str, str], float]  # of a strategy at a question, as a factor


def block(question: str, ns: float, **who: object) -> Row:
    """A block of a cell that answers the question, on two CPUs."""
    if question == "crowd":
        whole = {"wall_ns": 10**8, "cpu_ns_per_pair": 2e5, "pairs": 1000}  # both CPUs all the time
        return tail(ns, workload="oversub", threads=64, prefill=65, **whole, **who)
    if question == "burst":
        axes = {"level": "callback", "workload": "coldburst", "threads": 1000, "prefill": 1, "waiting": "poll", "refill": "go"}
        return row(**axes, ns_per_pair="", all_in_ms=ns, **who)
    threads = 1 if question == "alone" else 2
    work = 300 if question == "work" else 0
    level = "callback" if question == "callback" else "list"
    return row(level=level, threads=threads, prefill=threads + 1, hold_ns=work, think_ns=work, ns_per_pair=ns, **who)


def default(seed: int, cost: Cost = lambda name, question: 1.0, reps: int = 12, noise: float = 0.02) -> list[Row]:
    """A run of the default set: floors and limits, three strategies, six questions; and a cell that
    no question asks about."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []

    def drawn() -> float:
        return 100 * float(random.lognormal(0, noise))

    for rep in range(reps):
        for name in ("zero", *NAMES):
            who = {"strategy": name, "floor": int(name == "zero"), "rep": rep, "slot": len(rows)}
            rows += [block(question, drawn() * cost(name, question), **who) for question in QUESTIONS]
            rows.append(row(**who, prefill=64, ns_per_pair=drawn() * cost(name, "other")))
        for limit, threads in ((f"limit{n}", threads) for n in range(3) for threads in (1, 2)):
            rows.append(row(workload="limit", level="machine", strategy=limit, floor=1, threads=threads, rep=rep, ns_per_pair=drawn()))
    return rows


def planted(name: str, factor: float) -> Cost:
    return lambda who, question: factor if who == name else 1.0


def said(write: Write, old: list[Row], new: list[Row], capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """Exit status and lines."""
    status = compare.main([str(write(old, name="old.csv")), str(write(new, name="new.csv")), *options])
    return status, capsys.readouterr().out.splitlines()


def cells(report: Report, headline: bool) -> list[verdict.Finding]:
    return [finding for finding in report.findings if finding.headline == headline and len(finding.cells) == 1]


def test_a_file_against_itself_passes_however_noisy_and_short(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    for reps, noise in ((1, 0.02), (12, 1.5)):
        rows = default(1, reps=reps, noise=noise)
        status, lines = said(write, rows, rows, capsys)
        assert status == 0 and lines[0] == "PASS: 18 headline cells, none slower by more than 5 % (tails: 25 %)"
        assert "both sides are the same blocks of one run" in lines
        assert not any("Undecided" in line for line in lines)
    disturbed = [{**cells, "disturbed": 1} for cells in default(1)]
    assert said(write, disturbed, disturbed, capsys)[0] == 0


def test_other_blocks_with_the_same_figures_are_tested(write: Write) -> None:
    rows = default(1, reps=2)
    report = compared(write, rows, [{**cells, "run_id": "another"} for cells in rows])
    assert report.verdict == "INCONCLUSIVE"


def test_one_build_twice_passes(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(5):
        status, lines = said(write, default(seed), default(100 + seed), capsys)
        assert status == 0 and lines[0].startswith("PASS: ")


def test_a_plant_of_a_tenth_is_found_in_its_strategy_alone(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(5):
        new = default(100 + seed, planted("beta", 1.1))
        report = compared(write, default(seed), new)
        slow = {(finding.cells[0].axis("strategy"), finding.cells[0].metric.family) for finding in report.findings
                if finding.verdict == "REGRESSION"}  # fmt: skip
        assert slow == {("beta", "time")}
        status, lines = said(write, default(seed), new, capsys)
        assert status == 1 and lines[0].startswith("REGRESSION: beta slower: ")


def test_a_cell_slower_than_the_margin_alone_is_found_and_less_is_not(write: Write) -> None:
    def flagged(factor: float) -> set[str]:
        new = default(2, lambda name, question: factor if (name, question) == ("beta", "all") else 1.0, noise=0.002)
        report = compared(write, default(1, noise=0.002), new, "--by", "cell")
        return {name for finding in report.findings if finding.verdict == "REGRESSION" for name in finding.cells[0].questions}

    assert flagged(1.1) == flagged(1.06) == {"all"} and flagged(1.04) == set()


def test_the_headline_leads(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    slow: Cost = lambda name, question: {("beta", "all"): 1.5, ("gamma", "work"): 0.5, ("alpha", "other"): 2}.get((name, question), 1)  # noqa: E731
    _, lines = said(write, default(1, noise=0.002), default(2, slow, noise=0.002), capsys)
    assert lines[0].startswith("REGRESSION: alpha, beta slower: 1 of 18 headline cells, ")
    heads = lines[2].replace("all CPUs", "all").replace("with work", "work").replace("cold burst", "burst").split()
    assert heads == ["alone", "all", "work", "p99.9", "callback", "burst", "joint"]
    table = {line.split()[0]: line.split()[1:] for line in lines[3:6]}
    assert list(table) == list(NAMES)
    assert table["beta"][1] == "1.50!" and table["gamma"][2] == "0.50+" and table["alpha"][:6] == ["1.00"] * 6
    where = {word: next(n for n, line in enumerate(lines) if line.startswith(word)) for word in ("REGRESSION: 2", "IMPROVED: ", "All ")}
    assert 6 < where["REGRESSION: 2"] < where["IMPROVED: "] < where["All "]
    rows = {line.split()[-1]: float(line.split()[0]) for line in lines if line.endswith(("pair/list/beta/2T", "pair/list/alpha/1T/prefill:64"))}
    assert rows == pytest.approx({"pair/list/beta/2T": 1.5, "pair/list/alpha/1T/prefill:64": 2}, 0.01)


def test_what_is_undecided_is_a_line_a_reason(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = said(write, default(1, reps=3, noise=0.3), default(2, reps=3, noise=0.3), capsys, "--by", "cell")
    assert status == 3 and lines[0] == "INCONCLUSIVE: 15 of 18 headline cells are undecided, but at most 20 % may be"
    start = lines.index("Undecided:")
    under = lines[start + 1 : lines.index("", start)]
    report = compared(write, default(1, reps=3, noise=0.3), default(2, reps=3, noise=0.3), "--by", "cell")
    left = [finding for finding in report.findings if finding.verdict == "INCONCLUSIVE"]
    assert sum(int(line.split()[0]) for line in under) == len(left) > 15
    assert len(under) == len({(finding.headline, finding.reason.split(";")[0]) for finding in left}) <= 6
    assert any("others: too few repetitions" in line for line in under) and len(lines) < 40
    _, every = said(write, default(1, reps=3, noise=0.3), default(2, reps=3, noise=0.3), capsys, "--by", "cell", "--all")
    assert sum("–" in line.split()[1][1:] for line in every if len(line.split()) > 3) == len(report.findings)


def test_each_family_has_its_share_of_alpha_and_holm_of_its_own(write: Write) -> None:
    """All values apart: the p-value is that of one order in all, times the comparisons of its
    family, by its share of alpha."""
    slow: Cost = lambda name, question: 2.0 if (name, question) in (("beta", "alone"), ("beta", "other")) else 1.0  # noqa: E731
    report = compared(write, default(1, reps=9, noise=0.002), default(2, slow, reps=9, noise=0.002), "--by", "cell")
    one = 1 / math.comb(18, 9)
    headline, others = cells(report, True), cells(report, False)
    assert len(headline) == 18 and len(others) == 3 * (1 + 4)
    for found, share in ((headline, 0.8), (others, 0.2)):
        [worst] = [finding for finding in found if finding.verdict == "REGRESSION"]
        assert worst.p_worse == pytest.approx(one * len(found) / share)
    # The strategies' times together belong to the headline, and count there alone.
    both = compared(write, default(1, reps=9, noise=0.002), default(2, slow, reps=9, noise=0.002))
    [first, second] = [next(finding for finding in cells(both, headline) if finding.verdict == "REGRESSION") for headline in (True, False)]
    assert first.p_worse == pytest.approx(one * (18 + 3) / 0.8) and second.p_worse == pytest.approx(one * 15 / 0.2)


def test_one_family_alone_has_all_of_alpha(write: Write) -> None:
    slow: Cost = lambda name, question: 2.0 if name == "beta" else 1.0  # noqa: E731
    sides = [[cells for cells in default(seed, cost, reps=9, noise=0.002) if cells["workload"] in ("pair", "limit")]
             for seed, cost in ((1, lambda name, question: 1.0), (2, slow))]  # fmt: skip
    one = 1 / math.comb(18, 9)
    old, new = ([cells for cells in side if cells["prefill"] != 64] for side in sides)
    headline = compared(write, old, new, "--by", "cell")
    # Four cells of one strategy are slower: Holm's last of them counts those that are left, and no
    # p-value falls.
    assert [finding.p_worse for finding in headline.findings if finding.verdict == "REGRESSION"] == [pytest.approx(one * 12)] * 4
    old, new = ([cells for cells in side if cells["prefill"] == 64 or cells["floor"]] for side in sides)
    others = compared(write, old, new, "--by", "cell")
    assert others.verdict == "REGRESSION" and not any(finding.headline for finding in others.findings)
    assert [finding.p_worse for finding in others.findings if finding.verdict == "REGRESSION"] == [pytest.approx(one * 3)]


def test_a_run_by_hand_decides(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The floor and the limits go with two strategies of one workload."""
    old, new = ([cells for cells in default(seed, reps=9) if cells["workload"] in ("pair", "limit") and cells["strategy"] != "gamma"]
                for seed in (1, 2))  # fmt: skip
    status, lines = said(write, old, new, capsys)
    assert status == 0 and lines[0] == "PASS: 8 headline cells, none slower by more than 5 %"


def test_cells_with_two_ways_to_run_are_no_regression(write: Write) -> None:
    """One run meets the slow way often and the other seldom, in cells where threads contend."""
    def two_ways(seed: int, often: int) -> list[Row]:
        rows = default(seed, reps=49)
        for one in rows:
            if one["workload"] == "pair" and one["threads"] == 2 and not one["floor"] and one["rep"] < often:
                one["ns_per_pair"] *= 1.6
        return rows

    report = compared(write, two_ways(1, 6), two_ways(2, 43))
    times = [finding for finding in report.findings if finding.cells[0].metric.column == "ns_per_pair"]
    assert not [finding for finding in times if finding.verdict == "REGRESSION"]
    assert "slower, but the blocks of the two runs overlap" in {finding.reason for finding in times}


def test_a_floor_of_noise_alone_does_not_stray() -> None:
    def floor(old: list[float], new: list[float]) -> Cell:
        metric = next(metric for metric in METRICS if metric.column == "ns_per_pair")
        axes = {"workload": "limit", "threads": 1}
        return Cell(tuple(axes.get(axis, "") for axis in AXES), metric, True, False, tuple(old), tuple(new), 0.0)

    rules = machine.Rules(0.01, {"time": 0.05})
    wide = [100.0, 130.0, 105.0, 125.0, 110.0, 120.0]
    steady = [floor([100.0] * 6, [100.0] * 6) for _ in range(4)]
    noisy = machine.machines([*steady, floor(wide, [x * 1.04 for x in wide])], (1, 1), rules).alone
    strays = machine.machines([*steady, floor([100.0] * 6, [104.0] * 6)], (1, 1), rules).alone
    assert noisy.spread == 1.0 and strays.spread == pytest.approx(1.04 ** (1 + 2 / 5))
    few = machine.machines([floor([100.0], [150.0])] * 9, (1, 1), rules).alone
    assert few.spread is None and few.floors == 0


def test_overall() -> None:
    def made(headline: bool, *words: str) -> list[verdict.Finding]:
        blank = verdict.Finding((), 1, Interval(1, 1, 1), 1, 1, "PASS", "", headline)
        return [replace(blank, verdict=word) for word in words]

    open_ = made(False, *["INCONCLUSIVE"] * 9)
    assert comparisons.overall([*made(True, "PASS", "PASS", "IMPROVED"), *open_]) == "PASS"
    assert comparisons.overall([*made(True, *["PASS"] * 4, "INCONCLUSIVE"), *open_]) == "PASS"
    assert comparisons.overall([*made(True, *["PASS"] * 3, "INCONCLUSIVE"), *open_]) == "INCONCLUSIVE"
    assert comparisons.overall([*made(True, "PASS"), *made(False, "REGRESSION")]) == "REGRESSION"
    assert comparisons.overall([*made(True, "PASS", "REGRESSION"), *open_]) == "REGRESSION"
    assert comparisons.overall(open_) == "INCONCLUSIVE" and comparisons.overall(made(False, "PASS")) == "PASS"
