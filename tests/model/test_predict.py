# SPDX-License-Identifier: BSD-3-Clause
"""Predictions: what they run, the rows that they write, the bands beside them, and the figure."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Text

import strategies
from model import __main__ as model
from model import engine, predict, rows, sensitivity, settle
from model.settle import Job, Outcome
from plots import __main__ as plot
from plots import cells
from plots.figures import predicted
from results import bands, schema
from results.bands import Band
from results.repository import ROOT

MACHINE = engine.MACHINES / "zen5-2vcpu.ini"
RUNS = pytest.mark.skipif("EXTRAM_MODEL" not in os.environ and not list(ROOT.glob("build/*/model/extram-model")), reason="extram-model is not built")


def outcome(ns: float) -> Outcome:
    return Outcome(ns, ns / 2, 1.0, 1.0, 1000, 100)


def test_instructions_are_the_gates() -> None:
    assert strategies.FILE.read_text("utf-8") == strategies.table(), "tests/model/strategies.py --write"


@RUNS
def test_strategies_are_no_kernels_of_their_names() -> None:
    lines = [line.split("\t") for line in engine._output(["--machine", str(MACHINE), "--list"]).splitlines()]
    shared = {line[1] for line in lines if line[0] == "strategy"} & {line[1] for line in lines if line[0] == "kernel"}
    for name in sorted(shared):
        kernel = Job(MACHINE, name, 1, us=50, seeds=(1,), settings=(("instruction", 0),))
        assert settle.run(replace(kernel, instructions=0)).thread_ns > settle.run(kernel).thread_ns


@pytest.mark.parametrize(
    ("cpus", "expected"),
    [(1, [1]), (2, [1, 2]), (36, [1, 2, 4, 8, 16, 32, 36]), (128, [1, 2, 4, 8, 16, 32, 64, 128]), (192, [1, 4, 8, 16, 32, 64, 128, 192])],
)
def test_thread_counts_are_eight_at_most(cpus: int, expected: list[int]) -> None:
    assert predict.doubled(cpus) == expected


def test_a_band_is_the_lowest_and_highest_of_all() -> None:
    found = sensitivity.band(outcome(10), [outcome(8), outcome(15), outcome(11)])
    assert (found.ns, found.low, found.high) == (10, 8, 15)
    assert found.determined and not sensitivity.band(outcome(10), [outcome(21)]).determined


def test_ways_and_holds_are_varied_apart() -> None:
    figures = {"near": 10.0, "node": 0.0, "package": 0.0, "system": 100.0, "hold_min": 6.0, "hold_max": 8.0}
    short, long_, narrow, wide = [dict(some) for some in sensitivity.settings(figures)]
    assert (short["near"], long_["system"]) == (7.0, 130.0) and set(short) == set(sensitivity.LEGS)
    # The least time a line stays is not above the most.
    assert narrow == {"hold_min": 4.0, "hold_max": 4.0} and wide == {"hold_min": 6.0, "hold_max": 16.0}


def _asked(monkeypatch: pytest.MonkeyPatch, job: Job, start: float, operations: int) -> list[tuple[int, int]]:
    """The seeds and lengths of the runs, of which the start costs so much and which have so many
    operations."""
    asked: list[tuple[int, int]] = []

    def once(job: Job, seed: int, us: int) -> Outcome:
        asked.append((seed, us))
        return Outcome(0, 100 + start / us, 0, 0, operations, us)

    monkeypatch.setattr(settle, "_once", once)
    found = settle.run(job)
    assert found.us == asked[-1][1] and found.operations == 2 * operations
    return asked


def test_a_run_is_long_enough_if_a_quarter_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(MACHINE, "any", 2)
    assert _asked(monkeypatch, job, 1000, 1) == [(1, 50), (1, 200), (1, 800), (2, 800)]  # 120, 105 and 101 ns
    assert _asked(monkeypatch, job, 250, 1) == [(1, 50), (1, 200), (2, 200)]  # 105 and 101 ns
    assert _asked(monkeypatch, job, 1e6, 1) == [(1, 50), (1, 200), (1, 800), (2, 800)]  # no longer than that
    assert _asked(monkeypatch, job, 1e6, 2 * settle.ENOUGH) == [(1, 50), (2, 50)]
    assert _asked(monkeypatch, replace(job, us=70), 1e6, 1) == [(1, 70), (2, 70)]


def test_bands_are_read_as_written(tmp_path: Path) -> None:
    path = bands.beside(tmp_path / "run.csv")
    written = {("alpha", 4, 300, 0): Band(10, 8.5, 15, 0.5, 2)}
    bands.write(path, written)
    assert path.name == "run.band.tsv" and bands.read(path) == written


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict"], "--machine"),
        (["--machine", "none", "-o", "x.csv"], "no such machine"),
        (["predict", "--machine", "none", "-o", "x.csv"], "no such machine"),
        (["predict", "--machine", "zen5-2vcpu", "-o", "x.tsv"], ".csv"),
        (["predict", "--machine", "zen5-2vcpu", "--strategy", "none", "-o", "x.csv"], "no strategy 'none'"),
        (["predict", "--machine", "zen5-2vcpu", "--threads", "1,x", "-o", "x.csv"], "'1,x'"),
        (["predict", "--machine", "zen5-2vcpu", "--threads", "0", "-o", "x.csv"], "'0'"),
        (["predict", "--machine", "zen5-2vcpu", "--hold", "-1", "-o", "x.csv"], "--hold"),
        (["validate", "--against", "none.tsv"], "none.tsv:1: file"),
        (["validate", "--machine", "none"], "no such machine"),
        (["validate", "--lock", "none"], "no curve"),
    ],
)
@RUNS
def test_bad_input_exits_with_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = model.main(arguments)
    except SystemExit as stop:
        status = int(stop.code or 0)
    printed = capsys.readouterr()
    assert status == 2 and printed.out == "" and said in printed.err and len(printed.err.splitlines()) == 1


@RUNS
def test_rows_are_a_sound_result_file_of_source_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = rows.strategies()
    names = [next(one.name for one in known if one.floor == floor) for floor in (True, False)]
    path = tmp_path / "run.csv"
    assert model.main(["predict", "--machine", "zen5-2vcpu", "--strategy", ",".join(names), "-o", str(path)]) == 0
    assert "4 rows computed" in capsys.readouterr().out
    df = schema.load(path)
    assert set(df["source"]) == {"model"} and set(df["arch"]) == {"x86_64"} and set(df["cpus"]) == {2}
    assert dict(zip(df["strategy"], df["floor"])) == {names[0]: 1, names[1]: 0}
    assert (df["prefill"] == df["threads"] + 1).all() and (df["ns_per_pair"] > 0).all() and (df["jain"] <= 1).all()
    assert set(bands.read(bands.beside(path))) == {(name, n, 0, 0) for name in names for n in (1, 2)}
    _figures(path, tmp_path / "out", capsys)


def _figures(path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of computed rows there is one figure."""
    assert plot.main([str(path), "-o", str(out), "--format", "svg"]) == 0
    assert [drawn.name for drawn in out.iterdir()] == ["predicted.svg"]
    capsys.readouterr()
    bands.beside(path).unlink()
    assert plot.main([str(path), "-o", str(out)]) == 2
    assert "no bands" in capsys.readouterr().err


