# SPDX-License-Identifier: BSD-3-Clause
"""./run fleet slurm on a real cluster: tasks and nodes that fail, interrupts, and what a second
call does."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import processes
import pytest
from cluster import NODES, RECORDED, ROOT, Cluster, write_bench

from fleet import folder, scheduler, slurm

Fleet = Callable[..., subprocess.CompletedProcess[str]]


def command(out: Path, build: Path, nodes: str = "n1,n2") -> list[str]:
    return ["/usr/bin/python3", "-P", "-m", "fleet", "slurm", "--partition=p", f"--nodes={nodes}", f"--build={build}", f"--out={out}", "--", "--set", "smoke"]


def environment(cluster: Cluster) -> dict[str, str]:
    return {**cluster.environment, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def build(tmp_path: Path, control: Path) -> Path:
    return write_bench(tmp_path / "build", control)


@pytest.fixture
def fleet(cluster: Cluster, tmp_path: Path, build: Path) -> Fleet:
    def run(**how: Any) -> subprocess.CompletedProcess[str]:
        return processes.run(command(tmp_path / "out", build, **how), env=environment(cluster), capture_output=True, text=True)

    return run


def started(control: Path) -> list[str]:
    return sorted(line.split()[0] for line in (control / "starts").read_text().splitlines())


def test_each_node_runs_the_same_once(fleet: Fleet, control: Path, tmp_path: Path) -> None:
    done = fleet()
    assert done.returncode == 0, done.stderr
    lines = sorted((control / "starts").read_text().splitlines())
    assert lines == [f"{node} --output {tmp_path}/out/{node}/{node}.csv --set smoke" for node in NODES]
    assert [(tmp_path / "out" / node / f"{node}.csv").read_bytes() for node in NODES] == [RECORDED.read_bytes()] * 2
    again = fleet(nodes="n[1-2]")
    assert (again.returncode, started(control), again.stdout) == (0, ["n1", "n2"], done.stdout)


def test_only_what_failed_is_run_again(fleet: Fleet, control: Path, tmp_path: Path) -> None:
    (control / "fail-n2").touch()
    done = fleet()
    assert done.returncode == 1
    assert "n2: failed: exit status 2: no such strategy" in done.stdout and "1 of 2" in done.stdout
    first = (tmp_path / "out/n1/n1.csv").stat()
    (control / "fail-n2").unlink()
    done = fleet()
    assert (done.returncode, started(control)) == (0, ["n1", "n2", "n2"]), done.stderr
    assert (tmp_path / "out/n1/n1.csv").stat() == first
    assert (tmp_path / "out/failed/n2.1/log.txt").read_text() == "measuring\nno such strategy\n"


def test_a_result_that_is_not_valid_is_no_result(fleet: Fleet, build: Path, control: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv"
    cut.write_bytes(RECORDED.read_bytes()[:-10])
    program = write_bench(tmp_path / "other", control, cut) / "bench/extram-bench"
    program.replace(build / "bench/extram-bench")
    done = fleet(nodes="n1")
    assert done.returncode == 1 and "n1.csv" in done.stdout and "truncated" in done.stdout


def test_a_node_that_goes_down_loses_nothing_of_the_others(fleet: Fleet, cluster: Cluster, build: Path, control: Path, tmp_path: Path) -> None:
    (control / "wait-n2").touch()
    with processes.started(command(tmp_path / "out", build), env=environment(cluster), stdout=subprocess.PIPE, text=True) as running:
        processes.wait_until(lambda: started(control) == ["n1", "n2"], running)
        cluster.crash("n2")
        out, _ = running.communicate()
    assert running.returncode == 1
    assert "n2: failed: the node failed while its task ran" in out and "n1: failed" not in out
    still = fleet(nodes="n2")
    assert still.returncode == 1 and "n2: failed: the node is down" in still.stdout
    (control / "wait-n2").unlink()
    cluster.up("n2")
    done = fleet()
    assert (done.returncode, started(control)) == (0, ["n1", "n2", "n2"]), done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_results_and_nothing_running(number: int, fleet: Fleet, cluster: Cluster, build: Path, control: Path, tmp_path: Path) -> None:
    (control / "wait-n2").touch()
    with processes.started(command(tmp_path / "out", build), env=environment(cluster), stderr=subprocess.PIPE, text=True) as running:
        processes.wait_until((tmp_path / "out/n1/exit").exists, running)
        processes.wait_until(lambda: started(control) == ["n1", "n2"], running)
        running.send_signal(number)
        _, said = running.communicate()
    assert running.returncode == 130 and "cancelling" in said
    assert cluster.ask("squeue", "-h") == ""
    cluster.wait(lambda: not cluster.running("SLURM_JOB_ID="))
    assert (tmp_path / "out/n1/n1.csv").read_bytes() == RECORDED.read_bytes()
    (control / "wait-n2").unlink()
    done = fleet()
    assert (done.returncode, started(control)) == (0, ["n1", "n2", "n2"]), done.stderr


def test_a_call_that_was_killed_is_taken_up(fleet: Fleet, cluster: Cluster, build: Path, control: Path, tmp_path: Path) -> None:
    for node in NODES:
        (control / f"wait-{node}").touch()
    with subprocess.Popen(command(tmp_path / "out", build), env=environment(cluster), stderr=subprocess.DEVNULL) as running:
        processes.wait_until(lambda: started(control) == ["n1", "n2"], running)
        running.kill()
    for node in NODES:
        (control / f"wait-{node}").unlink()
    done = fleet()
    assert (done.returncode, started(control)) == (0, ["n1", "n2"]), done.stderr
    assert not (tmp_path / "out/failed").exists()


def test_a_held_array_without_places_is_cancelled(fleet: Fleet, cluster: Cluster, control: Path, tmp_path: Path) -> None:
    """A call was killed between submitting and giving each task its node."""
    name = folder.Folder(tmp_path / "out").name
    cluster.ask("sbatch", "--parsable", f"--job-name={name}", "--array=0-1", "--hold", str(ROOT / "fleet/task.sh"), "x", "x", "x")
    assert cluster.ask("squeue", "-h", "-r", "-o", "%j").split() == [name] * 2
    done = fleet()
    assert (done.returncode, started(control)) == (0, ["n1", "n2"]), done.stderr
    assert cluster.ask("squeue", "-h") == ""


def test_the_controller_is_away_for_a_while(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], build: Path, tmp_path: Path) -> None:
    """Its silence is not the end of a task."""
    for name in ("SLURM_CONF", "PATH"):
        monkeypatch.setenv(name, cluster.environment[name])
    answers, asked = scheduler.tasks, []

    def away(name: str) -> dict[str, scheduler.Task]:
        asked.append(name)
        if len(asked) in (3, 4):
            raise scheduler.SlurmError("squeue: Unable to contact slurm controller")
        return answers(name)

    monkeypatch.setattr(scheduler, "tasks", away)
    assert slurm.main(command(tmp_path / "out", build)[5:]) == 0
    assert "asking again" in capsys.readouterr().err


def test_a_node_builds_in_scratch_and_cleans_up(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, control: Path, tmp_path: Path) -> None:
    """A small repository and a stand-in for meson, which says from what it was to build."""
    source, scratch, tools = tmp_path / "source", tmp_path / "scratch", tmp_path / "tools"
    for made in (source, scratch, tools):
        made.mkdir()
    write_bench(source / "made", control)
    git = ["git", "-C", str(source), "-c", "user.name=t", "-c", "user.email=t"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    (tools / "meson").write_text('#!/bin/sh\n[ "$1" = setup ] && cp -r "$3/made" "$2"\necho "meson $1"\n')
    (tools / "meson").chmod(0o755)
    for name, value in {**cluster.environment, "PATH": f"{tools}:{cluster.environment['PATH']}", "TMPDIR": str(scratch)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(folder, "ROOT", source)
    argv = ["--partition=p", "--nodes=n1,n2", f"--out={tmp_path}/out"]
    assert slurm.main(argv) == 0
    assert os.listdir(scratch) == []
    assert (tmp_path / "out/n1/log.txt").read_text() == "meson setup\nmeson compile\nmeasuring\n"
    (tools / "meson").write_text("#!/bin/sh\necho no compiler\nexit 1\n")
    assert slurm.main([*argv[:2], f"--out={tmp_path}/other"]) == 1
    assert os.listdir(scratch) == [] and started(control) == ["n1", "n2"]


def test_a_folder_that_the_nodes_do_not_see(cluster: Cluster, build: Path, tmp_path: Path) -> None:
    """Each node's task finds no folder of its name there."""
    lines = slurm.SCRIPT.read_text().replace("folder=$1/", "folder=/nonexistent/")
    script = tmp_path / "task.sh"
    script.write_text(lines)
    text = f"from fleet import slurm; from pathlib import Path; slurm.SCRIPT = Path({str(script)!r}); raise SystemExit(slurm.main())"
    argv = ["/usr/bin/python3", "-c", text, *command(tmp_path / "out", build)[5:]]
    done = processes.run(argv, env=environment(cluster), capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout.count("do all nodes share this folder?") == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["--partition=q"], "--partition q: no such partition"),
        (["--nodes=n1,n9"], "not in partition p: n9"),
        (["--nodes=n1,n1"], "named twice"),
        (["--nodes="], "no name"),
        (["--build=/nonexistent"], "/nonexistent/bench/extram-bench: No such file"),
        (["--out=/dev/null/x"], "cannot write: Not a directory"),
        (["--", "--output=x.csv"], "--output=x.csv: not after --"),
    ],
)
def test_bad_input(changed: list[str], words: str, cluster: Cluster, build: Path, control: Path, tmp_path: Path) -> None:
    argv = [*command(tmp_path / "out", build)[:-3], *changed]
    done = processes.run(argv, env=environment(cluster), capture_output=True, text=True)
    assert (done.returncode, done.stdout, started(control)) == (2, "", [])
    assert words in done.stderr and "Traceback" not in done.stderr


def test_a_folder_of_another_run(fleet: Fleet, cluster: Cluster, build: Path, tmp_path: Path) -> None:
    assert fleet(nodes="n1").returncode == 0
    argv = [*command(tmp_path / "out", build)[:-1], "field"]
    done = processes.run(argv, env=environment(cluster), capture_output=True, text=True)
    assert done.returncode == 2 and "give another --out" in done.stderr
