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

_SCHEMA = re.compile(r"^\s*#\s*define\s+EXTRAM_SCHEMA\s+(\d+)\s*$", re.MULTILINE)
_COLUMN = re.compile(r'COLUMN\(\s*(\w+)\s*,\s*(\w+)\s*,\s*(\w+)\s*,\s*"((?:[^"\\]|\\.)*)"\s*\)\s*$')


class ResultError(Exception):
    """A result file or a table of columns cannot be used. The text says where and why."""


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    always: bool
    meaning: str


@dataclass(frozen=True)
class Table:
    schema: int
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def _column(line: str, where: str) -> Column:
    match = _COLUMN.match(line)
    if not match:
        raise ResultError(f"{where}: columns: expected COLUMN(name, kind, presence, \"meaning\") on one line")
    name, kind, presence, meaning = match.groups()
    if kind not in KINDS or presence not in PRESENCES:
        raise ResultError(f"{where}: {name}: unknown kind {kind} or presence {presence}")
    return Column(name, kind, presence == "ALWAYS", re.sub(r"\\(.)", r"\1", meaning))


def parse(text: str, where: str) -> Table:
    schema = _SCHEMA.search(text)
    if not schema:
        raise ResultError(f"{where}:1: columns: no #define EXTRAM_SCHEMA")
    lines = enumerate(text.splitlines(), 1)
    columns = tuple(_column(line, f"{where}:{n}") for n, line in lines if line.startswith("COLUMN"))
    return Table(int(schema.group(1)), columns)


@functools.lru_cache(maxsize=None)
def table() -> Table:
    try:
        return parse(DEFINITION.read_text(encoding="utf-8"), str(DEFINITION))
    except OSError as error:
        raise ResultError(f"{DEFINITION}:1: columns: {error.strerror}") from error
