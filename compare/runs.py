# SPDX-License-Identifier: BSD-3-Clause
"""Reads the result files of two sides: the old and new values of each cell in each metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from results import names, noise, questions
from results.rules import AXES
from results.schema import ResultError, is_partial, load, unfit

__all__ = ["AXES", "FAMILIES", "METRICS", "Cell", "Key", "Metric", "ResultError", "Runs", "name", "read"]

Key = tuple[object, ...]  # a value for each of AXES

# A percentile below this many clock steps is not resolved. Slightly less than 3, since the file has
# rounded steps.
STEPS = 2.5
# If threads waited for a CPU for more than this share, other programs affected the block.
WAIT = 0.05


@dataclass(frozen=True)
class Metric:
    column: str
    family: str  # each has its own machine factor, margin and Holm procedure
    unit: str
    higher_is_better: bool = False
    # A metric for rows with more threads than CPUs only, where wall time depends on the scheduler.
    only_crowded: bool = False


# Extend this table for a workload with a new headline column. max_ns is left out: it is one sample,
# mostly due to the scheduler.
METRICS = (
    Metric("ns_per_pair", "time", "ns"),
    Metric("cpu_ns_per_pair", "time", "ns", only_crowded=True),
    Metric("us_per_thread", "time", "us"),
    Metric("all_in_ms", "tail", "ms"),
    Metric("resp_p50_ns", "tail", "ns"),
    Metric("resp_p99_ns", "tail", "ns"),
    Metric("resp_p999_ns", "tail", "ns"),
    Metric("p50_ns", "tail", "ns"),
    Metric("p90_ns", "tail", "ns"),
    Metric("p99_ns", "tail", "ns"),
    Metric("p999_ns", "tail", "ns"),
    Metric("p9999_ns", "tail", "ns"),
)
FAMILIES = tuple(dict.fromkeys(metric.family for metric in METRICS))


@dataclass(frozen=True)
class Cell:
    """One cell in one metric. A side has no values if no block was quiet or none had enough samples
    for the metric."""

    key: Key
    metric: Metric
    floor: bool
    crowded: bool  # more threads than CPUs
    old: tuple[float, ...]
    new: tuple[float, ...]
    step: float  # the smallest difference that the clock resolves; 0: no limit
    same: bool = False  # both sides have the same blocks, so there is nothing to test
    questions: tuple[str, ...] = ()  # the headline questions that it answers
    sharing: float = 0.0  # the share of its cost that several threads add: 1 - cost of one / cost of all

    def axis(self, axis: str) -> object:
        return self.key[AXES.index(axis)]

    @property
    def alone(self) -> bool:
        return self.axis("threads") == 1

    @property
    def group(self) -> tuple[str, ...]:
        """The key shared by a strategy's cells that differ only in threads, placement, hold, think
        and prefill."""
        return (*(str(self.axis(axis)) for axis in ("workload", "level", "strategy", "variant")), self.metric.column)


@dataclass(frozen=True)
class Runs:
    cells: list[Cell]
    only_old: list[Key]
    only_new: list[Key]
    # Share of the CPUs that floors with enough threads got, old and new. Less than 1 if other
    # programs ran.
    shares: tuple[float, float]
    notes: list[str]


def name(key: Key) -> str:
    """As extram-bench --list prints it."""
    return names.cell(dict(zip(AXES, key)))


def _side(paths: Sequence[Path]) -> pd.DataFrame:
    """All blocks of one side's files. A block in two files counts once."""
    df = pd.concat([load(path) for path in paths], ignore_index=True).drop_duplicates(ignore_index=True)
    df = df[df["kind"] != "calibration"]  # Its few blocks, at contended lines, are no floors.
    # If threads outnumber CPUs they wait for each other, so waiting does not show other programs.
    crowded = df["threads"] > df["cpus"]
    marked = noise.disturbed(df)
    # Older files do not record what else ran. For those, use the time that threads waited for a
    # CPU.
    waited = df["schedstat"].isna() & ~crowded & (df["run_wait_ns"] > WAIT * df["wall_ns"] * df["threads"])
    return df.assign(crowded=crowded, marked=marked, waited=waited)


