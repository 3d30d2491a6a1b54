# SPDX-License-Identifier: BSD-3-Clause
"""applies.py SOURCE: every mutant's edits still fit the sources. The matrix finds that out too, but
takes half an hour. Prints TAP."""
from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from matrix import Record
from mutant import Mutant, Stale, load

HERE = Path(__file__).resolve().parent


def stale(mutant: Mutant, source: Path) -> str:
    """Why the edits do not fit; empty if they do. They are made in a copy of the file."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / mutant.folder / mutant.file
        copy.parent.mkdir(parents=True)
        shutil.copyfile(source / mutant.folder / mutant.file, copy)
        before = copy.read_bytes()
        try:
            mutant.apply(Path(folder))
        except Stale as error:
            return str(error)
        return "" if copy.read_bytes() != before else f"{mutant.name}: changes nothing"


def main(source: Path) -> int:
    mutants = load(HERE, HERE.parent / "rseq" / "mutants.json")
    faults = [fault for mutant in mutants if (fault := stale(mutant, source))]
    print("1..1")
    print(f"{'not ok' if faults else 'ok'} 1 - the edits of {len(mutants)} mutants fit the sources")
    for fault in faults:
        print("\n".join(f"# {line}" for line in fault.splitlines()))
    if not faults:
        print(f"# {Record().choose({mutant.name: mutant.digest(source) for mutant in mutants})[1]}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
