# SPDX-License-Identifier: BSD-3-Clause
"""The family of each strategy, from the line `Family: NAME.` at the top of its file in impls/, and
the family's colour."""

from __future__ import annotations

import functools
import re

from results.repository import ROOT

IMPLS = ROOT / "impls"
FLOOR, LOCKS, REAL, PEERS, OTHERS = "floor", "locks", "real Go", "peers", "others"
# Okabe and Ito's colours. They stay apart for colour-blind readers; names stand beside them all the
# same.
COLOURS = {
    "Go's lists": "#D55E00",
    "lock-free stacks": "#0072B2",
    LOCKS: "#CC79A7",
    "caches and shards": "#009E73",
    "bound": "#E69F00",
    REAL: "#000000",
    PEERS: "#56B4E9",
    OTHERS: "#444444",
    FLOOR: "#8c8c8c",
}
_KINDS = {"floor": FLOOR, "limit": FLOOR, "peer": PEERS, "real": REAL}
_FAMILY = re.compile(r"^ \* Family: (.+)\.$", re.MULTILINE)
_REAL = re.compile(r"go\d+\.\d+")


@functools.lru_cache(maxsize=None)
def declared(strategy: str) -> str | None:
    """As its file says. None: this checkout has no such file, or the file names no family."""
    try:
        match = _FAMILY.search((IMPLS / f"{strategy}.c").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return match[1] if match else None


def of(strategy: str, kind: str, floor: bool) -> str:
    """kind: as in the CSV, empty in files from before that column."""
    if floor:
        return FLOOR
    if kind in _KINDS:
        return _KINDS[kind]
    if _REAL.match(strategy):
        return REAL
    found = declared(strategy) if re.fullmatch(r"\w+", strategy) else None
    return found if found in COLOURS else OTHERS
