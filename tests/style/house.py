# SPDX-License-Identifier: BSD-3-Clause
"""house.py SOURCE: files, functions and comments keep to the house's sizes, and public C names
begin with their module's.

CONTRIBUTING.md has the rules. What breaks one is printed as FILE:LINE: RULE: what. An exception
stands in ALLOWED, with its reason."""
from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prose import COMMENT

FILE_LINES, BODY_LINES, PARAMETERS, COLUMNS = 300, 40, 4, 100
TAB = 8
C, SCRIPTS = (".c", ".h", ".cc"), (".py", ".sh")
FOLDERS = ("bench", "compare", "cross", "fleet", "impls", "model", "plots", "results", "sim", "tests")
# (file, what): why it may.
ALLOWED: dict[tuple[str, str], str] = {
    ("tests/contract/contract.c", "run"): "a table with a line for each test",
    ("bench/go/record/record.c", "pthread_create"): "it takes the place of the C library's",
    ("bench/core/arena.c", "alloc_at_home"): "jemalloc's type",
    ("impls/needm_ms.c", "one_new_extra_m"): "Go's name",
    ("impls/needm_ms.c", "newextram"): "Go's name",
}
# Where a public name says whose it is. Elsewhere a test may take another module's place.
NAMED = ("bench/", "impls/", "model/", "sim/")
# sim/ names what a driver defines.
DRIVER = re.compile(r"driver_(?:next|access|plain|event|sleeps|waiter|woken|disturb|signal|barrier|cpus)")
STATIC = re.compile(r"\bstatic\b|\b(?:EXTRAM_)?INLINE\b")
# As clang-format 14 lays it out: a definition starts in the first column, its body stands between
# braces there.
DEFINITION = re.compile(r"^(?P<head>[A-Za-z_][^;{}#=]*?\b(?P<name>\w+)\((?P<parameters>[^;{}]*)\)[^;{}()]*)\n\{\n(?P<body>.*?)^\}", re.M | re.S)


class Fault(NamedTuple):
    file: str
    line: int
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.what}"


def blank(text: str) -> str:
    """Without comments, attributes and what strings hold, but with all lines."""
    code = COMMENT.sub(lambda found: re.sub(r"[^\n]", " " if found[0][0] == "/" else "s", found[0]), text)
    return re.sub(r"__attribute__\(\([^\n]*?\)\)(?!\)) ?", "", code)


def count(parameters: str) -> int:
    """A comma in brackets belongs to one parameter: a pointer to a function."""
    while (flat := re.sub(r"\([^()]*\)", "", parameters)) != parameters:
        parameters = flat
    return 0 if parameters.strip() in ("", "void") else parameters.count(",") + 1


def named(name: str, path: Path) -> bool:
    """By a header of the folder, the file, the first word of one of them, or the project."""
    stems = {"extram", path.stem, *(header.stem for header in path.parent.glob("*.h"))}
    modules = stems | {stem.split("_")[0] for stem in stems}
    return name == "main" or DRIVER.fullmatch(name) is not None or any(name == module or name.startswith(module + "_") for module in modules)


def check_functions(path: Path, file: str, text: str) -> Iterator[Fault]:
    code = blank(text)
    for found in DEFINITION.finditer(code):
        line, name = code.count("\n", 0, found.start("name")) + 1, found["name"]
        lines, parameters = found["body"].count("\n"), count(found["parameters"])
        if lines > BODY_LINES:
            yield Fault(file, line, "body", f"{name} has {lines} lines, {BODY_LINES} at most")
        # What begins with two underscores is called by the compiler.
        if name.startswith("__"):
            continue
        if parameters > PARAMETERS:
            yield Fault(file, line, "parameters", f"{name} has {parameters}, {PARAMETERS} at most")
        if file.startswith(NAMED) and path.suffix == ".c" and not STATIC.search(found["head"]) and not named(name, path):
            yield Fault(file, line, "name", f"{name} begins with no module's name")


def comment_lines(text: str) -> Iterator[tuple[int, str]]:
    """Those on which nothing but a comment stands."""
    code = blank(text).splitlines()
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not code[number - 1].strip():
            yield number, line


def check_arguments(file: str, text: str) -> Iterator[Fault]:
    """A test's parameters are fixtures. One that is given by name needs no struct."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = [arg.arg for arg in node.args.posonlyargs + node.args.args if arg.arg not in ("self", "cls")]
            fixture = node.name.startswith("test_") or any("fixture" in ast.unparse(how) for how in node.decorator_list)
            if len(names) > PARAMETERS and not fixture:
                yield Fault(file, node.lineno, "parameters", f"{node.name} has {len(names)}, {PARAMETERS} at most")


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Of docstrings, and of comments that stand alone."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        prose = token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""'))
        if prose and not lines[token.start[0] - 1][: token.start[1]].strip():
            for number in range(token.start[0], token.end[0] + 1):
                yield number, lines[number - 1]


def check_columns(file: str, lines: Iterator[tuple[int, str]]) -> Iterator[Fault]:
    for number, line in lines:
        columns = len(line.expandtabs(TAB))
        if columns > COLUMNS and "://" not in line:
            yield Fault(file, number, "columns", f"{columns} of a comment, {COLUMNS} at most")


def hash_lines(text: str) -> Iterator[tuple[int, str]]:
    """Comments of a shell, of meson and of TOML."""
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith("#"))


def check(path: Path, file: str) -> Iterator[Fault]:
    if path.suffix == ".toml" or path.name in ("meson.build", "meson_options.txt"):
        yield from check_columns(file, hash_lines(path.read_text("utf-8")))
    if path.suffix not in (*C, *SCRIPTS) and path.name != "run":
        return
    text = path.read_text("utf-8")
    if (lines := len(text.splitlines())) > FILE_LINES:
        yield Fault(file, lines, "lines", f"{lines}, {FILE_LINES} at most")
    if path.suffix in C:
        yield from check_functions(path, file, text)
        yield from check_columns(file, comment_lines(text))
    elif path.suffix == ".py":
        yield from check_arguments(file, text)
        yield from check_columns(file, prose_lines(text))
    else:
        yield from check_columns(file, hash_lines(text))


def faults(root: Path) -> list[Fault]:
    files = [root / name for name in ("run", ".ci/run", "meson.build", "meson_options.txt")]
    files += sorted(path for folder in FOLDERS for path in (root / folder).rglob("*"))
    found: list[Fault] = []
    for path in files:
        file = path.relative_to(root).as_posix()
        if path.is_file():
            found += check(path, file)
    return [fault for fault in found if not {(fault.file, fault.rule), (fault.file, fault.what.split()[0])} & ALLOWED.keys()]


def main(source: str) -> int:
    found = faults(Path(source))
    print("\n".join(map(str, found)) if found else "the house is in order")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
