# SPDX-License-Identifier: BSD-3-Clause
"""The program and the Python readers agree on which rows answer the headline questions: one made-up
file, read by both."""
from __future__ import annotations

import csv
import random
from pathlib import Path

import processes
import pytest
from conftest import COMMAND

from results import questions
from results.columns import table
from results.schema import load

NAME, VALUE = 22, 13  # columns of the screen
SOUND = {
    "schema": table().schema, "run_id": "20250301T101500Z-7", "time_utc": "2025-03-01T10:15:00Z", "git_rev": "0123abc",
    "build_id": "89abcdef", "fingerprint": "00112233", "arch": "x86_64", "cpu_model": "Example CPU", "source": "measured",
    "cpus": 2, "bound": 1, "rep": 0, "windows": 10, "windows_clean": 9, "pairs": 1000, "wall_ns": 20000, "timer_step_ns": 1,
    "timer_floor_ns": 20, "ms_created": 2, "ms_retained": 2, "nvcsw": 0, "nivcsw": 0,
}  # fmt: skip


def made_up(seed: int, count: int) -> list[dict[str, object]]:
    """Rows near to what the questions ask for: each axis is off now and then."""
    chance, rows = random.Random(seed), []
    for slot in range(count):
        workload = chance.choice(["pair", "pair", "oversub", "coldburst", "churn"])
        threads = chance.choice([1, 2, 2, 3, 8] if workload == "pair" else [2, 8, 64, 64])
        value = 2 * chance.randrange(50, 500)  # three digits, which the screen prints as they are, and the mean of two is whole
        work = chance.choice([0, 0, 300])
        rows.append({
            "workload": workload, "level": chance.choice(["list", "callback"]), "strategy": chance.choice(["alpha", "beta", "zero"]),
            "variant": chance.choice(["", "", "", "big"]), "threads": threads, "placement": chance.choice(["compact", "compact", "scatter"]),
            "hold_ns": work, "think_ns": chance.choice([work, work, work, 300]), "slot": slot,
            "prefill": chance.choice([threads + 1, threads + 1, 1, 64]), "waiting": chance.choice(["", "poll", "futex"]),
            "refill": chance.choice(["", "go", "go", "one"]), "disturbed": chance.choice(["", 0, 0, 1]),
            "ns_per_pair": value if workload == "pair" else "", "p999_ns": value if workload == "oversub" else "",
            "all_in_ms": value if workload == "coldburst" else "",
        })  # fmt: skip
    return [{**SOUND, **row, "floor": int(row["strategy"] == "zero"), "fallback": int(row["variant"] != "")} for row in rows]


def write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, table().names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def by_program(path: Path) -> dict[tuple[str, int], str]:
    """Strategy and number of the question → what the screen says."""
    done = processes.run([*COMMAND, "--table", "screen", str(path)], capture_output=True, text=True, check=True)
    lines = done.stdout.split("\n\n")[0].splitlines()[2:]
    cells = {(line[:NAME].replace("(floor)", "").strip(), n): line[NAME + VALUE * n : NAME + VALUE * (n + 1)].strip()
             for line in lines for n in range(len(questions.questions()))}  # fmt: skip
    return {key: cell for key, cell in cells.items() if cell.strip("-*")}


def by_readers(path: Path) -> dict[tuple[str, int], str]:
    found = {}
    for n, question in enumerate(questions.questions()):
        for (strategy, variant), rows in questions.answering(question, load(path)).groupby(["strategy", "variant"]):
            marked = rows["disturbed"] == 1
            some = rows[~marked] if (~marked).any() else rows
            median = questions.answers(question, some).median() / question.unit_ns
            unit = "ms" if question.unit_ns > 1 else "ns"
            found[f"{strategy}:{variant}" if variant else strategy, n] = f"{median:.0f} {unit}" + ("~" if marked.all() else "")
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_program_and_the_readers_agree(tmp_path: Path, seed: int) -> None:
    write(tmp_path / "a.csv", made_up(seed, 1500 if seed % 2 else 150))
    shown, expected = by_program(tmp_path / "a.csv"), by_readers(tmp_path / "a.csv")
    assert {key: cell.rstrip("*") for key, cell in shown.items()} == expected
    assert len({n for _, n in expected}) >= (6 if seed % 2 else 1)
