"""What history says, read from real repositories; nothing is run, nothing is written to `.git`."""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from familiar_codegraph import gitchanges, gitlog, history
from familiar_codegraph.client import GraphClient
from familiar_codegraph.history import Commit, History, Log
from familiar_codegraph.workspace import Workspace
from support.project import project, run_git, tree_digest

DAY = 24 * 3600
START = 1_700_000_000


def commit(root: Path, paths: Iterable[str], day: int) -> None:
    """Change these files and commit them, `day` days after the start."""
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(f"# day {day}\n" * 5)
    run_git(root, "add", "-A")
    made(root, f"day {day}", day)


def made(root: Path, message: str, day: int) -> None:
    date = f"{START + day * DAY} +0000"
    before = {name: os.environ.get(name) for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")}
    os.environ.update(dict.fromkeys(before, date))
    try:
        run_git(root, "commit", "-q", "--allow-empty", "-m", message)
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def repository(root: Path, *commits: Iterable[str]) -> Path:
    root.mkdir(exist_ok=True)
    run_git(root, "init", "-q", "-b", "main")
    for day, paths in enumerate(commits):
        commit(root, paths, day)
    return root


def read(root: Path, tmp_path: Path, name: str = "history.json") -> History:
    return History(history.read(root, tmp_path / "ours" / name))


def test_what_changes_together(tmp_path: Path) -> None:
    root = repository(
        tmp_path / "r", ["a.py", "b.py"], ["a.py", "b.py"], ["a.py", "b.py"], ["a.py", "c.py"], ["c.py"], ["c.py"]
    )
    found = read(root, tmp_path)
    assert not found.log.cut
    assert not found.log.reason
    together = found.together("a.py")
    assert [path for path, _ in together] == ["b.py", "c.py"]
    assert 1 > together[0][1] > 2 * together[1][1] > 0
    assert found.together("b.py") == [("a.py", together[0][1])]
    assert found.together("gone.py") == []
    assert [path for path, _ in found.recent()] == ["a.py", "c.py", "b.py"]


def test_old_commits_count_less(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py", "old.py"], ["a.py", "old.py"])
    for day in (720, 721):
        commit(root, ["a.py", "new.py"], day)
    found = read(root, tmp_path)
    (first, new), (second, old) = found.together("a.py")
    assert (first, second) == ("new.py", "old.py")
    assert old < new / 8
    assert found.weight("new.py") == pytest.approx(2, abs=0.01)


def test_renames_are_followed(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["lib/a.py", "b.py"], ["lib/a.py", "b.py"])
    (root / "pkg").mkdir()
    run_git(root, "mv", "lib/a.py", "pkg/a.py")
    made(root, "move", 3)
    run_git(root, "mv", "pkg/a.py", "pkg/last.py")
    made(root, "rename", 4)
    commit(root, ["lib/a.py"], 5)  # another file under the first name
    found = read(root, tmp_path)
    assert [path for path, _ in found.together("b.py")] == ["pkg/last.py"]
    assert found.weight("pkg/last.py") > 3.9
    assert found.together("lib/a.py") == []
    assert found.weight("pkg/a.py") == 0


def test_merges_large_commits_submodules_and_secrets_say_nothing(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py", "b.py"], ["a.py", "b.py"], [f"many/{n}.py" for n in range(51)])
    commit(root, ["a.py", ".env", "id_rsa"], 4)
    run_git(root, "checkout", "-q", "-b", "side")
    commit(root, ["side.py"], 5)
    run_git(root, "checkout", "-q", "main")
    commit(root, ["main.py"], 6)
    run_git(root, "merge", "-q", "--no-ff", "-m", "merge", "side")
    inner = repository(tmp_path / "inner", ["x.py"])
    run_git(root, "submodule", "add", "-q", str(inner), "vendor")
    made(root, "submodule", 7)
    (root / "picture.png").write_bytes(bytes(range(256)) * 10)
    run_git(root, "add", "picture.png")
    made(root, "binary", 8)
    found = read(root, tmp_path)
    changed = {path for c in found.log.commits for path in c.paths}
    assert changed == {"a.py", "b.py", "side.py", "main.py", ".gitmodules", "picture.png"}
    assert found.together("main.py") == []


def test_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r", *[["a.py", f"{n}.py"] for n in range(6)])
    monkeypatch.setattr(gitlog, "COMMITS", 4)
    log = gitlog.log_of(root, tmp_path / "one.json")
    assert (len(log.commits), log.cut) == (4, "only the newest 4 commits are read")
    monkeypatch.setattr(gitlog, "SECONDS", 0.0)
    log = gitlog.log_of(root, tmp_path / "two.json")
    assert (len(log.commits), log.cut) == (1, "reading was stopped after 1 commits, because it took 0 s")


def test_shallow_clones_detached_heads_and_worktrees(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py", "b.py"], ["a.py", "b.py"], ["a.py"])
    run_git(tmp_path, "clone", "-q", "--depth", "2", f"file://{root}", "shallow")
    shallow = read(tmp_path / "shallow", tmp_path, "shallow.json")
    assert shallow.log.cut == "the clone is shallow"
    assert shallow.weight("a.py") > 0
    run_git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "HEAD~1")
    detached = read(tmp_path / "tree", tmp_path, "tree.json")
    assert len(detached.log.commits) == 2
    assert detached.log.head == run_git(root, "rev-parse", "HEAD~1").strip()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda root: root.mkdir(), "the folder is in no git repository"),
        (repository, "the repository has no commits yet"),
    ],
)
def test_without_history(tmp_path: Path, make, reason: str) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "r")
    found = read(tmp_path / "r", tmp_path)
    assert found.log.reason == reason
    assert (found.together("a.py"), found.recent()) == ([], [])


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r", ["a.py"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read(root, tmp_path).log.reason == "git is not installed"