def _words(df: pd.DataFrame, column: str) -> str:
    return ", ".join(sorted(set(df[column])))


def _refuse_mixed(old: pd.DataFrame, new: pd.DataFrame, where: str) -> None:
    both = pd.concat([old, new])
    more = "--allow-mixed compares them anyway"
    if "emulated" in set(both["source"]):
        raise ResultError(f"{where}: source: rows are {_words(both, 'source')}; emulated times are meaningless ({more})")
    if both["source"].nunique() > 1:
        raise ResultError(f"{where}: source: rows are {_words(both, 'source')}, which are not comparable ({more})")
    if both["fingerprint"].nunique() > 1:
        prints = " and ".join(dict.fromkeys((_words(old, "fingerprint"), _words(new, "fingerprint"))))
        raise ResultError(f"{where}: fingerprint: different machines or settings, {prints} ({more})")


def _refuse_model(old: pd.DataFrame, new: pd.DataFrame, where: str) -> None:
    """Even with --allow-mixed."""
    both = pd.concat([old, new])
    if "model" in set(both["source"]) and both["source"].nunique() > 1:
        raise ResultError(f"{where}: source: rows are {_words(both, 'source')}: computed rows are compared with nothing else")


def _refuse_unfit(old: pd.DataFrame, where: str) -> None:
    """Refuses an old side with meaningless numbers."""
    if why := ", ".join(unfit(old)):
        raise ResultError(f"{where}: unfit: {why}: the old build is unfit for a baseline (--allow-mixed compares them anyway)")


