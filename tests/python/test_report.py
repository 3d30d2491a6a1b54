# SPDX-License-Identifier: BSD-3-Clause
"""The page: what is in it, what is escaped, and that it loads nothing. A browser looks at it under
tests/report."""

from __future__ import annotations

import base64
import csv
import hashlib
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from conftest import Row, Write, in_slots, realistic, row
from refusals import refused_by

from plots import cells, figures, report, style
from results import columns

EVIL = '<script>alert("1")</script>\'&amp;'
VOID = {"meta", "link", "input", "img", "br"}


class Page(HTMLParser):
    """Elements with their attributes, and the text outside of scripts and styles. Fails on a page
    whose tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.raw = {"style": "", "script": ""}
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]] += data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(path: Path, tmp_path: Path, *options: str) -> Page:
    out = tmp_path / "new" / "report.html"
    assert report.main([str(path), "-o", str(out), *options]) == 0
    return Page(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a run with everything in it, made once."""
    folder = tmp_path_factory.mktemp("whole")
    path = folder / "run.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns.table().names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(in_slots(realistic()))
    return page(path, folder)


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the rest: drawing takes most of the time."""
    monkeypatch.setattr(figures, "FIGURES", {})


def test_has_all_parts(whole: Page) -> None:
    ids = [attributes["id"] for _, attributes in whole.elements if "id" in attributes]
    assert {"summary", "headline", "figures", "cells", "machine", "meanings", *(f"fig-{name}" for name in ("pair", "tails", "ladder"))} <= set(ids)
    assert len(ids) == len(set(ids))
    assert {a["href"] for a in whole.all("a")} <= {f"#{name}" for name in ids}
    assert "Example CPU" in whole.text and "0123abc" in whole.text
    assert "ns_per_pair minus that of the cheapest floor" in whole.text


def test_loads_nothing_and_runs_only_its_own_script(whole: Page) -> None:
    for tag, attributes in whole.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
    assert "@import" not in whole.raw["style"] and "url(" not in whole.raw["style"] and "http" not in "".join(whole.raw.values())
    policy = next(a["content"] for a in whole.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy and "innerHTML" not in whole.raw["script"]
    for kind, text in whole.raw.items():
        assert f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_data_are_text(write: Write, tmp_path: Path) -> None:
    path = write([{**cells_, "cpu_model": EVIL, "strategy": cells_["strategy"] + EVIL, "git_rev": EVIL} for cells_ in realistic()])
    path.with_name("run.machine.txt").write_text(f"kernel: {EVIL}\n{EVIL}: x\n")
    found = page(path, tmp_path)
    assert len(found.all("script")) == 1 and "alert" not in found.raw["script"]
    assert found.text.count(EVIL) > 20


@pytest.mark.usefixtures("no_figures")
def test_machine(write: Write, tmp_path: Path) -> None:
    path = write(realistic(), name="run.partial.csv")
    assert "run.machine.txt is missing" in page(path, tmp_path).text
    path.with_name("run.machine.txt").write_bytes(b"kernel: Linux 1.2: x\nno colon\ngovernor: \xff\n")
    found = page(path, tmp_path)
    assert "Linux 1.2: x" in found.text and "governor" in found.text and "no colon" not in found.text
    assert "Partial" in found.text


@pytest.mark.usefixtures("no_figures")
def test_emulated_ranks_nobody(whole: Page, write: Write, tmp_path: Path) -> None:
    found = page(write([{**cells_, "source": "emulated"} for cells_ in realistic()]), tmp_path)
    assert "Emulated" in found.text and "headline" in {a.get("id") for a in whole.all("table")}
    assert "headline" not in {a.get("id") for a in found.all("table")}


def test_notices(write: Write) -> None:
    def notices(**change: object) -> str:
        return " ".join(report._notices(cells.read([write([row(**change)])])))

    assert notices() == ""
    assert "40 %" in notices(windows=10, windows_clean=4)
    assert "uncommitted" in notices(git_rev="abc-dirty")


def test_size_and_sameness(write: Write, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert report.main([str(write(realistic())), "-o", str(out)]) == 0
    first = out.read_bytes()
    assert len(first) < 400_000
    assert report.main([str(tmp_path / "run.csv"), "-o", str(out)]) == 0
    assert out.read_bytes() == first  # without a date or a random name in it


def test_one_row_is_enough(write: Write, tmp_path: Path) -> None:
    found = page(write([row()]), tmp_path)
    assert "1 cells in 1 blocks" in found.text
    assert "fig-pair" in {a.get("id") for a in found.all("figure")}


@pytest.mark.usefixtures("no_figures")
def test_several_files(write: Write, tmp_path: Path) -> None:
    second = write([{**cells_, "git_rev": "fedcba9", "run_id": "later-8"} for cells_ in realistic()], name="second.csv")
    found = page(write(realistic()), tmp_path, str(second))
    assert "alpha (0123abc)" in found.text and "alpha (fedcba9)" in found.text
    assert "run.csv, second.csv" in found.text and "later-8" in found.text


def slower(rows: list[Row], name: str, factor: float) -> list[Row]:
    return [{**r, "ns_per_pair": factor * r["ns_per_pair"]} if r["strategy"] == name and r["ns_per_pair"] else r for r in rows]


def many() -> list[Row]:
    """Rows with repetitions enough for a verdict, and floors enough to tell the machine."""
    names = [("alpha", 0), *((f"zero{n}", 1) for n in range(4))]
    return [
        row(strategy=name, floor=floor, rep=rep, slot=slot, ns_per_pair=20 + 0.01 * ((7 * rep + n) % 10))
        for slot, (rep, n, (name, floor)) in enumerate((rep, n, pair) for rep in range(10) for n, pair in enumerate(names))
    ]


@pytest.mark.parametrize(("factor", "verdict"), [(1.5, "REGRESSION"), (1.0, "PASS"), (0.5, "IMPROVED")])
@pytest.mark.usefixtures("no_figures")
def test_verdicts(write: Write, tmp_path: Path, factor: float, verdict: str) -> None:
    old = write(many(), name="old.csv")
    found = page(write(slower(many(), "alpha", factor), name="new.csv"), tmp_path, "--compare", str(old))
    assert verdict in found.text.partition("Verdicts against old.csv")[2]


@pytest.mark.usefixtures("no_figures")
def test_verdicts_need_files_that_compare(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write([{**cells_, "fingerprint": "ff"} for cells_ in many()], name="old.csv")
    refused_by(report.main, [write(many()), "--compare", old, "-o", tmp_path / "r.html"], capsys, "fingerprint")
    refused_by(report.main, [write(many()), "--compare", tmp_path / "none.csv", "-o", tmp_path / "r.html"], capsys, "none.csv")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.usefixtures("no_figures")
def test_bad_input(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row()])
    refused_by(report.main, [tmp_path / "none.csv"], capsys, "none.csv")
    refused_by(report.main, [path, "-o", path / "r.html"], capsys, "r.html")
    refused_by(report.main, [path, "--colour"], capsys, "--colour")
    other = write([row(source="emulated")], name="other.csv")
    refused_by(report.main, [path, other, "-o", tmp_path / "r.html"], capsys, "--allow-mixed")


@pytest.mark.usefixtures("no_figures")
def test_newest_is_the_default(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    refused_by(report.main, ["-o", tmp_path / "r.html"], capsys, "no result file")
    write([row()], name="only.csv")
    assert report.main(["-o", str(tmp_path / "r.html")]) == 0
    assert "only.csv" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_every_figure_is_in(whole: Page, write: Write) -> None:
    df = cells.read([write(realistic())])
    with plt.rc_context(style.RC):
        drawn = [name for name in figures.FIGURES if figures.draw(name, df)[0] is not None]
    plt.close("all")
    assert drawn and [a["id"] for a in whole.all("figure")] == [f"fig-{name}" for name in drawn]
    pictures = [a for a in whole.all("img") if len(a["alt"]) > 10]
    assert len(pictures) == len(drawn)
    for picture in pictures:
        kind, _, data = picture["src"].partition(",")
        assert kind == "data:image/svg+xml;base64" and len(list(ET.fromstring(base64.b64decode(data)).iter())) > 100
