# SPDX-License-Identifier: BSD-3-Clause
"""A cell has one name, which no other cell of the run has, in every reader of result files."""
from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from results import names
from results.columns import table
from results.export import go as export_go, google as export_google, hgrm as export_hgrm
from results.rules import AXES
from results.schema import load
import pytest

RECORDED = Path(__file__).resolve().parents[2] / "results" / "recorded"


def _sound(path: Path) -> bool:
    with path.open(encoding="utf-8") as file:
        return file.readline().startswith("schema,run_id,")


FILES = sorted(path for path in RECORDED.rglob("*.csv") if _sound(path))


def _rows(path: Path) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in load(path).to_dict("records")]


def _key(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(row[axis] for axis in AXES)


def test_there_are_recorded_files() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(RECORDED)))
def test_names_of_recorded_cells(path: Path) -> None:
    rows = _rows(path)
    cells: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    short: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    go: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for row in rows:
        cells[names.cell(row)].add(_key(row))
        short[names.short(row)].add(_key(row))
        go[export_go._name(row)].add(_key(row))
    assert all(len(keys) == 1 for found in (cells, short, go) for keys in found.values())
    for name in cells:
        assert not re.search(r"\s", name)
        assert re.fullmatch(name, name)
    timed = {_key(row) for row in rows if row["samples"] > 0 and row["max_ns"] == row["max_ns"]}
    if timed and len({row["run_id"] for row in rows}) == 1:
        assert len(export_hgrm.files(rows, str(path))) == len(timed)
    entries = [(row["run_id"], row["rep"], names.cell(row)) for row in rows]
    if len({row["run_id"] for row in rows}) == 1 and len(set(entries)) == len(entries):
        found = [(one["name"], one["repetition_index"]) for one in json.loads(export_google.text(rows))["benchmarks"]]
        assert len(set(found)) == len(found)


def test_a_name_has_every_axis() -> None:
    row: dict[str, Any] = {column.name: "x" if column.kind == "TEXT" else 7 for column in table().columns}
    name = names.cell(row)
    assert name.startswith("x/x/x:x/threads:7/x/hold:7/think:7/prefill:7/waiting:x/refill:x/load:7/arrivals:x/")
    for axis in AXES:
        other = names.cell({**row, axis: "y" if row[axis] == "x" else 8})
        assert other != name, axis


def test_the_name_alone_is_selected_exactly() -> None:
    longer = "pair/list/alpha/threads:1/compact/hold:0/think:0/prefill:20"
    name = longer[:-1]
    assert list(filter(names.selector(name, {name, longer}), [name, longer])) == [name]
    assert list(filter(names.selector("prefill:2", {name, longer}), [name, longer])) == [name, longer]


def test_words_of_a_name_have_no_separators() -> None:
    assert names.series("go1.19", "go1.19 a/b") == "go1.19:go1.19_a_b"


def test_axes_in_words() -> None:
    bare = {axis: 0 if column.kind == "COUNT" else "" for axis, column in ((one.column.name, one.column) for one in table().axes)}
    assert names.phrases({**bare, "threads": 2, "variant": "v"}) == {}
    assert names.phrases({**bare, "load": 70, "arrivals": "poisson", "tokens": 2}) == {
        "load": "70 % of the peak", "arrivals": "poisson arrivals", "tokens": "tokens 2"}  # fmt: skip
