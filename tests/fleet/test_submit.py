# SPDX-License-Identifier: BSD-3-Clause
"""./run submit: what is private stays, and what is not a result is refused."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cluster import ROOT, write_short

from fleet import archive, plausible, privacy, submit

# Made up. Each stands where a real machine has one.
HOST, USER, SERIAL, MAC, UUID, FOLDER = "tiger17", "jdoe", "7XKQ2V3", "3c:ec:ef:12:34:56", "4c4c4544-0037-5810-8051-b7c04f325633", "/home/jdoe/extram"
PRIVATE = (HOST, USER, SERIAL, MAC, UUID, FOLDER, "/machine.slice/jdoe")


@pytest.fixture
def result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recorded result with all the files that may lie beside one."""
    monkeypatch.setattr(privacy, "own_words", lambda: [HOST, USER])
    write_short(tmp_path / f"{HOST}.csv")
    (tmp_path / f"{HOST}.c2c.csv").write_text("0.0,53.1\n53.1,0.0\n")
    (tmp_path / f"{HOST}.hgrm").mkdir()
    (tmp_path / f"{HOST}.hgrm" / "cell.hgrm").write_text("Value Percentile TotalCount 1/(1-Percentile)\n1 1.0 5 inf\n# source: measured\n")
    return tmp_path / f"{HOST}.csv"


def packed(csv: Path) -> Path:
    out = csv.parent / "out"
    assert submit.main([str(csv), f"--out={out}"]) == 0
    (path,) = out.iterdir()
    return path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def contents(path: Path) -> dict[str, str]:
    with tarfile.open(path) as tar:
        return {info.name.partition("/")[2]: tar.extractfile(info).read().decode() for info in tar}  # type: ignore[union-attr]


