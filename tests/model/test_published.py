# SPDX-License-Identifier: BSD-3-Clause
"""Published curves: both formats, what is refused, and that what is committed has counterparts."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import published, report
from model.published import Load
from results.columns import ResultError

SIMPLE = "host\tlock\tcrit_ns\tpar_ns\tthreads\tns\tper\n"
HAMMER = "host\tlock\tcrit_ns\tpar_ns\tthreads\treps\tsched_ns_per_op_div_threads\twall_ns_per_op\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "curves.tsv"
    path.write_text("# a source\n" + text, "utf-8")
    return path


def test_time_of_a_thread_becomes_the_systems(tmp_path: Path) -> None:
    path = written(tmp_path, SIMPLE + "h\tadd\t0\t0\t4\t100\tthread\nh\tadd\t0\t0\t8\t100\tsystem\nh\tadd\t5\t0\t8\t7\tsystem\n")
    curves = published.read(path)
    assert [(curve.load, curve.ns) for curve in curves] == [(Load(0, 0), {4: 25.0, 8: 100.0}), (Load(5, 0), {8: 7.0})]


def test_lockhammers_wall_time_counts_from_five_threads(tmp_path: Path) -> None:
    rows = "".join(f"h\tadd\t0\t0\t{n}\t9\t{n}\t{100 * n}\n" for n in (1, 4, 5))
    assert published.read(written(tmp_path, HAMMER + rows))[0].ns == {1: 1.0, 4: 4.0, 5: 500.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column host"),
        ("host\tlock\n", "no column crit_ns"),
        ("host\tlock\tcrit_ns\tpar_ns\tthreads\tns\nh\tadd\t0\t0\t8\t7\n", "neither"),
        (SIMPLE + "h\tadd\t0\t0\t8\t7\n", ":3: row: 6 fields"),
        (SIMPLE + "h\tadd\t0\t0\t8\t7\teach\n", ":3: per: 'each'"),
        (SIMPLE + "h\tadd\t0\t0\t8\t-7\tsystem\n", ":3: ns: '-7'"),
        (SIMPLE + "h\tadd\t0\t0\t8\tnan\tsystem\n", ":3: ns: 'nan'"),
        (SIMPLE + "h\tadd\t0.5\t0\t8\t7\tsystem\n", ":3: crit_ns: '0.5'"),
        (SIMPLE + "h\tadd\t0\t0\t0\t7\tsystem\n", ":3: threads: 0"),
        (SIMPLE + "h\tadd\t0\t0\t8\t7\tsystem\nh\tadd\t0\t0\t8\t7\tsystem\n", ":4: threads: 8"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ResultError, match=said):
        published.read(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="No such file"):
        published.read(tmp_path / "none.tsv")


def test_each_committed_curve_has_its_machine_and_its_lock() -> None:
    hosts, locks = published.hosts(), published.locks()
    curves = [curve for path in published.all_files() for curve in published.read(path)]
    assert len(curves) > 50
    assert {curve.host for curve in curves} == set(hosts)
    assert {curve.lock for curve in curves} == set(locks)
    assert all(host.machine.is_file() for host in hosts.values())
    assert all(lock.why for lock in locks.values())


def test_few_counts_stay_and_of_many_those_that_matter() -> None:
    assert published.thin([3, 1, 2], [2]) == [1, 2, 3]
    assert published.thin(range(1, 89), [45]) == [1, 2, 4, 8, 12, 16, 24, 32, 44, 45, 46, 47, 48, 64, 88]


def test_the_table_goes_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"before\n{report.BEGIN}\n{report.END}\nafter\n", "utf-8")
    for table in ("| one |", "| two |"):
        report.insert(path, table)
        assert report.between(path) == table
        assert path.read_text("utf-8") == f"before\n{report.BEGIN}\n{table}\n{report.END}\nafter\n"


def test_a_page_without_markers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"{report.END}\n{report.BEGIN}\n", "utf-8")
    with pytest.raises(ResultError, match="markers"):
        report.insert(path, "| one |")
