# SPDX-License-Identifier: BSD-3-Clause
"""The recorded counts as tables in Markdown: one for each level, a row a strategy, columns for each
compiler and architecture."""
from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import ledger
from ledger import Ledger, Recorded, Row
from program import Failed


def total(kept: Recorded, kind: str) -> Fraction:
    return kept.own.get(kind, Fraction(0)) + kept.libc.get(kind, Fraction(0))


def cells(kept: Recorded | None, level: str) -> list[str]:
    """Instructions; atomic ones, on arm64 with loads and stores that are ordered; in a callback the
    system calls too."""
    if kept is None:
        return ["–"] * (3 if level == "callback" else 2)
    atomics = str(total(kept, "atomics")) + "".join(f" + {total(kept, kind)}" for kind in ("ordered", "fences") if total(kept, kind))
    return [str(total(kept, "instructions")), atomics, *([str(total(kept, "syscalls"))] if level == "callback" else [])]


def one_level(level: str, recorded: dict[str, Ledger], strategies: list[str]) -> list[str]:
    columns = ["", "atomic", "system calls"] if level == "callback" else ["", "atomic"]
    heads = [f"{name} {column}".strip() if not column else column for name in recorded for column in columns]
    rows = {row for kept in recorded.values() for row in kept.rows if row.level == level and row.strategy in strategies}
    lines = [f"| {level} | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
    for row in sorted(rows, key=lambda row: (strategies.index(row.strategy), row.variant != "rseq", row.variant)):
        values = [cell for kept in recorded.values() for cell in cells(kept.rows.get(row), level)]
        lines.append(f"| {name_of(row)} | {' | '.join(values)} |")
    return lines


def name_of(row: Row) -> str:
    return f"`{row.strategy}`{f', {row.variant}' if row.variant else ''}"


def markdown(baseline: Path, strategies: list[str]) -> str:
    folders = sorted(path.parent for path in baseline.glob("*/counts.json"))
    recorded = {folder.name: kept for folder in reversed(folders) if (kept := ledger.read(folder)) is not None}
    if not recorded:
        raise Failed(f"{baseline}: nothing is recorded")
    return "\n".join("\n".join([*one_level(level, recorded, strategies), ""]) for level in ("list", "callback")).rstrip("\n")
