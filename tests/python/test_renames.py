# SPDX-License-Identifier: BSD-3-Clause
"""A strategy of an older file is read under its present name."""
from __future__ import annotations

import pytest
from conftest import ROOT, Write, row

from results import renames
from results.columns import ResultError
from results.schema import load

OLDER = ROOT / "results" / "recorded" / "zen5-2vcpu" / "zen5-2vcpu.csv"


def test_rows_have_the_present_name(write: Write) -> None:
    found = load(write([row(strategy="go1.19-seed"), row(strategy="go1.19"), row(strategy="go1.19-77b1f23a")]))
    assert found["strategy"].tolist() == ["go1.19-77b1f23a", "go1.19", "go1.19-77b1f23a"]


def test_other_texts_stay(write: Write) -> None:
    assert load(write([row(variant="go1.19-seed")]))["variant"].tolist() == ["go1.19-seed"]


def test_a_recorded_run_has_the_present_name() -> None:
    assert "go1.19-seed" in OLDER.read_text(encoding="utf-8")
    assert {"go1.19", "go1.19-77b1f23a", "go1.19-futex"} <= set(load(OLDER)["strategy"])
    assert "go1.19-seed" not in set(load(OLDER)["strategy"])


def test_no_name_is_older_and_present() -> None:
    found = renames.renames()
    assert found and not set(found) & set(found.values())


def test_a_definition_that_is_wrong_is_refused() -> None:
    assert renames.parse('/* text */\nRENAME("a-b", "c.d")\n', "here") == {"a-b": "c.d"}
    for line in ('RENAME("a")', 'RENAME(a, b)', 'RENAME("a", "b") more'):
        with pytest.raises(ResultError, match="here:2"):
            renames.parse(f"/* text */\n{line}\n", "here")