def test_an_archive_describes_itself_and_is_in_order(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = packed(result)
    out = capsys.readouterr().out
    assert str(path) in out and submit.TEMPLATE in out
    assert (ROOT / ".github" / "ISSUE_TEMPLATE" / submit.TEMPLATE).is_file()
    files = contents(path)
    assert set(files) == {"README.txt", "run.csv", "run.machine.txt", "run.hwloc.xml", "run.c2c.csv", "run.hgrm/cell.hgrm", "SHA256SUMS"}
    assert all(name in files["README.txt"] for name in files if name.startswith(("run.c", "run.m", "run.hw", "SHA")))
    assert files["run.csv"] == result.read_text(encoding="utf-8")
    assert submit.main(["--check", str(path)]) == 0


def test_the_same_result_gives_the_same_bytes(result: Path) -> None:
    first = packed(result).read_bytes()
    assert packed(result).read_bytes() == first
    assert first[4:8] == bytes(4), "a date"
    with gzip.open(io.BytesIO(first)) as whole:
        assert result.stem.encode() not in whole.read()


def plant_in_facts(result: Path) -> None:
    path = result.with_name(f"{HOST}.machine.txt")
    edit(path, "--output A2.csv", f"--output {FOLDER}/results/x.csv --replay {USER}.trace -o{HOST}.csv")
    edit(path, "c_args,", f"c_args -I{FOLDER}/include,")
    edit(path, "kernel: Linux 6.18.44-fc-v657", f"kernel: Linux 6.18.44-{HOST}")
    edit(path, "load: ", f"hostname: {HOST}\nuser: {USER}\nserial: {SERIAL}\nload: ")
    edit(path, "system_vendor: unknown", f"system_vendor: Example {UUID} {MAC}")


def plant_in_topology(result: Path) -> None:
    path = result.with_name(f"{HOST}.hwloc.xml")
    infos = {"DMIProductSerial": SERIAL, "DMIBoardSerial": SERIAL, "DMIChassisSerial": SERIAL, "DMIProductUUID": UUID, "DMIChassisAssetTag": SERIAL}
    lines = "".join(f'<info name="{name}" value="{value}"/>' for name, value in infos.items())
    device = (
        f'<object type="Bridge" gp_index="90" bridge_type="0-1"><object type="PCIDev" gp_index="91" pci_busid="0000:00:1f.6" name="{HOST}">'
        f'<object type="OSDev" gp_index="92" name="eth0" osdev_type="2"><info name="Address" value="{MAC}"/></object>'
        f'<object type="OSDev" gp_index="93" name="sda" osdev_type="0"><info name="SerialNumber" value="{SERIAL}"/></object></object></object>'
    )
    edit(path, '<info name="HostName" value="--"/>', f'<info name="HostName" value="{HOST}"/>{lines}<userdata name="{USER}">{FOLDER}</userdata>')
    edit(path, '<info name="LinuxCgroup" value="/"/>', '<info name="LinuxCgroup" value="/machine.slice/jdoe"/>')
    edit(path, '"OSRelease" value="6.18.44-fc-v657"', f'"OSRelease" value="6.18.44-{HOST}"')
    edit(path, '<object type="Package" os_index="0"', f'<object type="Package" name="{HOST}" os_index="0"')
    edit(path, "    </object>\n  </object>\n  <support", f"    </object>\n{device}  </object>\n  <support")


def plant_in_rows(result: Path) -> None:
    lines = result.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index("trace")
    for number, value in ((1, f"{HOST}-{USER}"), (2, f"{FOLDER}/x.trace"), (3, f'"{HOST}, {USER}"')):
        cells = lines[number].split(",")
        cells[at] = value
        lines[number] = ",".join(cells)
    result.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plant_in_samples(result: Path) -> None:
    with (result.parent / f"{HOST}.hgrm" / "cell.hgrm").open("a") as file:
        file.write(f"# file: {FOLDER}/x {MAC}\n")


@pytest.mark.parametrize("plant", [plant_in_facts, plant_in_topology, plant_in_rows, plant_in_samples])
def test_what_is_private_stays(plant: Callable[[Path], None], result: Path) -> None:
    plant(result)
    path = packed(result)
    with gzip.open(path) as whole:
        text = whole.read().decode()
    assert [word for word in PRIVATE if word in text] == []
    assert submit.main(["--check", str(path)]) == 0


def test_every_planted_secret_would_be_seen(result: Path) -> None:
    """Without the masks the texts above have them all."""
    for plant in (plant_in_facts, plant_in_topology, plant_in_rows, plant_in_samples):
        plant(result)
    texts = [path.read_text(encoding="utf-8") for path in result.parent.rglob("*") if path.is_file()]
    assert [word for word in PRIVATE if not any(word in text for text in texts)] == []


def test_a_topology_keeps_its_caches_and_processors(result: Path) -> None:
    plant_in_topology(result)
    files = contents(packed(result))
    kinds = [element.get("type", "") for element in ElementTree.fromstring(files["run.hwloc.xml"]).iter("object")]
    assert sorted(set(kinds)) == ["Core", "L1Cache", "L2Cache", "L3Cache", "Machine", "NUMANode", "PU", "Package"]
    assert kinds.count("PU") == 2


@pytest.mark.parametrize("path", sorted((ROOT / "results" / "recorded").glob("*/*.machine.txt")), ids=lambda path: str(path.name))
def test_facts_of_recorded_runs_all_go_out(path: Path) -> None:
    assert privacy.masked_facts(path.read_text(encoding="utf-8"), [])[1] == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pair/list/alpha:a/threads:1", True), ("I/O 1/86 a / b", True), ("https://example.org/x", True), ("5.3.0-0-g54eaed1d8b56", True),
        ("/home/x", False), ("~/x", False), ("-L/opt/x", False), ("a=/tmp/x", False), ("'/srv/a b'", False), ("aa-bb-cc-dd-ee-ff", False),
    ],
)  # fmt: skip
def test_masks(text: str, kept: bool) -> None:
    assert (privacy.mask(text) == text) is kept
    assert bool(list(privacy.secrets(text))) is not kept


