# SPDX-License-Identifier: BSD-3-Clause
"""What looks for the error in a mutant. A checker that ends badly, or hangs until the tests'
watchdog ends it, has found it."""
from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from build import Tree
from harness import HarnessTree
from model_tree import ModelTree
from mutant import Mutant

KILLED, HUNG, SURVIVED, NOT_RUN = "K", "H", ".", "-"
CHECKERS = ("contract", "stress", "needm", "faults", "tsan", "explore", "rseq", "emptiness", "bench", "gate", "halfway", "arm64", "sections", "model")
ON_THREADS = {"contract", "stress", "needm", "faults", "tsan", "emptiness"}
HARD_LIMIT = {"mutant": 120, "control": 600}  # s; the watchdog is much sooner
PLENTY = {"mutant": 3, "control": 60}  # s in which nothing moves
PHASE = 10  # s, at most, of each of stress's: who serves threads in order may not be through by then
CONTROL_PAIRS = 100000  # a control proves no more by being run for longer
CROSS = "aarch64-linux-gnu-gcc"
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
    text = subprocess.run([explore, "--list=tsv"], capture_output=True, text=True, check=True).stdout
    return [name for kind, name, _ in (line.split("\t") for line in text.splitlines()) if kind == "client"]


def commands(checker: str, tree: Tree, mutant: Mutant) -> Iterator[list[object]]:
    """What the checker runs, one after the other until one has found it."""
    if checker == "model" or isinstance(tree, ModelTree):
        if checker == "model" and isinstance(tree, ModelTree):
            yield from tree.commands(mutant.test)
    elif checker == "bench" or isinstance(tree, HarnessTree):
        if checker == "bench" and isinstance(tree, HarnessTree):
            yield [tree.test(mutant.test)]
    elif checker == "stress":
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
    elif checker == "gate":
        # What a pair costs after a rare event. Without the tool that counts, it says nothing.
        if shutil.which("valgrind") is not None:
            run = tree.builder.source / "tests" / "gate" / "run.py"
            yield ["/usr/bin/python3", run, "--lasting", "all", "--cc", shlex.join(tree.builder.cc), "--impls", tree.impls, mutant.strategy]
    elif checker == "halfway":
        if tree.says("EXTRAM_LOCK_FREE"):
            yield [tree.halfway(tree.builder.cc)]
    elif checker == "arm64":
        # halfway on a CPU without LSE and on one with it. Without cross compiler or emulator, it
        # says nothing.
        if tree.says("EXTRAM_LOCK_FREE") and shutil.which(CROSS) is not None and shutil.which("qemu-aarch64") is not None:
            program = tree.halfway([CROSS], "-static")
            for cpu in ("cortex-a72", "max"):
                yield ["qemu-aarch64", "-cpu", cpu, program]
    elif checker == "sections":
        for model in ((), ("-DRSEQ_MODEL_AARCH64",)) if mutant.file == "rseq.h" else ():
            yield [tree.sections(*model)]
    elif checker == "emptiness":
        if tree.says("rseq_pop("):
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
