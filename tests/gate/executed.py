# SPDX-License-Identifier: BSD-3-Clause
"""How often each address was executed between count_pairs and count_done: by callgrind on x86-64,
by qemu's trace for arm64."""
from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Callable, NamedTuple, Sequence

from program import Failed, Program, output

STEPS = {"x86_64": 256, "aarch64": 64}  # pairs; a trace is long
CPUS = {"llsc": "cortex-a72", "lse": "neoverse-n1"}  # for qemu: what the C library finds when it chooses its atomics
TRACED = re.compile(r"^Trace 0: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/", re.M)
MS = 4  # on the list, but where somebody wants to know what the number does
Counts = dict[int, int]


class Seen(NamedTuple):
    """Of one run of the loop: executions by address, and bus events (locked instructions) by
    address, where somebody counts them."""

    runs: Counts
    bus: Counts


def tools(arch: str) -> list[str]:
    return ["valgrind", "objdump"] if arch == "x86_64" else ["qemu-aarch64", "aarch64-linux-gnu-objdump"]


def missing(arch: str) -> list[str]:
    return [tool for tool in tools(arch) if shutil.which(tool) is None]


def run(command: list[str]) -> str:
    """In the same environment for everybody. Without rseq in the C library either, as under
    valgrind and qemu: standin.h has its own."""
    return output(command, {"PATH": os.environ["PATH"], "LC_ALL": "C", "GLIBC_TUNABLES": "glibc.pthread.rseq=0"})


def parse_callgrind(text: str) -> Seen:
    """What is called is not counted at the call."""
    runs: Counter[int] = Counter()
    bus: Counter[int] = Counter()
    events = re.search(r"^events: (.*)$", text, re.M)
    if events is None or events[1].split()[:1] != ["Ir"]:
        raise Failed("callgrind's output has no line of events that begins with Ir")
    ge = 2 + events[1].split().index("Ge")
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("calls="):
            next(lines, None)
        elif line.startswith("0x"):
            cells = line.split()
            runs[int(cells[0], 16)] += int(cells[2])
            bus[int(cells[0], 16)] += int(cells[ge]) if len(cells) > ge else 0
    return Seen(dict(runs), {at: n for at, n in bus.items() if n > 0})


def parse_trace(text: str, begin: int, end: int) -> list[Seen]:
    """One instruction a line. Of the first thread: the parked one may still be on its way."""
    first, last = (re.compile(rf"^Trace 0: .*/{at:016x}/", re.M) for at in (begin, end))
    found, at = [], 0
    while (here := first.search(text, at)) and (there := last.search(text, here.start())):
        runs = Counter(TRACED.findall(text, here.start(), there.start()))
        found.append(Seen({int(address, 16): n for address, n in runs.items()}, {}))
        at = there.end()
    return found


def callgrind(program: Program, arguments: list[str], pairs: Sequence[int]) -> list[Seen]:
    with tempfile.TemporaryDirectory(dir=program.path.parent) as folder:
        out = Path(folder) / "out"
        options = ["--dump-instr=yes", "--compress-pos=no", "--compress-strings=no", "--collect-bus=yes"]
        marks = ["--toggle-collect=count_pairs", "--dump-after=count_done"]
        command = ["valgrind", "--tool=callgrind", "-q", *options, *marks, f"--callgrind-out-file={out}", str(program.path), *arguments]
        run([*command, *map(str, pairs)])
        parts = [Path(f"{out}.{n + 1}") for n in range(len(pairs))]
        return [parse_callgrind(part.read_text(encoding="utf-8")) for part in parts if part.exists()]


def symbol(program: Program, name: str) -> int:
    found = re.search(rf"^([0-9a-f]+) .* {name}$", output([program.objdump, "-t", str(program.path)]), re.M)
    if found is None:
        raise Failed(f"{name} is not in the program")
    return int(found[1], 16)


def qemu(program: Program, arguments: list[str], pairs: Sequence[int]) -> list[Seen]:
    with tempfile.TemporaryDirectory(dir=program.path.parent) as folder:
        out = Path(folder) / "out"
        options = ["-cpu", CPUS[program.encoding], "-singlestep", "-d", "exec,nochain", "-D", str(out)]
        run(["qemu-aarch64", *options, str(program.path), *arguments, *map(str, pairs)])
        text = out.read_text(encoding="utf-8")
    return parse_trace(text, symbol(program, "count_pairs"), symbol(program, "count_done"))


def seen(program: Program, arguments: list[str], pairs: Sequence[int]) -> list[Seen]:
    """The loop so many times in a row, each by itself."""
    counter = callgrind if program.arch == "x86_64" else qemu
    found = counter(program, arguments, pairs)
    if len(found) != len(pairs):
        raise Failed(f"the loop was to run {len(pairs)} times, and was seen {len(found)} times")
    return found


def lines(program: Program, arguments: list[str]) -> list[str]:
    """What it prints when nobody counts."""
    command = ["qemu-aarch64", "-cpu", CPUS[program.encoding]] if program.arch == "aarch64" else []
    return run([*command, str(program.path), *arguments]).splitlines()


def variant(program: Program, arguments: list[str]) -> tuple[str, bool]:
    """Of the list, and whether it has asked how many CPUs there are."""
    name, asks = lines(program, arguments)
    return name, asks == "asks"


def grown(less: Counts, more: Counts) -> Counts:
    return {at: more.get(at, 0) - less.get(at, 0) for at in less.keys() | more.keys() if more.get(at, 0) != less.get(at, 0)}


def per_pair(count: Callable[[Sequence[int]], list[Counts]], step: int) -> dict[int, Fraction]:
    """
    Executions a pair by address, exact: the growth from step pairs to twice as many is a multiple
    of step everywhere. Where it is not, three times as many must grow by the same, and the rest is
    a fraction, of something that is done once in so many pairs.
    """
    first, second = count((step, 2 * step))
    growth = grown(first, second)
    if any(n % step for n in growth.values()):
        second, third = count((step, 2 * step, 3 * step))[1:]
        if grown(second, third) != growth:
            raise Failed(f"does not do the same in {step} pairs and in the next {step}: no exact count")
    return {at: Fraction(n, step) for at, n in growth.items()}
