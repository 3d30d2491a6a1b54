#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""
Counts what one get and put executes, instruction by instruction, on one thread and a list of four
ms, and compares with what is recorded in baseline/: exact numbers, the same on every machine, so
that one instruction more is found. Prints TAP.

  run.py                            the strategies of impls/meson.build, compiled by gcc
  run.py --cc clang NAME...         these strategies, another compiler
  run.py --update --cc gcc          records instead
  run.py --lasting all              whether a pair costs the same after a rare event, and no more
  run.py --options                  whether it costs no more with -O3 -march=native
  run.py --table                    what is recorded, as a table in Markdown

Needs valgrind for x86-64, qemu-user and the cross binutils for arm64; skips without them, or where
nothing is recorded for a compiler.
"""
from __future__ import annotations

import argparse
import re
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Iterator, Sequence

import before
import cost_table
import executed
import flat
import lasting
import ledger
import program
import with_options
from disassembly import Code, Measured, check_bus, measure, names_line
from ledger import Ledger, Recorded, Row
from program import Failed
from tap import Tap

LEVELS = ("list", "callback")
NEEDM = "needm"
PROVES_NOTHING = 99  # the exit status when nothing could be counted


@dataclass
class Found:
    row: Row
    got: Measured | None
    error: str = ""
    mode: str = "rseq"


def listed(impls: Path) -> list[str]:
    """THE list of strategies."""
    text = (impls / "meson.build").read_text(encoding="utf-8")
    found = re.search(r"^strategies = \[(.*?)^\]", text, re.M | re.S)
    names = re.findall(r"'(\w+)'", found[1]) if found else []
    if not names:
        raise Failed(f"{impls / 'meson.build'}: no list of strategies")
    return names


def rows_of(made: program.Program, strategies: list[str], cpus: int) -> list[tuple[Row, str]]:
    """With rseq, and without where that is another variant of the strategy."""
    rows = []
    for name in strategies:
        variants = {mode: executed.variant(made, [name, "list", mode, str(cpus), str(executed.MS)])[0] for mode in ("rseq", "no-rseq")}
        modes = list(variants) if len(set(variants.values())) > 1 else ["rseq"]
        rows += [(Row(name, level, variants[mode]), mode) for mode in modes for level in LEVELS]
    return rows


def count(made: program.Program, code: Code, row: Row, mode: str, *, cpus: int) -> Found:
    last: list[executed.Seen] = []

    def counts(pairs: Sequence[int]) -> list[executed.Counts]:
        last[:] = executed.seen(made, [row.strategy, row.level, mode, str(cpus), str(executed.MS)], pairs)
        return [one.runs for one in last]

    try:
        executions = executed.per_pair(counts, executed.STEPS[made.arch])
        if made.arch == "x86_64":
            check_bus(*last[-1], executions, code)
        return Found(row, measure(executions, code), mode=mode)
    except Failed as error:
        return Found(row, None, str(error), mode)


def count_all(made: program.Program, options: argparse.Namespace) -> list[Found]:
    code = Code(made)
    rows = rows_of(made, options.strategies, options.cpus)
    with ThreadPoolExecutor(program.JOBS) as pool:
        return list(pool.map(lambda item: count(made, code, *item, cpus=options.cpus), rows))


def summary(got: Measured) -> str:
    total = {kind: got.own.get(kind, Fraction(0)) + got.libc.get(kind, Fraction(0)) for kind in ("instructions", "atomics")}
    return f"{total['instructions']} instructions, {total['atomics']} atomic"


def show(tap: Tap, folder: Path, found: Found, verdict: ledger.Verdict) -> None:
    assert found.got is not None
    names = found.got.names
    tap.note(f"{folder.name}: {found.row}: {verdict.text}", f"now: {names_line(names)}" if names else "now: plain instructions only")


def differences(then: list[Found], now: list[Found]) -> Iterator[str]:
    """Of each row its own code. The code of needm*.c once, from the first row that calls it."""
    both = [(old.got, new.got, str(new.row)) for old, new in zip(then, now) if old.got is not None and new.got is not None]
    for old, new, name in both:
        yield from ledger.difference(ledger.listing(old), ledger.listing(new), name)
    calls = next(((old, new) for old, new, _ in both if old.listing[NEEDM] and new.listing[NEEDM]), None)
    if calls is not None:
        yield from ledger.difference(calls[0].listing[NEEDM], calls[1].listing[NEEDM], f"{NEEDM}*.c")


def explain(tap: Tap, made: program.Program, changed: list[Found], cpus: int) -> None:
    """Counts the recorded sources once more, and shows which instructions differ."""
    cc, folder = made.compiler, made.compiler.folder(made.encoding)
    try:
        commit = before.revision(ledger.BASELINE / folder / "counts.json")
        strategies = sorted({one.row.strategy for one in changed})
        with before.impls(commit) as impls, program.built(cc, made.encoding, impls, strategies) as old:
            code = Code(old)
            then = [count(old, code, one.row, one.mode, cpus=cpus) for one in changed]
        tap.note(f"{folder}: the sources of the recorded counts are those of {commit}", *differences(then, changed))
    except Failed as error:
        tap.note(f"{folder}: no difference to show: {error}")


def how_to_record(cc: program.Compiler) -> str:
    return f"tests/gate/run.py --update --cc {shlex.quote(shlex.join(cc.command))}"


def compare(tap: Tap, old: Ledger, found: list[Found], made: program.Program, *, cpus: int) -> None:
    cc, libc = made.compiler, made.libc
    folder = ledger.BASELINE / cc.folder(made.encoding)
    if libc != old.libc:
        tap.note(f"{folder.name}: the C library is not the recorded one; its part is not judged")
    changed: list[Found] = []
    for one in found:
        name = f"{folder.name} {one.row}"
        if one.got is None:
            tap.line(False, name)
            tap.note(one.error)
            continue
        kept = old.rows.get(one.row)
        if kept is None:
            tap.line(True, f"{name}: {summary(one.got)}", f"not recorded: {how_to_record(cc)} {one.row.strategy}")
            continue
        verdict = ledger.judge(kept, one.got, libc == old.libc)
        # Another patch release may choose other instructions for the same source.
        excused = "" if verdict.ok or old.compiler == cc.version else f"recorded with {old.compiler}, this is {cc.version}"
        tap.line(verdict.ok or bool(excused), f"{name}: {summary(one.got)}", excused)
        if verdict.text:
            show(tap, folder, one, verdict)
        if not verdict.ok and not excused:
            changed.append(one)
    if changed:
        explain(tap, made, changed, cpus)


def check(tap: Tap, cc: program.Compiler, encoding: str, options: argparse.Namespace) -> None:
    """Against what is recorded; and whatever is recorded, that the number of CPUs makes no
    difference, if that is asked."""
    old = ledger.read(ledger.BASELINE / cc.folder(encoding))
    if old is None:
        tap.line(True, cc.folder(encoding), f"nothing is recorded for it: {how_to_record(cc)}")
        if not options.flat:
            return
    with program.built(cc, encoding, options.impls, options.strategies) as made:
        if old is not None:
            compare(tap, old, count_all(made, options), made, cpus=options.cpus)
        if options.flat:
            flat.check(tap, made, options.strategies)


def record(folder: Path, cc: program.Compiler, found: list[Found], libc: str, *, whole: bool) -> None:
    """These strategies anew. Whole: they are all there are, and what else was recorded goes."""
    bad = [one for one in found if one.got is None]
    if bad:
        raise Failed(f"{bad[0].row}: {bad[0].error}; nothing was recorded")
    old = (None if whole else ledger.read(folder)) or Ledger(cc.version, libc)
    counted = {one.row.strategy for one in found}
    if (old.compiler, old.libc) != (cc.version, libc) and {row.strategy for row in old.rows} - counted:
        raise Failed(f"{folder}: recorded with another compiler or C library; record all strategies together")
    now = Ledger(cc.version, libc, {row: kept for row, kept in old.rows.items() if row.strategy not in counted})
    for one in found:
        assert one.got is not None
        now.rows[one.row] = Recorded(one.got.own, one.got.libc, one.got.names)
    ledger.write(folder, now)


def update(cc: program.Compiler, encoding: str, options: argparse.Namespace) -> None:
    folder = ledger.BASELINE / cc.folder(encoding)
    with program.built(cc, encoding, options.impls, options.strategies) as made:
        found, libc = count_all(made, options), made.libc
    record(folder, cc, found, libc, whole=options.all)
    print(f"{folder}: {len(found)} rows recorded")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strategies", nargs="*", metavar="STRATEGY")
    parser.add_argument("--cc", default="gcc", help="compiler, with options if need be; default: gcc")
    parser.add_argument("--cpus", type=int, default=2, help="CPUs that the strategies are told of; the counts are to be the same with any")
    parser.add_argument("--impls", type=Path, default=program.ROOT / "impls", help="another folder of strategies to count")
    parser.add_argument("--flat", action="store_true", help="are the instructions the same with many CPUs, too?")
    parser.add_argument("--lasting", choices=("poll", "all"), help="only: is a pair the same after rare events? all: however gets wait")
    parser.add_argument("--options", action="store_true", help="only: has a pair no more instructions with a build's other options? For x86-64")
    parser.add_argument("--update", action="store_true", help="record the counts")
    parser.add_argument("--table", action="store_true", help="print what is recorded")
    options = parser.parse_args()
    options.impls = options.impls.resolve()
    options.all = not options.strategies
    options.strategies = options.strategies or listed(options.impls)
    return options


def main() -> int:
    try:
        options = arguments()
        if options.table:
            print(cost_table.markdown(ledger.BASELINE, options.strategies))
            return 0
        cc = program.compiler(shlex.split(options.cc))
        if absent := executed.missing(cc.arch):
            print(f"1..0 # SKIP not installed: {', '.join(absent)}")
            return 0
        tap = Tap()
        for encoding in program.ENCODINGS[cc.arch]:
            if options.update:
                update(cc, encoding, options)
            elif options.lasting:
                lasting.check(tap, cc, encoding, options.impls, strategies=options.strategies, all_ways=options.lasting == "all")
            elif options.options:
                with_options.check(tap, cc, options.impls, options.strategies)
            else:
                check(tap, cc, encoding, options)
        if not options.update:
            print(f"1..{tap.n}")
        return 1 if tap.failed else 0
    except (Failed, OSError) as error:
        print(f"run.py: {error}", file=sys.stderr)
        return PROVES_NOTHING


if __name__ == "__main__":
    sys.exit(main())
