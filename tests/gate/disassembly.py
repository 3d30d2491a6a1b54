# SPDX-License-Identifier: BSD-3-Clause
"""What stands at an executed address: whose instruction, of which kind, written without addresses
so that two builds can be compared."""
from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from program import Failed, Program, output

KINDS = ("instructions", "atomics", "ordered", "fences", "syscalls")
HEADING = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
SECTION = re.compile(r"^Disassembly of section (\S+):$")
RELOCATION = re.compile(r"^\s+[0-9a-f]+: R_\w+\s+(\S+)")
LINE = re.compile(r"^\s*([0-9a-f]+):\t(.*)$")
TARGET = re.compile(r"\b(?:0x)?[0-9a-f]+ <([^>+]+)(?:\+0x[0-9a-f]+)?>")

# Of a pair of load and store exclusive, the load stands for both: the store may have to try again,
# on a machine that is shared.
PATTERNS = {
    "x86_64": {
        "atomics": re.compile(r"(lock \w+|xchg\w?)(?= .*\()|lock \w+"),
        "fences": re.compile(r"[lms]fence\b"),
        "syscalls": re.compile(r"syscall\b"),
    },
    "aarch64": {
        "atomics": re.compile(r"(?:lda?x[rp]|cas|swp|(?:ld|st)(?:add|clr|eor|set|[su]max|[su]min))\w*"),
        "ordered": re.compile(r"(?:ldar|ldapu?r|stlu?r)[bhsw]*\b"),
        "fences": re.compile(r"(?:dmb|dsb|isb)\b"),
        "syscalls": re.compile(r"svc\b"),
    },
}


@dataclass
class Instruction:
    function: str
    text: str
    part: str  # whose: loops (the strategy and its loop), needm, libc
    relocations: list[str] = field(default_factory=list)

    def normal(self) -> str:
        """Without addresses. A relocation says what an operand will be."""
        text = re.sub(r"\s*(#|//).*$", "", self.text)
        text = TARGET.sub("" if self.relocations else r"<\1>", text)
        return " ".join([*text.split(), *(f"[{name}]" for name in self.relocations)])


def kind_of(text: str, arch: str) -> tuple[str, str] | None:
    """One of KINDS and the instruction's name, if it is more than a plain one."""
    for kind, pattern in PATTERNS[arch].items():
        if found := pattern.match(text):
            return kind, found[0]
    return None


def parse(text: str, part: str) -> dict[tuple[str, int], Instruction]:
    """By section and address."""
    found: dict[tuple[str, int], Instruction] = {}
    section = function = ""
    last: Instruction | None = None
    for line in text.splitlines():
        if heading := HEADING.match(line):
            function = heading[1]
        elif named := SECTION.match(line):
            section = named[1]
        elif relocation := RELOCATION.match(line):
            if last is not None:
                last.relocations.append(re.split(r"[-+]0x", relocation[1])[0])
        elif code := LINE.match(line):
            last = found[section, int(code[1], 16)] = Instruction(function, code[2], part)
    return found


class Code:
    """Every instruction of a program. Ours are read from the objects, whose relocations have names;
    the rest as it is linked."""

    def __init__(self, program: Program) -> None:
        self.arch = program.arch
        options = ["--no-show-raw-insn", "-dr"]
        everything = parse(output([program.objdump, *options, str(program.path)]), "libc")
        self.linked = {at: instruction for (_, at), instruction in everything.items()}
        self.sections = sorted(program.own, key=lambda section: section.begin)
        self.begins = [section.begin for section in self.sections]
        objects = sorted({section.source for section in self.sections})
        parts = {path: "needm" if path.stem.startswith("own_needm") else "loops" for path in objects}
        self.own = {path: parse(output([program.objdump, *options, str(path)]), parts[path]) for path in objects}

    def at(self, address: int) -> Instruction:
        n = bisect_right(self.begins, address) - 1
        section = self.sections[n] if n >= 0 else None
        if section is not None and address < section.begin + section.size:
            return self.own[section.source][section.name, address - section.begin]
        if address not in self.linked:
            raise Failed(f"{address:#x} was executed, but the disassembly does not have it")
        return self.linked[address]


Cost = dict[str, Fraction]


@dataclass
class Measured:
    """What a pair executes."""

    own: Cost
    libc: Cost
    names: dict[str, Fraction]  # executions by name of all that is not plain
    listing: dict[str, list[str]]  # by part: ours instruction by instruction, functions of the C library as sums


def add(cost: Cost, kind: str, n: Fraction) -> None:
    cost[kind] = cost.get(kind, Fraction(0)) + n


def measure(executions: Mapping[int, Fraction], code: Code) -> Measured:
    got = Measured({}, {}, {}, {"loops": [], "needm": []})
    sums: Cost = {}
    function = {"loops": "", "needm": ""}
    for address, n in sorted(executions.items()):
        instruction = code.at(address)
        cost = got.libc if instruction.part == "libc" else got.own
        add(cost, "instructions", n)
        if special := kind_of(instruction.text, code.arch):
            add(cost, special[0], n)
            add(got.names, special[1], n)
        if instruction.part == "libc":
            add(sums, instruction.function, n)
            continue
        lines = got.listing[instruction.part]
        if instruction.function != function[instruction.part]:
            function[instruction.part] = instruction.function
            lines.append(f"{instruction.function}:")
        lines.append(f"{n!s:>8}  {instruction.normal()}")
    got.listing["libc"] = [f"{sums[name]!s:>8}  in {name}" for name in sorted(sums)]
    return got


def check_bus(runs: Mapping[int, int], bus: Mapping[int, int], executions: Mapping[int, Fraction], code: Code) -> None:
    """The simulator's count of locked instructions is ours, address by address."""
    for address in executions:
        special = kind_of(code.at(address).text, code.arch)
        expected = runs[address] if special is not None and special[0] == "atomics" else 0
        if bus.get(address, 0) != expected:
            raise Failed(f"callgrind saw {bus.get(address, 0)} locked accesses by '{code.at(address).text}', not {expected}")


def names_line(names: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{n} {name}" for name, n in sorted(Counter(names).items()))
