# SPDX-License-Identifier: BSD-3-Clause
"""The table of all cells: a row a cell, medians over its repetitions, and what each column means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

import cells  # noqa: F401  (it makes results/ importable)
import floor as floors_of
import noise
from columns import Column, table
from floor import Range
from report_findings import number
from rules import AXES

NAMED = ("strategy", "variant")  # both are in the name of the series
_PERCENTILE = re.compile(r"p(\d\d)(\d*)_ns")

OWN = {
    "series": "the strategy, with its variant, machine or revision where those differ between rows",
    "reps": "repetitions of the cell: the medians are over these",
    "left_out": "blocks that other work on the machine disturbed: left out, or where there is no other block shown with ~, which is no result",
    "over_floor_ns": "ns_per_pair less that of the cheapest floor under the same conditions; at the floor: some repetition was no dearer than one of the floor's",
    "times_floor": "ns_per_pair divided by that of the cheapest floor under the same conditions",
    "spread_percent": "ns_per_pair of the slowest repetition less the fastest, as a share of the median",
    "clean_percent": "share of the windows in which no thread waited for a CPU for more than 1 % of it",
}


@dataclass(frozen=True)
class Heading:
    name: str
    label: str
    unit: str
    meaning: str
    text: bool  # words, not a number


@dataclass(frozen=True)
class Cell:
    shown: str
    value: str  # what to sort by; empty for nothing


@dataclass(frozen=True)
class Table:
    headings: list[Heading]
    rows: list[list[Cell]]
    constant: dict[str, str]  # axes with one value, left out of the table


def label(name: str) -> tuple[str, str]:
    """A column's name in words, and its unit."""
    percentile = _PERCENTILE.fullmatch(name)
    if percentile:
        return f"p{percentile[1]}{'.' * bool(percentile[2])}{percentile[2]}", "ns"
    for end, unit in (("_ns", "ns"), ("_percent", "%")):
        if name.endswith(end):
            return name.removesuffix(end).replace("_", " "), unit
    return ("× floor", "") if name == "times_floor" else (name.replace("_", " ").replace("cpu ", "CPU "), "")


def _measured(df: pd.DataFrame) -> list[Column]:
    """Numbers that were measured and stand in some row. What is always there describes the block."""
    return [column for column in table().columns if column.kind == "REAL" and not column.always and df[column.name].notna().any()]


def _typical(rows: pd.DataFrame, name: str) -> float | None:
    """The longest of the longest samples; else the median over the repetitions, if most have one."""
    given = rows[name].dropna()
    if name == "max_ns":
        return float(given.max()) if len(given) else None
    return float(given.median()) if 2 * len(given) > len(rows) else None


def _spread(rows: pd.DataFrame) -> float | None:
    given = rows["ns_per_pair"].dropna()
    return float(100 * (given.max() - given.min()) / given.median()) if len(given) > 1 and given.median() else None


def _clean(rows: pd.DataFrame) -> float | None:
    given = rows[rows["windows_clean"].notna()]
    windows = float(given["windows"].sum())
    return 100 * float(given["windows_clean"].sum()) / windows if windows else None


def _floors(df: pd.DataFrame, axes: list[str]) -> dict[tuple[object, ...], Range]:
    """Origin and conditions → time per pair of the cheapest floor."""
    rows = df[(df["floor"] == 1) & (df["workload"] != "limit") & df["ns_per_pair"].notna()]
    if rows.empty:
        return {}
    found: dict[tuple[object, ...], Range] = {}
    for key, ns in rows.groupby(["origin", *axes, "series"], dropna=False)["ns_per_pair"]:
        one, where = floors_of.of(ns), tuple(key)[:-1]
        found[where] = min(one, found.get(where, one), key=lambda floor: floor.median)
    return found


def _from_floor(rows: pd.DataFrame, value: float | None, floor: Range | None) -> Iterator[tuple[str, Cell]]:
    """Over the floor, and times the floor."""
    if value is None or not floor or not floor.median:
        yield from (("over_floor_ns", _number(None)), ("times_floor", _number(None)))
        return
    over = floors_of.over(floors_of.of(rows["ns_per_pair"].dropna()), floor)
    yield "over_floor_ns", Cell(floors_of.AT_FLOOR, "0") if over is None else _number(over)
    yield "times_floor", Cell(floors_of.AT_FLOOR, "1") if over is None else _number(value / floor.median)


def _values(rows: pd.DataFrame, measured: list[Column], floor: Range | None) -> Iterator[tuple[str, Cell]]:
    for column in measured:
        value = _typical(rows, column.name)
        yield column.name, _number(value)
        if column.name == "ns_per_pair":
            yield from _from_floor(rows, value, floor)
            yield "spread_percent", _number(_spread(rows))
    yield "clean_percent", _number(_clean(rows))


def _number(value: float | None) -> Cell:
    if value is None:
        return Cell("–", "")
    return Cell(number(value).replace("-", "\N{MINUS SIGN}"), f"{value:.6g}")


def _marked(cell: Cell) -> Cell:
    return Cell(cell.shown + noise.MARK, cell.value) if cell.value else cell


def _axis(value: object) -> Cell:
    if isinstance(value, str):
        return Cell(value or "–", value)
    return _number(None if pd.isna(value) else float(str(value)))


def _rank(rows: pd.DataFrame) -> int:
    """Times per pair first, limits of the machine last; among equals, the order of the conditions stays."""
    return 2 if (rows["workload"] == "limit").any() else int(rows["ns_per_pair"].isna().all())


def _heading(name: str) -> Heading:
    meanings = {column.name: column.meaning for column in table().columns}
    kinds = {column.name: column.kind for column in table().columns}
    words, unit = label(name)
    return Heading(name, words, unit, OWN.get(name) or meanings[name], name == "series" or kinds.get(name) == "TEXT")


def tabulate(df: pd.DataFrame) -> Table:
    """All cells, limits of the machine included."""
    axes = [name for name in AXES if name not in NAMED]
    constant = {name: str(df[name].iloc[0]) for name in axes if df[name].nunique(dropna=False) == 1}
    measured, floors = _measured(df), _floors(noise.quiet(df), axes)
    shown = ["series", *(name for name in axes if name not in constant)]
    names: list[str] = []
    rows: list[list[Cell]] = []
    for key, some in sorted(df.groupby([*axes, "origin", "series"], dropna=False), key=lambda item: _rank(item[1])):
        conditions = dict(zip([*axes, "origin", "series"], key))
        limit = conditions["workload"] == "limit"
        floor = None if limit else floors.get((conditions["origin"], *(conditions[name] for name in axes)))
        quiet = noise.quiet(some)
        values = dict(_values(some if quiet.empty else quiet, measured, floor))
        names = [*shown, "reps", "left_out", *values]
        found = [value if len(quiet) else _marked(value) for value in values.values()]
        left_out = (len(some) - len(quiet)) or None
        rows.append([*(_axis(conditions[name]) for name in shown), _number(len(quiet)), _number(left_out), *found])
    empty = {n for n in range(len(names)) if not any(row[n].value for row in rows)}
    kept = [n for n in range(len(names)) if n not in empty]
    return Table([_heading(names[n]) for n in kept], [[row[n] for n in kept] for row in rows], constant)


def meanings() -> dict[str, list[tuple[str, str]]]:
    """Group → column and meaning."""
    return {
        "Made for this page": list(OWN.items()),
        "Columns of the result file": [(column.name, column.meaning) for column in table().columns],
    }