def _drawn(tmp_path: Path, found: dict[int, Band]) -> list[str]:
    """The texts of the figure of one strategy."""
    jobs = [Job(MACHINE, "alpha", n, ms=n + 1) for n in found]
    machine = rows.Machine(MACHINE, "Example CPU", "x86_64", False, 2)
    run = rows.Run(machine, datetime.now(timezone.utc))
    path = tmp_path / "run.csv"
    path.write_text(rows.text(run.row(slot, job, outcome(found[job.threads].ns), False) for slot, job in enumerate(jobs)), "utf-8")
    bands.write(bands.beside(path), {("alpha", n, 0, 0): band for n, band in found.items()})
    figure, remarks = predicted.draw(cells.read([path]), [path])
    assert figure is not None and remarks == []
    texts = [" ".join(str(text.get_text()).split()) for text in figure.findobj(Text)]
    dashes = [line.get_linestyle() for ax in figure.axes for line in ax.get_lines() if len(line.get_xdata()) == len(found)]
    assert dashes and set(dashes) == {"--"}
    plt.close(figure)
    return texts


def test_the_figure_says_that_it_is_computed(tmp_path: Path) -> None:
    texts = _drawn(tmp_path, {1: Band(10, 9, 11, 1, 5), 2: Band(30, 20, 39, 0.5, 2)})
    assert any("By a model, not measured" in text and "Example CPU" in text for text in texts)
    assert "alpha 30 ns" in texts and not any(predicted.LAST in text for text in texts)


def test_what_is_not_determined_has_no_line(tmp_path: Path) -> None:
    texts = _drawn(tmp_path, {1: Band(10, 9, 11, 1, 5), 2: Band(30, 19, 39, 0.5, 2)})
    assert "alpha, then not determined: 10 ns" in texts
    assert any("the model does not determine" in text for text in texts)
