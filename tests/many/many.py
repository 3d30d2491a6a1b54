#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
A kernel with many CPUs, in qemu: threads stand where placements say, blocks conserve their ms on a
thread a CPU and on eight, each CPU's list is used, and a run goes on while CPUs go and come and
while its cpuset shrinks. Its times mean nothing.
"""
from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kernel"))

from boot import Job, Machine, boot, check_tools  # noqa: E402

NODES = 4
MEMORY = 512  # MiB a node
# The emulated CPUs take turns: the kernel must not take a slow one for a dead one.
PATIENT = "nowatchdog nosoftlockup rcupdate.rcu_cpu_stall_suppress=1 hung_task_panic=0"
# On a busy host the kernel mistakes the emulated time stamp counter's rate: its clock runs ahead.
CLOCK = "clocksource=acpi_pm tsc=unstable"
SHORT = "--block-ms 30 --emulated --force"
GROWS = 1.2  # resident memory of a run with four times the blocks


def numa(cpus: int) -> Iterator[str]:
    for node in range(NODES):
        first, last = node * cpus // NODES, (node + 1) * cpus // NODES - 1
        yield from ("-object", f"memory-backend-ram,id=m{node},size={MEMORY}M")
        yield from ("-numa", f"node,nodeid={node},memdev=m{node},cpus={first}-{last}")


def machine(options: argparse.Namespace) -> Machine:
    common = ["-m", str(NODES * MEMORY), *numa(options.cpus), "-accel", "tcg,thread=single"]
    if options.arch == "aarch64":
        cpus = ["-M", "virt,gic-version=3", "-cpu", "neoverse-n1", "-smp", f"{options.cpus},sockets=2"]
        return Machine("qemu-system-aarch64", "qemu-system-arm", [*cpus, *common], "ttyAMA0", options.kernel, PATIENT, options.timeout)
    cpus = ["-M", "q35", "-cpu", "EPYC,+topoext", "-smp", f"{options.cpus},sockets=2,dies=2,threads=2"]
    return Machine("qemu-system-x86_64", "qemu-system-x86", [*cpus, *common], "ttyS0", options.kernel, f"{PATIENT} {CLOCK}", options.timeout)


def bench(options: argparse.Namespace, threads: int, repetitions: int, what: str = "") -> str:
    return f"/{options.bench.name} --set smoke {SHORT} -r {repetitions} -t {threads} {what} -o /tmp/{threads}.csv"


def plan(options: argparse.Namespace) -> list[str]:
    middle = ",".join(str(cpu) for cpu in (1, options.cpus // 2, options.cpus - 1))
    pair = "--only -w pair -L list"
    return [
        *(f"still 120 /{test.name}" for test in options.test),
        *(f"still 120 /{options.slabs.name} {name}" for name in options.slab),
        f"still 600 {bench(options, options.cpus, 1)}",
        f"still 600 {bench(options, 8 * options.cpus, 1, pair)}",
        f"still 600 {bench(options, options.cpus, 1, pair)}",
        f"still 600 {bench(options, options.cpus, 4, pair)}",
        f"hotplug={middle} 600 {bench(options, options.cpus, 1, pair)}",
        f"cpuset=0-{options.cpus // 2 - 1} 600 {bench(options, options.cpus, 1, pair)}",
    ]


def resident(line: str) -> int:
    found = re.search(r"exit 0, (\d+) KiB", line)
    return int(found[1]) if found else 0


def flat(options: argparse.Namespace, job: Job) -> bool:
    """Does a run with four times the blocks need about the same memory?"""
    short, long = (next((resident(line) for line in job.lines if f"-r {n} -t {options.cpus} --only" in line), 0) for n in (1, 4))
    print(f"# resident memory: {short} KiB for one round, {long} KiB for four")
    return 0 < long <= GROWS * short


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arch", choices=("x86_64", "aarch64"), required=True)
    parser.add_argument("--kernel", type=Path, required=True, help="folder that fetch_kernel.sh has filled")
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--test", type=Path, nargs="+", required=True, help="tests of placements and of NUMA homes")
    parser.add_argument("--slabs", type=Path, required=True)
    parser.add_argument("--slab", nargs="*", default=[], help="strategies with a list for each CPU")
    parser.add_argument("--cpus", type=int, default=64)
    parser.add_argument("--timeout", type=int, default=1800, help="seconds for all of it")
    options = parser.parse_args()
    check_tools(machine(options))
    job = Job(options.init, [options.bench, *options.test, options.slabs], plan(options))
    status = boot(machine(options), job)
    if status == 0 and not flat(options, job):
        print("Bail out! the harness needs more memory, the longer it runs")
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
