# SPDX-License-Identifier: BSD-3-Clause
"""The counted program: every strategy's measured loops in one static executable, built the same way
whatever the build folder's options."""
from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# As in a build folder with meson's options left alone, asserts and all; what a distribution's
# compiler adds by itself is taken out.
FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-g0", "-fPIE", "-pthread", "-U_FORTIFY_SOURCE", "-fno-stack-protector"]
ARCH_FLAGS = {"x86_64": ["-fcf-protection=none"], "aarch64": ["-mbranch-protection=none"]}
# How arm64 compares and exchanges: with load and store exclusive, or with one instruction of
# ARMv8.1.
ENCODINGS: dict[str, dict[str, list[str]]] = {"x86_64": {"": []}, "aarch64": {"llsc": ["-mno-outline-atomics"], "lse": ["-march=armv8.1-a"]}}
JOBS = 2
LISTS = ("loops_all", "clock", "histogram", "median", "spin")  # of bench/core/


@dataclass(frozen=True)
class Kind:
    """Of program: its sources beside the strategies', and what the strategies are compiled with."""

    files: tuple[str, ...]
    forced: tuple[str, ...]
    defines: tuple[str, ...] = ()


COUNT = Kind(("count", "counted"), ("standin.h",))


# A section of one of our objects in the linker's map: its name, perhaps a new line, address, size,
# object.
PLACED = re.compile(r"^ (\.text\S*|__rseq_failure)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+/own_\w+\.o)$", re.M)


class Failed(Exception):
    """Nothing could be counted; the text says why."""


def output(command: list[str], env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:1])}: {(done.stderr or done.stdout).strip()[:1000]}")
    return done.stdout


@dataclass(frozen=True)
class Compiler:
    command: tuple[str, ...]
    name: str  # gcc or clang
    version: str  # 12.2.0
    arch: str

    def folder(self, encoding: str) -> str:
        """Of its baseline."""
        return "-".join(filter(None, [self.arch, self.name, self.version.split(".")[0], encoding]))


def compiler(command: list[str]) -> Compiler:
    text = output([*command, "-dM", "-E", "-x", "c", "/dev/null"])
    macros = dict(line.split(" ", 2)[1:] for line in text.splitlines() if line.count(" ") >= 2)
    name = "clang" if "__clang__" in macros else "gcc"
    clang, gcc = ("__clang_major__", "__clang_minor__", "__clang_patchlevel__"), ("__GNUC__", "__GNUC_MINOR__", "__GNUC_PATCHLEVEL__")
    arch = next((arch for arch in ARCH_FLAGS if f"__{arch}__" in macros), None)
    if arch is None:
        raise Failed(f"{' '.join(command)} compiles for neither of {', '.join(ARCH_FLAGS)}")
    return Compiler(tuple(command), name, ".".join(macros[part] for part in (clang if name == "clang" else gcc)), arch)


@dataclass(frozen=True)
class Section:
    """A section of one of our objects: where the linker put it."""

    name: str
    begin: int
    size: int
    source: Path


@dataclass(frozen=True)
class Program:
    path: Path
    arch: str
    encoding: str
    objdump: str
    libc: str  # digest of the C library that is linked in
    own: tuple[Section, ...]
    compiler: Compiler


def placed(linker_map: str) -> tuple[Section, ...]:
    found = (Section(m[1], int(m[2], 16), int(m[3], 16), Path(m[4])) for m in PLACED.finditer(linker_map))
    return tuple(section for section in found if section.size > 0)


def sources(kind: Kind, impls: Path, strategies: list[str]) -> dict[str, list[str]]:
    """Arguments by object. Objects whose name begins with own_ are what is judged."""
    bench = ROOT / "bench" / "core"
    forced = [argument for name in kind.forced for argument in ("-include", str(HERE / name))]
    objects = {f"own_{file.stem}": [str(file)] for file in sorted(impls.glob("needm*.c"))}
    for name in strategies:
        defines = [f"-DSTRATEGY={name}", f'-DSTRATEGY_FILE="{name}.c"']
        objects[f"own_loops_{name}"] = [*defines, *kind.defines, *forced, str(bench / "loops.c")]
    for file in (*(HERE / f"{part}.c" for part in kind.files), *(bench / f"{part}.c" for part in LISTS)):
        objects[file.stem] = [str(file)]
    return objects


def build(cc: Compiler, encoding: str, impls: Path, strategies: list[str], *, work: Path, kind: Kind) -> Program:
    (work / "strategies.inc").write_text("".join(f"EXTRAM_STRATEGY({name})\n" for name in strategies), encoding="utf-8")
    (work / "peers.inc").write_text("", encoding="utf-8")
    flags = [*FLAGS, *ARCH_FLAGS[cc.arch], *ENCODINGS[cc.arch][encoding], f"-I{impls}", f"-I{ROOT / 'bench' / 'core'}", f"-I{work}"]
    objects = {work / f"{name}.o": arguments for name, arguments in sources(kind, impls, strategies).items()}
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(lambda item: output([*cc.command, *flags, *item[1], "-c", "-o", str(item[0])]), objects.items()))
    path, linker_map = work / "count", work / "count.map"
    output([*cc.command, "-static", "-no-pie", "-pthread", *map(str, objects), "-lm", f"-Wl,-Map={linker_map}", "-o", str(path)])
    libc = Path(output([*cc.command, "-print-file-name=libc.a"]).strip())
    digest = hashlib.sha256(libc.read_bytes()).hexdigest()[:16]
    objdump = "objdump" if cc.arch == "x86_64" else "aarch64-linux-gnu-objdump"
    return Program(path, cc.arch, encoding, objdump, digest, placed(linker_map.read_text(encoding="utf-8")), cc)


@contextmanager
def built(cc: Compiler, encoding: str, impls: Path, strategies: list[str], *, kind: Kind = COUNT) -> Iterator[Program]:
    """The same in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="gate") as folder:
        yield build(cc, encoding, impls, strategies, work=Path(folder), kind=kind)
