# SPDX-License-Identifier: BSD-3-Clause
"""What a person meets who drives extram-bench by hand: results, options, bad input, interruption, a
full disk."""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import processes
import pytest
from conftest import COMMAND, Bench, cells, rows, valid_rows, validated

from results import names

QUICK = ("--block-ms", "20", "--window-us", "1000", "--repetitions", "1")

def test_writes_rows_that_the_validator_accepts(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    done = bench("--set", "every", "--output", "a.csv", *QUICK)
    assert done.returncode == 0, done.stderr
    found = valid_rows(tmp_path / "a.csv")
    assert {row["strategy"] for row in found} >= set(strategies)
    assert {row["workload"] for row in found} == {cell.split("/")[0] for cell in cells(bench("--set", "every", "--list=tsv"))}
    assert {row["level"] for row in found} == {"list", "callback", "machine"}
    assert "fingerprint:" in (tmp_path / "a.machine.txt").read_text()
    assert "<topology" in (tmp_path / "a.hwloc.xml").read_text()
    assert not (tmp_path / "a.csv.tmp").exists()


def test_every_block_conserves_its_ms(bench: Bench, tmp_path: Path) -> None:
    options = ("-w", "pair", "-L", "list", "-t", "2", "--hold", "0", "--think", "0", "--prefill", "0,1000")
    assert bench(*options, "-o", "a.csv", *QUICK).returncode == 0
    for row in rows(tmp_path / "a.csv"):
        assert row["ms_created"] == row["ms_retained"] == row["prefill"]
        assert float(row["bytes_per_m"]) >= 1024


def test_ms_of_callbacks_have_their_real_size(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    assert bench("-w", "pair", "-L", "callback", "-S", strategies[-1], "-t", "1", "-o", "a.csv", *QUICK).returncode == 0
    (row,) = rows(tmp_path / "a.csv")
    assert 36 * 1024 < float(row["bytes_per_m"]) < 48 * 1024


def test_a_row_says_how_the_build_spins_and_swaps(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    assert bench("--only", "-w", "pair", "-L", "list", "-S", strategies[-1], "-t", "1", "-o", "a.csv", *QUICK).returncode == 0
    facts = (tmp_path / "a.machine.txt").read_text().splitlines()
    for row in rows(tmp_path / "a.csv"):
        arm64 = row["arch"] == "aarch64"
        assert row["pause"] in (("isb", "yield", "wfe") if arm64 else ("pause",)) and f"pause: {row['pause']}" in facts
        assert row["cas"] in (("llsc", "lse", "outline") if arm64 else ("",))


def test_axes_replace_those_of_the_set(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-S", strategies[-1], "-w", "pair", "-L", "list", "-t", "1,2", "--hold", "100", "--think", "50", "--prefill", "9")
    assert bench(*options, "-p", "none", "-o", "a.csv", *QUICK).returncode == 0
    found = rows(tmp_path / "a.csv")
    assert sorted(row["threads"] for row in found) == ["1", "2"]
    for row in found:
        assert (row["hold_ns"], row["think_ns"], row["prefill"]) == ("100", "50", "9")
        assert (row["placement"], row["bound"]) == ("none", "0")


def test_bound_threads_are_counted(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    assert bench("-S", strategies[0], "-w", "pair", "-L", "list", "-t", "1", "-o", "a.csv", *QUICK).returncode == 0
    assert all(row["bound"] == "1" for row in rows(tmp_path / "a.csv"))


@pytest.mark.parametrize("layout", ["go1.19", "go1.24"])
def test_ms_as_in_a_version_of_go(bench: Bench, tmp_path: Path, strategies: list[str], layout: str) -> None:
    options = ("-S", strategies[0], "-w", "pair", "-L", "list", "-t", "1", "-o", "a.csv", *QUICK)
    assert bench(*options, "--layout", layout).returncode == 0
    (row, *_) = (row for row in rows(tmp_path / "a.csv") if row["kind"] == "strategy" or row["floor"] == "1" and row["workload"] == "pair")
    assert row["layout"] == layout
    assert float(row["bytes_per_m"]) == {"go1.19": 1280, "go1.24": 2048}[layout]


def test_very_many_ms(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    done = bench("-S", strategies[-1], "-w", "pair", "-L", "list", "-t", "1", "--prefill", "300000", "-o", "a.csv", *QUICK)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "a.csv")[0]["ms_retained"] == "300000"


def test_filter_and_list(bench: Bench, strategies: list[str]) -> None:
    begin = f"pair/list/{strategies[0]}/threads:1/"
    listed = cells(bench("--list=tsv", "--filter", f"^{begin}"))
    assert listed and all(cell.startswith(begin) for cell in listed)
    # The list for people has the same.
    assert [line.strip() for line in bench("--list", "--filter", f"^{begin}").stdout.splitlines() if begin in line] == listed


def test_google_benchmark_json(bench: Bench, tmp_path: Path, strategies: list[str]) -> None:
    options = ("-S", strategies[0], "-w", "pair", "-L", "list", "-t", "1", "-o", "a.csv", "--benchmark_out=g.json")
    assert bench(*options, *QUICK).returncode == 0
    assert '"pairs_per_s"' in (tmp_path / "g.json").read_text()


def test_help(bench: Bench) -> None:
    done = bench("--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--strategy", "--threads", "--placement", "--hold", "--prefill", "--set"))


BAD = (
    *(f"--{name}=nosuch" for name in ("strategy", "workload", "level", "placement", "layout", "set", "table", "list", "results", "benchmark_nosuch")),
    *(f"--threads={word}" for word in ("0", "-1", "two", "1000000", "")),
    *(f"--time={word}" for word in ("0", "-1s", "4x", "", "1e9h")),
    *("--hold=1e3", "--prefill=99999999999", "--repetitions=0", "--value=1", "--filter=(", "--benchmark_filter=("),
    *("--output=a.txt", "--output=nosuch/a.csv", "--nosuch", "stray"),
)


@pytest.mark.parametrize("option", BAD)
def test_bad_options(bench: Bench, tmp_path: Path, option: str) -> None:
    done = bench(option)
    assert (done.returncode, done.stdout) == (2, "")
    name, _, value = option.partition("=")
    assert name in done.stderr or (value or "''") in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_strategy_lists_all(bench: Bench, strategies: list[str]) -> None:
    stderr = bench("--strategy", "nosuch").stderr
    assert all(f" {name}" in stderr for name in strategies)


def test_a_placement_that_the_machine_cannot_give(bench: Bench) -> None:
    with open("/sys/devices/system/cpu/smt/active", encoding="ascii") as file:
        if file.read().strip() != "0":
            pytest.skip("this machine has hardware threads to place by")
    done = bench("--placement", "smt", "--list")
    assert done.returncode == 2
    assert "smt" in done.stderr


def test_an_existing_file_is_kept(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    done = bench("-o", "a.csv")
    assert (done.returncode, (tmp_path / "a.csv").read_text()) == (2, "mine")
    assert "--force" in done.stderr


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        done = as_nobody(tmp_path, [*COMMAND, "-o", str(folder / "a.csv")])
    else:
        done = processes.run([*COMMAND, "-o", str(folder / "a.csv")], capture_output=True, text=True)
    assert done.returncode == 2
    assert "Permission denied" in done.stderr


def as_nobody(tmp_path: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """For root no folder is closed, so the program is run as somebody else, from where that
    somebody may read it."""
    if not shutil.which("setpriv"):
        pytest.skip("root, and no setpriv to be somebody else")
    copy = Path("/tmp") / f"extram-bench-{os.getpid()}"
    shutil.copy(command[-3], copy)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o055)
    try:
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return processes.run([*drop, *command[:-3], str(copy), *command[-2:]], capture_output=True, text=True)
    finally:
        copy.unlink()


def test_interruption_keeps_what_is_finished(tmp_path: Path) -> None:
    command = [*COMMAND, "-w", "pair", "--block-ms", "50", "--repetitions", "100", "-o", "a.csv"]
    with processes.started(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        processes.wait_until(has_rows(tmp_path / "a.csv.tmp", 3), process)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert "partial" in stdout
    assert not (tmp_path / "a.csv").exists() and not (tmp_path / "a.csv.tmp").exists()
    assert len(rows(tmp_path / "a.partial.csv")) >= 3
    assert "partial" in validated(tmp_path / "a.partial.csv")


def test_a_killed_run_leaves_whole_rows(tmp_path: Path) -> None:
    command = [*COMMAND, "-w", "pair", "--block-ms", "50", "--repetitions", "100", "-o", "a.csv"]
    with processes.started(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        processes.wait_until(has_rows(tmp_path / "a.csv.tmp", 3), process)
        process.kill()
    assert not (tmp_path / "a.csv").exists()
    kept = (tmp_path / "a.csv.tmp").read_bytes()
    again = processes.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 2 and "a.csv.tmp" in again.stderr and "--force" in again.stderr
    assert (tmp_path / "a.csv.tmp").read_bytes() == kept
    assert "partial" in validated(tmp_path / "a.csv.tmp")


def has_rows(path: Path, count: int) -> Callable[[], bool]:
    return lambda: path.exists() and path.read_bytes().count(b"\n") > count


def test_a_full_disk(tmp_path: Path) -> None:
    """A file system of 16 KB, in a mount namespace of its own."""
    script = 'mount -t tmpfs -o size=16k none "$1" && cd "$1" && shift && "$@"; status=$?; cat ./*.csv 2>/dev/null; exit $status'
    unshare = ["unshare", "--mount", "--map-root-user"]
    if not shutil.which("unshare") or processes.run([*unshare, "true"], capture_output=True).returncode != 0:
        pytest.skip("no mount namespaces here")
    command = [*COMMAND, "-w", "pair", "-L", "list", "--block-ms", "20", "--repetitions", "50", "-o", "a.csv"]
    done = processes.run([*unshare, "sh", "-c", script, "sh", str(tmp_path), *command], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "No space left on device" in done.stderr
    assert "partial" in done.stdout
    kept = done.stdout[done.stdout.index("schema,run_id") :]
    assert kept.endswith("\n") and len({line.count(",") for line in kept.splitlines()}) == 1
    assert len(kept.splitlines()) > 3


def test_a_log_has_a_sign_of_life(bench: Bench, strategies: list[str]) -> None:
    """Five blocks of 1.5 s: when the last one begins, the first line is due on any machine."""
    blocks = ("--prefill", "0", "-r", "5", "--block-ms", "1500", "-o", "a.csv")
    done = bench("-w", "pair", "-L", "list", "-S", strategies[0], "-t", "1", "--hold", "0", "--think", "0", *blocks)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^extram-bench: \d of 5 blocks, about \d+ (s|min) left$", done.stderr, re.MULTILINE), done.stderr
    assert "\r" not in done.stderr and "\033" not in done.stderr


def test_listed_names_are_those_of_the_rows(bench: Bench, tmp_path: Path) -> None:
    listed = cells(bench("--set", "every", "--list=tsv"))
    done = bench("--set", "every", "--block-ms", "5", "-o", "a.csv")
    assert done.returncode == 0, done.stderr
    assert len(set(listed)) == len(listed)
    assert {names.cell(row) for row in rows(tmp_path / "a.csv")} == set(listed)


def test_a_name_selects_its_cell_alone(bench: Bench, strategies: list[str]) -> None:
    listed = cells(bench("--list=tsv", "-S", strategies[0]))
    for name in listed[:: max(1, len(listed) // 20)]:
        assert cells(bench("--list=tsv", "--filter", name)) == [name]


def test_a_fallback_is_warned_of_and_shown(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0")
    done = bench("-w", "pair", "-L", "list", "-t", "1", "--hold", "0", "--think", "0", "-o", "a.csv", *QUICK)
    assert done.returncode == 0, done.stderr
    lesser = {names.series(row["strategy"], row["variant"]) for row in rows(tmp_path / "a.csv") if row["fallback"] == "1"}
    if not lesser:
        pytest.skip("no strategy here has a lesser variant without restartable sequences")
    for label in lesser:
        strategy, variant = label.split(":")
        assert any(strategy in line and variant in line for line in done.stderr.splitlines())
        assert any(line.startswith(f"{label} ") for line in done.stdout.splitlines())
