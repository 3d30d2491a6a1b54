# SPDX-License-Identifier: BSD-3-Clause
"""The comparison's command: what it prints, its exit codes, what it refuses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Row, Write, row
from refusals import refused_by
from test_compare import run, slow

from compare import __main__ as compare

SAME, SLOW = run(2), run(2, slow("beta", 1, 1.5))


def call(write: Write, old: list[Row], new: list[Row], *options: str) -> int:
    return compare.main([str(write(old, name="old.csv")), str(write(new, name="new.csv")), *options])


def refused(arguments: Sequence[object], capsys: pytest.CaptureFixture[str], *words: str) -> None:
    assert refused_by(compare.main, arguments, capsys, *words) == ""


def test_exit_codes_and_first_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    few = run(2, slow("beta", 1, 1.5), reps=2)
    for new, code, word in ((SAME, 0, "PASS: 3 head"), (SLOW, 1, "REGRESSION: beta slower: 1 of 3 head"), (few, 3, "INCONCLUSIVE: ")):
        assert call(write, run(1), new) == code
        assert capsys.readouterr().out.splitlines()[0].startswith(word)


def test_an_unfit_build_is_no_old_side(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    unfit = [{**cells, "unfit": "optimization 0"} for cells in run(1)]
    assert call(write, run(1), unfit) == 0 and "the new build's numbers are meaningless: optimization 0" in capsys.readouterr().out
    call(write, unfit, SAME, "--allow-mixed")
    assert "the old build's numbers are meaningless: optimization 0" in capsys.readouterr().out
    refused([write(unfit, "old.csv"), write(SAME, "new.csv")], capsys, "old.csv", "unfit", "optimization 0", "--allow-mixed")


def test_regression_comes_before_what_is_open(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    new = [cells for cells in SLOW if cells["strategy"] != "gamma" or cells["rep"] < 1]
    assert call(write, run(1), new, "--by", "cell") == 1
    out = capsys.readouterr().out
    assert 0 < out.index("\nREGRESSION: ") < out.index("\nUndecided:") < out.index("too few repetitions")
    assert out.startswith("REGRESSION: ")
    assert call(write, run(1), new, "--by", "cell", "--all") == 1
    out = capsys.readouterr().out
    assert 0 < out.index("\nREGRESSION: ") < out.index("\nINCONCLUSIVE: ") < out.index("too few repetitions") < out.index("\nPASS: ")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_table_fits_the_terminal(write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    long = {"hold_ns": 100000, "think_ns": 100000}
    old, new = ([{**cells, **long} for cells in side] for side in (run(1, reps=5), run(2, slow("beta", 1, 1.5), reps=5)))
    call(write, old, new, "--all")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= max(80, columns) and len(lines) > 30


def test_all_shows_what_is_otherwise_summed_up(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    call(write, run(1), SAME)
    brief = capsys.readouterr().out
    call(write, run(1), SAME, "--all")
    full = capsys.readouterr().out
    assert "pair/list/beta/1T/" not in brief and "(--all for the rows)" in " ".join(brief.split())
    assert "ns_per_pair" not in brief
    assert "ns_per_pair pair/list/beta/1T" in full


def test_raw_and_corrected_ratio(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    new = run(2, lambda name, threads: 1.4 * (2 if (name, threads) == ("beta", 1) else 1))
    call(write, run(1), new, "--by", "cell", "--metric", "time")
    [line] = [line for line in capsys.readouterr().out.splitlines() if "pair/list/beta/1T" in line]
    corrected, _, raw, *_ = line.split()
    assert float(corrected) == pytest.approx(2, rel=0.02) and float(raw) == pytest.approx(2.8, rel=0.02)


def test_json_carries_everything(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = ([*run(seed, reps=3, noise=0.2), row(strategy=name)] for seed, name in ((1, "gone"), (2, "born")))
    assert call(write, old, new, "--format", "json") == 3
    whole = json.loads(capsys.readouterr().out)
    assert whole["verdict"] == "INCONCLUSIVE" and whole["rules"]["margins"] == {"time": 0.05, "tail": 0.25}
    assert [name.split("/")[2] for name in whole["only_old"] + whole["only_new"]] == ["gone", "born"]
    assert set(whole["machine"]["time"]) == {"one_thread", "several_threads", "crowded", "shared_lines_spread"}
    assert sum(whole["headline"].values()) == 3
    assert len({tuple(one) for one in whole["findings"]}) == 1
    single = [one for one in whole["findings"] if one["by"] == "cell"]
    assert {(one["headline"], one["question"]) for one in single} == {(1, "alone"), (0, "")}
    assert len(single) == 9 + 3 * 2 * 4 and {one["low"] for one in single} != {None}


def test_output_file(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(write, run(1), SAME, "--output", str(tmp_path / "out.txt")) == 0
    assert capsys.readouterr().out == "" and "PASS" in (tmp_path / "out.txt").read_text()
    refused([tmp_path / "old.csv", tmp_path / "new.csv", "--output", tmp_path / "no" / "out"], capsys, "no/out", "cannot write")


def test_filter_keeps_the_floors(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(write, run(1), SLOW, "--filter", "/gamma/", "--format", "json") == 0
    whole = json.loads(capsys.readouterr().out)
    assert {one["strategy"] for one in whole["findings"]} == {"gamma"}
    assert whole["machine"]["time"]["one_thread"]["floors"] == 3


def test_partial_is_noted(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main([str(write(run(1), name="old.csv")), str(write(SAME, name="new.partial.csv"))]) == 0
    assert "new.partial.csv is partial" in " ".join(capsys.readouterr().out.split())


def test_mixed_is_refused_unless_allowed(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(run(1), name="old.csv")
    for cells, word in (({"fingerprint": "ff"}, "fingerprint"), ({"source": "emulated"}, "emulated")):
        new = write([{**one, **cells} for one in SAME], name="new.csv")
        refused([old, new], capsys, str(old), str(new), word, "--allow-mixed")
        assert compare.main([str(old), str(new), "--allow-mixed"]) == 0
        capsys.readouterr()
    emulated = write([{**one, "source": "emulated"} for one in SAME], name="emulated.csv")
    refused([emulated, emulated], capsys, "emulated")


def test_computed_rows_are_compared_with_computed_ones_alone(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = write(run(1), name="old.csv"), write([{**one, "source": "model"} for one in SAME], name="new.csv")
    refused([old, new], capsys, str(old), str(new), "measured, model")
    refused([old, new, "--allow-mixed"], capsys, str(old), str(new), "measured, model")
    assert compare.main([str(new), str(new)]) == 0


def test_nothing_in_common(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write([row(strategy=name)], name=f"{name}.csv") for name in ("alpha", "beta")]
    refused(files, capsys, "alpha.csv", "beta.csv", "no cell in common")


def edited(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_bad_files(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = write(run(1), name="good.csv"), tmp_path / "bad.csv"
    refused([good, bad], capsys, "bad.csv:1:", "No such file")
    bad.write_text("")
    refused([good, bad], capsys, "bad.csv:1:", "is empty")
    write([], name="bad.csv")
    refused([good, bad], capsys, "bad.csv:1:", "no rows")
    for old, new, *words in (
        ("ns_per_pair,", "", ":1: ns_per_pair:"),  # a column is missing
        ("pairs_per_s,", "pairs_per_us,", ":1: pairs_per_s:", "pairs_per_us"),  # another unit
        ("ns_per_pair,", "us_per_pair,", ":1: ns_per_pair:", "us_per_pair"),
        (",20.0,", ",nan,", ":2: ns_per_pair:", "nan"),
        (",20.0,", ",inf,", ":2: ns_per_pair:", "inf"),
        ("\n1,", "\n9,", ":2: schema:", "newer"),
        (",compact,", ",sideways,", ":2: placement:"),
    ):
        refused([good, edited(write([row(), row(rep=1)], name="bad.csv"), old, new)], capsys, "bad.csv" + words[0], *words[1:])
    bad.write_text(write([row(), row(rep=1)], name="bad.csv").read_text()[:-9])
    refused([bad, good], capsys, "bad.csv:3:", "truncated")


def test_bad_usage(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(run(1))
    refused([], capsys, "nothing to compare")
    refused([good], capsys, "1 given")
    refused([good, good, good], capsys, "3 given")
    refused(["--old", good], capsys, "nothing to compare")
    refused([good, good, "--old", good], capsys, "either")
    wrong = {"--margin": ("-1", "nan"), "--alpha": ("0", "x"), "--metric": ("speed",), "--filter": ("(",)}
    for option, value in ((option, value) for option, values in wrong.items() for value in values):
        refused([good, good, option, value], capsys, option, value)


def test_as_a_program(write: Write) -> None:
    files = [str(write(rows, name=f"{n}.csv")) for n, rows in enumerate((run(1), SLOW))]
    done = subprocess.run(["/usr/bin/python3", "-m", "compare", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "beta" in done.stdout and done.stderr == ""
