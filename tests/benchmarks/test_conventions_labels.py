# ruff: noqa: E501 - a case is one line where it is short enough to be read as one
"""The labeller answers by the questions' definitions: one small case or more for each question, none left out."""

import pytest
from support.fixture import parse

from benchmarks import sdists
from benchmarks.conventions.labeller import DEFAULTS, default, label
from benchmarks.conventions.labels import house_pairs
from benchmarks.conventions.names import WORDS
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Label, Source, case_of, subtokens

# (question, files with main.py or the first one labelled, expected [(answer, line)])
CASES: list[tuple[str, str, list[tuple[str, int]]]] = [
    (
        "naming.function",
        """\
        import outside
        def run(): ...
        def read_file(): ...
        def readFile(): ...
        def _ReadFile(): ...
        def visit_Name(): ...
        class Own:
            def __enter__(self): ...
            def getName(self): ...
        class Theirs(outside.Base):
            def setUp(self): ...
            def test_it_all(self): ...
        """,
        [("snake_case", 3), ("camelCase", 4), ("PascalCase", 5), ("other", 6), ("camelCase", 9), ("snake_case", 12)],
    ),
    (
        "naming.class",
        "class Name: ...\nclass HTTP: ...\nclass cached_property: ...\nclass Name_Part: ...\nclass _Own: ...\n",
        [("PascalCase", 1), ("PascalCase", 2), ("snake_case", 3), ("other", 4), ("PascalCase", 5)],
    ),
    (
        "naming.constant",
        """\
        LIMIT = 3
        names: list[str] = ["a"]
        _Table = {"a": 1}
        FOUND = find()
        DEBUG = True
        twice = 1
        twice = 2
        __version__ = "1"
        KNOWN = frozenset({1})
        LOW = -1
        def f():
            inner = 1
        """,
        [("UPPER_CASE", 1), ("snake_case", 2), ("PascalCase", 3), ("UPPER_CASE", 9), ("UPPER_CASE", 10)],
    ),
    (
        "naming.attribute",
        "class A:\n    def __init__(self, a):\n        self.a = a\n        self._b: int = 1\n        a.c = 2\n    def f(self):\n        self.d = 1\n",
        [("plain", 3), ("underscore", 4)],
    ),
    (
        "naming.helper",
        """\
        #- pkg/a.py
        def used(): ...
        def _alone(): ...
        def lonely(): ...
        @register
        def page(): ...
        def main(): ...
        #- pkg/b.py
        from pkg.a import used
        """,
        [("underscore", 2), ("plain", 3)],
    ),
    (
        "naming.exception-variable",
        "try:\n    pass\nexcept ValueError as e:\n    pass\nexcept KeyError as problem:\n    pass\nexcept OSError:\n    pass\n",
        [("e", 3), ("other", 5)],
    ),
    (
        "naming.exception-class",
        "class Bad(Exception): ...\nclass BadError(Bad): ...\nclass NoMatch(a.LookError): ...\nclass UseWarning(Warning): ...\nclass KeyException(KeyError): ...\nclass OwnError(KeyError): ...\n",
        [("other", 1), ("other", 3), ("Warning", 4), ("Exception", 5), ("Error", 6)],
    ),
    (
        "naming.word:message",
        "def __msg__(self): ...\ndef send_msg(message, *msg):\n    msg = message\n    msg = 1\n    messages = []\nclass A:\n    def __init__(self, msg):\n        self.lastMsg = msg\n        self.lastMsg = 2\n",
        [("msg", 2), ("message", 2), ("msg", 7), ("msg", 3), ("msg", 8)],
    ),
    ("naming.logger", "import logging\nLOG = logging.getLogger(__name__)\naccess = getLogger('a')\nlogger = getLogger()\n", [("LOG", 2), ("other", 3), ("logger", 4)]),
    (
        "imports.form",
        """\
        #- pkg/main.py
        import os
        import pkg.helpers
        from pkg import helpers, VALUE
        from .helpers import run as r
        from . import helpers
        from outside import thing
        #- pkg/__init__.py
        VALUE = 1
        #- pkg/helpers.py
        def run(): ...
        """,
        [("module", 2), ("module", 3), ("from", 3), ("from", 4), ("module", 5)],
    ),
    (
        "imports.relative",
        """\
        #- src/pkg/main.py
        from pkg.helpers import run
        from . import helpers
        import pkg.helpers
        import outside
        #- src/pkg/__init__.py
        #- src/pkg/helpers.py
        def run(): ...
        """,
        [("absolute", 3), ("absolute", 1), ("relative", 2)],
    ),
    ("imports.typing", "import typing as t\nfrom typing import Any\n", [("alias", 1)]),
    ("imports.typing", "import os\nfrom typing import Any\n", [("from", 2)]),
    ("imports.typing", "import typing\n", [("module", 1)]),
    (
        "imports.per-line",
        "from a import b\nfrom a import c\nfrom d import e, f\nfrom g import h\n",
        [("one", 1), ("one", 2), ("many", 3)],
    ),
    (
        "imports.plain-first",
        "import a\n# why\nfrom b import c\n\nfrom d import e\nimport f\nfrom g import h\n\nimport i\n",
        [("first", 1), ("mixed", 5)],
    ),
    ("imports.future-annotations", "from __future__ import annotations\nx: int = 1\n", [("yes", 1)]),
    ("imports.future-annotations", "def f() -> int: ...\n", [("no", 1)]),
    ("imports.future-annotations", "def f(): ...\n", []),
    (
        "layout.quotes",
        "'''Doc.'''\nA = 'a'\nB = \"b\"\nC = \"it's\"\nD = r'raw'\nE = f'{A}'\nF = '''f'''\nG = {'': \"\"}\ndef f():\n    'doc'\n",
        [("single", 2), ("double", 3), ("single", 8), ("double", 8)],
    ),
    (
        "layout.trailing-comma",
        """\
        f(
            1,
            2,
        )
        g(
            1,
            2
        )
        h(
            1, 2,
        )
        i(1,
          2)
        k = [
            [1, 2],
            (lambda x, y: x),
        ]
        m = (
            1,
            2
        )
        n = (
            1 +
            2
        )
        def o(
            a,
            *,
            b
        ): ...
        from p import (
            q,  # why
            r,  # why not
        )
        s = t[
            1,
            2,
        ]
        """,
        [("yes", 4), ("no", 8), ("yes", 17), ("no", 21), ("no", 30), ("yes", 34)],
    ),
    (
        "layout.wrap",
        "f(\n    1)\ng(1,\n  2)\nh(1,\n    2)\ni([\n    1,\n])\ndef j(a,\n      b): ...\nk(  # why\n    1,\n)\n",
        [("hanging", 1), ("aligned", 3), ("aligned", 10), ("hanging", 12)],
    ),
    (
        "layout.docstring-blank",
        'def f():\n    """Do."""\n    return 1\ndef g():\n    """Do.\n    """\n\n    return 1\ndef h():\n    """Do."""\n',
        [("no", 2), ("yes", 6)],
    ),
    (
        "types.parameters",
        """\
        def f(a: int, b: int): ...
        def g(a: int, b): ...
        def h(a, *rest): ...
        def i() -> int: ...
        class A:
            def j(self): ...
            def k(self, a: int):
                def inner(a): ...
        """,
        [("yes", 1), ("some", 2), ("no", 3), ("yes", 7)],
    ),
    (
        "types.optional",
        "def f(a: Optional[int], b: int | None, c: list[str | None], d: 'int | None', e: t.Optional[str] = None): ...\nx: int | str | None = 1\ny = int | None\n",
        [("Optional", 1), ("union", 1), ("union", 1), ("Optional", 1), ("union", 2)],
    ),
    (
        "types.generics",
        "def f(a: list[int], b: t.Dict[str, tuple[int]]) -> Type[int]: ...\nz = list[int]\nx: str | list[int] | None = 1\ny: t.Union[None, t.Set[int]] = 1\n",
        [("builtin", 1), ("typing", 1), ("builtin", 1), ("typing", 1), ("builtin", 3), ("typing", 4)],
    ),
    (
        "types.init-none",
        "class A:\n    def __init__(self) -> None: ...\nclass B:\n    def __init__(self, a: int): ...\nclass C:\n    def __init__(self, a): ...\n",
        [("yes", 2), ("no", 4)],
    ),
    (
        "types.record",
        """\
        import attr, dataclasses
        from attrs import define
        from collections import namedtuple
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class A: ...
        @dataclasses.dataclass
        class B: ...
        @define
        class C: ...
        @attr.s(slots=True)
        class D: ...
        class E(BaseModel): ...
        class F(t.NamedTuple): ...
        class G(TypedDict, total=False): ...
        class H(namedtuple("H", "a b")): ...
        I = namedtuple("I", "a b")
        @define_other
        class J: ...
        """,
        [("dataclass", 6), ("dataclass", 8), ("attrs", 10), ("attrs", 12), ("pydantic", 13), ("NamedTuple", 14), ("TypedDict", 15), ("namedtuple", 16), ("namedtuple", 17)],
    ),
    (
        "docs.dialect",
        '''\
        def f(a):
            """Do.

            Args:
                a: what
            """
        def g(a):
            """Do.

            Parameters
            ----------
            a : int
            """
        def h(a):
            """Do.

            :param int a: what
            :return: that
            """
        def i(a):
            """Return: nothing of the kind."""
        ''',
        [("google", 2), ("numpy", 8), ("sphinx", 15)],
    ),
    (
        "docs.function",
        '''\
        def f():
            a = 1
            b = 2
            return a
        def g():
            """Do."""
            a = 1
            b = 2
            return a
        def h():
            """Do."""
            a = 1
            return a
        def _i():
            a = 1
            b = 2
            return a
        class _A:
            def j(self):
                a = 1
                b = 2
                return a
        ''',
        [("no", 1), ("yes", 5)],
    ),
    ("docs.function", "#- tests/x.py\ndef f():\n    a = 1\n    b = 2\n    return a\n", []),
    ("docs.class", 'class A:\n    """Do."""\nclass _B: ...\nclass C:\n    class D: ...\ndef f():\n    class E: ...\n', [("yes", 1), ("no", 4), ("no", 5)]),
    (
        "docs.first-line",
        '"""\nThis.\n"""\ndef f():\n    """Do.\n\n    More."""\ndef g():\n    """Do."""\n',
        [("next", 1), ("same", 5)],
    ),
    (
        "docs.period",
        '"""This"""\nclass A:\n    """Do.\n\n    More"""\ndef g():\n    """Do this\n    and that."""\n',
        [("no", 1), ("yes", 3)],
    ),
    (
        "errors.chain",
        "try:\n    pass\nexcept A as e:\n    raise B(1) from e\nexcept C:\n    raise D() from None\nexcept E:\n    if x:\n        raise F('f')\n    raise\nraise G()\n",
        [("from", 4), ("none", 6), ("bare", 9)],
    ),
    (
        "errors.class",
        """\
        from outside import Third
        class Own(Exception): ...
        def f(problem):
            raise ValueError("a")
        def g():
            raise Own
        def h():
            raise Third(1)
        def i(error):
            raise error
        try:
            pass
        except Own as Again:
            raise Again
        """,
        [("builtin", 4), ("own", 6), ("other", 8)],
    ),
    (
        "errors.message",
        'def f(x):\n    raise A(f"a {x}")\n    raise A("a %s" % x)\n    raise A("a {}".format(x))\n    raise A("a " + x)\n    raise A("a")\n    raise A(_("a %s") % x)\n    raise A(x + 1)\n',
        [("f-string", 2), ("percent", 3), ("format", 4), ("concatenation", 5), ("percent", 7)],
    ),
    (
        "idioms.path",
        "import os\nimport os.path as osp\nfrom os.path import join\nfrom pathlib import Path\nos.path.join('a')\nosp.exists('a')\njoin('a')\nPath('a')\nos.getcwd()\nx.path.join('a')\n",
        [("os.path", 5), ("os.path", 6), ("os.path", 7), ("pathlib", 8)],
    ),
    (
        "idioms.format",
        'a = f"{x}"\nb = f"x"\nc = "%s" % x\nd = "{}".format(x)\ne = x % 2\ng = f"{x:{y}}"\nh = "{}".format()\n',
        [("f-string", 1), ("f-string", 6), ("percent", 3), ("format", 4)],
    ),
    (
        "idioms.super",
        "class A(B):\n    def f(self):\n        super().f()\n        super(A, self).f()\n",
        [("zero", 3), ("explicit", 4)],
    ),
    (
        "idioms.else-after-return",
        """\
        def f(x):
            if x == 1:
                return 1
            else:
                return 2
        def g(x):
            if x == 1:
                return 1
            elif x == 2:
                return 2
            if x == 3:
                raise A
            x += 1
            if x:
                x = 2
            else:
                x = 3
            for y in x:
                if y:
                    break
        """,
        [("yes", 2), ("yes", 7), ("no", 11)],
    ),
    ("idioms.empty-dict", "a = {}\nb = dict()\nc = []\nd = list()\ne = dict(a=1)\n[] = a\n", [("call", 2), ("call", 4), ("literal", 1), ("literal", 3)]),
    (
        "idioms.logging",
        'logger.info("a %s", x)\nself._log.error(f"a {x}")\nlogging.warning("a %s" % x)\nLOG.debug("a {}".format(x))\nlogger.log(10, "a %s", x)\nlogger.info("a")\nblog.post("a %s", x)\nmath.log(10, 2)\n',
        [("lazy", 1), ("f-string", 2), ("percent", 3), ("format", 4), ("lazy", 5)],
    ),
    (
        "api.keyword:pkg.tools.run.check",
        """\
        #- pkg/main.py
        from pkg import run as go
        from . import tools
        import pkg.tools
        go("ls", True)
        tools.run("ls", check=True)
        pkg.tools.run(*x, check=True)
        pkg.tools.run("ls", check=False)
        def f(go):
            go("ls", True)
        #- pkg/__init__.py
        from pkg.tools import run
        #- pkg/tools.py
        def run(command, check=False, **rest): ...
        """,
        [("positional", 4), ("keyword", 5), ("keyword", 7)],
    ),
    (
        "tests.assert",
        "#- test_a.py\ndef test_a(self):\n    assert 1\n    self.assertEqual(1, 1)\n    a.assertEqual(1, 1)\n",
        [("assert", 2), ("unittest", 3)],
    ),
    ("tests.assert", "def f():\n    assert 1\n", []),
    ("tests.layout", "#- a_test.py\ndef test_a(): ...\nclass A:\n    def test_b(self): ...\n    def help(self): ...\n", [("function", 1), ("class", 3)]),
    ("tests.raises", "#- tests/a.py\nimport pytest\nfrom pytest import raises\npytest.raises(A)\nraises(A, match='a')\n", [("plain", 3), ("match", 4)]),
    ("tests.file", "#- pkg/test_a.py\ndef test_a(): ...\n", [("test_x.py", 1)]),
    ("tests.file", "#- pkg/tests.py\nclass A:\n    def test_a(self): ...\n", [("tests.py", 1)]),
    ("tests.file", "#- pkg/a_test.py\ndef test_a(): ...\n", [("x_test.py", 1)]),
    ("tests.file", "#- tests/a.py\ndef testing(): ...\n", [("other", 1)]),
    ("tests.file", "#- tests/a.py\ndef helps(): ...\n", []),
    ("structure.all", "__all__ = ['f']\ndef f(): ...\n", [("yes", 1)]),
    ("structure.all", "def f(): ...\n", [("no", 1)]),
    ("structure.all", "def _f(): ...\n", []),
]  # fmt: skip


