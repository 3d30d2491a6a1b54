# SPDX-License-Identifier: BSD-3-Clause
"""The headline table of README.md is what the run says that it links to."""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

README = ROOT / "README.md"
NS = {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9}
DIGITS = 0.06  # a figure of two digits is off by half of the last one at most: 5 % of 1.0


def recorded() -> Path:
    found = re.search(r"^Medians of \[.*?\]\((results/recorded/([\w-]+)/)\)", README.read_text("utf-8"), re.M)
    assert found
    return ROOT / found[1] / f"{found[2]}.csv"


def shown() -> list[tuple[str, dict[str, str]]]:
    """Each strategy of the table with its field of each question."""
    table = re.search(r"^\| strategy \| (alone .*?) \|\n\|[-:|]+\n(.*?)\n\n", README.read_text("utf-8"), re.M | re.S)
    assert table
    questions = table[1].split(" | ")
    rows = [[field.strip() for field in line.strip("|").split("|")] for line in table[2].splitlines()]
    return [(row[0].split("`")[1], dict(zip(questions, row[1:]))) for row in rows]


def _pair(df: pd.DataFrame, level: str, threads: int, work: int) -> pd.Series:
    rows = df[(df["workload"] == "pair") & (df["level"] == level) & (df["threads"] == threads) & (df["placement"] == "compact")]
    rows = rows[(rows["hold_ns"] == work) & (rows["think_ns"] == work) & (rows["prefill"] == threads + 1)]
    return rows["ns_per_pair"]


def _crowd(df: pd.DataFrame) -> pd.Series:
    rows = df[(df["workload"] == "oversub") & (df["level"] == "list")]
    return rows.loc[rows["threads"] == rows["threads"].max(), "p999_ns"]


def _burst(df: pd.DataFrame) -> pd.Series:
    """Of the strategy's own way to wait, which is to poll where it has a choice."""
    rows = df[(df["workload"] == "coldburst") & (df["prefill"] == 1) & (df["refill"] == "go")]
    rows = rows[rows["threads"] == rows["threads"].max()]
    polls = rows[rows["waiting"] == "poll"]
    return (rows if polls.empty else polls)["all_in_ms"] * 1e6


QUESTIONS: dict[str, Callable[[pd.DataFrame, int], pd.Series]] = {
    "alone": lambda df, _: _pair(df, "list", 1, 0),
    "all CPUs": lambda df, cpus: _pair(df, "list", cpus, 0),
    "with work": lambda df, cpus: _pair(df, "list", cpus, 300),
    "p99.9": lambda df, _: _crowd(df),
    "callback": lambda df, cpus: _pair(df, "callback", cpus, 0),
    "cold burst": lambda df, _: _burst(df),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_table_is_the_recorded_run(question: str) -> None:
    df = pd.read_csv(recorded(), keep_default_na=False, na_values=[""])
    df = df[df["disturbed"] != 1]
    wrong = {}
    for strategy, fields in shown():
        value, unit = fields[question].split()
        median = QUESTIONS[question](df[df["strategy"] == strategy], int(df["cpus"].max())).median()
        if not abs(float(value) * NS[unit] - median) <= DIGITS * median:
            wrong[strategy] = (fields[question], f"{median:.4g} ns")
    assert not wrong


def test_commands_of_the_documents_are_those_of_run() -> None:
    text = (ROOT / "run").read_text("utf-8")
    usage, _, cases = text.partition('case "$command" in\n')
    told = re.findall(r"^  (\w+) .*  \w", usage.partition("<<'TEXT'")[2].partition("\nTEXT\n")[0], re.M)
    handled = {word for label in re.findall(r"^([a-z| ]+)\)", cases, re.M) for word in label.split(" | ")}
    assert set(told) == handled
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "results" / "README.md", ROOT / "tests" / "README.md"]
    named = {word for path in documents for word in re.findall(r"\./run (\w+)", path.read_text("utf-8"))}
    assert {"bench", "test"} <= named <= handled


def test_the_burst_is_as_large_as_the_text_says() -> None:
    df = pd.read_csv(recorded(), keep_default_na=False, na_values=[""])
    df = df[df["disturbed"] != 1]
    found = re.search(r"\*Cold burst\*: (\d+) new threads call", README.read_text("utf-8"))
    assert found and int(found[1]) == df.loc[df["workload"] == "coldburst", "threads"].max()


def test_the_table_has_every_question() -> None:
    assert len(shown()) >= 10 and all(list(fields) == list(QUESTIONS) for _, fields in shown())
