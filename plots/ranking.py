# SPDX-License-Identifier: BSD-3-Clause
"""The strategies' order on each machine, for each headline question, and where two machines
disagree.

Times of machines are never pooled: a machine is a fingerprint, and one of its runs stands for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from plots import families
from results import frame, names, noise
from results.questions import Question, questions


@dataclass(frozen=True)
class Place:
    """A strategy's place on a machine. tied: its blocks overlap those of the first."""

    strategy: str
    rank: int
    median: float  # ns
    low: float
    high: float
    blocks: int
    times: float  # the first one's median
    tied: bool


@dataclass(frozen=True)
class Machine:
    letter: str
    fingerprint: str
    cpu_model: str
    cpus: int
    arch: str
    run_id: str
    git_rev: str

    def __str__(self) -> str:
        return f"{self.letter}: {self.cpu_model}, {self.cpus} CPUs, {self.arch}, {self.fingerprint[:8]}"


@dataclass(frozen=True)
class Flip:
    """On machine a the first costs so many times less than the second, on b so many times more,
    beyond both ones' ranges."""

    first: str
    second: str
    a: Machine
    less: float
    b: Machine
    more: float

    @property
    def size(self) -> float:
        return min(self.less, self.more)


@dataclass(frozen=True)
class Ranking:
    question: Question
    places: dict[Machine, list[Place]]  # the cheapest first; only machines that answer the question

    def of(self, machine: Machine, strategy: str) -> Place | None:
        return next((place for place in self.places[machine] if place.strategy == strategy), None)

    @property
    def strategies(self) -> list[str]:
        """By their mean place."""
        found: dict[str, list[int]] = {}
        for place in itertools.chain(*self.places.values()):
            found.setdefault(place.strategy, []).append(place.rank)
        return sorted(found, key=lambda name: (sum(found[name]) / len(found[name]), name))

    @property
    def firsts(self) -> dict[str, list[Machine]]:
        """The cheapest, each with its machines."""
        found: dict[str, list[Machine]] = {}
        for machine, places in self.places.items():
            found.setdefault(places[0].strategy, []).append(machine)
        return found

    @cached_property
    def flips(self) -> list[Flip]:
        """The largest first; of each pair of strategies, the two machines that disagree most."""
        pairs = itertools.combinations(self.strategies, 2)
        found = (sorted(self._flips(*pair), key=lambda flip: -flip.size)[:1] for pair in pairs)
        return sorted(itertools.chain(*found), key=lambda flip: -flip.size)

    def _flips(self, one: str, other: str) -> Iterator[Flip]:
        before, after = dict[Machine, float](), dict[Machine, float]()
        for machine in self.places:
            x, y = self.of(machine, one), self.of(machine, other)
            if x and y and x.high < y.low:
                before[machine] = y.median / x.median
            elif x and y and y.high < x.low:
                after[machine] = x.median / y.median
        yield from (Flip(one, other, a, less, b, more) for a, less in before.items() for b, more in after.items())

    def regret(self) -> tuple[float, Machine, Machine, str] | None:
        """The most that a machine's cheapest costs elsewhere, in times of the cheapest there:
        factor, where it is cheapest, where dear, name."""
        found = []
        for name, machines in self.firsts.items():
            for machine in self.places:
                place = self.of(machine, name)
                if place and place.rank > 1 and not place.tied:
                    found.append((place.times, machines[0], machine, name))
        return max(found, key=lambda one: one[0]) if found else None


def _name(row: dict[str, object], several: set[str]) -> str:
    """With the variant only where it is a fallback, or the machine has several: other machines name
    it otherwise."""
    return names.series(row["strategy"], row["variant"], row["fallback"] == 1 or row["strategy"] in several)


def _named(df: pd.DataFrame) -> pd.DataFrame:
    variants = df.groupby("strategy")["variant"].nunique()
    several = set(variants[variants > 1].index)
    keys = df[["strategy", "variant", "fallback"]].to_dict("records")
    return df.assign(name=[_name(key, several) for key in keys])


def _strategies(df: pd.DataFrame) -> pd.DataFrame:
    """Without floors, peers and real runtimes. Old files have no kind."""
    others = (families.REAL, families.PEERS)
    kept = [kind in ("", "strategy") and families.of(str(strategy), str(kind), False) not in others for strategy, kind in zip(df["strategy"], df["kind"])]
    return df[(df["floor"] == 0) & kept]


def _places(question: Question, df: pd.DataFrame) -> list[Place]:
    found = frame.answers(question, df, ["name"]).sort_values(["median", "name"])
    if found.empty:
        return []
    best, reach = float(found["median"].iloc[0]), float(found["high"].iloc[0])
    return [
        Place(str(name), rank, float(median), float(low), float(high), int(count), float(median) / best, rank > 1 and bool(low <= reach))
        for rank, (name, median, low, high, count) in enumerate(found[["name", "median", "low", "high", "n"]].itertuples(index=False), 1)
    ]


def _answered(df: pd.DataFrame) -> int:
    return sum(len(_places(question, df)) for question in questions())


def runs(df: pd.DataFrame) -> dict[str, list[str]]:
    """Fingerprint → its runs. The first stands for the machine: that with the most answers, then
    the newest."""
    ready = _strategies(noise.quiet(_named(df)))
    found: dict[str, list[tuple[int, str, str]]] = {}
    for (fingerprint, run_id), some in df.groupby(["fingerprint", "run_id"]):
        own = ready[(ready["fingerprint"] == fingerprint) & (ready["run_id"] == run_id)]
        found.setdefault(str(fingerprint), []).append((_answered(own), str(some["time_utc"].max()), str(run_id)))
    return {fingerprint: [run_id for *_, run_id in sorted(some, reverse=True)] for fingerprint, some in found.items()}


def _letter(n: int) -> str:
    return chr(ord("A") + n) if n < 26 else f"M{n + 1}"


def rank(df: pd.DataFrame, used: dict[str, str] | None = None) -> list[Ranking]:
    """A ranking for each question that some machine answers. used: fingerprint → run; default: the
    first of runs()."""
    used = used or {fingerprint: some[0] for fingerprint, some in runs(df).items()}
    own, machines = dict[Machine, pd.DataFrame](), list[Machine]()
    order = sorted(used, key=lambda one: (str(df.loc[df["fingerprint"] == one, "cpu_model"].iloc[0]), one))
    for n, fingerprint in enumerate(order):
        rows = df[(df["fingerprint"] == fingerprint) & (df["run_id"] == used[fingerprint])]
        first = rows.iloc[0]
        machine = Machine(_letter(n), fingerprint, str(first["cpu_model"]), int(rows["cpus"].max()), str(first["arch"]), used[fingerprint], str(first["git_rev"]))
        own[machine] = _strategies(noise.quiet(_named(rows)))
        machines.append(machine)
    found = []
    for question in questions():
        places = {machine: some for machine in machines if (some := _places(question, own[machine]))}
        if places:
            found.append(Ranking(question, places))
    return found


def machines_of(rankings: Sequence[Ranking]) -> list[Machine]:
    return sorted({machine for one in rankings for machine in one.places}, key=lambda machine: (len(machine.letter), machine.letter))
