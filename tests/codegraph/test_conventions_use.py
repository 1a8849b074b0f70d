"""What the house is used for: candidates put into its way, violations with fixes, new names, and its own helpers."""

from pathlib import Path

import pytest
from familiar_codegraph.client import GraphClient
from familiar_codegraph.conventions import learn
from familiar_codegraph.conventions.candidate import adapt
from familiar_codegraph.conventions.fixes import Source, fix
from familiar_codegraph.conventions.learning import read
from familiar_codegraph.conventions.rules import Helper, Rules
from familiar_completion.view import look
from support.aio import aio
from support.fixture import parse

HOUSE = {
    "layout.quotes": "single",
    "naming.exception-variable": "exc",
    "naming.function": "snake_case",
    "naming.variable": "snake_case",
    "naming.word:config": "cfg",
    "naming.logger": "log",
    "types.optional": "union",
    "types.generics": "builtin",
    "types.init-none": "yes",
    "idioms.super": "zero",
    "idioms.empty-dict": "literal",
    "idioms.logging": "lazy",
    "idioms.format": "percent",
    "imports.relative": "relative",
    "imports.typing": "alias",
    "errors.chain": "from",
    "tests.assert": "assert",
}
RULES = Rules(
    "pkg/sub/a.py",
    HOUSE,
    dict.fromkeys(HOUSE, "9 of 9"),
    {"naming.function": "snake_case", "naming.variable": "snake_case", "naming.class": "PascalCase"},
    (
        Helper("json.dumps", "pkg.tools.to_json", "pkg/tools.py", 0.9),
        Helper("print", "pkg.tools.say", "pkg/tools.py", 0.9),
    ),
    "pkg.sub",
)

CANDIDATES = [
    ("x = $0\n", '"a" + "it\'s"', "'a' + \"it's\""),
    ("x = $0\n", '"""doc"""', '"""doc"""'),
    ("try: f()\nexcept E $0\n", "as e:", "as exc:"),
    ("$0\n", "def getName(a):", "def get_name(a):"),
    ("getName = 1\n$0\n", "def getName(a):", "def getName(a):"),
    ("def f():\n    $0\n", "config = 1", "cfg = 1"),
    ("def f(config):\n    $0\n", "config = 1", "config = 1"),
    ("$0\n", "logger = logging.getLogger(__name__)", "log = logging.getLogger(__name__)"),
    ("def f(a$0\n", ": Optional[int] = None):", ": int | None = None):"),
    ("x: $0\n", "List[int] = []", "list[int] = []"),
    ("class A:\n    def __init__$0\n", "(self, a: int):", "(self, a: int) -> None:"),
    ("class A:\n    def f(self):\n        $0\n", "super(A, self).f()", "super().f()"),
    ("x = $0\n", "dict()", "{}"),
    ("log.$0\n", "info(f'got {x}')", "info('got %s', x)"),
    ("x = $0\n", "f'got {x}'", "'got %s' % x"),
    ("from $0\n", "pkg.sub.b import c", ".b import c"),
    ("from $0\n", "pkg.b import c", "..b import c"),
    ("from $0\n", "other.b import c", "other.b import c"),
    ("$0\n", "import typing", "import typing as t"),
    ("try:\n    f()\nexcept E as err:\n    $0\n", "raise B('x')", "raise B('x') from err"),
    ("from ..tools import to_json\nx = $0\n", "json.dumps(y)", "to_json(y)"),
    ("from pkg import tools\nx = $0\n", "json.dumps(y)", "tools.to_json(y)"),
    ("import json\nx = $0\n", "json.dumps(y)", "json.dumps(y)"),
]


@pytest.mark.parametrize(("text", "candidate", "expected"), CANDIDATES)
def test_candidates_are_put_into_the_houses_way(text: str, candidate: str, expected: str) -> None:
    before, _, after = text.partition("$0")
    view = look("pkg/sub/a.py", (before + after).encode(), len(before.encode()))
    found = adapt(RULES, view, candidate)
    assert (found.text, found.veto) == (expected, "")
    assert bool(found.changes) == (candidate != expected)


