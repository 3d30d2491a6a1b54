#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""syscalls.py CALLBACKS [NAME]: a callback makes the nine system calls of Go 1.19's, and no others. Exit 77: cannot be told here."""

import collections
import re
import shutil
import subprocess
import sys
import tempfile

EXPECTED = {"rt_sigprocmask": 5, "sigaltstack": 3, "gettid": 1}
N = 500


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def counts(command):
    """System calls of a run, by name."""
    with tempfile.NamedTemporaryFile("r") as log:
        run = subprocess.run(["strace", "-f", "-o", log.name, *command], stderr=subprocess.PIPE, text=True, timeout=120)
        lines = log.read().splitlines()
    if run.returncode != 0:
        if "ptrace" in run.stderr.lower() or "not permitted" in run.stderr.lower():
            skip(run.stderr.strip())
        sys.exit(f"{command} ended with {run.returncode}: {run.stderr}")
    return collections.Counter(m.group(1) for m in (re.match(r"\d+\s+(\w+)\(", line) for line in lines) if m)


def main():
    if shutil.which("strace") is None:
        skip("strace is not installed")
    once, twice = counts([*sys.argv[1:], str(N)]), counts([*sys.argv[1:], str(2 * N)])
    per_callback = {name: (twice[name] - once[name]) / N for name in twice if twice[name] != once[name]}
    print("system calls a callback:", per_callback)
    if per_callback != EXPECTED:
        sys.exit(f"expected: {EXPECTED}")


main()
