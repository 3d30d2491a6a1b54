# SPDX-License-Identifier: BSD-3-Clause
"""A build that measures nothing: it answers the commands of extram-bench --serve with made-up numbers, by a script of its own.

Each build has a file speed.json: for a cell, nanoseconds a pair, chance that a block is disturbed, spread, what to do wrong. The clock is
the answers alone, so nothing in a test depends on how fast the machine is.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

SCRIPT = '''#!/usr/bin/python3 -IS
import json, math, os.path, random, sys
here = os.path.dirname(os.path.abspath(__file__))
speed = json.load(open(here + "/speed.json"))
log = open(here + "/log", "a")
draw = random.Random(f"{speed['seed']} {sum(1 for _ in open(here + '/log'))}")
cells, now, plant = list(speed["cells"]), None, 0
print(*sys.argv[1:], file=log, flush=True)
if "old" in speed:
    sys.exit("unrecognized option '--serve'")
for line in sys.stdin:
    word, _, arg = line.strip().partition(" ")
    print(line.strip(), file=log, flush=True)
    if word == "hello":
        print("ok", speed.get("protocol", 1), "0123abc", speed.get("build", "b1"), "f1", speed.get("cpus", 2), len(cells))
    elif word == "cell":
        print("ok", speed["cells"][cells[int(arg)]].get("threads", 1), cells[int(arg)])
    elif word == "units" and not arg:
        print("ok 4000 0.4")
    elif word == "select":
        now, plant = speed["cells"][arg], 0
        print("error select: lost" if now.get("fails") else "ok")
    elif word == "plant":
        plant = 0 if arg == "none" else int(arg)
        print("ok")
    elif word == "run":
        if now.get("dies") or now.get("stops", -1) == 0:
            break
        now["stops"] = now.get("stops", -1) - 1
        does = now.get("answers", 1) if plant >= now.get("long", 0) else now["answers_short"]
        ns = (now["ns"] + plant / 1000 * does) * math.exp(draw.gauss(0, now.get("spread", 0.003)))
        ns *= math.exp(draw.expovariate(2)) if draw.random() < now.get("burst", 0) else 1
        took = max(1, round(int(arg) * ns))
        waits = took if draw.random() < now.get("disturbed", 0) else 0
        print("ok", took + waits, took * now.get("threads", 1), waits, 0, now.get("losses", 0), now.get("steal", 0))
    else:
        print("ok")
    sys.stdout.flush()
'''


def fake_build(folder: Path, cells: dict[str, dict[str, Any]], **facts: Any) -> Path:
    """A build folder with such a program."""
    program = folder / "bench" / "extram-bench"
    program.parent.mkdir(parents=True)
    program.write_text(SCRIPT)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (program.parent / "speed.json").write_text(json.dumps({"seed": folder.name, "cells": cells, **facts}))
    (program.parent / "log").touch()
    return folder


def log(folder: Path) -> list[str]:
    """What it was called with and asked."""
    return (folder / "bench" / "log").read_text().splitlines()
