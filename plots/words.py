# SPDX-License-Identifier: BSD-3-Clause
"""Words for the answers under the titles of figures, computed from cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plots import style

BEST = 3  # names of the best
Priced = tuple[str, float]  # a name, and ns


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])


def short(ns: float, blind: float = 0.0) -> str:
    """blind: of shorter times it is only known that they are shorter."""
    return f"< {style.short(blind)}" if ns < blind else style.short(ns)


def priced(some: Iterable[Priced], blind: float = 0.0) -> str:
    """a (1 ns), b (2 ns) and c (3 ns)."""
    return listed([f"{name} ({short(ns, blind)})" for name, ns in some])


def extremes(ranked: Sequence[Priced], where: str, least: str = "cheapest", most: str = "dearest", *, blind: float = 0.0) -> str:
    """Of ascending values: the best few and the worst one."""
    if not ranked:
        return ""
    first, last = ranked[:BEST], ranked[-1]
    same = sum(ns < blind for _, ns in ranked)
    best = f"{same} of {len(ranked)} (< {style.short(blind)})" if same > BEST else priced(first, blind)
    text = f"{where}, {best} {'is' if len(first) == 1 else 'are'} {least}."
    if len(ranked) <= BEST:
        return text
    if last[1] < blind:
        return text
    at_least = "more than " if same else ""
    ratio = style.factor(last[1] / max(first[0][1], blind))
    return f"{text} {priced([last], blind)} is {most}: {at_least}{ratio} times {'those' if same > BEST else first[0][0]}."


def threads(count: int) -> str:
    return "one thread" if count == 1 else f"{count} threads"


def span(values: Iterable[float]) -> str:
    """1 ns to 2 ns, or 1 ns if there is no more to see."""
    found = sorted(values)
    return " to ".join(dict.fromkeys(style.short(ns) for ns in (found[0], found[-1])))


def cpus(count: int) -> str:
    return "one CPU" if count == 1 else f"{count} CPUs"


def left_out(blocks: int) -> list[str]:
    """A note on disturbed blocks, if there are any."""
    return [f"{blocks} disturbed {'block is' if blocks == 1 else 'blocks are'} left out."] if blocks else []
