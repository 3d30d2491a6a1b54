# SPDX-License-Identifier: BSD-3-Clause
"""Made-up files that break each rule of house.py, and some that come close."""
from __future__ import annotations

from pathlib import Path

import house
import pytest

WIDE = "x" * 98


def broken(root: Path, file: str, text: str) -> list[tuple[int, str]]:
    """Lines and rules of what is found in that file alone."""
    path = root / file
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return [(fault.line, fault.rule) for fault in house.faults(root)]


def body(lines: int, head: str = "static void f(void)") -> str:
    return f"{head}\n{{\n" + "\tg();\n" * lines + "}\n"


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("bench/a.c", "\n" * 300, []),
        ("bench/a.c", "\n" * 301, [(301, "lines")]),
        ("bench/a.sh", "\n" * 301, [(301, "lines")]),
        ("bench/a.toml", "\n" * 301, []),
        ("bench/a.c", body(40), []),
        ("bench/a.c", "\n" + body(41), [(2, "body")]),
        ("bench/a.h", body(41, "static inline bool f(const char *s,\n\t\tint n)"), [(1, "body")]),
        ("bench/a.c", body(1, "static int f(int a, int b, int c, int (*d)(int, int))"), []),
        ("bench/a.c", body(1, "static int f(int a, int b, int c, int (*d)(int, int), int e)"), [(1, "parameters")]),
        ("bench/a.cc", body(1, "static int f(int a,\n\tint b, int c, int d,\n\tint e)"), [(1, "parameters")]),
        ("bench/a.c", body(1, '__attribute__((visibility("default"))) int a_f(int a, int b, int c, int d, int e)'), [(1, "parameters")]),
        ("bench/a.c", "/* int\n * f(int a, int b, int c, int d, int e)\n{\n */\n", []),
        ("bench/a.c", body(1, "void work(void)"), [(1, "name")]),
        ("bench/a.c", body(1, "void a_work(void)"), []),
        ("bench/a_b.c", body(1, "void a_work(void)"), []),
        ("bench/a.c", body(1, "void __work(int a, int b, int c, int d, int e)"), []),
        ("tests/a.c", body(1, "void work(void)"), []),
        ("bench/a.c", f"/* {WIDE} */\n", [(1, "columns")]),
        ("bench/a.c", f"\t/* {WIDE[:82]}\n\t * {WIDE[:90]} */\n", [(2, "columns")]),
        ("bench/a.c", f"int a; /* {WIDE} */\n", []),
        ("bench/a.c", f'f(\n\t"{WIDE}");\n', []),
        ("bench/a.c", f"/* https://{WIDE} */\n", []),
        ("bench/a.py", f"# {WIDE}\n# {WIDE}x\n", [(2, "columns")]),
        ("bench/a.sh", f"# {WIDE}\n  # {WIDE}\necho {WIDE}\n", [(2, "columns")]),
        ("bench/a.toml", f"# {WIDE}x\na = '{WIDE}'\n", [(1, "columns")]),
        ("bench/meson.build", f"# {WIDE}x\na = '{WIDE}'\n", [(1, "columns")]),
        ("bench/a.txt", f"# {WIDE}x\n", []),
        ("bench/a.py", f'def f():\n    """One.\n\n    {WIDE}"""\n', [(4, "columns")]),
        ("bench/a.py", f'a = "{WIDE}"\n', []),
        ("bench/a.py", "def f(a, b, c, d, e): pass\n", [(1, "parameters")]),
        ("bench/a.py", "class A:\n    def f(self, a, b, c, d, *, e): pass\n", []),
        ("bench/a.py", "def test_f(a, b, c, d, e): pass\n", []),
    ],
)
def test_a_file(tmp_path: Path, file: str, text: str, found: list[tuple[int, str]]) -> None:
    assert broken(tmp_path, file, text) == found


def test_an_exception_is_for_one_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(house.ALLOWED, ("bench/a.c", "lines"), "made up")
    assert broken(tmp_path, "bench/a.c", body(300)) == [(1, "body")]


def test_a_fault_names_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken(tmp_path, "bench/a.c", body(1, "void work(void)"))
    assert house.main(str(tmp_path)) == 1
    assert capsys.readouterr().out == "bench/a.c:1: name: work begins with no module's name\n"


@pytest.mark.parametrize(("file", "_"), house.ALLOWED)
def test_what_is_excepted_exists(file: str, _: str) -> None:
    assert (Path(house.__file__).parents[2] / file).exists()
