"""Fields of formats that are filled from a namespace: `"{size}".format(**globals())` and `"%(size)s" % vars()`.

Such a field is a reference to a variable, as certain as the name itself.
"""

import ast
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_PROBABLY = re.compile(rb"\b(?:globals|locals|vars)\(\s*\)")
_BRACES = re.compile(rb"\{\{|\}\}|\\N\{[^}]*\}|\{(\w+)(?=[}!:.\[])")
_PERCENT = re.compile(rb"%%|%\((\w+)\)")


class Field(NamedTuple):
    """A name in a format, by its span, and the namespace: of the module, else of what is around it."""

    start: int
    end: int
    name: str
    of_module: bool


class Filled(NamedTuple):
    """A format with its fields, and the span of the call that gives the namespace."""

    fields: tuple[Field, ...]
    start: int
    end: int


@lru_cache(maxsize=128)
def filled(data: bytes) -> tuple[Filled, ...]:
    """Return the formats of a file that are filled from a namespace and read whole, in no particular order."""
    if not _PROBABLY.search(data):
        return ()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]
    return tuple(_all(tree, data, starts))


def _all(tree: ast.AST, data: bytes, starts: list[int]) -> Iterator[Filled]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            text, namespace, pattern = node.left, node.right, _PERCENT
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            if node.args or len(node.keywords) != 1 or node.keywords[0].arg is not None:
                continue
            text, namespace, pattern = node.func.value, node.keywords[0].value, _BRACES
        else:
            continue
        kind = _namespace(namespace)
        if not kind or not isinstance(text, ast.Constant) or not isinstance(text.value, str):
            continue
        first, last = _span(text, starts)
        spans = [match.span(1) for match in pattern.finditer(data, first, last) if match[1]]
        named = [data[start:end].decode() for start, end in spans]
        if sorted(named) == sorted(_names(text.value, pattern is _BRACES)):
            fields = (Field(*span, name, kind == "globals") for span, name in zip(spans, named, strict=True))
            yield Filled(tuple(fields), *_span(namespace, starts))


def _namespace(node: ast.expr) -> str:
    is_call = isinstance(node, ast.Call) and not node.args and not node.keywords and isinstance(node.func, ast.Name)
    name = node.func.id if is_call else ""  # type: ignore[attr-defined]
    return name if name in ("globals", "locals", "vars") else ""


def _span(node: ast.expr, starts: list[int]) -> tuple[int, int]:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def _names(text: str, is_braces: bool) -> list[str]:
    """Return the names in a format, as Python reads it; one of another form (`{0}`, `{}`) counts as a name too."""
    if not is_braces:
        return [match[1].decode() for match in _PERCENT.finditer(text.encode()) if match[1]]
    found = []
    try:
        for _, field, spec, _ in string.Formatter().parse(text):
            if field is not None:
                found += [re.split(r"[.\[]", field)[0], *_names(spec or "", True)]
    except ValueError:
        return [""]
    return found


def blanked(data: bytes) -> bytes:
    """Return a file of the same length without the calls that fill such formats: what they reach is known."""
    for one in filled(data):
        data = data[: one.start] + b" " * (one.end - one.start) + data[one.end :]
    return data
