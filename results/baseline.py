# SPDX-License-Identifier: BSD-3-Clause
"""Keeps a baseline for each machine: the result file that later runs are compared with."""

from __future__ import annotations

import shutil
from pathlib import Path

from results import noise
from results.latencies import result_files
from results.schema import ResultError, is_partial, load, unfit
from results.command import Parser, checked, run, writing

FOLDER = Path(__file__).with_name("baseline")
SIDECARS = (".machine.txt", ".hwloc.xml")


def path_for(fingerprint: str, folder: Path = FOLDER) -> Path:
    """The path of that machine's baseline, whether it exists or not."""
    return folder / f"{fingerprint}.csv"


def fingerprint_of(path: Path) -> str:
    found = sorted(load(path)["fingerprint"].unique())
    if len(found) == 1 and found[0].isalnum():  # becomes a file name
        return str(found[0])
    raise ResultError(f"{path}:2: fingerprint: rows of one machine are needed, but the file has {', '.join(found)}")


def _faults(path: Path) -> list[str]:
    """Why a valid file is unfit for a baseline."""
    frame = load(path)
    faults = ["partial: the run was stopped"] if is_partial(path) else []
    faults += [f"source: has {source} rows" for source in sorted(set(frame["source"]) - {"measured"})]
    if noise.quiet(frame).empty:
        faults.append("disturbed: other work on the machine disturbed every block")
    if (frame["schedstat"] == 0).any():
        faults.append("schedstat: measured without a noise filter")
    faults += [f"unfit: {why}: this build is unfit for a baseline" for why in unfit(frame)]
    revisions = [rev for rev in sorted(set(frame["git_rev"])) if rev == "unknown" or rev.endswith("-dirty")]
    return faults + [f"git_rev: {rev} cannot be built again" for rev in revisions]


def keep(path: Path, force: bool, folder: Path) -> Path:
    """Replaces the baseline by the file and its sidecars."""
    to = path_for(fingerprint_of(path), folder)
    faults = _faults(path)
    if faults and not force:
        raise ResultError(f"{path}:2: {'; '.join(faults)} (--force keeps it anyway)")
    folder.mkdir(parents=True, exist_ok=True)
    stem = path.name.removesuffix(".csv").removesuffix(".partial")
    for source, target in [(path.with_name(stem + end), to.with_suffix(end)) for end in SIDECARS] + [(path, to)]:
        if source.exists():
            with writing(target):
                shutil.copyfile(source, target)
        else:
            target.unlink(missing_ok=True)
    return to


def _list(folder: Path) -> int:
    for path, first in ((path, load(path).iloc[0]) for path in result_files(folder)):
        print(f"{path.stem}  {first['git_rev']}  {first['time_utc']}  {first['cpu_model']}, {first['cpus']} CPUs")
    return 0


@checked
def main(argv: list[str] | None = None) -> int:
    parser = Parser(prog="./run baseline", description=__doc__)
    parser.add_argument("command", choices=("set", "get", "list"), help="set: keep FILE.csv; get: print the path of its machine's baseline; list: print all")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.csv")
    parser.add_argument("--force", action="store_true", help="keep a partial, emulated, unfit or dirty run too")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="folder of the baselines (default results/baseline)")
    args = parser.parse_intermixed_args(argv)
    if (args.file is None) != (args.command == "list"):
        parser.error("set and get need a file; list takes none")
    if args.command == "list":
        return _list(args.folder)
    to = keep(args.file, args.force, args.folder) if args.command == "set" else path_for(fingerprint_of(args.file), args.folder)
    if not to.exists():
        raise ResultError(f"{to}: no baseline for this machine; ./run baseline set FILE.csv makes one")
    print(to)
    return 0


if __name__ == "__main__":
    run(main)
