# SPDX-License-Identifier: BSD-3-Clause
"""prose.py SOURCE: the documents are short, their lines fit, their links lead to files, and they
avoid turned phrases.

So do the comments of the C files in SOURCES, and the comments and docstrings of the Python files in
SCRIPTS."""
from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

LONGEST = {"README.md": 120, "CONTRIBUTING.md": 60}
COLUMNS = 100
LINK = re.compile(r"!?\[[^]]*\]\(([^)#\s]+)[^)]*\)")
# A noun says it better than "who holds the lock", a verb better than "to be called while locked".
PHRASES = re.compile(
    r"\bwho (?:has|have|holds?|sleeps?|waits?|wants?|finishes|puts?|takes?|finds?|gets?|looks?|asks?|drains?)\b|\bwhoever\b|\bwhom\b"
    r"|\bto be (?:called|had|given|asked)\b|\bnor (?:do|does|is|are|did)\b|\bin any case\b"
    r"|\btold from\b|\btell from\b|\bsave for\b|\ball the same\b|\b(?:is|are) had\b|\bcannot be had\b|\bat hand\b|\bto hand round\b"
    r"|\bwith nothing between\b|\bfor people\b|\bas good as nothing\b",
    re.I,
)
# Folders whose comments must be free of them: in C and C++ files, and in Python files.
SOURCES = ("impls", "model", "sim", "tests", "bench", "results")
SCRIPTS = ("bench", "results", "compare", "fleet", "model")
# Strings come first, because one may hold what looks like a comment.
COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|/\*.*?\*/|//[^\n]*', re.S)
# Between two words of a comment, whether or not a line ends there.
GAP = re.compile(r"\s+(?:\*\s+)?")


def documents(root: Path) -> list[Path]:
    """The project's own: what lies in a build folder, or was installed, is not."""
    own = ("bench", "compare", "docs", "impls", "plots", "results", "tests", "sim", "model", "fleet")
    found = [*root.glob("*.md"), *(path for folder in own for path in (root / folder).rglob("*.md"))]
    return sorted(path for path in found if "node_modules" not in path.parts)


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are neither code nor a table, by number."""
    code = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code and not line.startswith("|"):
            yield number, line


def tables(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("|"):
            yield number, line


def check_lines(path: Path) -> Iterator[str]:
    for number, line in prose(path):
        shown = LINK.sub("", line)
        # A link cannot be broken: what counts is the line without it.
        if len(line) > COLUMNS and (len(shown) > COLUMNS or shown == line):
            yield f"{path}:{number}: {len(line)} columns, {COLUMNS} at most"


def check_links(path: Path) -> Iterator[str]:
    for number, line in (*prose(path), *tables(path)):
        for target in LINK.findall(line):
            if "://" not in target and not (path.parent / target).exists():
                yield f"{path}:{number}: no such file: {target}"


def check_phrases(path: Path) -> Iterator[str]:
    for number, line in (*prose(path), *tables(path)):
        for found in PHRASES.finditer(line):
            yield f"{path}:{number}: say it plainly: {found[0].strip()!r}"


def check_length(root: Path) -> Iterator[str]:
    for name, most in LONGEST.items():
        lines = len((root / name).read_text("utf-8").splitlines())
        if lines > most:
            yield f"{root / name}: {lines} lines, {most} at most"


def sources(root: Path, folders: tuple[str, ...], names: tuple[str, ...]) -> list[Path]:
    return sorted(path for folder in folders for name in names for path in (root / folder).rglob(name))


def in_comments(text: str) -> Iterator[tuple[int, str]]:
    """The phrases in the comments of a C file, by line. A phrase may go on in the next line."""
    for comment in COMMENT.finditer(text):
        if not comment[0].startswith("/"):
            continue
        at = comment.start()
        for found in PHRASES.finditer(GAP.sub(" ", comment[0])):
            place = re.compile(GAP.pattern.join(map(re.escape, found[0].split()))).search(text, at)
            at = place.end() if place else at
            yield text.count("\n", 0, at) + 1, found[0]


def check_comments(path: Path) -> Iterator[str]:
    for line, phrase in in_comments(path.read_text("utf-8")):
        yield f"{path}:{line}: say it plainly: {phrase.strip()!r}"


def check_script(path: Path) -> Iterator[str]:
    """Names the line where the comment or docstring starts. Other strings in triple quotes count as
    docstrings."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""')):
            for found in PHRASES.finditer(GAP.sub(" ", token.string)):
                yield f"{path}:{token.start[0]}: say it plainly: {found[0]!r}"


def faults(root: Path) -> list[str]:
    found = list(check_length(root))
    for path in documents(root):
        for check in (check_lines, check_links, check_phrases):
            found += check(path)
    for path in sources(root, SOURCES, ("*.h", "*.c", "*.cc", "*.def")):
        found += check_comments(path)
    for path in sources(root, SCRIPTS, ("*.py",)):
        found += check_script(path)
    return found


def main(source: str) -> int:
    root = Path(source)
    found = faults(root)
    print("\n".join(found) if found else f"{len(documents(root))} documents are in order")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
