# SPDX-License-Identifier: BSD-3-Clause
"""The default run: the headline questions within a time, floors beside what is asked for, and the
one screen."""
from __future__ import annotations

import csv
import re
import subprocess
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, ROOT, Bench, cells, rows

from results.renames import renames

RECORDED = [path for path in sorted((ROOT / "results" / "recorded").glob("*/*.csv")) if path.read_bytes().startswith(b"schema,")]
QUESTIONS = re.findall(r'^QUESTION\(\w+, "([^"]+)"', (ROOT / "results" / "questions.def").read_text(encoding="utf-8"), re.MULTILINE)


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return processes.run([*COMMAND, *args], cwd=folder, capture_output=True, text=True)


def assert_one_screen(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= 40 and all(len(line) <= 100 for line in lines)
    assert all(heading in lines[0] for heading in QUESTIONS)
    assert "(floor)" in lines[2]
    # Neighbouring columns never touch.
    assert len(lines[0].split("  ")) >= len(QUESTIONS) and len(re.split(" {2,}", lines[1].strip())) == len(QUESTIONS)


SMOKE = {"pair", "oversub", "coldburst", "limit"}


def workloads(folder: Path) -> set[str]:
    return {row["workload"] for row in rows(folder / "a.csv")}


def smoke(folder: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    """On a crowded machine a short time is over before each workload's turn."""
    done = run(folder, "--set", "smoke", "--time", f"{seconds}s", "-o", "a.csv", "--force")
    assert done.returncode == 0, done.stderr
    assert workloads(folder) <= SMOKE
    return done


@pytest.mark.skipif(len(COMMAND) > 1, reason="an emulator takes its own time")
def test_a_short_run_ends_in_time_with_one_screen(tmp_path: Path) -> None:
    done = processes.longer(lambda ms: smoke(tmp_path, ms // 1000), lambda done: workloads(tmp_path) == SMOKE, 10_000)
    assert_one_screen(done.stdout)
    again = run(tmp_path, "--table", "screen", "a.csv")
    assert again.returncode == 0
    assert again.stdout.split("\n\n")[0] == done.stdout.split("\n\n")[0]


def test_the_default_burst_is_as_large_as_the_text_says(tmp_path: Path) -> None:
    found = re.search(r"burst of `\./run bench` has (\d+) threads", (ROOT / "docs" / "method.md").read_text(encoding="utf-8"))
    assert found
    bursts = " ".join(cell for cell in cells(run(tmp_path, "--list=tsv")) if cell.startswith("coldburst/"))
    assert set(re.findall(r"/threads:(\d+)/", bursts)) == {found[1]}


def test_floors_and_limits_come_unasked(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    asked = ("-w", "pair", "-L", "list", "-S", strategies[-1], "-t", "1,2", "-r", "1", "--block-ms", "10")
    assert run(tmp_path, *asked, "-o", "a.csv").returncode == 0
    found = rows(tmp_path / "a.csv")
    ours = {(row["threads"], row["hold_ns"]) for row in found if row["floor"] == "0"}
    floors = {(row["threads"], row["hold_ns"]) for row in found if row["kind"] == "floor"}
    assert ours == floors and any(row["kind"] == "limit" for row in found)
    assert run(tmp_path, *asked, "--only", "-o", "b.csv").returncode == 0
    assert {row["strategy"] for row in rows(tmp_path / "b.csv")} == {strategies[-1]}
    (name,) = [cell for cell in cells(run(tmp_path, *asked, "--only", "--list=tsv")) if "/threads:2/" in cell and "hold:0" in cell]
    filtered = cells(run(tmp_path, *asked, "--filter", name, "--list=tsv"))
    assert name in filtered and not any("threads:1/" in cell and not cell.startswith("limit/") for cell in filtered)


def test_every_recorded_file_is_shown(tmp_path: Path) -> None:
    assert len(RECORDED) > 5
    for path in RECORDED:
        full = run(tmp_path, "--table", "full", str(path))
        assert full.returncode == 0, full.stderr
        for strategy in {row["strategy"] for row in rows(path)}:
            present = renames().get(strategy, strategy)
            assert re.search(rf"^{re.escape(present)}\b", full.stdout, re.MULTILINE)
            assert strategy == present or strategy not in full.stdout
        screen = run(tmp_path, "--table", "screen", str(path))
        assert screen.returncode == 0 and screen.stdout


@pytest.mark.parametrize("old", renames())
def test_an_older_name_is_shown_as_the_present_one(tmp_path: Path, old: str) -> None:
    (older,) = [path for path in RECORDED if path.parent.name == "zen5-2vcpu"]
    (tmp_path / "a.csv").write_text(older.read_text(encoding="utf-8").replace(f",{renames()[old]},", f",{old},"), encoding="utf-8")
    for table in ("full", "screen"):
        done = run(tmp_path, "--table", table, "a.csv")
        assert done.returncode == 0, done.stderr
        assert renames()[old] in done.stdout and old not in done.stdout


@pytest.mark.parametrize(
    "text, column",
    [
        ("", "empty"),
        ("a,b\n1,2\n", "schema"),
        ("schema,threads\n1\n", "row"),
        ("schema,threads\n1,x\n", "threads"),
        ("schema,threads\n99,1\n", "schema"),
        ('schema,threads\n1,"1\n', "row"),
        ("schema,threads\n", "rows"),
    ],
)
def test_what_is_no_result_file(tmp_path: Path, text: str, column: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    done = run(tmp_path, "--table", "full", "a.csv")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and done.stdout == "" and "a.csv" in line and column in line


def test_quotes_and_line_ends(tmp_path: Path) -> None:
    source = RECORDED[0]
    with open(tmp_path / "b.csv", "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(csv.reader(source.open(newline="", encoding="utf-8")))
    plain, quoted = (run(tmp_path, "--table", "full", str(path)).stdout for path in (source, tmp_path / "b.csv"))
    assert plain == quoted != ""
