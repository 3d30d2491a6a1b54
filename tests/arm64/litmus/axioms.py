# SPDX-License-Identifier: BSD-3-Clause
"""
The AArch64 axioms, as far as the tests that write.py makes need them: for machines without herd7, which is the authority.

Source: aarch64.cat of herdtools7; Pulte et al., Simplifying ARM Concurrency, POPL 2018. An execution says which store each load reads
from (rf) and in which order each location's stores come (co). It is allowed if each location alone is coherent, no store comes between
an atomic's two halves, and the order of what other threads observe (obs) and what each thread keeps (lob) has no cycle. Fences, address
and data dependencies do not occur in these tests; atomics that fail leave the test, so only executions where all succeed are looked at.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import permutations, product
from typing import Iterator

INSTRUCTION = re.compile(r"(\w[\w.]*) ([WX]\d+|L\d+)(?:,#?([^,\[\]]+))?(?:,?\[(X\d+)\])?")


@dataclass(frozen=True)
class Event:
    at: int  # in program order; -1: the value from the start
    thread: int
    kind: str  # R or W
    location: str
    order: str = ""  # A: acquire, L: release
    value: int | None = None  # None: a load's, from what it reads
    register: str = ""  # of a load
    half: int = -1  # of an atomic's store: `at` of its load


Edge = tuple[Event, Event]


@dataclass
class Test:
    events: list[Event]
    branches: list[tuple[int, int, int]]  # thread, at, `at` of the load that it depends on
    wanted: dict[tuple[int, str], int]  # what the condition says of each register


def parse(text: str) -> Test:
    initial = {name: int(value) for name, value in re.findall(r"uint64_t (\w+)=(\d+);", text)}
    pointers = {(int(t), register): name for t, register, name in re.findall(r"(\d+):(X\d+)=([a-zA-Z]\w*);", text)}
    condition = text[text.index("exists") :]
    wanted = {(int(t), register): int(value) for t, register, value in re.findall(r"(\d+):(X\d+)=(\d+)", condition)}
    test = Test([Event(-1, -1, "W", name, value=value) for name, value in initial.items()], [], wanted)
    rows = [row.rstrip(" ;").split("|") for row in text[text.index("\n P0") : text.index("exists")].strip("\n").splitlines()[1:]]
    for thread in range(len(rows[0])):
        read_thread(test, thread, [row[thread].strip() for row in rows if thread < len(row)], pointers)
    return test


def read_thread(test: Test, thread: int, lines: list[str], pointers: dict[tuple[int, str], str]) -> None:
    constants: dict[str, int] = {}
    loads: dict[str, int] = {}  # the last load into a register
    exclusive = -1
    for line, text in enumerate(lines):
        if not text or text.endswith(":"):
            continue
        at = 2 * line
        op, first, second, base = INSTRUCTION.fullmatch(text).groups()  # type: ignore[union-attr]
        location = pointers.get((thread, base), "")
        if op == "MOV":
            constants[first] = int(second)
        elif op in ("CMP", "CBNZ"):
            test.branches += [(thread, at, loads[first])] if first in loads else []
        elif op.startswith("LD"):
            loads[first], exclusive = at, at
            test.events.append(Event(at, thread, "R", location, "A" if "A" in op[2:] else "", register=first))
        elif op.startswith("CAS"):
            loads[first] = at
            test.events.append(Event(at, thread, "R", location, "A" if "A" in op[3:] else "", register=first))
            test.events.append(Event(at + 1, thread, "W", location, "L" if "L" in op[3:] else "", constants[second], half=at))
        elif op.startswith("ST"):
            half, value = (exclusive, constants[second]) if op.endswith("XR") else (-1, constants[first])
            test.events.append(Event(at, thread, "W", location, "L" if "L" in op[2:] else "", value, half=half))
        elif op != "B.NE":
            raise ValueError(f"unknown instruction: {text}")


def kept(test: Test, po: list[Edge]) -> set[Edge]:
    """lob without what depends on rf: what a thread's own order keeps."""
    edges = {(a, b) for a, b in po if a.order == "A" or b.order == "L" or (a.order == "L" and b.order == "A")}
    edges |= {(a, b) for a, b in po if a.location == b.location and b.kind == "W"}
    for thread, at, load in test.branches:
        edges |= {(a, b) for a, b in po if a.thread == thread and a.at == load and b.at > at and b.kind == "W"}
    return edges


def cyclic(edges: set[Edge]) -> bool:
    after: dict[Event, list[Event]] = {}
    for a, b in edges:
        after.setdefault(a, []).append(b)
    state: dict[Event, bool] = {}  # False: being looked at

    def visit(event: Event) -> bool:
        state[event] = False
        for other in after.get(event, []):
            if not state.get(other, True) or (other not in state and visit(other)):
                return True
        state[event] = True
        return False

    return any(event not in state and visit(event) for event in list(after))


def coherent(test: Test, po: list[Edge], rf: dict[Event, Event], co: tuple[Event, ...]) -> set[Edge] | None:
    """What is seen of one location, if that can be: rf, co and fr."""
    place = {store: i for i, store in enumerate(co)}
    for store in co:
        load = next((r for r in rf if r.thread == store.thread and r.at == store.half), None)
        if load is not None and place[store] != place[rf[load]] + 1:
            return None
    seen = {(w, r) for r, w in rf.items()} | {(a, b) for i, a in enumerate(co) for b in co[i + 1 :]}
    seen |= {(r, w) for r, source in rf.items() for w in co[place[source] + 1 :]}
    return None if cyclic(seen | {(a, b) for a, b in po if a.location == b.location == co[0].location}) else seen


def views(test: Test, po: list[Edge], location: str) -> Iterator[set[Edge]]:
    """Every way in which one location may be seen, with loads of the values that the condition wants of their registers, if it says."""
    first, *stores = [e for e in test.events if e.location == location and e.kind == "W"]
    loads = [e for e in test.events if e.location == location and e.kind == "R"]
    wanted = [test.wanted.get((r.thread, r.register)) for r in loads]
    fitting = [[w for w in (first, *stores) if want is None or w.value == want] for want in wanted]
    for order in permutations(stores):
        for choice in product(*fitting):
            seen = coherent(test, po, dict(zip(loads, choice)), (first, *order))
            if seen is not None:
                yield seen


def allowed(seen: set[Edge], lob: set[Edge]) -> bool:
    """obs and lob have no cycle. An acquire that reads its own thread's atomic comes after it, too."""
    own = {(a, b) for a, b in seen if a.thread == b.thread and a.half != -1 and b.order == "A"}
    return not cyclic({(a, b) for a, b in seen if a.thread != b.thread} | own | lob)


def possible(test: Test) -> bool:
    po = [(a, b) for a in test.events for b in test.events if a.thread == b.thread != -1 and a.at < b.at]
    lob = kept(test, po) | {(a, b) for a, b in po if b.half == a.at}
    locations = sorted({e.location for e in test.events})
    per_location = [list(views(test, po, location)) for location in locations]
    return any(allowed(set[Edge]().union(*seen), lob) for seen in product(*per_location))


def verdict(text: str) -> str:
    """In herd7's words; never Always, as a test can also fail to get through. But get through it must, but for its last condition."""
    test = parse(text)
    if possible(test):
        return "Sometimes"
    test.wanted.popitem()
    return "Never" if possible(test) else "Never, but nothing else either"
