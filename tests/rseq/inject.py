#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
inject.py RSEQ_H OUT [MUTANTS NAME]: rseq.h with a delay (delay.h) before each instruction of its
sections and in rseq_stop; with NAME, broken on purpose.
inject.py --names MUTANTS: the names there are; --sections MUTANTS: of those in the machine code
only.
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

SECTION = re.compile(r"#define RSEQ_(?:BEGIN|POP|PUSH) .*?(?=\n#|\n/\*|\n\n|\n?\Z)", re.S)
INSTRUCTION = re.compile(r'^\t"((?:\d: )?)([^"]+)"', re.M)
POINTS = 23  # DELAY_STOP
STOP = "atomic_fetch_or_explicit(&slabs[cpu].word, RSEQ_STOP, memory_order_relaxed);"


def replace(text: str, old: str, new: str) -> str:
    found = text.count(old)
    if found != 1:
        sys.exit(f"{found} times, not once, in rseq.h: {old}")
    return text.replace(old, new)


def delayed(half: str) -> str:
    """One architecture's sections. The points of begin, pop and push are numbered in one go."""
    point = -1

    def instruction(match: re.Match[str]) -> str:
        nonlocal point
        point += 1
        return f'\t"{match[1]}" RSEQ_DELAY({point}) "{match[2]}"'

    half, sections = SECTION.subn(lambda section: INSTRUCTION.sub(instruction, section[0]), half)
    half, exits = re.subn(r'"4: ([^"]+)"', r'"4: " RSEQ_COUNT_ABORT "\1"', half)
    if sections != 3 or exits != 1 or not 20 <= point + 1 <= POINTS:
        sys.exit(f"rseq.h is not what it was: {sections} sections, {exits} exits, {point + 1} instructions in a half")
    return half


def table(mutants: str) -> dict[str, Any]:
    return dict(json.loads(Path(mutants).read_text(encoding="utf-8")))


def main(source: str, out: str, mutants: str = "", name: str = "") -> None:
    if source in ("--names", "--sections"):
        print(*(name for name, mutant in table(out).items() if source == "--names" or len(mutant["edits"]) > 1))
        return
    text = Path(source).read_text(encoding="utf-8")
    for old, new in table(mutants)[name]["edits"] if name else []:
        text = replace(text, old, new)
    text = replace(text, STOP, f"{STOP}\n\tdelay_stop();")
    head, x86, rest = re.split(r"(?=^#ifdef __x86_64__\n|^#else /\* __aarch64__ \*/\n)", text, flags=re.M)
    arm, tail = rest.split("\n#endif\n", 1)
    tail = tail.replace(': "memory", "cc")', ': "memory", "cc", RSEQ_DELAY_CLOBBERS)')
    Path(out).write_text(head + delayed(x86) + delayed(arm) + "\n#endif\n" + tail, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
