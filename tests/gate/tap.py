# SPDX-License-Identifier: BSD-3-Clause
"""Results as the test driver reads them."""
from __future__ import annotations

import sys
from threading import Lock


def _commented(*lines: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


class Tap:
    """Any thread may call. Numbers ascend, and the notes of a result follow it."""

    def __init__(self) -> None:
        self.n = self.failed = 0
        self._lock = Lock()

    def line(self, ok: bool, text: str, skip: str = "", notes: list[str] | None = None) -> None:
        with self._lock:
            self.n += 1
            self.failed += not ok
            self._write(f"{'ok' if ok else 'not ok'} {self.n} - {text}{f' # SKIP {skip}' if skip else ''}\n{_commented(*(notes or []))}")

    def note(self, *lines: str) -> None:
        with self._lock:
            self._write(_commented(*lines))

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
