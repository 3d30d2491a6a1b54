# SPDX-License-Identifier: BSD-3-Clause
"""The patches for Go's runtime: which sources they fit, their form, and how their benchmarks are
read."""
from __future__ import annotations

import re
import shutil
from pathlib import Path

import processes
import pytest
from bench.go import benchmark, build

PATCH = build.PATCHES / benchmark.PATCH
# Where Debian has the sources of a version.
SOURCES = ("/usr/lib/go-*", "/usr/share/go-*")


def sources() -> dict[tuple[int, int], Path]:
    """Installed sources of Go's runtime, by version."""
    found = {}
    for pattern in SOURCES:
        for path in Path("/").glob(pattern.lstrip("/")):
            match = re.search(r"go-(\d+)\.(\d+)$", path.name)
            if match and (path / "src/runtime/proc.go").is_file():
                found[int(match[1]), int(match[2])] = path
    return found


def fits(root: Path, patches: tuple[str, ...], folder: Path) -> dict[str, str] | None:
    if not shutil.which("patch"):
        pytest.skip("no patch (Debian: patch)")
    return build.patched(root, patches, folder)


def test_the_patch_fits_every_installed_go(tmp_path: Path) -> None:
    """Since 1.21. Older ones have another list, which it must refuse."""
    found = sources()
    if not found:
        pytest.skip("no source of Go (Debian: golang-1.27-src, or any other golang-*-src)")
    for version, root in found.items():
        overlay = fits(root, (PATCH.name,), tmp_path / str(version[1]))
        assert (overlay is not None) == (version >= (1, 21)), version


def test_the_patches_of_the_older_list_fit_it(tmp_path: Path) -> None:
    root = sources().get((1, 19))
    if root is None:
        pytest.skip("no source of Go 1.19 (Debian 12: golang-1.19-src)")
    assert fits(root, ("seed-list.patch", "futex-wait.patch"), tmp_path) is not None


def test_new_files_of_a_patch_are_in_the_overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a patch adds, beside one that it changes, also after an earlier build."""
    (tmp_path / "root/src").mkdir(parents=True)
    (tmp_path / "root/src/old.go").write_text("one\n")
    (tmp_path / "a.patch").write_text("--- a/src/old.go\n+++ b/src/old.go\n@@ -1 +1 @@\n-one\n+two\n--- /dev/null\n+++ b/src/new.go\n@@ -0,0 +1 @@\n+three\n")
    monkeypatch.setattr(build, "PATCHES", tmp_path)
    for _ in range(2):
        overlay = fits(tmp_path / "root", ("a.patch",), tmp_path / "out")
        assert overlay is not None
        assert {Path(name).name: Path(copy).read_text() for name, copy in overlay.items()} == {"old.go": "two\n", "new.go": "three\n"}
    assert build.changed(("a.patch",)) == ["src/new.go", "src/old.go"]


def test_no_patch_is_an_empty_overlay_in_its_folder(tmp_path: Path) -> None:
    assert build.patched(tmp_path, (), tmp_path / "a/b") == {}
    assert (tmp_path / "a/b").is_dir()


def test_a_patch_that_does_not_fit(tmp_path: Path) -> None:
    for name in build.changed(("seed-list.patch",)):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text("package runtime\n")
    assert build.fits(tmp_path / "root", ())
    assert not build.fits(tmp_path / "root", ("seed-list.patch",))


def test_the_patch_has_the_form_of_go() -> None:
    """A mail of git format-patch: package and lower case, a short subject, short lines, and files
    of Go's own, formatted with tabs."""
    text = PATCH.read_text(encoding="utf-8")
    head, _, body = text.partition("\n---\n")
    subject = re.search(r"^Subject: \[PATCH\] (runtime: [a-z].*[^.])$", head, re.MULTILINE)
    assert subject is not None and len(subject[1]) <= 76
    assert all(len(line) <= 76 for line in head.split("\n\n", 1)[1].splitlines())
    added = [line[1:] for line in body.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert not any(line.startswith("    ") or line.endswith((" ", "\t")) for line in added)
    # Each file that it adds has Go's heading.
    assert body.count("+++ b/") == len(build.changed((PATCH.name,)))
    assert body.count("+// Copyright") == body.count("--- /dev/null") > 0


def test_a_burst_with_the_patch(tmp_path: Path) -> None:
    """Go's own test of the patch, in a program that the newest Go here makes of it."""
    new = [one for one in build.toolchains(()) if one.number >= (1, 21)]
    if not new:
        pytest.skip("no Go 1.21 or later (Debian 13: golang-go)")
    program = benchmark.compiled(new[-1], "after", tmp_path)
    done = processes.run([str(program), "-test.run=^TestExtraMBurst$", "-test.v"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "--- PASS: TestExtraMBurst" in done.stdout, done.stdout + done.stderr


TEXT = """goos: linux
BenchmarkA/threads=10-2         	       1	    {} ns/op
BenchmarkB-2   	 4304521	        {} ns/op	 3 other
PASS
"""


def test_medians_of_both_sides() -> None:
    before = benchmark.times("".join(TEXT.format(1000 + n, 5) for n in range(9)))
    after = benchmark.times("".join(TEXT.format(2e6 + n, 4.9 + n % 2 * 0.2) for n in range(8)))
    assert before == {"A/threads=10-2": [1000.0 + n for n in range(9)], "B-2": [5.0] * 9}
    first, a, b = benchmark.table(before, after).splitlines()
    assert first.split() == ["before", "after", "ratio", "p", "runs", "longest", "before", "after"]
    assert a.split() == ["A/threads=10-2", "1", "µs", "2", "ms", "1992.04", "0.000", "9+8", "1.01", "µs", "2", "ms"]
    assert b.split()[:6] == ["B-2", "5", "ns", "5", "ns", "~"]


@pytest.mark.parametrize("ns, text", [(0.5, "0.5 ns"), (999, "999 ns"), (1234, "1.23 µs"), (12.34e6, "12.3 ms"), (4.6e9, "4.6 s"), (12345e9, "12345 s")])
def test_times_for_people(ns: float, text: str) -> None:
    assert benchmark.human(ns) == text


def test_a_go_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["/bin/true", str(tmp_path / "out")]) == 2
    assert "/bin/true" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
