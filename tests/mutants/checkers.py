# SPDX-License-Identifier: BSD-3-Clause
"""What looks for the error in a mutant. A checker that ends badly, or hangs until the tests' watchdog ends it, has found it."""
from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from build import Tree
from table import Mutant

KILLED, HUNG, SURVIVED, NOT_RUN = "K", "H", ".", "-"
CHECKERS = ("contract", "stress", "needm", "faults", "tsan", "explore", "rseq", "emptiness")
ON_THREADS = {"contract", "stress", "needm", "faults", "tsan", "emptiness"}
HARD_LIMIT = {"mutant": 120, "control": 600}  # s; the watchdog is much sooner
PLENTY = {"mutant": 3, "control": 60}  # s in which nothing moves
PHASE = 10  # s, at most, of each of stress's: who serves threads in order may not be through by then
CONTROL_PAIRS = 100000  # a control proves no more by being run for longer
SKIP, PROVES_NOTHING = 77, 99


def judge(command: list[object], mutant: Mutant, log: Path) -> str:
    kind = "control" if mutant.control else "mutant"
    environment = os.environ | {
        "EXTRAM_TEST_DEADLINE": str(PLENTY[kind]),
        "TSAN_OPTIONS": "halt_on_error=1:exitcode=66",
    }
    with log.open("wb") as out:
        try:
            done = subprocess.run(list(map(str, command)), stdout=out, stderr=out, env=environment, timeout=HARD_LIMIT[kind])
        except subprocess.TimeoutExpired:
            return HUNG
    if done.returncode in (SKIP, PROVES_NOTHING):
        return NOT_RUN
    watchdog = b"nothing has moved" in log.read_bytes() or b"has not come to an end" in log.read_bytes()
    return SURVIVED if done.returncode == 0 else HUNG if watchdog else KILLED


def clients(explore: Path) -> list[str]:
    """The explorer's, by its own list."""
    text = subprocess.run([explore, "--list"], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in text.partition("clients\n")[2].splitlines()]


def commands(checker: str, tree: Tree, mutant: Mutant) -> Iterator[list[object]]:
    """What the checker runs, one after the other until one has found it."""
    if checker == "stress":
        pairs = CONTROL_PAIRS if mutant.control else mutant.pairs
        yield [tree.program("stress", "plain"), mutant.strategy, "--pairs", pairs, "--within", PHASE]
    elif checker in ("contract", "needm", "faults"):
        yield [tree.program(checker, "plain"), mutant.strategy]
    elif checker == "tsan":
        yield [tree.program("stress", "tsan"), mutant.strategy, "--pairs", 20000, "--within", PHASE]
        yield [tree.program("needm", "tsan"), mutant.strategy]
        yield [tree.program("contract", "tsan"), mutant.strategy]
        yield [tree.program("faults", "tsan"), mutant.strategy, 200]
    elif checker == "explore":
        explore = [tree.explorer(), mutant.strategy, "--seconds", 0.5 if mutant.control else 5]
        for client in clients(tree.where / "explore") if not mutant.explore else ():
            yield [*explore, "--client", client]
        if mutant.explore:
            yield [*explore, *mutant.explore.split()]
    elif checker == "emptiness":
        if "rseq_pop(" in (tree.impls / f"{mutant.strategy}.c").read_text(encoding="utf-8"):
            yield [tree.emptiness()]
    elif mutant.file == "rseq.h":
        yield [tree.rseq(), 3 if mutant.control else 30]


def check(checker: str, tree: Tree, mutant: Mutant) -> str:
    verdict = NOT_RUN
    for number, command in enumerate(commands(checker, tree, mutant)):
        verdict = judge(command, mutant, tree.where / f"{checker}{number}.log")
        if verdict in (KILLED, HUNG):
            break
    return verdict
