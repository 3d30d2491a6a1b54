# SPDX-License-Identifier: BSD-3-Clause
"""A user's repository, while ab and history build its revisions: inside hooks, linked worktrees,
and beside other repositories."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import processes
import pytest
from conftest import ROOT

from results import repository

MESON = """custom_target('extram-bench', input: 'program', output: 'extram-bench', command: ['cp', '@INPUT@', '@OUTPUT@'])
"""
TOOLS = ("compare", "results")
needs_meson = pytest.mark.skipif(not shutil.which("meson"), reason="no meson in the path")


def git(folder: Path, *arguments: str, check: bool = True, **variables: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    env = {**repository.environment(), **variables}
    done = subprocess.run(["git", "-C", str(folder), *who, *arguments], env=env, capture_output=True, text=True)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout


def commit(folder: Path, text: str) -> None:
    (folder / "text").write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", text)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Two commits of a project with the tools in it, and a program that a build of it copies."""
    folder = tmp_path / "repo"
    (folder / "bench").mkdir(parents=True)
    for name in TOOLS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("recorded", "baseline", "*.csv", "__pycache__"))
    (folder / "meson.build").write_text("project('made-up', version: '1')\nsubdir('bench')\n", encoding="utf-8")
    (folder / "bench" / "meson.build").write_text(MESON, encoding="utf-8")
    (folder / "bench" / "program").write_text("#!/bin/sh\nexit 5\n", encoding="utf-8")
    (folder / "bench" / "program").chmod(0o755)
    (folder / ".gitignore").write_text("__pycache__\n", encoding="utf-8")
    git(tmp_path, "init", "-q", str(folder))
    commit(folder, "first")
    commit(folder, "second")
    return folder


def linked(repo: Path) -> Path:
    tree = repo.parent / "linked"
    git(repo, "worktree", "add", "-q", str(tree), "-b", "other")
    return tree


def state(repo: Path) -> list[str]:
    """What a visitor must leave as it was: refs, worktrees, settings, and the names of all files
    but objects."""
    files = (str(path) for path in (repo / ".git").rglob("*") if "objects" not in path.parts)
    return [git(repo, "worktree", "list"), git(repo, "for-each-ref"), (repo / ".git" / "config").read_text(), *sorted(files)]


def hook(repo: Path, command: str) -> None:
    path = repo / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{command} >../hook.log 2>&1\necho $? >../hook.status\nexit 0\n", encoding="utf-8")
    path.chmod(0o755)


COMMANDS = {
    "ab": (f"{sys.executable} -m compare.ab HEAD~1 HEAD", "exited with status 5"),
    "history": (f"{sys.executable} -m compare.history run HEAD~1 -o ../out", "does not run"),
}


