# SPDX-License-Identifier: BSD-3-Clause
"""Planned callbacks from the command line: openloop, mixed, replay. What they write, not how long
it took."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Bench, cells, valid_rows
from processes import longer

HEAD = "# extram trace 1\nthread,start_ns,hold_ns\n"
ONCE = ("--repetitions", "1")
RESPONSE = {"resp_p50_ns": "p50_ns", "resp_p90_ns": "p90_ns", "resp_p99_ns": "p99_ns", "resp_max_ns": "max_ns"}


def measure(bench: Bench, folder: Path, *options: str) -> list[dict[str, str]]:
    done = bench(*options, *ONCE, "-o", "a.csv", "--force")
    assert done.returncode == 0, done.stderr
    return valid_rows(folder / "a.csv")


def check(row: dict[str, str]) -> None:
    """Whatever the times: both tails are of the same callbacks, a response is no shorter than its
    service, and no m is lost."""
    assert row["ms_created"] == row["ms_retained"]
    assert (int(row["samples"]) > 0) == bool(row["max_ns"])
    for response, service in RESPONSE.items():
        assert bool(row[response]) == bool(row[service])
        if row[response]:
            assert float(row[response]) >= float(row[service])


def test_openloop(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    found = measure(bench, tmp_path, "-w", "openloop", "--load", "40,80", "-L", "list", "-t", "2", "--block-ms", "20")
    assert {row["strategy"] for row in found} == set(strategies)
    wanted = {(load, kind, "300") for load in ("40", "80") for kind in ("poisson", "fixed")}
    assert {(row["load"], row["arrivals"], row["hold_ns"]) for row in found} == wanted
    for row in found:
        check(row)
        assert row["windows"] == "1" and row["samples"] == row["pairs"]


def test_openloop_has_samples(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    """On a crowded machine the peak may be so low that no callback is due in a short block."""
    options = ("-w", "openloop", "-S", strategies[-1], "--load", "80", "-L", "list", "-t", "2", "--arrivals", "fixed")
    (row,) = longer(lambda ms: measure(bench, tmp_path, *options, "--block-ms", str(ms)), lambda rows: int(rows[0]["samples"]) > 1000, 20)
    check(row)
    assert row["p50_ns"] and row["resp_p50_ns"]


def test_openloop_at_callback(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("--set", "full", "-w", "openloop", "-S", strategies[-1], "--load", "50", "-L", "callback", "-t", "2",
               "-p", "compact", "--hold", "300", "--arrivals", "poisson", "--block-ms", "50")  # fmt: skip
    (row,) = measure(bench, tmp_path, *options)
    check(row)
    assert float(row["bytes_per_m"]) > 36 * 1024


def test_few_samples_have_no_tail(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "mixed", "-S", strategies[-1], "-L", "list", "-t", "3", "--think", "2000000", "--block-ms", "300")
    (row,) = measure(bench, tmp_path, *options)
    check(row)
    assert row["samples"] == "150" and int(row["pairs"]) >= 150
    assert row["p50_ns"] == row["resp_p99_ns"] == "" and row["max_ns"] and row["resp_max_ns"]


def test_mixed_has_a_crowd(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-w", "mixed", "-S", strategies[-1], "-L", "list", "-t", "3", "--think", "2000000", "--block-ms")
    more: Callable[[list[dict[str, str]]], bool] = lambda rows: int(rows[0]["pairs"]) > int(rows[0]["samples"])  # noqa: E731
    (row,) = longer(lambda ms: measure(bench, tmp_path, *options, str(ms)), more, 100)
    check(row)


def test_mixed_needs_a_period(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    done = bench("-w", "mixed", "-S", strategies[-1], "-L", "list", "--think", "0", "-o", "a.csv", *ONCE)
    assert done.returncode == 1 and "--think" in done.stderr
    assert not list(tmp_path.glob("a*.csv"))


def test_replay(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    events = "".join(f"{n % 3},{n * 10000},500\n" for n in range(3000))
    (tmp_path / "three.trace").write_text(HEAD + events)
    found = measure(bench, tmp_path, "--replay", "three.trace")
    assert {(row["strategy"], row["level"]) for row in found} == {(name, level) for name in strategies for level in ("list", "callback")}
    for row in found:
        check(row)
        assert float(row["max_ns"]) > 0
        assert (row["workload"], row["trace"], row["threads"], row["pairs"], row["samples"]) == ("replay", "three", "3", "3000", "3000")
        assert row["p90_ns"] and not row["p999_ns"]
        assert int(row["wall_ns"]) >= 29_990_000


def test_replay_faster(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    (tmp_path / "a.trace").write_text(HEAD + "".join(f"0,{n * 1000000},0\n" for n in range(200)))
    found = measure(bench, tmp_path, "--replay", "a.trace", "--speed", "100", "-S", strategies[-1])
    assert {row["trace"] for row in found} == {"a x100"}


def test_every_recorded_trace_is_read(bench: Bench) -> None:
    traces = sorted((ROOT / "results" / "recorded" / "traces").glob("*.trace"))
    assert len(traces) >= 2
    for trace in traces:
        assert any(f"/trace:{trace.stem}" in cell for cell in cells(bench("--replay", str(trace), "--list=tsv")))
        assert trace.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "a.trace:1: "), (HEAD + "0,0,0\n0,zero,0\n", "a.trace:4: "), (HEAD + "1,0,0\n", "a.trace:4: ")],
)
def test_a_bad_trace(bench: Bench, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.trace").write_text(text)
    done = bench("--replay", "a.trace", "-o", "a.csv")
    assert done.returncode == 2
    assert done.stderr.startswith(message) and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "a.csv.tmp").exists()


def test_bad_options(bench: Bench) -> None:
    assert "No such file" in bench("--replay", "nosuch").stderr
    assert "at least 1" in bench("--speed", "0").stderr
    none = bench("-w", "replay")
    assert none.returncode == 2 and "no cell" in none.stderr
