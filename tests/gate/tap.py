# SPDX-License-Identifier: BSD-3-Clause
"""Results as the test driver reads them."""
from __future__ import annotations


class Tap:
    def __init__(self) -> None:
        self.n = self.failed = 0

    def line(self, ok: bool, text: str, skip: str = "") -> None:
        self.n += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {text}{f' # SKIP {skip}' if skip else ''}")

    def note(self, *lines: str) -> None:
        for line in lines:
            print(f"# {line}".rstrip(), flush=True)
