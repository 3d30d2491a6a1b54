# SPDX-License-Identifier: BSD-3-Clause
"""readme.py SOURCE COMPILER...: the README's C example runs with each strategy of its table, in a
folder with nothing but the files after "Copy with:" in the strategy, and all of them are needed.
The same for needm.h, without the example. In TAP."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROW = re.compile(r"^\| `(\w+)` \| [^|]* \|$", re.M)
COPIED = re.compile(r"^ \* Copy with: (.*)$", re.M)
USED = re.compile(r"^extern const struct extram_strategy extram_(\w+);$", re.M)


def example(text: str) -> str:
    blocks = re.findall(r"^```c\n(.*?)^```$", text, re.M | re.S)
    if len(blocks) != 1:
        raise SystemExit(f"README.md: {len(blocks)} blocks of C, expected 1")
    return str(blocks[0])


def options(text: str) -> list[str]:
    """What the README says to compile with."""
    found = re.search(r"Compile with `(.*?)`", text)
    if found is None:
        raise SystemExit("README.md: no sentence 'Compile with `...`'")
    return found[1].split()


def copied(file: Path) -> list[str]:
    """The file and what it says to copy with it."""
    found = COPIED.findall(file.read_text("utf-8"))
    if len(found) != 1:
        raise SystemExit(f"{file}: {len(found)} lines 'Copy with:', expected 1")
    return [file.name, *found[0].split()]


def with_strategy(code: str, name: str) -> str:
    """The example with another strategy in place of the one that it shows."""
    shown = USED.search(code)
    if shown is None:
        raise SystemExit("README.md: the C example declares no strategy")
    return re.sub(rf"\bextram_{shown[1]}\b", f"extram_{name}", code)


def run(command: list[str], folder: Path) -> str:
    """The command's complaint; empty if it ended well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}"


def unneeded(command: list[str], folder: Path, sources: list[str]) -> str:
    """Headers in the folder that no source includes."""
    seen = subprocess.run([*command, "-MM", *sources], cwd=folder, capture_output=True, text=True, check=True).stdout.split()
    return "".join(f"{file.name} is copied and not needed\n" for file in folder.glob("*.h") if file.name not in seen)


def try_files(folder: Path, command: list[str], *example: str) -> str:
    """Compiles what is in the folder. With an example it is a program, which runs."""
    sources = [file.name for file in folder.glob("*.c")]
    what = ["-o", "example"] if example else ["-shared", "-fPIC", "-Wl,-z,defs", "-o", "copied.so"]
    complaint = run([*command, *what, *sources], folder)
    return complaint or (run(["./example"], folder) if example else "") or unneeded(command, folder, [s for s in sources if s not in example])


def try_copy(file: Path, command: list[str], code: str) -> str:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in copied(file):
            shutil.copy(file.parent / name, folder)
        if file.suffix == ".h":
            return try_files(folder, command)
        (folder / "example.c").write_text(with_strategy(code, file.stem), "utf-8")
        return try_files(folder, command, "example.c")


def main(source: str, *compiler: str) -> int:
    text = (Path(source) / "README.md").read_text("utf-8")
    code, names, failed = example(text), ROW.findall(text), 0
    command = [*compiler, "-Wall", "-Wextra", "-Werror", *options(text)]
    files = [*(f"{name}.c" for name in names), "needm.h"]
    print(f"1..{len(files)}")
    for number, file in enumerate(files, 1):
        complaint = try_copy(Path(source) / "impls" / file, command, code)
        failed += bool(complaint)
        print("\n".join(f"# {line}" for line in complaint.splitlines()) + "\n" if complaint else "", end="")
        print(f"{'not ok' if complaint else 'ok'} {number} - {file}", flush=True)
    if not names:
        print("Bail out! README.md: no table of strategies")
    return int(failed > 0 or not names)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
