# SPDX-License-Identifier: BSD-3-Clause
"""
Nothing that a block needs grows with the square of its threads, or of the CPUs: setting up, running
and adding up is counted in instructions of this project's own code on the thread that leads the
block. To check a list afterwards, each get may look once at each CPU.
"""
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from program import output

CPUS = (64, 128, 256)  # valgrind has 500 threads
# The most that the second growth may be, times the first, in a function of the program.
MOST = {"growth_block": 2.1, "growth_check": 4.1}


def own(part: Path, program: str) -> int:
    """Instructions in the program itself, without those of libraries."""
    total, inside = 0, False
    lines = iter(part.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("ob="):
            inside = line == f"ob={program}"
        elif line.startswith("calls="):
            next(lines)  # what the called function did
        elif line[:1].isdigit() and inside:
            total += int(line.split()[1])
    return total


def count(program: str, function: str, cpus: int) -> dict[str, int]:
    """In one call of the function for each strategy."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        options = [f"--toggle-collect={function}", f"--dump-after={function}", "--compress-strings=no", "--compress-pos=no"]
        command = ["valgrind", "--tool=callgrind", "-q", *options, f"--callgrind-out-file={out}", program, str(cpus)]
        names = output(command).split()
        return {name: own(Path(f"{out}.{number + 1}"), program) for number, name in enumerate(names)}


def main(program: str) -> int:
    bad = False
    for function, most in MOST.items():
        counts = [count(program, function, cpus) for cpus in CPUS]
        for name in counts[0]:
            few, more, many = (of[name] for of in counts)
            ok = 0 < few < more and many - more <= most * (more - few)
            bad = bad or not ok
            print(f"{'ok' if ok else 'not ok'} {name}, {function}: {few}, {more}, {many} instructions with {CPUS} threads and CPUs")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve())))
