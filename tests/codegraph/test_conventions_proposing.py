"""What the house proposes by itself: its helper where a call's arguments stand, a type as it is written elsewhere."""

import time
from pathlib import Path

import pytest
from familiar_codegraph.conventions import learn
from familiar_codegraph.conventions.candidate import adapt
from familiar_codegraph.conventions.proposing import propose
from familiar_codegraph.conventions.rules import Helper, Rules
from familiar_completion.view import look
from support.fixture import parse

ANSWERS = {"types.optional": "union", "imports.typing": "alias", "tests.assert": "unittest"}
RULES = Rules(
    "pkg/sub/a.py",
    ANSWERS,
    dict.fromkeys(ANSWERS, "9 of 9"),
    {},
    (
        Helper("json.dumps", "pkg.tools.to_json", "pkg/tools.py", 0.9),
        Helper("print", "pkg.tools.say", "pkg/tools.py", 0.9, ("text", "file")),
        Helper("pprint.pformat", "pkg.tools.dump_it", "pkg/tools.py", 0.9, ("text", "depth")),
        Helper("requests.Session", "pkg.net.OurSession", "pkg/net.py", 0.9),
        Helper("str.encode", "pkg.tools.to_bytes", "pkg/tools.py", 0.9),
    ),
    "pkg.sub",
    (
        Helper("ValueError", "pkg.errors.BadValue", "pkg/errors.py", 0.9),
        Helper("Exception", "pkg.errors.Broken", "pkg/errors.py", 0.8),
    ),
)
IMPORTS = "from ..tools import say, to_json\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # imported and not used yet
        (IMPORTS + "say(a)\nx = $0(value)\n", ["to_json", "say"]),
        # called with the same argument elsewhere
        (IMPORTS + "to_json(value)\nsay(a)\nx = $0(value)\n", ["to_json", "say"]),
        (IMPORTS + "to_json(value)\nsay(a)\nx = $0(a)\n", ["say", "to_json"]),
        # named like what it is bound to
        ("from pkg import net\nsession = $0(1)\n", ["net.OurSession"]),
        # out of reach, no call, not the beginning of a name
        ("x = $0(value)\n", []),
        (IMPORTS + "x = $0\n", []),
        # no arguments yet: only the one that is imported and not used
        (IMPORTS + "say(a)\nx = $0\n", ["to_json("]),
        (IMPORTS + "say(a)\nif x == $0\n", []),
        (IMPORTS + "def f(a):\n    say(a)\n    $0\n", ["to_json("]),
        (IMPORTS + "def f(a):\n    say($0)\n", ["to_json("]),
        (IMPORTS + "def f(a):\n    return a$0\n", []),
        # the only one that has such an argument
        (
            "from ..tools import dump_it, say, to_json\nsay(a), to_json(b), dump_it(c)\n$0(x, file=[1, ','])\n",
            ["say", "dump_it"],
        ),
        # its own exceptions: not used yet, or raised elsewhere in the file
        ("from pkg.errors import BadValue, Broken\ntry: f()\nexcept Broken:\n    raise $0\n", ["BadValue("]),
        ("from pkg.errors import Broken\nif a:\n    raise Broken(a)\nraise $0\n", ["Broken("]),
        ("from pkg.errors import Broken\nif a:\n    raise Broken(a)\nraise $0(b)\n", ["Broken"]),
        ("raise $0\n", []),
        (IMPORTS + "x = to_$0(value)\n", []),
        # a type as elsewhere in the file
        (
            "def f(root: Path, a: str | None = None): ...\ndef g(\n    a: $0 = None,\n    b: int,\n): ...\n",
            ["str | None"],
        ),
        ("def f(root: Path, a: str | None = None): ...\ndef g(root: $0, b: int): ...\n", ["Path"]),
        ("def f(root: Path): ...\nx = {root: $0, b: int}\n", []),
    ],
)
def test_proposals(text: str, expected: list[str]) -> None:
    before, _, after = text.partition("$0")
    view = look("pkg/sub/a.py", (before + after).encode(), len(before.encode()))
    assert [proposal.text for proposal in propose(RULES, view)] == expected


@pytest.mark.parametrize(
    ("text", "candidate", "expected"),
    [
        ("def f(a: $0, b: int): ...\n", "str, c: int) -> None:", "str"),
        ("def f(a: $0 = None, b: int = 1): ...\n", "str = 'x'", "str | None"),
        ("def f(a: $0 = None): ...\n", "Path | None = None", "Path | None"),
        ("import typing as t\ndef f(a: $0, b: int): ...\n", "Callable[[], Any], b", "t.Callable[[], t.Any]"),
        ("import typing as t\nfrom x import Any\ndef f(a: $0, b: int): ...\n", "Any", "Any"),
        ("class A:\n    def test_a(self):\n        $0\n", "assert a == b", "self.assertEqual(a, b)"),
        ("class A:\n    def test_a(self):\n        $0\n", "assert a.b is not None", "self.assertIsNotNone(a.b)"),
        ("class A:\n    def test_a(self):\n        $0\n", "assert a <= b < c", "assert a <= b < c"),
        ("from pkg.tools import to_bytes\nx = $0\n", "name.encode('utf-8')", "to_bytes(name)"),
        ("from pkg.tools import to_bytes\nx = $0\n", "name.encode('latin-1')", "name.encode('latin-1')"),
        ("x = $0\n", "name.encode()", "name.encode()"),
        ("from pkg.errors import BadValue\n$0\n", "raise ValueError(f'{a}')", "raise BadValue(f'{a}')"),
        ("from pkg.errors import BadValue\nraise $0\n", "ValueError(a)", "BadValue(a)"),
        ("from pkg.errors import BadValue\nif a: raise b\n$0\n", "raise KeyError(a)", "raise KeyError(a)"),
        (
            "from pkg.errors import BadValue\ndef f():\n    raise ValueError(a)\n$0\n",
            "raise ValueError(a)",
            "raise ValueError(a)",
        ),
    ],
)
def test_candidates_take_the_houses_form(text: str, candidate: str, expected: str) -> None:
    before, _, after = text.partition("$0")
    view = look("pkg/sub/a.py", (before + after).encode(), len(before))
    assert adapt(RULES, view, candidate).text == expected


def test_the_houses_own_exceptions_are_those_that_are_raised(tmp_path: Path) -> None:
    parse("""#- pkg/__init__.py
#- pkg/errors.py
from amqp import ConnectionError
class Lost(ConnectionError): pass
class Broken(Exception): pass
class Worse(Broken): pass
class BadValue(ValueError): pass
class Never(TypeError): pass
#- pkg/a.py
from pkg.errors import BadValue, Worse
def f(a):
    if a: raise Worse(a)
    raise BadValue(a)
#- pkg/b.py
from pkg.errors import Lost, Worse
def f(a):
    if a: raise Lost(a)
    raise Worse(a)
""").write(tmp_path)
    found = learn(tmp_path).errors()
    assert [(e.default, e.house) for e in found] == [
        ("Exception", "pkg.errors.Worse"),
        ("ValueError", "pkg.errors.BadValue"),
        ("Exception", "pkg.errors.Lost"),
    ]


def test_a_proposal_takes_less_than_two_milliseconds() -> None:
    text = IMPORTS + "def f(a):\n    x = load(a, 'name')\n" * 1000 + "x = "
    view = look("pkg/sub/a.py", (text + "(value)\n").encode(), len(text))
    taken = []
    for _ in range(9):
        began = time.process_time()
        assert propose(RULES, view)
        taken.append(time.process_time() - began)
    assert sorted(taken)[4] < 0.002
