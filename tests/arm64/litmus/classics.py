# SPDX-License-Identifier: BSD-3-Clause
"""
Tests whose verdicts on AArch64 are known: axioms.py must agree.

Source: Maranget, Sarkar, Sewell, A Tutorial Introduction to the ARM and POWER Relaxed Memory Models, 2012; acquire and release as in the
Arm Architecture Reference Manual, B2.3.
"""
from __future__ import annotations

HEAD = """AArch64 classic
{
uint64_t x=0;
uint64_t y=0;
0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; 2:X0=x; 2:X1=y;
}
"""


def test(condition: str, *threads: str) -> str:
    columns = [[f"P{n}", "MOV X9,#1", "MOV X8,#2", *thread.split("; ")] for n, thread in enumerate(threads)]
    height = max(map(len, columns))
    rows = (" | ".join(column[row] if row < len(column) else "" for column in columns) for row in range(height))
    return HEAD + "".join(f" {row} ;\n" for row in rows) + f"exists ({condition})\n"


LOAD_THEN_STORE = ("LDR X2,[X0]; CMP X2,#1; B.NE L0; STR X9,[X1]; L0:", "LDR X3,[X1]; CMP X3,#1; B.NE L1; STR X9,[X0]; L1:")
READ_BOTH = "LDR X2,[X1]; LDR X3,[X0]"
CLASSICS = {
    "MP": ("Sometimes", test("1:X2=1 /\\ 1:X3=0", "STR X9,[X0]; STR X9,[X1]", READ_BOTH)),
    "MP+rel+po": ("Sometimes", test("1:X2=1 /\\ 1:X3=0", "STR X9,[X0]; STLR X9,[X1]", READ_BOTH)),
    "MP+po+acq": ("Sometimes", test("1:X2=1 /\\ 1:X3=0", "STR X9,[X0]; STR X9,[X1]", "LDAR X2,[X1]; LDR X3,[X0]")),
    "MP+rel+acq": ("Never", test("1:X2=1 /\\ 1:X3=0", "STR X9,[X0]; STLR X9,[X1]", "LDAR X2,[X1]; LDR X3,[X0]")),
    "SB": ("Sometimes", test("0:X2=0 /\\ 1:X3=0", "STR X9,[X0]; LDR X2,[X1]", "STR X9,[X1]; LDR X3,[X0]")),
    "SB+rel-acq": ("Never", test("0:X2=0 /\\ 1:X3=0", "STLR X9,[X0]; LDAR X2,[X1]", "STLR X9,[X1]; LDAR X3,[X0]")),
    "LB": ("Sometimes", test("0:X2=1 /\\ 1:X3=1", "LDR X2,[X0]; STR X9,[X1]", "LDR X3,[X1]; STR X9,[X0]")),
    "LB+ctrls": ("Never", test("0:X2=1 /\\ 1:X3=1", *LOAD_THEN_STORE)),
    "CoRR": ("Never", test("1:X2=1 /\\ 1:X3=0", "STR X9,[X0]", "LDR X2,[X0]; LDR X3,[X0]")),
    "WRC+acq+acq": ("Never", test("1:X2=1 /\\ 2:X2=1 /\\ 2:X3=0", "STR X9,[X0]", "LDAR X2,[X0]; STR X9,[X1]", "LDAR X2,[X1]; LDR X3,[X0]")),
    "two CAS of one value": ("Never", test("0:X2=0 /\\ 1:X2=0", "MOV X2,#0; CAS X2,X9,[X0]", "MOV X2,#0; CAS X2,X8,[X0]")),
    "two exclusive pairs": ("Never", test("0:X2=0 /\\ 1:X2=0", "LDXR X2,[X0]; STXR W3,X9,[X0]", "LDXR X2,[X0]; STXR W3,X8,[X0]")),
}
