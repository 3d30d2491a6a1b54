# SPDX-License-Identifier: BSD-3-Clause
"""Draws the figures of result files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "results"))

from command import Parser, checked, run, writing  # noqa: E402  First: it covers the imports below.

import matplotlib.pyplot as plt  # noqa: E402
import pandas as pd  # noqa: E402

import cells  # noqa: E402
import figure_coldburst  # noqa: E402
import figure_ladder  # noqa: E402
import figure_memory  # noqa: E402
import figure_model  # noqa: E402
import figure_openloop  # noqa: E402
import figure_pair  # noqa: E402
import figure_tails  # noqa: E402
import noise  # noqa: E402
import style  # noqa: E402
import view  # noqa: E402
from cells import ResultError  # noqa: E402

Draw = Callable[[view.View], tuple[style.Titled | None, list[str]]]

FIGURES: dict[str, Draw] = {
    "pair": figure_pair.draw,
    "tails": figure_tails.draw,
    "ladder": figure_ladder.draw,
    "model": figure_model.draw,
    "coldburst": figure_coldburst.draw,
    "memory": figure_memory.draw,
    "openloop": figure_openloop.draw,
}
FORMATS = ("svg", "png")
OUT = Path(__file__).resolve().parent / "out"


def _names(known: tuple[str, ...]) -> Callable[[str], list[str]]:
    def convert(text: str) -> list[str]:
        for name in text.split(","):
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(known)}")
        return text.split(",")

    return convert


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="plot.py", description=__doc__)
    parser.add_argument("csv", nargs="+", type=Path, metavar="CSV")
    parser.add_argument("-o", dest="out", type=Path, default=OUT, metavar="DIR", help="where to write, made if missing; default: plots/out")
    parser.add_argument("--format", type=_names(FORMATS), default=list(FORMATS), metavar="svg,png", help="default: both")
    parser.add_argument("--only", type=_names(tuple(FIGURES)), metavar="NAME,...", help=", ".join(FIGURES))
    parser.add_argument("--strategy", metavar="NAME,...", help="bring these out; the others turn grey")
    parser.add_argument("--allow-mixed", action="store_true", help="plot rows of several machines or sources side by side")
    return parser.parse_args(argv)


def draw(name: str, df: pd.DataFrame, chosen: frozenset[str] = frozenset()) -> tuple[style.Titled | None, list[str]]:
    """One figure, of undisturbed blocks; if that leaves nothing, of all, stamped. And what to say about it."""
    seen = view.of(df, chosen)
    figure, remarks = FIGURES[name](seen) if len(seen.blocks) else (None, [])
    if figure is None and len(seen.blocks) < len(df):
        figure, remarks = FIGURES[name](view.of(df, chosen, disturbed=True))
        if figure:
            style.stamp(figure, "disturbed: no result")
            remarks = [*remarks, "other work on the machine disturbed every block that it shows"]
    if figure and seen.emulated:
        style.stamp(figure, "emulated: times mean nothing")
    return figure, remarks


def _write(name: str, df: pd.DataFrame, args: argparse.Namespace) -> bool:
    """Draws and writes one figure. False: there is nothing to draw."""
    figure, remarks = draw(name, df, args.chosen)
    for remark in remarks:
        if figure or args.named:
            print(f"{name}: {remark}" + ("" if figure else "; skipped"))
    if figure is None:
        return False
    try:
        for kind in args.format:
            path = args.out / f"{name}.{kind}"
            with writing(path):
                style.save(figure, path)
    finally:
        plt.close(figure)
    return True


def _chosen(df: pd.DataFrame, names: str | None) -> frozenset[str]:
    """The series of these strategies."""
    wanted = names.split(",") if names else []
    for name in wanted:
        if not (df["strategy"] == name).any():
            raise ResultError(f"no row of strategy {name!r}")
    return frozenset(df.loc[df["strategy"].isin(wanted), "series"])


def _run(args: argparse.Namespace) -> None:
    df = cells.read(args.csv, args.allow_mixed)
    with writing(args.out):
        args.out.mkdir(parents=True, exist_ok=True)
    args.chosen, args.named = _chosen(df, args.strategy), args.only is not None
    only = args.only or list(FIGURES)
    with plt.rc_context(style.RC):
        drawn = [name for name in only if _write(name, df, args)]
    if not drawn:
        raise ResultError("no data for any of the figures " + ", ".join(only))
    for words in noise.words(df):
        print(words)
    print(f"{args.out}: {', '.join(drawn)} ({', '.join(args.format)})")


@checked
def main(argv: list[str] | None = None) -> int:
    _run(_arguments(argv))
    return 0


if __name__ == "__main__":
    run(main)
