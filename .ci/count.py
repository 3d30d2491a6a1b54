# SPDX-License-Identifier: BSD-3-Clause
"""Sums up the logs that meson leaves: one JSON object a line, a test each. What failed comes last, with the end of what it printed."""
from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

GOOD = ("OK", "EXPECTEDFAIL")
LINES = 15


def tests(path: str) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8") as log:
        return [{**json.loads(line), "build": Path(path).parts[-3]} for line in log if line.strip()]


def explained(test: dict[str, Any]) -> str:
    said = (test.get("stdout", "") + test.get("stderr", "")).splitlines()
    # In TAP what failed may stand far from the end.
    lines = [line for line in said if line.startswith("not ok") and "# TODO" not in line] + said[-LINES:]
    return "\n    ".join([f"{test['build']}: {test['name']}: {test['result']} after {test['duration']:.0f} s", *lines])


def main(paths: list[str]) -> int:
    every = [test for path in paths for test in tests(path)]
    counts = Counter(test["result"] for test in every)
    passed, skipped = sum(counts[result] for result in GOOD), counts["SKIP"]
    failed = [test for test in every if test["result"] not in (*GOOD, "SKIP")]
    for test in failed:
        print(explained(test))
    print(f"{passed} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
