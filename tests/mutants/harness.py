# SPDX-License-Identifier: BSD-3-Clause
"""Builds the programs of tests/bench over a changed copy of bench/. Everything else of bench/ is
compiled once."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from build import Builder, Tree
from mutant import Mutant

# Sources beside the program's own, and the strategy whose loops it wants. As in
# tests/bench/meson.build.
WHOLE = ["crooked_alone.c"]
MADE_UP = [*WHOLE, "made_up.c"]
SOURCES = {
    "axes": WHOLE,
    "conserved": WHOLE,
    "rows_block": [*MADE_UP, "made_up_block.c"],
    "rows_burst": MADE_UP,
    "rows_churn": [*MADE_UP, "made_up_block.c"],
    "rows_played": MADE_UP,
    "rows_storm": [*MADE_UP, "made_up_block.c"],
    "runner": [*WHOLE, "made_up_run.c"],
}
LOOPS = {"loops": "recording"} | {name: "crooked" for name in ["figures_players", "rig", *SOURCES]}
# By the tests, and counters.c by counters_none.c, which needs no library.
REPLACED = {"main.c", "loops.c", "loops_all.c", "waiting.c", "counters.c"}
ROOMS = ("host", "core", "row", "plan", "work", "out")
LIBRARIES = ["-lbenchmark", "-lstdc++", "-lhwloc", "-ljemalloc", "-lcmocka", "-lm"]
MADE = {
    "build.h": "".join(f'#define BUILD_{name} ""\n' for name in ("VERSION", "COMPILER", "OPTIONS", "UNUSUAL", "UNFIT", "CAS", "PAUSE")),
    "benchmark_version.h": '#define BENCHMARK_VERSION ""\n',
    "real.inc": "",
}


def archive(file: Path, objects: list[Path]) -> Path:
    file.unlink(missing_ok=True)
    subprocess.run(["ar", "rcsT", file, *objects], check=True)
    return file


class HarnessTree(Tree):
    """One copy of impls/, bench/ and tests/bench/, and what is built over it."""

    def __init__(self, builder: Builder, mutant: Mutant) -> None:
        super().__init__(builder, mutant)
        for folder in ("bench", "tests/bench"):
            shutil.copytree(builder.source / folder, self.where / folder)

    def object(self, file: Path, root: Path, where: Path, strategy: str = "") -> Path:
        """root has the bench/ to include, changed or not. With a strategy: its measured loops."""
        source = self.builder.source
        rooms = [root / "bench" / room for room in ("", *ROOMS, "go")]
        folders = [*rooms, root / "tests" / "bench", root / "impls", source / "results"]
        include = [word for folder in [*folders, self.builder.work, self.where] for word in ("-I", folder)]
        flags = [f"-DSTRATEGY={strategy}", f'-DSTRATEGY_FILE="{strategy}.c"'] if strategy else []
        out = where / ("_".join([*file.parts[-3:], strategy]) + ".o")  # tests/bench has files of the same names
        self.builder.run(*include, *flags, "-c", file, "-o", out)
        return out

    def kept(self, file: Path, strategy: str = "") -> Path:
        """Of a source that no mutant reaches: compiled once."""
        key = (file, "bench" + strategy)
        with self.builder.lock:
            if key not in self.builder.once:
                self.builder.once[key] = self.object(file, self.builder.source, self.builder.work, strategy)
            return self.builder.once[key]

    def part(self, name: str, strategy: str = "") -> Path:
        """Of a source of bench/ or tests/bench that the mutant may reach."""
        file = self.builder.source / name
        reached = self.mutated.endswith(".h") or name == f"bench/{self.mutated}" or f'bench/{self.mutated}"' in file.read_text(encoding="utf-8")
        return self.object(self.where / name, self.where, self.where, strategy) if reached else self.kept(file, strategy)

    def rest(self) -> Path:
        """
        All of bench/ that tests do not replace, as the mutant has it. In an archive: a test that
        has the same function of its own keeps it.
        """
        for name, text in MADE.items():
            with self.builder.lock:
                if not (self.builder.work / name).exists():
                    (self.builder.work / name).write_text(text, encoding="utf-8")
        bench = self.builder.source / "bench"
        files = sorted(file for room in ("", *ROOMS) for file in (bench / room).glob("*.c*") if file.name not in REPLACED)
        names = [str(file.relative_to(bench)) for file in files]
        objects = [self.changed(name) if name == self.mutated else self.kept(bench / name) for name in names]
        return archive(self.where / "libbench.a", objects)

    def changed(self, name: str) -> Path:
        return self.object(self.where / "bench" / name, self.where, self.where)

    def test(self, name: str) -> Path:
        rest = self.rest()
        objects = [self.part(f"tests/bench/{file}") for file in [f"{name}.c", *SOURCES.get(name, [])]]
        if name in LOOPS:
            objects.append(self.part("bench/core/loops.c", LOOPS[name]))
        impls = self.builder.source / "impls"
        objects += [self.kept(impls / file) for file in (f"{self.strategy}.c", "needm.c", "needm_ms.c", "registry.c")]
        return self.link(f"test_{name}", [*objects, rest], *LIBRARIES)
