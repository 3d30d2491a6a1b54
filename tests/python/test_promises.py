# SPDX-License-Identifier: BSD-3-Clause
"""The promises in tests/README.md: each names a broken version, and the checkers that must find
it."""

from __future__ import annotations

import re

from conftest import ROOT

import mutant as mutants

README = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
MUTANTS = mutants.load(ROOT / "tests" / "mutants", ROOT / "tests" / "rseq" / "mutants.json")


def test_each_promise_has_a_broken_version_that_is_found() -> None:
    listed = README[README.index("| promise of `extram.h`") : README.index("## Bounds of explore")]
    found = re.findall(r"^\| .+ \| `([\w.]+)` \| ([\w, ]+) \|$", listed, re.MULTILINE)
    assert len(found) == len(listed.strip().splitlines()) - 2
    killers = {mutant.name: ", ".join(sorted(mutant.killed_by)) for mutant in MUTANTS}
    assert [(name, killers.get(name)) for name, _ in found] == found


def test_the_counts_of_mutants() -> None:
    killed = [mutant for mutant in MUTANTS if mutant.killed_by]
    of_bench = [mutant for mutant in killed if mutant.folder == "bench"]
    text = f"{len(killed)} broken versions, {len(of_bench)} of `bench/`, are found by the checkers named; "
    assert text + f"{sum(mutant.control for mutant in MUTANTS)} correct ones pass" in README
