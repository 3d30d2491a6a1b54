# SPDX-License-Identifier: BSD-3-Clause
"""Predicts the pairs that were measured on a machine, from its core-to-core matrix, and prints
both. RUN.c2c.csv lies beside RUN.csv."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from results.command import Parser, checked, write  # First: it covers the imports below.

import pandas as pd

from model import calibrate, cells, description, engine, errors, rows, settle
from model.settle import Job
from results import latencies, noise, schema
from results.columns import ResultError

KEYS = ["strategy", "threads", "hold_ns", "think_ns", "prefill", "placement"]
FILLS = {"compact": "cores", "scatter": "scatter"}


def measured(csv: Path) -> pd.DataFrame:
    """Medians of the undisturbed pairs whose placement the model knows."""
    df = schema.load(csv)
    if set(df["source"]) != {"measured"}:
        raise ResultError(f"{csv}: source: rows are {', '.join(sorted(set(df['source'])))}, not measured")
    known = [one.name for one in rows.strategies()]
    df = noise.quiet(df)
    df = df[(df["workload"] == "pair") & (df["level"] == "list") & df["strategy"].isin(known) & df["placement"].isin(FILLS) & (df["threads"] <= df["cpus"])]
    found = df.dropna(subset=["ns_per_pair"]).groupby(KEYS, as_index=False)["ns_per_pair"].median()
    if found.empty:
        raise ResultError(f"{csv}: no undisturbed rows of workload pair with a CPU for each thread")
    return found


def jobs(found: pd.DataFrame, machine: rows.Machine) -> list[Job]:
    code = {one.name: one.instructions[machine.code] for one in rows.strategies()}
    return [
        Job(machine.path, row.strategy, int(row.threads), int(row.hold_ns), int(row.think_ns), fill=FILLS[row.placement], ms=int(row.prefill), instructions=code[row.strategy])
        for row in found.itertuples()
    ]


def _machine(csv: Path, name: str, folder: Path) -> Path:
    """That machine's description, fitted to what lies beside the file."""
    told = description.read(engine.machine(name))
    matrix = latencies.beside(csv)
    try:
        contended = cells.rows(csv)
    except ResultError:
        contended = ()  # a run without such limits: the description's own figures stay
    job = calibrate.Job(folder / told.path.name, told, latencies.read(matrix) if matrix else None, contended or told.contended)
    write(told.path.read_text("utf-8"), job.file)
    if matrix or contended:
        calibrate.fit([job])
    return job.file


def summary(found: pd.DataFrame) -> list[str]:
    """found: with predicted and error."""
    ranks = sum((errors.rank(list(some["predicted"]), list(some["ns_per_pair"])) for _, some in found.groupby(KEYS[1:4])), errors.Ranks())
    some = list(found["error"])
    return [
        f"median error {100 * errors.median(some):.0f} %, 90th percentile {100 * errors.quantile(some, 0.9):.0f} %, of {len(some)} cells",
        f"Kendall's tau {ranks.tau:.2f} of {ranks.pairs} pairs that are more than {100 * (errors.APART - 1):.0f} % apart",
    ]


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="./run model check", description=__doc__)
    parser.add_argument("csv", type=Path, metavar="RUN.csv", help="a run of ./run bench")
    parser.add_argument("--machine", required=True, metavar="NAME.ini", help="the machine's topology and costs: see docs/model.md")
    return parser.parse_args(argv)


@checked
def main(argv: list[str] | None = None) -> int:
    args = _arguments(sys.argv[1:] if argv is None else argv)
    found = measured(args.csv)
    with tempfile.TemporaryDirectory() as folder:
        machine = rows.machine(_machine(args.csv, args.machine, Path(folder)))
        predicted = [one.thread_ns for one in settle.run_all(jobs(found, machine))]
    found = found.assign(predicted=predicted, error=[errors.error(*both) for both in zip(predicted, found["ns_per_pair"])])
    shown = found.rename(columns={"ns_per_pair": "measured ns", "predicted": "model ns"}).assign(error=[f"{100 * value:.0f} %" for value in found["error"]])
    print(shown.drop(columns="placement").to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    print("\n".join(summary(found)))
    return 0
