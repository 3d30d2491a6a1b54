# SPDX-License-Identifier: BSD-3-Clause
"""Tests whether build B is slower than build A. Alternates the builds block by block, and prints a
verdict for each cell.

Exit status: 0 all PASS; 1 a REGRESSION; 3 no REGRESSION, but an INCONCLUSIVE cell; 2 bad usage, or
a build that cannot be measured; 130 interrupted, after printing the findings so far.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from results.command import INTERRUPTED, Parser, checked, run, write  # First: it covers the imports below.

from compare.ab.bench import BenchError, program
from compare.ab.builds import Build, find_build
from compare.ab.progress import Meter
from compare.ab.report import FORMATS, Report
from compare.ab.run import Cell, Comparison, Plan, common_cells, interrupted
from compare.ab.selftest import SelfTest, bench_opener
from compare.ab.stats import Rules
from compare.ab.summary import summarise
from compare.ab.trials import LONG, SHORT, TrialsError
from compare.answers import PASS, STATUS, VERDICTS
from compare.builds import BuildError
from results.columns import table

AXES = ("set", "filter", *(axis.option for axis in table().axes if axis.column.always and axis.column.name != "workload"))
LAUNCHES_MIN = 10


def parser() -> argparse.ArgumentParser:
    p = Parser(prog="./run ab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("builds", nargs="*", metavar="BUILD", help="a build folder, or a git revision to build; A, then B")
    p.add_argument("--quads", type=_count, default=150, help="ABBA quads of each cell (default 150)")
    p.add_argument("--launches", type=_count, default=30, help=f"launches of each build, at least {LAUNCHES_MIN} (default 30)")
    p.add_argument("--block-ms", type=_positive, default=5, help="length of a block in ms (default 5)")
    p.add_argument("--waste", type=_positive, default=4, help="most quads to discard per quad to keep (default 4)")
    p.add_argument("--margin", type=_positive, default=0.02, help="smallest slowdown that counts (default 0.02)")
    p.add_argument("--pass-bound", type=_positive, default=0.05, help="slowdown that a PASS must exclude (default 0.05)")
    p.add_argument("--alpha", type=_share, default=0.01, help="chance of any false REGRESSION over all cells (default 0.01)")
    p.add_argument("--seed", type=int, default=1, help="random seed for the order of blocks and cells (default 1)")
    p.add_argument("--format", choices=sorted(FORMATS), default="text")
    p.add_argument("--output", type=Path, help="file for the result (default standard output)")
    axes = p.add_argument_group("cells", "options of extram-bench; measures the cells of workload pair that have a CPU for each thread")
    for axis in AXES:
        axes.add_argument(f"--{axis}", metavar="LIST" if axis not in ("set", "filter") else axis.upper())
    test = p.add_argument_group("self-test", "tests of this program on one build, with planted slowdowns")
    test.add_argument("--self-test", choices=("short", "long"), help="short: minutes; long: an hour or more")
    test.add_argument("--record", type=Path, metavar="FILE.csv", help="file of trials; trials that it has are not repeated")
    return p


def _number(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not greater than 0")
    return value


def _positive(text: str) -> float:
    try:
        return _number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


def _share(text: str) -> float:
    value = _positive(text)
    if value >= 0.5:
        raise argparse.ArgumentTypeError(f"{text!r} is not less than 0.5")
    return value


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def check(p: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Checks that argparse cannot make. Exits with status 2."""
    wanted = 1 if args.self_test else 2
    if len(args.builds) != wanted:
        p.error("--self-test takes one BUILD" if args.self_test else "give two builds: BUILD_A BUILD_B")
    if args.launches < LAUNCHES_MIN or args.quads < args.launches:
        p.error(f"--launches must be at least {LAUNCHES_MIN}, and --quads at least --launches")
    if args.pass_bound <= args.margin:
        p.error(f"--pass-bound {args.pass_bound} must be greater than --margin {args.margin}")
    if bool(args.self_test) != bool(args.record):
        p.error("--self-test and --record need each other")
    if args.output and not args.output.parent.is_dir():
        p.error(f"{args.output}: the folder does not exist")


def bench_options(args: argparse.Namespace) -> list[str]:
    chosen = [f"--{axis}={value}" for axis in AXES if (value := getattr(args, axis)) is not None]
    return ["--workload=pair", *chosen]


def plan_of(args: argparse.Namespace) -> Plan:
    return Plan(quads=args.quads, launches=args.launches, block_ms=args.block_ms, waste=args.waste, seed=args.seed)


def rules_of(args: argparse.Namespace) -> Rules:
    return Rules(margin=args.margin, pass_bound=args.pass_bound, alpha=args.alpha)


def status_of(cells: Sequence[Cell]) -> int:
    verdicts = {cell.verdict for cell in cells}
    return next((STATUS[verdict] for verdict in VERDICTS if verdict in verdicts), STATUS[PASS])


def compare(args: argparse.Namespace, builds: Sequence[Build]) -> int:
    options, plan, rules = bench_options(args), plan_of(args), rules_of(args)
    opens = (bench_opener(program(builds[0].folder), options), bench_opener(program(builds[1].folder), options))
    with opens[0]() as a, opens[1]() as b:
        cells, left_out = common_cells(a, b)
        facts = (a.hello()[0], b.hello()[0])
    report = Report(tuple(builds), facts, plan, rules, cells, left_out)
    failure: BaseException | None = None
    try:
        with Meter(cells, plan) as meter:
            Comparison(opens, cells, plan, rules, progress=meter.show).run()
    except (KeyboardInterrupt, BenchError) as error:
        failure = error
        interrupted(cells, rules)
    write(FORMATS[args.format](report), args.output)
    if isinstance(failure, BenchError):
        raise failure
    return INTERRUPTED if failure else status_of(cells)


def self_test(args: argparse.Namespace, build: Build) -> int:
    """Runs the trials, then summarizes the whole record."""
    command, form = program(build.folder), LONG if args.self_test == "long" else SHORT
    test = SelfTest(bench_opener(command, bench_options(args)), plan_of(args), rules_of(args), form, args.record)
    status = 0
    try:
        test.run()
    except KeyboardInterrupt:
        status = INTERRUPTED
    write(summarise(args.record, command, plan_of(args), rules_of(args)), args.output)
    return status


@checked
def main(argv: Sequence[str] | None = None) -> int:
    p = parser()
    args = p.parse_args(argv)
    check(p, args)
    try:
        builds = [find_build(text) for text in args.builds]
        return self_test(args, builds[0]) if args.self_test else compare(args, builds)
    except (BenchError, BuildError, TrialsError) as error:
        print(f"./run ab: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    run(main)
