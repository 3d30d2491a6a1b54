# SPDX-License-Identifier: BSD-3-Clause
"""Small tables with tabs between the fields: a header, then rows. Lines with # are comments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from results.columns import ResultError

Row = dict[str, str]


def read(path: Path, columns: Sequence[str]) -> list[tuple[int, Row]]:
    """The rows, each with its line's number. The header has at least these columns."""
    try:
        lines = [(number, line) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line and not line.startswith("#")]
    except OSError as error:
        raise ResultError(f"{path}:1: file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ResultError(f"{path}:1: file: no text") from error
    header = lines[0][1].split("\t") if lines else []
    for name in columns:
        if name not in header:
            raise ResultError(f"{path}:{lines[0][0] if lines else 1}: header: no column {name}")
    return [(number, _row(f"{path}:{number}", header, line.split("\t"))) for number, line in lines[1:]]


def _row(where: str, header: Sequence[str], fields: Sequence[str]) -> Row:
    if len(fields) != len(header):
        raise ResultError(f"{where}: row: {len(fields)} fields, but the header has {len(header)}")
    return dict(zip(header, fields))


def number(row: Row, name: str, where: str) -> float:
    """Above or at 0."""
    try:
        value = float(row[name])
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ResultError(f"{where}: {name}: {row[name]!r} is no number from 0")
    return value


def count(row: Row, name: str, where: str) -> int:
    value = number(row, name, where)
    if value != int(value):
        raise ResultError(f"{where}: {name}: {row[name]!r} is no whole number")
    return int(value)
