# SPDX-License-Identifier: BSD-3-Clause
"""The main findings: the fastest strategy and the longest tail under each set of conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

import cells
import floor as floors_of
import style
from rules import QUANTILES

SETTING = ["origin", "level", "hold_ns", "think_ns", "threads", "workload"]
PERCENT = {name: f"p{100 * quantile:.4g}" for name, quantile in QUANTILES.items()}


@dataclass(frozen=True)
class Contender:
    series: str
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Setting:
    """The strategies under the same conditions, cheapest first, and their floor."""

    origin: str
    workload: str
    level: str
    hold: int
    think: int
    threads: int
    cpus: int
    measure: str  # the compared column
    resolved: float  # times below this are not resolved
    floor: Contender | None
    ranked: tuple[Contender, ...]

    @property
    def best(self) -> Contender:
        return self.ranked[0]

    @property
    def worst(self) -> Contender:
        return self.ranked[-1]

    @property
    def tied(self) -> list[Contender]:
        """The strategies whose repetitions overlap with those of the best."""
        return [one for one in self.ranked[1:] if one.low <= self.best.high]

    @property
    def tied_names(self) -> str:
        """The tied strategies as text. Empty if there are none."""
        return "all" if len(self.tied) == len(self.ranked) - 1 > 1 else ", ".join(one.series for one in self.tied)

    def over(self, one: Contender) -> str:
        """The distance from the floor as text. Empty without a floor."""
        if not self.floor:
            return ""
        over = floors_of.over(one, self.floor)
        return floors_of.AT_FLOOR if over is None else time(over)

    def ratio(self, one: Contender) -> str:
        """The ratio to the floor. A floor below the clock's resolution gives a lower bound."""
        if not self.floor or self.floor.median <= 0 or one.median < self.resolved or floors_of.at_floor(one, self.floor):
            return "–"
        least = "> " if self.floor.median < self.resolved else ""
        return f"{least}{number(float(f'{one.median / max(self.floor.median, self.resolved):.3g}'))}×"

    def time(self, one: Contender) -> str:
        return time(one.median) if one.median >= self.resolved else f"< {time(self.resolved)}"

    @property
    def conditions(self) -> str:
        work = f", {style.work(self.hold, self.think)}" if self.hold or self.think else ""
        return f"{counted(self.threads, 'thread')}{work}"


