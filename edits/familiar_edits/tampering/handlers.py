"""Errors that code swallows, and comparisons that are always true, counted."""

import ast

from familiar_edits.tampering.strength import name_of

_BROAD = frozenset({"", "Exception", "BaseException", "AssertionError"})
_EQUAL = frozenset({"__eq__", "__ne__", "__bool__", "__contains__", "__lt__", "__le__", "__gt__", "__ge__"})
TELLING = _BROAD | _EQUAL | {"suppress"}
"""The names by which these places are known."""


def swallowing(data: bytes) -> int:
    """Return how many places swallow errors of every kind; 0 for a file that does not parse."""
    if b"except" not in data and b"suppress" not in data:
        return 0
    found = 0
    for node in ast.walk(_tree(data)):
        if isinstance(node, ast.ExceptHandler) and _names(node.type) & _BROAD:
            found += not any(isinstance(n, ast.Raise) for n in ast.walk(node))
        elif isinstance(node, ast.Call) and name_of(node.func) == "suppress":
            found += bool({name_of(a) for a in node.args} & _BROAD)
    return found


def always_true(data: bytes) -> int:
    """Return how many comparison methods only return a constant."""
    if not any(name.encode() in data for name in _EQUAL):
        return 0
    methods = (
        inner
        for node in ast.walk(_tree(data))
        if isinstance(node, ast.ClassDef)
        for inner in node.body
        if isinstance(inner, ast.FunctionDef) and inner.name in _EQUAL and len(inner.body) <= 2
    )
    return sum(isinstance(m.body[-1], ast.Return) and isinstance(m.body[-1].value, ast.Constant) for m in methods)


def _tree(data: bytes) -> ast.AST:
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _names(node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.Tuple):
        return {name_of(element) for element in node.elts}
    return {name_of(node) if node is not None else ""}
