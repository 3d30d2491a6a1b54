# SPDX-License-Identifier: BSD-3-Clause
"""Strategies that have another name in older result files: renames.def, which the C program
includes too."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from results.columns import ResultError

DEFINITION = Path(__file__).with_name("renames.def")

_RENAME = re.compile(r'RENAME\("([\w.-]+)", "([\w.-]+)"\)\s*$')


def parse(text: str, where: str) -> dict[str, str]:
    """Old name → name."""
    found = {}
    for n, line in enumerate(text.splitlines(), 1):
        match = _RENAME.match(line)
        if match:
            found[match[1]] = match[2]
        elif line.startswith("RENAME"):
            raise ResultError(f'{where}:{n}: renames: expected RENAME("old", "name") on one line')
    return found


@functools.lru_cache(maxsize=None)
def renames() -> dict[str, str]:
    try:
        return parse(DEFINITION.read_text(encoding="utf-8"), str(DEFINITION))
    except OSError as error:
        raise ResultError(f"{DEFINITION}:1: renames: {error.strerror}") from error
