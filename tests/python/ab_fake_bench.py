# SPDX-License-Identifier: BSD-3-Clause
"""Answers the commands of extram-bench --serve with made-up numbers. As a program it starts fast:
nothing but these modules."""

import json
import math
import random
import sys
from typing import Any, Optional, TextIO


class FakeBench:
    """Of the build in a folder: speed.json there says what it answers, log what it was asked."""

    def __init__(self, folder: str, arguments: list[str]) -> None:
        with open(f"{folder}/speed.json", encoding="utf-8") as file:
            self.speed = json.load(file)
        with open(f"{folder}/log", encoding="utf-8") as file:
            self.draw = random.Random(f"{self.speed['seed']} {sum(1 for _ in file)}")
        self.log: TextIO = open(f"{folder}/log", "a", encoding="utf-8")
        self.cells = list(self.speed["cells"])
        self.now: dict[str, Any] = {}
        self.plant = 0
        self._note(" ".join(arguments))

    def _note(self, line: str) -> None:
        print(line, file=self.log, flush=True)

    def close(self) -> None:
        self.log.close()

    def answer(self, line: str) -> Optional[str]:
        """None: it ends without a word."""
        self._note(line)
        word, _, arg = line.partition(" ")
        speed = self.speed
        if word == "hello":
            return f"ok {speed.get('protocol', 1)} 0123abc {speed.get('build', 'b1')} f1 {speed.get('cpus', 2)} {len(self.cells)}"
        if word == "cell":
            name = self.cells[int(arg)]
            return f"ok {speed['cells'][name].get('threads', 1)} {name}"
        if word == "units" and not arg:
            return "ok 4000 0.4"
        if word == "select":
            self.now, self.plant = speed["cells"][arg], 0
            return "error select: lost" if self.now.get("fails") else "ok"
        if word == "plant":
            self.plant = 0 if arg == "none" else int(arg)
        return self._run(int(arg)) if word == "run" else "ok"

    def _run(self, pairs: int) -> Optional[str]:
        now, draw = self.now, self.draw
        if now.get("dies") or now.get("stops", -1) == 0:
            return None
        now["stops"] = now.get("stops", -1) - 1
        does = now.get("answers", 1) if self.plant >= now.get("long", 0) else now["answers_short"]
        ns = (now["ns"] + self.plant / 1000 * does) * math.exp(draw.gauss(0, now.get("spread", 0.003)))
        ns *= math.exp(draw.expovariate(2)) if draw.random() < now.get("burst", 0) else 1
        took = max(1, round(pairs * ns))
        waits = took if draw.random() < now.get("disturbed", 0) else 0
        told = "unknown" if now.get("blind") else waits
        return f"ok {took + waits} {took * now.get('threads', 1)} {told} 0 {now.get('losses', 0)} {now.get('steal', 0)}"


def main(folder: str) -> None:
    bench = FakeBench(folder, sys.argv[1:])
    if "old" in bench.speed:
        sys.exit("unrecognized option '--serve'")
    for line in sys.stdin:
        answer = bench.answer(line.strip())
        if answer is None:
            break
        print(answer, flush=True)
