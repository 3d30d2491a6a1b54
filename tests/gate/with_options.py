# SPDX-License-Identifier: BSD-3-Clause
"""
Does a pair execute no more instructions where the build has other options? That of a list with ms
to spare, compiled once as the gate does and once with OPTIONS after that. For link-time
optimization see tests/bench/same_with_lto.py: the measured loops do without.
"""
from __future__ import annotations

from pathlib import Path

import executed
import flat
import program
from tap import Tap

# valgrind does not know AVX-512.
OPTIONS = ("-O3", "-march=native", "-mno-avx512f")


def costs(cc: program.Compiler, impls: Path, strategies: list[str], options: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """Instructions of a pair, by strategy and variant."""
    kind = program.Kind(program.COUNT.files, program.COUNT.forced, options)
    found: dict[tuple[str, str], float] = {}
    with program.built(cc, "", impls, strategies, kind=kind) as made:
        for name in strategies:
            for mode in ("no-rseq", "rseq"):
                variant, _ = executed.variant(made, [name, "list", mode, "2", str(executed.MS)])
                found[name, variant] = flat.instructions(made, name, mode, cpus=2, ms=executed.MS)
    return found


def check(tap: Tap, cc: program.Compiler, impls: Path, strategies: list[str]) -> None:
    plain, other = (costs(cc, impls, strategies, options) for options in ((), OPTIONS))
    for (name, variant), cost in plain.items():
        got = other[name, variant]
        tap.line(got <= cost, f"{name} {variant}".rstrip() + f": {cost:g}, with {' '.join(OPTIONS[:2])} {got:g}")
