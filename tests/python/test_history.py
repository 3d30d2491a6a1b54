# SPDX-License-Identifier: BSD-3-Clause
"""The history command: order, reference, verdict and plot on made-up results; building and
measuring with a made-up program."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Row, Write, row
from refusals import refused_by

from compare.history import __main__ as history, git as history_git, rounds
from plots import trend
from plots.figures import trend as figure_trend
from results.columns import table

COUNT, AT = 12, 6
REVS = [f"{n:012x}" for n in range(0xABC000, 0xABC000 + COUNT)]


def launch(rev: str, turn: int, alpha: float, rng: random.Random, **cells: Any) -> list[Row]:
    """One launch: the machine is up to twice as slow as in the next one, and everything with it."""
    speed = rng.uniform(1, 2)
    common: Row = {"git_rev": rev, "run_id": f"{rev}-{turn}", **cells}
    costs = {"alpha": alpha, "beta": 40.0}
    noisy = [(name, rep, ns * speed * rng.gauss(1, 0.003)) for name, ns in costs.items() for rep in range(3)]
    rows = [row(**common, strategy=name, ns_per_pair=ns, rep=rep) for name, rep, ns in noisy]
    limit: Row = {"workload": "limit", "level": "machine", "floor": 1, **common}
    return rows + [row(**limit, strategy=name, ns_per_pair=ns * speed) for name, ns in (("bus", 5), ("clock", 20))]


def results(write: Write, revs: list[str] = REVS, factor: float = 1.0, **cells: Any) -> Path:
    """Three launches of each commit in random order; from the commit AT on, strategy alpha costs
    factor times as much."""
    rng = random.Random(4)
    todo = [(turn, n, rev) for turn in range(3) for n, rev in enumerate(revs)]
    rng.shuffle(todo)
    rows = []
    for minute, (turn, n, rev) in enumerate(todo):
        time = {"time_utc": f"2025-03-01T10:{minute:02}:00Z"}
        rows += launch(rev, turn, 20 * (factor if n >= AT else 1), rng, **{**time, **cells})
    path = write(rows)
    history_git.write_list(path.parent, [history_git.Commit(rev, "2025-03-01", f"Change {n}") for n, rev in enumerate(revs)])
    return path


def analyze(path: Path, *options: str) -> int:
    return history.main(["analyze", str(path), "--repo", str(path.parent), *options])


def document(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    capsys.readouterr()
    analyze(path, "--format", "json", *options)
    docs: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert len(docs) == 1
    return docs[0]


def refused(path: Path, capsys: pytest.CaptureFixture[str], words: str, *options: str) -> None:
    refused_by(lambda _: analyze(path, *options), [], capsys, words)


def test_no_change(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyze(results(write)) == 0
    out = capsys.readouterr().out
    assert "No change." in out and "12 commits, 2 cells" in out and "bus, clock" in out


def test_worse(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = results(write, factor=1.05)
    assert analyze(path) == 1
    lines = capsys.readouterr().out.splitlines()
    at = lines.index(f"{REVS[AT]} 2025-03-01 Change {AT}")
    assert lines[at + 1].split()[:2] == ["WORSE", "pair/list/alpha/threads:1/compact/hold:0/think:0/prefill:2"]
    cells = {cell["strategy"]: cell for cell in document(path, capsys)["cells"]}
    [change] = cells["alpha"]["changes"]
    assert cells["beta"]["changes"] == [] and change["rev"] == REVS[AT]
    assert change["low"] < 1.05 < change["high"] and change["ratio"] == pytest.approx(1.05, abs=0.005) and change["p"] <= 0.01
    assert change["before"] == pytest.approx(2.0, rel=0.01), "20 ns over the geometric mean of 5 and 20"


def test_better_is_no_failure(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyze(results(write, factor=0.9)) == 0
    assert "BETTER" in capsys.readouterr().out


def test_margin_and_since(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = results(write, factor=1.05)
    assert analyze(path, "--margin", "0.1") == 0
    assert "1 more below the margin of 10 %" in capsys.readouterr().out
    assert analyze(path, "--since", REVS[AT]) == 1
    assert analyze(path, "--since", REVS[AT + 1]) == 0
    capsys.readouterr()
    refused(path, capsys, "no such commit", "--since", "fff")


def test_machines_are_apart(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The second half on another machine: two short histories, and no change between them."""
    path = results(write)
    text = path.read_text(encoding="utf-8").splitlines()
    late = [line.replace("00112233", "44556677") if any(rev in line for rev in REVS[AT:]) else line for line in text]
    path.write_text("\n".join(late) + "\n", encoding="utf-8")
    assert analyze(path) == 0
    out = capsys.readouterr().out
    assert "(00112233): 6 commits" in out and "(44556677): 6 commits" in out and out.count("are too few") == 2


