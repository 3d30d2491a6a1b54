# SPDX-License-Identifier: BSD-3-Clause
"""Runs one command. People use ./run model COMMAND."""

from __future__ import annotations

import sys

from results.command import checked, run  # First: it covers the imports below.

from results.doors import enter

# A line a command: its module, which has main.
COMMANDS = {
    "calibrate": "model.calibrate",
    "check": "model.check",
    "predict": "model.predict",
    "validate": "model.validate",
}
DEFAULT = "predict"  # of options alone
USAGE = f"usage: ./run model {'|'.join(COMMANDS)} [OPTION...]"


@checked
def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] and argv[0].startswith("-") and argv[0] not in ("-h", "--help", "--version"):
        argv = [DEFAULT, *argv]
    return enter("./run model", USAGE, COMMANDS, argv)


if __name__ == "__main__":
    run(main)
