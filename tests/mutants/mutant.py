# SPDX-License-Identifier: BSD-3-Clause
"""The mutants: small differences to a real source, each with the checkers that must find it; or
none, if it is correct but odd."""
from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import matrix


class Stale(Exception):
    """A source is no longer what a mutant takes it for."""


def edited(text: str, edits: list[tuple[str, str]], where: str) -> str:
    """The text with each edit made. An edit must fit exactly once."""
    for old, new in edits:
        if text.count(old) != 1:
            raise Stale(f"{where}: {text.count(old)} times, not once: {old}")
        text = text.replace(old, new)
    return text


@dataclass(frozen=True)
class Mutant:
    name: str
    what: str
    folder: str  # impls, bench or model
    strategy: str
    file: str
    edits: list[tuple[str, str]]
    killed_by: frozenset[str]
    variant: str  # what the contract test must print of the strategy for the checkers on real threads to reach the site
    pairs: int  # for stress
    explore: str  # for the explorer, in place of every client
    test: str  # the program of tests/bench, or tests/model, that looks for it
    flags: list[str]  # for the compiler, of what is in impls/
    escapes: str  # why no checker finds it

    @property
    def control(self) -> bool:
        return not self.killed_by and not self.escapes

    def digest(self, source: Path) -> str:
        """A set has no order of its own, and `what` is for the reader."""
        row = {**asdict(self), "killed_by": sorted(self.killed_by), "what": ""}
        return matrix.digest(source / self.folder / self.file, row)

    def apply(self, root: Path) -> None:
        """Breaks the copy there."""
        path = root / self.folder / self.file
        text = edited(path.read_text(encoding="utf-8"), self.edits, f"{self.name}: {self.file}")
        path.write_text(text, encoding="utf-8")


def mutant(name: str, row: dict[str, Any]) -> Mutant:
    return Mutant(
        name=name,
        what=row["what"],
        folder=row.get("folder", "impls"),
        strategy=row["strategy"],
        file=row["file"],
        edits=[(old, new) for old, new in row["edits"]],
        killed_by=frozenset(row.get("killed_by", ())),
        variant=row.get("variant", ""),
        pairs=row.get("pairs", 400000),
        explore=row.get("explore", ""),
        test=row.get("test", ""),
        flags=row.get("flags", []),
        escapes=row.get("escapes", ""),
    )


def load(folder: Path, sections: Path) -> list[Mutant]:
    """All tables of the folder; `edits_of` names one of rseq.h's, from another table."""
    found: list[Mutant] = []
    of_sections = json.loads(sections.read_text(encoding="utf-8")) if sections.exists() else {}
    for path in sorted(folder.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        common = {key: value for key, value in table.items() if not isinstance(value, dict)}
        for name, own in table.items():
            if not isinstance(own, dict) or own.get("edits_of", name) not in of_sections | table:
                continue
            row = common | of_sections.get(own.get("edits_of"), {}) | own
            found.append(mutant(f"{path.stem}.{name}", row))
            if name.startswith("ok_") != found[-1].control:
                raise Stale(f"{name}: the correct ones, and they alone, are called ok_ and killed by nothing")
    return found