def test_plot(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyze(results(write, factor=1.05), "--format", "json") == 1
    (tmp_path / "found.json").write_text(capsys.readouterr().out, encoding="utf-8")
    assert trend.main([str(tmp_path / "found.json"), "-o", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["trend.png", "trend.svg"]
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    figure, _ = figure_trend.draw(document(tmp_path / "run.csv", capsys))
    texts = [text.get_text() for text in figure.findobj(Text)]
    plt.close(figure)
    assert [text for text in texts if text.endswith(f"% at {REVS[AT][:7]}")] and texts.count("alpha") == 1


def test_by_time(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = results(write, factor=1.05)
    (path.parent / history_git.LIST).unlink()
    refused(path, capsys, "--by-time")
    doc = document(path, capsys, "--by-time")
    assert sorted(commit["rev"] for commit in doc["commits"]) == REVS != [commit["rev"] for commit in doc["commits"]]


def test_older_columns_and_other_metric(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Crowded cells have CPU time only; files from before a column lack it."""
    path = results(write, factor=1.2, steal_ns="")
    lost = len(table().names) - table().names.index("steal_ns")
    path.write_text("".join(line.rsplit(",", lost)[0] + "\n" for line in path.read_text(encoding="utf-8").splitlines()), encoding="utf-8")
    assert analyze(path) == 1
    refused(path, capsys, "strategy: ", "--metric", "strategy")
    refused(path, capsys, "no cells whose name", "--filter", "gamma")


def test_bad_input(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path / "none.csv", capsys, "none.csv:1: file: cannot be read")
    refused(tmp_path, capsys, "no result files")
    refused(write([row()]), capsys, "no limits on one thread", "--by-time")
    refused(write([row(source="emulated")]), capsys, "no measured rows")
    refused(write([row(git_rev="unknown")]), capsys, "unknown revision")
    refused(write([row(unfit="optimization 0")]), capsys, "unfit: optimization 0")
    path = results(write)
    refused(path, capsys, "--permutations 50", "--permutations", "50")
    refused(path, capsys, "'5'", "--margin", "5")
    refused(path, capsys, "not a regular expression", "--filter", "(")
    (path.parent / history_git.LIST).write_text("abc\n", encoding="utf-8")
    refused(path, capsys, "revisions.txt:1: row:")


Commit = Callable[..., str]

PROGRAM = """#!/usr/bin/python3
import os, sys, time
at = sys.argv.index("--output") + 1
if os.path.exists(STOP) and "--prefill" in sys.argv:
    sys.exit(130)
lines = open(TEMPLATE).read().splitlines()
run = f"{time.time_ns()}-{os.getpid()}"
with open(sys.argv[at], "w") as file:
    file.write("\\n".join([lines[0], *(line.replace("RUN", run).replace("REV", NAME) for line in lines[1:])]) + "\\n")
for end in (".machine.txt", ".hwloc.xml"):
    open(sys.argv[at].removesuffix(".csv") + end, "w").close()
"""
MESON = """project('x')
subdir('bench')
"""
BENCH = """custom_target('extram-bench', input: 'program', output: 'extram-bench', command: ['cp', '@INPUT@', '@OUTPUT@'])
"""


@pytest.fixture
def repo(tmp_path: Path, write: Write) -> Path:
    """Four commits: the third cannot be built."""
    template = write([row(git_rev="REV", run_id="RUN"), row(git_rev="REV", run_id="RUN", rep=1)], name="template.csv")
    folder = tmp_path / "repo"
    (folder / "bench").mkdir(parents=True)

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    for n in range(4):
        program = PROGRAM.replace("STOP", repr(str(tmp_path / "stop"))).replace("TEMPLATE", repr(str(template)))
        (folder / "bench" / "program").write_text(program.replace("NAME", f"'commit {n}'"), encoding="utf-8")
        (folder / "bench" / "program").chmod(0o755)
        (folder / "bench" / "meson.build").write_text(BENCH, encoding="utf-8")
        (folder / "meson.build").write_text(MESON if n != 2 else "project(\n", encoding="utf-8")
        git("add", "-A")
        git("commit", "-q", "-m", f"Commit {n}")
    return folder


def run(repo: Path, rounds: int, *words: str) -> int:
    where = ["--repo", str(repo), "--cache", str(repo.parent / "cache"), "-o", str(repo.parent / "out"), "--rounds", str(rounds)]
    return history.main(["run", *words, *where])


def launches(repo: Path) -> dict[str, int]:
    folder = repo.parent / "out" / "00112233"
    return {path.stem: rounds.rounds_done(path) for path in folder.glob("*.csv")}


@pytest.mark.skipif(not shutil.which("meson"), reason="no meson in the path")
def test_run(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A commit that cannot be built is left out; a second call measures only what is missing; an
    interrupted one keeps the rest."""
    assert run(repo, 2, "HEAD~3..HEAD") == 2
    err = capsys.readouterr().err
    assert err.count("cannot be built") == 1 and "6 of 6" in err
    assert sorted(launches(repo).values()) == [2, 2, 2]
    listed = (repo.parent / "out" / "00112233" / "revisions.txt").read_text(encoding="utf-8")
    assert [line.split("\t")[2] for line in listed.splitlines()] == ["Commit 0", "Commit 1", "Commit 3"]
    assert run(repo, 3, "HEAD") == 0
    assert sorted(launches(repo).values()) == [2, 2, 3]
    (repo.parent / "stop").touch()
    assert run(repo, 4, "HEAD") == 130
    assert sorted(launches(repo).values()) == [2, 2, 3]
    assert sorted(path.name for path in repo.iterdir()) == [".git", "bench", "meson.build"]
    worktrees = subprocess.run(["git", "-C", str(repo), "worktree", "list"], capture_output=True, text=True, check=True).stdout
    assert len(worktrees.splitlines()) == 1


def test_run_is_refused(repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (((), "no commits"), (("nonsense",), "git rev-parse"), (("--revs", str(tmp_path / "no")), "cannot be read")):
        assert run(repo, 1, *words) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert said in line
