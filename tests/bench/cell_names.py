# SPDX-License-Identifier: BSD-3-Clause
"""cell_names.py NAMES...: the program and the readers spell the names of recorded cells alike.

NAMES is the program of cell_names.c. The rows of one more
file have a value on every axis. tests/python/test_names.py shows that a name belongs to one cell.
"""
from __future__ import annotations

import csv
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

from results import names
from results.columns import table
from results.schema import load

RECORDED = Path(__file__).resolve().parents[2] / "results" / "recorded"


def recorded() -> list[Path]:
    return [path for path in sorted(RECORDED.rglob("*.csv")) if path.read_bytes().startswith(b"schema,run_id,")]


def made_up(folder: Path) -> Path:
    """Rows that differ on one axis, or lack it, and one with characters that separate."""
    usual = {column.name: "a" if column.kind == "TEXT" else "7" for column in table().columns}
    usual["schema"] = str(table().schema)
    rows = [usual, {**usual, "variant": "a/b c\td:e"}]
    for axis in table().axes:
        values = ["b"] if axis.column.kind == "TEXT" else ["12", "0"]
        rows += [{**usual, axis.column.name: value} for value in values + [""] * (not axis.column.always)]
    path = folder / "made_up.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, table().names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def spelled(path: Path, known: bool) -> list[str]:
    """As the readers spell them; known: the file is a sound one."""
    if known:
        return [names.cell({str(key): value for key, value in row.items()}) for row in load(path).to_dict("records")]
    with path.open(newline="", encoding="utf-8") as file:
        return [names.cell(row) for row in csv.DictReader(file)]


def main(command: list[str]) -> int:
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        files = [*recorded(), made_up(Path(folder))]
        for path in files:
            own = subprocess.run([*command, str(path)], check=True, capture_output=True, encoding="utf-8").stdout.splitlines()
            other = [pair for pair in itertools.zip_longest(own, spelled(path, path != files[-1])) if pair[0] != pair[1]]
            for pair in other[:1]:
                print(f"{path}: {pair[0]}, not {pair[1]}")
            bad += bool(other)
    print(f"{len(files)} files, {bad} with other names")
    return 1 if bad or len(files) < 2 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
