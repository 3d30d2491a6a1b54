# SPDX-License-Identifier: BSD-3-Clause
"""same_with_lto.py OBJDUMP COMPILE_COMMANDS OBJECT...: what is measured is the same machine code
where the rest of the build has -flto.

Compiles each object once more by the command that the build folder has for it, with -flto among the
options of the build and without, and compares the instructions of all functions. OBJECT is the
beginning of its path in the build folder.
"""
from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

HEADING = re.compile(r"^[0-9a-f]+ <(\w+)")


def command_of(entry: dict[str, str], output: Path, lto: bool) -> list[str]:
    """Meson puts the build's options before a target's own, so the last one is the target's."""
    words = shlex.split(entry["command"])
    for option, path in (("-o", output), ("-MF", output.with_suffix(".d"))):
        if option in words:
            words[words.index(option) + 1] = str(path)
    first = next(n for n, word in enumerate(words) if word.startswith("-"))
    return [*words[:first], "-flto", *words[first:]] if lto else [*words, "-fno-lto"]


def functions(objdump: str, path: Path) -> dict[str, list[str]]:
    command = [objdump, "--disassemble", "--reloc", "--no-show-raw-insn", str(path)]
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        heading = HEADING.match(line)
        if heading:
            current = found.setdefault(heading[1], [])
        else:
            current.append(line.strip())
    return found


def check(objdump: str, entry: dict[str, str], folder: Path) -> bool:
    sides = []
    for lto in (False, True):
        path = folder / f"{'with' if lto else 'without'}.o"
        subprocess.run(command_of(entry, path, lto), check=True, cwd=entry["directory"])
        sides.append(functions(objdump, path))
    count = sum(map(len, sides[0].values()))
    differing = sorted(name for name in sides[0] if sides[0][name] != sides[1].get(name))
    ok = count > 100 and not differing
    print(f"{'ok' if ok else 'not ok'} {entry['output']}: {count} lines, functions that differ: {', '.join(differing) or 'none'}")
    return ok


def main(objdump: str, commands: str, wanted: list[str]) -> int:
    entries = json.loads(Path(commands).read_text(encoding="utf-8"))
    bad = 0
    for name in wanted:
        found = [entry for entry in entries if entry["output"].startswith(name)]
        if not found:
            print(f"not ok {name}: no such object in {commands}")
            bad += 1
        for entry in found:
            with tempfile.TemporaryDirectory(prefix="lto") as folder:
                bad += not check(objdump, entry, Path(folder))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
