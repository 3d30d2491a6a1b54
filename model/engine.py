# SPDX-License-Identifier: BSD-3-Clause
"""Runs extram-model: what programs cost on a machine that a file describes."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pandas

from results.columns import ResultError
from results.repository import ROOT

MACHINES = ROOT / "model" / "machines"
VARIABLE = "EXTRAM_MODEL"  # the program's path, if it is no build folder's


@dataclass(frozen=True)
class Load:
    """One start of the program: strategies or kernels, at these thread counts. The options and the
    machine's figures are those of extram-model --help, without the dashes."""

    machine: Path
    programs: Sequence[str]
    threads: Sequence[int] = (1,)
    cpus: Sequence[int] = ()
    options: Mapping[str, str | int | bool] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    def arguments(self) -> list[str]:
        found = ["--machine", str(self.machine), "--program", _joined(self.programs), "--threads", _joined(self.threads)]
        found += ["--cpus", _joined(self.cpus)] if self.cpus else []
        found += [f"--{name}" if value is True else f"--{name}={value}" for name, value in self.options.items() if value is not False]
        return [*found, *(f"--set={key}={value:.9g}" for key, value in self.figures.items())]


def _joined(words: Iterable[object]) -> str:
    return ",".join(map(str, words))


def program() -> Path:
    """The newest build's."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    built = list(ROOT.glob("build/*/model/extram-model"))
    if not built:
        raise ResultError("build/*/model/extram-model: not built: meson compile -C build/gcc model/extram-model")
    return max(built, key=lambda path: path.stat().st_mtime)


def _output(arguments: Sequence[str]) -> str:
    done = subprocess.run([program(), *arguments], capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"extram-model: ended with status {done.returncode}"]
        raise ResultError(said[0])
    return done.stdout


def run(load: Load) -> pandas.DataFrame:
    """A row a program and thread count: name, threads, hold_ns, think_ns, thread_ns, system_ns,
    jain, run_length, operations."""
    return pandas.read_csv(io.StringIO(_output(load.arguments())), sep="\t", keep_default_na=False)


def run_all(loads: Iterable[Load]) -> list[pandas.DataFrame]:
    """The same for many, in their order, on all CPUs."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(run, loads))


def figures(machine: Path) -> dict[str, float]:
    """A machine's figures, as they are in its file."""
    lines = _output(["--machine", str(machine), "--print"]).splitlines()
    return {key: float(value) for key, value, _ in (line.split("\t") for line in lines)}


def machine(name: str) -> Path:
    """The file of that path, or of that name in model/machines."""
    path = Path(name) if name.endswith(".ini") else MACHINES / f"{name}.ini"
    if not path.is_file():
        raise ResultError(f"{name}: no such machine: {_joined(sorted(known.stem for known in MACHINES.glob('*.ini')))}, or a path")
    return path


def places(machine: Path, fill: str = "cores") -> pandas.DataFrame:
    """A row a CPU, in the order in which threads get them: cpu, core, domain, node, package."""
    return pandas.read_csv(io.StringIO(_output(["--machine", str(machine), "--places", "--fill", fill])), sep="\t")
