# SPDX-License-Identifier: BSD-3-Clause
"""Compares two runs: is the new one slower? The headline cells decide, and so does a REGRESSION of
any other cell.

Exit status: 0 no; 1 a REGRESSION; 3 too many headline cells are undecided; 2 bad usage or input."""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from results.command import Parser, checked, run, write  # First: it covers the imports below.

from compare import comparisons, machine, runs, table, text
from compare.answers import STATUS
from compare.runs import FAMILIES, METRICS, Metric
from compare.table import Report
from compare.machine import Rules

FORMATS = ("text", "json")
NARROW = 80


def _between(least: float, most: float) -> type[float]:
    def convert(word: str) -> float:
        value = float(word)
        if not least < value < most:
            raise argparse.ArgumentTypeError(f"{word} is not between {least:g} and {most:g}")
        return value

    convert.__name__ = "number"  # argparse names it where float() fails
    return convert  # type: ignore[return-value]


def _pattern(word: str) -> str:
    try:
        re.compile(word)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{word!r} is not a regular expression: {error}") from error
    return word


def _metrics(words: str) -> list[Metric]:
    known = {metric.column: metric for metric in METRICS}
    for word in words.split(","):
        if word not in known and word not in FAMILIES:
            raise argparse.ArgumentTypeError(f"{word!r} is not one of {', '.join((*FAMILIES, *known))}")
    return [metric for metric in METRICS if {metric.column, metric.family} & set(words.split(","))]


def _parser() -> Parser:
    parser = Parser(prog="./run compare", description=__doc__)
    parser.add_argument("csv", nargs="*", type=Path, metavar="CSV", help="OLD.csv and NEW.csv")
    parser.add_argument("--old", nargs="+", type=Path, default=[], metavar="CSV", help="one or more files of the old run")
    parser.add_argument("--new", nargs="+", type=Path, default=[], metavar="CSV", help="one or more files of the new run")
    parser.add_argument("--margin", type=_between(0, 10), default=0.05, help="smallest slowdown of times that counts; default: 0.05")
    parser.add_argument("--tail-margin", type=_between(0, 10), default=0.25, help="the same for percentiles; default: 0.25")
    parser.add_argument("--alpha", type=_between(0, 0.5), default=0.01, help="chance of any false REGRESSION; default: 0.01")
    parser.add_argument("--by", choices=("cell", "strategy", "both"), default="both", help="compare single cells, each strategy's cells together, or both; default: both")
    parser.add_argument("--metric", type=_metrics, default=list(METRICS), metavar="NAME,...", help="columns, or the families time and tail; default: all")
    parser.add_argument("--filter", type=_pattern, default="", metavar="REGEX", help="only the cell of that name, or cells whose name matches; floors are always used")
    parser.add_argument("--raw", action="store_true", help="do not correct by the floors or require a quiet machine")
    parser.add_argument("--allow-mixed", action="store_true", help="allow runs of different machines or sources")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--all", action="store_true", help="print every row, not only changes")
    parser.add_argument("--output", type=Path, metavar="FILE", help="output file; default: standard output")
    return parser


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    args = parser.parse_args(argv)
    if args.csv and (args.old or args.new):
        parser.error("give either OLD and NEW, or --old and --new")
    if args.csv:
        if len(args.csv) != 2:
            parser.error(f"two files are needed, {len(args.csv)} given (--old and --new take several)")
        args.old, args.new = args.csv[:1], args.csv[1:]
    if not args.old or not args.new:
        parser.error("nothing to compare: give OLD.csv and NEW.csv")
    return args


def compare(args: argparse.Namespace) -> Report:
    rules = Rules(args.alpha, {"time": args.margin, "tail": args.tail_margin}, not args.raw)
    found = runs.read(args.old, args.new, args.metric, args.filter, mixed=args.allow_mixed)
    ours = [cell for cell in found.cells if not cell.floor]
    machines = {}
    for family in (family for family in FAMILIES if any(cell.metric.family == family for cell in ours)):
        floors = [cell for cell in found.cells if cell.floor and cell.metric.family == family]
        machines[family] = machine.machines(floors, found.shares, rules)
    return Report(found, machines, comparisons.judged(ours, machines, rules, args.by), rules)


def _written(report: Report, args: argparse.Namespace) -> str:
    if args.format == "json":
        return table.as_json(report)
    width = max(NARROW, shutil.get_terminal_size((NARROW, 24)).columns)
    return text.as_text(report, width, args.all)


@checked
def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv)
    report = compare(args)
    write(_written(report, args), args.output)
    return STATUS[report.verdict]


if __name__ == "__main__":
    run(main)
