"""A file that is counted by its functions answers as one that is counted as a whole, whatever was counted before."""

import random
import re
from pathlib import Path

import familiar_codegraph
import pytest
from familiar_codegraph.conventions.learning import read
from familiar_codegraph.conventions.python.pieces import Pieces
from familiar_codegraph.conventions.python.walk import Walk

DEEP = "def f():\n" + "".join(f"    {'(' * n}'a'{')' * n}\n" for n in range(185, 200))
AROUND = [
    ("what an import means", "import a as b\n{}x = 1\n", "import c as b\n{}x = 1\n", "def f(): return b.run(1)\n"),
    ("no import", "import json\n{}x = 1\n", "{}x = 1\n", "def f(x): return json.dumps(x)\n"),
    ("a function's import", "def e():\n    import a as b\n{}x = 1\n", "{}x = 1\n", "def f(): b(1)\n"),
    ("what is bound", "def cfg(): ...\n{}x = 1\n", "{}x = 1\n", "def cfg(): ...\n"),
    ("an attribute", "class A:\n    def e(self): self.cfg = 1\n{}x = 1\n", "class A:\n{}x = 1\n",
     "    def f(self): self.cfg = 1\n"),
    ("the bases around", "class A(B):\n{}x = 1\n", "class A:\n{}x = 1\n", "    def get_it(self): ...\n"),
    ("the class around", "class A(B):\n{}x = 1\n", "class C(B):\n{}x = 1\n", "    def get_it(self): ...\n"),
    ("how far it is indented", "class A:\n    {}x = 1\n", "class A:\n  {}x = 1\n",
     "def f(self): g(1,\n" + " " * 19 + "2)\n"),
    ("how deep it stands", "class A:\n  {}x = 1\n", "if x:\n class A:\n  {}x = 1\n", DEEP.replace("\n", "\n  ")),
    ("a blank line behind", "{}x = 1\ny = 2\n", "{}\nx = 1\ny = 2\n", "def f(): 'doc'; pass\n"),
    ("a comment behind", "{}x = 1\ny = 2\n", "{}# x\ny = 2\n", "def f(): 'doc'; pass\n"),
    ("a short last line", "{}x\n", "{}x", "def f(): 'doc'; pass\n"),
    ("the end of the file", "# x\n{}", "x\n{}", "def f(): 'doc'; pass"),
    ("the last function, with one in it", "def f(x):\n{}    return g(x)\n", "def f(x):\n{}    return x\n",
     "    @d(1)\n    def e(): ...\n"),
    ("broken code", "class A:\n{}    @c\n    def t(s):\n", "class A:\n{}    @c\n", "def e():((\"\")t(\"\"))\n"),
    ("an annotation first seen there", "{}x = 1\n", "{}x = 2\n", "def f(x: int): ...\n"),
]  # fmt: skip
"""What is around a function in two files, and the function."""

PARTS = [
    "import json\n", "import numpy as np\n", "from a.b import json\n", "from __future__ import annotations\n",
    "def one(): 'doc'; return 1\n", "@np.wraps(json.x)\ndef two(cfg=(y := 3)):\n    import json as np\n    np.x(1)\n",
    "class Two(Base):\n    cfg = 1\n    def get_it(self):\n        self.cfg = json.x(self)\n",
    "    def get_it(self, *config):\n        'Doc.'\n\n        self.cfg = np.y\n"
    "        if config: return 1\n        return\n",
    "        import typing\n", "cfg = 2\n", "LIMIT = frozenset('a')\n", "# comment\n", "\n", "x", "'''", "(", "if x:\n",
    "    async def wait(self, key: 'Optional[int]' = None) -> list[int]:\n        raise KeyError('a %s' % key)\n",
    "def three():\n    def four(cfg): return json.dumps(cfg)\n    class Five:\n        def six(self): self.cfg = 1\n",
]  # fmt: skip
SOURCES = sorted(Path(familiar_codegraph.__file__).parent.rglob("*.py"))


def edited(data: bytes, rng: random.Random) -> bytes:
    """Return `data` with a few lines dropped, doubled, moved, indented, or others put between them."""
    lines = data.splitlines(keepends=True)
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(lines) + 1)
        end = min(len(lines), start + rng.choice([1, 1, 2, 5, 30]))
        some = lines[start:end]
        match rng.randrange(7):
            case 0:
                lines[start:end] = []
            case 1:
                lines[start:start] = some
            case 2:
                del lines[start:end]
                at = rng.randrange(len(lines) + 1)
                lines[at:at] = some
            case 3:
                lines[start:end] = [b"    " + line for line in some]
            case 4:
                words = re.findall(rb"\w+", data) or [b"x"]
                lines[start:end] = [re.sub(rb"\b%s\b" % rng.choice(words), rng.choice(words), line) for line in some]
            case _:
                lines.insert(start, rng.choice(PARTS).encode())
    whole = b"".join(lines)
    return whole if rng.random() < 0.9 else whole[: rng.randrange(len(whole) + 1)]


@pytest.mark.parametrize(("before", "after", "function"), [row[1:] for row in AROUND], ids=[row[0] for row in AROUND])
def test_what_a_function_answers_by_what_is_around_it(before: str, after: str, function: str) -> None:
    pieces = Pieces()
    for around in (before, after, before):
        data = around.format(function).encode()
        assert read("a.py", data, pieces) == read("a.py", data)


@pytest.mark.parametrize("path", SOURCES, ids=[path.stem for path in SOURCES])
def test_a_file_that_is_edited(path: Path) -> None:
    rng, pieces, data = random.Random(path.stem), Pieces(), path.read_bytes()
    for _ in range(3):
        assert read("a.py", data, pieces) == read("a.py", data)
        data = edited(data, rng)


def test_only_what_changed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Walk] = []
    pieces, part = Pieces(), Walk.part
    monkeypatch.setattr(Walk, "part", lambda w: counted.append(w) or part(w))
    text = "import a\nclass A:\n    def f(self): a.b(1)\n    @a.c\n    def g(self): ...\n\ndef h(): ...\nx = 1\n"
    for old, new, times in [("", "", 3), ("x = 1", "y = 1\nx = 1", 1), ("import a", "import z\nimport a", 0),
                            ("(1)", "(2)", 1), ("import a", "import d as a", 2)]:  # fmt: skip
        counted.clear()
        text = text.replace(old, new, 1)
        read("a.py", text.encode(), pieces)
        assert len(counted) == times, (old, new)
