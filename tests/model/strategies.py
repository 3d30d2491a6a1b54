# SPDX-License-Identifier: BSD-3-Clause
"""Prints model/strategies.tsv: the instructions of a pair of each strategy, from the gate's record.
--write writes it."""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "model" / "strategies.tsv"
BUILDS = {"x86_64": "x86_64-gcc-12", "aarch64-lse": "aarch64-gcc-12-lse", "aarch64-llsc": "aarch64-gcc-12-llsc"}
# Of a strategy with several variants, the best one's.
BEST = ("", "rseq", "membarrier", "cmpxchg16b", "casp", "ldxp-stxp")
HEAD = """# SPDX-License-Identifier: BSD-3-Clause
# Instructions of an uncontended pair, with the C library's part: tests/gate/baseline. Do not edit:
# tests/model/strategies.py --write makes it.
"""


def counts(build: str) -> dict[str, int]:
    rows = json.loads((ROOT / "tests" / "gate" / "baseline" / build / "counts.json").read_text("utf-8"))["rows"]
    return {
        row["strategy"]: round(Fraction(row["own"].get("instructions", 0)) + Fraction(row["libc"].get("instructions", 0)))
        for row in rows
        if row["level"] == "list" and row["variant"] in BEST
    }


def kind(strategy: str) -> str:
    family = re.search(r"^ \* Family: (.+)\.$", (ROOT / "impls" / f"{strategy}.c").read_text("utf-8"), re.M)
    return "floor" if family and family[1] == "floor" else "strategy"


def table() -> str:
    found = {column: counts(build) for column, build in BUILDS.items()}
    lines = ["\t".join(("strategy", "kind", *BUILDS))]
    for strategy in sorted(found["x86_64"]):
        lines.append("\t".join([strategy, kind(strategy), *(str(found[column][strategy]) for column in BUILDS)]))
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(table(), "utf-8")
    else:
        print(table(), end="")
