# SPDX-License-Identifier: BSD-3-Clause
"""The plots' command: what it writes, what it refuses."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib.image
import pytest
from conftest import Row, Write, realistic, row
from refusals import refused_by

from plots import __main__ as plot, cells, figures, style, view
from plots.figures import ladder as figure_ladder
from results import columns

NAMES = ("pair", "tails", "ladder")


def test_all_figures(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "out"
    assert plot.main([str(write(realistic())), "-o", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{name}.{kind}" for name in NAMES for kind in ("svg", "png"))
    for name in NAMES:
        tree = ET.parse(out / f"{name}.svg").getroot()
        assert tree.tag == "{http://www.w3.org/2000/svg}svg" and sum(1 for _ in tree.iter()) > 200
        picture = matplotlib.image.imread(out / f"{name}.png")
        assert picture.shape[1] == 1600 and picture.shape[0] > 600 and picture[..., :3].std() > 0.05
    assert capsys.readouterr().out.splitlines() == [f"{out}: {', '.join(NAMES)} (svg, png)"]


def test_svg_is_deterministic(write: Write, tmp_path: Path) -> None:
    path = write(realistic())
    for out in ("a", "b"):
        assert plot.main([str(path), "-o", str(tmp_path / out), "--format", "svg"]) == 0
    for name in NAMES:
        data = (tmp_path / "a" / f"{name}.svg").read_bytes()
        assert data == (tmp_path / "b" / f"{name}.svg").read_bytes()
        assert b"<dc:date>" not in data


def test_only_and_format(write: Write, tmp_path: Path) -> None:
    assert plot.main([str(write(realistic())), "-o", str(tmp_path / "out"), "--only", "pair,ladder", "--format", "svg"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["ladder.svg", "pair.svg"]


def test_some_strategies(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    df = cells.read([write(realistic())], False)
    name = str(df[(df["floor"] == 0) & (df["workload"] != "limit")]["strategy"].iloc[0])
    seen = view.of(df, plot._chosen(df, name))
    assert seen.chosen == {name} and not seen.pale(name)
    rest = df[(df["floor"] == 0) & (df["strategy"] != name)]["series"]
    assert len(rest) and all(seen.pale(series) for series in rest)
    assert not any(seen.pale(series) for series in df[df["floor"] == 1]["series"])
    refused_by(plot.main, [write(realistic()), "--strategy", "no_such", "-o", tmp_path], capsys, "'no_such'")


def test_figure_without_data_is_skipped(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row()])
    assert plot.main([str(path), "-o", str(tmp_path), "--format", "svg"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{tmp_path}: pair (svg)"]
    assert plot.main([str(path), "-o", str(tmp_path), "--format", "svg", "--only", "pair,tails"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in out if line.endswith("; skipped")] == ["tails"]
    refused_by(plot.main, [path, "-o", tmp_path, "--only", "tails"], capsys)


def texts(rows: list[Row], write: Write, name: str) -> list[str]:
    """All texts of a figure."""
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    df = cells.read([write(rows)])
    with plt.rc_context(style.RC):
        figure, _ = figures.draw(name, df)
        assert figure is not None
        found = [str(text.get_text()) for text in figure.findobj(Text)]
        plt.close(figure)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_emulated_says_so(write: Write, name: str) -> None:
    note = "emulated: times mean nothing"
    assert note not in texts(realistic(), write, name)
    assert note in texts([{**cells_, "source": "emulated"} for cells_ in realistic()], write, name)


@pytest.mark.parametrize("name", NAMES)
def test_texts(write: Write, name: str) -> None:
    found = texts(realistic(), write, name)
    assert any("Example CPU" in text and "0123abc" in text for text in found)
    assert any("beta" in text for text in found) and any("zero" in text for text in found)


def test_limits_are_named_with_their_value(write: Write) -> None:
    assert "bus 6 ns" in texts(realistic(), write, "pair")


def test_bars_end_with_the_whole() -> None:
    """Parts that were measured apart may exceed it."""
    assert figure_ladder._widths(cells.Bar("alpha", 1150, 1140, 1160, 1000, 100, 50, False)) == [1000, 100, 50]
    assert figure_ladder._widths(cells.Bar("alpha", 1050, 1040, 1060, 1000, 100, -50, False)) == [1000, 50, 0]
    spares = cells.Bar("alpha", 9, 8, 10, 1000, 2, -993, False)
    assert figure_ladder._widths(spares) == [0, 2, 7] and "spares" in figure_ladder._label(spares)


def test_names_are_not_formulas(write: Write, tmp_path: Path) -> None:
    rows = [{**cells_, "cpu_model": "a$b_{$ <&>"} for cells_ in realistic()]
    assert plot.main([str(write(rows)), "-o", str(tmp_path / "out")]) == 0


def test_mixed(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write(realistic())
    for n, change in enumerate(({"source": "emulated"}, {"fingerprint": "ff"})):
        second = write([{**cells_, **change} for cells_ in realistic()], name=f"other{n}.csv")
        refused_by(plot.main, [first, second, "-o", tmp_path / "out"], capsys, "--allow-mixed")
        assert not (tmp_path / "out").exists()
    assert plot.main([str(first), str(second), "--allow-mixed", "-o", str(tmp_path / "out"), "--format", "svg"]) == 0


def test_bad_input(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused_by(plot.main, [tmp_path / "none.csv"], capsys, "none.csv:1: file: ")
    refused_by(plot.main, [write([row(schema=columns.table().schema + 1)])], capsys, "schema: ")
    path = write([row(), row()])
    path.write_bytes(path.read_bytes()[:-9])
    refused_by(plot.main, [path], capsys, "run.csv:3: row: ")
    refused_by(plot.main, [path, "--only", "pie"], capsys, "'pie'")
    refused_by(plot.main, [path, "--format", "pdf"], capsys, "'pdf'")


def test_unwritable_directory(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write([row()])
    refused_by(plot.main, [path, "-o", path], capsys, str(path))
    (tmp_path / "pair.svg").mkdir()
    refused_by(plot.main, [path, "-o", tmp_path, "--format", "svg"], capsys, "pair.svg: ")


def test_command_line(write: Write, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "plots", "--only", "pair", "--format", "svg", "-o", "out"]
    good = subprocess.run([*command, str(write([row()]))], capture_output=True, text=True, cwd=tmp_path, check=False)
    bad = subprocess.run([*command, "none.csv"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (good.returncode, good.stdout, bad.returncode) == (0, "out: pair (svg)\n", 2)
    assert bad.stderr.startswith("none.csv:1: file: ") and bad.stderr.count("\n") == 1