def number(value: float) -> str:
    """Formats with three digits; larger numbers as a grouped integer."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def time(ns: float) -> str:
    return f"\N{MINUS SIGN}{style.time(-ns)}" if ns < 0 else style.time(ns)


def counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _contender(series: str, values: pd.Series) -> Contender:
    return Contender(series, float(values.median()), float(values.min()), float(values.max()))


def _setting(key: tuple[object, ...], rows: pd.DataFrame, measure: str, resolved: float) -> Setting | None:
    ranked = sorted((_contender(str(name), some[measure]) for name, some in rows.groupby("series")), key=lambda one: one.median)
    floors = set(rows.loc[rows["floor"] == 1, "series"])
    floor = next((one for one in ranked if one.series in floors), None)
    others = tuple(one for one in ranked if one.series not in floors)
    origin, level, hold, think, threads, workload = key
    where = (str(origin), str(workload), str(level), int(str(hold)), int(str(think)), int(str(threads)))
    return Setting(*where, int(rows["cpus"].max()), measure, resolved, floor, others) if others else None


def costs(df: pd.DataFrame) -> list[Setting]:
    """Every setting with a time per pair; level list first."""
    rows = cells.choose(df[(df["workload"] != "limit") & (df["ns_per_pair"] > 0)])
    found = (_setting(key, some, "ns_per_pair", 0.0) for key, some in rows.groupby(SETTING))
    return sorted((setting for setting in found if setting), key=_order)


def _order(setting: Setting) -> tuple[object, ...]:
    return setting.origin, setting.level != "list", setting.level, setting.hold, setting.think, setting.threads, setting.workload


def _furthest(rows: pd.DataFrame) -> str | None:
    """The highest percentile that most blocks of every strategy have."""
    for name in reversed(QUANTILES):
        if (rows[name].notna().groupby(rows["series"]).mean() > 0.5).all():
            return name
    return None


def tails(df: pd.DataFrame) -> list[Setting]:
    """Every setting with timed pairs, ranked by its highest common percentile."""
    rows = cells.choose(df[df["p50_ns"].notna()])
    found: list[Setting] = []
    for key, some in rows.groupby(SETTING):
        measure = _furthest(some)
        if measure:
            setting = _setting(key, some[some[measure].notna()], measure, cells.STEPS * float(some["timer_step_ns"].max()))
            found += [setting] if setting else []
    return sorted(found, key=_order)


@dataclass(frozen=True)
class Headline:
    topic: str
    figure: str  # the main number
    who: str
    text: str


def _over(setting: Setting, one: Contender) -> str:
    over = setting.over(one)
    return f", {over}{' over the floor' * (over != floors_of.AT_FLOOR)}" if over else ""


def _cost_headline(topic: str, setting: Setting) -> Headline:
    best, worst = setting.best, setting.worst
    tied = f" Tied with it: {setting.tied_names}." if setting.tied else ""
    dearest = f" Slowest: {worst.series}, {time(worst.median)}{_over(setting, worst)}." if worst is not best else ""
    text = f"Fastest per pair at {setting.conditions}{_over(setting, best)}.{tied}{dearest}"
    return Headline(topic, time(best.median), best.series, text)


def _pick(settings: list[Setting]) -> Iterator[tuple[str, Setting]]:
    """The headline settings of level list: fewest threads, and the most threads with a CPU each, with the most work."""
    listed = [one for one in settings if one.level == "list"]
    bare = [one for one in listed if not one.hold and not one.think]
    if bare:
        yield "Get and put alone", min(bare, key=lambda one: one.threads)
    fitting = [one for one in listed if 1 < one.threads <= one.cpus]
    if fitting:
        busy = max(fitting, key=lambda one: (one.hold + one.think, one.threads))
        yield "Threads at once" + (", with work" if busy.hold or busy.think else ""), busy


def _tail_headline(settings: list[Setting]) -> Iterator[Headline]:
    """The longest tail at the percentile that most settings have; other percentiles do not compare."""
    listed = [one for one in settings if one.level == "list"] or settings
    if not listed:
        return
    usual = Counter(one.measure for one in listed).most_common(1)[0][0]
    setting = max((one for one in listed if one.measure == usual), key=lambda one: one.worst.median)
    worst, best = setting.worst, setting.best
    ratio = setting.ratio(worst)
    times = "" if ratio == "–" else f", {ratio} the floor"
    shortest = f" Shortest: {best.series}, {setting.time(best)}." if best is not worst else ""
    text = f"{PERCENT[setting.measure]} of {setting.workload} at {setting.conditions}{times}.{shortest}"
    yield Headline("Longest tail", setting.time(worst), worst.series, text)


def _share_headline(df: pd.DataFrame) -> Iterator[Headline]:
    for threads, bars in list(cells.ladder(df).items())[:1]:
        bars = sorted((bar for bar in bars if not bar.floor), key=lambda bar: bar.share)
        if bars:
            most, least = bars[-1], bars[0]
            text = f"Largest share of the list in a whole callback, {counted(threads, 'thread')}."
            text += f" Smallest: {least.series}, {100 * least.share:.2g} %." if least is not most else ""
            yield Headline("In a callback", f"{100 * most.share:.2g} %", most.series, text)


def headlines(df: pd.DataFrame) -> dict[str, list[Headline]]:
    """Origin → headlines. The origin is '' if all rows have the same one."""
    found: dict[str, list[Headline]] = {}
    for origin, rows in df.groupby("origin"):
        lines = [_cost_headline(topic, setting) for topic, setting in _pick(costs(rows))]
        found[str(origin).strip(" ()")] = [*lines, *_tail_headline(tails(rows)), *_share_headline(rows)]
    return {origin: lines for origin, lines in found.items() if lines}
