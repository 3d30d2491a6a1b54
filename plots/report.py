# SPDX-License-Identifier: BSD-3-Clause
"""Writes a self-contained HTML page about one or more result files."""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

from command import Parser, checked, run, write, writing  # noqa: E402  First: it covers the imports below.

import jinja2  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import pandas as pd  # noqa: E402
from markupsafe import Markup  # noqa: E402

import cells  # noqa: E402
import noise  # noqa: E402
import plot  # noqa: E402
import report_cells  # noqa: E402
import report_compare  # noqa: E402
import report_findings  # noqa: E402
import report_svg  # noqa: E402
import style  # noqa: E402
from cells import ResultError  # noqa: E402
from report_findings import counted  # noqa: E402
from schema import unfit  # noqa: E402

PARTS = Path(__file__).resolve().with_name("report")
RESULTS = Path(__file__).resolve().parent.parent / "results"
OUT = plot.OUT / "report.html"
# With a smaller share of clean windows, the machine was busy.
QUIET = 0.8
# Columns with fewer values than this get a filter above the table.
CHOICES = 33

LIGHT = (
    "color-scheme:light;--paper:#fff;--raised:#f6f7f8;--ink:#1b1f24;--soft:#57606a;--line:#d9dde1;--edge:#868e96;--link:#0a58a8;"
    "--mark:#fff1b8;--warn:#fff6dd;--warn-edge:#b26a00;--bad:#b3261e;--good:#19692c;"
)
DARK = (
    f"color-scheme:dark;--paper:{report_svg.PAPER};--raised:#1c222a;--ink:{report_svg.INK};--soft:#a3adb8;--line:#323b45;--edge:#6d7884;"
    "--link:#79b8ff;--mark:#5a4a00;--warn:#33290f;--warn-edge:#e0a030;--bad:#ff8a80;--good:#7ddf94;"
)


@dataclass(frozen=True)
class Drawing:
    name: str
    title: str
    answer: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class Machine:
    name: str
    note: str
    facts: list[tuple[str, str]]


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="report.py", description=__doc__)
    parser.add_argument("csv", nargs="*", type=Path, metavar="CSV", help="result files; default: the newest in results/")
    parser.add_argument("-o", dest="out", type=Path, default=OUT, metavar="FILE", help="output file; default: plots/out/report.html")
    parser.add_argument("--compare", type=Path, metavar="OLD.csv", help="an older run; the page starts with verdicts against it")
    parser.add_argument("--allow-mixed", action="store_true", help="allow rows of several machines or sources")
    return parser.parse_intermixed_args(argv)


def _newest() -> list[Path]:
    found = sorted(RESULTS.glob("*.csv"), key=lambda path: path.stat().st_mtime)
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


def _drawing(name: str, figure: style.Titled, remarks: list[str], sheet: report_svg.Sheet) -> Drawing:
    """The texts around the panels become the page's: there they wrap, and are read aloud."""
    texts = figure.bare()
    caption = " ".join([*texts.notes, *(f"{remark[:1].upper()}{remark[1:]}." for remark in remarks)])
    return Drawing(name, texts.title, texts.answer, caption, Markup(report_svg.inline(figure, name, texts.title, sheet)))


def _drawings(df: pd.DataFrame, sheet: report_svg.Sheet) -> list[Drawing]:
    found = []
    # Text instead of outlines: smaller, and readers can search and select it.
    lettered: dict[str, Any] = {**style.RC, "svg.fonttype": "none"}
    with plt.rc_context(lettered):
        for name in plot.FIGURES:
            figure, remarks = plot.draw(name, df)
            if figure is None:
                continue
            try:
                found.append(_drawing(name, figure, remarks, sheet))
            finally:
                plt.close(figure)
    return found


def _emulated(df: pd.DataFrame) -> bool:
    return "emulated" in set(df["source"])


def _notices(df: pd.DataFrame) -> list[str]:
    found = []
    if _emulated(df):
        found.append("Emulated: times are meaningless. They only show that the code runs, so there is no ranking.")
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
    strategies = df[df["workload"] != "limit"]
    floors = set(strategies.loc[strategies["floor"] == 1, "strategy"])
    names = sorted(set(strategies["strategy"]), key=lambda name: (name not in floors, name))
    minutes = df.groupby("run_id")["wall_ns"].sum().sum() / 60e9
    return [
        ("Files", ", ".join(path.name for path in paths)),
        ("Measured", f"{counted(count, 'cell')} in {counted(len(df), 'block')}, {minutes:.1f} minutes of measuring"),
        ("Strategies", ", ".join(names) or "none"),
        ("Workloads", ", ".join(sorted(set(df["workload"])))),
        ("Threads", ", ".join(str(n) for n in sorted(set(strategies["threads"])))),
        ("Runs", ", ".join(sorted(set(df["run_id"])))),
    ]


def _choices(table: report_cells.Table) -> list[tuple[int, report_cells.Heading, list[str]]]:
    """Columns that distinguish cells and have few values: number, heading, values."""
    found = []
    for n, heading in enumerate(table.headings):
        if heading.name == "reps":
            break
        values = {row[n].shown: row[n].value for row in table.rows}
        if 1 < len(values) < CHOICES:
            order = sorted(values, key=lambda shown: shown if heading.text else float(values[shown] or 0))
            found.append((n, heading, order))
    return found


def _style(sheet: report_svg.Sheet) -> str:
    """The page's style with both palettes. Printing always uses the light one."""
    light, dark = LIGHT + sheet.variables("light"), DARK + sheet.variables("dark")
    palettes = (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f"@media screen{{:root[data-theme=dark]{{{dark}}}}}\n"
    )
    return palettes + (PARTS / "style.css").read_text(encoding="utf-8") + sheet.rules()


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def render(paths: list[Path], df: pd.DataFrame, comparison: report_compare.Comparison | None = None) -> str:
    """Renders the page. The template escapes everything that comes from a file."""
    sheet = report_svg.Sheet()
    table = report_cells.tabulate(df)
    figures = _drawings(df, sheet)
    script, css = (PARTS / "script.js").read_text(encoding="utf-8"), _style(sheet)
    quiet = noise.quiet(df)
    judged = not _emulated(df) and len(quiet) > 0
    values: dict[str, Any] = {
        "origin": cells.describe(df),
        "notices": _notices(df),
        "run": _facts(paths, df, len(table.rows)),
        "headlines": report_findings.headlines(quiet) if judged else {},
        "costs": report_findings.costs(quiet) if judged else [],
        "tails": report_findings.tails(quiet) if judged else [],
        "figures": figures,
        "table": table,
        "choices": _choices(table),
        "machines": [_machine(path, cells.read([path], True)) for path in paths],
        "meanings": report_cells.meanings(),
        "style": Markup(css),
        "script": Markup(script),
        "style_hash": _hash(css),
        "script_hash": _hash(script),
        "comparison": comparison,
    }
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(PARTS), autoescape=True, undefined=jinja2.StrictUndefined)
    environment.globals.update(time=report_findings.time, percent=report_findings.PERCENT)
    return environment.get_template("page.html").render(**values) + "\n"


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(argv)
    paths = args.csv or _newest()
    df = cells.read(paths, args.allow_mixed)
    comparison = report_compare.against(args.compare, paths, args.allow_mixed) if args.compare else None
    page = render(paths, df, comparison)
    with writing(args.out):
        args.out.parent.mkdir(parents=True, exist_ok=True)
    write(page, args.out)
    print(args.out)
    return 0


if __name__ == "__main__":
    run(main)
