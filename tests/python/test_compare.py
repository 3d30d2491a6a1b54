# SPDX-License-Identifier: BSD-3-Clause
"""Verdicts on made-up runs whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Row, Write, row, tail

from compare import __main__ as compare, runs, verdict
from compare.table import Report
from results.schema import load

RECORDED = ROOT / "results" / "recorded" / "seven-epyc-2vcpu" / "seven-epyc-2vcpu.csv"
Cost = Callable[[str, int], float]  # of a strategy at a number of threads, as a factor


def run(seed: int, cost: Cost = lambda name, threads: 1.0, reps: int = 9, noise: float = 0.01, **cells: Any) -> list[Row]:
    """Three floors and three strategies at one and two threads, a crowded workload and one that
    times single pairs."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    names = [(f"zero{n}", 1) for n in range(3)] + [(name, 0) for name in ("alpha", "beta", "gamma")]
    for n, (name, floor) in enumerate(names):
        for threads, rep in ((threads, rep) for threads in (1, 2, 8) for rep in range(reps)):
            ns = 100 * (n + 1) * threads * cost(name, threads) * float(random.lognormal(0, noise))
            who: Row = {"strategy": name, "floor": floor, "threads": threads, "rep": rep, "slot": len(rows), **cells}
            if threads == 8:
                quiet: Row = {"wall_ns": 1000000, "pairs": int(2000000 / ns), "windows_clean": ""}  # both CPUs all the time
                rows.append(row(**{**who, **quiet, "workload": "oversub", "ns_per_pair": "", "cpu_ns_per_pair": ns, **cells}))
            else:
                rows += [row(**{**who, "ns_per_pair": ns, **cells}), tail(ns, **who)]
    return rows


def compared(write: Write, old: list[Row], new: list[Row], *options: str) -> Report:
    files = [str(write(old, name="old.csv")), str(write(new, name="new.csv"))]
    return compare.compare(compare.arguments([*files, *options]))


def found(report: Report, word: str) -> set[tuple[object, ...]]:
    """Strategy, threads and metric of the cells with this verdict."""
    alone = [finding.cells[0] for finding in report.findings if finding.verdict == word and len(finding.cells) == 1]
    return {(cell.axis("strategy"), cell.axis("threads"), cell.metric.column) for cell in alone}


def slow(name: str, threads: int, factor: float) -> Cost:
    return lambda who, count: factor if (who, count) == (name, threads) else 1.0


def test_same_passes(write: Write) -> None:
    report = compared(write, run(1), run(2))
    assert report.verdict == "PASS" and {finding.verdict for finding in report.findings} == {"PASS"}
    assert all(0.9 < finding.ratio.low <= finding.ratio.estimate <= finding.ratio.high < 1.05 for finding in report.findings)


def test_one_slow_cell_is_found_alone(write: Write) -> None:
    report = compared(write, run(1), run(2, slow("beta", 1, 1.15)), "--metric", "time")
    assert report.verdict == "REGRESSION"
    assert found(report, "REGRESSION") == {("beta", 1, "ns_per_pair")}
    [finding] = [finding for finding in report.findings if finding.verdict == "REGRESSION"]
    assert finding.ratio.low < 1.15 < finding.ratio.high and finding.p_worse < 0.01


def test_crowded_cell_is_found_in_cpu_time(write: Write) -> None:
    report = compared(write, run(1), run(2, slow("beta", 8, 1.3)))
    assert found(report, "REGRESSION") == {("beta", 8, "cpu_ns_per_pair")}


def test_faster_is_told_and_is_no_fault(write: Write) -> None:
    report = compared(write, run(1), run(2, slow("beta", 1, 0.6)))
    assert report.verdict == "PASS"
    assert {("beta", 1, "ns_per_pair"), ("beta", 1, "p50_ns")} <= found(report, "IMPROVED")


def test_tails_have_their_own_margin(write: Write) -> None:
    slower = run(2, slow("beta", 1, 1.15))
    assert not {metric for _, _, metric in found(compared(write, run(1), slower), "REGRESSION")} & {"p50_ns", "p99_ns"}
    report = compared(write, run(1), slower, "--tail-margin", "0.05")
    assert ("beta", 1, "p50_ns") in found(report, "REGRESSION")


def test_slower_machine_is_no_regression(write: Write) -> None:
    old, new = run(1), run(2, lambda name, threads: 1.4)
    report = compared(write, old, new)
    assert report.verdict == "PASS"
    assert report.machines["time"].alone.factor == pytest.approx(1.4, rel=0.01)
    assert all(finding.raw == pytest.approx(1.4, rel=0.05) for finding in report.findings)
    assert compared(write, old, new, "--raw").verdict == "REGRESSION"


