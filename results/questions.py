# SPDX-License-Identifier: BSD-3-Clause
"""The headline questions of questions.def, which the C program includes too, and the rows that
answer them.

The rules are those of bench/row/questions.c and bench/row/answers.c; a test compares both on one
file.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from results.columns import ResultError, table

if TYPE_CHECKING:
    import pandas

DEFINITION = Path(__file__).with_name("questions.def")
THREADS = ("ONE", "ALL", "MOST", "COUNT")
# Nanoseconds in a column's unit, by the end of its name.
UNITS = {"_ms": 1e6, "_us": 1e3}

_WORD = r"\s*(\w+)\s*"
_QUESTION = re.compile(rf'QUESTION\({_WORD},\s*"((?:[^"\\]|\\.)*)"\s*,{",".join([_WORD] * 8)}\)\s*$')


@dataclass(frozen=True)
class Question:
    name: str
    heading: str
    workload: str
    level: str
    threads: str  # one of THREADS
    work_ns: int  # hold and think
    prefill: int  # 0: threads + 1
    column: str

    @property
    def unit_ns(self) -> float:
        return next((ns for end, ns in UNITS.items() if self.column.endswith(end)), 1.0)


def _question(line: str, where: str) -> Question:
    match = _QUESTION.match(line)
    if not match:
        raise ResultError(f"{where}: questions: expected QUESTION(name, \"heading\", eight words) on one line")
    name, heading, workload, level, threads, work, prefill, column, *plan = match.groups()
    if threads not in THREADS or column not in table().names:
        raise ResultError(f"{where}: {name}: unknown threads {threads} or column {column}")
    if not all(number.isdecimal() for number in (work, prefill, *plan)):
        raise ResultError(f"{where}: {name}: work, prefill, block_ms and in_round must be whole numbers")
    return Question(name, re.sub(r"\\(.)", r"\1", heading), workload, level, threads, int(work), int(prefill), column)


def parse(text: str, where: str) -> tuple[Question, ...]:
    lines = enumerate(text.splitlines(), 1)
    return tuple(_question(line, f"{where}:{n}") for n, line in lines if line.startswith("QUESTION"))


@functools.lru_cache(maxsize=None)
def questions() -> tuple[Question, ...]:
    try:
        return parse(DEFINITION.read_text(encoding="utf-8"), str(DEFINITION))
    except OSError as error:
        raise ResultError(f"{DEFINITION}:1: questions: {error.strerror}") from error


def _threads_match(question: Question, df: pandas.DataFrame) -> pandas.Series:
    if question.threads == "ONE":
        return df["threads"] == 1
    return df["threads"] == df["cpus"] if question.threads == "ALL" else df["threads"] > df["cpus"]


def asks(question: Question, df: pandas.DataFrame) -> pandas.Series:
    """For each row, whether it belongs to the question."""
    prefill = question.prefill if question.prefill else df["threads"] + 1
    return (
        (df["workload"] == question.workload) & (df["level"] == question.level) & (df["prefill"] == prefill)
        & (df["hold_ns"] == question.work_ns) & (df["think_ns"] == question.work_ns)
        & df["refill"].isin(["", "go"]) & _threads_match(question, df)
    )  # fmt: skip


def answering(question: Question, df: pandas.DataFrame) -> pandas.DataFrame:
    """The rows that stand for the question, disturbed blocks among them.

    They are those with the most threads. Of a strategy with several ways to wait or placements,
    they are its polling rows, or else those of its first row, and of the placement of the first
    such row.
    """
    rows = df[asks(question, df)]
    rows = rows[rows["threads"] == rows["threads"].max()]
    line = ["strategy", "variant"]
    # A stable sort: the first polling row of each strategy, or its first row.
    first = rows.assign(_waits=rows["waiting"] != "poll").sort_values("_waits", kind="stable").drop_duplicates(line)
    chosen = {tuple(one) for one in first[[*line, "waiting", "placement"]].itertuples(index=False)}
    stands = [tuple(one) in chosen for one in rows[[*line, "waiting", "placement"]].itertuples(index=False)]
    return rows.loc[stands]


def answers(question: Question, df: pandas.DataFrame) -> pandas.Series:
    """Each row's answer in ns. NaN: none."""
    return df[question.column] * question.unit_ns
