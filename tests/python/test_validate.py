# SPDX-License-Identifier: BSD-3-Clause
"""Whole result files: what is no such file is refused, by file, line and column."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Write, realistic, row
from refusals import refused

from results import columns, schema, validate

NEWER = columns.table().schema + 1


def test_sound_file(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(realistic())
    assert validate.main([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: {len(realistic())} rows, complete\n"


def test_partial_file(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row()], name="run.partial.csv")
    assert validate.main([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 1 rows, partial\n"


def test_quoted_text(write: Write) -> None:
    model = 'A "fast" CPU, of 2'
    path = write([row(cpu_model=model, strategy="null", variant="NA")])
    assert '"A ""fast"" CPU, of 2"' in path.read_text()
    frame = schema.load(path)
    assert frame.loc[0, ["cpu_model", "strategy", "variant"]].tolist() == [model, "null", "NA"]


def test_load_types(write: Write) -> None:
    frame = schema.load(write([row(pairs=2**62, ns_per_pair=1.25, steal_ns=""), row(variant="")]))
    assert list(frame.columns) == columns.table().names
    assert frame["pairs"].tolist() == [2**62, 1000] and frame["pairs"].dtype.kind == "i"
    assert frame["ns_per_pair"].tolist() == [1.25, 20.0]
    assert frame["steal_ns"].isna().all() and frame["variant"].tolist() == ["", ""]


def test_crlf(write: Write) -> None:
    path = write([row()])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert schema.check(path) == []


def test_extra_columns(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([{**row(), "more_ns": 1}], extra=["more_ns"])
    assert schema.check(path) == []
    assert "more_ns" not in schema.load(path).columns
    refused(write([row(schema=NEWER)], extra=["more_ns"]), capsys, 2, "schema", "newer")
    refused(write([row()], extra=["pairs"]), capsys, 1, "header", "duplicate")


SCHEMAS = [(NEWER, "written by a newer version"), (0, "written by an older version"), ("one", "not a schema number")]


@pytest.mark.parametrize(("number", "words"), SCHEMAS)
def test_other_schema(write: Write, capsys: pytest.CaptureFixture[str], number: object, words: str) -> None:
    refused(write([row(schema=number)]), capsys, 2, "schema", words)


def test_newer_schema_speaks_before_its_columns(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row(schema=NEWER)])
    path.write_text(path.read_text().replace("strategy", "policy", 1))
    refused(path, capsys, 2, "schema", f"schema {NEWER}, expected {NEWER - 1}")


def test_schema_changes_inside(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    refused(write([row(), row(schema=NEWER)]), capsys, 3, "schema", "earlier rows")


def _header(path: Path, old: str, new: str) -> Path:
    head, rest = path.read_text().split("\n", 1)
    path.write_text(head.replace(old, new) + "\n" + rest)
    return path


HEADERS = [
    ("schema,", "scheme,", "schema", "older version"),
    (",strategy,", ",policy,", "strategy", "'policy' instead"),
    (",git_rev,build_id,", ",build_id,git_rev,", "git_rev", "'build_id' instead"),
]


@pytest.mark.parametrize(("old", "new", "column", "words"), HEADERS)
def test_bad_header(write: Write, capsys: pytest.CaptureFixture[str], old: str, new: str, column: str, words: str) -> None:
    refused(_header(write([row()]), old, new), capsys, 1, column, words)


@pytest.mark.parametrize(("cut", "words"), [(1, "truncated: its last line"), (30, "truncated: ")])
def test_truncated(write: Write, capsys: pytest.CaptureFixture[str], cut: int, words: str) -> None:
    path = write([row(), row()])
    path.write_bytes(path.read_bytes()[:-cut])
    refused(path, capsys, 3, "row", words)


def test_truncated_in_a_quoted_cell(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row(), row()])
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"Example CPU") + 5])
    refused(path, capsys, 3, "row", "truncated")


def test_wrong_width(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row(), row()])
    lines = path.read_text().split("\n")
    path.write_text("\n".join([lines[0], lines[1] + ",1", lines[2], ""]))
    refused(path, capsys, 2, "row", f"{len(row()) + 1} fields, but the header has {len(row())}")
    path.write_text("\n".join([lines[0], lines[1].rsplit(",", 1)[0], lines[2], ""]))
    refused(path, capsys, 2, "row", f"{len(row()) - 1} fields")
    assert "truncated" not in str(schema.check(path)[0])


FILES = [(b"", 1, "is empty"), (b"schema\n", 1, "missing"), (b"\xff\xfe", 1, "is UTF-16: save it as UTF-8"), (b"schema\n1\xff\n", 2, "not UTF-8")]


@pytest.mark.parametrize(("data", "line", "words"), FILES)
def test_bad_file(tmp_path: Path, data: bytes, line: int, words: str) -> None:
    path = tmp_path / "run.csv"
    path.write_bytes(data)
    [problem] = schema.check(path)
    assert problem.line == line and words in problem.message


def test_no_rows(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    refused(write([]), capsys, 1, "file", "no rows")


def test_bad_quotes(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row(strategy="QUOTE")])
    path.write_text(path.read_text().replace("QUOTE", '"a"b'))
    refused(path, capsys, 2, "row", "not CSV")


def test_missing_file_and_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path / "run-none.csv", capsys, 1, "file", "No such file")
    (tmp_path / "run.d").mkdir()
    refused(tmp_path / "run.d", capsys, 1, "file", "directory")


def test_many_problems_are_cut_short(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row(pairs="x")] * 50)
    assert validate.main([str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == validate.SHOWN + 1 and lines[-1] == f"{path}: and {50 - validate.SHOWN} more"


def test_one_bad_file_of_two(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = write([row(pairs="x")], name="bad.csv"), write([row()], name="good.csv")
    assert validate.main([str(bad), str(good)]) == 2
    captured = capsys.readouterr()
    assert captured.out == f"{good}: 1 rows, complete\n" and str(bad) in captured.err


def test_command_line(write: Write) -> None:
    command = [sys.executable, "-m", "results.validate"]
    good = subprocess.run([*command, str(write([row()]))], capture_output=True, text=True, cwd="/", check=False)
    bad = subprocess.run([*command, "/nonexistent.csv"], capture_output=True, text=True, cwd="/", check=False)
    none = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (good.returncode, bad.returncode, none.returncode) == (0, 2, 2)
    assert bad.stderr == "/nonexistent.csv:1: file: cannot be read: No such file or directory\n"


def test_page_is_current() -> None:
    text = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
    shown = text.split("<!-- columns begin -->\n")[1].split("\n<!-- columns end -->")[0]
    assert shown == validate.page(), "put the output of results.validate --page between the markers in results/README.md"


def test_header_without_a_needed_column(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row()])
    head, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(head[: head.index(",nvcsw,")] + "\n" + rest, encoding="utf-8")
    refused(path, capsys, 1, "nvcsw", "missing")


def test_older_file_lacks_the_last_columns(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file from before a column came at the end is as sound as it was; the column is empty."""
    lines = write([row(steal_ns="")]).read_text(encoding="utf-8").splitlines()
    lost = len(columns.table().names) - columns.table().names.index("steal_ns")
    older = tmp_path / "older.csv"
    older.write_text("".join(line.rsplit(",", lost)[0] + "\n" for line in lines), encoding="utf-8")
    assert validate.main([str(older)]) == 0, capsys.readouterr().err
    assert list(schema.load(older).columns) == columns.table().names
    assert schema.load(older)["steal_ns"].isna().all()


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def test_one_block_twice(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(realistic()[:5])
    lines = lines_of(path)
    path.write_text("".join([*lines, lines[2]]), encoding="utf-8")
    refused(path, capsys, 7, "slot", "1 of run 20250301T101500Z-7 is already in line 3")
    # The same block with another figure is no other block.
    path.write_text("".join([*lines, lines[2].replace("20000", "20001")]), encoding="utf-8")
    refused(path, capsys, 7, "slot", "already in line")


def test_equal_slots_of_several_runs(write: Write) -> None:
    """As history appends its launches."""
    rows = [row(run_id=f"20250301T10150{n}Z-7", rep=rep, slot=rep) for n in range(3) for rep in range(2)]
    assert schema.check(write(rows)) == []


def test_files_put_together(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(realistic()[:5])
    path.write_text(2 * path.read_text(encoding="utf-8"), encoding="utf-8")
    refused(path, capsys, 7, "header", "several files in one")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark(write: Write, end: str) -> None:
    path = write(realistic())
    before = schema.load(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_text(encoding="utf-8").replace("\n", end).encode())
    assert schema.check(path) == []
    assert schema.load(path).equals(before)


@pytest.mark.parametrize(("separator", "words"), [(";", "';'"), ("\t", "tabs"), ("|", "'|'")])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_other_separators(write: Write, capsys: pytest.CaptureFixture[str], separator: str, words: str, quote: str, mark: str) -> None:
    path = write(realistic()[:5])
    cells = [line.rstrip("\n").split(",") for line in lines_of(path)]
    text = "".join(separator.join(f"{quote}{cell}{quote}" for cell in line) + "\n" for line in cells)
    path.write_text(mark + text, encoding="utf-8")
    refused(path, capsys, 1, "header", f"fields are separated by {words}: save it with commas")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(write: Write, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    path = write(realistic()[:5])
    mark = "" if encoding == "utf-16" else "\ufeff"
    path.write_bytes((mark + path.read_text(encoding="utf-8")).encode(encoding))
    refused(path, capsys, 1, "file", "is UTF-16: save it as UTF-8")
