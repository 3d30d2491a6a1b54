# SPDX-License-Identifier: BSD-3-Clause
"""Turns result files into series: for each machine and cell, the cost at each commit as a ratio to
the machine's limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from compare.history.git import LIST, Commit, place
from results import frame, names, noise
from results.columns import ResultError
from results.latencies import result_files
from results.rules import AXES
from results.schema import load, unfit

# The cost of a cell is the first of these that it has. Thread time is empty if threads outnumber
# CPUs or pairs are timed.
TIMES = ("ns_per_pair", "cpu_ns_per_pair", "p50_ns")


@dataclass(frozen=True)
class Ask:
    """The options for reading."""

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
    runs: list[list[float]]  # for each commit, the log ratio of each launch

    @property
    def values(self) -> list[float]:
        """One value per commit. Launches of one build share its layout, so only builds are
        independent."""
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
    """The result files among files and folders, searched recursively. Skips partial files."""
    found = [f for path in paths for f in (result_files(path, "**/*.csv") if path.is_dir() else [path])]
    whole = [path for path in dict.fromkeys(found) if not path.name.endswith(".partial.csv")]
    if not whole:
        raise ResultError(f"{paths[0]}:1: file: no result files in it")
    return whole


def _read(paths: Sequence[Path]) -> pd.DataFrame:
    df = noise.quiet(pd.concat([load(path) for path in paths], ignore_index=True).drop_duplicates(ignore_index=True))
    df = df[df["source"] == "measured"]
    if df.empty:
        raise ResultError(f"{paths[0]}:2: source: no measured rows")
    if why := ", ".join(unfit(df)):
        raise ResultError(f"{paths[0]}: unfit: {why}: a history cannot include this build")
    if (df["git_rev"] == "unknown").any():
        raise ResultError(f"{paths[0]}: git_rev: a history cannot include rows of an unknown revision")
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
    """The log of each launch's reference, and its name.

    The reference is the geometric mean of the one-thread limits that all launches have. Limits are
    code of the harness, so no commit to a strategy changes them, and they share nothing with other
    threads. In a launch with a faster machine, they are faster by the same factor. One limit alone
    would add its noise. The floor does not serve, since it is a strategy's file.
    """
    limits = df[(df["workload"] == "limit") & (df["threads"] == 1)]
    medians = np.log(frame.of(limits, ["run_id", "strategy"], ["ns_per_pair"]).pivot(index="run_id", columns="strategy", values="median"))
    medians = medians.reindex(df["run_id"].unique()).loc[:, lambda found: found.notna().mean() >= 0.5].dropna()
    if medians.empty:
        raise ResultError("these runs have no limits on one thread: a history needs workload limit as its reference")
    medians.attrs["name"] = ", ".join(medians.columns)
    return medians


def _one(axes: dict[str, object], cell: pd.DataFrame, base: pd.Series, commits: Sequence[Commit]) -> Series:
    """cell: its rows of the frame, one for each metric and launch."""
    metric = next((name for name in TIMES if (cell["metric"] == name).any()), str(cell["metric"].iloc[0]))
    ratios: dict[str, list[float]] = {commit.rev: [] for commit in commits}
    for row in frame.metric(cell, metric).sort_values("run_id").itertuples():
        if row.run_id in base.index and row.median > 0:
            ratios[row.git_rev].append(float(np.log(row.median) - base[row.run_id]))
    return Series(axes, metric, bool(cell["floor"].max()), [ratios[commit.rev] for commit in commits])


def _all(df: pd.DataFrame, ask: Ask, base: pd.Series, commits: Sequence[Commit]) -> Iterator[Series]:
    cells = frame.of(df[df["workload"] != "limit"], [*AXES, "floor", "git_rev", "run_id"], [ask.metric] if ask.metric else TIMES)
    groups = [(dict(zip(AXES, key)), cell) for key, cell in cells.groupby(list(AXES), sort=True)]
    wanted = names.selector(ask.filter, {names.cell(axes) for axes, _ in groups})
    for key, cell in groups:
        axes = {name: value if isinstance(value, str) else int(value) for name, value in key.items()}
        one = _one(axes, cell, base, commits)
        if any(one.runs) and wanted(one.name):
            yield one


def read(ask: Ask) -> list[History]:
    """One history for each fingerprint: rows of different machines or settings do not compare."""
    paths = files(ask.paths)
    df = _read(paths)
    if ask.metric and (ask.metric not in df.columns or df[ask.metric].dtype.kind != "f"):
        raise ResultError(f"{ask.metric}: not a numeric column")
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
