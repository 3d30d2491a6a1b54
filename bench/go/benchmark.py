# SPDX-License-Identifier: BSD-3-Clause
"""Runs Go's own benchmarks before and after a patch, in turns.

The patch adds benchmarks to Go's cmd/cgo/internal/test, too. Before means that the runtime is
unchanged, but the benchmarks are there. The folder gets before.txt and after.txt, which benchstat
reads, and medians.txt, which is also printed.
"""
from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scipy import stats

from bench.go import build
from results.columns import ResultError
from results.command import checked, run

PATCH = "futex-wait-1.21.patch"
TESTS = "cmd/cgo/internal/test"
SIDES = ("before", "after")
# What runs, and how long. An iteration of the burst is a process of its own.
RUNS = (("^BenchmarkExtraMBurst$", "1x"), ("^Benchmark(ExtraMNewThread|CGoInCThread|CGoCallback)$", "200ms"))
LINE = re.compile(r"^Benchmark(\S+)\s+\d+\s+([\d.]+) ns/op", re.MULTILINE)
UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
SURE = 0.05

Times = dict[str, list[float]]


def compiled(one: build.Toolchain, side: str, folder: Path) -> Path:
    """The program of Go's tests of cgo. Raises ResultError if it cannot be made."""
    overlay = build.patched(one.root, (PATCH,), folder / side)
    if overlay is None:
        raise ResultError(f"{one.root}: {PATCH} does not fit")
    if side == "before":
        overlay = {path: copy for path, copy in overlay.items() if "/src/runtime/" not in path}
    file, program = folder / f"{side}.json", folder / f"{side}.test"
    file.write_text(json.dumps({"Replace": overlay}), encoding="utf-8")
    # vet does not know an overlay's files that use cgo.
    command = [str(one.binary), "test", "-c", "-vet=off", f"-overlay={file}", "-o", str(program), TESTS]
    done = subprocess.run(command, env=build.environment(folder / "cache"), cwd=build.PACKAGE, capture_output=True, text=True)
    if done.returncode != 0 or not program.exists():
        raise ResultError(f"{one.binary}: cannot build {TESTS}: {(done.stderr or done.stdout).strip()[:300]}")
    return program


def measured(program: Path, folder: Path) -> str:
    """The output of the benchmarks, once. Raises ResultError if one fails."""
    text = ""
    for names, time in RUNS:
        done = subprocess.run([str(program), "-test.run=^$", f"-test.bench={names}", f"-test.benchtime={time}"], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise ResultError(f"{program.name}: {(done.stderr or done.stdout).strip()[-300:]}")
        text += done.stdout
    return text


def times(text: str) -> Times:
    """ns of each benchmark, in the order of the text."""
    found: Times = {}
    for name, value in LINE.findall(text):
        found.setdefault(name, []).append(float(value))
    return found


def human(ns: float) -> str:
    size, unit = next((size, unit) for size, unit in UNITS if ns >= size or size == 1)
    return f"{ns / size:.3g} {unit}" if ns < 999.5 * size else f"{ns / size:.0f} {unit}"


def table(before: Times, after: Times) -> str:
    """Medians, their ratio, p of the Mann-Whitney U test, and the longest time of each side. ~: no
    difference is shown."""
    lines = [f"{'':33}{'before':>9}{'after':>9} {'ratio':>5} {'p':>5} {'runs':>5} {'longest before':>15}{'after':>9}"]
    for name, old in before.items():
        new = after[name]
        p = float(stats.mannwhitneyu(old, new, alternative="two-sided").pvalue)
        medians = statistics.median(old), statistics.median(new)
        ratio = f"{medians[1] / medians[0]:.2f}" if p < SURE else "~"
        middle = f"{human(medians[0]):>9}{human(medians[1]):>9} {ratio:>5} {p:5.3f} {f'{len(old)}+{len(new)}':>5}"
        lines.append(f"{name:33}{middle} {human(max(old)):>15}{human(max(new)):>9}")
    return "".join(f"{line}\n" for line in lines)


def compare(one: build.Toolchain, out: Path, count: int) -> str:
    texts = dict.fromkeys(SIDES, "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        programs = {side: compiled(one, side, folder) for side in SIDES}
        for n in range(count):
            for side in SIDES if n % 2 == 0 else reversed(SIDES):
                texts[side] += measured(programs[side], folder)
    out.mkdir(parents=True, exist_ok=True)
    for side in SIDES:
        (out / f"{side}.txt").write_text(texts[side], encoding="utf-8")
    found = f"{one.version}\n" + table(times(texts["before"]), times(texts["after"]))
    (out / "medians.txt").write_text(found, encoding="utf-8")
    return found


@checked
def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.go.benchmark", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("go", type=Path, help="the go command, 1.21 or later")
    parser.add_argument("folder", type=Path, help="where to write the results")
    parser.add_argument("--count", type=int, default=10, help="how often each side runs")
    args = parser.parse_args(argv)
    one = build.toolchain(args.go)
    if one is None:
        raise ResultError(f"{args.go}: not a working Go 1.19 or later for Linux")
    print(compare(one, args.folder, args.count), end="")
    return 0


if __name__ == "__main__":
    run(main)
