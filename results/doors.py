# SPDX-License-Identifier: BSD-3-Clause
"""A package with several commands: what its __main__ does."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from results.command import say, version


def enter(door: str, usage: str, commands: Mapping[str, str], argv: list[str]) -> int:
    """Runs the main of the module that the first word names. Returns its status, or 2 for bad
    usage, which is printed."""
    if argv[:1] in (["-h"], ["--help"]):
        print(usage)
        return 0
    if argv[:1] == ["--version"]:
        print(version(door))
        return 0
    if not argv or argv[0] not in commands:
        say(f"{door}: {argv[0]!r} is not one of {', '.join(commands)}" if argv else usage)
        return 2
    status: int = importlib.import_module(commands[argv[0]]).main(argv[1:])
    return status
