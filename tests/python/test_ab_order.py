# SPDX-License-Identifier: BSD-3-Clause
"""The interleaved comparison: a coin gives each quad's order, the order of cells changes, and what
makes a block unclean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from ab_fakes import fake_build, in_process, log

from compare.ab import run as ab_run
from compare.ab.bench import Block
from compare.ab.run import Cell, Comparison, Plan, calibrate, quad
from compare.ab.stats import Rules

CLEAN = Block(elapsed_ns=1000, thread_ns=10_000_000, run_wait_ns=0, nvcsw=0, nivcsw=0, steal_ns=0)
QUADS = 400


class Told:
    """Answers with blocks of its own, and writes down whose turn it was."""

    def __init__(self, name: str, turns: list[str], blocks: Sequence[Block]) -> None:
        self.name, self.turns, self.blocks = name, turns, list(blocks)

    def run(self, pairs: int) -> Block:
        self.turns.append(self.name)
        return self.blocks.pop(0)


@pytest.mark.parametrize(("flip", "order"), [(False, "ABBA"), (True, "BAAB")])
def test_a_quad_is_balanced_and_its_value_is_b_over_a(flip: bool, order: str) -> None:
    turns: list[str] = []
    a = Told("A", turns, [replace(CLEAN, thread_ns=1000), replace(CLEAN, thread_ns=4000)])
    b = Told("B", turns, [replace(CLEAN, thread_ns=3000), replace(CLEAN, thread_ns=12000)])
    value = quad(a, b, 1, flip)  # type: ignore[arg-type]
    assert "".join(turns) == order
    assert value == pytest.approx(math.log(3))


def test_a_quad_ends_at_the_first_block_that_is_not_clean() -> None:
    turns: list[str] = []
    a = Told("A", turns, [CLEAN])
    b = Told("B", turns, [replace(CLEAN, steal_ns=1)])
    assert quad(a, b, 1, False) is None  # type: ignore[arg-type]
    assert turns == ["A", "B"]


@pytest.mark.parametrize(
    ("block", "clean"),
    [
        (CLEAN, True),
        (replace(CLEAN, run_wait_ns=10), True),
        (replace(CLEAN, run_wait_ns=11), False),
        (replace(CLEAN, run_wait_ns=None), True),
        (replace(CLEAN, nivcsw=5), True),
        (replace(CLEAN, nivcsw=6), False),
        (replace(CLEAN, nvcsw=1000), True),
        (replace(CLEAN, steal_ns=1), False),
        (replace(CLEAN, thread_ns=0), False),
    ],
)
def test_the_environment_alone_decides_what_is_clean(block: Block, clean: bool) -> None:
    """At most a hundredth of the time waiting, and one involuntary switch in 2 ms."""
    assert block.clean is clean


def flips(folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> list[bool]:
    """The coins of a comparison of one cell."""
    thrown: list[bool] = []

    def note(a: object, b: object, pairs: int, flip: bool) -> float:
        thrown.append(flip)
        return -0.03 if len(thrown) % 2 else 0.03  # no verdict before the end

    monkeypatch.setattr(ab_run, "quad", note)
    sides = [fake_build(folder / f"{side}{seed}", {"one": {"ns": 20}}) for side in "AB"]
    first, second = (in_process([str(side / "bench" / "extram-bench")], []) for side in sides)
    plan = Plan(quads=QUADS, launches=10, seed=seed)
    Comparison((first, second), [Cell("one", 1)], plan, Rules(pass_bound=0.01), progress=lambda *_: None).run()
    return thrown


def test_a_fair_coin_gives_the_order_of_each_quad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thrown = [flips(tmp_path, monkeypatch, seed) for seed in range(5)]
    assert all(len(one) == QUADS for one in thrown)
    assert all(0.4 < sum(one) / QUADS < 0.6 for one in thrown)
    assert len({tuple(one) for one in thrown}) == 5
    # No order follows from the one before.
    changes = [sum(x != y for x, y in zip(one, one[1:])) for one in thrown]
    assert all(0.4 < count / QUADS < 0.6 for count in changes)


def test_cells_come_in_another_order_in_each_launch(tmp_path: Path) -> None:
    names = [f"cell{n}" for n in range(12)]
    sides = [fake_build(tmp_path / side, {name: {"ns": 20, "spread": 1.5} for name in names}) for side in "AB"]
    first, second = (in_process([str(side / "bench" / "extram-bench")], []) for side in sides)
    plan = Plan(quads=20, launches=10)
    Comparison((first, second), [Cell(name, 1) for name in names], plan, Rules(), progress=lambda *_: None).run()
    selected = [line.split()[1] for line in log(sides[0]) if line.startswith("select")]
    launches = [tuple(selected[n : n + len(names)]) for n in range(0, len(selected), len(names))]
    assert len(launches) == 10 and all(sorted(launch) == sorted(names) for launch in launches)
    assert len(set(launches)) == 10 and tuple(names) not in launches


@pytest.mark.parametrize("threads", [1, 2])
def test_a_block_is_as_long_as_planned(threads: int) -> None:
    """By the fastest of a few: 25 ns a pair, in each thread."""

    class Steady:
        slower = 0

        def run(self, pairs: int) -> Block:
            self.slower = (self.slower + 1) % 3
            took = pairs * 25 * (1 + self.slower)
            return replace(CLEAN, elapsed_ns=took, thread_ns=took * threads)

    assert calibrate(Steady(), threads, 5) == pytest.approx(5e6 / 25, rel=0.01)  # type: ignore[arg-type]
