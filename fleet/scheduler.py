# SPDX-License-Identifier: BSD-3-Clause
"""Slurm's own commands. A job is known by its name, which no other run has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from results.columns import ResultError

PROGRAMS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue")
# A task in one of these states has ended. https://slurm.schedmd.com/squeue.html lists all.
ENDED = frozenset("BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED REVOKED SPECIAL_EXIT TIMEOUT".split())
# A node in one of these states takes no task until an administrator acts.
GONE = ("down", "drain", "fail")


class SlurmError(ResultError):
    """A command of Slurm failed. The text is the command and its first error line."""


@dataclass(frozen=True)
class Task:
    state: str
    reason: str

    @property
    def over(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True)
class Node:
    state: str
    reason: str

    @property
    def gone(self) -> bool:
        return self.state.startswith(GONE)

    def __str__(self) -> str:
        return f"{self.state} ({self.reason})" if self.reason else self.state


def require() -> None:
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        raise SlurmError(f"fleet: no Slurm on this machine: missing {', '.join(missing)} (Debian's package slurm-client)")


def call(*command: str) -> str:
    """The command's output. A key press that interrupts us must not interrupt it: a job could be
    submitted without our knowing."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", start_new_session=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise SlurmError(f"{command[0]}: {said[0]}")
    return done.stdout


def _fields(text: str, count: int) -> list[list[str]]:
    """The lines' fields. Slurm writes "none" or "None" where there is no reason."""
    rows = [[field.strip() for field in line.split("|", count - 1)] for line in text.splitlines() if line.strip()]
    return [["" if field.lower() == "none" else field for field in row] for row in rows]


def expand(nodes: str) -> list[str]:
    """The names in Slurm's short form, such as n[1-3],m7."""
    return call("scontrol", "show", "hostnames", nodes).split()


def partitions() -> list[str]:
    return sorted(set(call("sinfo", "--noheader", "--format=%R").split()))


def nodes(partition: str) -> dict[str, Node]:
    rows = _fields(call("sinfo", "--noheader", "--Node", f"--partition={partition}", "--format=%N|%T|%E"), 3)
    return {name: Node(state.rstrip("*~#!%$@^-"), reason) for name, state, reason in rows}


def tasks(name: str) -> dict[str, Task]:
    """The tasks of this name, by identifier. Slurm forgets a task some minutes after its end."""
    command = ("squeue", "--noheader", "--array", "--states=all", f"--user={os.getuid()}", f"--name={name}", "--format=%F_%K|%T|%r")
    return {task: Task(state, reason) for task, state, reason in _fields(call(*command), 3)}


def submit(name: str, partition: str, count: int, script: Sequence[str]) -> str:
    """Submits an array of held tasks, each with a whole node, and returns its number. Slurm
    restarts none of them by itself."""
    how = [f"--job-name={name}", f"--partition={partition}", f"--array=0-{count - 1}", "--nodes=1", "--exclusive", "--no-requeue", "--hold"]
    return call("sbatch", "--parsable", *how, "--output=/dev/null", *script).strip().partition(";")[0]


def place(task: str, node: str) -> None:
    call("scontrol", "update", f"JobId={task}", f"ReqNodeList={node}")


def release(task: str) -> None:
    call("scontrol", "release", task)


def cancel(name: str) -> None:
    call("scancel", "--quiet", f"--user={os.getuid()}", f"--name={name}")


def cancel_task(task: str) -> None:
    call("scancel", "--quiet", task)
