# SPDX-License-Identifier: BSD-3-Clause
"""A litmus test in herd7's AArch64 syntax, of the accesses of compiled operations and a scenario of cases.json."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator

from extract import Access


@dataclass
class Thread:
    number: int
    weaken: dict[str, str]
    lines: list[str] = field(default_factory=list)
    registers: dict[str, int] = field(default_factory=dict)  # of addresses, by location
    last_read: dict[str, str] = field(default_factory=dict)  # register, by location
    conditions: list[str] = field(default_factory=list)
    used: int = 0

    def fresh(self) -> int:
        self.used += 1
        return self.used - 1

    def address(self, location: str) -> str:
        if location not in self.registers:
            self.registers[location] = self.fresh()
        return f"[X{self.registers[location]}]"

    def value(self, value: int) -> str:
        name = f"X{self.fresh()}"
        self.lines.append(f"MOV {name},#{value}")
        return name

    def load(self, op: str, location: str) -> str:
        name = f"X{self.fresh()}"
        self.lines.append(f"{op.upper()} {name},{self.address(location)}")
        self.last_read[location] = name
        return name

    def store(self, op: str, location: str, value: int) -> None:
        self.lines.append(f"{op.upper()} {self.value(value)},{self.address(location)}")

    def leave_unless(self, name: str, value: int) -> None:
        self.conditions.append(f"{self.number}:{name}={value}")
        self.lines += [f"CMP {name},#{value}", f"B.NE L{self.number}"]

    def compare_and_swap(self, op: str, location: str, finds: int, value: int) -> None:
        found, new = self.value(finds), self.value(value)
        self.lines.append(f"{op.upper()} {found},{new},{self.address(location)}")
        self.last_read[location] = found
        self.leave_unless(found, finds)

    def store_exclusive(self, op: str, location: str, value: int) -> None:
        new, status = self.value(value), self.fresh()
        self.lines += [f"{op.upper()} W{status},{new},{self.address(location)}", f"CBNZ W{status},L{self.number}"]
        self.conditions.append(f"{self.number}:X{status}=0")

    def call(self, accesses: list[Access], finds: int, writes: dict[str, list[int]]) -> None:
        """The location that the operation exchanges holds `finds` for it, or it would not get through; so it had at the first look."""
        left: dict[str, Iterator[int]] = {location: iter(values) for location, values in writes.items()}
        exchanged = {access.location for access in accesses if access.op.startswith("cas") or access.op.endswith("xr")}
        for access in accesses:
            op = self.weaken.get(access.op, access.op)
            if op.startswith("cas"):
                self.compare_and_swap(op, access.location, finds, next(left[access.location]))
            elif op.startswith("ld"):
                name = self.load(op, access.location)
                if op.endswith("xr"):
                    self.leave_unless(name, finds)
                elif access.location in exchanged:
                    self.conditions.append(f"{self.number}:{name}={finds}")
            elif op.endswith("xr"):
                self.store_exclusive(op, access.location, next(left[access.location]))
            else:
                self.store(op, access.location, next(left[access.location]))


def thread(number: int, case: dict[str, Any], operations: dict[str, list[Access]]) -> Thread:
    made = Thread(number, case.get("weaken", {}).get(str(number), {}))
    for do in case["threads"][number]:
        if "call" in do:
            made.call(operations[do["call"]], do["finds"], do["writes"])
        elif "write" in do:
            made.store("str", do["write"], do["value"])
        else:
            made.load("ldr", do["read"])
    if any(line.endswith(f" L{number}") or line.endswith(f",L{number}") for line in made.lines):
        made.lines.append(f"L{number}:")
    return made


def table(threads: list[Thread]) -> Iterator[str]:
    columns = [[f"P{t.number}", *t.lines] for t in threads]
    widths = [max(map(len, column)) for column in columns]
    for row in range(max(map(len, columns))):
        cells = (column[row] if row < len(column) else "" for column in columns)
        yield " " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " ;"


def test(name: str, case: dict[str, Any], operations: dict[str, list[Access]]) -> str:
    threads = [thread(number, case, operations) for number in range(len(case["threads"]))]
    locations = sorted({location for t in threads for location in t.registers})
    conditions = [condition for t in threads for condition in t.conditions]
    conditions += [f"{n}:{threads[n].last_read[location]}={value}" for n, location, value in case["exists"]]
    weakened: dict[str, dict[str, str]] = case.get("weaken", {})
    called = {do["call"] for steps in case["threads"] for do in steps if "call" in do}
    return "\n".join(
        [
            f"AArch64 {name}",
            f'"{case["verdict"]}"',
            "(* Made by litmus.py from the machine code of:",
            *(f"   {call}: " + "; ".join(f"{a.op} {a.location}" for a in operations[call]) for call in sorted(called)),
            *(f"   weakened in P{n}: {', '.join(f'{old} to {new}' for old, new in to.items())}" for n, to in weakened.items()),
            "*)",
            "{",
            *(f"uint64_t {location}={case['init'].get(location, 0)};" for location in locations),
            *(" ".join(f"{t.number}:X{register}={location};" for location, register in t.registers.items()) for t in threads),
            "}",
            *table(threads),
            "exists (" + " /\\ ".join(conditions) + ")",
            "",
        ]
    )
