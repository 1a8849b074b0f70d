"""The second opinion, with the real ty: what it confirms and drops, and what happens when it fails."""

import asyncio
import os
import shutil
import stat
import sys
import textwrap
import time
from pathlib import Path

import pytest
from familiar_codegraph import checker, opinion
from familiar_codegraph.client import GraphClient
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Answers, Opinion
from familiar_codegraph.workspace import Workspace
from support.fixture import parse

# Which overload a literal chooses, the graph leaves open; ty follows it.
CODE = """
#- shop.py
from typing import Any, Literal, overload

class Cart:
    def tot$0al(self): ...

class Bill:
    def total(self): ...

@overload
def newest(kind: Literal["cart"]) -> Cart: ...
@overload
def newest(kind: Literal["bill"]) -> Bill: ...
def newest(kind: str) -> Any:
    return Cart() if kind == "cart" else Bill()

def unknown(thing):
    return thing.total()
#- use.py
from shop import newest

newest("cart").total()
newest("bill").total()
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return parse(CODE).write(tmp_path / "shop")


def ask(root: Path, *, budget: float = 60, buffers: dict[str, bytes] | None = None) -> Answers:
    workspace = Workspace(root)
    workspace.index()
    for path, data in (buffers or {}).items():
        workspace.put(path, data, 1)
    graph = workspace.graph()
    cursor = parse(CODE).cursor
    assert cursor
    found = graph.references(*cursor)
    assert len([a for a in found.answers if a.verdict == "unsure"]) >= 3, found
    said = opinion.consult(graph, found, root, (buffers or {}).keys(), budget=budget)
    workspace.close()
    return said


def shown(root: Path, answers: Answers, texts: dict[str, bytes] | None = None) -> list[str]:
    """Each answer as `path:line via verdict`."""
    found = []
    for a in answers.answers:
        data = (texts or {}).get(a.path) or (root / a.path).read_bytes()
        found.append(f"{a.path}:{LineIndex(data).line_of(a.start) + 1} {a.via} {a.verdict}")
    return found


CERTAIN = ["shop.py:4 scope yes", "shop.py:17 ambiguous unsure", "use.py:3 checker yes"]


def test_confirms_drops_and_leaves(shop: Path) -> None:
    answers = ask(shop)
    assert shown(shop, answers) == CERTAIN
    assert answers.opinion
    assert (answers.opinion.yes, answers.opinion.no, answers.opinion.silent) == (1, 1, 1)
    assert answers.opinion.checker.startswith("ty 0.")
    assert not answers.opinion.reason


def test_unsaved_text_is_what_is_asked_about(shop: Path) -> None:
    text = (shop / "use.py").read_bytes().replace(b'newest("bill")', b'\nnewest("cart")')
    answers = ask(shop, buffers={"use.py": text})
    assert shown(shop, answers, {"use.py": text})[-2:] == ["use.py:3 checker yes", "use.py:5 checker yes"]
    assert b'"bill"' in (shop / "use.py").read_bytes()


def test_what_was_said_is_kept_until_something_changes_that_it_depends_on(shop: Path) -> None:
    first = ask(shop)
    kept = ask(shop, budget=0)  # no time to ask
    assert (kept.answers, kept.opinion) == (first.answers, first.opinion)
    with (shop / "shop.py").open("a") as file:  # imported by the other
        file.write("x = 1\n")
    late = ask(shop, budget=0)
    assert late.opinion
    assert (late.opinion.yes, late.opinion.silent) == (0, 3)
    assert "in time" in late.opinion.reason
    assert shown(shop, ask(shop)) == CERTAIN


def test_a_broken_store_is_thrown_away(shop: Path) -> None:
    first = ask(shop)
    (store,) = Path(os.environ["FAMILIAR_HOME"]).rglob("opinion.sqlite")
    store.write_bytes(b"no database" * 1000)
    assert ask(shop).answers == first.answers
    assert ask(shop).answers == first.answers
    assert ask(shop, budget=0).answers == first.answers


def test_nothing_of_the_repository_runs(shop: Path, tmp_path: Path) -> None:
    packages = shop / ".venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (shop / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.0\n")
    spring = f"import pathlib; pathlib.Path({str(tmp_path / 'sprung')!r}).touch()\n"
    (packages / "trap.pth").write_text(spring)
    for name in ("sitecustomize.py", "conftest.py", "setup.py"):
        (shop / name).write_text(spring)
    for name in ("python", "python3", "ty"):
        trap = shop / ".venv" / "bin" / name
        trap.parent.mkdir(exist_ok=True)
        trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\n")
        trap.chmod(0o755)
    before = sorted(path for path in shop.rglob("*"))
    assert shown(shop, ask(shop)) == CERTAIN
    assert not (tmp_path / "sprung").exists()
    assert sorted(path for path in shop.rglob("*")) == before


# ---------------------------------------------------------------- other checkers


def replace_checker(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> Path:
    """Make `ty` another program, of this Python; REAL in it is the real one."""
    real = shutil.which("ty", path=str(Path(sys.executable).parent))
    assert real, "ty is of the development dependencies"
    folder.mkdir()
    program = folder / "ty"
    head = f"#!{sys.executable}\nimport os, signal, subprocess, sys, time\nREAL = {real!r}\n"
    version = "if '--version' in sys.argv: print('ty 0.0.105'); sys.exit()\n"
    program.write_text(head + version + textwrap.dedent(script))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return program


HANGS = """
open(os.path.join(os.path.dirname(__file__), "pid"), "w").write(str(os.getpid()))
time.sleep(600)
"""
DIES = """
server = subprocess.Popen([REAL, *sys.argv[1:]], stdin=subprocess.PIPE)
seen = b""
while b"textDocument/definition" not in seen:
    data = os.read(0, 65536)
    seen += data
    server.stdin.write(data)
    server.stdin.flush()
