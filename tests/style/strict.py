# SPDX-License-Identifier: BSD-3-Clause
"""strict.py SOURCE CACHE: mypy --strict, set in pyproject.toml, finds nothing in the packages
and in the tests around them. Exits with 77 where mypy is not installed."""
from __future__ import annotations

import importlib.util
import subprocess
import sys

PACKAGES = ("compare", "fleet", "model", "plots", "results", "bench/go")
# One call checks no two modules of one name: `run` of gate and mutants, and two `conftest`.
CALLS = ((*PACKAGES, "tests/common", "tests/gate", "tests/model", "tests/python", "tests/style"), ("tests/fleet",), ("tests/mutants",))


def main(source: str, cache: str) -> int:
    if importlib.util.find_spec("mypy") is None:
        print("mypy is not installed")
        return 77
    return max(subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", cache, *call], cwd=source).returncode for call in CALLS)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
