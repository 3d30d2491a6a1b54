# SPDX-License-Identifier: BSD-3-Clause
"""Percentile files: what the reader takes and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import row

from results import hgrm, names
from results.schema import ResultError

HEAD = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
SAMPLES = [(20, 900_000), (30, 90_000), (64, 9_000), (1_500, 900), (40_000, 90), (5_000_000, 10)]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def percentile_file(samples: list[tuple[int, int]]) -> str:
    total, seen, lines = sum(count for _, count in samples), 0, []
    for value, count in samples:
        seen += count
        rest = f" {total / (total - seen):14.2f}" if seen < total else ""
        lines.append(f" {value:11.3f} {seen / total:2.12f} {seen:10d}{rest}\n")
    return HEAD + "".join(lines) + f"#[Max     = {samples[-1][0]:12.3f}, Total count    = {total:12d}]\n# run_id: r1\n# cell: a/b:1\n"


def test_quantiles(tmp_path: Path) -> None:
    found = hgrm.read(written(tmp_path / "a.hgrm", percentile_file(SAMPLES)))
    assert (found.total, found.values[-1], found.notes["cell"]) == (1_000_000, 5_000_000, "a/b:1")
    wanted = {0: 20, 0.5: 20, 0.9: 20, 0.900001: 30, 0.99: 30, 0.999: 64, 0.9999: 1500, 0.99999: 40_000, 1: 5_000_000}
    assert {q: found.quantile(q) for q in wanted} == wanted


def test_the_rank_of_a_quantile_is_rounded_up(tmp_path: Path) -> None:
    """Of three samples, two are a share of 0.667, and 0.67 wants the third."""
    found = hgrm.read(written(tmp_path / "a.hgrm", percentile_file([(10, 1), (20, 1), (30, 1)])))
    assert [found.quantile(q) for q in (0.33, 0.34, 0.66, 0.67)] == [10, 20, 20, 30]


REFUSED = [
    ("", 1, "truncated"),
    (HEAD, 3, "truncated"),
    ("1 1.0 1\n", 1, "heading: missing"),
    (HEAD + " 1.0 0.5 1 2.0\n", 4, "truncated"),
    (HEAD + " 1.0 0.5 1 2.0\n 0.5 1.0 2\n", 4, "row: is less"),
    (HEAD + " 1.0 0.5 3 2.0\n 2.0 1.0 2\n", 4, "row: is less"),
    (HEAD + " 1.0 0.5 1 2.0\n 2.0 0.4 2\n", 4, "row: is less"),
    (HEAD + " nan 1.0 1\n", 3, "row: expected"),
    (HEAD + " 1.0 1.5 1\n", 3, "row: expected"),
    (HEAD + " 1.0 1.0 1.5\n", 3, "row: expected"),
    (HEAD + " 1.0 1.0\n", 3, "row: expected"),
    (HEAD + " 1.0 1.0 1 inf 7\n", 3, "row: expected"),
    (HEAD + " 1.0 1.0 0\n", 4, "truncated"),
]


@pytest.mark.parametrize(("text", "line", "words"), REFUSED)
def test_no_such_file(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = written(tmp_path / "a.hgrm", text)
    with pytest.raises(ResultError, match=words) as error:
        hgrm.read(path)
    assert str(error.value).startswith(f"{path}:{line}: ")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="a.hgrm:1: file: cannot be read"):
        hgrm.read(tmp_path / "a.hgrm")


def test_beside_takes_only_those_of_the_run(tmp_path: Path) -> None:
    for name in ("a.csv", "a.partial.csv"):
        assert hgrm.folder_of(tmp_path / name) == tmp_path / "a.hgrm"
    (tmp_path / "a.hgrm").mkdir()
    written(tmp_path / "a.hgrm" / "one.hgrm", percentile_file(SAMPLES))
    written(tmp_path / "a.hgrm" / "old.hgrm", percentile_file(SAMPLES).replace("r1", "r0"))
    assert [path.name for path, _ in hgrm.beside(tmp_path / "a.csv", "r1")] == ["one.hgrm"]
    assert list(hgrm.beside(tmp_path / "b.csv", "r1")) == []


def test_cell_name() -> None:
    assert names.cell(row(hold_ns=300)) == "pair/list/alpha/threads:1/compact/hold:300/think:0/prefill:2"
