# SPDX-License-Identifier: BSD-3-Clause
"""What a compiled arm64 function does to shared memory on its way through: its loads, stores and atomics in order, by location."""
from __future__ import annotations

import re
import subprocess
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

# The interface of extram.h: what is in the first registers of each operation.
ARGUMENTS = {"get": {"x0": "list", "x2": "last"}, "put": {"x0": "list", "x1": "mp"}}
PRIVATE = ("last", "sp")
KEPT = [f"x{i}" for i in range(19, 29)]  # what a called function gives back as it was
CONDITIONAL = re.compile(r"b\.\w+|cbn?z|tbn?z")
MEMORY = re.compile(r"(ld|st|cas|swp)\w*")
LINE = re.compile(r"\s*([0-9a-f]+):\s+(\S+)\s*([^/<]*)")
EXTERNAL = re.compile(r"\s*([0-9a-f]+): R_AARCH64_(?:CALL|JUMP)26\s")
FUNCTION = re.compile(r"([0-9a-f]+) <(\w+)>:")


@dataclass(frozen=True)
class Access:
    op: str  # the mnemonic: ldr, stlr, casal, ...
    location: str  # by the name that the table gives it


@dataclass
class Code:
    lines: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    functions: dict[str, int] = field(default_factory=dict)
    external: set[int] = field(default_factory=set)  # calls that leave the object


def disassemble(compiler: str, flags: list[str], source: Path, folder: Path) -> Code:
    made = folder / f"{source.stem}.o"
    subprocess.run([compiler, *flags, "-c", str(source), "-o", str(made)], check=True)
    objdump = re.sub(r"gcc(-\d+)?$", "objdump", compiler)
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", str(made)], check=True, capture_output=True, text=True).stdout
    code = Code()
    for line in text.splitlines():
        if found := FUNCTION.match(line):
            code.functions[found[2]] = int(found[1], 16)
        elif found := EXTERNAL.match(line):
            code.external.add(int(found[1], 16))
        elif found := LINE.match(line):
            code.lines[int(found[1], 16)] = (found[2], re.findall(r"\[[^\]]*\]!?|[^\s,]+", found[3]))
    return code


def register(name: str) -> str:
    return re.sub(r"^w(?=\d)", "x", name)


@dataclass
class Walk:
    """One way through a function. Knows of a register only what it points to, as (region, offset)."""

    at: int
    points: dict[str, tuple[str, int]]
    seen: frozenset[int] = frozenset()
    calls: tuple[tuple[int, dict[str, tuple[str, int]]], ...] = ()
    accesses: tuple[Access, ...] = ()

    def location(self, operand: str, names: dict[str, str]) -> str | None:
        """None: the stack, or what is the caller's alone."""
        base, *offset = re.findall(r"[^\s,\[\]!]+", operand)
        region, at = ("sp", 0) if base == "sp" else self.points.get(base, ("?", 0))
        if region in PRIVATE:
            return None
        return names[f"{region}+{at + (int(offset[0][1:], 0) if offset else 0):#x}"]

    def touch(self, op: str, operands: list[str], names: dict[str, str]) -> None:
        location = self.location(next(o for o in operands if o.startswith("[")), names)
        if location is not None:
            self.accesses += (Access(op, location),)
        if op.startswith("st"):
            return
        loaded = operands[1] if re.match(r"(ldadd|swp)", op) else operands[0]
        for name in [loaded] + ([operands[1]] if op == "ldp" else []):
            self.points.pop(register(name), None)
            if location is not None:
                self.points[register(name)] = (f"*{location}", 0)

    def compute(self, op: str, operands: list[str]) -> None:
        """A pointer survives arithmetic: an addition moves it, masks and shifts unpack it."""
        if op in ("cmp", "cmn", "tst", "ccmp", "nop") or not operands:
            return
        sources = [self.points[register(o)] for o in operands[1:] if register(o) in self.points]
        self.points.pop(register(operands[0]), None)
        if sources:
            region, at = sources[0]
            moved = int(operands[2][1:], 0) if op == "add" and operands[2].startswith("#") else 0
            self.points[register(operands[0])] = (region, at + moved if op in ("add", "mov") else 0)


def step(code: Code, walk: Walk, names: dict[str, str]) -> list[Walk]:
    """The ways on from here. None where it leaves the object, or comes back to where it was: not the fast path."""
    op, operands = code.lines[walk.at]
    target = int(operands[-1], 16) if re.match(r"b$|bl$", op) or CONDITIONAL.fullmatch(op) else 0
    follow = Walk(walk.at + 4, dict(walk.points), walk.seen | {walk.at}, walk.calls, walk.accesses)
    ways = [follow]
    if walk.at in code.external or walk.at in walk.seen:
        return []
    if op == "ret":
        follow.at, kept = walk.calls[-1]
        follow.points.update(kept)
        follow.calls = walk.calls[:-1]
    elif op == "bl":
        follow.calls += ((follow.at, {name: walk.points[name] for name in KEPT if name in walk.points}),)
        follow.at = target
    elif op == "b":
        follow.at = target
    elif CONDITIONAL.fullmatch(op):
        ways.append(Walk(target, dict(walk.points), follow.seen, walk.calls, walk.accesses))
    elif MEMORY.fullmatch(op):
        follow.touch(op, operands, names)
    else:
        follow.compute(op, operands)
    return ways


def whole(accesses: tuple[Access, ...], through: list[str]) -> bool:
    """All locations touched, and each exclusive load followed by its store: a lost comparison skips that."""
    exclusive = [access.op[:2] for access in accesses if re.fullmatch(r"(ld|st)\w*xr", access.op)]
    return set(through) <= {access.location for access in accesses} and exclusive.count("ld") == exclusive.count("st")


def fast_path(code: Code, function: str, names: dict[str, str], through: list[str]) -> list[Access]:
    """The shortest way from entry to return that touches all of these locations, calls nobody outside, and repeats nothing."""
    start = {name: (region, 0) for name, region in ARGUMENTS[function].items()}
    todo = deque([Walk(code.functions[function], start)])
    while todo:
        walk = todo.popleft()
        if code.lines[walk.at][0] == "ret" and not walk.calls:
            if whole(walk.accesses, through):
                return list(walk.accesses)
            continue
        todo.extend(step(code, walk, names))
    raise LookupError(f"{function}: no way through {', '.join(through)}")
