# SPDX-License-Identifier: BSD-3-Clause
"""./run merge: machines stay apart, and what flips between them is told by how much."""

from __future__ import annotations

import csv
import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cluster import RECORDED, REPETITIONS, write_short

from fleet import merge, privacy, submit
from plots import cells, figures, ranking
from results.schema import check, load

Row = dict[str, str]
Change = Callable[[Row], None]
FIRST = "76c0f794754ad3db"  # the recorded machine
TIMES = ("ns_per_pair", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "p9999_ns", "max_ns", "all_in_ms")


def _alike() -> list[str]:
    """Three recorded strategies whose callbacks cost about the same: those in the middle."""
    cost: dict[str, list[float]] = {}
    with RECORDED.open(newline="") as file:
        for row in csv.DictReader(file):
            if (row["workload"], row["level"], row["hold_ns"], row["floor"]) == ("pair", "callback", "0", "0") and row["ns_per_pair"]:
                cost.setdefault(row["strategy"], []).append(float(row["ns_per_pair"]))
    names = sorted(cost, key=lambda name: sorted(cost[name])[len(cost[name]) // 2])
    middle = len(names) // 2
    return names[middle - 1 : middle + 2]


ONE, OTHER, THIRD = _alike()


def scaled(factor: float, strategy: str = "") -> Change:
    def change(row: Row) -> None:
        for name in TIMES:
            if row[name] and strategy in ("", row["strategy"]):
                row[name] = f"{float(row[name]) * factor:.6g}"

    return change


def machine(path: Path, fingerprint: str, cpu_model: str, *changes: Change, run_id: str = "20260101T000000Z-1") -> Path:
    """The recorded run as if another machine had made it."""
    with RECORDED.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["rep"]) < REPETITIONS]
    for row in rows:
        row.update(fingerprint=fingerprint, cpu_model=cpu_model, run_id=run_id)
        for change in changes:
            change(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    assert not check(path)
    return path


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Three machines: on b one strategy is four times as dear, on c another is ten times."""
    folder = tmp_path / "in"
    machine(folder / "b" / "run.csv", "b" * 16, "Other CPU", scaled(4, ONE))
    machine(folder / "c.csv", "c" * 16, "Third CPU", scaled(2), scaled(10, OTHER))
    write_short(folder / "a.csv")
    return folder


def table(path: Path) -> Iterator[Row]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def merged(*folders: Path, out: Path) -> Path:
    assert merge.main([*map(str, folders), f"--out={out}"]) == 0
    return out


def refused(*folders: Path, out: Path) -> None:
    assert merge.main([*map(str, folders), f"--out={out}"]) == 2
    assert not out.exists() or not any(out.iterdir())


def alone_of_one(path: Path) -> float:
    rows = load(path)
    rows = rows[(rows["workload"] == "pair") & (rows["level"] == "list") & (rows["threads"] == 1) & (rows["hold_ns"] == 0) & (rows["strategy"] == ONE)]
    return float(rows.loc[rows["disturbed"] != 1, "ns_per_pair"].median())


def told_alone_of_one(out: Path) -> dict[str, float]:
    return {row["fingerprint"]: float(row["median_ns"]) for row in table(out / "ranking.csv") if (row["question"], row["strategy"]) == ("alone", ONE)}


def test_each_machine_has_its_own_medians(given: Path, tmp_path: Path) -> None:
    out = merged(given, out=tmp_path / "out")
    median = alone_of_one(given / "a.csv")
    assert told_alone_of_one(out) == pytest.approx({FIRST: median, "b" * 16: 4 * median, "c" * 16: 2 * median}, rel=1e-4)


def test_flips_are_those_of_the_medians(given: Path, tmp_path: Path) -> None:
    """Checked by hand from the table: the first is cheaper on one machine, and dearer on the other,
    by the factors told."""
    out = merged(given, out=tmp_path / "out")
    place = {(row["question"], row["strategy"], row["fingerprint"]): row for row in table(out / "ranking.csv")}
    flips = list(table(out / "flips.csv"))
    assert ("callback", {OTHER, ONE}) in [(flip["question"], {flip["first"], flip["second"]}) for flip in flips]
    for flip in flips:
        for where, one, other, told in (("less_on", "first", "second", "times_less"), ("more_on", "second", "first", "times_more")):
            cheap, dear = (place[flip["question"], flip[name], flip[where]] for name in (one, other))
            assert float(cheap["high_ns"]) < float(dear["low_ns"])
            assert float(dear["median_ns"]) / float(cheap["median_ns"]) == pytest.approx(float(flip[told]), rel=1e-3)


def test_no_flip_is_forgotten_and_each_is_the_largest(given: Path, tmp_path: Path) -> None:
    """Against every pair of strategies on every pair of machines."""
    machine(given / "d.csv", "d" * 16, "Fourth CPU", scaled(9, ONE), scaled(20, THIRD))
    out = merged(given, out=tmp_path / "out")
    places: dict[str, dict[str, dict[str, Row]]] = {}
    for row in table(out / "ranking.csv"):
        places.setdefault(row["question"], {}).setdefault(row["fingerprint"], {})[row["strategy"]] = row
    wanted: dict[tuple[str, frozenset[str]], float] = {}
    for question, machines in places.items():
        for a, b in itertools.permutations(machines.values(), 2):
            for one, other in itertools.permutations(set(a) & set(b), 2):
                if float(a[one]["high_ns"]) < float(a[other]["low_ns"]) and float(b[other]["high_ns"]) < float(b[one]["low_ns"]):
                    less = float(a[other]["median_ns"]) / float(a[one]["median_ns"])
                    more = float(b[one]["median_ns"]) / float(b[other]["median_ns"])
                    key = (question, frozenset({one, other}))
                    wanted[key] = max(wanted.get(key, 0), min(less, more))
    found = {(flip["question"], frozenset({flip["first"], flip["second"]})): min(float(flip["times_less"]), float(flip["times_more"])) for flip in table(out / "flips.csv")}
    assert len(wanted) > 5 and found == pytest.approx(wanted, rel=1e-3)


def test_equal_machines_flip_nothing(tmp_path: Path) -> None:
    for n in "ab":
        machine(tmp_path / "in" / f"{n}.csv", n * 16, "Same CPU", scaled(3))
    out = merged(tmp_path / "in", out=tmp_path / "out")
    assert list(table(out / "flips.csv")) == []
    text = (out / "ranking.txt").read_text(encoding="utf-8")
    assert "No two strategies change places" in text and "same on all 2 machines for 6 of 6" in text


def test_ranks_follow_the_medians_and_ties_the_ranges(given: Path, tmp_path: Path) -> None:
    rows = list(table(merged(given, out=tmp_path / "out") / "ranking.csv"))
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["question"], row["fingerprint"]), []).append(row)
    assert len(groups) == 18
    for some in groups.values():
        assert [int(row["rank"]) for row in some] == list(range(1, len(some) + 1))
        assert [float(row["median_ns"]) for row in some] == sorted(float(row["median_ns"]) for row in some)
        assert [row["tied_with_first"] == "1" for row in some[1:]] == [float(row["low_ns"]) <= float(some[0]["high_ns"]) for row in some[1:]]
        assert "null" not in {row["strategy"] for row in some}


def test_two_runs_of_a_machine_stay_two_files(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    newer = machine(tmp_path / "in" / "newer.csv", FIRST, "AMD EPYC", scaled(7), lambda row: row.update(time_utc="2026-12-01T00:00:00Z"), run_id="20261201T000000Z-1")
    out = merged(given, out=tmp_path / "out")
    assert sorted(path.name for path in (out / FIRST).glob("*.csv")) == ["20261126T203219Z-24216.csv", "20261201T000000Z-1.csv"]
    assert (out / FIRST / "20261201T000000Z-1.csv").read_bytes() == newer.read_bytes()
    assert told_alone_of_one(out)[FIRST] == pytest.approx(alone_of_one(newer), rel=1e-4)
    text = capsys.readouterr().out
    assert f"{FIRST}/20261201T000000Z-1.csv\n   not used, of the same machine: {FIRST}/20261126T203219Z-24216.csv" in text
    assert {row["run_id"] for row in table(out / "ranking.csv") if row["fingerprint"] == FIRST} == {"20261201T000000Z-1"}


def test_a_run_with_more_answers_stands_for_its_machine(tmp_path: Path) -> None:
    machine(tmp_path / "in" / "a.csv", "a" * 16, "CPU", run_id="20260101T000000Z-1")
    few = machine(tmp_path / "in" / "b.csv", "a" * 16, "CPU", lambda row: row.update(time_utc="2026-12-01T00:00:00Z"), run_id="20261201T000000Z-1")
    lines = few.read_text(encoding="utf-8").splitlines()
    few.write_text("\n".join([lines[0], *(line for line in lines[1:] if ",coldburst," in line)]) + "\n", encoding="utf-8")
    assert {row["run_id"] for row in table(merged(tmp_path / "in", out=tmp_path / "out") / "ranking.csv")} == {"20260101T000000Z-1"}


def test_what_lies_beside_comes_along_and_copies_count_once(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(given / "a.csv", given / "b" / "copy.csv")
    out = merged(given, given, out=tmp_path / "out")
    assert "left out: the same run as" in capsys.readouterr().err
    assert sorted(path.name.partition(".")[2] for path in (out / FIRST).iterdir()) == ["csv", "hwloc.xml", "machine.txt"]
    assert {path.name for path in out.iterdir() if path.is_file()} == {"ranking.txt", "ranking.csv", "flips.csv", "ranking.svg", "ranking.png"}


def test_archives_are_results_too(given: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "own_words", lambda: [])
    assert submit.main([str(given / "a.csv"), f"--out={given}"]) == 0
    (given / "a.csv").unlink()
    out = merged(given, out=tmp_path / "out")
    assert sorted(path.name.partition(".")[2] for path in (out / FIRST).iterdir()) == ["csv", "hwloc.xml", "machine.txt"]
    (archive,) = given.glob("*.tar.gz")
    archive.write_bytes(archive.read_bytes()[:1000])
    refused(given, out=tmp_path / "other")


@pytest.mark.parametrize("source", ["emulated", "model"])
def test_only_measured_rows(source: str, given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine(given / "d.csv", "d" * 16, "Emulator", lambda row: row.update(source=source))
    refused(given, out=tmp_path / "out")
    assert f"d.csv: source: {source} rows do not mix" in capsys.readouterr().err


def test_bad_input(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    refused(tmp_path / "none", out=out)
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", out=out)
    (given / "bad.csv").write_bytes((given / "a.csv").read_bytes()[:-20])
    refused(given, out=out)
    assert "bad.csv" in capsys.readouterr().err
    (given / "bad.csv").unlink()
    assert merge.main([str(given), f"--out={given}"]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_partial_runs_and_other_tables_are_left_out(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(given / "a.csv", given / "x.partial.csv")
    (given / "run.c2c.csv").write_text("1,2\n")
    (given / "notes.csv").write_text("a,b\n1,2\n")
    merged(given, out=tmp_path / "out")
    assert "x.partial.csv: left out" in capsys.readouterr().err


def test_its_own_folder_is_a_folder_of_results(given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = merged(given, out=tmp_path / "first")
    second = merged(first, out=tmp_path / "second")
    assert (second / "ranking.csv").read_bytes() == (first / "ranking.csv").read_bytes()
    refused(first / "ranking.csv", first, out=tmp_path / "third")
    assert "ranking.csv: not a result file" in capsys.readouterr().err


def test_one_machine_is_a_table_too(tmp_path: Path) -> None:
    out = merged(write_short(tmp_path / "in" / "a.csv"), out=tmp_path / "out")
    assert (out / "ranking.png").stat().st_size > 10_000
    assert list(table(out / "flips.csv")) == []


def test_the_page_shows_the_figure_of_several_machines(given: Path) -> None:
    """The page draws what figures.draw gives."""
    df = cells.read([given / "a.csv", given / "c.csv"], allow_mixed=True)
    drawn, remarks = figures.draw("machines", df)
    assert drawn and f"A is {FIRST}" in remarks[0]
    assert "2 machines" in drawn.texts_around.answer and "did not answer" not in " ".join(drawn.texts_around.notes)
    lacking, _ = figures.draw("machines", df[(df["fingerprint"] == FIRST) | (df["workload"] != "coldburst")])
    assert lacking and "B did not answer: cold burst." in " ".join(lacking.texts_around.notes)
    one, _ = figures.draw("machines", cells.read([given / "a.csv"]))
    assert one is None


def test_disturbed_blocks_and_floors_do_not_count(tmp_path: Path) -> None:
    def disturb(row: Row) -> None:
        row["kind"] = ""  # as in old files
        if row["rep"] == "0":
            row["disturbed"] = "1"
            scaled(1000)(row)

    quiet = machine(tmp_path / "a.csv", "a" * 16, "CPU", lambda row: row.update(disturbed="1" if row["rep"] == "0" else "0"))
    disturbed = machine(tmp_path / "b.csv", "a" * 16, "CPU", disturb, lambda row: row.update(disturbed=row["disturbed"] if row["rep"] == "0" else "0"))
    one, other = ([ranked.places for ranked in ranking.rank(load(path))] for path in (quiet, disturbed))
    assert one == other
    assert "null" not in {place.strategy for places in other for some in places.values() for place in some}


def test_a_strategy_of_disturbed_blocks_alone_has_no_place(tmp_path: Path) -> None:
    path = machine(tmp_path / "a.csv", "a" * 16, "CPU", lambda row: row.update(disturbed="1" if row["strategy"] == ONE else "0"))
    strategies = {place.strategy for ranked in ranking.rank(load(path)) for some in ranked.places.values() for place in some}
    assert OTHER in strategies and ONE not in strategies


def test_a_fallback_is_another_strategy(tmp_path: Path) -> None:
    """Where a machine lacks a feature, its rows do not speak for the strategy; other variants
    do."""

    def lesser(row: Row) -> None:
        if row["strategy"] == OTHER:
            row.update(variant="mutex", fallback="1")
        elif row["strategy"] == ONE:
            row.update(variant="48 bits")

    machine(tmp_path / "in" / "a.csv", "a" * 16, "CPU")
    machine(tmp_path / "in" / "b.csv", "b" * 16, "CPU", lesser)
    df = load(tmp_path / "in" / "b.csv")
    (alone, *_) = ranking.rank(df)
    assert {f"{OTHER}:mutex", ONE} <= set(alone.strategies) and OTHER not in alone.strategies
