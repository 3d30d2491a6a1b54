# SPDX-License-Identifier: BSD-3-Clause
"""direct_calls.py OBJDUMP PROGRAM STRATEGY...: no measured loop of a strategy calls through a
pointer.

Walks the disassembly of every loop_* function. A call through a pointer for each operation would
hide the difference between strategies, so one that appears, by a change of the code or of the
compiler, is an error.
"""
from __future__ import annotations

import re
import subprocess
import sys

KINDS = [f"{level}{spin}{more}" for level in ("list", "callback") for spin in ("", "_spin") for more in ("", "_timed", "_plant")] + ["list_round"]
HEADING = re.compile(r"^[0-9a-f]+ <(loop_\w+)>:")
# x86-64: call or jump with an operand in a register or in memory. arm64: branch to a register, save
# the return.
INDIRECT = re.compile(r"\t(?:(?:notrack )?(?:call|jmp)q?\s+\*|blr\b|blra\w+|br\s+x)")


def functions(objdump: str, program: str) -> dict[str, list[str]]:
    """Instructions of each loop, by name."""
    command = [objdump, "--disassemble", "--no-show-raw-insn", "--section=.text", program]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        heading = HEADING.match(line)
        if heading:
            current = found.setdefault(heading.group(1), [])
        elif not line.strip():
            current = None
        elif current is not None:
            current.append(line)
    return found


def main(objdump: str, program: str, strategies: list[str]) -> int:
    loops = functions(objdump, program)
    bad = 0
    for name in (f"loop_{kind}_{strategy}" for strategy in strategies for kind in KINDS):
        code = loops.get(name, [])
        indirect = [line.strip() for line in code if INDIRECT.search(line)]
        ok = len(code) > 3 and not indirect
        bad += not ok
        print(f"{'ok' if ok else 'not ok'} {name}: {len(code)} instructions, {len(indirect)} indirect calls")
        for line in indirect:
            print(f"    {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
