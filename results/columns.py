# SPDX-License-Identifier: BSD-3-Clause
"""The columns of a result file, read from columns.def, which the C writer uses too."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

DEFINITION = Path(__file__).with_name("columns.def")
KINDS = ("TEXT", "COUNT", "REAL")
PRESENCES = ("ALWAYS", "MAYBE")

VALUES = ("NAME", "WORD", "OWN", "NUMBER", "POSITIVE")

_SCHEMA = re.compile(r"^\s*#\s*define\s+EXTRAM_SCHEMA\s+(\d+)\s*$", re.MULTILINE)
_ROW = re.compile(r"^(?:COLUMN|AXIS)\b.*(?:\n[ \t]+.*)*", re.MULTILINE)
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_COLUMN = re.compile(rf"(?:COLUMN|AXIS)\(\s*(\w+)\s*,\s*(\w+)\s*,\s*(\w+)\s*,\s*{_TEXT}\s*([,)])")
_AXIS = re.compile(rf"\s*(\w+)\s*,\s*{_TEXT}\s*,\s*(?:0|'\w')\s*,\s*{_TEXT}\s*,\s*(?:HEADING|LINE|NOWHERE)\s*,\s*{_TEXT}((?:\s*,\s*{_TEXT})*)\s*\)\s*")


class ResultError(Exception):
    """A result file or a table of columns cannot be used. The text says where and why."""


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    always: bool
    meaning: str


@dataclass(frozen=True)
class Axis:
    column: Column
    values: str
    option: str
    help: str
    phrase: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    schema: int
    columns: tuple[Column, ...]
    axes: tuple[Axis, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _column(row: str, where: str) -> tuple[Column, str]:
    """The column, and what follows."""
    match = _COLUMN.match(row)
    if not match or (row.startswith("COLUMN") and (match[5] != ")" or row[match.end() :].strip())):
        raise ResultError(f"{where}: columns: expected COLUMN(name, kind, presence, \"meaning\") or AXIS(...)")
    name, kind, presence, meaning, _ = match.groups()
    if kind not in KINDS or presence not in PRESENCES:
        raise ResultError(f"{where}: {name}: unknown kind {kind} or presence {presence}")
    return Column(name, kind, presence == "ALWAYS", _plain(meaning)), row[match.end() :]


def _axis(column: Column, rest: str, where: str) -> Axis:
    match = _AXIS.fullmatch(rest)
    if not match or match[1] not in VALUES:
        raise ResultError(f"{where}: {column.name}: expected AXIS(..., values, \"option\", key, \"help\", shown, \"phrase\", words)")
    values, option, help_, phrase, words, _ = match.groups()
    return Axis(column, values, option, _plain(help_), _plain(phrase), tuple(_plain(word) for word in re.findall(_TEXT, words)))


def parse(text: str, where: str) -> Table:
    schema = _SCHEMA.search(text)
    if not schema:
        raise ResultError(f"{where}:1: columns: no #define EXTRAM_SCHEMA")
    columns: list[Column] = []
    axes: list[Axis] = []
    for row in _ROW.finditer(text):
        line = f"{where}:{text.count(chr(10), 0, row.start()) + 1}"
        column, rest = _column(row[0], line)
        columns.append(column)
        if row[0].startswith("AXIS"):
            axes.append(_axis(column, rest, line))
    return Table(int(schema.group(1)), tuple(columns), tuple(axes))


@functools.lru_cache(maxsize=None)
def table() -> Table:
    try:
        return parse(DEFINITION.read_text(encoding="utf-8"), str(DEFINITION))
    except OSError as error:
        raise ResultError(f"{DEFINITION}:1: columns: {error.strerror}") from error
