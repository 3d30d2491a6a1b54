# SPDX-License-Identifier: BSD-3-Clause
"""Sums up the logs that meson leaves: one JSON object a line, a test each."""
from __future__ import annotations

import json
import sys
from collections import Counter


def results(path: str) -> Counter[str]:
    with open(path, encoding="utf-8") as log:
        return Counter(json.loads(line)["result"] for line in log if line.strip())


def main(paths: list[str]) -> int:
    total = sum((results(path) for path in paths), Counter())
    passed = total.pop("OK", 0) + total.pop("EXPECTEDFAIL", 0)
    skipped = total.pop("SKIP", 0)
    failed = sum(total.values())
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
