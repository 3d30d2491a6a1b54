# SPDX-License-Identifier: BSD-3-Clause
"""Builds the programs of tests/ over a changed copy of impls/. What the change does not reach is
compiled once."""
from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from mutant import Mutant

FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-g", "-w", "-pthread"]
FLAVOURS: dict[str, list[str]] = {
    "plain": [],
    "tsan": ["-fsanitize=thread", "-fno-omit-frame-pointer", "-include", "../sanitizers/rseq_tsan.h"],
    "explored": ["-fsanitize=thread", "-include", "hooks.h", "-DBITMAP_BITS=2", "-DEXTRAM_SPINS=0"],
    "runtime": ["-U_FORTIFY_SOURCE"],
}
# The others: one program each, in the folder of another.
ALONE = {"beyond.c", "callbacks.c", "cpu_numbers.c", "frozen.c", "halfway.c", "idle_memory.c"}
# What needm/leaks.c and taken_stacks.c count: see needm/meson.build.
WRAPS = ["malloc", "calloc", "aligned_alloc", "free", "pthread_key_create", "pthread_key_delete", "pthread_mutex_init", "pthread_mutex_destroy", "mmap", "mmap64", "munmap"]
LINK_FLAGS = {"needm": [f"-Wl,--wrap={function}" for function in WRAPS]}
INLINE = {"extram.h", "wait.h", "needm.h", "needm_signal.h"}  # headers that tests include too


class Builder:
    def __init__(self, cc: list[str], source: Path, work: Path) -> None:
        self.cc, self.source, self.work = cc, source, work
        self.tests = source / "tests"
        self.common = self.tests / "common"
        self.lock = threading.Lock()
        self.once: dict[tuple[Path, str], Path] = {}
        (work / "version.h").write_text('#define VERSION_GIT_REV "mutant"\n', encoding="utf-8")

    def run(self, *command: object, cc: Sequence[str] = ()) -> None:
        done = subprocess.run([*(cc or self.cc), *FLAGS, *map(str, command)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[:1000])

    def compile(self, file: Path, flavour: str, impls: Path, where: Path, *flags: str) -> Path:
        out = where / f"{flavour}_{file.parent.name}_{file.stem}.o"
        folders = [self.source / "sim", impls, where, self.work, self.common]
        self.run(*FLAVOURS[flavour], *flags, *(word for folder in folders for word in ("-I", folder)), "-c", file, "-o", out)
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

    def __init__(self, builder: Builder, mutant: Mutant) -> None:
        self.builder, self.strategy, self.mutated, self.flags = builder, mutant.strategy, mutant.file, mutant.flags
        self.where = builder.work / mutant.name
        self.impls = self.where / "impls"
        shutil.rmtree(self.where, ignore_errors=True)
        shutil.copytree(builder.source / "impls", self.impls)
        (self.where / "strategies.inc").write_text(f"EXTRAM_STRATEGY({mutant.strategy})\n", encoding="utf-8")

    def says(self, text: str) -> bool:
        return text in (self.impls / f"{self.strategy}.c").read_text(encoding="utf-8")

    def own(self, flavour: str, *files: str) -> list[Path]:
        return [self.builder.compile(self.impls / file, flavour, self.impls, self.where, *self.flags) for file in files]

    def shared(self, flavour: str, *patterns: str) -> list[Path]:
        files = sorted(file for pattern in patterns for file in self.builder.tests.glob(pattern) if file.name not in ALONE)
        return [self.builder.test_object(file, flavour, self.mutated, self.impls, self.where) for file in files]

    def link(self, name: str, objects: list[Path], *flags: str) -> Path:
        self.builder.run(*objects, *flags, "-o", self.where / name)
        return self.where / name

    def program(self, name: str, flavour: str) -> Path:
        objects = self.own(flavour, f"{self.strategy}.c", "needm.c", "needm_ms.c", "registry.c") + self.shared(flavour, "common/*.c", f"{name}/*.c")
        return self.link(f"{name}_{flavour}", objects, "-lcmocka", *(LINK_FLAGS.get(name, []) if flavour == "plain" else []), *FLAVOURS[flavour])

    def explorer(self) -> Path:
        objects = self.own("explored", f"{self.strategy}.c", "needm.c", "needm_ms.c") + self.own("runtime", "registry.c")
        objects += self.shared("explored", "explore/clients*.c") + self.shared("runtime", "../sim/*.c", "explore/[!c]*.c", "explore/c[!l]*.c")
        return self.link("explore", objects)

    def emptiness(self) -> Path:
        strategy = [f"-DSTRATEGY={self.strategy}", f'-DSTRATEGY_FILE="{self.strategy}.c"']
        files = [self.builder.tests / "rseq" / "emptiness.c", *self.builder.common.glob("*.c")]
        self.builder.run(*strategy, "-I", self.impls, "-I", self.builder.common, *files, "-o", self.where / "emptiness")
        return self.where / "emptiness"

    def halfway(self, cc: list[str], *flags: str) -> Path:
        """For another machine, if that is what the compiler makes."""
        common, out = self.builder.common, self.where / f"halfway_{Path(cc[0]).name}"
        strategy = [f"-DSTRATEGY={self.strategy}", f'-DSTRATEGY_FILE="{self.strategy}.c"', "-I", self.impls, "-I", common]
        files = [self.builder.tests / "contract" / "halfway.c", *common.glob("*.c")]
        self.builder.run(*flags, *strategy, *files, "-o", out, cc=cc)
        return out

    def sections(self, *model: str) -> Path:
        """The text of rseq.h over the machine of sim/."""
        made = self.builder.compile(self.builder.tests / "sim" / "sections.c", "explored", self.impls, self.where, *model)
        return self.link(f"sections{len(model)}", [made, *self.shared("runtime", "../sim/*.c", "sim/driver.c")])

    def rseq(self) -> Path:
        """Sections with delays between their instructions."""
        folder, header = self.builder.tests / "rseq", self.where / "delayed.h"
        inject = ["/usr/bin/python3", folder / "inject.py", self.impls / "rseq.h", header]
        subprocess.run(list(map(str, inject)), check=True)
        files = [folder / "rseq_stress.c", folder / "storm.c", self.builder.common / "crew.c"]
        include = ["-I", self.where, "-I", self.impls, "-I", folder, "-I", self.builder.common]
        self.builder.run("-DRSEQ_DELAYED", '-DRSEQ_H="delayed.h"', *include, *files, "-o", self.where / "rseq")
        return self.where / "rseq"
