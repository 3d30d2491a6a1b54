# SPDX-License-Identifier: BSD-3-Clause
"""An initramfs of programs with the shared libraries they need."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

LIBRARIES = {
    "AArch64": ("/usr/lib/aarch64-linux-gnu", "/usr/aarch64-linux-gnu/lib"),
    "Advanced Micro Devices X86-64": ("/usr/lib/x86_64-linux-gnu",),
}
NEEDED = re.compile(r"\(NEEDED\)\s+Shared library: \[(.+?)\]|Requesting program interpreter: (.+?)\]")
MACHINE = re.compile(r"^\s*Machine:\s+(.+)$", re.MULTILINE)


def needed(path: Path) -> tuple[str, list[str]]:
    """The architecture, and the names of the libraries that the file asks for, the loader's too."""
    environment = {**os.environ, "LC_ALL": "C"}
    run = subprocess.run(["readelf", "-hldW", path], check=True, capture_output=True, text=True, env=environment)
    machine = MACHINE.search(run.stdout)
    return machine[1] if machine else "", [Path(library or loader).name for library, loader in NEEDED.findall(run.stdout)]


def library(machine: str, name: str) -> Path:
    folders = LIBRARIES.get(machine, ())
    for folder in folders:
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise FileNotFoundError(f"{name} for {machine}, in {' or '.join(folders)}")


def copy_with_libraries(programs: list[Path], root: Path) -> None:
    (root / "lib").mkdir()
    (root / "lib64").symlink_to("lib")  # where x86-64 looks for its loader
    todo = [(program, root / program.name) for program in programs]
    while todo:
        source, to = todo.pop()
        if not to.exists():
            shutil.copy(source, to)
            machine, names = needed(source)
            todo += [(library(machine, name), root / "lib" / name) for name in names]


def build(init: Path, programs: list[Path], plan: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(init, root / "init")
        (root / "plan").write_text(plan, encoding="utf-8")
        copy_with_libraries(programs, root)
        names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
        command = ["cpio", "-o", "-H", "newc", "--quiet"]
        out.write_bytes(subprocess.run(command, input=names.encode(), stdout=subprocess.PIPE, check=True, cwd=root).stdout)