def refused(csv: Path, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = csv.parent / "out"
    assert submit.main([str(csv), f"--out={out}"]) == 2
    assert words in capsys.readouterr().err
    assert not out.exists() or not list(out.iterdir())


def column(csv: Path, name: str, value: Callable[[str], str], workload: str = "") -> None:
    """Changes one column, in the rows of one workload."""
    header, *lines = [line.split(",") for line in csv.read_text(encoding="utf-8").splitlines()]
    at, kind = header.index(name), header.index("workload")
    for cells in lines:
        if cells[at] and (not workload or cells[kind] == workload):
            cells[at] = value(cells[at])
    csv.write_text("".join(",".join(cells) + "\n" for cells in [header, *lines]), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("source", lambda _: "emulated", "emulated: only measured rows"),
        ("source", lambda _: "model", "model: only measured rows"),
        ("fingerprint", lambda _: "0123456789abcdef", "fingerprint: 0123456789abcdef in the rows"),
        ("cpu_model", lambda _: "Other CPU", "cpu_model: Other CPU in the rows"),
        ("run_id", lambda _: "20200101T000000Z-1", "run_id: "),
        ("cpus", lambda _: "64", "64 in the rows, 2 in the topology"),
        ("wall_ns", lambda cell: cell + "0", "s of measuring in"),
        ("time_utc", lambda _: "2099-01-01T00:00:00Z", "in the future"),
        ("ns_per_pair", lambda cell: str(float(cell) / 5), "not what wall_ns and pairs give"),
        ("unfit", lambda _: "sanitizer address", ""),
        ("pairs", lambda _: "x", "'x' is not a whole number"),
    ],
)  # fmt: skip
def test_rows_that_no_machine_measured(name: str, value: Callable[[str], str], words: str, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if name == "unfit":
        edit(result, ",,0\n", ",sanitizer address,0\n")
        words = "unfit: a build whose numbers mean nothing"
    column(result, name, value)
    refused(result, words, capsys)


def test_a_fingerprint_that_is_not_the_hash(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(result.with_name(f"{HOST}.machine.txt"), "L3 1 x 32768 KiB", "L3 1 x 65536 KiB")
    refused(result, "not the hash of fingerprint_of", capsys)


def test_slots_out_of_order(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slots = iter(range(100_000, 0, -1))
    column(result, "slot", lambda _: str(next(slots)))
    refused(result, "in the order of their slots", capsys)


def test_what_is_missing_or_was_stopped(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    partial = result.with_name("x.partial.csv")
    shutil.copy(result, partial)
    refused(partial, "only whole runs", capsys)
    result.with_name(f"{HOST}.hwloc.xml").unlink()
    refused(result, "hwloc.xml: missing", capsys)
    refused(result.with_name("none.csv"), "cannot be read", capsys)


def changed(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive after a stranger's change, with sums that fit."""
    stem, files, _ = archive.read(path)
    change(files)
    archive.write(path, files)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop("run.hwloc.xml"), "run.hwloc.xml: missing"),
        (lambda files: files.update({"evil.sh": b"x"}), "not a file of a result"),
        (lambda files: files.update({"../x": b"x"}), "not a file of a result"),
        (lambda files: files.update({"README.txt": f"I am {FOLDER}".encode()}), "README.txt: a path"),
        (lambda files: files.update({"run.machine.txt": files["run.machine.txt"] + f"serial: {SERIAL}\n".encode()}), "serial: not a fact"),
        (lambda files: files.update({"run.hwloc.xml": files["run.hwloc.xml"].replace(b'name="OSName"', b'name="HostName"')}), "HostName"),
        (lambda files: files.update({"run.hwloc.xml": b'<!DOCTYPE t [<!ENTITY a "b">]><topology/>'}), "entities"),
        (lambda files: files.update({"run.c2c.csv": b"joe\n"}), "run.c2c.csv: not numbers"),
        (lambda files: files.update({"run.csv": files["run.csv"][:-5]}), "row: the file is truncated"),
    ],
)  # fmt: skip
def test_archives_of_strangers(change: Callable[[dict[str, bytes]], None], words: str, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = changed(packed(result), change)
    assert submit.main(["--check", str(path)]) in (1, 2)
    captured = capsys.readouterr()
    assert words in captured.out + captured.err


def test_an_archive_under_another_name(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, files, _ = archive.read(packed(result))
    path = result.with_name("extram-0123456789abcdef-20260101T000000Z-1.tar.gz")
    archive.write(path, files)
    assert submit.main(["--check", str(path)]) == 1
    assert "not named after" in capsys.readouterr().out


def test_a_file_that_was_changed(result: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = packed(result)
    _, files, _ = archive.read(path)
    before = archive._sums(files)
    files["README.txt"] += b"More.\n"
    with monkeypatch.context() as stale:
        stale.setattr(archive, "_sums", lambda _: before)
        archive.write(path, files)
    assert submit.main(["--check", str(path)]) == 1
    assert "SHA256SUMS: does not agree" in capsys.readouterr().out


def test_archives_that_are_not_whole(result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = packed(result)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert submit.main(["--check", str(path)]) == 2
    path.write_text("no archive")
    assert submit.main(["--check", str(path)]) == 2
    assert submit.main(["--check", str(path.with_name("none"))]) == 2
    stem, files, _ = archive.read(packed(result))
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"{stem}/{name}")
            info.size, info.uname = len(data), USER
            tar.addfile(info, io.BytesIO(data))
    capsys.readouterr()
    assert submit.main(["--check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "SHA256SUMS: missing" in out and "has an owner" in out


def test_the_hash_is_that_of_the_program() -> None:
    for path in (ROOT / "results" / "recorded").glob("*-2vcpu/*.machine.txt"):
        facts = dict(privacy.facts(path.read_text(encoding="utf-8")))
        if "fingerprint_of" in facts:
            assert plausible.fnv(facts["fingerprint_of"]) == facts["fingerprint"]
