# SPDX-License-Identifier: BSD-3-Clause
"""Draws the figures of result files."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from results.command import Parser, checked, run, writing  # First: it covers the imports below.

import matplotlib.pyplot as plt
import pandas as pd

from plots import cells, style
from plots.cells import ResultError
from plots.figures import FIGURES, OUT, c2c, draw, predicted
from plots.style import Titled
from results import latencies, noise

FORMATS = ("svg", "png")
MATRIX, PREDICTED = "c2c", "predicted"
KNOWN = (*FIGURES, MATRIX, PREDICTED)


def _names(known: tuple[str, ...]) -> Callable[[str], list[str]]:
    def convert(text: str) -> list[str]:
        for name in text.split(","):
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(known)}")
        return text.split(",")

    return convert


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(prog="./run plot", description=__doc__)
    parser.add_argument("csv", nargs="+", type=Path, metavar="CSV")
    parser.add_argument("-o", dest="out", type=Path, default=OUT, metavar="DIR", help="where to write, made if missing; default: plots/out")
    parser.add_argument("--format", type=_names(FORMATS), default=list(FORMATS), metavar="svg,png", help="default: both")
    parser.add_argument("--only", type=_names(KNOWN), metavar="NAME,...", help=", ".join(KNOWN))
    parser.add_argument("--strategy", metavar="NAME,...", help="bring these out; the others turn grey")
    parser.add_argument("--allow-mixed", action="store_true", help="plot rows of several machines or sources side by side")
    return parser.parse_args(argv)


def _figure(name: str, df: pd.DataFrame, args: argparse.Namespace) -> tuple[Titled | None, list[str]]:
    """The figure of the rows; c2c is of the matrix beside the first file that has one, predicted of
    computed rows alone."""
    if name == PREDICTED:
        return predicted.draw(df, args.csv, args.chosen)
    if name != MATRIX:
        return draw(name, df, args.chosen)
    found = [path for path in map(latencies.beside, args.csv) if path]
    if not found:
        return None, [f"no {latencies.SUFFIX} beside the result files"]
    return c2c.draw(found[0]), [f"of {found[0].name} only"] if len(found) > 1 else []


def _write(name: str, df: pd.DataFrame, args: argparse.Namespace) -> bool:
    """Draws and writes one figure. False: there is nothing to draw."""
    figure, remarks = _figure(name, df, args)
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
    only = args.only or list(KNOWN)
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
