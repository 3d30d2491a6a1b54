# SPDX-License-Identifier: BSD-3-Clause
"""The gate's verdicts, and what it keeps on file."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

GATE = Path(__file__).resolve().parents[1] / "gate"
sys.path.insert(0, str(GATE))

import cost_table  # noqa: E402
import ledger  # noqa: E402
from disassembly import Measured  # noqa: E402
from ledger import Ledger, Recorded, Row  # noqa: E402
from program import Compiler, Failed  # noqa: E402

spec = importlib.util.spec_from_file_location("gate_run", GATE / "run.py")
assert spec is not None and spec.loader is not None
gate = importlib.util.module_from_spec(spec)
sys.modules["gate_run"] = gate  # where its data classes look for themselves
spec.loader.exec_module(gate)

CC = Compiler(("cc",), "gcc", "12.2.0", "x86_64")
ALPHA = Row("alpha", "list", "")


def measured(instructions: int | Fraction, atomics: int = 0, libc: int = 0, needm: int = 0) -> Measured:
    own = {"instructions": Fraction(instructions)} | ({"atomics": Fraction(atomics)} if atomics else {})
    lines = ["get:", *(f"       1  insn {n}" for n in range(int(instructions)))]
    listing = {"loops": lines, "needm": ["needm:", f"{needm:>8}  ret"] if needm else [], "libc": [f"{libc:>8}  in lock"] if libc else []}
    return Measured(own, {"instructions": Fraction(libc)} if libc else {}, {"xchg": Fraction(atomics)} if atomics else {}, listing)


def kept(got: Measured) -> Recorded:
    return Recorded(got.own, got.libc, got.names)


@pytest.mark.parametrize(
    ("new", "ok", "text"),
    [
        (measured(20, 2, 5), True, ""),
        (measured(21, 2, 5), False, "worse: instructions 20 -> 21"),
        (measured(19, 2, 5), False, "better, to be recorded with --update: instructions 20 -> 19"),
        (measured(20, 3, 5), False, "worse: atomics 2 -> 3"),
        (measured(15, 3, 5), False, "worse: instructions 20 -> 15, atomics 2 -> 3"),
        (measured(20, 0, 5), False, "better, to be recorded with --update: atomics 2 -> 0"),
        (measured(20 + Fraction(1, 64), 2, 5), False, "worse: instructions 20 -> 1281/64"),
        (measured(20, 2, 6), False, "worse: C library's instructions 5 -> 6"),
    ],
)
def test_one_more_or_less_is_told(new: Measured, ok: bool, text: str) -> None:
    assert ledger.judge(kept(measured(20, 2, 5)), new, same_libc=True) == ledger.Verdict(ok, text)


def test_another_library_is_not_judged_but_our_part_is() -> None:
    old = kept(measured(20, 2, 5))
    assert ledger.judge(old, measured(20, 2, 9), same_libc=False).ok
    assert not ledger.judge(old, measured(21, 2, 9), same_libc=False).ok


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = {ALPHA: kept(measured(20 + Fraction(1, 64), 2, 5)), Row("beta", "callback", "fast"): kept(measured(7))}
    ledger.write(tmp_path / "new", Ledger("12.2.0", "abc", rows))
    assert ledger.read(tmp_path / "new") == Ledger("12.2.0", "abc", rows)
    assert ledger.read(tmp_path / "none") is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"compiler": "1", "libc": "2", "rows": [{}]}', '{"compiler": "1", "libc": 2, "rows": [3]}'],
)
def test_a_broken_ledger_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "counts.json").write_text(text, encoding="utf-8")
    with pytest.raises(Failed, match="not a table of counts"):
        ledger.read(tmp_path)


def found(*rows: tuple[Row, Measured | None]) -> list[object]:
    return [gate.Found(row, got, "" if got else "no exact count") for row, got in rows]


Checked = Callable[..., tuple[int, str]]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], baseline: Path) -> Checked:
    """Failures, and what was printed."""

    def check(now: list[object], libc: str = "abc", cc: Compiler = CC) -> tuple[int, str]:
        monkeypatch.setattr(ledger, "BASELINE", baseline)
        monkeypatch.setattr(gate, "count_all", lambda *_: now)
        monkeypatch.setattr(gate.program, "built", lambda *_: nullcontext(SimpleNamespace(libc=libc, encoding="", compiler=cc)))
        tap = gate.Tap()
        gate.check(tap, cc, "", argparse.Namespace(impls=None, strategies=[], flat=False))
        return tap.failed, capsys.readouterr().out

    return check


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    gate.record(tmp_path / "x86_64-gcc-12", CC, found((ALPHA, measured(3, 1, 5, needm=4))), "abc", True)
    return tmp_path


def test_the_same_passes(checked: Checked) -> None:
    failed, text = checked(found((ALPHA, measured(3, 1, 5, needm=4))))
    assert failed == 0 and text == "ok 1 - x86_64-gcc-12 alpha list: 8 instructions, 1 atomic\n"


def test_one_more_fails_with_the_code(checked: Checked) -> None:
    failed, text = checked(found((ALPHA, measured(4, 1, 5, needm=4))))
    assert failed == 1 and text.startswith("not ok 1 - x86_64-gcc-12 alpha list")
    assert "# x86_64-gcc-12: alpha list: worse: instructions 3 -> 4\n" in text
    assert "# +       1  insn 3\n" in text and "# -" not in text.replace("# ---", "")


def test_a_change_of_needm_is_shown_once(checked: Checked) -> None:
    other = Row("alpha", "callback", "")
    rows = found((ALPHA, measured(4, needm=5)), (other, measured(4, needm=5)))
    text = checked(rows)[1]
    assert text.count("# -       4  ret\n") == 1 and text.count("# +       5  ret\n") == 1


def test_a_new_strategy_is_skipped_visibly(checked: Checked) -> None:
    failed, text = checked(found((Row("beta", "list", ""), measured(4))))
    assert failed == 0 and "# SKIP not recorded: tests/gate/run.py --update --cc cc beta" in text


def test_without_an_exact_count_it_fails(checked: Checked) -> None:
    failed, text = checked(found((ALPHA, None)))
    assert failed == 1 and "# no exact count" in text


def test_an_unknown_compiler_is_skipped_visibly(checked: Checked) -> None:
    newer = Compiler(("newcc",), "gcc", "14.1.0", "x86_64")
    failed, text = checked([], cc=newer)
    assert failed == 0 and text == "ok 1 - x86_64-gcc-14 # SKIP nothing is recorded for it: tests/gate/run.py --update --cc newcc\n"


def test_another_patch_release_is_not_blamed_on_us(checked: Checked) -> None:
    patched = Compiler(("cc",), "gcc", "12.4.0", "x86_64")
    failed, text = checked(found((ALPHA, measured(4, 1, 5))), cc=patched)
    assert failed == 0 and "# SKIP recorded with 12.2.0, this is 12.4.0" in text and "worse" in text


def test_some_strategies_are_recorded_beside_the_others(baseline: Path) -> None:
    folder = baseline / "x86_64-gcc-12"
    gate.record(folder, CC, found((Row("beta", "list", ""), measured(4))), "abc", False)
    now = ledger.read(folder)
    assert now is not None and {row.strategy for row in now.rows} == {"alpha", "beta"}
    with pytest.raises(Failed, match="all strategies together"):
        gate.record(folder, CC, found((ALPHA, measured(4))), "another library", False)


def test_a_whole_record_forgets_who_is_gone(baseline: Path) -> None:
    folder = baseline / "x86_64-gcc-12"
    gate.record(folder, CC, found((Row("beta", "list", ""), measured(4))), "abc", True)
    assert sorted(path.name for path in folder.iterdir()) == ["beta.txt", "counts.json"]


def test_nothing_is_recorded_if_one_has_no_count(baseline: Path) -> None:
    folder = baseline / "x86_64-gcc-12"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(Failed, match="nothing was recorded"):
        gate.record(folder, CC, found((ALPHA, measured(9)), (Row("beta", "list", ""), None)), "abc", True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_list_of_strategies_is_the_build_files(tmp_path: Path) -> None:
    (tmp_path / "meson.build").write_text("x = ['no']\nstrategies = [\n  'one',\n  'two_b',\n]\ny = ['no']\n", encoding="utf-8")
    assert gate.listed(tmp_path) == ["one", "two_b"]
    (tmp_path / "meson.build").write_text("", encoding="utf-8")
    with pytest.raises(Failed, match="no list"):
        gate.listed(tmp_path)


def test_the_table_has_every_strategy_and_compiler(baseline: Path) -> None:
    gate.record(baseline / "aarch64-gcc-12-lse", CC, found((Row("beta", "list", "fast"), measured(9, 2))), "abc", True)
    lines = cost_table.markdown(baseline, ["beta", "alpha"]).splitlines()
    assert lines[0] == "| list | x86_64-gcc-12 | atomic | aarch64-gcc-12-lse | atomic |"
    assert lines[2:4] == ["| `beta`, fast | – | – | 9 | 2 |", "| `alpha` | 8 | 1 | – | – |"]
    with pytest.raises(Failed, match="nothing is recorded"):
        cost_table.markdown(baseline / "none", ["alpha"])


def test_readme_has_what_is_recorded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "--table"])
    assert gate.main() in (None, 0)
    assert (ledger.BASELINE / "README.md").read_text(encoding="utf-8").endswith(capsys.readouterr().out)


@pytest.mark.parametrize("asked", [False, True])
def test_the_number_of_cpus_is_asked_with_a_compiler_of_no_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: bool
) -> None:
    monkeypatch.setattr(ledger, "BASELINE", tmp_path)
    monkeypatch.setattr(gate.program, "built", lambda *_: nullcontext(SimpleNamespace()))
    monkeypatch.setattr(gate.flat, "check", lambda tap, *_: tap.line(False, "grows with the CPUs"))
    tap = gate.Tap()
    gate.check(tap, CC, "", argparse.Namespace(impls=None, strategies=[], flat=asked))
    said = capsys.readouterr().out
    assert "# SKIP nothing is recorded" in said and (tap.failed, "grows with the CPUs" in said) == (int(asked), asked)
