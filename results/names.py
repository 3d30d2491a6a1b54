# SPDX-License-Identifier: BSD-3-Clause
"""What cells are called: one rule for all readers of result files, the same as cells_name in bench/cells.c."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from rules import AXES, AXES_OF_SOME

__all__ = ["FIRST", "cell", "file", "parts", "selector", "series", "short", "word"]

FIRST = ("workload", "level", "strategy")  # and the variant with the strategy
BARE = ("placement",)  # stands without the name of its column


def word(value: object) -> str:
    """Without what ends a part of a name."""
    return re.sub(r"[\s/]", "_", str(value))


def _number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _given(row: Mapping[str, Any], axis: str) -> bool:
    """An axis of some workloads is left out where it is empty, 0 or not a number."""
    value = row[axis]
    return axis not in AXES_OF_SOME or not (value in ("", 0, "0") or value != value)


def parts(row: Mapping[str, Any]) -> dict[str, str]:
    """Axis → value as a word, of all axes that a name has, in the order of AXES."""
    return {axis: word(_number(row[axis])) for axis in AXES if _given(row, axis) and row[axis] != ""}


def _key(axis: str) -> str:
    return axis.removesuffix("_ns")


def series(strategy: object, variant: object, shown: bool = True) -> str:
    """The strategy with its variant, if there is one to show."""
    return f"{strategy}:{word(variant)}" if shown and variant else str(strategy)


def cell(row: Mapping[str, Any]) -> str:
    """The cell of a row, or of a value for each of AXES, as extram-bench --list prints it."""
    found = parts(row)
    words = [found["workload"], found["level"], series(found["strategy"], found.get("variant"))]
    rest = [axis for axis in found if axis not in (*FIRST, "variant")]
    return "/".join(words + [found[axis] if axis in BARE else f"{_key(axis)}:{found[axis]}" for axis in rest])


def short(row: Mapping[str, Any]) -> str:
    """The same for a row of a table: without axes that are 0 or as usual."""
    found = parts(row)
    usual = {"hold_ns": "0", "think_ns": "0", "prefill": str(int(row["threads"]) + 1), "placement": "compact"}
    words = [found["workload"], found["level"], series(found["strategy"], found.get("variant")), f"{found['threads']}T"]
    rest = [axis for axis in found if axis not in (*FIRST, "variant", "threads") and found[axis] != usual.get(axis)]
    return "/".join(words + [found[axis] if axis in BARE else f"{_key(axis)}:{found[axis]}" for axis in rest])


def file(name: str) -> str:
    """The file with the distribution of the cell of that name, as bench/hgrm.c calls it."""
    return name.replace("/", "_").replace(":", "-") + ".hgrm"


def selector(text: str, known: Collection[str]) -> Callable[[str], bool]:
    """As extram-bench --filter: the cell of that name alone, else those whose name has a match for the regular expression."""
    if text in known:
        return lambda name: name == text
    pattern = re.compile(text)
    return lambda name: pattern.search(name) is not None