@pytest.mark.parametrize(
    ("text", "candidate", "why"),
    [
        ("$0\n", "print(x)", "this house has its own pkg.tools.say for print"),
        ("x = $0\n", "json.dumps(y)", "this house has its own pkg.tools.to_json for json.dumps"),
        ("$0\n", "self.assertEqual(a, b)", "tests check by assert (9 of 9)"),
    ],
)
def test_what_is_foreign_is_vetoed_with_a_reason(text: str, candidate: str, why: str) -> None:
    before, _, after = text.partition("$0")
    view = look("pkg/sub/a.py", (before + after).encode(), len(before))
    assert adapt(RULES, view, candidate).veto == why


FIXES = [
    ("x = 'a'\n", "layout.quotes", "double", 'x = "a"\n'),
    ("f(\n    1,\n    2\n)\n", "layout.trailing-comma", "yes", "f(\n    1,\n    2,\n)\n"),
    ("f(\n    1,\n    2,\n)\n", "layout.trailing-comma", "no", "f(\n    1,\n    2\n)\n"),
    ("x: Optional[int] = 1\n", "types.optional", "union", "x: int | None = 1\n"),
    ("x: List[int] = []\n", "types.generics", "builtin", "x: list[int] = []\n"),
    ("x = dict()\n", "idioms.empty-dict", "literal", "x = {}\n"),
    ("class A:\n    def __init__(self, a: int): ...\n", "types.init-none", "yes",
     "class A:\n    def __init__(self, a: int) -> None: ...\n"),
    ("class A:\n    def f(self): super(A, self).f()\n", "idioms.super", "zero",
     "class A:\n    def f(self): super().f()\n"),
    ("x = 'a %s' % b\n", "idioms.format", "f-string", "x = f'a {b}'\n"),
    ("x = f'a {b} {c.d}'\n", "idioms.format", "format", "x = 'a {} {}'.format(b, c.d)\n"),
    ("x = 'a %d' % b\n", "idioms.format", "f-string", "x = 'a %d' % b\n"),
    ("try:\n    f()\nexcept E as e:\n    raise B('x')\n", "errors.chain", "from",
     "try:\n    f()\nexcept E as e:\n    raise B('x') from e\n"),
    ("try:\n    f()\nexcept E as e:\n    g(e)\nh(e)\n", "naming.exception-variable", "exc",
     "try:\n    f()\nexcept E as exc:\n    g(exc)\nh(e)\n"),
    ('def f():\n    """Do it"""\n', "docs.period", "yes", 'def f():\n    """Do it."""\n'),
    ('def f():\n    """\n    Do it.\n    """\n', "docs.first-line", "same", 'def f():\n    """Do it.\n    """\n'),
    ('def f():\n    """A."""\n\n    g()\n', "layout.docstring-blank", "no", 'def f():\n    """A."""\n    g()\n'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question", "house", "expected"), FIXES)
def test_fixes_make_it_the_houses_way(text: str, question: str, house: str, expected: str) -> None:
    data = text.encode()
    walked = read("a.py", data)
    assert walked
    found = next(o for o in walked.occurrences if o.question == question)
    made = data
    for edit in sorted(fix(question, found.answer, house, Source("a.py", data), found.start, found.end), reverse=True):
        made = made[: edit.start] + edit.text.encode() + made[edit.end :]
    assert made.decode() == expected


def many(files: int = 14) -> str:
    body = "".join(
        f"#- pkg/m{n}.py\nfrom pkg.tools import to_json\n\n\nclass Not{n}Error(ValueError): ...\n\n\nclass Item{n}:\n"
        f"    def __init__(self, cfg):\n        self.cfg = cfg\n\n"
        f"    def read_all(self):\n        return to_json('a', 'b')\n"
        for n in range(files)
    )
    tools = (
        "#- pkg/tools.py\nimport json\n\n\ndef to_json(value, indent):\n    return json.dumps(value, indent=indent)\n"
    )
    return f"#- pkg/__init__.py\n{tools}{body}"


def test_violations_are_found_in_new_code_only(tmp_path: Path) -> None:
    parse(many()).write(tmp_path)
    house = learn(tmp_path)
    data = (tmp_path / "pkg/m0.py").read_bytes()
    new = data + b"\n\ndef readSome():\n    return to_json(\"a\", 'b')\n"
    found = house.violations("pkg/m0.py", new, [(len(data), len(new))])
    assert [(v.question, v.here, v.house, new[v.start : v.end]) for v in found] == [
        ("naming.function", "camelCase", "snake_case", b"readSome"),
        ("layout.quotes", "double", "single", b'"a"'),
    ]
    assert [edit.text for edit in found[1].fix] == ["'", "'"]
    assert house.violations("pkg/m0.py", new, [(0, len(data))]) == []


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("function", "getUserName", "get_user_name"),
        ("class", "user_name", "UserName"),
        ("exception", "connection_refused", "ConnectionRefusedError"),
        ("constant", "max_size", "max_size"),
    ],
)
def test_new_names(tmp_path: Path, kind: str, text: str, expected: str) -> None:
    parse(many()).write(tmp_path)
    assert learn(tmp_path).name(kind, text, "pkg/new.py") == expected


