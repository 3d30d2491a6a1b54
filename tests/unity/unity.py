# SPDX-License-Identifier: BSD-3-Clause
"""unity.py SOURCE COMPILER...: everything builds with --unity=on, where the files of a target are
one translation unit."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile


def main(source: str, compiler: list[str]) -> int:
    env = {**os.environ, "CC": " ".join(compiler)}
    with tempfile.TemporaryDirectory() as folder:
        for command in (["meson", "setup", "--unity=on", "-Dgo=disabled", folder, source], ["meson", "compile", "-C", folder]):
            done = subprocess.run(command, env=env, capture_output=True, text=True)
            if done.returncode != 0:
                wrong = [line for line in done.stdout.splitlines() if "error" in line.lower()]
                print("\n".join(wrong[:20]) or done.stdout[-2000:], done.stderr[-2000:], sep="\n")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
