# SPDX-License-Identifier: BSD-3-Clause
"""Brings the results of many machines into one folder, with one table and one figure: the order of
the strategies on each machine.

Folders may hold result files, archives of ./run submit, and folders of them. Times of machines are
never averaged.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from results.command import Parser, checked, say, write, writing
from results.latencies import result_files
from results.repository import ROOT
from results.schema import ResultError, check, is_partial, load

import matplotlib.pyplot as plt
import pandas as pd

from fleet import archive, submit, table
from fleet.table import Run
from plots import style
from plots.figures import machines as figure
from plots.ranking import Ranking, machines_of, rank, runs

BESIDE = (".machine.txt", ".hwloc.xml", ".c2c.csv", ".hgrm")


@dataclass(frozen=True)
class Source:
    """A valid result, and where a person finds it: an archive's is unpacked elsewhere."""

    csv: Path
    shown: Path
    rows: pd.DataFrame

    @property
    def runs(self) -> list[Run]:
        return sorted(set(zip(self.rows["fingerprint"], self.rows["run_id"])))

    @property
    def key(self) -> tuple[object, ...]:
        """The same for copies of one run."""
        return (*self.runs, len(self.rows))

    @property
    def beside(self) -> list[tuple[Path, str]]:
        """What extram-bench wrote beside the rows, each with the end of its name."""
        own = self.csv.name.removesuffix(".csv")
        return [(path, end) for end in BESIDE if (path := self.csv.with_name(own + end)).exists()]


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="./run merge", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="folders with results or archives of results; also single files")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new or empty folder; default: results/merged-TIME")
    return parser.parse_args(argv)


def _is_result(path: Path) -> bool:
    """Whether the header is a result's: other tables may lie beside it."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().lstrip("\ufeff").startswith("schema,run_id,")


def _found(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        if not folder.exists():
            raise ResultError(f"{folder}: no such folder")
        if folder.is_file() and not folder.name.endswith(".tar.gz") and not _is_result(folder):
            raise ResultError(f"{folder}: not a result file")
        inside = [folder] if folder.is_file() else sorted([*result_files(folder, "**/*.csv"), *folder.rglob("*.tar.gz")])
        yield from (path for path in inside if path.is_file() and (path.name.endswith(".tar.gz") or _is_result(path)))


def _unpacked(path: Path, to: Path) -> Path:
    """The archive's result, if nothing is wrong with the archive."""
    if wrong := submit.problems(path):
        raise ResultError("\n".join(f"{path}: {what}" for what in wrong))
    stem, files, _ = archive.read(path)
    for name, data in files.items():
        target = to / stem / name.replace("run.", f"{stem}.", 1)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return to / stem / f"{stem}.csv"


def _source(path: Path, scratch: Path) -> Source:
    csv = _unpacked(path, scratch) if path.name.endswith(".tar.gz") else path
    if found := check(csv):
        raise ResultError(f"{found[0]}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else ""))
    rows = load(csv)
    others = sorted(set(rows["source"]) - {"measured"})
    if others:
        raise ResultError(f"{path}: source: {', '.join(others)} rows do not mix with measured ones: leave this file out")
    if rows["fingerprint"].nunique() > 1:
        raise ResultError(f"{path}: fingerprint: rows of several machines in one file")
    return Source(csv, path, rows)


def _sources(folders: list[Path], scratch: Path) -> list[Source]:
    """All valid results. A copy of one counts once."""
    found: dict[tuple[object, ...], Source] = {}
    for path in dict.fromkeys(path.resolve() for path in _found(folders)):
        if is_partial(path):
            say(f"{path}: left out: a run that was stopped")
            continue
        one = _source(path, scratch)
        other = found.setdefault(one.key, one)
        if other is not one:
            used, left = sorted((one, other), key=lambda copy: -len(copy.beside))
            found[one.key] = used
            say(f"{left.shown}: left out: the same run as {used.shown}")
    if not found:
        raise ResultError(f"{', '.join(map(str, folders))}: no result files")
    return list(found.values())


def _new(out: Path) -> Path:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ResultError(f"{out}: not an empty folder: give another --out")
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    return out


def _copy(source: Source, out: Path) -> Path:
    """FINGERPRINT/RUN.csv and what lies beside it."""
    first = source.rows.iloc[0]
    stem = out / str(first["fingerprint"]) / str(first["run_id"])
    stem.parent.mkdir(exist_ok=True)
    target, number = stem, 2
    while target.with_name(target.name + ".csv").exists():  # another part of the same run
        target, number = stem.with_name(f"{stem.name}.{number}"), number + 1
    for path, end in [(source.csv, ".csv"), *source.beside]:
        to = target.with_name(target.name + end)
        shutil.copytree(path, to) if path.is_dir() else shutil.copyfile(path, to)
    return target.with_name(target.name + ".csv")


def _draw(rankings: list[Ranking], out: Path) -> None:
    with plt.rc_context(style.RC):
        drawn = figure.figure(rankings)
        for kind in ("svg", "png"):
            with writing(out / f"ranking.{kind}"):
                style.save(drawn, out / f"ranking.{kind}")
        plt.close(drawn)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def _run(args: argparse.Namespace) -> int:
    out = args.out or ROOT / "results" / datetime.now(timezone.utc).strftime("merged-%Y%m%dT%H%M%SZ")
    with ExitStack() as stack:
        sources = _sources(args.folders, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        df = pd.concat([one.rows for one in sources], ignore_index=True).drop_duplicates(ignore_index=True)
        known = runs(df)
        rankings = rank(df, {fingerprint: some[0] for fingerprint, some in known.items()})
        if not rankings:
            raise ResultError("no undisturbed rows answer a headline question: measure with ./run bench")
        _new(out)
        copies = [(one, str(_copy(one, out).relative_to(out))) for one in sources]
    files = {run: file for one, file in copies for run in one.runs}
    text = table.text(rankings, known, files)
    write(text, out / "ranking.txt")
    write(table.ranks(rankings), out / "ranking.csv")
    write(table.flips(rankings), out / "flips.csv")
    _draw(rankings, out)
    print(text, end="")
    print(f"\n{out}: {_counted(len(sources), 'result')} of {_counted(len(machines_of(rankings)), 'machine')}; ranking.txt, ranking.csv, flips.csv, ranking.svg, ranking.png")
    return 0


@checked
def main(argv: list[str] | None = None) -> int:
    return _run(_arguments(sys.argv[1:] if argv is None else argv))
