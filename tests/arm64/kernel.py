#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The restartable sequences and their users on an arm64 kernel in qemu, while CPUs go and come."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kernel"))

from boot import Job, Machine, boot, check_tools  # noqa: E402

NO_RSEQ = "GLIBC_TUNABLES=glibc.pthread.rseq=0"
LEAST = 1000  # pops: an emulated machine is slow
SOON = "EXTRAM_TEST_DEADLINE=20"  # what is broken may hang: the watchdog says so before init's own limit


def plan(options: argparse.Namespace) -> Iterator[str]:
    """What init runs: programs by their names in the root folder."""
    for kind in ("still", "hotplug=1"):
        for program in options.rseq:
            yield f"{kind} 60 /{program.name} {options.seconds} {LEAST}"
    for program in options.broken:
        yield f"broken 180 {SOON} /{program.name} 120"
    for name in options.strategy:
        for variable in ("", f"{NO_RSEQ} ") if name in options.uses_rseq else ("",):
            if name in options.uses_rseq:
                yield f"still 240 {variable}/{options.contract.name} {name}"
            yield f"hotplug=1 120 {variable}/{options.stress.name} {name} --pairs {options.pairs}"


def machine(options: argparse.Namespace) -> Machine:
    cpus = ["-M", "virt", "-cpu", options.cpu, "-smp", str(options.cpus), "-m", "512", "-accel", "tcg,thread=multi"]
    return Machine("qemu-system-aarch64", "qemu-system-arm", cpus, "ttyAMA0", options.kernel, seconds=options.timeout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", type=Path, required=True, help="folder that fetch_kernel.sh has filled")
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--cpu", default="neoverse-n1", help="qemu's name: with LSE atomics or without")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=540, help="seconds for all of it")
    parser.add_argument("--rseq", type=Path, nargs="*", default=[], help="programs to run for some seconds, undisturbed and under hotplug")
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--broken", type=Path, nargs="*", default=[], help="programs that must find themselves broken")
    parser.add_argument("--contract", type=Path)
    parser.add_argument("--stress", type=Path)
    parser.add_argument("--pairs", type=int, default=10000)
    parser.add_argument("--strategy", nargs="*", default=[], help="names for stress")
    parser.add_argument("--uses-rseq", nargs="*", default=[], help="those of them to run without rseq, too, and for contract")
    options = parser.parse_args()
    programs = [*options.rseq, *options.broken, *(p for p in (options.contract, options.stress) if p)]
    check_tools(machine(options))
    return boot(machine(options), Job(options.init, programs, list(plan(options))))


if __name__ == "__main__":
    sys.exit(main())
