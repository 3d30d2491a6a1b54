# SPDX-License-Identifier: BSD-3-Clause
"""Runs the tests of the page in Chromium, or says what is missing and skips (77). --pictures DIR keeps screenshots."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

SKIP = 77


def missing() -> list[str]:
    programs = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    return programs + ([] if importlib.util.find_spec("selenium") else ["python3-selenium"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="write light.png, dark.png and phone.png there")
    args = parser.parse_args()
    if missing():
        print(f"not found: {', '.join(missing())}")
        return SKIP
    if args.pictures:
        os.environ["EXTRAM_PICTURES"] = str(args.pictures.resolve())
    return int(pytest.main(["-q", "-p", "no:cacheprovider", str(Path(__file__).with_name("test_browser.py"))]))


if __name__ == "__main__":
    sys.exit(main())
