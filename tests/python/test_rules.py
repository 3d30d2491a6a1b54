# SPDX-License-Identifier: BSD-3-Clause
"""The rules for fields and for the fields of one row: what breaks one is found, by line and
column."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import ROOT, SOUND, Write, row, tail
from refusals import refused

from results import columns, rules, schema


CELLS: list[tuple[dict[str, Any], str, str]] = [
    ({"pairs": "-1"}, "pairs", "whole number"),
    ({"pairs": "1.5"}, "pairs", "whole number"),
    ({"pairs": "1e3"}, "pairs", "whole number"),
    ({"pairs": " 1"}, "pairs", "whole number"),
    ({"pairs": "٣"}, "pairs", "whole number"),
    ({"pairs": str(2**63)}, "pairs", "too large"),
    ({"pairs": ""}, "pairs", "is empty"),
    ({"ns_per_pair": "nan"}, "ns_per_pair", "finite"),
    ({"ns_per_pair": "inf"}, "ns_per_pair", "finite"),
    ({"ns_per_pair": "1e999"}, "ns_per_pair", "finite"),
    ({"ns_per_pair": "-0.5"}, "ns_per_pair", "finite"),
    ({"ns_per_pair": "fast"}, "ns_per_pair", "finite"),
    ({"timer_step_ns": ""}, "timer_step_ns", "is empty"),
    ({"strategy": ""}, "strategy", "is empty"),
    ({"strategy": "al\0pha"}, "strategy", "control character"),
    ({"source": "guessed"}, "source", "not one of"),
    ({"workload": "pears"}, "workload", "not one of"),
    ({"level": "lists"}, "level", "not one of"),
    ({"placement": "heap"}, "placement", "not one of"),
    ({"floor": 2}, "floor", "not one of"),
    ({"threads": 0, "bound": 0}, "threads", "is 0"),
    ({"cpus": 0}, "cpus", "is 0"),
    ({"time_utc": "yesterday"}, "time_utc", "not a UTC time"),
    ({"windows": 5, "windows_clean": 6}, "windows_clean", "more than windows"),
    ({"windows_alone": 11}, "windows_alone", "more than windows"),
    ({"ms_created": 1, "ms_retained": 2}, "ms_retained", "more than ms_created"),
    ({"threads": 1, "bound": 2}, "bound", "more than threads"),
    ({"jain": 1.2}, "jain", "more than 1"),
    ({"level": "machine"}, "level", "does not match"),
    ({"workload": "limit", "floor": 1}, "level", "does not match"),
    ({"workload": "limit", "level": "machine"}, "floor", "is 0"),
]


@pytest.mark.parametrize(("cells", "column", "words"), CELLS, ids=[f"{c[1]}-{c[2]}-{n}" for n, c in enumerate(CELLS)])
def test_bad_cell(write: Write, capsys: pytest.CaptureFixture[str], cells: dict[str, Any], column: str, words: str) -> None:
    refused(write([row(), row(), row(**cells), row()]), capsys, 4, column, words)


TAILS = [[f"{prefix}{name}_ns" for name in ("p50", "p90", "p99", "p999", "p9999", "max")] for prefix in ("", "resp_")]


@pytest.mark.parametrize(("lower", "upper"), [pair for names in TAILS for pair in zip(names, names[1:])])
def test_falling_percentile(write: Write, capsys: pytest.CaptureFixture[str], lower: str, upper: str) -> None:
    names = next(names for names in TAILS if upper in names)
    flat = dict.fromkeys([*TAILS[0], *names], 5)
    below = {name: 4 for name in names[names.index(upper) :]}
    refused(write([tail(1, **flat), tail(1, **{**flat, **below})]), capsys, 3, upper, f"less than {lower}")


def test_falling_over_an_empty_percentile(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    refused(write([tail(1, p999_ns="", max_ns=3)]), capsys, 2, "max_ns", "less than p99_ns")


def test_equal_percentiles_and_empty_cells_are_sound(write: Write) -> None:
    rows = [tail(1, **dict.fromkeys(rules.TAIL, 5)), row(windows_clean="", ns_per_pair="", jain=""), row(windows_clean=0)]
    assert schema.check(write(rows)) == []


def test_columns_file() -> None:
    """All rows are read, and the rules speak of columns and words that are there."""
    source = (ROOT / "results" / "columns.def").read_text(encoding="utf-8")
    names = columns.table().names
    assert len(names) == source.count("\nCOLUMN(") + source.count("\nAXIS(") > 40 and len(set(names)) == len(names)
    meanings = {column.name: column.meaning for column in columns.table().columns}
    for name, words in rules.KNOWN.items():
        words = words[:: len(words) - 1] if name == "home" else words  # a range
        assert name == "workload" or all(word in meanings[name] for word in words if word != "0"), name
    assert {"pair", "limit", "replay"} <= {*rules.KNOWN["workload"]}
    assert {*rules.TAIL, *rules.POSITIVE, *(name for both in rules.AT_MOST for name in both), *SOUND} <= set(names)


DEFINE = "#define EXTRAM_SCHEMA 1\n"
BAD_TABLES = [
    'COLUMN(a, TEXT, ALWAYS, "x")\n',
    DEFINE + 'COLUMN(a, WORD, ALWAYS, "x")\n',
    DEFINE + 'COLUMN(a, TEXT, OFTEN, "x")\n',
    DEFINE + "COLUMN(a, TEXT,\n",
    DEFINE + 'AXIS(a, COUNT, MAYBE, "x")\n',
    DEFINE + 'AXIS(a, COUNT, MAYBE, "x", DIGITS, "a", 0, "help", LINE, "a %s")\n',
]


@pytest.mark.parametrize("text", BAD_TABLES)
def test_bad_columns_file(text: str) -> None:
    with pytest.raises(columns.ResultError, match="^table:[12]: "):
        columns.parse(text, "table")


def test_columns_file_is_read() -> None:
    parsed = columns.parse(DEFINE.replace("1", "7") + 'COLUMN(a, REAL, MAYBE, "say \\"x\\"")\n', "table")
    assert parsed == columns.Table(7, (columns.Column("a", "REAL", False, 'say "x"'),), ())
