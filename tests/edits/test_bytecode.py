"""Code objects before and after: equal under the map, or the line where the meaning changes."""

from types import CodeType

import pytest
from familiar_edits.bytecode import compiled, difference

EQUAL = {
    "global": ("def foo(): return foo\n", "def bar(): return bar\n"),
    "cells are sorted by name": (
        "def f(foo, m):\n def g(): return foo, m\n return g\n",
        "def f(zoo, m):\n def g(): return zoo, m\n return g\n",
    ),
    "attribute and keyword": ("x.foo(foo=1).foo\n", "x.bar(bar=1).foo\n"),
    "comprehension": ("foo = 1\n[foo for i in range(foo)]\n", "bar = 1\n[bar for i in range(bar)]\n"),
    "private": ("class A:\n def f(self): self.__foo()\n", "class A:\n def f(self): self.__bar()\n"),
    "string": ("getattr(x, 'foo')\n", "getattr(x, 'bar')\n"),
    "class variable": ("class A:\n foo = 1\n x = foo\n", "class A:\n bar = 1\n x = bar\n"),
}

DIFFERENT = {
    "missed global": (
        "def foo(): pass\nfoo()\n",
        "def bar(): pass\nfoo()\n",
        2,
        "foo is renamed on line 1 but not here",
    ),
    "missed in function": ("foo = 1\ndef f():\n return foo\n", "bar = 1\ndef f():\n return foo\n", 3, "not here"),
    "builtin": ("foo = 1\nprint(foo)\n", "print = 1\nprint(print)\n", 2, "print already means something else"),
    "captured by a local": (
        "foo = 1\ndef f(bar):\n return foo + bar\n",
        "bar = 1\ndef f(bar):\n return bar + bar\n",
        3,
        "bar is no longer the same kind of variable that foo was",
    ),
    "merged locals": ("def f(foo):\n bar = 1\n return foo\n", "def f(bar):\n bar = 1\n return bar\n", 1, "bar already"),
    "shadowed global": ("bar = 1\ndef f(foo):\n return bar\n", "bar = 1\ndef f(bar):\n return bar\n", 3, "kind"),
    "closure captured": (
        "def f(foo):\n def g(bar):\n  return foo, bar\n",
        "def f(bar):\n def g(bar):\n  return bar, bar\n",
        1,
        "change",
    ),
    "class scope": (
        "bar = 1\nclass A:\n foo = 2\n x = bar\n",
        "bar = 1\nclass A:\n bar = 2\n x = bar\n",
        4,
        "looked up in different scopes",
    ),
    "member merged": ("class A:\n foo = 2\n bar = 3\n", "class A:\n bar = 2\n bar = 3\n", 3, "bar already means"),
    "other word": ("x = 'a foo'\n", "x = 'a baz'\n", 1, "becomes"),
    "other code": ("foo()\n", "bar() + 1\n", 1, "instructions"),
    "nonlocal": (
        "def f():\n foo = 1\n def g():\n  nonlocal foo\n  foo = 2\n",
        "def f():\n bar = 1\n def g():\n  foo = 2\n",
        1,
        "change",
    ),
}


def code(text: str) -> CodeType:
    found = compiled(text.encode(), "main.py")
    assert isinstance(found, CodeType)
    return found


@pytest.mark.parametrize("before, after", EQUAL.values(), ids=EQUAL)
def test_equal_under_the_map(before: str, after: str) -> None:
    names = {"__foo": "__bar"} if "__" in before else {"foo": "zoo" if "zoo" in after else "bar"}
    assert difference(code(before), code(after), names) is None


@pytest.mark.parametrize("before, after, line, what", DIFFERENT.values(), ids=DIFFERENT)
def test_difference_names_the_line(before: str, after: str, line: int, what: str) -> None:
    new = "print" if "print" in after else "bar"
    found = difference(code(before), code(after), {"foo": new})
    assert found is not None
    assert (found.line, what in found.what) == (line, True), found


def test_renaming_a_class_renames_its_mangled_names() -> None:
    before, after = "class foo:\n def f(self): self.__x\n", "class bar:\n def f(self): self.__x\n"
    assert difference(code(before), code(after), {"foo": "bar"}) is None


def test_a_file_that_does_not_compile_is_an_answer() -> None:
    assert isinstance(compiled(b"def f(:\n", "main.py"), SyntaxError)
    assert isinstance(compiled(b"x = 1\0\n", "main.py"), SyntaxError)
