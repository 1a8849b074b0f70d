"""Calls that get keywords from a mapping: which names may come through them as strings."""

import ast
from collections.abc import Iterator
from functools import lru_cache

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_AROUND = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@lru_cache(maxsize=512)
def passed(data: bytes) -> tuple[tuple[int, frozenset[str] | None], ...]:
    """Return, for each call of a file that unpacks a mapping into keywords, its 1-based line and the keys that are
    written there (None: not known), in the order of the file; nothing of a file that cannot be parsed.

    Left out is what brings no name from a string: the fields of a format that is written there, the keys of `dict`, and
    the `**kwargs` of the function around when they are only passed on: who calls that function writes each name as a
    keyword, or unpacks a mapping of its own.
    """
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    found = [(node.lineno, keys) for node, keys in _unpacked(tree, {})]
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _unpacked(node: ast.AST, handed_on: dict[str, bool]) -> Iterator[tuple[ast.expr, frozenset[str] | None]]:
    if isinstance(node, _AROUND):
        handed_on = handed_on | _own(node)
    if isinstance(node, ast.Call | ast.ClassDef) and not (isinstance(node, ast.Call) and _is_plain(node)):
        for keyword in node.keywords:
            is_own = isinstance(keyword.value, ast.Name) and handed_on.get(keyword.value.id, False)
            if keyword.arg is None and not is_own:
                yield keyword.value, _keys(keyword.value)
    for child in ast.iter_child_nodes(node):
        yield from _unpacked(child, handed_on)


def _own(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> dict[str, bool]:
    """Return whether each parameter of a function only stands for its `**kwargs`, and these are only passed on."""
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, *([args.vararg] if args.vararg else [])]
    found = {arg.arg: False for arg in every}
    if args.kwarg:
        name = args.kwarg.arg
        uses = sum(isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(node))
        passes = sum(
            keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id == name
            for call in ast.walk(node)
            if isinstance(call, ast.Call)
            for keyword in call.keywords
        )
        looked_up = any(
            isinstance(inner, ast.Name) and inner.id in ("locals", "vars", "eval", "exec") for inner in ast.walk(node)
        )
        found[name] = uses == passes and not looked_up
    return found


def _is_plain(call: ast.Call) -> bool:
    """Return whether no function of the repository gets the keywords: `"{x}".format(**fields)`, `dict(**more)`."""
    callee = call.func
    if isinstance(callee, ast.Attribute):
        return callee.attr == "format" and isinstance(callee.value, ast.Constant | ast.JoinedStr)
    return isinstance(callee, ast.Name) and callee.id == "dict"


def _keys(value: ast.expr) -> frozenset[str] | None:
    """Return the keys of a dictionary that is written out, None when they are not all known."""
    if not isinstance(value, ast.Dict):
        return None
    texts = [key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return frozenset(texts) if len(texts) == len(value.keys) else None
