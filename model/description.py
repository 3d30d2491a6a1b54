# SPDX-License-Identifier: BSD-3-Clause
"""The text of a machine's file: what the calibration reads there, and what it changes."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from results.columns import ResultError

ROW = re.compile(r"(\w+) (\d+) (cores|neighbours|scatter)")
KEYS = ("matrix", "legs", "lines")


@dataclass(frozen=True)
class Row:
    """What others measured: ns from one operation of the whole system to the next."""

    program: str
    threads: int
    fill: str
    ns: float

    def __str__(self) -> str:
        return f"{self.program}, {self.threads} threads, {self.fill}"


@dataclass(frozen=True)
class Description:
    path: Path
    matrix: str = ""  # the file's name, to which the legs are fitted
    legs: str = ""  # or the machine whose legs these are
    lines: str = ""  # the machine whose lines behave so, where no contended row says otherwise
    contended: tuple[Row, ...] = ()


def _row(path: Path, key: str, value: str) -> Row:
    found = ROW.fullmatch(key)
    try:
        ns = float(value)
    except ValueError:
        ns = 0.0
    if not found or not 0 < ns < 1e9:
        raise ResultError(f"{path}: [contended] {key} = {value}: PROGRAM THREADS cores|neighbours|scatter = NS")
    return Row(found[1], int(found[2]), found[3], ns)


def sections(path: Path) -> configparser.ConfigParser:
    """The file's text. It has at least [machine]."""
    parser = configparser.ConfigParser(delimiters="=", inline_comment_prefixes=(";",), interpolation=None, strict=True)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise ResultError(f"{path}: {' '.join(str(error).split())}") from error
    if "machine" not in parser:
        raise ResultError(f"{path}: no section [machine]: no description of a machine")
    return parser


def read(path: Path) -> Description:
    parser = sections(path)
    told = dict(parser["calibration"]) if "calibration" in parser else {}
    if unknown := told.keys() - KEYS:
        raise ResultError(f"{path}: [calibration] {', '.join(sorted(unknown))}: not one of {', '.join(KEYS)}")
    rows = parser["contended"].items() if "contended" in parser else ()
    return Description(path, **told, contended=tuple(_row(path, key, value) for key, value in rows))


def changed(text: str, figures: Mapping[str, float]) -> str:
    """The text with other values of these figures; comments stay."""
    for key, value in figures.items():
        text, count = re.subn(rf"(?m)^({key}\s*=\s*)[^\s;]+", rf"\g<1>{value:.4g}", text)
        if count != 1:
            raise ResultError(f"{key}: the machine's file has it {count} times")
    return text
