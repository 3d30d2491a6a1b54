# SPDX-License-Identifier: BSD-3-Clause
"""Which rows run again, by a made-up record."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matrix import SAMPLE, Record, digest, in_time, print_left_out
from mutant import Mutant, mutant

ROW = {"what": "w", "strategy": "s", "file": "s.c", "edits": [["a", "b"]], "killed_by": ["stress", "explore", "tsan"]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "impls").mkdir()
    (tmp_path / "impls" / "s.c").write_text("a", "utf-8")
    return tmp_path


def test_a_digest_is_of_file_and_row(source: Path) -> None:
    one = mutant("t.one", ROW)
    before = one.digest(source)
    assert mutant("t.one", ROW | {"killed_by": ["tsan", "explore", "stress"], "what": "other words"}).digest(source) == before
    others: list[Mutant] = [replace(one, edits=[("a", "c")]), replace(one, killed_by=frozenset(["tsan"])), replace(one, pairs=1)]
    assert before not in [other.digest(source) for other in others]
    (source / "impls" / "s.c").write_text("a ", "utf-8")
    assert one.digest(source) != before


def test_what_differs_runs_again(tmp_path: Path) -> None:
    file = tmp_path / "matrix.tsv"
    Record(file).put("t.same", "1", "explore=K")
    Record(file).put("t.other", "2", "passed")
    assert file.read_text("utf-8") == "t.other\t2\tpassed\nt.same\t1\texplore=K\n"
    names, words = Record(file).choose({"t.same": "1", "t.other": "3", "t.new": "0"})
    assert names == ["t.new", "t.other"]
    assert words == "2 of 3 rows differ from the recorded matrix"


def test_a_write_that_fails_loses_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "matrix.tsv"
    Record(file).put("t.one", "1", "passed")
    write = Path.write_text

    def half(path: Path, text: str, encoding: str) -> int:
        write(path, text[: len(text) // 2], encoding)
        raise OSError

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError):
        Record(file).put("t.two", "2", "passed")
    assert file.read_text("utf-8") == "t.one\t1\tpassed\n"


@pytest.mark.parametrize("record", [None, ""])
def test_a_sample_without_a_record(tmp_path: Path, record: str | None) -> None:
    file = tmp_path / "matrix.tsv"
    if record is not None:
        file.write_text(record, "utf-8")
    digests = {f"t.{n}": digest(Path(__file__), n) for n in range(3 * SAMPLE)}
    names, words = Record(file).choose(digests)
    assert names == sorted(digests, key=digests.__getitem__)[:SAMPLE]
    assert words.startswith("no matrix is recorded")


def test_rows_after_the_time_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(map(in_time(0, str), [1, 2])) == ["1", "2"]
    assert list(map(in_time(-1, str), [1, 2])) == [None, None]
    print_left_out(["t.one", "t.two"])
    print_left_out([])
    assert capsys.readouterr().out == "# no time for 2: t.one t.two\n"
