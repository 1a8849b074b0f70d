"""The edges of a suggestion as golden cases: `$0` is the cursor, the right side is the text after accepting it.

Each refusal has its reason; each filter has a twin that must pass.
"""

import pytest
from familiar_completion import suggest
from familiar_completion.suggest import shape
from familiar_completion.values import Suggestion
from familiar_completion.view import look


def check(before: str, raw: str, after: str, path: str = "main.py", mode: str = "line") -> Suggestion:
    """Accept what `raw` makes at the `$0` of `before` and compare the whole document with `after`."""
    at = before.encode().index(b"$0")
    data = before.encode().replace(b"$0", b"")
    made = shape(raw, look(path, data, at), 0.5, "model", mode)  # type: ignore[arg-type]
    assert isinstance(made, Suggestion), made
    assert made.start <= at <= made.end
    assert (data[: made.start] + made.text.encode() + data[made.end :]).decode() == after
    return made


ACCEPTED = {
    "rest of the line": ("x = $0", "foo(1)\ny = 2", "x = foo(1)"),
    "trailing blanks are dropped": ("x = $0", "foo(1)   ", "x = foo(1)"),
    "one more bracket than are open": ("print(x$0", ".name))", "print(x.name)"),
    "auto-closed bracket, text closes it": ("print($0)", "name)", "print(name)"),
    "auto-closed bracket, text leaves it open": ("print($0)", "name", "print(name)"),
    "auto-closed bracket, inner call": ("print($0)", "name())", "print(name())"),
    "auto-closed bracket, inner call, left open": ("print($0)", "name()", "print(name())"),
    "two auto-closed brackets": ("print(f($0))", "name))", "print(f(name))"),
    "two auto-closed brackets, one closed": ("print(f($0))", "name), end=sep", "print(f(name), end=sep)"),
    "auto-closed, then a header's colon": ("def f($0):", "name: str):", "def f(name: str):"),
    "auto-closed, colon left off": ("def f($0):", "name: str", "def f(name: str):"),
    "auto-closed quote": ('x = "$0"', 'name"', 'x = "name"'),
    "auto-closed quote, text leaves it open": ('x = "$0"', "name", 'x = "name"'),
    "auto-closed quote in a call": ('f("$0")', 'name", other)', 'f("name", other)'),
    "auto-closed quote in a call, left open": ('f("$0")', "name", 'f("name")'),
    "brackets inside of a string are text": ('f("$0")', "(name", 'f("(name")'),
    "dictionary key": ("x[$0]", '"name"]', 'x["name"]'),
    "text to the right stays": ("foo($0, other)", "name, other)", "foo(name, other)"),
    "text to the right, stops at its comma": ("foo($0, other)", "name, third)", "foo(name, other)"),
    "text to the right, inner comma stays": ("foo($0, other)", "bar(a, b), other)", "foo(bar(a, b), other)"),
    "text to the right, partly retyped": ("x = $0name(1)", "obj.name(1)", "x = obj.name(1)"),
    "a whole word before the rest": ("if $0 is None:", "value is None:", "if value is None:"),
    "f-string": ('x = f"{$0}"', 'name}"', 'x = f"{name}"'),
    "f-string, left open": ('x = f"{$0}"', "name", 'x = f"{name}"'),
    "inside a comment": ("# see $0", "the (other thing", "# see the (other thing"),
    "inside a docstring": (
        'def f():\n    """Return $0\n    """', "the name (or", 'def f():\n    """Return the name (or\n    """'),
    "decorator": ("@$0\ndef f(): ...", "functools.cache", "@functools.cache\ndef f(): ..."),
    "continuation line": ("x = foo(\n    a,\n    $0\n)", "name,", "x = foo(\n    a,\n    name,\n)"),
    "backslash continuation": ("x = a + \\\n    $0", "name", "x = a + \\\n    name"),
    "tabs": ("if a:\n\t$0", "name()", "if a:\n\tname()"),
    "CRLF": ("if a:\r\n    $0\r\nb = 1\r\n", "name()", "if a:\r\n    name()\r\nb = 1\r\n"),
    "non-ASCII before the cursor": ("é = '→'; x = $0", "name()", "é = '→'; x = name()"),
    "empty file": ("$0", "import name", "import name"),
    "a parameter in a line of its own": ("def f(\n    a: $0", "str,", "def f(\n    a: str,"),
    "a parameter's type, more lines below": (
        "def f(\n    a: $0 = None,\n    b: int\n):", "str | None", "def f(\n    a: str | None = None,\n    b: int\n):"),
    "header without a body": ("for x in $0", "names:", "for x in names:"),
    "branch header": ("if a:\n    b()\n$0", "elif name:", "if a:\n    b()\nelif name:"),
    "body after a header gets its depth": ("if a:\n$0", "name()", "if a:\n    name()"),
    "body after a header keeps a given depth": ("if a:\n$0", "  name()", "if a:\n  name()"),
    "too deep for where it stands": ("x = 1\n$0", "    name()", "x = 1\nname()"),
    "depth between two blocks": (
        "class A:\n    def f(self):\n        a()\n    $0", "name()",
        "class A:\n    def f(self):\n        a()\n    name()"),
    "dedent of a branch on a blank line": ("if a:\n    b()\n    $0", "else:", "if a:\n    b()\nelse:"),
    "dedent of except": ("try:\n    b()\n    $0", "except ValueError:", "try:\n    b()\nexcept ValueError:"),
    "match case": ("match x:\n    $0", "case Name():", "match x:\n    case Name():"),
    "repeats the line above": ("x.append(1)\n$0\ny = 2", "x.append(1)", "x.append(1)\nx.append(1)\ny = 2"),
    "async": ("async def f():\n    $0", "await name()", "async def f():\n    await name()"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "raw", "after"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(before: str, raw: str, after: str) -> None:
    check(before, raw, after)


REFUSED = {
    "nothing": ("x = $0", "\nfoo()", suggest.NOTHING),
    "only blanks": ("x = 1$0", "   ", suggest.NOTHING),
    "only closers": ("print(x$0", ")", suggest.SHORT),
    "one letter": ("x = $0", "a", suggest.SHORT),
    "only what stands to the right": ("foo($0name)", "name)", suggest.RIGHT),
    "the line below": ("if a:\n    $0\n    return name", "return name", suggest.BELOW),
    "syntax error": ("x = $0", "name name", suggest.SYNTAX),
    "syntax error in a call": ("foo($0", "name =", suggest.SYNTAX),
    "malformed": ("x = $0", "name + '\ufffd'", suggest.MALFORMED),
    "open string": ("x = $0", '"name', suggest.SYNTAX),
}


@pytest.mark.parametrize(("before", "raw", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(before: str, raw: str, reason: str) -> None:
    at = before.encode().index(b"$0")
    assert shape(raw, look("main.py", before.encode().replace(b"$0", b""), at), 0.5, "model") == reason


BLOCKS = {
    "ends where the indentation does": (
        "def f(x):\n    $0",
        "y = name(x)\n    return y\n\ndef g(): ...",
        "def f(x):\n    y = name(x)\n    return y",
    ),
    "keeps inner blocks": (
        "def f(x):\n    $0\n",
        "if x:\n        name(x)\n    return x\nz = 1",
        "def f(x):\n    if x:\n        name(x)\n    return x\n",
    ),
    "drops an unfinished end": ("def f(x):\n    $0\n", "yes = 1\n    foo(\n        a", "def f(x):\n    yes = 1\n"),
    "stops at the line below": (
        "def f(x):\n    $0\n    return other\n",
        "yes = 1\n    no = 2\n    return other",
        "def f(x):\n    yes = 1\n    no = 2\n    return other\n",
    ),
    "CRLF": ("if a:\r\n    $0\r\n", "yes = 1\n    no = 2", "if a:\r\n    yes = 1\r\n    no = 2\r\n"),
    "header and body": ("$0", "def f(x):\n    return x\nf(1)", "def f(x):\n    return x\nf(1)"),
}


@pytest.mark.parametrize(("before", "raw", "after"), BLOCKS.values(), ids=BLOCKS)
def test_blocks(before: str, raw: str, after: str) -> None:
    check(before, raw, after, mode="block")


def test_other_languages_are_left_as_they_are() -> None:
    check("let x = $0;", "foo(1);", "let x = foo(1);", path="main.ts")
    check("  $0", "} else {", "  } else {", path="main.ts")
