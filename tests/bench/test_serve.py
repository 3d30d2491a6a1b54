# SPDX-License-Identifier: BSD-3-Clause
"""extram-bench --serve: one answer for each command, and what it does not understand leaves it
alive."""
from __future__ import annotations

import subprocess

import processes
import pytest
from conftest import COMMAND, Bench, cells


def serve(commands: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    text = "".join(command + "\n" for command in commands)
    return processes.run(
        [*COMMAND, "--serve", "--workload", "pair,latency", *options], input=text, capture_output=True, text=True
    )


def answers(commands: list[str], *options: str) -> list[str]:
    done = serve(commands, *options)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(commands)
    return lines


@pytest.fixture
def cell(bench: Bench, strategies: list[str]) -> str:
    """A cell of two threads."""
    return cells(bench("--list=tsv", "--filter", f"^pair/list/{strategies[1]}/threads:2/.*hold:0"))[0]


def test_hello_and_cells_agree_with_the_list(bench: Bench) -> None:
    listed = cells(bench("--list=tsv", "--workload", "pair,latency"))
    hello = answers(["hello"])[0].split()
    assert hello[:2] == ["ok", "1"] and len(hello) == 7
    names = [line.split()[2] for line in answers([f"cell {i}" for i in range(int(hello[6]))])]
    assert [name for name in names if name not in listed] == [] and names


def test_a_block_has_its_six_numbers(cell: str) -> None:
    ran = answers([f"select {cell}", "run 1000", "run 1", "leave"])
    assert ran[0] == ran[3] == "ok"
    for line in ran[1:3]:
        words = line.split()
        assert words[0] == "ok" and len(words) == 7 and all(word.isdigit() for word in words[1:])
        assert int(words[1]) > 0


def test_cells_follow_each_other(cell: str) -> None:
    assert set(answers([f"select {cell}", "leave", f"select {cell}", f"select {cell}", "leave", "leave"])) == {"ok"}


def test_the_planted_loops_run(cell: str) -> None:
    lines = answers([f"select {cell}", "plant 0", "run 500", "plant 100000", "run 500", "plant none", "run 500"])
    assert all(line.startswith("ok") for line in lines)


def test_units_are_taken_over() -> None:
    assert answers(["units 1000.5 0.25", "units"]) == ["ok", "ok 1000.5 0.25"]


def test_the_end_of_input_is_the_end(cell: str) -> None:
    assert serve([]).returncode == 0
    assert serve([f"select {cell}", "run 10"]).returncode == 0


BAD = (
    *("", "nosuch 1", "selec x", "run 10", "select nosuch", "select", "cell 100000", "cell -1", "cell"),
    *("plant", "plant -5", "plant 100000001", "plant 99999999999999999999"),
    *("units 1", "units 1 0", "units nan 1", "units 1 1 1"),
)


@pytest.mark.parametrize("command", BAD)
def test_a_bad_command_is_answered_and_the_next_one_served(command: str) -> None:
    error, after = answers([command, "units 2 1"])
    assert error.startswith("error ") and command.split(" ")[0] in error
    assert after == "ok"


@pytest.mark.parametrize("pairs", ["", "0", "-1", "1.5", "1e3", "ten", "1 2", "1000000000001"])
def test_a_bad_number_of_pairs(cell: str, pairs: str) -> None:
    error = answers([f"select {cell}", f"run {pairs}", "leave"])[1]
    assert error.startswith("error run: ") and f"'{pairs}'" in error


def test_only_pairs_are_served(bench: Bench) -> None:
    latency = cells(bench("--list=tsv", "--workload", "latency"))[0]
    assert answers([f"select {latency}"])[0].startswith("error select: ")


def test_a_refused_cell_leaves_none_selected(cell: str) -> None:
    assert answers([f"select {cell}", "select nosuch", "run 10"])[2].startswith("error run: ")


def test_nobody_reads(cell: str) -> None:
    """The answers go to a full device."""
    with open("/dev/full", "w", encoding="ascii") as full:
        command = [*COMMAND, "--serve", "--workload", "pair"]
        done = processes.run(command, input="units 2 1\nunits\n", stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "standard output" in done.stderr