def test_the_houses_own_helper_is_known(tmp_path: Path) -> None:
    parse(many()).write(tmp_path)
    pairs = learn(tmp_path).pairs()
    assert [(p.default, p.house, p.path, p.line, p.calls_default, p.calls_house) for p in pairs] == [
        ("json.dumps", "pkg.tools.to_json", "pkg/tools.py", 4, 0, 14)
    ]


@aio
async def test_the_graph_process_answers(tmp_path: Path) -> None:
    parse(many()).write(tmp_path)
    client = GraphClient(tmp_path)
    try:
        await client.index()
        rules = await client.rules("pkg/new.py")
        assert rules.answers["layout.quotes"] == "single" and rules.package == "pkg"
        assert [helper.house for helper in rules.helpers] == ["pkg.tools.to_json"]
        data = b'x = "a"\n'
        found = await client.violations("pkg/new.py", data, [(0, len(data))])
        assert [v.question for v in found] == ["layout.quotes"]
        assert "snake_case (15 of 15)" in await client.spelling("function", "readAll", "pkg/new.py")
        (tmp_path / "pkg/m0.py").write_text('x = ["a", "b"]\n')
        await client.refresh(["pkg/m0.py"])
        assert "26 of 28" in (await client.rules("pkg/new.py")).why["layout.quotes"]
    finally:
        await client.close()


def test_what_is_rare_is_judged_among_those_alike(tmp_path: Path) -> None:
    short = 'def a_{0}(x):\n    """Short."""\n    y = x\n    return y\n\n\n'
    long = 'def b_{0}(x):\n    """Long.\n\n    More of it.\n    """\n\n    y = x\n    return y\n\n\n'
    files = "".join(f"#- pkg/m{n}.py\n{(short + long).format(n)}" for n in range(12))
    parse(f"#- pkg/__init__.py\n{files}").write(tmp_path)
    blank = b'def c(x):\n    """Short."""\n\n    y = x\n    return y\n\n\n'
    none = b'def d(x):\n    """Long.\n\n    More.\n    """\n    y = x\n    return y\n'
    found = learn(tmp_path).violations("pkg/new.py", blank + none, [(0, len(blank + none))])
    assert [(v.question, v.here, v.house) for v in found] == [
        ("layout.docstring-blank", "yes", "no"),
        ("layout.docstring-blank", "no", "yes"),
    ]
