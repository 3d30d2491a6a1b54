#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Is build B slower than build A? Alternates them block by block, and says REGRESSION, PASS or INCONCLUSIVE for each cell.

Exit status: 1 if a cell is a REGRESSION, else 3 if one is INCONCLUSIVE, else 0; 2 for bad usage or a build that cannot be measured;
130 if interrupted, with all that was known by then printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

from command import INTERRUPTED, Parser, checked, run, write  # noqa: E402  First: it covers the imports below.

from ab_bench import BenchError, program  # noqa: E402
from ab_builds import BuildError, Build, find_build  # noqa: E402
from ab_progress import Meter  # noqa: E402
from ab_report import FORMATS, Report  # noqa: E402
from ab_run import Cell, Comparison, Plan, common_cells, interrupted  # noqa: E402
from ab_selftest import SelfTest, bench_opener  # noqa: E402
from ab_stats import Rules, Verdict  # noqa: E402
from ab_summary import summarise  # noqa: E402
from ab_trials import LONG, SHORT, TrialsError  # noqa: E402

AXES = ("set", "filter", "strategy", "level", "threads", "placement", "hold", "think", "prefill")
LAUNCHES_MIN = 10


def parser() -> argparse.ArgumentParser:
    p = Parser(prog="ab.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("builds", nargs="*", metavar="BUILD", help="a build folder, or a git revision, which is then built: A, then B")
    p.add_argument("--quads", type=_count, default=150, help="ABBA quads for each cell (150)")
    p.add_argument("--launches", type=_count, default=30, help=f"fresh launches of both builds, at least {LAUNCHES_MIN} (30)")
    p.add_argument("--block-ms", type=_positive, default=5, help="length of a block (5)")
    p.add_argument("--waste", type=_positive, default=4, help="quads that may be thrown away, for each one that is wanted (4)")
    p.add_argument("--margin", type=_positive, default=0.02, help="slower by less is no regression (0.02)")
    p.add_argument("--pass-bound", type=_positive, default=0.05, help="PASS if slower by less than this, surely (0.05)")
    p.add_argument("--alpha", type=_share, default=0.01, help="chance of any false REGRESSION, over all cells (0.01)")
    p.add_argument("--seed", type=int, default=1, help="of the order of blocks and cells (1)")
    p.add_argument("--format", choices=sorted(FORMATS), default="text")
    p.add_argument("--output", type=Path, help="where the result goes (standard output)")
    axes = p.add_argument_group("cells", "as for extram-bench, workload pair; of the set's cells, those with a CPU for each thread")
    for axis in AXES:
        axes.add_argument(f"--{axis}", metavar="LIST" if axis not in ("set", "filter") else axis.upper())
    test = p.add_argument_group("self-test", "trials of this program, on one build and planted slowdowns")
    test.add_argument("--self-test", choices=("short", "long"), help="short: minutes; long: an hour or more")
    test.add_argument("--record", type=Path, metavar="FILE.csv", help="the trials; those that are in it are not made again")
    return p


def _number(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


def _positive(text: str) -> float:
    try:
        return _number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


def _share(text: str) -> float:
    value = _positive(text)
    if value >= 0.5:
        raise argparse.ArgumentTypeError(f"{text!r} is not below 0.5")
    return value


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def check(p: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """What argparse cannot see by itself. Ends with status 2."""
    wanted = 1 if args.self_test else 2
    if len(args.builds) != wanted:
        p.error("--self-test takes one BUILD" if args.self_test else "two builds are compared: BUILD_A BUILD_B")
    if args.launches < LAUNCHES_MIN or args.quads < args.launches:
        p.error(f"at least {LAUNCHES_MIN} launches are needed, and a quad for each")
    if args.pass_bound <= args.margin:
        p.error(f"--pass-bound {args.pass_bound} is not above --margin {args.margin}")
    if bool(args.self_test) != bool(args.record):
        p.error("--self-test and --record go together")
    if args.output and not args.output.parent.is_dir():
        p.error(f"{args.output}: there is no such folder")


def bench_options(args: argparse.Namespace) -> list[str]:
    chosen = [f"--{axis}={value}" for axis in AXES if (value := getattr(args, axis)) is not None]
    return ["--workload=pair", *chosen]


def plan_of(args: argparse.Namespace) -> Plan:
    return Plan(quads=args.quads, launches=args.launches, block_ms=args.block_ms, waste=args.waste, seed=args.seed)


def rules_of(args: argparse.Namespace) -> Rules:
    return Rules(margin=args.margin, pass_bound=args.pass_bound, alpha=args.alpha)


def status_of(cells: Sequence[Cell]) -> int:
    verdicts = {cell.verdict for cell in cells}
    return 1 if Verdict.REGRESSION in verdicts else 3 if Verdict.INCONCLUSIVE in verdicts else 0


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
            Comparison(opens, cells, plan, rules, meter.show).run()
    except (KeyboardInterrupt, BenchError) as error:
        failure = error
        interrupted(cells, rules)
    write(FORMATS[args.format](report), args.output)
    if isinstance(failure, BenchError):
        raise failure
    return INTERRUPTED if failure else status_of(cells)


def self_test(args: argparse.Namespace, build: Build) -> int:
    """Writes trials; then what all trials of the record say."""
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
        print(f"ab.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    run(main)
