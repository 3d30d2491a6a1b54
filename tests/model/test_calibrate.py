# SPDX-License-Identifier: BSD-3-Clause
"""Calibration finds the figures of a machine that was simulated, and the committed machines are
whole."""
from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from model import calibrate, cells, contended, description, engine, legs
from results.columns import ResultError
from results.repository import ROOT

MACHINES = sorted(engine.MACHINES.glob("*.ini"))
RECORDED = ROOT / "results" / "recorded" / "default-zen5-2vcpu" / "default-zen5-2vcpu.csv"
# Two packages of two nodes of two domains of two cores.
TOPOLOGY = "package:2 die:2 [numa] l3:2 core:2 pu:1"
KNOWN = {"near": 18.0, "node": 25.0, "package": 60.0, "system": 110.0}
OTHER = {"near": 30.0, "node": 10.0, "package": 20.0, "system": 30.0}
HOLDS = {"hold_min": 1.0, "hold_max": 9.0}


def machine_text(figures: dict[str, float], *sections: str) -> str:
    text = description.changed((engine.MACHINES / "zen1-2x32.ini").read_text(encoding="utf-8"), {"home": 2, **HOLDS, **figures})
    text = re.sub(r"(?m)^topology = .*", f"topology = {TOPOLOGY}", text)
    return "\n".join([re.sub(r"(?ms)^\[calibration\].*?(?=^\[ways\])", "", text), *sections])


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    path = tmp_path / "known.ini"
    path.write_text(machine_text(KNOWN), encoding="utf-8")
    return path


def matrix_of(machine: Path) -> str:
    """What core-to-core-latency would print on that machine."""
    cpus = range(16)
    pairs = [(a, b) for a in cpus for b in range(a)]
    got = engine.run_all(engine.Load(machine, ("ping",), (2,), pair, legs.OPTIONS) for pair in pairs)
    ns = {pair: row["system_ns"].iloc[0] for pair, row in zip(pairs, got)}
    return "".join(",".join(f"{ns[a, b]}" if b < a else "" for b in cpus) + "\n" for a in cpus)


@pytest.mark.parametrize("detour", (0, 1))
def test_known_legs_come_back(machine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], detour: int) -> None:
    machine.write_text(machine_text({**KNOWN, "home_detour": detour}), encoding="utf-8")
    matrix, out = tmp_path / "run.c2c.csv", tmp_path / "out.ini"
    matrix.write_text(matrix_of(machine), encoding="utf-8")
    machine.write_text(machine_text({**OTHER, "home_detour": detour}), encoding="utf-8")
    assert calibrate.main([str(matrix), "--machine", str(machine), "--write", str(out)]) == 0
    found = engine.figures(out)
    assert {leg: found[leg] for leg in KNOWN} == pytest.approx(KNOWN, rel=0.05)
    printed = capsys.readouterr().out
    assert float(re.findall(r"all pairs: median error ([\d.]+) %", printed)[0]) < 3
    # Two domains of a node differ by their home if requests pass there.
    assert ("node, home system" in printed) == bool(detour)
    assert engine.figures(machine)["near"] == OTHER["near"]  # only the other file is written


def test_known_rows_come_back(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of the fitted figures are the given ones. Several holds may do that."""
    monkeypatch.setattr(contended, "SEEDS", (1,))
    rows = [description.Row(program, threads, "cores", 0) for program, threads in (("add", 1), ("add", 2), ("hop", 2))]
    rows = [dataclasses.replace(row, ns=ns) for row, ns in contended.simulate(machine, {}, rows).items()]
    machine.write_text(machine_text({"near": 20, "hold_max": 30, "instruction": 1}), encoding="utf-8")
    found = contended.fit(machine, rows, contended.by_hop(machine, rows))
    got = contended.simulate(machine, found, rows)
    assert [got[row] for row in rows] == pytest.approx([row.ns for row in rows], rel=0.1)


BAD_MATRIX = {"no time": ",\nfast,\n", "fields": ",\n1,,\n", "the machine has 16 CPUs": ",\n1,\n"}


@pytest.mark.parametrize("said", BAD_MATRIX)
def test_bad_matrix(machine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str) -> None:
    matrix = tmp_path / "bad.csv"
    matrix.write_text(BAD_MATRIX[said], encoding="utf-8")
    assert calibrate.main([str(matrix), "--machine", str(machine)]) == 2
    assert said in capsys.readouterr().err


BAD_SECTION = {
    "PROGRAM THREADS": "[contended]\nadd two cores = 5",
    "NS": "[contended]\nadd 2 cores = none",
    "matrices": "[calibration]\nmatrices = a.csv",
    "no strategy or kernel": "[contended]\nnobody 2 cores = 5",
    "no such machine": "[calibration]\nlegs = nobody",
    "parsing errors": "[contended]\nadd",
}


@pytest.mark.parametrize("said", BAD_SECTION)
def test_bad_file(machine: Path, capsys: pytest.CaptureFixture[str], said: str) -> None:
    machine.write_text(machine_text(KNOWN, BAD_SECTION[said]), encoding="utf-8")
    assert calibrate.main(["--machine", str(machine)]) == 2
    assert said in capsys.readouterr().err


def test_bad_usage(machine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--machine", "none", "--all", str(tmp_path)], ["--all", str(tmp_path), "--write", "a.ini"]):
        with pytest.raises(SystemExit) as ended:
            calibrate.main(arguments)
        assert ended.value.code == 2
    for arguments, said in ((["--machine", "none"], "no such machine"), (["--all", str(tmp_path)], "epyc-7601-2s.csv")):
        assert calibrate.main(arguments) == 2
        assert said in capsys.readouterr().err


def test_changed_keeps_comments() -> None:
    assert description.changed("a = 1 ; why\nba = 1\n", {"a": 2.34567}) == "a = 2.346 ; why\nba = 1\n"
    with pytest.raises(ResultError, match="c: .* 0 times"):
        description.changed("a = 1\n", {"c": 1})


def test_limits_of_a_run() -> None:
    assert {(row.program, row.threads): round(row.ns) for row in cells.rows(RECORDED)} == {("hop", 2): 64, ("add", 2): 7}


@pytest.mark.parametrize("path", MACHINES, ids=[path.stem for path in MACHINES])
def test_machine_files(path: Path) -> None:
    """Each loads, names a source for each figure, and has the cores that it says."""
    figures, places, told = engine.figures(path), engine.places(path), description.read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(any(re.match(rf"{key} = [\d.]+ ; \w", line) for line in lines) for key in figures)
    packages, cores = map(int, re.findall(r"(?m)^cpu_model = .*\b(\d) x (\d+) cores$", "\n".join(lines))[0])
    assert places.groupby("package")["core"].nunique().tolist() == [cores] * packages
    assert f"{packages}x{cores}" in path.stem or packages == 1
    assert sorted(places["cpu"]) == list(range(len(places)))
    assert told.matrix or told.legs or told.contended
    assert all((engine.MACHINES / f"{name}.ini").is_file() for name in (told.legs, told.lines) if name)


