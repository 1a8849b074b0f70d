"""Which names may be given at all, and which names mean something to Python or to pytest by their spelling."""

import builtins
import keyword
import re
from pathlib import PurePosixPath

from familiar_codegraph.values import Symbol

_PYTEST_NAMES = re.compile(
    r"(pytest_\w+|pytestmark|pytest_plugins|collect_ignore(_glob)?|(setup|teardown)_(module|function|class|method)|"
    r"setUp|tearDown|setUpClass|tearDownClass|setUpModule|tearDownModule|asyncSetUp|asyncTearDown|load_tests)"
)

_OF_CLASSES = frozenset(
    name for kind in vars(builtins).values() if isinstance(kind, type) for name in vars(kind) if name != "__class__"
)
"""Special names that Python looks up in classes alone (`__hash__`): to a function's own variables they mean nothing.
Not among them: `__class__`, which `super()` needs, and what tools look for in frames (`__tracebackhide__`)."""


def why_not(symbol: Symbol, new: str) -> str | None:
    """Return why `symbol` may not be called `new`, whatever else the repository holds; None when it may."""
    old = symbol.name
    if not new.isidentifier():
        return f"{new!r} is not a valid name: letters, digits and underscores, not starting with a digit."
    if keyword.iskeyword(new):
        return f"{new} is a keyword of Python."
    if new == old:
        return f"{new} is already the name."
    for name in (old, new):
        if is_special(name) and not (_is_variable(symbol) and name in _OF_CLASSES):
            return (
                f"{name} is a special name: Python gives it its meaning, so it is neither given nor taken by a rename."
            )
    if is_private(old) != is_private(new) and "." in symbol.qualname:
        name = old if is_private(old) else new
        return f"{name} is mangled inside a class (two leading underscores), and the other name is not."
    return _why_not_in_tests(symbol, new)


def _is_variable(symbol: Symbol) -> bool:
    """Return whether a name is looked up by compiled number alone, so that its spelling means nothing to Python: a
    parameter or a variable of a function. A keyword passed in a call, too, is only compared with the parameters."""
    return symbol.kind == "parameter" or (symbol.kind == "variable" and symbol.scope != symbol.path)


def is_special(name: str) -> bool:
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_private(name: str) -> bool:
    """Return whether Python mangles `name` inside a class."""
    return name.startswith("__") and not name.endswith("__")


def _why_not_in_tests(symbol: Symbol, new: str) -> str | None:
    if not is_test_file(symbol.path) or symbol.kind not in ("function", "method", "class", "variable", "attribute"):
        return None
    for name in (symbol.name, new):
        if _PYTEST_NAMES.fullmatch(name):
            return f"{name} is a name that the test runner looks for."
    prefix = "Test" if symbol.kind == "class" else "test"
    if symbol.kind in ("class", "function", "method") and symbol.name.startswith(prefix) != new.startswith(prefix):
        verb = "would no longer be" if symbol.name.startswith(prefix) else "would be"
        return f"{symbol.qualname} {verb} collected as a test under the name {new}."
    return None


def collected(symbol: Symbol) -> str | None:
    """Return why something of a test file is found by where it stands, None when it is not."""
    prefix = "Test" if symbol.kind == "class" else "test"
    if _PYTEST_NAMES.fullmatch(symbol.name) or (symbol.kind != "variable" and symbol.name.startswith(prefix)):
        return f"{symbol.name} is found by the test runner where it stands, so it is not moved."
    return None


def is_test_file(path: str) -> bool:
    """Return whether pytest collects `path` by its default patterns, or reads it as a conftest."""
    name = PurePosixPath(path).name
    return name == "conftest.py" or (name.startswith("test_") or name.endswith("_test.py")) or name == "test.py"
