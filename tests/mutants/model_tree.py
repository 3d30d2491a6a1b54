# SPDX-License-Identifier: BSD-3-Clause
"""Builds the programs of tests/model over a changed copy of model/. What the change does not reach
is compiled once."""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from build import Builder, Tree
from mutant import Mutant

# Sources beside the engine: what runs on the machine, and the command line. As in
# model/meson.build.
PROGRAMS = ["kernels.c", "pairs.c", "queues.c"]
COMMAND_LINE = ["main.c", "options.c"]
LIBRARIES = ["-linih", "-lhwloc", "-lm"]
ON_MACHINE = ["-fsanitize=thread", "-include", "hooks.h"]
ON_HOST = ["-U_FORTIFY_SOURCE"]


class ModelTree(Tree):
    """One copy of impls/ and model/, and what is built over it."""

    def __init__(self, builder: Builder, mutant: Mutant) -> None:
        super().__init__(builder, mutant)
        shutil.copytree(builder.source / "model", self.where / "model")

    def compiled(self, file: Path, root: Path, where: Path, flags: list[str]) -> Path:
        """root has the model/ to include, changed or not."""
        source = self.builder.source
        folders = [root / "model", source / "sim", source / "impls", source / "tests" / "model", self.where]
        out = where / ("_".join(["model", *file.parts[-3:]]) + ".o")
        self.builder.run(*flags, *(word for folder in folders for word in ("-I", folder)), "-c", file, "-o", out)
        return out

    def part(self, name: str, flags: list[str]) -> Path:
        """Of a source that the mutant may reach, or of one that is compiled once."""
        if name == f"model/{self.mutated}" or (name.startswith("model/") and self.mutated.endswith(".h")):
            return self.compiled(self.where / name, self.where, self.where, flags)
        file, key = self.builder.source / name, (self.builder.source / name, "model")
        with self.builder.lock:
            if key not in self.builder.once:
                self.builder.once[key] = self.compiled(file, self.builder.source, self.builder.work, flags)
            return self.builder.once[key]

    def engine(self) -> list[Path]:
        source = self.builder.source
        model = sorted(file.name for file in (source / "model").glob("*.c") if file.name not in PROGRAMS + COMMAND_LINE)
        machine = sorted(file.name for file in (source / "sim").glob("*.c"))
        return [self.part(name, ON_HOST) for name in [*(f"model/{name}" for name in model), *(f"sim/{name}" for name in machine)]]

    def program_of_model(self) -> Path:
        """extram-model, with the mutant's strategy alone."""
        objects = [self.part(f"model/{name}", ON_HOST) for name in COMMAND_LINE]
        objects += [self.part(f"model/{name}", ON_MACHINE) for name in PROGRAMS]
        impls = self.builder.source / "impls"
        strategy = self.compiled(impls / f"{self.strategy}.c", self.where, self.where, ON_MACHINE)
        registry = self.compiled(impls / "registry.c", self.where, self.where, ON_MACHINE)
        return self.link("extram-model", [*objects, strategy, registry, *self.engine()], *LIBRARIES)

    def commands(self, test: str) -> Iterator[list[object]]:
        folder = self.builder.source / "tests" / "model"
        if test == "engine":
            pytest = ["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", folder / "test_engine.py"]
            yield ["env", f"EXTRAM_MODEL={self.program_of_model()}", *pytest]
        else:
            program = self.part(f"tests/model/{test}.c", ON_MACHINE if test in ("accesses", "threads") else ON_HOST)
            yield [self.link(f"test_{test}", [program, *self.engine()], *LIBRARIES), folder / "small.ini"]
