# SPDX-License-Identifier: BSD-3-Clause
"""The names of cells, the same as axes_name in bench/row/axes.c."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from results.columns import table

__all__ = ["cell", "file", "parts", "phrase", "phrases", "selector", "series", "short", "word"]

_AXES = {axis.column.name: axis for axis in table().axes}


def word(value: object) -> str:
    """The text without the characters that separate parts."""
    return re.sub(r"[\s/]", "_", str(value))


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _given(row: Mapping[str, Any], axis: str) -> bool:
    """Whether a name includes the axis. An axis that is not in every row is left out if it is
    empty, 0 or NaN."""
    value = row[axis]
    return value != "" and (_AXES[axis].column.always or not (value in (0, "0") or value != value))


def parts(row: Mapping[str, Any]) -> dict[str, str]:
    """Axis → value as text, for all axes in the name, in their order."""
    return {axis: word(_number(row[axis])) for axis in _AXES if _given(row, axis)}


def _piece(axis: str, value: str) -> str:
    """A part of the name. Texts of every row stand bare, others after their column's name without
    its unit."""
    if axis == "variant":
        return f":{value}"
    column = _AXES[axis].column
    return f"/{value}" if column.kind == "TEXT" and column.always else f"/{axis.removesuffix('_ns')}:{value}"


def cell(row: Mapping[str, Any]) -> str:
    """The cell name of a row, or of values for all axes, as extram-bench --list prints it."""
    return "".join(_piece(*part) for part in parts(row).items()).removeprefix("/")


def short(row: Mapping[str, Any]) -> str:
    """A shorter name for tables: without axes that are 0 or have the usual value."""
    usual = {"hold_ns": "0", "think_ns": "0", "prefill": str(int(row["threads"]) + 1), "placement": "compact"}
    shown = ((axis, value) for axis, value in parts(row).items() if value != usual.get(axis))
    return "".join(f"/{value}T" if axis == "threads" else _piece(axis, value) for axis, value in shown).removeprefix("/")


def phrase(axis: str, value: object) -> str:
    """The value in words, such as "refill go"."""
    return _AXES[axis].phrase % value if _AXES[axis].phrase else f"{axis} {value}"


def phrases(row: Mapping[str, Any]) -> dict[str, str]:
    """Axis → value in words, for the axes that only some rows have."""
    found = {axis: value for axis, value in parts(row).items() if not _AXES[axis].column.always and axis != "variant"}
    return {axis: phrase(axis, value) for axis, value in found.items()}


def series(strategy: object, variant: object, shown: bool = True) -> str:
    """The strategy with its variant, if any."""
    return f"{strategy}:{word(variant)}" if shown and variant else str(strategy)


def file(name: str) -> str:
    """The name of the cell's distribution file, as in bench/out/hgrm.c."""
    return name.replace("/", "_").replace(":", "-") + ".hgrm"


def selector(text: str, known: Collection[str]) -> Callable[[str], bool]:
    """Filters like extram-bench --filter: the cell of that name, otherwise the cells whose name
    matches the regular expression."""
    if text in known:
        return lambda name: name == text
    pattern = re.compile(text)
    return lambda name: pattern.search(name) is not None
