# SPDX-License-Identifier: BSD-3-Clause
"""Runs one command. People use ./run fleet slurm, ./run submit and ./run merge."""

from __future__ import annotations

import sys

from results.command import checked, run  # First: it covers the imports below.

from results.doors import enter

COMMANDS = {"slurm": "fleet.slurm", "submit": "fleet.submit", "merge": "fleet.merge"}
USAGE = "usage: ./run fleet slurm, ./run submit or ./run merge [OPTION...]"


@checked
def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    return enter("./run fleet", USAGE, COMMANDS, argv)


if __name__ == "__main__":
    run(main)
