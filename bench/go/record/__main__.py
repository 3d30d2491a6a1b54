# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program that calls Go, and records a trace of its callbacks for extram-bench --replay."""
from __future__ import annotations

import argparse
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from results.command import Parser, checked, writing
from results.command import run as run_command

# The same as in bench/plan/trace.c and record.c.
FIRST = "# extram trace 1"
HEADING = "thread,start_ns,hold_ns"
PAIR = struct.Struct("=QQ")  # the head of a part: callbacks kept and dropped; or an event: start and end
PART = PAIR.size * 131072
THREADS = 4096
# Writes to a file on disk could block the program.
SHARED = "/dev/shm"


class RecordError(Exception):
    """A program cannot be recorded. The text says why."""


class Event(NamedTuple):
    start: int
    end: int


def read_part(file: BinaryIO, n: int) -> list[Event]:
    """The events of the n-th thread, in order of time."""
    file.seek(n * PART)
    kept, dropped = PAIR.unpack(file.read(PAIR.size))
    if dropped and n == THREADS - 1:
        raise RecordError(f"more than {THREADS - 1} threads called Go; run the program for a shorter time")
    if dropped:
        raise RecordError(f"a thread made {kept + dropped} callbacks, but only {kept} were kept; run the program for a shorter time")
    return [Event(*pair) for pair in PAIR.iter_unpack(file.read(kept * PAIR.size))]


def read_file(path: Path) -> list[list[Event]]:
    """The events of every thread with at least one."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [events for events in (read_part(file, n) for n in range(THREADS)) if events]


def cut(threads: Sequence[Sequence[Event]], most: int) -> list[list[Event]]:
    """At most that many of the first events of all threads, sorted by their first event."""
    starts = sorted(event.start for events in threads for event in events)
    last = starts[min(most, len(starts)) - 1]
    kept = [[event for event in events if event.start <= last] for events in threads]
    return sorted((events for events in kept if events), key=lambda events: events[0].start)


def lines(threads: Sequence[Sequence[Event]], remarks: Sequence[str]) -> list[str]:
    """The lines of the trace. Time starts at the first callback."""
    begin = min(events[0].start for events in threads)
    rows = sorted((event.start - begin, n, event.end - event.start) for n, events in enumerate(threads) for event in events)
    return [FIRST, *(f"# {remark}" for remark in remarks), HEADING, *(f"{n},{start},{hold}" for start, n, hold in rows)]


def run(preload: Path, command: Sequence[str]) -> list[list[Event]]:
    """The events of every thread with at least one."""
    with tempfile.TemporaryDirectory(prefix="extram-record-", dir=SHARED if os.access(SHARED, os.W_OK) else None) as folder:
        events = Path(folder) / "events"
        environment = {**os.environ, "LD_PRELOAD": str(preload.resolve()), "EXTRAM_RECORD": str(events)}
        try:
            status = subprocess.run(command, env=environment, check=False).returncode
        except OSError as error:
            raise RecordError(f"{command[0]}: {error.strerror}") from error
        if status != 0:
            raise RecordError(f"{command[0]} ended with status {status}")
        return read_file(events)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="./run record", description=__doc__)
    parser.add_argument("--preload", type=Path, required=True, metavar="LIBRARY", help="path of libextram_record.so; ./run record gives it")
    parser.add_argument("-o", dest="out", type=Path, required=True, metavar="TRACE", help="output file")
    parser.add_argument("--most", type=int, default=1_000_000, metavar="N", help="keep the first N callbacks")
    parser.add_argument("--remark", action="append", default=[], metavar="TEXT", help="comment in the trace; may be repeated")
    parser.add_argument("command", nargs="+", metavar="PROGRAM", help="program and its arguments, after --")
    return parser.parse_args(argv)


def record(args: argparse.Namespace) -> None:
    if not args.preload.is_file():
        raise RecordError(f"{args.preload}: no such file")
    if args.most < 1:
        raise RecordError("--most must be at least 1")
    threads = run(args.preload, args.command)
    if not threads:
        raise RecordError(f"{args.command[0]}: no thread of the program called Go")
    threads = cut(threads, args.most)
    with writing(args.out):
        args.out.write_text("\n".join(lines(threads, args.remark)) + "\n", encoding="utf-8")
    print(f"{args.out}: {sum(map(len, threads))} callbacks of {len(threads)} threads")


@checked
def main(argv: Sequence[str] | None = None) -> int:
    try:
        record(arguments(argv))
    except RecordError as error:
        print(f"bench.go.record: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    run_command(main)