def test_damaged_objects_are_a_reason(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py"])
    for file in (root / ".git" / "objects").glob("??/*"):
        file.chmod(0o600)
        file.write_bytes(b"nothing")
    found = read(root, tmp_path)
    assert found.log.reason
    assert found.recent() == []


def test_a_part_of_a_repository(tmp_path: Path) -> None:
    """The root may be a folder below the repository's: paths are its own, and the rest is not named."""
    root = repository(tmp_path / "r", ["part/a.py", "part/b.py", "other/c.py"], ["part/a.py", "part/b.py"])
    assert [path for path, _ in read(root / "part", tmp_path).together("a.py")] == ["b.py"]


def test_it_is_kept_by_the_commit_it_ends_at(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py", "b.py"])
    first = read(root, tmp_path)
    kept = tmp_path / "ours" / "history.json"
    stamp = kept.stat().st_mtime_ns
    assert read(root, tmp_path).log == first.log
    assert kept.stat().st_mtime_ns == stamp
    kept.write_bytes(kept.read_bytes()[:40])
    assert read(root, tmp_path).log == first.log, "a damaged one is read again"
    commit(root, ["a.py", "b.py"], 2)
    assert read(root, tmp_path).log.head != first.log.head


def test_nothing_of_the_repository_runs_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting by which git would start a program leads to a trap; so do hooks, attributes and the environment."""
    root = repository(tmp_path / "r", ["a.py", "b.py"], ["a.py", "b.py"])
    sprung = tmp_path / "sprung"
    trap = root / "bin" / "git"
    trap.parent.mkdir()
    trap.write_text(f"#!/bin/sh\necho $0 $@ >> {sprung}\n", encoding="utf-8")
    trap.chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "pager.log", "diff.external", "diff.trap.textconv", "diff.trap.command",
        "gpg.program", "core.sshCommand", "core.askPass", "credential.helper", "filter.trap.smudge",
        "filter.trap.clean", "filter.trap.process", "uploadpack.packObjectsHook", "core.alternateRefsCommand",
        "alias.log", "alias.rev-parse", "core.editor", "sequence.editor",
    ):  # fmt: skip
        run_git(root, "config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    run_git(root, "config", "log.showSignature", "true")
    (root / ".git" / "info" / "attributes").write_text("* diff=trap filter=trap\n", encoding="utf-8")
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (root / ".git" / "hooks" / hook).parent.mkdir(exist_ok=True)
        (root / ".git" / "hooks" / hook).write_bytes(trap.read_bytes())
        (root / ".git" / "hooks" / hook).chmod(0o755)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PATH", f"{trap.parent}{os.pathsep}{os.environ['PATH']}")
    before = tree_digest(root)
    found = read(root, tmp_path)
    assert [path for path, _ in found.together("a.py")] == ["b.py"], found.log.reason
    assert not sprung.exists(), sprung.read_text(encoding="utf-8")
    assert tree_digest(root) == before


def test_a_partial_clone_reaches_no_remote(tmp_path: Path) -> None:
    """Objects that are not there are not fetched, also where the remote is a program."""
    root = repository(tmp_path / "r", ["a.py", "b.py"], ["a.py", "b.py"])
    run_git(root, "mv", "a.py", "c.py")
    (root / "c.py").write_text((root / "c.py").read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    run_git(root, "add", "-A")
    made(root, "move", 3)
    run_git(root, "config", "uploadpack.allowFilter", "true")
    run_git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{root}", "partial")
    sprung = tmp_path / "sprung"
    run_git(tmp_path / "partial", "config", "remote.origin.url", f"ext::sh -c 'touch {sprung}'")
    run_git(tmp_path / "partial", "config", "protocol.ext.allow", "always")
    found = read(tmp_path / "partial", tmp_path)
    assert not sprung.exists()
    assert found.weight("b.py") > 0, found.log


def test_it_is_read_in_the_background(tmp_path: Path) -> None:
    root = project(tmp_path, "#- a.py\nx = 1\n#- b.py\ny = 1\n")
    workspace = Workspace(root)
    assert workspace.history_now() is None, "the first question starts the reading and does not wait"
    assert workspace.history().together("a.py") == workspace.history_now().together("a.py")  # type: ignore[union-attr]
    head = workspace.history().log.head
    commit(root, ["a.py", "b.py"], 1)
    assert workspace.history().log.head != head, "a commit is noticed"
    workspace.close()


def test_over_the_process_boundary(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py", "b.py"], ["a.py", "b.py"])

    async def work() -> None:
        client = GraphClient(root)
        await client.index()
        end = time.monotonic() + 60
        while (found := await client.together("a.py")) is None and time.monotonic() < end:
            await asyncio.sleep(0.05)
        assert [path for path, _ in found or ()] == ["b.py"]
        assert [path for path, _ in await client.recent() or ()] == ["a.py", "b.py"]
        await client.close()

    asyncio.run(asyncio.wait_for(work(), 100))


def test_the_same_log_has_the_same_answers() -> None:
    paths = [f"{name}.py" for name in "abcdefg"]
    commits = tuple(Commit(START + n * 1000, tuple(paths[n % 3 : n % 3 + 3])) for n in range(40, 0, -1))
    one, two = History(Log("x", "", commits)), History(Log("x", "", commits))
    assert [one.together(p) for p in paths] == [two.together(p) for p in reversed(paths)][::-1]
    assert one.recent() == two.recent()


# ---------------------------------------------------------------- what differs from the last commit


def test_the_lines_that_differ_from_the_last_commit(tmp_path: Path) -> None:
    root = tmp_path / "r"
    texts = {"a.py": "one\ntwo\nthree\n", "same.py": "x = 1\n", "inner/b.py": "b = 1\n", "notes.bin": "n\n"}
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    repository(root, ["c.py"])
    (root / "a.py").write_text("one\n2\nthree\nfour\n")
    (root / "inner" / "b.py").write_text("b = 1\nc = 2\n")
    (root / "notes.bin").write_text("m\n")
    (root / "new.py").write_text("not committed\n")
    (root / "c.py").unlink()
    before = tree_digest(root / ".git")
    assert gitchanges.changes(root) == {"a.py": [1, 3], "inner/b.py": [1]}
    assert gitchanges.changes(root / "inner") == {"b.py": [1]}
    assert tree_digest(root / ".git") == before


def test_no_lines_differ_without_commits_or_git(tmp_path: Path) -> None:
    assert gitchanges.changes(tmp_path) == {}
    run_git(tmp_path, "init", "-q")
    assert gitchanges.changes(tmp_path) == {}


def test_a_program_that_the_repository_names_is_not_started(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py"])
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    for name in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor"):
        run_git(root, "config", name, f"touch {tmp_path}/started; cat")
    (root / "a.py").write_text("other = 1\n")
    assert list(gitchanges.changes(root)) == ["a.py"]
    assert not (tmp_path / "started").exists()


def test_what_differs_is_found_in_the_background(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", ["a.py"])
    (root / "a.py").write_text("other = 1\n")
    changes = history.Changes(root)
    until = time.monotonic() + 60
    while changes.now() is None and time.monotonic() < until:
        time.sleep(0.05)
    assert changes.now() == {"a.py": [0]}
