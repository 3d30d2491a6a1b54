# SPDX-License-Identifier: BSD-3-Clause
"""Reads and checks result files: check() tells what is wrong, load() gives a pandas.DataFrame."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from columns import Column, ResultError, table
from renames import renames
from rules import AXES, wrong_cell, wrong_row

if TYPE_CHECKING:
    import pandas

__all__ = ["Problem", "ResultError", "check", "is_partial", "load", "unfit"]

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What spreadsheets write in a comma's place.
SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}

Row = tuple[int, list[str]]  # the line that the row begins on, its cells


@dataclass(frozen=True)
class Problem:
    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.message}"


class _Unusable(Exception):
    """A file in which nothing past this problem can be judged."""

    def __init__(self, line: int, column: str, message: str) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def is_partial(path: str | Path) -> bool:
    """Did the run stop before its end?"""
    return str(path).endswith((".partial.csv", ".csv.tmp"))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _Unusable(1, "file", f"cannot be read: {error.strerror}") from error
    if not data:
        raise _Unusable(1, "file", "is empty")
    if data.startswith(UTF_16):
        raise _Unusable(1, "file", "is UTF-16: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unusable(line, "file", f"is not UTF-8 (byte {error.start})") from error


def _records(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The only thing that a missing end of a quoted cell can look like is the end of the file.
            cut = ": the file is truncated" if "end of data" in str(error) else ""
            raise _Unusable(line, "row", f"not CSV, {error}{cut}") from error


def _require_commas(text: str) -> None:
    """Before the file is read as CSV, in which a quote before another separator is an error of its own."""
    line = text.split("\n", 1)[0].rstrip("\r")
    for separator, words in SEPARATORS.items():
        if set(table().names[:3]) <= {word.strip('"') for word in line.split(separator)}:
            raise _Unusable(1, "header", f"fields are separated by {words}: save it with commas, and a point in numbers")


def _require_schema(header: list[str], rows: list[Row]) -> None:
    """Before the names: another version may have other names, and its number says more than a list of those."""
    ours = table().schema
    if "schema" not in header:
        raise _Unusable(1, "schema", f"no such column: an older version's file, or no result file (this one reads {ours})")
    at = header.index("schema")
    for line, cells in rows[:1]:
        cell = cells[at] if at < len(cells) else ""
        if not (cell.isascii() and cell.isdigit()):
            raise _Unusable(line, "schema", f"{cell!r} is no schema number (this one reads {ours})")
        if int(cell) != ours:
            age = "a newer" if int(cell) > ours else "an older"
            raise _Unusable(line, "schema", f"written by {age} version (schema {int(cell)}; this one reads {ours})")


def _require_header(header: list[str]) -> None:
    """Columns come at the end as the suite grows: an older file lacks the last ones, which is as if they were empty."""
    for n, column in enumerate(table().columns):
        if n >= len(header):
            if column.always:
                raise _Unusable(1, column.name, "column is missing from the header")
        elif header[n] != column.name:
            raise _Unusable(1, column.name, f"the header has {header[n]!r} in its place")
    if len(set(header)) < len(header) or "" in header:
        raise _Unusable(1, "header", "has a column twice, or one without a name")


def _require_one_file(header: list[str], rows: list[Row]) -> None:
    for line, cells in rows:
        if cells == header:
            raise _Unusable(line, "header", "stands here once more: several files in one; check and name each file by itself")


def _repeated(header: list[str], rows: list[Row]) -> Iterator[tuple[int, str, str]]:
    """A block has one place in one run, so rows that agree in both are one block."""
    run, slot = header.index("run_id"), header.index("slot")
    first: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        if len(cells) != len(header):
            continue
        before = first.setdefault((cells[run], cells[slot].lstrip("0")), line)
        if before != line:
            yield line, "slot", f"{cells[slot]} of run {cells[run]} is in line {before} already: one block twice"


def _wrong_width(header: list[str], cells: list[str], last: bool) -> str | None:
    if len(cells) == len(header):
        return None
    short = "the file is truncated: " if last and len(cells) < len(header) else ""
    return f"{short}{len(cells)} cells, the header has {len(header)}"


def _row_problems(cells: list[str], schema: int) -> Iterator[tuple[str, str]]:
    columns = table().columns
    wrong = [(c.name, what) for c, cell in zip(columns, cells) if (what := wrong_cell(c, cell))]
    if wrong:
        yield from wrong
        return
    row = dict.fromkeys(table().names, "") | dict(zip(table().names, cells))
    if int(row["schema"]) != schema:
        yield "schema", f"{row['schema']} is not the schema of the rows before, {schema}"
    yield from wrong_row(row)


def _parse(path: Path) -> tuple[list[str], list[Row], bool]:
    """Header, rows, and whether the last line is whole."""
    text = _text(path)
    _require_commas(text)
    records = list(_records(text))
    header, rows = records[0][1], records[1:]
    _require_schema(header, rows)
    _require_header(header)
    _require_one_file(header, rows)
    whole = text.endswith("\n")
    if not rows:
        raise _Unusable(1, "file", "has no rows" if whole else "has no rows: the file is truncated")
    return header, rows, whole


def _problems(header: list[str], rows: list[Row], whole: bool) -> Iterator[tuple[int, str, str]]:
    for n, (line, cells) in enumerate(rows, 1):
        last = n == len(rows)
        width = _wrong_width(header, cells, last)
        if width:
            yield line, "row", width
        elif last and not whole:
            yield line, "row", "the file is truncated: its last line has no end"
        else:
            yield from ((line, column, what) for column, what in _row_problems(cells, table().schema))
    yield from _repeated(header, rows)


def _read(path: Path) -> tuple[list[str], list[Row], list[Problem]]:
    try:
        header, rows, whole = _parse(path)
    except _Unusable as error:
        return [], [], [Problem(str(path), error.line, error.column, str(error))]
    found = [Problem(str(path), *problem) for problem in _problems(header, rows, whole)]
    return header, rows, found


def check(path: str | Path) -> list[Problem]:
    """Everything that is wrong with a result file; an empty list if it is sound."""
    return _read(Path(path))[2]


def count_rows(path: str | Path) -> int:
    return len(_read(Path(path))[1])


def _values(column: Column, cells: list[str]) -> list[str] | list[int] | list[float]:
    if column.name == "strategy":
        return [renames().get(cell, cell) for cell in cells]
    if column.kind == "TEXT":
        return cells
    if column.kind == "COUNT" and (column.always or column.name in AXES):
        return [int(cell or 0) for cell in cells]
    return [float(cell) if cell else float("nan") for cell in cells]


def load(path: str | Path) -> pandas.DataFrame:
    """A sound result file, its columns in order; ResultError for any other. Empty numbers become NaN, or 0
    for an axis, so that it can be grouped by; empty text stays ''. Strategies have their present names."""
    # Here, so that the validator runs without pandas. Its own CSV reader is not used: it takes a strategy called null for NaN.
    import pandas

    _, rows, problems = _read(Path(path))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ResultError(f"{problems[0]}{more}")
    names = table().names
    by_column = zip(table().columns, zip(*((cells + [""] * len(names))[: len(names)] for _, cells in rows)))
    return pandas.DataFrame({column.name: _values(column, list(cells)) for column, cells in by_column})


def unfit(df: pandas.DataFrame) -> list[str]:
    """Why numbers of these rows' builds are no baseline; nothing where they may be one."""
    return sorted(set(df["unfit"]) - {""})
