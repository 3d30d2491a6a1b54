# SPDX-License-Identifier: BSD-3-Clause
"""style.py format|tidy SOURCE BUILD: clang-format and clang-tidy 14 have nothing to say. Exit 77:
that version is not here."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "14"


def tool(name: str) -> str | None:
    """The program of the version that the rules were written for: another one lays out, and warns,
    differently."""
    for candidate in (f"{name}-{VERSION}", name):
        path = shutil.which(candidate)
        if path and re.search(rf"version {VERSION}\.", subprocess.run([path, "--version"], capture_output=True, text=True).stdout):
            return path
    return None


def sources(root: Path, folders: tuple[str, ...], endings: tuple[str, ...]) -> list[str]:
    return sorted(str(path) for folder in folders for path in (root / folder).rglob("*") if path.suffix in endings)


def check_format(program: str, root: Path) -> int:
    files = sources(root, ("impls", "bench", "model", "sim", "tests"), (".c", ".h", ".cc"))
    return subprocess.run([program, "--dry-run", "--Werror", *files]).returncode


def check_tidy(program: str, root: Path, build: Path) -> int:
    # Two files stand for others: loops.c is compiled once per strategy, and each strategy by
    # itself. And what this build leaves out cannot be read here: its headers may be missing.
    built = {(build / entry["file"]).resolve() for entry in json.loads((build / "compile_commands.json").read_text())}
    files = [path for path in sources(root, ("impls", "bench", "model"), (".c",)) if not path.endswith("loops.c") and Path(path).resolve() in built]
    # The C library's way to ask for huge pages: a fifth of the time goes into small ones.
    env = {**os.environ, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    failed = 0
    for start in range(0, len(files), 8):
        done = subprocess.run([program, "-p", str(build), "--quiet", *files[start : start + 8]], capture_output=True, text=True, env=env)
        failed |= done.returncode
        print("\n".join(line for line in done.stdout.splitlines() if line.strip()))
    return failed


def main(what: str, source: str, build: str) -> int:
    program = tool(f"clang-{what}")
    if program is None:
        print(f"clang-{what} {VERSION} is not here")
        return 77
    return check_format(program, Path(source)) if what == "format" else check_tidy(program, Path(source), Path(build))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
