# SPDX-License-Identifier: BSD-3-Clause
"""An initramfs of arm64 programs with the shared libraries they need."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

LIBRARIES = ("/usr/lib/aarch64-linux-gnu", "/usr/aarch64-linux-gnu/lib")
NEEDED = re.compile(r"\(NEEDED\)\s+Shared library: \[(.+?)\]|Requesting program interpreter: (.+?)\]")


def needed(path: Path) -> list[str]:
    """File names of the libraries that this program or library asks for, the loader's among them."""
    environment = {**os.environ, "LC_ALL": "C"}
    run = subprocess.run(["readelf", "-ldW", path], check=True, capture_output=True, text=True, env=environment)
    return [Path(library or loader).name for library, loader in NEEDED.findall(run.stdout)]


def library(name: str) -> Path:
    for folder in LIBRARIES:
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise FileNotFoundError(f"{name}, in {' or '.join(LIBRARIES)}")


def copy_with_libraries(programs: list[Path], root: Path) -> None:
    (root / "lib").mkdir()
    todo = [(program, root / program.name) for program in programs]
    while todo:
        source, to = todo.pop()
        if not to.exists():
            shutil.copy(source, to)
            todo += [(library(name), root / "lib" / name) for name in needed(source)]


def build(init: Path, programs: list[Path], plan: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(init, root / "init")
        (root / "plan").write_text(plan, encoding="utf-8")
        copy_with_libraries(programs, root)
        names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
        command = ["cpio", "-o", "-H", "newc", "--quiet"]
        out.write_bytes(subprocess.run(command, input=names.encode(), stdout=subprocess.PIPE, check=True, cwd=root).stdout)
