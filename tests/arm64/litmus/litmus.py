#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
litmus.py --compare     are the litmus files here what the compiled strategies come to? --update writes them anew
litmus.py --herd7       does herd7 give the verdicts of cases.json?
litmus.py --axioms      does axioms.py?

A test has the loads, stores and atomics of the compiled operations, in their order, with the values of a scenario of cases.json. It
leaves out address and data dependencies and keeps the branches on atomics that fail, so it allows more than the code does: what never
happens here never happens there. Ends with 77 where a tool is missing.
"""
from __future__ import annotations

import argparse
import difflib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable

import axioms
import extract
import write
from classics import CLASSICS

HERE = Path(__file__).resolve().parent
IMPLS = HERE.parents[2] / "impls"
CFLAGS = ["-D_GNU_SOURCE", "-std=gnu11", "-O2", f"-I{IMPLS}"]


def skip(reason: str) -> None:
    print("skipped:", reason)
    sys.exit(77)


def operations(table: dict[str, Any], strategy: str, flags: list[str], compiler: str) -> dict[str, list[extract.Access]]:
    known = table["strategies"][strategy]
    with tempfile.TemporaryDirectory() as folder:
        code = extract.disassemble(compiler, CFLAGS + flags, IMPLS / f"{strategy}.c", Path(folder))
    return {name: extract.fast_path(code, name, known["locations"], through) for name, through in known["through"].items()}


def generated(table: dict[str, Any], compiler: str) -> dict[str, str]:
    if shutil.which(compiler) is None:
        skip(f"{compiler} is not installed")
    texts = {}
    for encoding, flags in table["encodings"].items():
        code = {strategy: operations(table, strategy, flags, compiler) for strategy in table["strategies"]}
        for case in table["cases"]:
            name = f"{case['name']}+{encoding}"
            texts[name] = write.test(name, case, code[case["strategy"]])
    return texts


def compare(texts: dict[str, str]) -> bool:
    committed = {path.stem: path.read_text(encoding="utf-8") for path in HERE.glob("*.litmus")}
    for name in sorted(texts.keys() | committed.keys()):
        old, new = (kind.get(name, "").splitlines(keepends=True) for kind in (committed, texts))
        sys.stdout.writelines(difflib.unified_diff(old, new, f"committed/{name}", f"compiled/{name}"))
    if texts != committed:
        print("The compiled code has changed. If it is right, run litmus.py --update, and have herd7 look at it.")
    return texts == committed


def update(texts: dict[str, str]) -> bool:
    for path in HERE.glob("*.litmus"):
        path.unlink()
    for name, text in texts.items():
        (HERE / f"{name}.litmus").write_text(text, encoding="utf-8")
    return True


def herd7_verdict(path: Path) -> str:
    run = subprocess.run(["herd7", str(path)], capture_output=True, text=True)
    found = re.search(r"^Observation \S+ (\w+)", run.stdout, re.M)
    return found[1] if found else f"no verdict: {run.stdout}{run.stderr}"


def axioms_verdict(path: Path) -> str:
    return axioms.verdict(path.read_text(encoding="utf-8"))


def classics() -> bool:
    wrong = {name: verdict for name, (verdict, text) in CLASSICS.items() if axioms.verdict(text) != verdict}
    print(f"axioms.py against {len(CLASSICS)} classic tests:", f"wrong, expected {wrong}" if wrong else "right")
    return not wrong


def judge(table: dict[str, Any], verdict_of: Callable[[Path], str]) -> bool:
    right = True
    for case in table["cases"]:
        for encoding in table["encodings"]:
            path = HERE / f"{case['name']}+{encoding}.litmus"
            verdict = verdict_of(path)
            right = right and verdict == case["verdict"]
            print(f"{path.stem}: {verdict}", "" if verdict == case["verdict"] else f"but expected {case['verdict']}: {case['why']}")
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    for option in ("compare", "update", "herd7", "axioms"):
        what.add_argument(f"--{option}", action="store_true")
    parser.add_argument("--compiler", default="aarch64-linux-gnu-gcc")
    options = parser.parse_args()
    table = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    if options.herd7 and shutil.which("herd7") is None:
        skip("herd7 is not installed (herdtools7, by opam): the verdicts were not run")
    if options.herd7:
        return 0 if judge(table, herd7_verdict) else 1
    if options.axioms:
        return 0 if classics() and judge(table, axioms_verdict) else 1
    texts = generated(table, options.compiler)
    return 0 if (update if options.update else compare)(texts) else 1


if __name__ == "__main__":
    sys.exit(main())
