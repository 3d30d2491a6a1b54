# SPDX-License-Identifier: BSD-3-Clause
"""Checks result files against columns.def. --page prints the table of columns in
results/README.md."""

from __future__ import annotations

import sys
from pathlib import Path

from results import latencies
from results.columns import Column, table
from results.schema import check, count_rows, is_partial
from results.command import Parser, checked, run

# Most problems to print: a file of another kind has one on every line.
SHOWN = 20


def page() -> str:
    """The table of columns in Markdown."""
    head = [f"Schema {table().schema}.", "", "| column | kind | meaning |", "|---|---|---|"]
    return "\n".join(head + [_line(column) for column in table().columns])


def _line(column: Column) -> str:
    kind = {"TEXT": "text", "COUNT": "whole number", "REAL": "number"}[column.kind]
    maybe = "" if column.always else ", may be empty"
    return f"| `{column.name}` | {kind}{maybe} | {column.meaning.replace('|', chr(92) + '|')} |"


def _matrix(path: str) -> bool:
    cpus = len(latencies.read(Path(path)))
    print(f"{path}: core-to-core latencies of {cpus} CPUs")
    return True


def validate(path: str) -> bool:
    if latencies.is_matrix(path):
        return _matrix(path)
    problems = check(path)
    for problem in problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"{path}: and {len(problems) - SHOWN} more", file=sys.stderr)
    if not problems:
        print(f"{path}: {count_rows(path)} rows, {'partial' if is_partial(path) else 'complete'}")
    return not problems


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="./run validate", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--page", action="store_true", help="print the table of columns as Markdown")
    args = parser.parse_args(argv)
    if args.page == bool(args.files):
        parser.error("give either files to check or --page")
    if args.page:
        print(page())
        return 0
    return 0 if all([validate(path) for path in args.files]) else 2


if __name__ == "__main__":
    run(main)
