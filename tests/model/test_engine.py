# SPDX-License-Identifier: BSD-3-Clause
"""What holds in every run of extram-model. The program itself fails if a line has two owners, an m
has two, a request is never served, or the list is not whole at the end."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "small.ini"
PROGRAM = os.environ["EXTRAM_MODEL"]
NO_COSTS = [f"--set={key}=0" for key in ("hold_min", "hold_max", "clean_gap")] + ["--set=cas=0.2"]  # time passes in a loop


def run(*options: str) -> str:
    return subprocess.run([PROGRAM, "-m", str(SMALL), *options], check=True, stdout=subprocess.PIPE, text=True).stdout


def rows(*options: str) -> list[dict[str, str]]:
    lines = [line.split("\t") for line in run(*options).splitlines()]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def names(kind: str) -> list[str]:
    return [line.split("\t")[1] for line in run("--list").splitlines() if line.startswith(kind)]


def thread_ns(*options: str) -> float:
    return float(rows(*options)[0]["thread_ns"])


STRATEGIES = names("strategy")
ALL = ["--program", ",".join(f"strategy:{name}" for name in STRATEGIES), "--set=instruction=1"]
PREEMPTED = ["--cpus=0,2", "--set=slice=700", "--set=context_switch=100", "--set=timer_slack=100", "--us=300"]


@pytest.mark.parametrize(
    "load", [[], ["--hold=100", "--think=100"], ["--fixed", "--think=500"], ["--fill=neighbours", "--set=home_detour=1", "--set=home=2"]]
)
def test_strategies_keep_their_promises(load: list[str]) -> None:
    found = rows(*ALL, "-t", "1,2,3,4,8,12", "--us=40", *load)
    assert len(found) == 6 * len(STRATEGIES)
    assert all(int(row["operations"]) > 0 for row in found)


@pytest.mark.parametrize("seed", (1, 2))
def test_more_threads_than_cpus(seed: int) -> None:
    """Preempted anywhere, also in the middle of a sequence."""
    assert all(int(row["operations"]) > 0 for row in rows(*ALL, "-t", "3,6", f"--seed={seed}", *PREEMPTED))


@pytest.mark.parametrize("ms", ["1", "2"])
def test_gets_that_wait(ms: str) -> None:
    rows(*ALL, "-t", "4", f"--ms={ms}", "--us=200", "--hold=50")


def test_ll_sc() -> None:
    found = rows(*ALL, "-t", "2,6", "--us=40", "--set=llsc=1", "--set=llsc_window=3")
    assert all(int(row["operations"]) > 0 for row in found)


def test_kernels() -> None:
    names_of = ",".join(f"kernel:{name}" for name in names("kernel") if name not in ("ping", "hop"))
    assert all(int(row["operations"]) > 0 for row in rows("--program", names_of, "-t", "2,6,12", "--us=100", "--hold=50"))


def test_same_seed_same_bytes() -> None:
    options = [*ALL, "-t", "2,6", "--us=40", "--hold=100"]
    assert run(*options) == run(*options)
    assert run(*options) != run("--seed=2", *options)


def test_an_add_alone() -> None:
    """An add, or two, of 4 ns each. The line stays."""
    assert thread_ns("-S", "add") == 4
    assert thread_ns("-S", "add_twice") == 8
    assert thread_ns("-S", "add", "--fixed", "--hold=30", "--think=100") == 134
    assert thread_ns("-S", "add", "--set=add=9") == 9


def test_loops_alone() -> None:
    """A load of 1 ns and a compare-and-swap of 6; an exchange of 8 and a store of 2."""
    assert thread_ns("-S", "cas_loop") == 7
    assert thread_ns("-S", "tas") == 10


def test_instructions_are_spread_over_accesses() -> None:
    """Ten of 0.5 ns more for each operation, whatever its accesses."""
    for name in ("add", "add_twice", "cas_loop", "tas"):
        without, more = (thread_ns("-S", name, "--set=instruction=0.5", f"--instructions={n}") for n in (0, 10))
        assert more - without == pytest.approx(5, abs=0.01)


def test_kernels_and_strategies_of_one_name() -> None:
    """They are different programs."""
    for name in set(names("kernel")) & set(STRATEGIES):
        assert thread_ns("-S", f"kernel:{name}") == thread_ns("-S", name)
        assert thread_ns("-S", f"strategy:{name}") > thread_ns("-S", name)


@pytest.mark.parametrize("cpus", ["0,2", "0,4", "2,8"])
def test_twice_the_ways_take_twice_the_time(cpus: str) -> None:
    """Nearly without costs and holds, a hand-over is nothing but ways."""
    options = ["-S", "ping", "-t", "2", f"--cpus={cpus}", "--us=40", *NO_COSTS]
    twice = ["--set=near=20", "--set=system=200"]
    assert thread_ns(*options) > 0
    assert thread_ns(*options, *twice) == pytest.approx(2 * thread_ns(*options), rel=0.02)


def test_a_far_thread_has_its_turn() -> None:
    """Where four near ones and their siblings take a line, the fifth of another package gets it."""
    for home in ("0", "1"):
        (row,) = rows("-S", "add", "-t", "5", "--cpus=0,1,2,3,4", f"--set=home_detour={home}", "--set=home=2", "--us=1000")
        assert float(row["jain"]) > 0.5


@pytest.mark.parametrize(
    "bad",
    [
        ["-S", "nobody"],
        ["-S", "strategy:add"],
        ["-S", "kernel:" + next((name for name in STRATEGIES if name not in names("kernel")), "no strategy")],
        ["-S", "add", "--set=near"],
        ["-S", "add", "--set=nothing=1"],
        ["-S", "add", "-t", "0"],
        ["-S", "add", "--cpus=99"],
        ["-S", "add", "--set=near=-1"],
    ],
)
def test_bad_usage(bad: list[str]) -> None:
    done = subprocess.run([PROGRAM, "-m", str(SMALL), *bad], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.strip()
