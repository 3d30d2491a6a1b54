# SPDX-License-Identifier: BSD-3-Clause
"""Builds the programs of tests/ over a changed copy of impls/. What the change does not reach is compiled once."""
from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-g", "-w", "-pthread"]
FLAVOURS: dict[str, list[str]] = {
    "plain": [],
    "tsan": ["-fsanitize=thread", "-fno-omit-frame-pointer"],
    "explored": ["-fsanitize=thread", "-include", "hooks.h"],
    "runtime": ["-U_FORTIFY_SOURCE"],
}
# Their sources, beside crew.c and what is in impls/.
PROGRAMS = {
    "contract": ["contract*.c", "harness.c"],
    "stress": ["stress*.c", "harness.c"],
    "needm": ["needm_*.c"],
    "faults": ["faults/fa*.c", "faults/freeze.c", "harness.c"],
}
INLINE = {"extram.h", "needm.h"}  # headers that tests include too


class Builder:
    def __init__(self, cc: list[str], source: Path, work: Path) -> None:
        self.cc, self.source, self.work = cc, source, work
        self.lock = threading.Lock()
        self.once: dict[tuple[Path, str], Path] = {}
        (work / "version.h").write_text('#define VERSION_GIT_REV "mutant"\n', encoding="utf-8")

    def run(self, *command: object) -> None:
        done = subprocess.run([*self.cc, *FLAGS, *map(str, command)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[:1000])

    def compile(self, file: Path, flavour: str, impls: Path, where: Path) -> Path:
        out = where / f"{flavour}_{file.parent.name}_{file.stem}.o"
        tests = self.source / "tests"
        self.run(*FLAVOURS[flavour], "-I", tests / "explore", "-I", impls, "-I", where, "-I", self.work, "-I", tests, "-c", file, "-o", out)
        return out

    def test_object(self, file: Path, flavour: str, mutated: str, impls: Path, where: Path) -> Path:
        """Of a test's source: the same for all mutants that do not change what it includes."""
        if mutated in INLINE:
            return self.compile(file, flavour, impls, where)
        with self.lock:
            if (file, flavour) not in self.once:
                self.once[file, flavour] = self.compile(file, flavour, self.source / "impls", self.work)
            return self.once[file, flavour]


class Tree:
    """One copy of impls/, and what is built over it."""

    def __init__(self, builder: Builder, name: str, strategy: str, mutated: str) -> None:
        self.builder, self.strategy, self.mutated = builder, strategy, mutated
        self.where = builder.work / name
        self.impls = self.where / "impls"
        shutil.rmtree(self.where, ignore_errors=True)
        shutil.copytree(builder.source / "impls", self.impls)
        (self.where / "strategies.inc").write_text(f"EXTRAM_STRATEGY({strategy})\n", encoding="utf-8")

    def own(self, flavour: str, *files: str) -> list[Path]:
        return [self.builder.compile(self.impls / file, flavour, self.impls, self.where) for file in files]

    def shared(self, flavour: str, *patterns: str) -> list[Path]:
        tests = self.builder.source / "tests"
        files = sorted(file for pattern in patterns for file in tests.glob(pattern))
        return [self.builder.test_object(file, flavour, self.mutated, self.impls, self.where) for file in files]

    def link(self, name: str, objects: list[Path], *flags: str) -> Path:
        self.builder.run(*objects, *flags, "-o", self.where / name)
        return self.where / name

    def program(self, name: str, flavour: str) -> Path:
        objects = self.own(flavour, f"{self.strategy}.c", "needm.c", "registry.c") + self.shared(flavour, "crew.c", *PROGRAMS[name])
        return self.link(f"{name}_{flavour}", objects, "-lcmocka", *FLAVOURS[flavour])

    def explorer(self) -> Path:
        objects = self.own("explored", f"{self.strategy}.c") + self.own("runtime", "registry.c")
        objects += self.shared("explored", "explore/clients.c") + self.shared("runtime", "explore/[!c]*.c", "explore/c[!l]*.c")
        return self.link("explore", objects)

    def emptiness(self) -> Path:
        strategy = [f"-DSTRATEGY={self.strategy}", f'-DSTRATEGY_FILE="{self.strategy}.c"']
        tests = self.builder.source / "tests"
        files = [tests / "emptiness.c", tests / "harness.c", tests / "crew.c"]
        self.builder.run(*strategy, "-I", self.impls, *files, "-o", self.where / "emptiness")
        return self.where / "emptiness"

    def rseq(self) -> Path:
        """Sections with delays between their instructions."""
        folder, header = self.builder.source / "tests" / "arm64", self.where / "delayed.h"
        inject = ["/usr/bin/python3", folder / "inject.py", self.impls / "rseq.h", header]
        subprocess.run(list(map(str, inject)), check=True)
        files = [folder / "rseq_stress.c", folder / "storm.c", folder.parent / "crew.c"]
        include = ["-I", self.where, "-I", self.impls, "-I", folder]
        self.builder.run("-DRSEQ_DELAYED", '-DRSEQ_H="delayed.h"', *include, *files, "-o", self.where / "rseq")
        return self.where / "rseq"
