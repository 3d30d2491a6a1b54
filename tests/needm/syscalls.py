#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
syscalls.py CALLBACKS: a callback makes the nine system calls of Go 1.19's, and no others. It makes
none where the m stays bound to its thread, as in Go 1.21, also if another thread may take the m.
One strategy of each kind. Exit 77: cannot be told here.
"""

import collections
import re
import shutil
import subprocess
import sys
import tempfile

EXPECTED = {"borrows": {"rt_sigprocmask": 5, "sigaltstack": 3, "gettid": 1}, "binds": {}, "may_lose": {}}
N = 500


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def counts(command):
    """System calls of a run, by name."""
    with tempfile.NamedTemporaryFile("r") as log:
        run = subprocess.run(["strace", "-f", "-o", log.name, *command], stderr=subprocess.PIPE, text=True)
        lines = log.read().splitlines()
    if run.returncode != 0:
        if "ptrace" in run.stderr.lower() or "not permitted" in run.stderr.lower():
            skip(run.stderr.strip())
        sys.exit(f"{command} ended with {run.returncode}: {run.stderr}")
    return collections.Counter(m.group(1) for m in (re.match(r"\d+\s+(\w+)\(", line) for line in lines) if m)


def main():
    if shutil.which("strace") is None:
        skip("strace is not installed")
    program = sys.argv[1]
    listed = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    strategies = dict(reversed([tuple(reversed(line.split())) for line in listed]))  # the first of each kind
    if strategies.keys() != EXPECTED.keys():
        sys.exit(f"strategies of these kinds: {strategies}; expected one of each: {list(EXPECTED)}")
    for kind, name in strategies.items():
        once, twice = counts([program, name, str(N)]), counts([program, name, str(2 * N)])
        per_callback = {call: (twice[call] - once[call]) / N for call in twice if twice[call] != once[call]}
        print(f"{name} ({kind}): system calls a callback:", per_callback)
        if per_callback != EXPECTED[kind]:
            sys.exit(f"expected: {EXPECTED[kind]}")


main()
