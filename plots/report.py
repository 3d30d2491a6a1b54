# SPDX-License-Identifier: BSD-3-Clause
"""Writes a self-contained HTML page about one or more result files."""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results.command import Parser, checked, run, write, writing  # First: it covers the imports below.

import jinja2
import matplotlib.pyplot as plt
import pandas as pd

from compare import text
from compare.__main__ import NARROW, arguments, compare
from plots import cells, figures, style
from plots.cells import ResultError
from plots.page import cells as page_cells
from plots.page import headline
from results import noise
from results.latencies import result_files
from results.repository import ROOT
from results.schema import unfit

PARTS = ROOT / "plots" / "page"
RESULTS = ROOT / "results"
OUT = figures.OUT / "report.html"
# With a smaller share of clean windows, the machine was busy.
QUIET = 0.8


@dataclass(frozen=True)
class Drawing:
    name: str
    title: str
    answer: str
    caption: str
    svg: str  # in base64


@dataclass(frozen=True)
class Machine:
    name: str
    note: str
    facts: list[tuple[str, str]]


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="./run report", description=__doc__)
    parser.add_argument("csv", nargs="*", type=Path, metavar="CSV", help="result files; default: the newest in results/")
    parser.add_argument("-o", dest="out", type=Path, default=OUT, metavar="FILE", help="output file; default: plots/out/report.html")
    parser.add_argument("--compare", type=Path, metavar="OLD.csv", help="an older run; the page has the verdicts against it")
    parser.add_argument("--allow-mixed", action="store_true", help="allow rows of several machines or sources")
    return parser.parse_intermixed_args(argv)


def _newest() -> list[Path]:
    found = sorted(result_files(RESULTS), key=lambda path: path.stat().st_mtime)
    if not found:
        raise ResultError(f"{RESULTS}: no result files; run ./run bench, or give a file")
    return found[-1:]


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".csv").removesuffix(".partial") + ".machine.txt")


def _machine(path: Path, df: pd.DataFrame) -> Machine:
    """Machine facts from the sidecar, or from the rows if there is none."""
    try:
        lines = _sidecar(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        names = ("arch", "cpu_model", "cpus", "source", "fingerprint", "git_rev", "build_id")
        facts = [(name, ", ".join(sorted({str(value) for value in df[name]}))) for name in names]
        return Machine(path.name, f"{_sidecar(path).name} is missing. These facts are from the rows.", facts)
    pairs = (line.partition(":") for line in lines if ":" in line)
    return Machine(path.name, "", [(name.strip(), value.strip()) for name, _, value in pairs])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _drawing(name: str, figure: style.Titled, remarks: list[str]) -> Drawing:
    """The texts around the panels become the page's: there they wrap."""
    texts, picture = figure.bare(), io.BytesIO()
    figure.savefig(picture, format="svg", bbox_inches="tight", pad_inches=0.05, metadata={"Date": None})
    caption = " ".join([*texts.notes, *(f"{remark[:1].upper()}{remark[1:]}." for remark in remarks)])
    return Drawing(name, texts.title, texts.answer, caption, _base64(picture.getvalue()))


def _drawings(df: pd.DataFrame) -> list[Drawing]:
    found = []
    # Text instead of outlines is smaller.
    lettered: dict[str, Any] = {**style.RC, "svg.fonttype": "none"}
    with plt.rc_context(lettered):
        for name in figures.FIGURES:
            figure, remarks = figures.draw(name, df)
            if figure is not None:
                found.append(_drawing(name, figure, remarks))
                plt.close(figure)
    return found


def _notices(df: pd.DataFrame) -> list[str]:
    found = []
    if "emulated" in set(df["source"]):
        found.append("Emulated: times are meaningless. They only show that the code runs, so there is no ranking.")
    if cells.MODEL in set(df["source"]):
        found.append("Computed by a model, not measured: there is no ranking.")
    found += [f"The numbers of this build are meaningless: {why}." for why in unfit(df)]
    if df["partial"].any():
        found.append("Partial: a run was stopped early. Its finished blocks are valid.")
    if df["fingerprint"].nunique() > 1:
        found.append("Several machines or settings: compare only rows with the same fingerprint.")
    found += [f"{words[:1].upper()}{words[1:]}." for words in noise.words(df)]
    if noise.disturbed(df).any():
        found.append(f"Cells marked {noise.MARK} have only disturbed blocks: their figures do not count.")
    clean = df[df["windows_clean"].notna()]
    share = clean["windows_clean"].sum() / max(clean["windows"].sum(), 1) if len(clean) else 1.0
    if share < QUIET:
        found.append(f"The machine was busy: {100 * share:.0f} % of the windows were clean. Repeat the run on a quiet machine.")
    if df["git_rev"].str.endswith("-dirty").any():
        found.append("The sources had uncommitted changes: the revision does not identify what was measured.")
    return found


def _facts(paths: list[Path], df: pd.DataFrame, count: int) -> list[tuple[str, str]]:
    minutes = df.groupby("run_id")["wall_ns"].sum().sum() / 60e9
    return [
        ("Files", ", ".join(path.name for path in paths)),
        ("Measured", f"{count:,} cells in {len(df):,} blocks, {minutes:.1f} minutes of measuring"),
        ("Workloads", ", ".join(sorted(set(df["workload"])))),
        ("Runs", ", ".join(sorted(set(df["run_id"])))),
    ]


def _verdicts(old: Path, new: list[Path], allow_mixed: bool) -> str:
    """What compare prints about the files as one new run."""
    asked = ["--old", str(old), "--new", *map(str, new), *["--allow-mixed"] * allow_mixed]
    return text.as_text(compare(arguments(asked)), NARROW, False)


def render(paths: list[Path], df: pd.DataFrame, old: str = "", verdicts: str = "") -> str:
    """Renders the page. The template escapes everything that comes from a file."""
    table = page_cells.tabulate(df)
    script, css = ((PARTS / name).read_text(encoding="utf-8") for name in ("script.js", "style.css"))
    values: dict[str, Any] = {
        "origin": cells.describe(df),
        "notices": _notices(df),
        "headline": headline.tabulate(df if set(df["source"]) == {"measured"} else df[:0]),
        "facts": _facts(paths, df, len(table.rows)),
        "old": old,
        "verdicts": verdicts,
        "figures": _drawings(df),
        "table": table,
        "meanings": [(heading.name, heading.meaning) for heading in table.headings],
        "machines": [_machine(path, cells.read([path], True)) for path in paths],
        "style": css,
        "script": script,
        "hash": lambda part: _base64(hashlib.sha256(part.encode()).digest()),
    }
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(PARTS), autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.get_template("page.html").render(**values) + "\n"


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(argv)
    paths = args.csv or _newest()
    df = cells.read(paths, args.allow_mixed)
    verdicts = _verdicts(args.compare, paths, args.allow_mixed) if args.compare else ""
    page = render(paths, df, args.compare.name if args.compare else "", verdicts)
    with writing(args.out):
        args.out.parent.mkdir(parents=True, exist_ok=True)
    write(page, args.out)
    print(args.out)
    return 0


if __name__ == "__main__":
    run(main)
