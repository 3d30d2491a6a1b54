# SPDX-License-Identifier: BSD-3-Clause
"""A cluster for all tests, and what the stand-in for extram-bench obeys."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import processes
import pytest
from cluster import CONFIGURATION, NODES, PATH, Cluster, free_ports

processes.heed_signals()


def lacking() -> str:
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name, path=PATH)]
    return f"no {', '.join(missing)}" if missing else ""


@pytest.fixture(scope="session")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if why := lacking():
        pytest.skip(why)
    # Short: the name of a socket has at most 107 letters.
    folder = tmp_path_factory.mktemp("s")
    with processes.marked() as (environment, _):
        cluster = Cluster(folder, environment)
        (folder / "state").mkdir()
        (folder / "munge.key").write_bytes(os.urandom(64))
        (folder / "munge.key").chmod(0o400)
        (folder / "slurm.conf").write_text(CONFIGURATION.format(folder=folder, ports=free_ports(3)))
        # Newer ones insist on control groups unless told; older ones do not know the word.
        if int(re.findall(r"\d+", cluster.ask("slurmctld", "-V"))[0]) > 22:
            (folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n")
        files = [f"--{what}-file={folder}/munge.{what}" for what in ("key", "pid", "log", "seed")]
        cluster.start("munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *files)
        cluster.wait((folder / "munge.socket").exists)
        cluster.start("slurmctld", "-D", "-f", folder / "slurm.conf")
        for node in NODES:
            cluster.up(node)
        yield cluster


@pytest.fixture
def cluster(daemons: Cluster) -> Iterator[Cluster]:
    """Both nodes are idle at the start. At the end nothing of the test runs: no task, no
    process."""
    for node in NODES:
        if daemons.slurmd[node].poll() is not None:
            daemons.up(node)
    daemons.wait(lambda: set(daemons.states().values()) == {"idle"})
    yield daemons
    left = daemons.ask("squeue", "-h")
    daemons.ask("scancel", "--user=root")
    daemons.wait(lambda: not daemons.running("SLURM_JOB_ID="))
    assert left == ""


@pytest.fixture
def control(tmp_path: Path) -> Path:
    """Holds what the stand-in for extram-bench obeys, and the list of its starts."""
    folder = tmp_path / "control"
    folder.mkdir()
    (folder / "starts").touch()
    return folder
