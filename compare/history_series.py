# SPDX-License-Identifier: BSD-3-Clause
"""From result files to series: for each machine and cell, the cost at each commit as a ratio to the machine's own limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

import noise
from columns import ResultError
import names
from history_git import LIST, Commit, place
from rules import AXES
from schema import load, unfit

# What a cell costs, the first that it has: no time of a thread where threads outnumber CPUs, and neither where single pairs are timed.
TIMES = ("ns_per_pair", "cpu_ns_per_pair", "p50_ns")


@dataclass(frozen=True)
class Ask:
    """What to read, and how."""

    paths: Sequence[Path]
    repo: Path = Path(".")
    metric: str = ""  # a column; '' for the first of TIMES
    filter: str = ""
    by_time: bool = False


@dataclass
class Series:
    cell: dict[str, object]  # by AXES
    metric: str
    floor: bool
    runs: list[list[float]]  # for each commit, the log of the ratio in each launch

    @property
    def values(self) -> list[float]:
        """One value a commit: launches of one build share its layout, so that only builds are independent of each other."""
        return [float(np.median(one)) if one else float("nan") for one in self.runs]

    @property
    def name(self) -> str:
        return names.cell(self.cell)


@dataclass
class History:
    fingerprint: str
    cpu_model: str
    commits: list[Commit]
    reference: str
    series: list[Series] = field(default_factory=list)


def files(paths: Sequence[Path]) -> list[Path]:
    """The result files among files and folders, which are searched to the bottom; what an interruption left is not one of them."""
    found = [f for path in paths for f in (sorted(path.rglob("*.csv")) if path.is_dir() else [path])]
    whole = [path for path in dict.fromkeys(found) if not path.name.endswith(".partial.csv")]
    if not whole:
        raise ResultError(f"{paths[0]}:1: file: no result files in it")
    return whole


def _read(paths: Sequence[Path]) -> pd.DataFrame:
    df = noise.quiet(pd.concat([load(path) for path in paths], ignore_index=True).drop_duplicates(ignore_index=True))
    df = df[df["source"] == "measured"]
    if df.empty:
        raise ResultError(f"{paths[0]}:2: source: no measured rows, and others have no history")
    if why := ", ".join(unfit(df)):
        raise ResultError(f"{paths[0]}: unfit: {why}: numbers of such a build have no place in a history")
    if (df["git_rev"] == "unknown").any():
        raise ResultError(f"{paths[0]}: git_rev: rows of an unknown revision have no place in a history")
    return df


def _by_time(df: pd.DataFrame) -> list[Commit]:
    first = df.groupby("git_rev")["time_utc"].min().sort_values()
    return [Commit(str(rev), str(time)[:10]) for rev, time in first.items()]


def _commits(df: pd.DataFrame, ask: Ask, paths: Sequence[Path]) -> list[Commit]:
    if ask.by_time:
        return _by_time(df)
    folders = dict.fromkeys(path.parent for path in paths if (path.parent / LIST).exists())
    return place(set(df["git_rev"]), folders, ask.repo)


def _reference(df: pd.DataFrame) -> pd.DataFrame:
    """The log of the reference for each launch, and its name.

    It is the geometric mean of the limits on one thread that all launches have. They are code of the harness and no strategy, so
    that no commit to a strategy moves them; they share nothing with other threads; and a launch in which the machine was faster
    has them as much faster as the rest. One of them alone would pass its own noise on. The floor is not used: it is a strategy's file.
    """
    limits = df[(df["workload"] == "limit") & (df["threads"] == 1)]
    medians = np.log(limits.groupby(["run_id", "strategy"])["ns_per_pair"].median().unstack())
    medians = medians.reindex(df["run_id"].unique()).loc[:, lambda found: found.notna().mean() >= 0.5].dropna()
    if medians.empty:
        raise ResultError("no limits on one thread in these runs: without workload limit there is nothing to measure a history by")
    medians.attrs["name"] = ", ".join(medians.columns)
    return medians


def _cost(rows: pd.DataFrame, asked: str) -> tuple[str, pd.Series]:
    names = [asked] if asked else [name for name in TIMES if rows[name].notna().any()]
    name = names[0] if names else TIMES[0]
    medians = rows.groupby(["git_rev", "run_id"])[name].median()
    return name, np.log(medians[medians > 0])


def _one(axes: dict[str, object], rows: pd.DataFrame, base: pd.Series, commits: Sequence[Commit], asked: str) -> Series:
    metric, cost = _cost(rows, asked)
    ratios: dict[str, list[float]] = {commit.rev: [] for commit in commits}
    for (rev, run), value in cost.items():
        if run in base.index:
            ratios[rev].append(float(value - base[run]))
    return Series(axes, metric, bool(rows["floor"].max()), [ratios[commit.rev] for commit in commits])


def _all(df: pd.DataFrame, ask: Ask, base: pd.Series, commits: Sequence[Commit]) -> Iterator[Series]:
    rows = df[df["workload"] != "limit"]
    groups = [(dict(zip(AXES, key)), cell) for key, cell in rows.groupby(list(AXES), sort=True)]
    wanted = names.selector(ask.filter, {names.cell(axes) for axes, _ in groups})
    for key, cell in groups:
        axes = {name: value if isinstance(value, str) else int(value) for name, value in key.items()}
        one = _one(axes, cell, base, commits, ask.metric)
        if any(one.runs) and wanted(one.name):
            yield one


def read(ask: Ask) -> list[History]:
    """A history for each fingerprint: rows of different machines, or settings of one, are never set side by side."""
    paths = files(ask.paths)
    df = _read(paths)
    if ask.metric and (ask.metric not in df.columns or df[ask.metric].dtype.kind != "f"):
        raise ResultError(f"{ask.metric}: not a column of numbers")
    order, found = _commits(df, ask, paths), []
    for fingerprint, rows in df.groupby("fingerprint"):
        here = set(rows["git_rev"])
        commits = [commit for commit in order if commit.rev in here]
        base = _reference(rows)
        one = History(str(fingerprint), str(rows["cpu_model"].iloc[0]), commits, str(base.attrs["name"]))
        one.series = list(_all(rows, ask, base.mean(axis=1), commits))
        found.append(one)
    if not any(one.series for one in found):
        raise ResultError("no cells" + (f" whose name matches {ask.filter!r}" if ask.filter else ""))
    return found
