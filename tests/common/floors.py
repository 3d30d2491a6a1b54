#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""floors.py STRATEGY [--stress P] [--explore P] [--rseq P]: test programs that cannot cover what is
demanded fail, and say so."""
from __future__ import annotations

import argparse
import os
import subprocess

FAR = 10**12  # of anything: no machine does it in the time


def said(command: list[object], **variables: str) -> tuple[int, str]:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env={**os.environ, **variables})
    return done.returncode, done.stdout + done.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("strategy")
    parser.add_argument("--stress")
    parser.add_argument("--explore")
    parser.add_argument("--rseq")
    options = parser.parse_args()
    if options.stress:
        demand = [options.stress, options.strategy, "--phase", "mixed", "--within", 1, "--pairs", FAR, "--least", FAR]
        status, text = said(demand, EXTRAM_TEST_DEADLINE="1")
        assert status != 0 and "the test has not come to an end" in text, (status, text)
        status, text = said([options.stress, options.strategy, "--pairs", 5, "--least", 6])
        assert status == 2 and "--least 6" in text, (status, text)
    if options.explore:
        demand = [options.explore, options.strategy, "--client=turns", f"--least={FAR}"]
        status, text = said([*demand, "--mode=random", "--seconds=0.1"])
        assert status == 1 and f"--least demands {FAR}" in text, (status, text)
        # All that the bounds allow is enough, however few.
        status, text = said([*demand, "--preemptions=0", "--stale=0", "--spurious=0", "--seconds=0"])
        assert status == 0 and " exhausted" in text and "FAILED" not in text, (status, text)
    if options.rseq:
        status, text = said([options.rseq, 1, FAR])
        assert status == 77 or status == 99 and f"at least {FAR} pops" in text, (status, text)


if __name__ == "__main__":
    main()
