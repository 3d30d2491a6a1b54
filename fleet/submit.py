# SPDX-License-Identifier: BSD-3-Clause
"""Packs a result into one archive that others may see, or checks such an archive.

Status: 0 packed, or in order; 1 the archive is not in order; 2 cannot be packed.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from results import repository
from results.command import Parser, checked, say
from results.repository import ROOT
from results.schema import ResultError, check, is_partial, load

from fleet import archive, plausible, privacy
from fleet.archive import Files

README = """A result of extram, a benchmark of ways to keep Go's spare ms. Packed by ./run submit.

run.csv          a row for each measured block; results/README.md of the project explains the columns
run.machine.txt  the machine and the build, without names
run.hwloc.xml    the machine's topology, without names and devices: lstopo -i run.hwloc.xml
run.c2c.csv      if it is here: nanoseconds from CPU to CPU
run.hgrm/        if it is here: all samples of timed cells, as HdrHistogram writes them
SHA256SUMS       sha256sum -c SHA256SUMS

./run submit --check ARCHIVE says whether this is whole, plausible and free of private data.
"""
TEMPLATE = "result.yml"


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="./run submit", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="a result; with --check, an archive")
    parser.add_argument("--out", type=Path, default=ROOT / "results", metavar="DIR", help="where the archive goes; default: results")
    parser.add_argument("--check", action="store_true", help="say what is wrong with an archive")
    return parser.parse_args(argv)


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name.removesuffix(".csv") + end)


def _rows(data: bytes, words: list[str]) -> bytes:
    """Only the name of a trace is free text, which a person chose."""
    lines = data.decode("utf-8-sig").splitlines(keepends=True)
    header = next(csv.reader(lines[:1]))
    at = header.index("trace") if "trace" in header else len(header)
    for n, line in enumerate(lines[1:], 1):
        found = next(csv.reader([line]))[at : at + 1]
        if found and found[0]:
            lines[n] = line.replace(found[0], privacy.mask(found[0], words))
    return "".join(lines).encode()


def files_of(path: Path, words: list[str]) -> tuple[Files, list[str]]:
    """The archive's files, without what is private, and the names of facts that were left out."""
    try:
        text, left = privacy.masked_facts(_beside(path, ".machine.txt").read_text(encoding="utf-8", errors="replace"), words)
        files = {"README.txt": README.encode(), "run.csv": _rows(path.read_bytes(), words), "run.machine.txt": text.encode()}
        files["run.hwloc.xml"] = privacy.masked_topology(_beside(path, ".hwloc.xml").read_bytes(), words)
    except FileNotFoundError as error:
        raise ResultError(f"{error.filename}: missing, and a result is not complete without it") from error
    if _beside(path, ".c2c.csv").exists():
        files["run.c2c.csv"] = _beside(path, ".c2c.csv").read_bytes()
    for cell in sorted(_beside(path, ".hgrm").glob("*.hgrm")):
        files[f"run.hgrm/{cell.name}"] = privacy.mask(cell.read_text(encoding="utf-8")).encode()
    return files, left


def _private(files: Files) -> Iterator[str]:
    for name, data in files.items():
        for kind, found in privacy.secrets(data.decode("utf-8", "replace")):
            yield f"{name}: a {kind}: {found!r}"
    yield from (f"run.machine.txt: {name}: not a fact that goes out" for name, _ in privacy.facts(_text(files, "run.machine.txt")) if name not in privacy.FACTS)
    yield from (f"run.hwloc.xml: {what}: not part of a topology that goes out" for what in privacy.topology_problems(files["run.hwloc.xml"]))
    yield from (f"{name}: not numbers" for name in ("run.c2c.csv",) if not set(_text(files, name)) <= set("0123456789.,-+eEnaN \r\n"))


def _text(files: Files, name: str) -> str:
    return files.get(name, b"").decode("utf-8", "replace")


def _measured(files: Files) -> Iterator[str]:
    """What is wrong with the rows, and between them and the facts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.csv")
        path.write_bytes(files["run.csv"])
        found = check(path)
        if found:
            yield str(found[0]).removeprefix(f"{folder}/") + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
            return
        rows = load(path)
    yield from plausible.problems(dict(privacy.facts(_text(files, "run.machine.txt"))), rows, privacy.processors(files["run.hwloc.xml"]))


def problems(path: Path) -> list[str]:
    """What is wrong with an archive: not whole, or else not plausible or not free of private
    data."""
    stem, files, found = archive.read(path)
    if found:
        return found
    found = [*_private(files), *_measured(files)]
    facts = dict(privacy.facts(_text(files, "run.machine.txt")))
    if stem != _stem(facts):
        found.append(f"{stem}: not named after its machine and run")
    return found


def _stem(facts: dict[str, str]) -> str:
    return f"extram-{facts.get('fingerprint', '')}-{facts.get('run_id', '')}"


def _where() -> str:
    """Where the archive goes: the form for results, by its address if the repository's is known."""
    try:
        origin = repository.git(ROOT, "remote", "get-url", "origin").strip().removesuffix(".git")
    except ResultError:
        origin = ""
    form = f"{origin}/issues/new?template={TEMPLATE}" if origin.startswith("https://github.com/") else f"an issue of the kind \"A result\" ({TEMPLATE})"
    return f"Attach it to {form}"


def _pack(result: Path, out: Path) -> Path:
    found = check(result)
    if found:
        raise ResultError(str(found[0]))
    if is_partial(result):
        raise ResultError(f"{result}: a run that was stopped: only whole runs are results")
    files, left = files_of(result, privacy.own_words())
    path = out / f"{_stem(dict(privacy.facts(_text(files, 'run.machine.txt'))))}.tar.gz"
    archive.write(path, files)
    if wrong := problems(path):
        path.unlink()
        raise ResultError("\n".join(f"{result}: {what}" for what in wrong))
    if left:
        say(f"left out of the machine's facts: {', '.join(left)}")
    return path


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(sys.argv[1:] if argv is None else argv)
    if not args.check:
        path = _pack(args.file, args.out)
        print(f"{path}\n{_where()}")
        return 0
    wrong = problems(args.file)
    for what in wrong:
        print(f"{args.file}: {what}")
    if not wrong:
        print(f"{args.file}: whole, plausible and free of private data")
    return 1 if wrong else 0
