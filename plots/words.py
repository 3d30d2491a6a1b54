# SPDX-License-Identifier: BSD-3-Clause
"""Words for the answers under the titles of figures, computed from cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import style

Priced = tuple[str, float]  # a name, and ns


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])


def priced(some: Iterable[Priced]) -> str:
    """a (1 ns), b (2 ns) and c (3 ns)."""
    return listed([f"{name} ({style.short(ns)})" for name, ns in some])


def extremes(ranked: Sequence[Priced], where: str, least: str = "cheapest", most: str = "dearest", best: int = 3) -> str:
    """Of ascending values: the best few and the worst one."""
    if not ranked:
        return ""
    first, last = ranked[:best], ranked[-1]
    text = f"{where}, {priced(first)} {'is' if len(first) == 1 else 'are'} {least}."
    if len(ranked) <= best:
        return text
    return f"{text} {last[0]} ({style.short(last[1])}) is {most}: {style.factor(last[1] / ranked[0][1])} times {ranked[0][0]}."


def threads(count: int) -> str:
    return "one thread" if count == 1 else f"{count} threads"


def span(values: Iterable[float]) -> str:
    """1 ns to 2 ns, or 1 ns if there is no more to see."""
    found = sorted(values)
    return " to ".join(dict.fromkeys(style.short(ns) for ns in (found[0], found[-1])))
