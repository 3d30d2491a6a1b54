# SPDX-License-Identifier: BSD-3-Clause
"""Runs extram-bench with the same arguments on nodes of a Slurm cluster: an array of jobs, a whole
node each.

A second call with the same --out restarts only what failed. Status: 0 all nodes have a result, 1
some have none.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from results.command import Parser, checked, say
from results.repository import ROOT

from fleet import scheduler
from fleet.folder import Folder, Request, Verdict, request
from fleet.scheduler import Node, SlurmError, Task

SCRIPT = Path(__file__).with_name("task.sh")
# Seconds between two questions to Slurm: first and longest.
OFTEN, SELDOM = 0.5, 10.0
# How Slurm's states read in a sentence.
WORDS = {
    "NODE_FAIL": "the node failed while its task ran", "CANCELLED": "its task was cancelled", "FAILED": "its task ended without an exit status",
    "TIMEOUT": "its task ran into the time limit", "OUT_OF_MEMORY": "its task ran out of memory", "PREEMPTED": "another job took the node",
}  # fmt: skip


def _arguments(argv: list[str]) -> argparse.Namespace:
    own, _, bench = (argv[: argv.index("--")], "--", argv[argv.index("--") + 1 :]) if "--" in argv else (argv, "", [])
    parser = Parser(prog="./run fleet slurm", description=__doc__, epilog="Arguments after -- go to extram-bench.")
    parser.add_argument("--partition", required=True, metavar="P", help="Slurm's partition")
    parser.add_argument("--nodes", required=True, metavar="A,B,...", help="nodes to measure on, also as n[1-8]")
    parser.add_argument("--build", type=Path, metavar="DIR", help="a build folder that every node sees; default: each node builds this revision")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that every node sees; default: results/fleet-TIME")
    args = parser.parse_args(own)
    for word in bench:
        if word.split("=")[0] in ("--output", "--results", "--benchmark_out", "--list", "--serve") or word.startswith(("-o", "-l")):
            parser.error(f"{word}: not after --, as the fleet says where results go")
    args.bench = bench
    return args


def _named(partition: str, text: str) -> list[str]:
    """The nodes, checked against the partition's."""
    known = scheduler.nodes(partition)
    if not known:
        raise SlurmError(f"--partition {partition}: no such partition, or it has no nodes (there are {', '.join(scheduler.partitions()) or 'none'})")
    names = scheduler.expand(text)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise SlurmError(f"--nodes {text}: not in partition {partition}: {', '.join(unknown) or 'no name'} (it has {', '.join(sorted(known))})")
    if len(set(names)) < len(names):
        raise SlurmError(f"--nodes {text}: a node is named twice")
    return names


@contextmanager
def _cancelled_on_error(name: str) -> Iterator[None]:
    """Whatever ends the block early, an interrupt too, leaves no task of this name behind."""
    try:
        yield
    except BaseException:
        say("fleet: cancelling what runs; results that are there stay")
        try:
            scheduler.cancel(name)
            while any(not task.over for task in scheduler.tasks(name).values()):
                time.sleep(OFTEN)
        except SlurmError as error:
            say(f"{error}: perhaps not cancelled; try scancel --name={name}")
        raise


def _start(folder: Folder, wanted: Request, partition: str, names: list[str]) -> dict[str, str]:
    """Submits one array for these nodes. Returns node → task."""
    for node in names:
        folder.prepare(node)
    script = [str(SCRIPT), str(folder.root), str(folder.source), wanted.build, *wanted.arguments]
    job = scheduler.submit(folder.name, partition, len(names), script)
    started = {node: f"{job}_{n}" for n, node in enumerate(names)}
    for node, task in started.items():
        scheduler.place(task, node)
        folder.note_task(node, task)
    for task in started.values():
        scheduler.release(task)
    say(f"fleet: job {job}: {', '.join(names)}")
    return started


def _earlier(folder: Folder, names: list[str]) -> dict[str, str]:
    """Node → task, of tasks that another call for this folder started and that still wait or
    run."""
    active = {task for task, seen in scheduler.tasks(folder.name).items() if not seen.over}
    found = {node: folder.task(node) for node in names if folder.task(node) in active}
    for task in active - folder.tasks():
        scheduler.cancel_task(task)  # of a call that was killed before it gave the task its node
    if found:
        say(f"fleet: already started: {', '.join(found)}")
    return found


def _look(name: str, partition: str) -> tuple[dict[str, Task], dict[str, Node]] | None:
    """The tasks and nodes. None: Slurm does not answer now; its jobs go on meanwhile."""
    try:
        return scheduler.tasks(name), scheduler.nodes(partition)
    except SlurmError as error:
        say(f"{error}: asking again")
        return None


def _words(folder: Folder, node: str, state: str) -> str:
    unseen = state == "FAILED" and not (folder.node(node) / "log.txt").exists()
    return WORDS.get(state, "") + ("; it wrote no log: do all nodes share this folder?" if unseen else "")


def _told(node: str, state: str, before: dict[str, str]) -> None:
    """Says what changed. A pending task's reason changes often and says little."""
    if before.get(node) != state:
        say(f"{node}: {state.lower()}")
        before[node] = state


def _end(folder: Folder, node: str, seen: Task | None, own: Node | None) -> str | None:
    """How the task ended, in words. None: it waits or runs. Slurm forgets a task some minutes after
    its end."""
    if seen is None or seen.over:
        return _words(folder, node, seen.state if seen else "")
    if seen.state == "PENDING" and own and own.gone:
        return f"the node is {own}"
    return None


def _wait(folder: Folder, partition: str, started: dict[str, str]) -> dict[str, str]:
    """Waits for all tasks. Returns node → how its task ended, in words."""
    left, ends, told, pause = dict(started), dict[str, str](), dict[str, str](), OFTEN
    while left:
        if look := _look(folder.name, partition):
            for node, task in list(left.items()):
                seen = look[0].get(task)
                _told(node, seen.state if seen else "over", told)
                end = _end(folder, node, seen, look[1].get(node))
                if end is not None:
                    ends[node] = end
                    scheduler.cancel_task(left.pop(node))
        if left:
            time.sleep(pause)
            pause = min(SELDOM, 1.2 * pause)
    return ends


def _report(folder: Folder, verdicts: list[Verdict]) -> int:
    for verdict in verdicts:
        print(folder.line(verdict))
    good = sum(verdict.good for verdict in verdicts)
    print(f"{good} of {len(verdicts)} nodes have a result in {folder.root}")
    if good < len(verdicts):
        print(f"The same command with --out {folder.root} restarts only the others.")
    return 0 if good == len(verdicts) else 1


def _run(args: argparse.Namespace) -> int:
    scheduler.require()
    names = _named(args.partition, args.nodes)
    wanted = request(args.build, args.bench)
    folder = Folder(args.out or ROOT / datetime.now(timezone.utc).strftime("results/fleet-%Y%m%dT%H%M%SZ"))
    folder.begin(wanted)
    todo = [node for node in names if not folder.verdict(node).good]
    say(f"fleet: results go to {folder.root}")
    with _cancelled_on_error(folder.name):
        running = _earlier(folder, todo)
        new = [node for node in todo if node not in running]
        ends = _wait(folder, args.partition, running | (_start(folder, wanted, args.partition, new) if new else {}))
    return _report(folder, [folder.verdict(node, ends.get(node, "")) for node in names])


@checked
def main(argv: list[str] | None = None) -> int:
    return _run(_arguments(sys.argv[1:] if argv is None else argv))
