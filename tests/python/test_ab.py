# SPDX-License-Identifier: BSD-3-Clause
"""The interleaved comparison against builds that answer with made-up numbers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import processes
import pytest
from ab_fakes import fake_build, log, without_processes

from compare.ab import __main__ as ab
from compare.ab.bench import Block
from compare.ab.run import quad

CELL = "pair/list/alpha/threads:1"
OTHER = "pair/list/beta/threads:2"
QUICK = ("--quads=60", "--launches=10")


def builds(folder: Path, a: dict[str, Any], b: dict[str, Any], **facts: Any) -> list[str]:
    """One cell, or several if the dicts hold dicts."""
    sides = [cells if all(isinstance(cell, dict) for cell in cells.values()) else {CELL: cells} for cells in (a, b)]
    return [str(fake_build(folder / name, cells, **facts)) for name, cells in zip("AB", sides)]


def compared(folder: Path, *args: str) -> tuple[int, dict[str, Any]]:
    """Exit status and JSON."""
    out = folder / "out.json"
    with without_processes():
        status = ab.main([*args, "--format=json", f"--output={out}"])
    return status, json.loads(out.read_text())


def test_a_process_answers_as_none_does(tmp_path: Path) -> None:
    sides = builds(tmp_path, {"ns": 20}, {"ns": 20})
    status, said = compared(tmp_path, *sides, *QUICK)
    for side in sides:
        (Path(side) / "bench" / "log").write_text("")
    assert ab.main([*sides, *QUICK, "--format=json", f"--output={tmp_path / 'real.json'}"]) == status
    assert json.loads((tmp_path / "real.json").read_text()) == said


def test_equal_builds_pass(tmp_path: Path) -> None:
    status, said = compared(tmp_path, *builds(tmp_path, {"ns": 20}, {"ns": 20}), *QUICK)
    assert (status, said["verdicts"]) == (0, {"REGRESSION": 0, "INCONCLUSIVE": 0, "PASS": 1})
    assert said["cells"][0]["ratio"] == pytest.approx(1, abs=0.005)


def test_a_slower_build_is_found(tmp_path: Path) -> None:
    cells = {CELL: {"ns": 20}, OTHER: {"ns": 100, "threads": 2}}
    slower = {**cells, OTHER: {"ns": 106, "threads": 2}}
    status, said = compared(tmp_path, *builds(tmp_path, cells, slower), "--quads=150")
    assert status == 1
    assert [(cell["cell"], cell["verdict"]) for cell in said["cells"]] == [(OTHER, "REGRESSION"), (CELL, "PASS")]
    assert said["cells"][0]["ratio"] == pytest.approx(1.06, abs=0.01)


def test_a_faster_build_passes(tmp_path: Path) -> None:
    status, said = compared(tmp_path, *builds(tmp_path, {"ns": 20}, {"ns": 10}), *QUICK)
    assert status == 0 and said["cells"][0]["ratio"] == pytest.approx(0.5, abs=0.01)


def test_quads_are_balanced_and_both_do_the_same_work(tmp_path: Path) -> None:
    a, b = builds(tmp_path, {"ns": 20}, {"ns": 20})
    compared(tmp_path, a, b, *QUICK)
    runs = [[line for line in log(Path(build)) if line.startswith("run")] for build in (a, b)]
    block = max(set(runs[1]), key=runs[1].count)
    assert runs[0].count(block) == runs[1].count(block) >= 2 * 30
    assert int(block.split()[1]) == pytest.approx(5e6 / 20, rel=0.05)


@pytest.mark.parametrize("flip", [False, True])
def test_a_steady_drift_cancels_out_of_a_quad(flip: bool) -> None:
    """Each block is 3 % slower than the one before, whoever runs it."""
    times = iter(1e6 * 1.03**n for n in range(4))

    class Drifting:
        def run(self, pairs: int) -> Block:
            took = round(next(times))
            return Block(took, took, 0, 0, 0, 0)

    value = quad(Drifting(), Drifting(), 1, flip)  # type: ignore[arg-type]
    assert value == pytest.approx(0, abs=1e-5)


def test_every_launch_is_fresh_and_has_its_share(tmp_path: Path) -> None:
    a, b = builds(tmp_path, {"ns": 20, "spread": 1.5}, {"ns": 20, "spread": 1.5})  # no verdict before the end
    _, said = compared(tmp_path, a, b, *QUICK)
    assert [len(launch) for launch in said["cells"][0]["log_ratios_by_launch"]] == [6] * 10
    assert sum(line.startswith("--serve") for line in log(Path(a))) == 11  # one asks for the cells


def test_a_decided_cell_stops_at_the_first_look(tmp_path: Path) -> None:
    _, said = compared(tmp_path, *builds(tmp_path, {"ns": 20}, {"ns": 20}), *QUICK)
    assert (said["cells"][0]["look"], said["cells"][0]["kept"]) == (1, 30)


def test_hold_is_the_same_work_in_both(tmp_path: Path) -> None:
    a, b = builds(tmp_path, {"ns": 20}, {"ns": 20})
    compared(tmp_path, a, b, *QUICK)
    assert log(Path(b)).count("units 4000 0.4") == log(Path(a)).count("units 4000 0.4") == 5


def test_disturbed_quads_are_replaced(tmp_path: Path) -> None:
    status, said = compared(tmp_path, *builds(tmp_path, {"ns": 20, "disturbed": 0.2}, {"ns": 20}), *QUICK)
    assert status == 0
    assert said["cells"][0]["kept"] == 30 and said["cells"][0]["thrown"] > 0


@pytest.mark.parametrize("trouble", [{"disturbed": 1}, {"losses": 1000}, {"steal": 10_000_000}])
def test_a_busy_machine_is_inconclusive_however_slow_it_looks(tmp_path: Path, trouble: dict[str, Any]) -> None:
    status, said = compared(tmp_path, *builds(tmp_path, {"ns": 20}, {"ns": 40, **trouble}), *QUICK)
    (cell,) = said["cells"]
    assert (status, cell["verdict"], cell["kept"]) == (3, "INCONCLUSIVE", 0)
    assert "discarded" in cell["reason"]


def test_an_environment_that_is_half_known_is_told(tmp_path: Path) -> None:
    """Without schedstat nobody knows how long threads waited; what is known still counts."""
    a, b = builds(tmp_path, {"ns": 20, "blind": 1}, {"ns": 20})
    status, said = compared(tmp_path, a, b, *QUICK)
    assert (status, said["cells"][0]["blind"]) == (0, True)
    calm = tmp_path / "calm"
    calm.mkdir()
    _, said = compared(calm, *builds(calm, {"ns": 20}, {"ns": 20}), *QUICK)
    assert said["cells"][0]["blind"] is False


def test_outcomes_are_never_thrown_away(tmp_path: Path) -> None:
    """Wild times in a calm environment all count."""
    _, said = compared(tmp_path, *builds(tmp_path, {"ns": 20, "burst": 0.5}, {"ns": 20, "burst": 0.5}), *QUICK)
    assert said["cells"][0]["thrown"] == 0


def test_the_seed_gives_the_same_order(tmp_path: Path) -> None:
    a, b = builds(tmp_path, {"ns": 20}, {"ns": 20})
    orders = []
    for _ in range(2):
        (Path(a) / "bench" / "log").write_text("")
        compared(tmp_path, a, b, *QUICK, "--seed=5")
        orders.append(log(Path(a)))
    assert orders[0] == orders[1]


def test_only_common_cells_that_fit(tmp_path: Path) -> None:
    ours = {CELL: {"ns": 20}, "old": {"ns": 20}, "wide": {"ns": 20, "threads": 64}}
    a = fake_build(tmp_path / "A", ours)
    b = fake_build(tmp_path / "B", {CELL: {"ns": 20}, "new": {"ns": 9}, "wide": {"ns": 20, "threads": 64}})
    _, said = compared(tmp_path, str(a), str(b), *QUICK)
    assert [cell["cell"] for cell in said["cells"]] == [CELL]
    assert sorted(said["left_out"]) == ["new", "old", "wide"]


def test_options_choose_the_cells(tmp_path: Path) -> None:
    a, b = builds(tmp_path, {"ns": 20}, {"ns": 20})
    compared(tmp_path, a, b, *QUICK, "--strategy=alpha", "--threads=1,2", "--filter=hold:0")
    assert log(Path(b))[0] == "--serve --workload=pair --filter=hold:0 --strategy=alpha --threads=1,2"


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = ab.main([*builds(tmp_path, {"ns": 20}, {"ns": 30}), *QUICK])
    out = capsys.readouterr().out
    assert status == 1
    assert "REGRESSION    +50" in out and CELL in out and "1 REGRESSION, 0 INCONCLUSIVE, 0 PASS" in out
    assert "same program" in out
    assert max(map(len, out.splitlines()[3:])) <= 80


def test_long_names_are_whole_and_fit_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"pair/list/{name}/threads:1/compact/hold:300/think:300/prefill:2" for name in ("alpha", "a_strategy_with_a_long_name")]
    cells = {name: {"ns": 20} for name in names}
    ab.main([*builds(tmp_path, cells, cells), *QUICK])
    table = capsys.readouterr().out.splitlines()[3:]
    assert max(map(len, table)) <= 80
    assert any(line.endswith(" alpha") for line in table) and any("a_strategy_with_a_long_name" in line for line in table)
    assert "all: pair/list/threads:1/compact/hold:300/think:300/prefill:2" in table


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "two builds"),
        (("A",), "two builds"),
        (("A", "B", "C"), "two builds"),
        (("A", "nosuch"), "nosuch: neither a build folder nor a git revision"),
        (("A", "empty"), "empty: bench/extram-bench"),
        (("A", "--output=x"), "two builds"),
        (("A", "B", "--launches=9"), "at least 10"),
        (("A", "B", "--quads=9", "--launches=10"), "--quads"),
        (("A", "B", "--quads=0"), "not a whole number"),
        (("A", "B", "--margin=0.1"), "--margin 0.1"),
        (("A", "B", "--margin=x"), "not a number"),
        (("A", "B", "--margin=nan"), "--margin"),
        (("A", "B", "--alpha=0.6"), "--alpha"),
        (("A", "B", "--format=xml"), "invalid choice"),
        (("A", "B", "--output=nosuch/x"), "nosuch/x"),
        (("A", "B", "--record=x.csv"), "--record"),
        (("A", "B", "--self-test=short", "--record=x.csv"), "takes one BUILD"),
        (("A", "--self-test=short"), "--record"),
    ],
)
def test_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str
) -> None:
    builds(tmp_path, {"ns": 20}, {"ns": 20})
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    try:
        status: object = ab.main([*args])
    except SystemExit as ended:  # argparse's way
        status = ended.code
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert message in said.err.splitlines()[-1]


def test_bad_usage_of_the_program(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "compare.ab", "A"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "") and "two builds" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("b", "facts", "message"),
    [
        ({"dies": True, "ns": 20}, {}, "status 0"),
        ({"fails": True, "ns": 20}, {}, "error select: lost"),
        ({"ns": 20}, {"protocol": 2}, "expected protocol"),
        ({"ns": 20}, {"old": True}, "status 1"),
        ({"ns": 20}, {"cpus": 0}, "no cell in common"),
    ],
)
def test_a_build_that_cannot_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], b: dict[str, Any], facts: dict[str, Any], message: str
) -> None:
    a = str(fake_build(tmp_path / "A", {CELL: {"ns": 20}}, cpus=facts.get("cpus", 2)))
    status = ab.main([a, str(fake_build(tmp_path / "B", {CELL: b}, **facts)), *QUICK])
    error = capsys.readouterr().err.splitlines()[-1]
    assert status == 2
    assert error.startswith("./run ab: ") and message in error and str(tmp_path) in error


def test_a_build_that_dies_leaves_what_was_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = {CELL: {"ns": 20}, OTHER: {"ns": 20}}
    status = ab.main([*builds(tmp_path, cells, {**cells, OTHER: {"ns": 20, "stops": 3}}), *QUICK])
    out = capsys.readouterr().out
    assert status == 2
    assert "interrupted" in out and "2 INCONCLUSIVE" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_prints_what_is_known(tmp_path: Path, number: signal.Signals) -> None:
    a, b = builds(tmp_path, {"ns": 20, "spread": 1.5}, {"ns": 20, "spread": 1.5})
    command = [sys.executable, "-m", "compare.ab", a, b, "--quads=2000000", "--format=json"]
    with processes.started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        processes.wait_until(lambda: sum(line.startswith("run") for line in log(Path(b))) >= 40, process)
        process.send_signal(number)
        out, err = process.communicate()
        assert not process.others()
    assert process.returncode == 130, err
    said = json.loads(out)
    assert (said["cells"][0]["verdict"], said["cells"][0]["reason"]) == ("INCONCLUSIVE", "interrupted")
    assert said["cells"][0]["kept"] == sum(map(len, said["cells"][0]["log_ratios_by_launch"])) > 0
