# SPDX-License-Identifier: BSD-3-Clause
"""The names of cells, the same as cells_name in bench/cells.c."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from rules import AXES, AXES_OF_SOME

__all__ = ["FIRST", "cell", "file", "parts", "selector", "series", "short", "word"]

FIRST = ("workload", "level", "strategy")  # strategy includes the variant
BARE = ("placement",)  # written without the column name


def word(value: object) -> str:
    """The text without the characters that separate parts."""
    return re.sub(r"[\s/]", "_", str(value))


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _given(row: Mapping[str, Any], axis: str) -> bool:
    """Whether a name includes the axis. An axis of some workloads is left out if it is empty, 0 or NaN."""
    value = row[axis]
    return axis not in AXES_OF_SOME or not (value in ("", 0, "0") or value != value)


def parts(row: Mapping[str, Any]) -> dict[str, str]:
    """Axis → value as text, for all axes in the name, in the order of AXES."""
    return {axis: word(_number(row[axis])) for axis in AXES if _given(row, axis) and row[axis] != ""}


def _key(axis: str) -> str:
    return axis.removesuffix("_ns")


def series(strategy: object, variant: object, shown: bool = True) -> str:
    """The strategy with its variant, if any."""
    return f"{strategy}:{word(variant)}" if shown and variant else str(strategy)


def cell(row: Mapping[str, Any]) -> str:
    """The cell name of a row, or of values for AXES, as extram-bench --list prints it."""
    found = parts(row)
    words = [found["workload"], found["level"], series(found["strategy"], found.get("variant"))]
    rest = [axis for axis in found if axis not in (*FIRST, "variant")]
    return "/".join(words + [found[axis] if axis in BARE else f"{_key(axis)}:{found[axis]}" for axis in rest])


def short(row: Mapping[str, Any]) -> str:
    """A shorter name for tables: without axes that are 0 or have the usual value."""
    found = parts(row)
    usual = {"hold_ns": "0", "think_ns": "0", "prefill": str(int(row["threads"]) + 1), "placement": "compact"}
    words = [found["workload"], found["level"], series(found["strategy"], found.get("variant")), f"{found['threads']}T"]
    rest = [axis for axis in found if axis not in (*FIRST, "variant", "threads") and found[axis] != usual.get(axis)]
    return "/".join(words + [found[axis] if axis in BARE else f"{_key(axis)}:{found[axis]}" for axis in rest])


def file(name: str) -> str:
    """The name of the cell's distribution file, as in bench/hgrm.c."""
    return name.replace("/", "_").replace(":", "-") + ".hgrm"


def selector(text: str, known: Collection[str]) -> Callable[[str], bool]:
    """Filters like extram-bench --filter: the cell of that name, otherwise the cells whose name matches the regular expression."""
    if text in known:
        return lambda name: name == text
    pattern = re.compile(text)
    return lambda name: pattern.search(name) is not None