@needs_meson
@pytest.mark.parametrize("where", ["clone", "linked"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_commit_whose_hook_measures(repo: Path, monkeypatch: pytest.MonkeyPatch, name: str, where: str) -> None:
    """The program that is built ends with an error, after everything that git is asked for."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(repo.parent / "cache"))
    tree = linked(repo) if where == "linked" else repo
    command, said = COMMANDS[name]
    hook(repo, command)
    before = state(repo)
    (tree / "text").write_text("third", encoding="utf-8")
    (tree / "new").write_text("new", encoding="utf-8")
    git(tree, "add", "new")
    git(tree, "commit", "-q", "-m", "third", "text", "new")  # by names: git gives the hook an index of its own
    assert (repo.parent / "hook.status").read_text() == "2\n"
    assert said in (repo.parent / "hook.log").read_text()
    assert any((repo.parent / "cache").rglob("extram-bench")), (repo.parent / "hook.log").read_text()
    assert git(tree, "show", "HEAD:text") == "third"
    assert sorted(git(tree, "diff", "--name-only", "HEAD~1", "HEAD").split()) == ["new", "text"]
    assert git(tree, "status", "--porcelain") == ""
    # The commit's own ref, log and message are all that is new.
    after = state(repo)
    assert {Path(line).name for line in set(after[3:]) - set(before[3:])} <= {"COMMIT_EDITMSG"}
    assert (after[2], len(after[0].splitlines())) == (before[2], len(before[0].splitlines()))


@needs_meson
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_build_leaves_nothing(repo: Path, number: signal.Signals) -> None:
    (repo / "bench" / "meson.build").write_text("run_command('sh', '-c', 'touch $0; exec sleep 100000', meson.global_source_root() / 'here', check: true)\n")
    commit(repo, "one that takes long")
    before, cache = state(repo), repo.parent / "cache"
    env = {**repository.environment(), "XDG_CACHE_HOME": str(cache)}
    with processes.started([sys.executable, "-m", "compare.ab", "HEAD", "HEAD~1"], cwd=repo, env=env, start_new_session=True) as process:
        processes.wait_until(lambda: list(cache.rglob("here")), process)
        os.killpg(process.pid, number)
        assert process.wait() == 130
    assert state(repo) == before
    assert list((cache / "extram" / "ab").iterdir()) == []


def test_no_variable_of_a_hook_reaches_a_child(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = git(repo, "rev-parse", "--local-env-vars").split()
    assert "GIT_INDEX_FILE" in names and "GIT_DIR" in names
    for name in names:
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert not set(names) & set(repository.environment())
    assert repository.git(repo, "log", "-1", "--format=%s") == "second\n"


def test_the_revision_is_that_of_the_sources(repo: Path, tmp_path: Path) -> None:
    head = git(repo, "rev-parse", "--short=12", "HEAD").strip()
    link = tmp_path / "link"
    link.symlink_to(repo)
    index = (repo / ".git" / "index").read_bytes()
    assert [repository.revision(path) for path in (repo, link, linked(repo))] == [head] * 3
    (repo / "untracked").touch()
    (repo / "text").touch()
    assert repository.revision(repo) == head
    assert (repo / ".git" / "index").read_bytes() == index
    (repo / "text").write_text("changed", encoding="utf-8")
    assert repository.revision(repo) == head + "-dirty"


def test_sources_inside_another_repository_have_no_revision(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = repo / "vendor" / "extram"
    inside.mkdir(parents=True)
    assert repository.revision(inside) == "unknown"
    monkeypatch.setenv("GIT_DIR", str(repo / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(inside))
    assert repository.revision(inside) == "unknown"


def test_no_repository_and_no_git(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain").mkdir()
    assert repository.revision(tmp_path / "plain") == "unknown"
    git(tmp_path, "init", "-q", "unborn")
    assert repository.revision(tmp_path / "unborn") == "unknown"
    monkeypatch.setenv("PATH", str(tmp_path / "plain"))
    assert repository.revision(repo) == "unknown"


@needs_meson
def test_meson_asks_for_the_revision_of_its_sources(repo: Path, tmp_path: Path) -> None:
    """The project's own lines, in a tree inside another repository, and in one of its own."""
    lines = (ROOT / "bench" / "facts" / "meson.build").read_text(encoding="utf-8")
    tag = lines[lines.index("version_h = vcs_tag(") : lines.index("facts_inc = ")]
    head = "project('made-up', 'c', version: '1', meson_version: '>=1.0.0')\npython = import('python').find_installation('/usr/bin/python3')\n"
    source = repo / "vendor"
    shutil.copytree(repo / "results", source / "results")
    for folder in (source, repo):
        (folder / "version.h.in").write_text("@VCS_TAG@\n", encoding="utf-8")
        (folder / "meson.build").write_text(head + tag, encoding="utf-8")
    commit(repo, "with meson's lines")
    found = []
    for number, folder in enumerate((source, repo)):
        build = tmp_path / f"build{number}"
        env = {**repository.environment(), "GIT_DIR": str(repo / ".git")}
        subprocess.run(["meson", "setup", str(build), str(folder)], check=True, capture_output=True, env=env)
        subprocess.run(["meson", "compile", "-C", str(build)], check=True, capture_output=True, env=env)
        found.append((build / "version.h").read_text(encoding="utf-8").strip())
    assert found == ["unknown", git(repo, "rev-parse", "--short=12", "HEAD").strip()]
