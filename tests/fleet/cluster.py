# SPDX-License-Identifier: BSD-3-Clause
"""A Slurm cluster of two nodes on this machine: real daemons on ports of their own, and everything
else in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import processes
import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "results" / "recorded" / "default-zen5-2vcpu" / "default-zen5-2vcpu.csv"
NODES = ("n1", "n2")
# Where Debian has the daemons, which a user's PATH may lack.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

CONFIGURATION = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdSpoolDir={folder}/spool-%n
StateSaveLocation={folder}/state
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/linear
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
SlurmdTimeout=3
KillWait=1
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[1]}
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port={ports[2]}
PartitionName=p Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""

# Repetitions of a cell that the tests take of the recorded run: enough for a range.
REPETITIONS = 4

# Stands for extram-bench: a node's file in the control folder makes it wait or fail.
BENCH = """#!/bin/sh
echo "$SLURMD_NODENAME $*" >>{control}/starts
echo measuring
while [ -e {control}/wait-$SLURMD_NODENAME ]; do sleep 0.02; done
[ ! -e {control}/fail-$SLURMD_NODENAME ] || {{ echo "no such strategy" >&2; exit 2; }}
cp {csv} "$2"
"""


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def parent(pid: int) -> int:
    """0: it has ended."""
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


class Cluster:
    """What it starts carries a mark in its environment, and so do the jobs."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.slurmd = folder, dict[str, subprocess.Popen[bytes]]()
        self.environment = {**environment, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": PATH}
        self.daemons: list[subprocess.Popen[bytes]] = []

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        """A daemon in the foreground. Its output goes into a file, which a failing test can
        show."""
        with (self.folder / "daemons.log").open("ab") as log:
            daemon = subprocess.Popen([str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.daemons.append(daemon)
        return daemon

    def ask(self, *command: str) -> str:
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout

    def wait(self, condition: Callable[[], bool]) -> None:
        """Until the condition holds. Fails when a daemon has ended that should run."""
        while not condition():
            ended = [one.args for one in self.daemons if one.poll() is not None]
            if ended:
                pytest.fail(f"ended: {ended}\n" + (self.folder / "daemons.log").read_text(errors="replace")[-3000:])
            time.sleep(0.02)

    def states(self) -> dict[str, str]:
        return dict(line.split() for line in self.ask("sinfo", "-h", "-N", "-o", "%N %T").splitlines())

    def up(self, node: str) -> None:
        self.slurmd[node] = self.start("slurmd", "-D", "-N", node, "-f", self.folder / "slurm.conf")
        self.wait(lambda: self.states().get(node) == "idle")

    def crash(self, node: str) -> None:
        """Ends the node's daemon and its jobs, as a power cut does. The daemons first, so that none
        reports another's end."""
        parents = {parent(pid) for pid in self.jobs(node)} - set(self.jobs(node)) - {0, 1}
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in {self.slurmd[node].pid, *parents}:
                os.kill(pid, number)
        while jobs := self.jobs(node):
            for pid in jobs:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.daemons.remove(self.slurmd[node])
        self.slurmd[node].wait()

    def jobs(self, node: str) -> list[int]:
        return self.running(f"SLURMD_NODENAME={node}\0")

    def running(self, text: str) -> list[int]:
        """Marked processes that have this text in their environment or command line."""
        mark = next(name for name in self.environment if name.startswith(processes.MARK)).encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                environment, command = (path / "environ").read_bytes(), (path / "cmdline").read_bytes()
            except OSError:
                continue
            if mark in environment and text.encode() in environment + command:
                found.append(int(path.name))
        return found


def write_bench(build: Path, control: Path, csv: Path = RECORDED) -> Path:
    (build / "bench").mkdir(parents=True)
    program = build / "bench" / "extram-bench"
    program.write_text(BENCH.format(control=control, csv=csv))
    program.chmod(0o755)
    return build


def write_short(path: Path) -> Path:
    """The first repetitions of the recorded run, with what lies beside it."""
    header, *lines = RECORDED.read_text(encoding="utf-8").splitlines(keepends=True)
    at = header.split(",").index("rep")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "".join(line for line in lines if int(line.split(",")[at]) < REPETITIONS), encoding="utf-8")
    for end in (".machine.txt", ".hwloc.xml"):
        shutil.copy(RECORDED.with_suffix(end), path.with_suffix(end))
    return path
