# SPDX-License-Identifier: BSD-3-Clause
"""Draws what ./run history analyze --format json found: the cost of each cell over commits."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from results.command import Parser, checked, run, writing  # First: it covers the imports below.

from plots.figures import OUT, trend
from results.columns import ResultError


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="./run trend", description=__doc__)
    parser.add_argument("json", nargs="?", type=Path, metavar="JSON", help="default: standard input")
    parser.add_argument("-o", dest="out", type=Path, default=OUT, metavar="DIR", help="where to write, made if missing; default: plots/out")
    return parser.parse_args(argv)


def _read(path: Path | None) -> list[dict[str, Any]]:
    """Each machine's history."""
    text = path.read_text(encoding="utf-8") if path else sys.stdin.read()
    try:
        docs: list[dict[str, Any]] = json.loads(text)
    except json.JSONDecodeError as error:
        raise ResultError(f"{path or 'standard input'}:{error.lineno}: not JSON: {error.msg}") from error
    return docs


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(argv)
    docs = _read(args.json)
    for doc in docs:
        with writing(args.out):
            paths = trend.write(doc, args.out, "trend" if len(docs) == 1 else f"trend-{doc['fingerprint']}")
        print("\n".join(map(str, paths)))
    return 0


if __name__ == "__main__":
    run(main)
