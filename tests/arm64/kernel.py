#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Boots a real arm64 kernel in qemu, runs the test programs there under init.c, and passes its report on as TAP."""
from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import Iterator

import initramfs

QEMU = "qemu-system-aarch64"
NO_RSEQ = "GLIBC_TUNABLES=glibc.pthread.rseq=0"
LEAST = 1000  # pops: an emulated machine is slow
SOON = "EXTRAM_TEST_DEADLINE=20"  # what is broken may hang: the watchdog says so before init's own limit


def skip(reason: str) -> None:
    """TAP's own way; meson takes exit status 77 only from programs that do not speak it."""
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def kernel_in(folder: Path) -> Path:
    found = sorted(folder.glob("boot/vmlinuz-*"))
    if not found:
        skip(f"no kernel in {folder}: tests/arm64/fetch_kernel.sh gets one")
    return found[-1]


def plan(options: argparse.Namespace) -> Iterator[str]:
    """What init runs: programs by their names in the root folder."""
    for kind in ("still", "hotplug"):
        for program in options.rseq:
            yield f"{kind} 60 /{program.name} {options.seconds} {LEAST}"
    for program in options.broken:
        yield f"broken 180 {SOON} /{program.name} 120"
    for name in options.strategy:
        for variable in ("", f"{NO_RSEQ} ") if name in options.uses_rseq else ("",):
            if name in options.uses_rseq:
                yield f"still 240 {variable}/{options.contract.name} {name}"
            yield f"hotplug 120 {variable}/{options.stress.name} {name} --pairs {options.pairs}"


def command(options: argparse.Namespace, ramdisk: Path) -> list[str]:
    """A panic ends qemu, too: the kernel reboots at once, and -no-reboot makes that the end."""
    machine = ["-M", "virt", "-cpu", options.cpu, "-smp", str(options.cpus), "-m", "512", "-accel", "tcg,thread=multi"]
    silent = ["-nodefaults", "-nographic", "-serial", "stdio", "-monitor", "none", "-nic", "none", "-no-reboot"]
    boot = ["-kernel", str(kernel_in(options.kernel)), "-initrd", str(ramdisk), "-append", "console=ttyAMA0 loglevel=4 panic=-1"]
    return [QEMU, *machine, *silent, *boot]


def report(lines: Iterator[str]) -> tuple[bool, deque[str]]:
    """Passes on what init says, and the rest as comments. Whole: did it come to its end?"""
    whole, last = False, deque[str](maxlen=40)
    for line in lines:
        line = line.rstrip()
        last.append(line)
        if line.startswith("@"):
            whole = whole or line.startswith("@1..")
            print(line[1:], flush=True)
        elif line:
            print("#", line, flush=True)
    return whole, last


def boot(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        ramdisk = Path(folder) / "initramfs"
        programs = [*options.rseq, *options.broken, *(p for p in (options.contract, options.stress) if p)]
        initramfs.build(options.init, programs, "".join(line + "\n" for line in plan(options)), ramdisk)
        limit = ["timeout", "--kill-after=10", str(options.timeout), *command(options, ramdisk)]
        pipe, none = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(limit, stdin=none, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace") as qemu:
            whole, last = report(iter(qemu.stdout or ()))
    if whole and qemu.returncode == 0:
        return 0
    print(f"Bail out! the kernel did not come to its end; {QEMU} ended with {qemu.returncode}")
    print("the last lines:", *last, sep="\n  ", file=sys.stderr)
    return 1


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
    for tool, package in ((QEMU, "qemu-system-arm"), ("cpio", "cpio"), ("readelf", "binutils")):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed (package {package})")
    return boot(options)


if __name__ == "__main__":
    sys.exit(main())
