# SPDX-License-Identifier: BSD-3-Clause
"""Reads and checks result files: check() lists problems, load() returns a pandas.DataFrame."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from results.columns import Column, ResultError, table
from results.renames import renames
from results.rules import AXES, wrong_cell, wrong_row

if TYPE_CHECKING:
    import pandas

__all__ = ["Problem", "ResultError", "check", "is_partial", "load", "unfit"]

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Separators that spreadsheets write instead of commas.
SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}

Row = tuple[int, list[str]]  # first line of the row, its fields


@dataclass(frozen=True)
class Problem:
    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.message}"


class _Unusable(Exception):
    """A problem that makes the rest of the file unreadable."""

    def __init__(self, line: int, column: str, message: str) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def is_partial(path: str | Path) -> bool:
    """Whether the run stopped before its end."""
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
        return data.decode("utf-8-sig")  # spreadsheets write a byte order mark
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
            # A quoted field without an end runs to the end of the file.
            cut = ": the file is truncated" if "end of data" in str(error) else ""
            raise _Unusable(line, "row", f"not CSV, {error}{cut}") from error


def _require_commas(text: str) -> None:
    """Checks the separator first, since CSV parsing would report a quote before another separator
    as a different error."""
    line = text.split("\n", 1)[0].rstrip("\r")
    for separator, words in SEPARATORS.items():
        if set(table().names[:3]) <= {word.strip('"') for word in line.split(separator)}:
            raise _Unusable(1, "header", f"fields are separated by {words}: save it with commas and with points in numbers")


def _require_schema(header: list[str], rows: list[Row]) -> None:
    """Checks the schema before the column names: its message is clearer than a list of names."""
    ours = table().schema
    if "schema" not in header:
        raise _Unusable(1, "schema", f"the column is missing: not a result file, or one of an older version (expected schema {ours})")
    at = header.index("schema")
    for line, cells in rows[:1]:
        cell = cells[at] if at < len(cells) else ""
        if not (cell.isascii() and cell.isdigit()):
            raise _Unusable(line, "schema", f"{cell!r} is not a schema number (expected {ours})")
        if int(cell) != ours:
            age = "a newer" if int(cell) > ours else "an older"
            raise _Unusable(line, "schema", f"written by {age} version (schema {int(cell)}, expected {ours})")


def _require_header(header: list[str]) -> None:
    """Checks the column names. Older files may lack the last columns, which count as empty."""
    for n, column in enumerate(table().columns):
        if n >= len(header):
            if column.always:
                raise _Unusable(1, column.name, "column is missing from the header")
        elif header[n] != column.name:
            raise _Unusable(1, column.name, f"the header has {header[n]!r} instead")
    if len(set(header)) < len(header) or "" in header:
        raise _Unusable(1, "header", "has a duplicate or unnamed column")


def _require_one_file(header: list[str], rows: list[Row]) -> None:
    for line, cells in rows:
        if cells == header:
            raise _Unusable(line, "header", "the header is repeated: several files in one; pass each file separately")


def _repeated(header: list[str], rows: list[Row]) -> Iterator[tuple[int, str, str]]:
    """Finds rows with the same run and slot, which are the same block."""
    run, slot = header.index("run_id"), header.index("slot")
    first: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        if len(cells) != len(header):
            continue
        before = first.setdefault((cells[run], cells[slot].lstrip("0")), line)
        if before != line:
            yield line, "slot", f"{cells[slot]} of run {cells[run]} is already in line {before}: a duplicate block"


def _wrong_width(header: list[str], cells: list[str], last: bool) -> str | None:
    if len(cells) == len(header):
        return None
    short = "the file is truncated: " if last and len(cells) < len(header) else ""
    return f"{short}{len(cells)} fields, but the header has {len(header)}"


def _row_problems(cells: list[str], schema: int) -> Iterator[tuple[str, str]]:
    columns = table().columns
    wrong = [(c.name, what) for c, cell in zip(columns, cells) if (what := wrong_cell(c, cell))]
    if wrong:
        yield from wrong
        return
    row = dict.fromkeys(table().names, "") | dict(zip(table().names, cells))
    if int(row["schema"]) != schema:
        yield "schema", f"{row['schema']} differs from the schema of earlier rows, {schema}"
    yield from wrong_row(row)


def _parse(path: Path) -> tuple[list[str], list[Row], bool]:
    """Header, rows, and whether the last line is complete."""
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
            yield line, "row", "the file is truncated: its last line is incomplete"
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
    """All problems of a result file. Empty if it is valid."""
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
    """Loads a valid result file, with its columns in order. Raises ResultError for any other. Empty
    numbers become NaN, or 0 for an axis, so that rows can be grouped by it. Empty text stays ''.
    Renamed strategies have their new names."""
    # Imported here, so that the validator runs without pandas. pandas' CSV reader would turn a
    # strategy named null into NaN.
    import pandas

    _, rows, problems = _read(Path(path))
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ResultError(f"{problems[0]}{more}")
    names = table().names
    by_column = zip(table().columns, zip(*((cells + [""] * len(names))[: len(names)] for _, cells in rows)))
    return pandas.DataFrame({column.name: _values(column, list(cells)) for column, cells in by_column})


def unfit(df: pandas.DataFrame) -> list[str]:
    """Why the builds of these rows are unfit for a baseline. Empty if they are fit."""
    return sorted(set(df["unfit"]) - {""})
