# SPDX-License-Identifier: BSD-3-Clause
"""The recorded counts of one compiler and architecture: baseline/FOLDER/counts.json."""
from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from disassembly import KINDS, Cost, Measured, names_line
from program import Failed

BASELINE = Path(__file__).resolve().parent / "baseline"


@dataclass(frozen=True, order=True)
class Row:
    strategy: str
    level: str  # list, callback
    variant: str  # "" where the strategy has but one

    def __str__(self) -> str:
        return f"{self.strategy} {self.level}{f' ({self.variant})' if self.variant else ''}"


@dataclass
class Recorded:
    own: Cost
    libc: Cost
    names: dict[str, Fraction]


@dataclass
class Ledger:
    compiler: str  # version, to the last digit
    libc: str  # digest
    rows: dict[Row, Recorded] = field(default_factory=dict)


def number(n: Fraction) -> int | str:
    return n.numerator if n.denominator == 1 else str(n)


def costs(table: dict[str, Fraction]) -> dict[str, int | str]:
    return {name: number(n) for name, n in table.items()}


def write(folder: Path, ledger: Ledger) -> None:
    """One line a row."""
    lines = []
    for row, kept in sorted(ledger.rows.items()):
        who = {"strategy": row.strategy, "level": row.level, "variant": row.variant}
        own, libc = ({kind: number(cost[kind]) for kind in KINDS if kind in cost} for cost in (kept.own, kept.libc))
        lines.append("  " + json.dumps({**who, "own": own, "libc": libc, "names": costs(dict(sorted(kept.names.items())))}))
    head = f'{{"compiler": {json.dumps(ledger.compiler)}, "libc": {json.dumps(ledger.libc)}, "rows": [\n'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "counts.json").write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def fractions(table: dict[str, Any]) -> dict[str, Fraction]:
    return {name: Fraction(n) for name, n in table.items()}


def read(folder: Path) -> Ledger | None:
    path = folder / "counts.json"
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        ledger = Ledger(data["compiler"], data["libc"])
        for cells in data["rows"]:
            kept = Recorded(*(fractions(cells[part]) for part in ("own", "libc", "names")))
            ledger.rows[Row(cells["strategy"], cells["level"], cells["variant"])] = kept
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(f"{path}: not a table of counts: {error!r}") from None
    return ledger


def listing(got: Measured) -> list[str]:
    return [*got.listing["loops"], *(["needm*.c:", *sums(got.listing["needm"])] if got.listing["needm"] else []), *library(got)]


def library(got: Measured) -> list[str]:
    return ["C library:", *got.listing["libc"]] if got.listing["libc"] else []


def sums(lines: Iterable[str]) -> list[str]:
    """Instructions by function. needm*.c is the same for all, so its code is shown once."""
    total: dict[str, Fraction] = {}
    function = ""
    for line in lines:
        if line.startswith(" "):
            total[function] = total.get(function, Fraction(0)) + Fraction(line.split()[0])
        else:
            function = line.rstrip(":")
    return [f"{n!s:>8}  in {name}" for name, n in sorted(total.items())]


def difference(old: list[str], new: list[str], name: str) -> list[str]:
    return [line.rstrip("\n") for line in difflib.unified_diff(old, new, f"recorded {name}", f"now {name}", lineterm="")]


def changes(old: Cost, new: Cost) -> dict[str, tuple[Fraction, Fraction]]:
    pairs = {kind: (old.get(kind, Fraction(0)), new.get(kind, Fraction(0))) for kind in KINDS}
    return {kind: pair for kind, pair in pairs.items() if pair[0] != pair[1]}


def told(change: dict[str, tuple[Fraction, Fraction]]) -> str:
    return ", ".join(f"{kind} {old} -> {new}" for kind, (old, new) in change.items())


@dataclass(frozen=True)
class Verdict:
    ok: bool
    text: str


def judge(old: Recorded, got: Measured, same_libc: bool) -> Verdict:
    """
    Exact: one instruction more is worse. One less is a note. The C library's part is judged only
    against the same library. So are the names of atomic and ordered instructions, which include the
    library's: another name is another memory order.
    """
    own, libc = changes(old.own, got.own), changes(old.libc, got.libc)
    change = {**own, **({f"C library's {kind}": pair for kind, pair in libc.items()} if same_libc else {})}
    if not change and same_libc and old.names != got.names:
        return Verdict(False, f"other instructions: {names_line(old.names)} -> {names_line(got.names)}")
    if not change:
        return Verdict(True, "")
    worse = any(now > before for before, now in change.values())
    return Verdict(not worse, f"{'worse' if worse else 'better'}: {told(change)}")
