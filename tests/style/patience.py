# SPDX-License-Identifier: BSD-3-Clause
"""patience.py BUILD: every test of the build has enough time for a machine that is busy with
something else. A test that meson ends sooner would depend on the load."""
from __future__ import annotations

import json
import sys
from pathlib import Path

SECONDS = 300


def main(build: str) -> int:
    tests = json.loads((Path(build) / "meson-info" / "intro-tests.json").read_text())
    hasty = [test["name"] for test in tests if test["timeout"] < SECONDS]
    for name in hasty:
        print(f"{name}: its timeout is below {SECONDS} seconds")
    return int(bool(hasty) or not tests)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
