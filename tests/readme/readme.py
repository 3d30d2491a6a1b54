# SPDX-License-Identifier: BSD-3-Clause
"""readme.py SOURCE COMPILER...: the README's C example runs with each strategy of its table, in a
folder that holds nothing but the files which that row names. In TAP."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROW = re.compile(r"\| `(?P<name>\w+)` \|(?P<headers>(?: `\w+\.h`)*) \| .* \|$")
USED = re.compile(r"^extern const struct extram_strategy extram_(\w+);$", re.M)
SECONDS = 60


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


def strategies(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each strategy of the table with the headers that it needs beside extram.h."""
    for line in text.splitlines():
        if row := ROW.fullmatch(line):
            yield row["name"], re.findall(r"`(.*?)`", row["headers"])


def with_strategy(code: str, name: str) -> str:
    """The example with another strategy in place of the one that it shows."""
    shown = USED.search(code)
    if shown is None:
        raise SystemExit("README.md: the C example declares no strategy")
    return re.sub(rf"\bextram_{shown[1]}\b", f"extram_{name}", code)


def run(command: list[str], folder: Path) -> str:
    """The command's complaint; empty if it ended well."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"{command[0]}: not over after {SECONDS} s"
    return "" if done.returncode == 0 else f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}"


def try_one(impls: Path, name: str, headers: list[str], code: str, compiler: list[str]) -> str:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for file in ("extram.h", f"{name}.c", *headers):
            shutil.copy(impls / file, folder)
        (folder / "example.c").write_text(with_strategy(code, name), "utf-8")
        warnings = ["-Wall", "-Wextra", "-Werror"]
        return run([*compiler, *warnings, "-o", "example", "example.c", f"{name}.c"], folder) or run(["./example"], folder)


def main(source: str, *compiler: str) -> int:
    text = (Path(source) / "README.md").read_text("utf-8")
    code, rows, failed = example(text), list(strategies(text)), 0
    print(f"1..{len(rows)}")
    for number, (name, headers) in enumerate(rows, 1):
        complaint = try_one(Path(source) / "impls", name, headers, code, [*compiler, *options(text)])
        failed += bool(complaint)
        print("\n".join(f"# {line}" for line in complaint.splitlines()) + "\n" if complaint else "", end="")
        print(f"{'not ok' if complaint else 'ok'} {number} - {name}", flush=True)
    if not rows:
        print("Bail out! README.md: no table of strategies")
    return int(failed > 0 or not rows)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
