# SPDX-License-Identifier: BSD-3-Clause
"""Measures many commits, and finds those that changed a cost."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

from results.command import Parser, checked, run  # First: it covers the imports below.

from compare.answers import PASS, REGRESSION, STATUS
from compare.history import changepoint, report, rounds, series
from compare.history.git import named
from results.columns import ResultError
from results.repository import ROOT


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to less than 1, such as 0.02")
    return value


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "extram" / "history"


def _add_run(commands: argparse._SubParsersAction[Parser]) -> None:
    text = "build commits and measure them in rounds of random order; skip what is already measured"
    run = commands.add_parser("run", help=text, description=text, epilog="Options after -- go to extram-bench in place of the short set.")
    run.add_argument("commits", nargs="*", metavar="COMMIT", help="a commit, or FROM..TO along first parents, including both ends")
    run.add_argument("--revs", type=Path, metavar="FILE", help="file with more commits, one on each line")
    run.add_argument("--rounds", type=_count, default=5, metavar="N", help="launches of each commit; default: 5")
    run.add_argument("-o", dest="output", type=Path, default=ROOT / "results" / "history", metavar="DIR", help="output folder; default: results/history")
    run.add_argument("--repo", type=Path, default=ROOT, metavar="DIR", help="the repository; default: this one")
    run.add_argument("--cache", type=Path, default=_cache(), metavar="DIR", help=f"where commits are built; default: {_cache()}")
    run.add_argument("--meson", action="append", default=[], metavar="OPTION", help="option for meson setup, such as --meson=-Dbuildtype=release")
    run.add_argument("--seed", type=int, default=1, metavar="N", help="random seed of the order; default: 1")


def _run(args: argparse.Namespace, options: list[str]) -> int:
    if not args.commits and not args.revs:
        raise ResultError("no commits: give FROM..TO, or --revs FILE")
    repo, cache = args.repo.resolve(), args.cache.resolve()
    plan = rounds.Plan(repo, args.output, cache, args.rounds, args.seed, options or rounds.SHORT, args.meson)
    return rounds.run(plan, named(repo, args.commits, args.revs))


def _add_analyze(commands: argparse._SubParsersAction[Parser]) -> None:
    text = "find the commits that changed a cost; exit code 1 if one made it worse"
    analyze = commands.add_parser("analyze", help=text, description=text)
    analyze.add_argument("csv", nargs="+", type=Path, metavar="CSV|DIR", help="result files, or folders of them")
    analyze.add_argument("--margin", type=_share, default=0.02, metavar="SHARE", help="smallest change to report; smaller ones are only counted; default: 0.02")
    analyze.add_argument("--alpha", type=_share, default=0.01, metavar="P", help="chance of any false change in all cells; default: 0.01")
    analyze.add_argument("--permutations", type=_count, default=1999, metavar="N", help="number of permutations; default: 1999")
    analyze.add_argument("--seed", type=int, default=1, metavar="N", help="random seed of the permutations; default: 1")
    analyze.add_argument("--since", default="", metavar="REV", help="exit with 1 only for changes at this commit or later")
    analyze.add_argument("--filter", type=_pattern, default="", metavar="REGEX", help="only cells whose name matches; names are as in the output")
    analyze.add_argument("--metric", default="", metavar="COLUMN", help="column to analyze; default: time per pair, or CPU time if threads outnumber CPUs")
    analyze.add_argument("--repo", type=Path, default=ROOT, metavar="DIR", help="repository that orders commits if there is no revisions.txt; default: this one")
    analyze.add_argument("--by-time", action="store_true", help="order revisions by the time of their first block")
    analyze.add_argument("--format", choices=("text", "json"), default="text", help="json: for plots.trend; default: text")


def _since(revs: list[str], rev: str) -> str:
    if rev and not any(one.startswith(rev) for one in revs):
        raise ResultError(f"--since {rev}: no such commit in the history")
    return rev


def _analyze(args: argparse.Namespace) -> int:
    if 1 / (1 + args.permutations) > args.alpha:
        raise ResultError(f"--permutations {args.permutations}: too few for a p-value of {args.alpha:g}")
    ask = series.Ask(args.csv, args.repo, args.metric, args.filter, args.by_time)
    histories = series.read(ask)
    since = _since([commit.rev for one in histories for commit in one.commits], args.since)
    rule = report.Rule(changepoint.Plan(args.alpha, args.permutations, args.seed), args.margin)
    docs = [report.document(history, rule) for history in histories]
    print(json.dumps(docs, indent=1) if args.format == "json" else "\n\n".join(report.text(doc) for doc in docs))
    return STATUS[REGRESSION if any(report.worse(doc, since) for doc in docs) else PASS]


def _parser() -> Parser:
    parser = Parser(prog="./run history", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|analyze")
    _add_run(commands)
    _add_analyze(commands)
    return parser


@checked
def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    at = argv.index("--") if "--" in argv else len(argv)
    args = _parser().parse_args(argv[:at])
    try:
        return _run(args, argv[at + 1 :]) if args.command == "run" else _analyze(args)
    except KeyboardInterrupt:
        print("history: interrupted; finished launches are kept", file=sys.stderr)
        raise


if __name__ == "__main__":
    run(main)
