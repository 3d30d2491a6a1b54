# SPDX-License-Identifier: BSD-3-Clause
"""What all commands share: streams, signals and exit statuses.

Statuses 0, 1 and 3 are a command's answers. Any other failure prints one line on standard error and
exits with status 2; an interrupt exits with 130. Commands import this module first, so that it also
handles failures of later imports.
"""

from __future__ import annotations

import argparse
import codecs
import functools
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from results import repository
from results.columns import ResultError

FAILED = 2
INTERRUPTED = 130
# Replacements for the non-ASCII characters that commands print.
PLAIN = {"–": "-", "—": "-", "−": "-", "µ": "u", "…": "...", "×": "x", "·": ".", "→": "->", "≤": "<=", "≥": ">=", "±": "+-"}
OUTPUT = "standard output"

Main = Callable[..., int]


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """A codec error handler: the original bytes of a file name, a replacement, or an escape."""
    assert isinstance(error, UnicodeEncodeError)
    letter = error.object[error.start]
    if "\udc80" <= letter <= "\udcff":
        return bytes([ord(letter) - 0xDC00]), error.start + 1
    return PLAIN.get(letter) or letter.encode("ascii", "backslashreplace").decode("ascii"), error.start + 1


codecs.register_error("extram.plain", _plain)


class _Stream(io.FileIO):
    """Names standard output in its errors. Ignores errors of standard error."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            if self.fileno() == 2:
                return len(data)
            error.filename = OUTPUT
            raise


def _open(number: int, encoding: str) -> io.TextIOWrapper:
    stream = io.BufferedWriter(_Stream(number, "w", closefd=False))
    return io.TextIOWrapper(stream, encoding, "extram.plain", line_buffering=number == 2 or os.isatty(number))


def _fill_gaps() -> None:
    """Reopens closed standard streams so that their use fails with EBADF. Otherwise the next file
    would take their place."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == 0 else os.O_RDONLY)
            os.set_inheritable(number, True)


def _prepare_streams() -> None:
    _fill_gaps()
    encoding = next((stream.encoding for stream in (sys.stdout, sys.stderr) if stream), "utf-8")
    sys.stdout, sys.stderr = _open(1, encoding), _open(2, encoding)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _drop() -> None:
    """Discards what is buffered for standard output: Python does not try to write it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Adds the file's name to errors. A full disk is often reported on close, without one."""
    try:
        yield
    except OSError as error:
        raise ResultError(f"{path}: cannot write: {error.strerror}") from error


def write(text: str, to: Path | None) -> None:
    """Writes to the file, or to standard output."""
    if to is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    with writing(to):
        to.write_text(text, encoding="utf-8")


def _end_by_pipe() -> int:
    """Ends silently by SIGPIPE, as Unix commands do when their reader has gone."""
    _drop()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)
    return FAILED


def _where(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""


def _failed(error: BaseException, name: str) -> int:
    """Prints one line for the error and returns the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, ResultError):
        say(str(error))  # already names the file and the line
        return FAILED
    if isinstance(error, BrokenPipeError) and error.filename == OUTPUT:
        return _end_by_pipe()
    if isinstance(error, OSError):
        what = error.strerror or str(error)
        wrote = "cannot write: " if error.filename == OUTPUT else ""
        text = f"{error.filename}: {wrote}{what}" if error.filename is not None else what
    elif isinstance(error, ImportError):
        text = f"{error}: README.md lists the requirements"
    elif isinstance(error, MemoryError):
        text = "no memory"
    else:
        text = f"{type(error).__name__}: {error}{_where(error.__traceback__)}: a bug in this program"
    say(f"{name}: " + " ".join(text.split()))
    return FAILED


def _name(module: str) -> str:
    """Of the command in this module, as after python3 -m."""
    spec = sys.modules[module].__spec__
    return spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).name


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Handles failures before run is called. Python's own status would be 1."""
    status = _failed(error, _name("__main__"))
    os._exit(status)


sys.excepthook = _hook


def checked(main: Main) -> Main:
    """Wraps main: returns a status for every exception but SystemExit."""

    @functools.wraps(main)
    def status(*arguments: Any) -> int:
        try:
            return main(*arguments)
        except (Exception, KeyboardInterrupt) as error:
            return _failed(error, _name(main.__module__))

    return status


def _terminate(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def catch_signals() -> None:
    """Makes SIGTERM and SIGHUP end the command like SIGINT, so that it cleans up. Ignored signals
    stay ignored, as under nohup."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)


def _flushed(status: int, name: str) -> int:
    try:
        sys.stdout.flush()
        return status
    except OSError as error:
        _failed(error, name)
        _drop()
        return FAILED if status != INTERRUPTED else status


def run(main: Main) -> NoReturn:
    """Exits with the status of main, which must be wrapped by checked."""
    _prepare_streams()
    catch_signals()
    try:
        status = main()
    except SystemExit as ended:  # raised by argparse
        status = ended.code if isinstance(ended.code, int) else 0
    sys.exit(_flushed(status, _name("__main__")))


def version(name: str) -> str:
    """Such as "./run compare 0.1.0 (0123456789ab)"."""
    try:
        found = re.search(r"^\s*version: '([^']+)'", (repository.ROOT / "meson.build").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return f"{name} {found[1] if found else repository.UNKNOWN} ({repository.revision(repository.ROOT)})"


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: object, values: object, option: str | None = None) -> NoReturn:
        print(version(" ".join(parser.prog.split()[:2])))
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Bad usage is one line, as any other bad input. Every command has --version."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.add_argument("--version", action=_Version, nargs=0, help="print name, version and revision")

    def error(self, message: str) -> NoReturn:
        say(f"{self.prog}: {message}")
        raise SystemExit(FAILED)

