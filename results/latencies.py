# SPDX-License-Identifier: BSD-3-Clause
"""Reads core-to-core latencies: NAME.c2c.csv, in the form of core-to-core-latency. A line a CPU, a
field a CPU, ns in the lower triangle."""

from __future__ import annotations

import math
from pathlib import Path

from results.columns import ResultError

SUFFIX = ".c2c.csv"
Matrix = list[list[float]]


def beside(csv: Path) -> Path | None:
    """The matrix of a result file's machine, if there is one."""
    path = csv.with_suffix("").with_name(csv.stem + SUFFIX)
    return path if path.exists() else None


def is_matrix(path: str | Path) -> bool:
    """A matrix, by its name; what lies in a folder of results is not only result files."""
    return str(path).endswith(SUFFIX)


def result_files(folder: Path, pattern: str = "*.csv") -> list[Path]:
    """The result files in a folder, sorted; "**/*.csv": also in those below."""
    return [path for path in sorted(folder.glob(pattern)) if not is_matrix(path)]


def _number(text: str, where: str) -> float:
    try:
        ns = float(text) if text.strip() else math.nan
    except ValueError:
        ns = -1.0
    if ns <= 0 or math.isinf(ns):
        raise ResultError(f"{where}: ns: {text!r} is no time")
    return ns


def read(path: Path) -> Matrix:
    """Both triangles; nan where nothing was measured."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ResultError(f"{path}:1: line: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultError(f"{path}:1: line: no text") from error
    matrix = [[math.nan] * len(lines) for _ in lines]
    for row, line in enumerate(lines):
        fields = line.split(",")
        if len(fields) != len(lines):
            raise ResultError(f"{path}:{row + 1}: line: {len(fields)} fields for {len(lines)} lines")
        for column, text in enumerate(fields[:row]):
            ns = _number(text, f"{path}:{row + 1}")
            matrix[row][column] = matrix[column][row] = ns
    if all(math.isnan(ns) for row in matrix for ns in row):
        raise ResultError(f"{path}:1: line: no time at all")
    return matrix
