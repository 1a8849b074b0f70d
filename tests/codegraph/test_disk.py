"""What happens on disk: branches, renamed folders, deleted roots, events while an index runs, links, ignore rules."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from familiar_codegraph import extraction
from familiar_codegraph.client import GraphClient
from familiar_codegraph.workspace import Workspace

from benchmarks.graph.dump import dump

A = "class A:\n    def go(self): ...\n"


def branch(root: Path, name: str, count: int = 300) -> None:
    """Make the tree that of a branch: other contents in all files, another folder, other files beside."""
    shutil.rmtree(root, ignore_errors=True)
    (root / name).mkdir(parents=True)
    (root / "a.py").write_text(A)
    for number in range(count):
        (root / f"m{number}.py").write_text(f"from a import A\n# {name}\ndef f{number}(): return A().go()\n")
    (root / name / "only.py").write_text(f"from a import A\nA().go()  # {name}\n")


def callers(workspace: Workspace) -> int:
    return len(workspace.graph().callers("a.py", 17).answers)


def same_as_fresh(workspace: Workspace, store: Path) -> bool:
    fresh = Workspace(workspace.root, store=store)
    fresh.index()
    return dump(workspace.graph(), questions=5) == dump(fresh.graph(), questions=5)


def test_branches_with_hundreds_of_changed_files(tmp_path: Path) -> None:
    root = tmp_path / "r"
    branch(root, "main")
    workspace = Workspace(root)
    workspace.index()
    assert callers(workspace) == 301
    before = set(workspace.graph().files())
    for name in ("topic", "main", "topic"):
        branch(root, name)
        now = {p.relative_to(root).as_posix() for p in root.rglob("*.py")}
        workspace.refresh([*before | now])
        assert set(workspace.graph().files()) == now
        assert callers(workspace) == 301
        assert same_as_fresh(workspace, tmp_path / name)
        before = now


def test_a_renamed_folder_and_a_deleted_root(tmp_path: Path) -> None:
    root = tmp_path / "r"
    branch(root, "main", 5)
    workspace = Workspace(root)
    workspace.index()
    (root / "main").rename(root / "moved")
    workspace.refresh(["main", "moved"])
    assert workspace.graph().files()[-1] == "moved/only.py"
    assert callers(workspace) == 6
    root.rename(tmp_path / "away")
    workspace.refresh(None)
    assert workspace.graph().files() == []
    assert not workspace.graph().references("a.py", 6).complete
    (tmp_path / "away").rename(root)
    workspace.refresh(None)
    assert callers(workspace) == 6


def test_links_that_run_in_circles(tmp_path: Path) -> None:
    branch(tmp_path / "r", "main", 5)
    (tmp_path / "r" / "main" / "up").symlink_to(tmp_path / "r", target_is_directory=True)
    (tmp_path / "r" / "self").symlink_to(tmp_path / "r" / "self")
    (tmp_path / "r" / "loop.py").symlink_to(tmp_path / "r" / "loop.py")
    workspace = Workspace(tmp_path / "r")
    assert workspace.index().files == 7
    workspace.refresh(["main/up", "self", "loop.py"])
    assert callers(workspace) == 6


def test_ignore_rules_that_change(tmp_path: Path) -> None:
    root = tmp_path / "r"
    branch(root, "main", 5)
    workspace = Workspace(root)
    workspace.index()
    for rules, expected in (("m1.py\nmain/\n", 4), ("m*.py\n!m2.py\n", 2), ("", 6)):
        (root / ".gitignore").write_text(rules)
        workspace.refresh([".gitignore"])
        assert callers(workspace) == expected
    (root / "main" / ".gitignore").write_text("*\n")
    workspace.refresh(["main/.gitignore"])
    assert callers(workspace) == 5


@pytest.mark.parametrize("event", ["saved", "deleted", "new folder"])
def test_events_while_an_index_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str) -> None:
    """What changes after the index has looked at it, and is told before the index is done, is not lost."""
    root = tmp_path / "r"
    branch(root, "main", 5)
    workspace = Workspace(root)
    read, told = threading.Event(), threading.Event()
    real = extraction.rows

    def slow(*arguments: Any) -> Any:
        yield from real(*arguments)
        read.set()
        told.wait(20)

    monkeypatch.setattr(extraction, "rows", slow)
    thread = threading.Thread(target=workspace.index)
    thread.start()
    read.wait(20)
    if event == "saved":
        (root / "m1.py").write_text("from a import A\nA().go(), A().go(), A().go()\n")
        workspace.refresh(["m1.py"])
    elif event == "deleted":
        (root / "m1.py").unlink()
        workspace.refresh(["m1.py"])
    else:
        shutil.copytree(root / "main", root / "other")
        workspace.refresh(["other"])  # returns at once: the index that runs takes it in
    told.set()
    thread.join()
    assert callers(workspace) == {"saved": 8, "deleted": 5, "new folder": 7}[event]
    assert same_as_fresh(workspace, tmp_path / "fresh")


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 90))


def test_two_servers_on_one_repository(tmp_path: Path) -> None:
    """Both index, save, switch and ask at the same time, on one store."""
    root = tmp_path / "r"
    branch(root, "main", 120)

    async def work() -> None:
        clients = [GraphClient(root), GraphClient(root)]
        reports = await asyncio.gather(*(client.index(fresh=True) for client in clients))
        assert [report.files for report in reports] == [122, 122]
        before = {p.relative_to(root).as_posix() for p in root.rglob("*.py")}
        for name in ("topic", "main", "other"):
            branch(root, name, 120)
            now = {p.relative_to(root).as_posix() for p in root.rglob("*.py")}
            await asyncio.gather(*(client.refresh([*before | now]) for client in clients))
            answers = await asyncio.gather(*(client.ask("callers", "a.py", 17) for client in clients))
            assert answers[0] == answers[1]
            assert len(answers[0].answers) == 121
            assert answers[0].complete
            before = now
        await asyncio.gather(*(client.close() for client in clients))

    run(work)
