# SPDX-License-Identifier: BSD-3-Clause
"""A result as one archive, extram-FINGERPRINT-RUN.tar.gz: a folder of that name with these files.

README.txt          what this is
run.csv             the rows
run.machine.txt     and what else extram-bench wrote: run.hwloc.xml, run.c2c.csv, run.hgrm/
SHA256SUMS          of all other files, as sha256sum writes it
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
from pathlib import Path

from results.columns import ResultError
from results.command import writing

SUMS = "SHA256SUMS"
NEEDED = ("README.txt", "run.csv", "run.machine.txt", "run.hwloc.xml", SUMS)
_ALLOWED = re.compile(r"README\.txt|SHA256SUMS|run\.(csv|machine\.txt|hwloc\.xml|c2c\.csv)|run\.hgrm/[\w.+-]+\.hgrm")
_STEM = re.compile(r"extram-[0-9a-f]{16}-[\w-]+")
# Larger ones are not results.
BYTES, FILES = 256 << 20, 20000

Files = dict[str, bytes]


def _sums(files: Files) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()


def _member(name: str, size: int) -> tarfile.TarInfo:
    """Without owner and date: both may be private, and the same files give the same archive."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o644
    return info


def write(path: Path, files: Files) -> None:
    """The archive of these files, whole or not at all."""
    stem, buffer = path.name.removesuffix(".tar.gz"), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted({**files, SUMS: _sums(files)}.items()):
            tar.addfile(_member(f"{stem}/{name}", len(data)), io.BytesIO(data))
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))


def _read(path: Path) -> tuple[str, Files, list[str]]:
    """The folder's name, the files and what is wrong with their headers. Reads a stranger's
    archive: nothing is unpacked."""
    files: Files = {}
    folders, problems, left = set[str](), list[str](), BYTES
    with tarfile.open(path, "r:gz") as tar:
        for info in tar:
            stem, _, name = info.name.partition("/")
            left -= info.size
            if left < 0 or len(files) >= FILES:
                raise ResultError(f"{path}: too large for a result")
            if not info.isreg() or not _STEM.fullmatch(stem) or not _ALLOWED.fullmatch(name) or name in files:
                problems.append(f"{info.name!r}: not a file of a result")
                continue
            if info.uid or info.gid or info.uname or info.gname or info.mtime:
                problems.append(f"{name}: has an owner or a date")
            member = tar.extractfile(info)
            files[name] = member.read() if member else b""
            folders.add(stem)
    if len(folders) != 1:
        problems.append(f"{len(folders)} folders in place of one")
    return next(iter(folders), ""), files, problems


def read(path: Path) -> tuple[str, Files, list[str]]:
    """The folder's name, the files, and what is not whole."""
    try:
        stem, files, problems = _read(path)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise ResultError(f"{path}: not a whole .tar.gz archive: {error}") from error
    problems += [f"{name}: missing" for name in NEEDED if name not in files]
    sums = files.pop(SUMS, b"")
    if sums != _sums(files):
        problems.append(f"{SUMS}: does not agree with the files")
    return stem, files, problems
