# SPDX-License-Identifier: BSD-3-Clause
"""Exports result files to benchstat (Go's benchmark text), google-benchmark's compare.py (JSON) or
HdrHistogram (.hgrm)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from results import noise
from results.export import go, google, hgrm
from results.schema import ResultError, load
from results.command import Parser, checked, run, say, write

TEXTS = {"benchstat": go.text, "gbench": google.text}


def _rows(path: str) -> list[dict[str, Any]]:
    """All blocks except disturbed ones, which other tools could not recognize."""
    frame = load(path)
    kept = noise.quiet(frame)
    if kept.empty:
        raise ResultError(f"{path}:1: disturbed: other work disturbed every block")
    if len(kept) < len(frame):
        say(f"{path}: {len(frame) - len(kept)} of {len(frame)} blocks are left out: other work disturbed them")
    rows: list[dict[str, Any]] = kept.to_dict("records")
    return rows


def _place_files(files: dict[str, str], to: str) -> None:
    folder = Path(to)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write(text, folder / name)
    print(f"{to}: {len(files)} distributions")


def export(path: str, kind: str, to: str | None) -> None:
    rows = _rows(path)
    if kind in TEXTS:
        write(TEXTS[kind](rows), None if to is None else Path(to))
        return
    assert to is not None
    files = hgrm.files(rows, path)
    if not files:
        raise ResultError(f"{path}:1: samples: no pairs were timed, so there is no distribution")
    _place_files(files, to)


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="./run export", description=__doc__)
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--to", required=True, choices=[*TEXTS, "hgrm"])
    parser.add_argument("-o", "--output", metavar="OUT", help="output file (default standard output); for hgrm, a folder")
    args = parser.parse_args(argv)
    if args.to == "hgrm" and args.output is None:
        parser.error("--to hgrm writes one file per cell and needs -o FOLDER")
    export(args.file, args.to, args.output)
    return 0


if __name__ == "__main__":
    run(main)
