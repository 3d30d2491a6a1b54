# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program that calls Go, and writes a trace of its callbacks for extram-bench --replay."""
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

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "results"))

from command import Parser, checked, writing  # noqa: E402
from command import run as run_command  # noqa: E402

# bench/trace.c and record.c know these too.
FIRST = "# extram trace 1"
HEADING = "thread,start_ns,hold_ns"
PAIR = struct.Struct("=QQ")  # the head of a thread's part: callbacks kept, and dropped; then an event: its start, its end
PART = PAIR.size * 131072
THREADS = 4096
# A file on a disk would have its writes held up.
SHARED = "/dev/shm"


class RecordError(Exception):
    """What cannot be recorded; the text says why."""


class Event(NamedTuple):
    start: int
    end: int


def read_part(file: BinaryIO, n: int) -> list[Event]:
    """What the n-th thread wrote, in the order of time."""
    file.seek(n * PART)
    kept, dropped = PAIR.unpack(file.read(PAIR.size))
    if dropped and n == THREADS - 1:
        raise RecordError(f"more than {THREADS - 1} threads called Go: let the program run for a shorter time")
    if dropped:
        raise RecordError(f"a thread made {kept + dropped} callbacks, of which {kept} were kept: let the program run for a shorter time")
    return [Event(*pair) for pair in PAIR.iter_unpack(file.read(kept * PAIR.size))]


def read_file(path: Path) -> list[list[Event]]:
    """The events of every thread that made some."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [events for events in (read_part(file, n) for n in range(THREADS)) if events]


def cut(threads: Sequence[Sequence[Event]], most: int) -> list[list[Event]]:
    """The first events of all threads together, so many at most; threads by their first event."""
    starts = sorted(event.start for events in threads for event in events)
    last = starts[min(most, len(starts)) - 1]
    kept = [[event for event in events if event.start <= last] for events in threads]
    return sorted((events for events in kept if events), key=lambda events: events[0].start)


def lines(threads: Sequence[Sequence[Event]], remarks: Sequence[str]) -> list[str]:
    """The trace. Time begins with the first callback."""
    begin = min(events[0].start for events in threads)
    rows = sorted((event.start - begin, n, event.end - event.start) for n, events in enumerate(threads) for event in events)
    return [FIRST, *(f"# {remark}" for remark in remarks), HEADING, *(f"{n},{start},{hold}" for start, n, hold in rows)]


def run(preload: Path, command: Sequence[str]) -> list[list[Event]]:
    """The events of every thread that made some."""
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
    parser = Parser(prog="record.py", description=__doc__)
    parser.add_argument("--preload", type=Path, required=True, metavar="LIBRARY", help="libextram_record.so, where meson has built it")
    parser.add_argument("-o", dest="out", type=Path, required=True, metavar="TRACE")
    parser.add_argument("--most", type=int, default=1_000_000, metavar="N", help="keep the first N callbacks")
    parser.add_argument("--remark", action="append", default=[], metavar="TEXT", help="a line of the trace's head; may be given again")
    parser.add_argument("command", nargs="+", metavar="PROGRAM", help="with its arguments, after --")
    return parser.parse_args(argv)


def record(args: argparse.Namespace) -> None:
    if not args.preload.is_file():
        raise RecordError(f"{args.preload}: no such file")
    if args.most < 1:
        raise RecordError("--most: at least 1 is needed")
    threads = run(args.preload, args.command)
    if not threads:
        raise RecordError(f"{args.command[0]}: no thread of its own called Go")
    threads = cut(threads, args.most)
    with writing(args.out):
        args.out.write_text("\n".join(lines(threads, args.remark)) + "\n", encoding="utf-8")
    print(f"{args.out}: {sum(map(len, threads))} callbacks of {len(threads)} threads")


@checked
def main(argv: Sequence[str] | None = None) -> int:
    try:
        record(arguments(argv))
    except RecordError as error:
        print(f"record.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    run_command(main)
