"""Freshness: buffers, edits, the disk, restarts; a store that is deleted, damaged or shared."""

import os
import random
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

import pytest
from familiar_codegraph.languages import extract
from familiar_codegraph.store import Store, encode
from familiar_codegraph.workspace import VersionError, Workspace
from support.fixture import parse

CODE = """
#- pkg/__init__.py
#- pkg/a.py
class A:
    def go(self, fast: bool = False) -> "A":
        local = 1
        return self
def make() -> A:
    return A()
#- pkg/b.py
from pkg.a import make
def use():
    return make().go(fast=True)
"""


def opened(root: Path, text: str = CODE) -> Workspace:
    parse(text).write(root)
    workspace = Workspace(root)
    workspace.index()
    return workspace


def callers(workspace: Workspace, needle: bytes = b"go") -> list[tuple[str, str, str]]:
    graph = workspace.graph()
    at = graph.data("pkg/a.py").index(b"def " + needle) + 4
    return [(a.path, a.via, a.verdict) for a in graph.callers("pkg/a.py", at).answers]


def test_a_buffer_lies_over_the_file(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    assert callers(workspace) == [("pkg/b.py", "annotation", "yes")]
    data = workspace.graph().data("pkg/b.py")
    workspace.put("pkg/b.py", data, 1)
    workspace.edit("pkg/b.py", 2, [(len(data), len(data), b"\nmake().go()\n"), (0, 0, b"# new\n")])
    assert callers(workspace) == [("pkg/b.py", "annotation", "yes")] * 2
    assert workspace.graph().data("pkg/b.py").startswith(b"# new\n")
    workspace.drop("pkg/b.py")
    assert callers(workspace) == [("pkg/b.py", "annotation", "yes")]
    workspace.put("pkg/new.py", b"from pkg.a import make\nmake().go()\n", 1)
    assert callers(workspace) == [("pkg/b.py", "annotation", "yes"), ("pkg/new.py", "annotation", "yes")]
    workspace.drop("pkg/new.py")
    assert "pkg/new.py" not in workspace.graph().files()


def test_edits_that_do_not_follow_are_refused(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    with pytest.raises(KeyError):
        workspace.edit("pkg/b.py", 1, [])
    workspace.put("pkg/b.py", b"x = 1\n", 3)
    with pytest.raises(VersionError):
        workspace.edit("pkg/b.py", 3, [(0, 0, b"y")])
    with pytest.raises(ValueError, match="outside the buffer"):
        workspace.edit("pkg/b.py", 4, [(0, 99, b"")])
    assert workspace.graph().data("pkg/b.py") == b"x = 1\n"


TYPED = b"""
    def stop(self, *names: str) -> dict[str, int]:
        found = {name: self.ended(name, why=(1, "x")) for name in names if name}
        return f"{found['a']:>{len(names)}}"
"""


@pytest.mark.parametrize("each", [1, 2, 5, len(TYPED)])
def test_a_method_that_is_typed_is_read_when_somebody_asks(each: int, tmp_path: Path) -> None:
    """Key by key, its brackets and quotes open for a while, with a question at every `each`th key."""
    data = b"class A:\n    def go(self): return self.stop\n\n    x = 1\n"
    at = data.index(b"\n    x")
    workspace = opened(tmp_path, "")
    workspace.put("m.py", data, 0)
    for version, key in enumerate(TYPED, 1):
        workspace.edit("m.py", version, [(at, at, bytes([key]))])
        data, at = data[:at] + bytes([key]) + data[at:], at + 1
        if version % each == 0:
            graph = workspace.graph()
            facts = graph.facts("m.py")
            assert facts is not None
            assert (graph.data("m.py"), encode(facts)) == (data, encode(extract("m.py", data)))
            assert workspace.buffers() == {"m.py": version}


def test_between_questions_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = opened(tmp_path)
    workspace.put("pkg/b.py", b"x = 1\n", 1)
    workspace.graph()
    read: list[bytes] = []
    monkeypatch.setattr("familiar_codegraph.discover.check", read.append)
    for version in range(2, 50):
        workspace.edit("pkg/b.py", version, [(0, 0, b"#")])
    assert read == []
    workspace.graph()
    workspace.graph()
    assert read == [48 * b"#" + b"x = 1\n"]


def test_a_fault_in_reading_a_buffer_costs_that_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = opened(tmp_path)
    workspace.put("pkg/new.py", b"x = 1\n", 1)
    with monkeypatch.context() as broken:
        broken.setattr("familiar_codegraph.workspace.summarize", 1)
        workspace.edit("pkg/new.py", 2, [(0, 0, b"y")])
        assert callers(workspace) == [("pkg/b.py", "annotation", "yes")]
        assert workspace.failed()["pkg/new.py"] == "could not be read: TypeError: 'int' object is not callable"
    workspace.edit("pkg/new.py", 3, [(0, 0, b"z")])
    workspace.graph()
    assert workspace.failed() == {}


def test_an_old_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    before = workspace.graph()
    bindings = before.bindings("pkg/b.py")
    workspace.put("pkg/a.py", b"def make(): ...\n", 1)
    assert before.bindings("pkg/b.py") == bindings
    assert workspace.graph().bindings("pkg/b.py") != bindings


def test_a_body_edit_touches_one_file(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    for path in workspace.graph().files():
        workspace.graph().bindings(path)
    data = workspace.graph().data("pkg/a.py")
    workspace.put("pkg/a.py", data, 1)
    at, before = data.index(b"local = 1"), workspace.graph()
    workspace.edit("pkg/a.py", 2, [(at, at + 9, b"other = print(22)")])
    after = workspace.graph()
    assert after.index("pkg/b.py") is before.index("pkg/b.py")
    assert after.index("pkg/a.py") is not before.index("pkg/a.py")
    assert callers(workspace) == [("pkg/b.py", "annotation", "yes")]
    workspace.edit("pkg/a.py", 3, [(0, 7, b"class B:\nclass A:"[9:])])
    signature = workspace.graph().data("pkg/a.py").index(b'"A"')
    workspace.edit("pkg/a.py", 4, [(signature, signature + 3, b'"int"')])
    assert workspace.graph().index("pkg/b.py") is not before.index("pkg/b.py")


def test_a_local_class_is_no_body_edit(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    assert workspace.graph().family("pkg/a.py::A.go").members == ("pkg/a.py::A.go",)
    data = workspace.graph().data("pkg/b.py")
    workspace.put("pkg/b.py", data, 1)
    local = b"    from pkg.a import A\n    class Own(A):\n        def go(self): ...\n"
    at = data.index(b"    return")
    workspace.edit("pkg/b.py", 2, [(at, at, local)])
    assert workspace.graph().family("pkg/a.py::A.go").members == ("pkg/a.py::A.go", "pkg/b.py::use.Own.go")


def test_answers_after_edits_are_those_of_a_fresh_index(tmp_path: Path) -> None:
    """What is kept between snapshots is right: random edits of three files, each answer compared with a new graph's."""
    draw = random.Random(5)
    workspace = opened(tmp_path)
    paths = ["pkg/a.py", "pkg/b.py", "c.py"]
    workspace.put("c.py", b"from pkg.b import use\nuse().go()\n", 0)
    for path in paths[:2]:
        workspace.put(path, workspace.graph().data(path), 0)
    pieces = [
        b"\n    x = A()\n",
        b"\ndef go(): ...\n",
        b"    use().go(fast=2)\n",
        b"from pkg.a import A\n",
        b"\nfrom pkg.b import *\n",
        b"        self.y = make()\n",
        b"    global go\n",
        b"\nclass A(B): ...\n",
    ]
    for version in range(1, 120):
        path = draw.choice(paths)
        data = workspace.graph().data(path)
        lines = [0, *(i + 1 for i, byte in enumerate(data) if byte == 10)]
        start = draw.choice(lines)
        end = min(len(data), start + draw.choice([0, 0, 12]))
        workspace.edit(path, version, [(start, end, draw.choice([*pieces, b""]))])
        fresh = Workspace(tmp_path)
        fresh.index()
        for other in paths:
            fresh.put(other, workspace.graph().data(other), 1)
        graph, new = workspace.graph(), fresh.graph()
        for other in paths:
            assert graph.bindings(other) == new.bindings(other), version
        for id in ("pkg/a.py::A.go", "pkg/a.py::make", "pkg/a.py::A.go.fast", "pkg/b.py::use"):
            assert graph.references_of(id) == new.references_of(id), (version, id)
            assert graph.family(id) == new.family(id), (version, id)
        fresh.close()


def test_the_disk_changes(tmp_path: Path) -> None:
    workspace = opened(tmp_path)
    (tmp_path / "pkg" / "c.py").write_bytes(b"from pkg.a import make\nmake().go()\n")
    (tmp_path / "pkg" / "b.py").unlink()
    workspace.refresh(["pkg/c.py", "pkg/b.py"])
    assert callers(workspace) == [("pkg/c.py", "annotation", "yes")]
    (tmp_path / "pkg").rename(tmp_path / "other")
    workspace.refresh(["pkg", "other"])
    assert workspace.graph().files() == ["other/__init__.py", "other/a.py", "other/c.py"]
    (tmp_path / ".gitignore").write_text("c.py\n")
    workspace.refresh([".gitignore"])
    assert workspace.graph().files() == ["other/__init__.py", "other/a.py"]


def test_restart_reads_from_the_store(tmp_path: Path) -> None:
    opened(tmp_path).close()
    again = Workspace(tmp_path)
    report = again.index()
    assert (report.from_cache, report.files) == (3, 3)
    assert callers(again) == [("pkg/b.py", "annotation", "yes")]


@pytest.mark.parametrize("damage", ["delete", "empty", "garbage", "tail", "bits"])
def test_a_damaged_store_is_filled_again(tmp_path: Path, familiar_home: Path, damage: str) -> None:
    workspace = opened(tmp_path)
    expected = [workspace.graph().bindings(p) for p in workspace.graph().files()]
    workspace.close()
    store = next(familiar_home.rglob("facts.sqlite"))
    data = bytearray(store.read_bytes())
    if damage == "delete":
        store.unlink()
    elif damage == "bits":
        for at in range(4096, len(data), 97):
            data[at] ^= 0x5A
        store.write_bytes(data)
    else:
        store.write_bytes(
            {"empty": b"", "garbage": b"no database" * 500, "tail": bytes(data[: len(data) // 2])}[damage]
        )
    again = Workspace(tmp_path)
    again.index()
    assert [again.graph().bindings(p) for p in again.graph().files()] == expected


def test_the_store_may_vanish_under_a_running_workspace(tmp_path: Path, familiar_home: Path) -> None:
    workspace = opened(tmp_path)
    for file in familiar_home.rglob("facts.sqlite*"):
        file.unlink()
    assert callers(workspace) == [("pkg/b.py", "annotation", "yes")]
    (tmp_path / "pkg" / "c.py").write_bytes(b"from pkg.a import make\nmake().go()\n")
    workspace.refresh(["pkg/c.py"])
    assert len(callers(workspace)) == 2


def test_two_workspaces_share_a_store(tmp_path: Path) -> None:
    parse(CODE).write(tmp_path)
    for number in range(40):
        (tmp_path / f"m{number}.py").write_text(f"def f{number}(): return {number}\n")
    workspaces = [Workspace(tmp_path), Workspace(tmp_path)]
    threads = [threading.Thread(target=w.index, kwargs={"fresh": True}) for w in workspaces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(w.graph().files()) for w in workspaces] == [43, 43]
    assert callers(workspaces[0]) == callers(workspaces[1]) == [("pkg/b.py", "annotation", "yes")]


def test_indexing_can_be_stopped(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"m{number}.py").write_text("x = 1\n" + f"y{number} = 2\n")
    workspace = Workspace(tmp_path)
    done: list[int] = []
    report = workspace.index(progress=lambda n, total: done.append(n), stop=lambda: bool(done and done[-1] > 0))
    assert report.stopped
    assert 0 < report.files < 100
    answers = workspace.graph().references(workspace.graph().files()[0], 0)
    assert not answers.complete
    assert "stopped" in answers.reason
    assert not workspace.index().stopped
    assert len(workspace.graph().files()) == 100


def test_asked_before_indexing(tmp_path: Path) -> None:
    parse(CODE).write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.put("pkg/a.py", (tmp_path / "pkg/a.py").read_bytes(), 1)
    answers = workspace.graph().references("pkg/a.py", 6)
    assert answers.symbol is not None
    assert not answers.complete
    assert answers.reason == "the repository has not been indexed yet"


_KILLED = """
import sys, pathlib
from familiar_codegraph.workspace import Workspace
Workspace(pathlib.Path(sys.argv[1])).index(fresh=True)
"""


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path) -> None:
    library_folder = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(library_folder.glob("*.py"))[:40]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    reference = Workspace(tmp_path)
    reference.index(fresh=True)
    expected = reference.graph().references_of("ast.py::NodeVisitor.visit")
    draw = random.Random(3)
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path)], env=os.environ)
        time.sleep(draw.uniform(0.2, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        again = Workspace(tmp_path)
        again.index()
        assert again.graph().references_of("ast.py::NodeVisitor.visit") == expected
        again.close()


# ---------------------------------------------------------------- incremental == fresh

_PIECES = [
    b"x = 1\n", b"def f(a, b=2): return a\n", b"    ", b"(", b")", b'"', b"'''", b"\n", b"class C(D):\n    y = 1\n",
    b"import os\n", b"# \xc3\xa9\n", b"\r\n", b"\xff", b"\\\n", b"async ", b"self.z = q.w(k=3)\n", b":", b"\t", b"[",
    b"lambda: x", b"@d\n", b"if x:\n    pass\n", b"f'{a!r:>{b}}'",
]  # fmt: skip


def fuzz(seed: int, edits: int, root: Path) -> None:
    """Edit a real file at random; whenever somebody asks, the facts are those of the same bytes from scratch."""
    draw = random.Random(seed)
    source = Path(sysconfig.get_paths()["stdlib"]) / draw.choice(["bisect.py", "abc.py", "sched.py", "cmd.py"])
    workspace = Workspace(root)
    data = source.read_bytes()
    history = [data]
    workspace.put("m.py", data, 0)
    for version in range(1, edits + 1):
        start = draw.randrange(len(data) + 1)
        end = min(len(data), start + draw.choice([0, 0, 0, 1, 3, 20, 200]))
        new = draw.choice(_PIECES)
        kind = draw.random()
        if kind < 0.15:  # move
            start, end, new = 0, 0, data[start:end]
        elif kind < 0.4 and len(history) > 1:  # undo
            start, end, new = 0, len(data), history.pop()
        else:
            history.append(data)
        workspace.edit("m.py", version, [(start, end, new)])
        data = data[:start] + new + data[end:]
        if len(data) > 40_000:
            data = source.read_bytes()
            workspace.put("m.py", data, version)
        if draw.random() < 0.4:  # nobody asks: this edit is read together with the next
            continue
        assert workspace.graph().data("m.py") == data
        facts = workspace.graph().facts("m.py")
        assert facts is not None
        assert encode(facts) == encode(extract("m.py", data)), (seed, version)


@pytest.mark.parametrize("seed", range(5))
def test_incremental_is_fresh(seed: int, tmp_path: Path) -> None:
    fuzz(seed, 100, tmp_path)


def test_store_rows_survive_a_round_trip(tmp_path: Path) -> None:
    facts = extract("m.py", parse(CODE).files["pkg/a.py"])
    from familiar_codegraph.extraction import row_of

    row = row_of("m.py", parse(CODE).files["pkg/a.py"])
    store = Store(tmp_path)
    store.put([row])
    assert store.facts(row.key) == facts
    store.forget([row.key])
    assert store.facts(row.key) is None