def test_regression_hidden_by_a_faster_machine_is_found(write: Write) -> None:
    report = compared(write, run(1), run(2, lambda name, threads: 0.8 * (1.25 if name == "beta" else 1)), "--metric", "time")
    assert report.verdict == "REGRESSION"
    assert {name for name, _, _ in found(report, "REGRESSION")} == {"beta"}


def test_floors_that_disagree_leave_it_open(write: Write) -> None:
    report = compared(write, run(1), run(2, slow("zero1", 1, 1.5)), "--metric", "time")
    assert report.verdict == "INCONCLUSIVE"
    assert found(report, "INCONCLUSIVE") == {(name, 1, "ns_per_pair") for name in ("alpha", "beta", "gamma")}
    assert any("the spread of the floors" in finding.reason for finding in report.findings)
    # What is slower by far more than they differ is slower.
    both: Cost = lambda name, threads: {"zero1": 1.5, "beta": 3}.get(name, 1) if threads == 1 else 1  # noqa: E731
    assert found(compared(write, run(1), run(2, both), "--metric", "time"), "REGRESSION") == {("beta", 1, "ns_per_pair")}


def test_without_floors_it_is_open(write: Write) -> None:
    old, new = ([cells for cells in run(seed) if not cells["floor"]] for seed in (1, 2))
    report = compared(write, old, new)
    assert report.verdict == "INCONCLUSIVE" and "too few floors; both files have 0 for time" in report.findings[0].reason
    assert compared(write, old, new, "--raw").verdict == "PASS"


def test_too_few_repetitions_are_told(write: Write) -> None:
    report = compared(write, run(1, reps=3), run(2, slow("beta", 1, 2), reps=3), "--by", "cell", "--metric", "time")
    assert report.verdict == "INCONCLUSIVE"
    # C(2n, n) * 0.01 * 0.8 exceeds the three comparisons of the headline from n = 6 on.
    reasons = {(finding.headline, finding.reason) for finding in report.findings if finding.reason}
    assert reasons == {(True, "too few repetitions; 6 per side would suffice")}
    enough = compared(write, run(1, reps=6), run(2, slow("beta", 1, 2), reps=6), "--by", "cell", "--metric", "time")
    assert found(enough, "REGRESSION") == {("beta", 1, "ns_per_pair")}


def test_cells_of_a_strategy_together_need_fewer(write: Write) -> None:
    everywhere: Cost = lambda name, threads: 1.5 if name == "beta" else 1.0  # noqa: E731
    sides = run(1, reps=5, prefill=5), run(2, everywhere, reps=5, prefill=5)  # no headline
    report = compared(write, *sides, "--by", "strategy", "--metric", "ns_per_pair")
    [finding] = [finding for finding in report.findings if finding.verdict == "REGRESSION"]
    assert len(finding.cells) == 2 and finding.cells[0].axis("strategy") == "beta"
    cell = compared(write, *sides, "--by", "cell", "--metric", "ns_per_pair")
    assert cell.verdict == "INCONCLUSIVE"


def test_disturbed_blocks_do_not_count(write: Write) -> None:
    new = run(2)
    for cells in new:
        if cells["workload"] == "latency" and cells["rep"] < 8:  # a neighbour: worse tails, long waits
            cells.update({name: 9 * cells[name] for name in ("p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns")}, run_wait_ns=20000)
    report = compared(write, run(1), new, "--metric", "tail")
    assert report.verdict == "INCONCLUSIVE" and not found(report, "REGRESSION")
    assert all(len(cell.new) == 1 for cell in report.runs.cells)
    assert any("blocks, threads waited" in note for note in report.runs.notes)


def test_cell_without_a_quiet_block_is_open(write: Write) -> None:
    new = run(2)
    for cells in new:
        if cells["workload"] == "latency" and cells["strategy"] == "beta":
            cells["run_wait_ns"] = 20000
    report = compared(write, run(1), new, "--metric", "p50_ns", "--by", "cell")
    assert found(report, "INCONCLUSIVE") == {("beta", 1, "p50_ns"), ("beta", 2, "p50_ns")}
    assert {finding.reason for finding in report.findings if finding.reason} == {"no quiet new block with this metric"}


def test_crowded_cells_need_a_quiet_machine(write: Write) -> None:
    new = run(2, slow("beta", 8, 3))
    for cells in new:
        if cells["workload"] == "oversub":
            cells["pairs"] //= 2
    report = compared(write, run(1), new)
    assert found(report, "INCONCLUSIVE") == {(name, 8, "cpu_ns_per_pair") for name in ("alpha", "beta", "gamma")}
    assert any("floors got 100% of them (old) and 50% (new)" in finding.reason for finding in report.findings)