def labelled(text: str) -> list[Label]:
    """Return the labels of the fixture's first file."""
    files = parse(text).files
    project = Project({path: Source(path, data) for path, data in files.items()})
    return list(label(project.sources[next(iter(files))], project))


@pytest.mark.parametrize(("question", "text", "expected"), CASES, ids=[f"{q}-{i}" for i, (q, _, _) in enumerate(CASES)])
def test_labels(question: str, text: str, expected: list[tuple[str, int]]) -> None:
    assert [(answer, line) for asked, answer, line in labelled(text) if asked == question] == expected


def test_every_question_has_a_case_and_a_default_among_its_answers() -> None:
    asked = {question.partition(":")[0] for question, _, _ in CASES}
    assert asked == {*DEFAULTS, "naming.word"}
    for question in DEFAULTS:
        answers = {answer for q, _, cases in CASES for answer, _ in cases if q.partition(":")[0] == question}
        assert default(question) in answers, question
    assert default("naming.word:message") == "message"


def test_a_word_belongs_to_one_pair() -> None:
    words = [word for long, shorts in WORDS.items() for word in (long, *shorts)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("name", "case", "parts"),
    [
        ("parseHTTPHeader", "camelCase", ["parse", "http", "header"]),
        ("_read_file2", "snake_case", ["read", "file", "2"]),
        ("HTTP_PORT", "UPPER_CASE", ["http", "port"]),
        ("URLParser", "PascalCase", ["url", "parser"]),
        ("visit_Name", "other", ["visit", "name"]),
    ],
)
def test_names_are_taken_apart(name: str, case: str, parts: list[str]) -> None:
    assert (case_of(name), subtokens(name)) == (case, parts)


def test_house_pairs_are_whole_and_name_pinned_projects() -> None:
    pairs = house_pairs()
    keys = [(pair.project, pair.default, pair.house) for pair in pairs]
    assert len(keys) == len(set(keys))
    assert {pair.project for pair in pairs} <= set(sdists.PINS)
    assert len({pair.project for pair in pairs}) == 8
    assert sum(pair.grade == "must" for pair in pairs) >= 60
