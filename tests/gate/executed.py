# SPDX-License-Identifier: BSD-3-Clause
"""How often each address was executed between count_pairs and count_done: by callgrind on x86-64, by qemu's trace for arm64."""
from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Callable

from program import Failed, Program, output

STEP = 256  # pairs; 1, 2 and 3 times that have three digits, so that nothing but the loop differs
CPUS = {"llsc": "cortex-a72", "lse": "neoverse-n1"}  # for qemu: what the C library finds when it chooses its atomics
TRACED = re.compile(r"^Trace 0: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/", re.M)
MS = 4  # on the list, but where somebody wants to know what the number does
Counts = dict[int, int]


def tools(arch: str) -> list[str]:
    return ["valgrind", "objdump"] if arch == "x86_64" else ["qemu-aarch64", "aarch64-linux-gnu-objdump"]


def missing(arch: str) -> list[str]:
    return [tool for tool in tools(arch) if shutil.which(tool) is None]


def run(command: list[str]) -> str:
    """In the same environment for everybody. Without rseq in the C library either, as under valgrind and qemu: standin.h has its own."""
    return output(command, {"PATH": os.environ["PATH"], "LC_ALL": "C", "GLIBC_TUNABLES": "glibc.pthread.rseq=0"})


def parse_callgrind(text: str) -> tuple[Counts, Counts]:
    """Executions by address, and bus events (locked instructions) by address. What is called is not counted at the call."""
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
    return dict(runs), {at: n for at, n in bus.items() if n > 0}


def parse_trace(text: str, begin: int, end: int) -> Counts:
    """One instruction a line. Of the first thread: the parked one may still be on its way."""
    addresses = [int(at, 16) for at in TRACED.findall(text)]
    try:
        first, last = addresses.index(begin), addresses.index(end)
    except ValueError:
        raise Failed("qemu's trace does not show the counted loop") from None
    return dict(Counter(addresses[first:last]))


def callgrind(program: Program, arguments: list[str]) -> tuple[Counts, Counts]:
    with tempfile.TemporaryDirectory(dir=program.path.parent) as folder:
        out = Path(folder) / "out"
        options = ["--dump-instr=yes", "--compress-pos=no", "--compress-strings=no", "--collect-bus=yes", "--toggle-collect=count_pairs"]
        command = ["valgrind", "--tool=callgrind", "-q", *options, f"--callgrind-out-file={out}", str(program.path), *arguments]
        run(command)
        return parse_callgrind(out.read_text(encoding="utf-8"))


def symbol(program: Program, name: str) -> int:
    found = re.search(rf"^([0-9a-f]+) .* {name}$", output([program.objdump, "-t", str(program.path)]), re.M)
    if found is None:
        raise Failed(f"{name} is not in the program")
    return int(found[1], 16)


def qemu(program: Program, arguments: list[str]) -> tuple[Counts, Counts]:
    with tempfile.TemporaryDirectory(dir=program.path.parent) as folder:
        out = Path(folder) / "out"
        options = ["-cpu", CPUS[program.encoding], "-singlestep", "-d", "exec,nochain", "-D", str(out)]
        run(["qemu-aarch64", *options, str(program.path), *arguments])
        text = out.read_text(encoding="utf-8")
    return parse_trace(text, symbol(program, "count_pairs"), symbol(program, "count_done")), {}


def variant(program: Program, arguments: list[str]) -> tuple[str, bool]:
    """Of the list, and whether it has asked how many CPUs there are."""
    command = ["qemu-aarch64"] if program.arch == "aarch64" else []
    name, asks = run([*command, str(program.path), *arguments, "0"]).splitlines()
    return name, asks == "asks"


def grown(less: Counts, more: Counts) -> Counts:
    return {at: more.get(at, 0) - less.get(at, 0) for at in less.keys() | more.keys() if more.get(at, 0) != less.get(at, 0)}


def per_pair(count: Callable[[int], Counts]) -> dict[int, Fraction]:
    """
    Executions a pair by address, exact: the growth from STEP pairs to twice as many is a multiple of STEP everywhere. Where it is not,
    the next STEP pairs must do the same, and the rest is a fraction, of something that is done once in so many pairs.
    """
    first, second = count(STEP), count(2 * STEP)
    growth = grown(first, second)
    if any(n % STEP for n in growth.values()) and grown(second, count(3 * STEP)) != growth:
        raise Failed(f"does not do the same in {STEP} pairs and in the next {STEP}: no exact count")
    return {at: Fraction(n, STEP) for at, n in growth.items()}
