# SPDX-License-Identifier: BSD-3-Clause
"""Finds Go toolchains, and builds bench/go/callback as a C library with one, its runtime unchanged
or patched.

build find [GO...]            prints a line for each possible library: name, version, way to
                              wait, path of go, patches
build build GO OUT PATCH...   builds OUT with the patches applied in that order; needs no network
"""
from __future__ import annotations

import glob
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

from results import repository
from results.command import checked, run

PACKAGE = HERE / "callback"
PATCHES = HERE / "patches"
# A symbol that each patch adds, to check that go build used the overlay. It ignores files that it
# knows by another name.
ADDED = {"seed-list.patch": b"runtime.putExtraM", "futex-wait.patch": b"runtime.extraMPuts", "futex-wait-1.21.patch": b"runtime.extraMWakeups"}
# Suffix of the name, patches, and the way to wait. Variants whose patches do not fit a runtime are
# left out.
VARIANTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("", (), "poll"),
    ("-77b1f23a", ("seed-list.patch",), "poll"),
    ("-futex", ("seed-list.patch", "futex-wait.patch"), "futex"),
    ("-futex", ("futex-wait-1.21.patch",), "futex"),
)
CHANGED = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)
# From 1.23, the linker refuses the runtime's names without a flag.
CHECKS_NAMES = (1, 23)


class BuildError(Exception):
    """A library cannot be built. The text says why."""


@dataclass(frozen=True)
class Toolchain:
    binary: Path
    version: str  # such as go1.19.8
    root: Path

    @property
    def number(self) -> tuple[int, int]:
        match = re.match(r"go(\d+)\.(\d+)", self.version)
        return (int(match[1]), int(match[2])) if match else (0, 0)

    @property
    def name(self) -> str:
        return "go{}.{}".format(*self.number)


def environment(cache: Path) -> dict[str, str]:
    """The environment for go, without the user's settings and without the network."""
    kept = {name: value for name, value in repository.environment().items() if not name.startswith("GO")}
    own = {"GOCACHE": str(cache), "GOPATH": str(cache / "path"), "GOENV": "off", "GOFLAGS": "-mod=mod", "GOPROXY": "off", "CGO_ENABLED": "1"}
    return kept | own | {"GOTOOLCHAIN": "local", "GO111MODULE": "on"}


def toolchain(binary: Path) -> Toolchain | None:
    """Queries a go command. None: it does not run, or is older than 1.19."""
    command = [str(binary), "env", "GOVERSION", "GOROOT", "GOOS"]
    try:
        with tempfile.TemporaryDirectory() as cache:
            done = subprocess.run(command, env=environment(Path(cache)), cwd=PACKAGE, capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    lines = done.stdout.split()
    found = Toolchain(binary, lines[0], Path(lines[1])) if len(lines) == 3 and lines[2] == "linux" else None
    return found if found and found.number >= (1, 19) else None


def candidates(given: Sequence[str]) -> list[Path]:
    if given:
        return [Path(path) for path in given]
    default = shutil.which("go")
    return [Path(path) for path in ([default] if default else []) + sorted(glob.glob("/usr/lib/go-*/bin/go"))]


def toolchains(given: Sequence[str]) -> list[Toolchain]:
    """The first Go found of each minor version, oldest first."""
    found: dict[str, Toolchain] = {}
    for binary in candidates(given):
        one = toolchain(binary)
        if one is None and given:
            raise BuildError(f"{binary}: not a working Go 1.19 or later for Linux")
        if one is not None:
            found.setdefault(one.name, one)
    return sorted(found.values(), key=lambda one: one.number)


def changed(patches: Sequence[str]) -> list[str]:
    """The files of GOROOT that the patches change or add."""
    texts = [(PATCHES / patch).read_text(encoding="utf-8") for patch in patches]
    return sorted({name for text in texts for name in CHANGED.findall(text)})


def patched(root: Path, patches: Sequence[str], folder: Path) -> dict[str, str] | None:
    """Patched copies of GOROOT's files, as an overlay. None: a patch does not fit."""
    names = changed(patches)
    shutil.rmtree(folder / "src", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_file():
            shutil.copyfile(root / name, folder / name)
    for patch in patches:
        command = ["patch", "--batch", "--forward", "--fuzz=0", "-p1", f"--directory={folder}", f"--input={PATCHES / patch}"]
        if subprocess.run(command, capture_output=True).returncode != 0:
            return None
    # Distributions symlink parts of GOROOT. The overlay has both names, since go may use either.
    both = ((path, folder / name) for name in names for path in (root / name, (root / name).resolve()))
    return {str(path): str(copy) for path, copy in both}


def fits(root: Path, patches: Sequence[str]) -> bool:
    if patches and not shutil.which("patch"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        return patched(root, patches, Path(folder)) is not None


def find(given: Sequence[str]) -> Iterator[str]:
    for one in toolchains(given):
        for ending, patches, waiting in VARIANTS:
            if fits(one.root, patches):
                yield " ".join([one.name + ending, one.version, waiting, str(one.binary), *patches])


def flags(one: Toolchain, patches: Sequence[str], overlay: Path) -> list[str]:
    found = ["-buildmode=c-shared", "-trimpath", "-buildvcs=false"]
    if patches:
        found.append(f"-overlay={overlay}")
    if "seed-list.patch" in patches:
        found.append("-tags=seed")
    if one.number >= CHECKS_NAMES:
        found.append("-ldflags=-checklinkname=0")
    return found


def build(binary: str, out: Path, patches: Sequence[str]) -> None:
    one = toolchain(Path(binary))
    if one is None:
        raise BuildError(f"{binary}: not a working Go")
    folder = out.with_suffix(".src")
    overlay = patched(one.root, patches, folder)
    if overlay is None:
        raise BuildError(f"{one.root}: a patch does not fit: {', '.join(patches)}")
    (folder / "overlay.json").write_text(json.dumps({"Replace": overlay}), encoding="utf-8")
    command = [binary, "build", *flags(one, patches, folder / "overlay.json"), "-o", str(out), "."]
    done = subprocess.run(command, env=environment(out.parent / "cache"), cwd=PACKAGE)
    if done.returncode != 0:
        raise BuildError(f"{binary}: cannot build {out.name}; the meson option -Dgo=disabled leaves it out")
    missing = [patch for patch in patches if ADDED[patch] not in out.read_bytes()]
    if missing:
        out.unlink()
        raise BuildError(f"{out.name}: go build did not apply {', '.join(missing)}")


@checked
def main(argv: Sequence[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    try:
        if argv[0] == "find":
            print("\n".join(find(argv[1:])))
        else:
            build(argv[1], Path(argv[2]).resolve(), argv[3:])
    except BuildError as error:
        print(f"bench.go.build: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    run(main)
