# SPDX-License-Identifier: BSD-3-Clause
"""Core-to-core latencies: the file, what the picture says of it, and where it is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conftest import Write, realistic
from plots.__main__ import main
from plots.figures import c2c
from results import latencies, validate
from results.columns import ResultError

TWO_CACHES = ",,,\n20,,,\n100,110,,\n105,,22.5,\n"


@pytest.fixture(name="matrix")
def fixture_matrix(tmp_path: Path) -> Path:
    path = tmp_path / "a.c2c.csv"
    path.write_text(TWO_CACHES, encoding="utf-8")
    return path


def test_both_triangles_are_read(matrix: Path) -> None:
    found = np.array(latencies.read(matrix))
    assert found.shape == (4, 4) and found[1, 0] == found[0, 1] == 20 and found[2, 3] == 22.5
    assert np.isnan(found[3, 1]) and np.isnan(found.diagonal()).all()


@pytest.mark.parametrize(
    ("text", "line"),
    [(",\n5\n", 2), (",\nfast,\n", 2), (",\n-1,\n", 2), (",\n0,\n", 2), (",\ninf,\n", 2), (",\n,\n", 1), ("", 1)],
)
def test_what_is_no_matrix_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "b.c2c.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=f"b.c2c.csv:{line}:"):
        latencies.read(path)


def test_a_matrix_is_no_result_file(write: Write, matrix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(realistic())
    assert latencies.result_files(path.parent) == [path] == latencies.result_files(path.parent, "**/*.csv")
    assert validate.main([str(path), str(matrix)]) == 0
    assert "4 CPUs" in capsys.readouterr().out
    matrix.write_text("1,2\n", encoding="utf-8")
    assert validate.main([str(matrix)]) == 2


def test_the_answer_has_the_nearest_the_farthest_and_the_median(matrix: Path) -> None:
    said = c2c.answer(np.array(latencies.read(matrix)))
    assert all(number in said for number in ("20 ns", "110 ns", "100 ns"))
    one = np.array([[np.nan, 50.0], [50.0, np.nan]])
    assert c2c.answer(one) == "The one pair takes 50 ns."
    alike = np.array([[np.nan, 50.0, 51.0], [50.0, np.nan, 52.0], [51.0, 52.0, np.nan]])
    assert c2c.answer(alike) == "All pairs are alike: 51 ns."


def test_many_cpus_share_squares_with_the_median_of_what_was_measured(matrix: Path) -> None:
    found = c2c.squares(np.array(latencies.read(matrix)), 2)
    assert found.tolist() == [[20, 105], [105, 22.5]]
    odd = c2c.squares(np.array([[np.nan, 7, 9], [7, np.nan, np.nan], [9, np.nan, np.nan]]), 2)
    assert odd[:1].tolist() == [[7, 9]] and np.isnan(odd[1, 1])


def test_it_is_drawn_beside_the_figures_of_the_rows(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(realistic())
    assert main([str(path), "-o", str(tmp_path / "out"), "--format", "svg", "--only", "pair"]) == 0
    path.with_name(path.stem + latencies.SUFFIX).write_text(TWO_CACHES, encoding="utf-8")
    assert main([str(path), "-o", str(tmp_path / "out"), "--format", "svg"]) == 0
    assert "c2c" in capsys.readouterr().out and (tmp_path / "out" / "c2c.svg").stat().st_size > 0


def test_without_a_matrix_it_is_left_out(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write(realistic())), "-o", str(tmp_path / "out"), "--format", "svg", "--only", "c2c,pair"]) == 0
    assert latencies.SUFFIX in capsys.readouterr().out and not (tmp_path / "out" / "c2c.svg").exists()
