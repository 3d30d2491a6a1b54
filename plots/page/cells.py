# SPDX-License-Identifier: BSD-3-Clause
"""The table of all cells: one row per cell with medians over its repetitions, and the meaning of
each column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from plots import floor as floors_of
from plots.floor import Range
from results import frame, noise
from results.columns import table
from results.rules import AXES

NAMED = ("strategy", "variant")  # both are part of the series name
_PERCENTILE = re.compile(r"p(\d\d)(\d*)_ns")

OWN = {
    "series": "the strategy, with its variant, machine or revision if rows differ in them",
    "reps": "repetitions of the cell, over which the medians are taken",
    "left_out": "disturbed blocks, which are left out; if all were disturbed, the figures have a ~ and do not count",
    "over_floor_ns": "ns_per_pair minus that of the cheapest floor under the same conditions; at the floor: the repetitions of both overlap",
    "times_floor": "ns_per_pair divided by that of the cheapest floor under the same conditions",
    "spread_percent": "ns_per_pair of the slowest repetition minus that of the fastest, as a share of the median",
    "clean_percent": "share of the windows in which no thread waited for a CPU for more than 1 % of it",
}


@dataclass(frozen=True)
class Heading:
    name: str
    label: str
    unit: str
    meaning: str
    text: bool  # text, not a number


@dataclass(frozen=True)
class Cell:
    shown: str
    value: str  # sort key; empty: no value
    note: str = ""
    best: bool = False


@dataclass(frozen=True)
class Table:
    headings: list[Heading]
    rows: list[list[Cell]]
    constant: dict[str, str]  # axes with only one value, which the table leaves out


def number(value: float) -> str:
    """Formats with three digits; larger numbers as a grouped integer."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def label(name: str) -> tuple[str, str]:
    """A column's name in words, and its unit."""
    percentile = _PERCENTILE.fullmatch(name)
    if percentile:
        return f"p{percentile[1]}{'.' * bool(percentile[2])}{percentile[2]}", "ns"
    for end, unit in (("_ns", "ns"), ("_percent", "%")):
        if name.endswith(end):
            return name.removesuffix(end).replace("_", " "), unit
    return ("× floor", "") if name == "times_floor" else (name.replace("_", " ").replace("cpu ", "CPU "), "")


def _measured(df: pd.DataFrame) -> list[str]:
    """The measured numbers that some row has. Columns of every row describe the block."""
    return [column.name for column in table().columns if column.kind == "REAL" and not column.always and df[column.name].notna().any()]


def _typical(one: Any, name: str) -> float | None:
    """The largest max_ns; of other columns, the median over repetitions, if most have a value."""
    if one is None:
        return None
    if name == "max_ns":
        return float(one.high)
    return float(one.median) if 2 * one.n > one.blocks else None


def _spread(one: Any) -> float | None:
    return float(100 * (one.high - one.low) / one.median) if one is not None and one.n > 1 and one.median else None


def _clean(rows: pd.DataFrame) -> float | None:
    given = rows[rows["windows_clean"].notna()]
    windows = float(given["windows"].sum())
    return 100 * float(given["windows_clean"].sum()) / windows if windows else None


def _floors(cells: pd.DataFrame, conditions: list[str]) -> dict[tuple[object, ...], Range]:
    """Conditions → time per pair of the cheapest floor."""
    rows = frame.metric(cells[(cells["floor"] == 1) & (cells["workload"] != "limit") & ~cells["disturbed"]], "ns_per_pair")
    return floors_of.ranges(rows.sort_values("median", ascending=False, kind="stable"), conditions)


def _from_floor(one: Any, value: float | None, floor: Range | None) -> Iterator[tuple[str, Cell]]:
    """The columns over_floor_ns and times_floor."""
    if value is None or not floor or not floor.median:
        yield from (("over_floor_ns", _number(None)), ("times_floor", _number(None)))
        return
    over = floors_of.over(one, floor)
    yield "over_floor_ns", Cell(floors_of.AT_FLOOR, "0") if over is None else _number(over)
    yield "times_floor", Cell(floors_of.AT_FLOOR, "1") if over is None else _number(value / floor.median)


def _values(told: dict[str, Any], measured: list[str], floor: Range | None) -> Iterator[tuple[str, Cell]]:
    """told: metric → the cell's row."""
    for name in measured:
        one = told.get(name)
        value = _typical(one, name)
        yield name, _number(value)
        if name == "ns_per_pair":
            yield from _from_floor(one, value, floor)
            yield "spread_percent", _number(_spread(one))


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
    """Sort key: cells with a time per pair first, limits last."""
    return 2 if (rows["workload"] == "limit").any() else int(rows["ns_per_pair"].isna().all())


def _heading(name: str) -> Heading:
    meanings = {column.name: column.meaning for column in table().columns}
    kinds = {column.name: column.kind for column in table().columns}
    words, unit = label(name)
    return Heading(name, words, unit, OWN.get(name) or meanings[name], name == "series" or kinds.get(name) == "TEXT")


def tabulate(df: pd.DataFrame) -> Table:
    """The table of all cells, including limits."""
    axes = [name for name in AXES if name not in NAMED]
    constant = {name: str(df[name].iloc[0]) for name in axes if df[name].nunique(dropna=False) == 1}
    measured, conditions = _measured(df), [*axes, "origin"]
    cells = frame.of(df, [*conditions, "series", "floor"], measured)
    told: dict[tuple[object, ...], dict[str, Any]] = {}
    for key, row in zip(cells[[*conditions, "series"]].itertuples(index=False), cells.itertuples(index=False)):
        told.setdefault(tuple(key), {})[row.metric] = row
    floors = _floors(cells, conditions)
    shown = ["series", *(name for name in axes if name not in constant)]
    names: list[str] = []
    rows: list[list[Cell]] = []
    for key, some in sorted(df.groupby([*conditions, "series"], dropna=False), key=lambda item: _rank(item[1])):
        where = dict(zip([*conditions, "series"], key))
        quiet = noise.quiet(some)
        values = dict(_values(told.get(key, {}), measured, floors.get(key[:-1])))
        values["clean_percent"] = _number(_clean(some if quiet.empty else quiet))
        names = [*shown, "reps", "left_out", *values]
        found = [value if len(quiet) else _marked(value) for value in values.values()]
        left_out = (len(some) - len(quiet)) or None
        rows.append([*(_axis(where[name]) for name in shown), _number(len(quiet)), _number(left_out), *found])
    empty = {n for n in range(len(names)) if not any(row[n].value for row in rows)}
    kept = [n for n in range(len(names)) if n not in empty]
    return Table([_heading(names[n]) for n in kept], [[row[n] for n in kept] for row in rows], constant)