def _notes(sides: tuple[pd.DataFrame, pd.DataFrame], paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        if is_partial(path):
            yield f"{path} is partial: only its finished blocks are compared"
    for side, df in zip(("old", "new"), sides):
        if why := ", ".join(unfit(df)):
            yield f"the {side} build's numbers are meaningless: {why}"
        yield from noise.words(df, side)
        if df["waited"].any():
            share = f"{int(df['waited'].sum())} of {len(df)} {side} blocks"
            yield f"in {share}, threads waited for a CPU for more than {WAIT:.0%} of the time: only their clean windows count"
    builds = [set(df["build_id"]) for df in sides]
    if _same(*sides):
        yield "both sides are the same blocks of one run"
    elif builds[0] == builds[1] and builds[0].isdisjoint({"unknown", ""}):
        yield "both sides are the same build: any difference is noise"


def _share(df: pd.DataFrame) -> float:
    """The share of their CPUs that the floors got; of crowded ones if there are any. 1: unknown."""
    floors = df[(df["floor"] == 1) & df["cpu_ns_per_pair"].notna() & ~df["marked"]]
    floors = floors[floors["crowded"]] if floors["crowded"].any() else floors
    if floors.empty:
        return 1.0
    used = floors["cpu_ns_per_pair"] * floors["pairs"]
    # Sleeping threads, as in a cold burst, leave CPUs idle. So the workload with the largest share
    # counts.
    return float((used / (floors["wall_ns"] * floors[["threads", "cpus"]].min(axis=1))).groupby(floors["workload"]).median().max())


def _applies(df: pd.DataFrame, metric: Metric) -> pd.Series:
    applies = df[metric.column] > 0
    if metric.only_crowded:
        applies &= df["crowded"] & df["ns_per_pair"].isna()
    if metric.family == "tail":
        applies &= df[metric.column] > STEPS * df["timer_step_ns"]
    return applies


def _values(rows: pd.DataFrame, metric: Metric) -> tuple[float, ...]:
    """Disturbed blocks do not count. In older files, medians of clean windows count from any block,
    other values from quiet ones."""
    rows = rows[~rows["marked"]]
    if metric.column != "ns_per_pair":
        rows = rows[~rows["waited"]]
    return tuple(float(value) for value in rows.loc[_applies(rows, metric), metric.column])


def _same(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether these are the same blocks: same run, same slot, same values."""
    block = ["run_id", "slot", "pairs", "wall_ns"]
    return set(map(tuple, old[block].to_numpy())) == set(map(tuple, new[block].to_numpy()))


def _cells(key: Key, sides: tuple[pd.DataFrame, pd.DataFrame], metrics: Sequence[Metric], asked: Mapping[str, str]) -> Iterator[Cell]:
    """The cell in every metric that at least one side has. asked: the questions that it answers,
    with their columns."""
    both = pd.concat(sides)
    for metric in metrics:
        if _applies(both, metric).any():
            step = float(both["timer_step_ns"].max()) if metric.family == "tail" else 0.0
            floor, crowded = bool(both["floor"].max()), bool(both["crowded"].any())
            old, new = (_values(side, metric) for side in sides)
            answered = tuple(name for name, column in asked.items() if column == metric.column)
            yield Cell(key, metric, floor, crowded, old, new, step, old == new and _same(*sides), answered)


def _asked(blocks: pd.DataFrame) -> dict[Key, dict[str, str]]:
    """The cells that answer headline questions, with the questions and columns."""
    found: dict[Key, dict[str, str]] = {}
    for question in questions.questions():
        for key in questions.answering(question, blocks)[list(AXES)].drop_duplicates().itertuples(index=False):
            found.setdefault(tuple(key), {})[question.name] = question.column
    return found


def _one_thread(cell: Cell) -> tuple[Key, str]:
    """What a cell has in common with that of one thread."""
    return tuple(value for axis, value in zip(AXES, cell.key) if axis not in ("threads", "prefill")), cell.metric.column


def _added(cell: Cell, alone: Cell | None) -> float:
    """The share of a cell's cost that its threads add to each other's. 1: not known."""
    if alone is None or cell.metric.higher_is_better:
        return 1.0
    sides = [(one, all_) for one, all_ in ((alone.old, cell.old), (alone.new, cell.new)) if one and all_]
    return max((max(0.0, 1 - float(np.median(one) / np.median(all_))) for one, all_ in sides), default=1.0)


def _with_sharing(cells: Sequence[Cell]) -> list[Cell]:
    alone = {_one_thread(cell): cell for cell in cells if cell.alone}
    return [cell if cell.alone or cell.crowded else replace(cell, sharing=_added(cell, alone.get(_one_thread(cell)))) for cell in cells]


def _by_key(df: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    return {tuple(key): rows for key, rows in df.groupby(list(AXES), sort=False)}


def _wanted(pattern: str, keys: set[Key]) -> Callable[[Key], bool]:
    chosen = names.selector(pattern, {name(key) for key in keys})
    return lambda key: chosen(name(key))


def read(old: Sequence[Path], new: Sequence[Path], metrics: Sequence[Metric], pattern: str, *, mixed: bool = False) -> Runs:
    """The cells of both sides (floors, and others that the pattern selects), the cells of one side
    only, and notes about the files."""
    sides, where = (_side(old), _side(new)), f"{', '.join(map(str, old))} and {', '.join(map(str, new))}"
    _refuse_model(*sides, where)
    if not mixed:
        _refuse_unfit(sides[0], ", ".join(map(str, old)))
        _refuse_mixed(*sides, where)
    left, right = map(_by_key, sides)
    wanted = _wanted(pattern, {*left, *right})
    common = {key: (left[key], right[key]) for key in left if key in right}
    asked = _asked(pd.concat([side for pair in common.values() for side in pair])) if common else {}
    cells = [cell for key, pair in common.items() for cell in _cells(key, pair, metrics, asked.get(key, {}))]
    cells = [cell for cell in _with_sharing(cells) if cell.floor or wanted(cell.key)]
    if all(cell.floor for cell in cells):
        raise ResultError(f"{where}: no cell in common to compare")
    only_old, only_new = ([key for key in one if key not in other and wanted(key)] for one, other in ((left, right), (right, left)))
    return Runs(cells, only_old, only_new, (_share(sides[0]), _share(sides[1])), list(_notes(sides, [*old, *new])))