os.kill(server.pid, signal.SIGKILL)
"""
DEAF = """
body = b'{"jsonrpc": "2.0", "id": 1, "result": {"capabilities": {"positionEncoding": "utf-8"}}}'
sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
sys.stdout.flush()
time.sleep(600)
"""
BABBLES = """
print("Content-Length: 7\\r\\n\\r\\nnothing", flush=True)
time.sleep(600)
"""
NEVER_STARTS = "sys.exit(3)"


@pytest.mark.parametrize(
    ("script", "reason"),
    [(HANGS, "in time"), (DEAF, "in time"), (DIES, "ended"), (BABBLES, "ended"), (NEVER_STARTS, "ended")],
    ids=["hangs", "reads nothing", "killed", "babbles", "exits"],
)
def test_a_checker_that_fails_changes_nothing(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    replace_checker(monkeypatch, tmp_path / "bin", script)
    with (shop / "use.py").open("a") as file:
        file.write(f"# more than a pipe holds: {'x' * 300_000}\n")
    began = time.monotonic()
    answers = ask(shop, budget=3)
    assert time.monotonic() - began < 30
    assert [a.verdict for a in answers.answers].count("unsure") == 3
    assert answers.opinion
    assert (answers.opinion.yes, answers.opinion.no, answers.opinion.silent) == (0, 0, 3)
    assert reason in answers.opinion.reason


def test_a_checker_may_take_so_much_memory(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("memory is read from /proc")
    monkeypatch.setattr(opinion, "MEMORY_MB", 1)
    answers = ask(shop)
    assert answers.opinion
    assert "MB of memory; 1 are allowed" in answers.opinion.reason


def test_absent_old_and_the_repositorys_own(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = replace_checker(monkeypatch, tmp_path / "bin", "")
    program.write_text(program.read_text().replace("ty 0.0.105", "ty 0.0.7"))
    assert "ty 0.0.7" in str(checker.find(shop))
    assert "older than 0.0.105" in str(checker.find(shop))
    program.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    said = ask(shop).opinion
    assert said == Opinion(silent=3, reason=f"ty is not installed; {checker.install_command()}")
    inside = shop / ".venv" / "bin"
    inside.mkdir(parents=True)
    trap = inside / "ty"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\n")
    trap.chmod(0o755)
    monkeypatch.setenv("PATH", str(inside))
    assert "belongs to the repository and is not run" in str(checker.find(shop))
    assert not (tmp_path / "sprung").exists()


# ---------------------------------------------------------------- beside other questions


def test_other_questions_are_answered_meanwhile(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_checker(monkeypatch, tmp_path / "bin", HANGS)
    pid = tmp_path / "bin" / "pid"
    cursor = parse(CODE).cursor
    assert cursor

    async def work() -> None:
        client = GraphClient(shop)
        await client.index()
        asked = asyncio.create_task(client.opinion(*cursor, seconds=60))
        while not (pid.is_file() and pid.read_text()):
            await asyncio.sleep(0.02)
        number = int(pid.read_text())
        await client.put("use.py", b"from shop import Cart\nCart().total()\n", 1)
        answers = await asyncio.wait_for(client.ask("references", *cursor), 20)
        assert [a.via for a in answers.answers if a.path == "use.py"] == ["constructor"]
        assert not asked.done()
        asked.cancel()
        began = time.monotonic()
        while Path(f"/proc/{number}").exists():  # ended with the question
            await asyncio.sleep(0.02)
        assert time.monotonic() - began < 20
        await client.close()

    asyncio.run(asyncio.wait_for(work(), 90))


def test_through_the_process(shop: Path) -> None:
    cursor = parse(CODE).cursor
    assert cursor

    async def work() -> None:
        client = GraphClient(shop)
        await client.index()
        answers = await client.opinion(*cursor)
        assert shown(shop, answers) == CERTAIN
        assert answers.opinion
        await client.close()

    asyncio.run(asyncio.wait_for(work(), 90))
