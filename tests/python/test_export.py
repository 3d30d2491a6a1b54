# SPDX-License-Identifier: BSD-3-Clause
"""Exports, each read by the tool that it is for, where that is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Write, realistic, row, tail
from test_hgrm import SAMPLES, percentile_file

from results import hgrm, names
from results.export import __main__ as export, go as export_go
from results.schema import load

COMPARE = Path("/usr/share/benchmark/compare.py")

# The grammar of golang.org/design/14313-benchmark-format: a name in Benchmark and no lower-case
# letter, a count, values with units.
RESULT = re.compile(r"Benchmark(?![a-z])\S* +[1-9][0-9]*( +-?[0-9.]+(e[+-]?[0-9]+)? +\S+)+")
CONFIG = re.compile(r"[a-z][^A-Z\s:]*:[ \t].*")
UNIT = re.compile(r"Unit \S+( [a-z]+=\S+)+")


def exported(path: Path, kind: str, to: Path) -> Path:
    assert export.main([str(path), "--to", kind, "-o", str(to)]) == 0
    return to


def repetitions(ns: float, **cells: Any) -> list[dict[str, Any]]:
    return [row(ns_per_pair=ns + rep / 10, cpu_ns_per_pair=ns + rep / 10, rep=rep, **cells) for rep in range(10)]


def test_go_lines_are_of_the_format(write: Write, tmp_path: Path) -> None:
    lines = exported(write(realistic()), "benchstat", tmp_path / "a.txt").read_text().splitlines()
    results = [line for line in lines if line.startswith("Benchmark")]
    assert len(results) == len(realistic())
    for line in lines:
        assert "\t" not in line.split("\t")[0] and any(form.fullmatch(line.replace("\t", " ")) for form in (RESULT, CONFIG, UNIT)), line


def test_a_go_line_says_all_of_its_row(write: Write, tmp_path: Path) -> None:
    path = write([tail(20, threads=2, cpus=4, variant="a b/c", pairs=7, cpu_ns_per_pair=31.5, bytes_per_m=1280)])
    line = exported(path, "benchstat", tmp_path / "a.txt").read_text().splitlines()[-1]
    name, count, *rest = line.split()
    family, *parts = name.removesuffix("-4").split("/")
    assert (family, count) == ("BenchmarkNeedmDropm", "7")
    assert parts[:2] == ["strategy=alpha", "threads=2"]
    assert {"workload=latency", "level=list", "variant=a_b_c", "placement=compact", "hold=0", "think=0", "prefill=2"} == set(parts[2:])
    values = dict(zip(rest[1::2], map(float, rest[::2])))
    assert values == {
        "cpu-ns/op": 31.5, "p50-ns": 20, "p90-ns": 40, "p99-ns": 80, "p999-ns": 160, "max-ns": 2000, "bytes/m": 1280, "jain": 1
    }  # fmt: skip


def test_benchstat_is_told_what_is_better(write: Write) -> None:
    lines = list(export_go.lines(load(write([row()])).to_dict("records")))
    told = dict(line.removeprefix("Unit ").split(" better=") for line in lines if line.startswith("Unit"))
    assert {unit for unit, better in told.items() if better == "higher"} == {"pairs/s", "jain"}
    assert {"cpu-ns/op", "p50-ns", "max-ns", "bytes/m"} <= told.keys() and set(told.values()) == {"higher", "lower"}


def test_go_configuration(write: Write) -> None:
    rows = [row(), row(rep=1), row(arch="aarch64", source="emulated"), row(pairs=0, jain="")]
    frame = load(write(rows)).to_dict("records")
    lines = [line for line in export_go.lines(frame) if not line.startswith("Unit")]
    head = ["goos: linux", "goarch: amd64", "pkg: extram", "cpu: Example CPU, 2 cores", "source: measured", "fingerprint: 00112233"]
    assert lines[:6] == head and lines[8:10] == ["goarch: arm64", "source: emulated"]
    assert len(lines) == 11  # a block that did nothing has no line


@pytest.mark.parametrize("kind", ["benchstat", "gbench"])
def test_disturbed_blocks_are_left_out(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    file = write([row(ns_per_pair=20.0), row(rep=1, slot=1, ns_per_pair=777.5, disturbed=1)])
    text = exported(file, kind, tmp_path / "out").read_text("utf-8")
    assert "777" not in text
    assert "1 of 2 blocks are left out" in capsys.readouterr().err
    export.main([str(write([row(disturbed=1)])), "--to", kind, "-o", str(tmp_path / "none")])
    assert "disturbed every block" in capsys.readouterr().err and not (tmp_path / "none").exists()


def test_benchcmp_reads_it(write: Write, tmp_path: Path) -> None:
    benchcmp = shutil.which("benchcmp")
    if not benchcmp:
        pytest.skip("no benchcmp (Debian: golang-golang-x-tools)")
    old = exported(write([row(ns_per_pair=20), row(ns_per_pair=50, strategy="beta")], "a.csv"), "benchstat", tmp_path / "a.txt")
    new = exported(write([row(ns_per_pair=25), row(ns_per_pair=50, strategy="beta")], "b.csv"), "benchstat", tmp_path / "b.txt")
    done = subprocess.run([benchcmp, str(old), str(new)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = {line.split("/")[1]: line.split()[1:] for line in done.stdout.splitlines() if line.startswith("Benchmark")}
    assert found == {"strategy=alpha": ["20.0", "25.0", "+25.00%"], "strategy=beta": ["50.0", "50.0", "+0.00%"]}


def test_benchstat_reads_it(write: Write, tmp_path: Path) -> None:
    benchstat = shutil.which("benchstat")
    if not benchstat:
        pytest.skip("no benchstat (not in Debian 12; go install golang.org/x/perf/cmd/benchstat)")
    files = [exported(write(repetitions(ns), f"{ns}.csv"), "benchstat", tmp_path / f"{ns}.txt") for ns in (20, 25)]
    done = subprocess.run([benchstat, "-format", "csv", *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "strategy=alpha" in done.stdout and "p=0.000" in done.stdout


def google(path: Path, to: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(exported(path, "gbench", to).read_text())
    return loaded


def test_google_entries(write: Write, tmp_path: Path) -> None:
    found = google(write(repetitions(20)[:2] + [tail(30, cpu_ns_per_pair=31), row(ns_per_pair="")]), tmp_path / "a.json")
    assert found["context"]["num_cpus"] == 2 and found["context"]["fingerprint"] == "00112233"
    entries = {(entry["name"], entry["repetition_index"]): entry for entry in found["benchmarks"]}
    cell = "pair/list/alpha/threads:1/compact/hold:0/think:0/prefill:2"
    timed = cell.replace("pair", "latency", 1)
    assert set(entries) == {(cell, 0), (cell, 1), *((f"{timed}/{name}", 0) for name in ("p50", "p90", "p99", "p999", "max"))}
    assert (entries[cell, 1]["real_time"], entries[cell, 1]["cpu_time"], entries[cell, 1]["repetitions"]) == (20.1, 20.1, 3)
    assert (entries[f"{timed}/p99", 0]["real_time"], entries[f"{timed}/p99", 0]["cpu_time"]) == (120, 31)
    assert all(entry["time_unit"] == "ns" and entry["run_type"] == "iteration" for entry in found["benchmarks"])


def test_google_compare_reads_it(write: Write, tmp_path: Path) -> None:
    if not COMPARE.exists():
        pytest.skip("no compare.py of google-benchmark (Debian: libbenchmark-tools)")
    pytest.importorskip("scipy", reason="its U test needs scipy")
    same = repetitions(50, strategy="beta")
    old = exported(write(repetitions(20) + same, "a.csv"), "gbench", tmp_path / "a.json")
    new = exported(write(repetitions(22) + same, "b.csv"), "gbench", tmp_path / "b.json")
    done = subprocess.run([sys.executable, str(COMPARE), "--no-color", "benchmarks", str(old), str(new)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if "/list/" in line]
    change = {name: [cells[1] for cells in lines if f"/{name}/" in cells[0] and "pvalue" not in cells[0]] for name in ("alpha", "beta")}
    assert change["alpha"][0] == "+0.1000" and change["beta"] == ["+0.0000"] * 10
    p = {cells[0].split("/")[2]: float(cells[1]) for cells in lines if "pvalue" in cells[0]}
    assert p["alpha"] < 0.01 < 0.5 < p["beta"]
    assert done.stdout.count("U Test, Repetitions: 10 vs 10") == 2 and "WARNING" not in done.stdout


@pytest.mark.parametrize("kind", ["benchstat", "gbench"])
def test_calibration_of_the_clock_is_no_difference(write: Write, tmp_path: Path, kind: str) -> None:
    runs = [tail(p50, max_ns=5000) for p50 in (40.0597, 40.0598)]
    texts = [exported(write([run], f"{n}.csv"), kind, tmp_path / f"{n}.txt").read_text() for n, run in enumerate(runs)]
    assert texts[0] == texts[1]


def test_percentiles_as_distribution(write: Write, tmp_path: Path) -> None:
    path = write([tail(20, rep=0), tail(30, rep=1), tail(40, rep=2, p999_ns=""), row()])
    (file,) = exported(path, "hgrm", tmp_path / "out").iterdir()
    assert file.name == "latency_list_alpha_threads-1_compact_hold-0_think-0_prefill-2.hgrm"
    found = hgrm.read(file)
    assert list(zip(found.values, found.counts)) == [(30, 150_000), (60, 270_000), (120, 297_000), (4000, 300_000)]
    assert "not a whole distribution" in found.notes["of"] and found.notes["blocks"] == "3"
    rows = [line.split() for line in file.read_text().splitlines() if line.startswith(" ")][1:]
    assert [[float(cell) for cell in cells[3:]] for cells in rows] == [[2], [10], [100], []]


def test_whole_distributions_as_the_run_wrote_them(write: Write, tmp_path: Path) -> None:
    path = write([tail(20)])
    (tmp_path / "run.hgrm").mkdir()
    name = names.file(names.cell(tail(20)))
    whole = percentile_file(SAMPLES).replace("r1", tail(20)["run_id"])
    (tmp_path / "run.hgrm" / name).write_text(whole)
    assert (exported(path, "hgrm", tmp_path / "out") / name).read_text() == whole


BAD: list[tuple[list[str], str]] = [
    (["--to", "hgrm"], "-o FOLDER"),
    (["--to", "xml"], "invalid choice"),
    ([], "--to"),
    (["--to", "hgrm", "-o", "x"], "run.csv:1: samples: no pairs were timed"),
    (["--to", "gbench", "-o", "/nosuch/x"], "No such file"),
]


@pytest.mark.parametrize(("options", "words"), BAD)
def test_bad_usage(write: Write, capsys: pytest.CaptureFixture[str], options: list[str], words: str) -> None:
    try:
        status: object = export.main([str(write([row()])), *options])
    except SystemExit as error:
        status = error.code
    assert status == 2
    assert words in capsys.readouterr().err


def test_bad_file(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main([str(write([row(ns_per_pair="nan")])), "--to", "benchstat"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "run.csv:2: ns_per_pair: " in captured.err and captured.err.count("\n") == 1
