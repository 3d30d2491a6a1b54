# SPDX-License-Identifier: BSD-3-Clause
"""Boots a kernel in qemu, runs programs there under init.c, and passes its report on as TAP."""
from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

import initramfs

SILENT = ("-nodefaults", "-nographic", "-serial", "stdio", "-monitor", "none", "-nic", "none", "-no-reboot")


@dataclass
class Machine:
    """A panic ends qemu, too: the kernel reboots at once, and -no-reboot makes that the end."""

    qemu: str  # the program
    package: str  # Debian's, that has it
    options: list[str]  # CPUs and memory
    console: str
    kernel: Path  # the folder that fetch_kernel.sh has filled
    parameters: str = ""  # of the kernel
    seconds: int = 540  # for all of it


@dataclass
class Job:
    init: Path
    programs: list[Path]  # init's plan calls them by their names in the root folder
    plan: list[str]
    lines: list[str] = field(default_factory=list)  # what init reported


def skip(reason: str) -> None:
    """TAP's own way; meson takes exit status 77 only from programs that do not speak it."""
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def _kernel(machine: Machine) -> Path:
    found = sorted(machine.kernel.glob("boot/vmlinuz-*"))
    if not found:
        skip(f"no kernel in {machine.kernel}: tests/kernel/fetch_kernel.sh gets one")
    return found[-1]


def _command(machine: Machine, ramdisk: Path) -> list[str]:
    line = f"console={machine.console} loglevel=4 panic=-1 {machine.parameters}"
    boot = ["-kernel", str(_kernel(machine)), "-initrd", str(ramdisk), "-append", line]
    return ["timeout", "--kill-after=10", str(machine.seconds), machine.qemu, *machine.options, *SILENT, *boot]


def _report(lines: Iterator[str], job: Job) -> tuple[bool, deque[str]]:
    """Passes on what init says, and the rest as comments. Whole: did it come to its end?"""
    whole, last = False, deque[str](maxlen=40)
    for line in lines:
        line = line.rstrip()
        last.append(line)
        if line.startswith("@"):
            whole = whole or line.startswith("@1..")
            job.lines.append(line[1:])
            print(line[1:], flush=True)
        elif line:
            print("#", line, flush=True)
    return whole, last


def check_tools(machine: Machine) -> None:
    for tool, package in ((machine.qemu, machine.package), ("cpio", "cpio"), ("readelf", "binutils")):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed (package {package})")


def boot(machine: Machine, job: Job) -> int:
    """0: the kernel came to its end. What failed there stands in the report."""
    with tempfile.TemporaryDirectory() as folder:
        ramdisk = Path(folder) / "initramfs"
        initramfs.build(job.init, job.programs, "".join(line + "\n" for line in job.plan), ramdisk)
        pipe, none = subprocess.PIPE, subprocess.DEVNULL
        command = _command(machine, ramdisk)
        with subprocess.Popen(command, stdin=none, stdout=pipe, stderr=none, text=True, errors="replace") as qemu:
            whole, last = _report(iter(qemu.stdout or ()), job)
    if whole and qemu.returncode == 0:
        return 0
    print(f"Bail out! the kernel did not come to its end; {machine.qemu} ended with {qemu.returncode}")
    print("the last lines:", *last, sep="\n  ", file=sys.stderr)
    return 1
