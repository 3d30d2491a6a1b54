# SPDX-License-Identifier: BSD-3-Clause
"""choices.py OBJDUMP COMPILE_COMMANDS LIMITS ENCODING... OBJECT...: each choice of a build for
arm64 is in the code, and no other.

Compiles each object, which has a strategy alone, once more for each choice: how a thread spins and
how compare and swap is encoded. Then looks at the instructions by name. LIMITS has the two adds.
It and OBJECT are beginnings of paths in the build folder. The three ENCODINGs are a name and flags.
"""
from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

HEADING = re.compile(r"^[0-9a-f]+ <(\w+)>:$")
CODE = re.compile(r"^\s*[0-9a-f]+:\t(\S+)")
CALL = re.compile(r"R_AARCH64_(?:CALL|JUMP)26\t(__aarch64_)")
PAUSES = ("isb", "yield", "wfe")
OTHERS = ("wfi", "sev", "sevl", "dsb")
# What stands for an encoding. A compare and swap of two words has no outline form, so casp is there
# too, behind a look at the CPU.
ENCODED = {
    "llsc": re.compile(r"(ld|st)a?l?xrb?h?$"),
    "lse": re.compile(r"(cas(?!p)|swp|ldadd|ldclr|ldset|ldeor)"),
    "outline": re.compile(r"__aarch64_"),
}
ADDS = {"add_near": "ldadd", "add_far": "stadd"}

Entry = dict[str, str]  # of the compile commands
Names = dict[str, Counter[str]]  # by function


def names(objdump: str, path: Path) -> Names:
    """By function: instructions, and calls of outline atomics."""
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", path], check=True, capture_output=True, text=True).stdout
    found: Names = {}
    function: Counter[str] = Counter()
    for line in text.splitlines():
        if heading := HEADING.match(line):
            function = found.setdefault(heading[1], Counter())
        elif name := CODE.match(line) or CALL.search(line):
            function[name[1]] += 1
    return found


def together(functions: Names) -> Counter[str]:
    return sum(functions.values(), Counter())


def object_of(entry: Entry, options: Sequence[str], folder: Path) -> Path:
    """Its object, compiled with options after those of the build."""
    words = shlex.split(entry["command"])
    for option, name in (("-o", "o"), ("-MF", "d")):
        if option in words:
            words[words.index(option) + 1] = str(folder / name)
    subprocess.run([*words, *options], check=True, cwd=entry["directory"])
    return folder / "o"


def every(objdump: str, entries: list[Entry], options: Sequence[str] = ()) -> Names:
    """The names of all objects, by function. Functions of one name are one."""
    total: Names = {}
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries:
            for function, code in names(objdump, object_of(entry, options, Path(folder))).items():
                total.setdefault(function, Counter()).update(code)
    return total


def spins(objdump: str, entries: list[Entry]) -> Iterator[str]:
    """What is wrong with how threads spin."""
    number = 0
    for pause in PAUSES:
        code = together(every(objdump, entries, ["-UEXTRAM_ARM64_PAUSE", f'-DEXTRAM_ARM64_PAUSE="{pause}"']))
        found = {name: code[name] for name in (*PAUSES, *OTHERS) if code[name] > 0}
        print(f"# spin by {pause}: {found}")
        number = number or found.get(pause, 0)
        if number == 0 or found != {pause: number}:
            yield f"built to spin by {pause}: {found}, not {number} of it alone"


def encodes(objdump: str, entries: list[Entry], encoding: str, options: list[str]) -> Iterator[str]:
    code = together(every(objdump, entries, options))
    found = {name: sum(n for word, n in code.items() if pattern.match(word)) for name, pattern in ENCODED.items()}
    print(f"# {encoding}: {found}")
    if {name for name, n in found.items() if n > 0} != {encoding}:
        yield f"built for {encoding}: {found}"


def adds(objdump: str, entries: list[Entry]) -> Iterator[str]:
    functions = every(objdump, entries)
    for function, add in ADDS.items():
        found = {name: n for name, n in functions.get(function, Counter()).items() if name in ADDS.values()}
        if found != {add: 1}:
            yield f"{function}: {found}, not one {add}"


def main(objdump: str, commands: str, limits: str, rest: list[str]) -> int:
    encodings, objects = rest[: len(ENCODED)], rest[len(ENCODED) :]
    listed: list[Entry] = json.loads(Path(commands).read_text(encoding="utf-8"))
    of_limits = [entry for entry in listed if entry["output"].startswith(limits)]
    alone = [entry for entry in listed if entry["output"].startswith(tuple(f"{one}.p/" for one in objects))]
    wrong = [] if (len(of_limits), len(alone)) == (1, len(objects)) else [f"{len(alone)} of {len(objects)} objects are built"]
    wrong += [*spins(objdump, alone), *adds(objdump, of_limits)]
    for encoding, *options in map(shlex.split, encodings):
        wrong += encodes(objdump, alone, encoding, options)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
