# SPDX-License-Identifier: BSD-3-Clause
"""The gate's verdicts, and what it keeps on file."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

GATE = Path(__file__).resolve().parents[1] / "gate"

import cost_table
import ledger
from disassembly import Measured
from ledger import Ledger, Recorded, Row
from program import Compiler, Failed
from tap import Tap

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
    ("new", "ok", "told"),
    [
        (measured(20, 2, 5), True, ""),
        (measured(21, 2, 5), False, "instructions 20 -> 21"),
        (measured(19, 2, 5), True, "instructions 20 -> 19"),
        (measured(20, 3, 5), False, "atomics 2 -> 3"),
        (measured(15, 3, 5), False, "instructions 20 -> 15, atomics 2 -> 3"),
        (measured(20, 0, 5), True, "atomics 2 -> 0"),
        (measured(20 + Fraction(1, 64), 2, 5), False, "instructions 20 -> 1281/64"),
        (measured(20, 2, 6), False, "instructions 5 -> 6"),
    ],
)
def test_one_more_fails_and_one_less_is_a_note(new: Measured, ok: bool, told: str) -> None:
    verdict = ledger.judge(kept(measured(20, 2, 5)), new, same_libc=True)
    assert verdict.ok == ok and verdict.text.endswith(told) and bool(verdict.text) == bool(told)


def test_another_order_of_an_instruction_is_told() -> None:
    old, new = kept(measured(20, 2)), measured(20, 2)
    old.names, new.names = {"casal": Fraction(2)}, {"casa": Fraction(1), "casal": Fraction(1)}
    verdict = ledger.judge(old, new, same_libc=True)
    assert not verdict.ok and "2 casal -> 1 casa, 1 casal" in verdict.text
    assert ledger.judge(old, new, same_libc=False).ok


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


RECORDED = measured(3, 1, 5, needm=4)


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
        monkeypatch.setattr(gate, "Code", lambda _: None)
        monkeypatch.setattr(gate.before, "revision", lambda _: "abc123")
        monkeypatch.setattr(gate.before, "impls", lambda _: nullcontext(Path()))
        monkeypatch.setattr(gate, "count", lambda made, code, row, mode, cpus: gate.Found(row, RECORDED))
        tap = gate.Tap()
        gate.check(tap, cc, "", argparse.Namespace(impls=None, strategies=[], flat=False, cpus=2))
        return tap.failed, capsys.readouterr().out

    return check


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    gate.record(tmp_path / "x86_64-gcc-12", CC, found((ALPHA, RECORDED)), "abc", whole=True)
    return tmp_path


BETA = Row("beta", "list", "")
NEWER, PATCHED = Compiler(("newcc",), "gcc", "14.1.0", "x86_64"), Compiler(("cc",), "gcc", "12.4.0", "x86_64")


@pytest.mark.parametrize(
    ("row", "now", "cc", "failed", "words"),
    [
        (ALPHA, RECORDED, CC, 0, []),
        (ALPHA, measured(2, 1, 5, needm=4), CC, 0, ["# ", "instructions 3 -> 2\n"]),
        (ALPHA, measured(4, 1, 5, needm=4), CC, 1, ["# ", "instructions 3 -> 4\n", "abc123", "# +       1  insn 3\n"]),
        (ALPHA, None, CC, 1, ["# "]),
        (BETA, measured(4), CC, 0, ["# SKIP", " beta\n"]),
        (ALPHA, measured(9), NEWER, 0, ["# SKIP", " newcc\n"]),
        (ALPHA, measured(4, 1, 5), PATCHED, 0, ["# SKIP", "12.2.0", "12.4.0", "instructions 3 -> 4\n"]),
    ],
    ids=["same", "less", "more", "no count", "new strategy", "unknown compiler", "other patch release"],
)
def test_verdicts(checked: Checked, row: Row, now: Measured | None, cc: Compiler, failed: int, words: list[str]) -> None:
    count, text = checked(found((row, now)), cc=cc)
    assert count == failed and text.startswith("not ok 1 - x86_64-gcc-1" if failed else "ok 1 - x86_64-gcc-1")
    assert all(word in text for word in words) and ("#" in text) == bool(words)
    assert "# -" not in text.replace("# ---", "")


def test_without_a_repository_it_still_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(gate.before, "ROOT", Path("/nowhere"))
    made = SimpleNamespace(libc="abc", encoding="", compiler=CC)
    gate.explain(gate.Tap(), made, found((ALPHA, measured(4))), 2)
    assert capsys.readouterr().out.startswith("# x86_64-gcc-12: ")


def test_the_recorded_sources_are_those_of_the_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gate.before, "ROOT", tmp_path)
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    counts, source = tmp_path / "counts.json", tmp_path / "impls" / "alpha.c"
    source.parent.mkdir()
    gate.before.git("init", "-q")
    counts.write_text("counts", encoding="utf-8")
    for text in ("recorded", "changed since"):
        source.write_text(text, encoding="utf-8")
        gate.before.git("add", "-A")
        gate.before.git(*who, "commit", "-qm", text)
    with gate.before.impls(gate.before.revision(counts)) as impls:
        assert (impls / "alpha.c").read_text(encoding="utf-8") == "recorded"
    with pytest.raises(Failed, match="no commit has these counts"):
        gate.before.revision(tmp_path / "none.json")


def test_a_change_of_needm_is_shown_once(checked: Checked) -> None:
    other = Row("alpha", "callback", "")
    rows = found((ALPHA, measured(4, needm=5)), (other, measured(4, needm=5)))
    text = checked(rows)[1]
    assert text.count("# -       4  ret\n") == 1 and text.count("# +       5  ret\n") == 1


def test_some_strategies_are_recorded_beside_the_others(baseline: Path) -> None:
    folder = baseline / "x86_64-gcc-12"
    gate.record(folder, CC, found((Row("beta", "list", ""), measured(4))), "abc", whole=False)
    now = ledger.read(folder)
    assert now is not None and {row.strategy for row in now.rows} == {"alpha", "beta"}
    with pytest.raises(Failed, match="all strategies together"):
        gate.record(folder, CC, found((ALPHA, measured(4))), "another library", whole=False)


def test_a_whole_record_forgets_who_is_gone(baseline: Path) -> None:
    folder = baseline / "x86_64-gcc-12"
    gate.record(folder, CC, found((Row("beta", "list", ""), measured(4))), "abc", whole=True)
    assert sorted(path.name for path in folder.iterdir()) == ["counts.json"]


def test_nothing_is_recorded_if_one_has_no_count(baseline: Path) -> None:
    folder = baseline / "x86_64-gcc-12"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(Failed, match="nothing was recorded"):
        gate.record(folder, CC, found((ALPHA, measured(9)), (Row("beta", "list", ""), None)), "abc", whole=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_list_of_strategies_is_the_build_files(tmp_path: Path) -> None:
    (tmp_path / "meson.build").write_text("x = ['no']\nstrategies = [\n  'one',\n  'two_b',\n]\ny = ['no']\n", encoding="utf-8")
    assert gate.listed(tmp_path) == ["one", "two_b"]
    (tmp_path / "meson.build").write_text("", encoding="utf-8")
    with pytest.raises(Failed, match="no list"):
        gate.listed(tmp_path)


def test_the_table_has_every_strategy_and_compiler(baseline: Path) -> None:
    gate.record(baseline / "aarch64-gcc-12-lse", CC, found((Row("beta", "list", "fast"), measured(9, 2))), "abc", whole=True)
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


def test_results_of_many_threads_are_numbered_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    class Slow(int):
        """Gives the others a turn between the read of a number and its write."""

        def __add__(self, other: int) -> "Slow":
            time.sleep(0)
            return Slow(int(self) + other)

    tap, start = Tap(), threading.Barrier(4)
    tap.n = Slow(0)

    def print_some(thread: int) -> None:
        start.wait()
        for n in range(500):
            tap.line(n % 2 == 0, f"{thread} {n}", notes=[f"of {thread} {n}"])

    threads = [threading.Thread(target=print_some, args=(thread,)) for thread in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    lines = capsys.readouterr().out.splitlines()
    results = [line.partition(" - ")[2] for line in lines[::2]]
    assert [line.split(" - ")[0].split()[-1] for line in lines[::2]] == [str(n) for n in range(1, 2001)]
    assert lines[1::2] == [f"# of {result}" for result in results] and tap.failed == 1000