def test_a_step_of_the_clock_is_no_change(write: Write) -> None:
    def steps(count: int) -> list[Row]:
        return [tail(10 * count if name == "alpha" else 1000, strategy=name, floor=int(name != "alpha"), rep=rep, timer_step_ns=10)
                for name in ("alpha", "zero0", "zero1", "zero2") for rep in range(9)]  # fmt: skip

    assert compared(write, steps(3), steps(4), "--metric", "p50_ns").verdict == "INCONCLUSIVE"
    assert compared(write, steps(3), steps(6), "--metric", "p50_ns").verdict == "REGRESSION"
    with pytest.raises(runs.ResultError):  # below three steps there is nothing to compare
        compared(write, steps(2), steps(2), "--metric", "p50_ns")


def test_higher_is_better(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    rate = runs.Metric("pairs_per_s", "time", "/s", higher_is_better=True)
    old, new = ([{**cells, "pairs_per_s": 1e9 / cells["ns_per_pair"]} for cells in side if cells["workload"] == "pair"]
                for side in (run(1), run(2, slow("beta", 1, 1.5))))  # fmt: skip
    monkeypatch.setattr(compare, "METRICS", (rate,))
    report = compared(write, old, new, "--metric", "pairs_per_s")
    assert found(report, "REGRESSION") == {("beta", 1, "pairs_per_s")}


def test_several_files_a_side(write: Write) -> None:
    parts = [str(write(run(n, reps=4, run_id=str(n)), name=f"{n}.csv")) for n in range(4)]
    args = compare.arguments(["--old", *parts[:2], parts[0], "--new", *parts[2:]])
    report = compare.compare(args)
    assert {(len(cell.old), len(cell.new)) for cell in report.runs.cells} == {(8, 8)}


def test_false_alarms_and_power(write: Write) -> None:
    """Runs that differ as a whole and cell by cell, as real ones do: the machine by 20 %, each cell
    by 2 %."""
    wrong = right = 0
    for seed in range(20):
        random = np.random.default_rng(1000 + seed)
        drift = float(random.lognormal(0, 0.2))
        stray: dict[tuple[str, int], float] = {}

        def cost(name: str, threads: int, plant: float = 1.0) -> float:
            strayed = stray.setdefault((name, threads), float(random.lognormal(0, 0.02)))
            return drift * strayed * (plant if (name, threads) == ("beta", 1) else 1)

        for plant in (1.0, 1.3):
            new = run(500 + seed, lambda name, threads: cost(name, threads, plant), noise=0.02)  # noqa: B023
            flagged = found(compared(write, run(seed, noise=0.02), new, "--metric", "time"), "REGRESSION")
            wrong += len(flagged - {("beta", 1, "ns_per_pair")}) + (plant == 1 and ("beta", 1, "ns_per_pair") in flagged)
            right += plant > 1 and ("beta", 1, "ns_per_pair") in flagged
    assert wrong == 0 and right >= 18


def split(path: Path, write: Write) -> tuple[Path, Path]:
    """A recorded run as two: repetitions in turn, as both had been measured at once."""
    df = load(path)
    rows = df.astype(object).where(df.notna(), "").to_dict("records")
    for cells in rows:
        for name, value in cells.items():
            cells[name] = int(value) if isinstance(value, float) and value.is_integer() else value
    parts = [[cells for cells in rows if int(cells["rep"]) % 2 == odd] for odd in (0, 1)]
    return write(parts[0], name="even.csv"), write(parts[1], name="odd.csv")


def test_recorded_run_against_itself(write: Write) -> None:
    even, odd = split(RECORDED, write)
    report = compare.compare(compare.arguments([str(even), str(odd)]))
    assert not [finding for finding in report.findings if finding.verdict == "REGRESSION"]
    assert len(report.findings) > 100


def test_dearer_strategy_under_the_name_of_a_cheaper_is_found(write: Write) -> None:
    df = load(RECORDED)
    bare = df[(df["workload"] == "pair") & (df["level"] == "list") & (df["floor"] == 0) & (df["threads"] == 1) & (df["hold_ns"] == 0)]
    bare = bare[bare["variant"] == ""]  # a renamed row must agree in that too
    costs = bare.groupby("strategy")["ns_per_pair"].median().sort_values()
    dear = costs.index[-1]
    cheap = costs[1.2 * costs < costs[dear]].index[-1]
    lines = RECORDED.read_text().splitlines()
    copies = [line.replace(f",{dear},", f",{cheap},") for line in lines if f",{dear}," in line]
    renamed = write([], name="renamed.csv")
    others = [line for line in lines if not {cheap, dear} & set(line.split(","))]
    renamed.write_text("\n".join([*others, *copies]) + "\n")

    def flagged(*options: str) -> set[tuple[object, object]]:
        report = compare.compare(compare.arguments([str(RECORDED), str(renamed), *options]))
        return {(name, metric) for name, _, metric in found(report, "REGRESSION")}

    # Seven repetitions are enough for the comparisons of one strategy, and not for those of all.
    assert (cheap, "ns_per_pair") in flagged("--filter", f"/{cheap}/"), costs
    assert {name for name, _ in flagged()} <= {cheap}
