"""Facts of an edited file are put together from pieces: whatever the cut and whatever the way here, they are those of
the bytes from scratch."""

import gc
import random
import sysconfig
import weakref
from pathlib import Path

import pytest
from familiar_codegraph.facts import FileFacts
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.pieces import Memo
from familiar_codegraph.store import encode
from familiar_codegraph.workspace import Workspace

STDLIB = Path(sysconfig.get_paths()["stdlib"])

SOURCES: dict[str, bytes] = {
    "class scope is seen by its own code only": b"""
x = 1
class A(B[x := 2]):
    x = x
    y = [x for _ in x]
    def f(self, a=x):
        return x, y, a, self.z, super().f()
    z: x = lambda: x
""",
    "type parameters": b"""
class A[T](B[T]):
    x: T
    def f[U](self, a: T, b: U) -> x: return T, x
def g[T](a: T): ...
""",
    "labels count through": b"""
def f():
    def g(): ...
    def g(): ...
class f:
    def g(self): ...
    def g(self): ...
f = lambda: (lambda: 1)
class f:
    class f:
        def f(self): [f for f in f]
    g = [g for g in g]
""",
    "global and nonlocal": b"""
def f():
    global x
    x = 1
    y = 2
    def g():
        nonlocal y, z
        y = z = 3
print(x, y)
class A:
    if x:
        global w
    w = 1
    def f(self): return w
nonlocal x
x = 5
""",
    "what ends with the block around": b"""
assert isinstance(a, A)
if not isinstance(b, B):
    raise E
class C:
    '''doc'''
    assert isinstance(c, C)
    d = 1
""",
    "a class of a docstring": b'@d\n@e.f(1)\nclass A(B, metaclass=M):\n    # note\n    """One."""\n',
    "the same statement twice": b"x = f(x)\ny = 1\nx = f(x)\nclass A:\n    x = f(x)\n    x = f(x)\n",
    "exports": b"__all__ = ['a', 'b']\n__all__ += ['c']\n__all__ += other\nif a:\n    __all__.append(b)\n",
    "broken": b"def f(:\n  x =\nclass A:\n    def g(): return f(\n    def h(self): return self.g\nclass\n",
    "error around": b"x = (\ndef f(a):\n    return a\nclass A:\n    def g(self): ...\n    x = 1\n",
    "imports": b"import a.b, c as d\nfrom . import e\nfrom .f import (g, h as i)\nfrom j import *\na.b.x, d, e, g, i\n",
    "no end of line": b"x = 1; y = x",
    "nothing": b"",
}


def facts(data: bytes, memo: Memo | None = None) -> FileFacts:
    language = language_of("m.py")
    assert language is not None
    return language.extract(data, language.parser().parse(data), memo)


def check(data: bytes, memo: Memo) -> None:
    assert encode(facts(data, memo)) == encode(facts(data))


@pytest.mark.parametrize("name", SOURCES)
def test_the_cut_does_not_matter(name: str) -> None:
    check(SOURCES[name], Memo())


@pytest.mark.parametrize("name", SOURCES)
def test_pieces_may_move(name: str) -> None:
    """The same pieces behind others, before others, and twice."""
    memo = Memo()
    data = SOURCES[name]
    for moved in (data, b"import z\nx, f, A = z\n" + data, data + b"\nx = 1\n", data + data, data):
        check(moved, memo)


@pytest.mark.parametrize("name", SOURCES)
def test_look_ups_do_not_depend_on_the_cut(name: str) -> None:
    data = SOURCES[name]
    pieces, fresh = FileIndex("m.py", facts(data, Memo())), FileIndex("m.py", facts(data))
    assert list(pieces.binds) == list(fresh.binds) and len(pieces.binds) == len(fresh.binds)
    assert {key: list(found) for key, found in pieces.binds.items()} == dict(fresh.binds)
    assert all(key in pieces.binds for key in fresh.binds) and (0, "not there") not in pieces.binds
    assert list(pieces.starts) == list(fresh.starts)
    for word in (*fresh.names, "not there"):
        assert list(pieces.uses_of.get(word)) == list(fresh.uses_of.get(word))
    assert all(pieces.uses_at(at) == fresh.uses_at(at) for at in range(len(data) + 1))
    assert pieces.facts.uses[-2:] == fresh.facts.uses[-2:]


@pytest.mark.parametrize("name", ["bisect.py", "sched.py", "cmd.py", "graphlib.py"])
def test_real_files(name: str) -> None:
    memo = Memo()
    lines = (STDLIB / name).read_bytes().splitlines(keepends=True)
    draw = random.Random(name)
    check(b"".join(lines), memo)
    for _ in range(25):
        start = draw.randrange(len(lines))
        block = lines[start : start + draw.randrange(1, 30)]
        rest = lines[:start] + lines[start + len(block) :]
        at = draw.randrange(len(rest))
        check(b"".join(rest), memo)
        check(b"".join(rest[:at] + block + rest[at:]), memo)
    assert len(memo.pieces) > 3


def test_an_edit_walks_what_it_touches() -> None:
    memo = Memo()
    data = (STDLIB / "cmd.py").read_bytes()
    facts(data, memo)
    before = set(memo.pieces)
    at = data.index(b"def onecmd")
    facts(data[:at] + b"def one(self): return self.two\n    " + data[at:], memo)
    assert len(set(memo.pieces) - before) == 1
    assert len(before - set(memo.pieces)) == 0


def test_the_graph_before_an_edit_is_freed_at_once(tmp_path: Path) -> None:
    """Nothing is left for a pass over everything in the middle of a question."""
    workspace = Workspace(tmp_path)
    workspace.put("a.py", b"def f(): return f\n", 0)
    gc.disable()
    try:
        graphs = []
        for version in range(1, 5):
            graph = workspace.graph()
            assert graph.definitions("a.py", 4).answers
            graphs.append(weakref.ref(graph))
            del graph
            workspace.edit("a.py", version, [(17, 17, b" ")])
        workspace.graph()
        assert [found for graph in graphs if (found := graph()) is not None] == []
    finally:
        gc.enable()
