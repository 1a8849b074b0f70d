"""What is cut out of a module: a definition with its decorators, its overloads and the comments directly above."""

import ast
import re
from typing import NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Symbol

from familiar_edits import naming
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal

_CODING = re.compile(rb"^#(?:!|.*coding[:=])")


class Piece(NamedTuple):
    """What is moved: whole lines `start:end` of its file, and the statements in them."""

    start: int
    end: int
    statements: tuple[ast.stmt, ...]


def piece(graph: CodeGraph, source: PySource, symbol: Symbol) -> Piece:
    """Return the piece of `source` that defines `symbol`.

    Raises:
        Refusal: it is not one definition of a module's own block that can be cut out.
    """
    _movable(symbol)
    body = source.tree.body
    at = [n for n, node in enumerate(body) if symbol.name in _bound(node)]
    where = f"{symbol.path}:{_line(source, symbol.start)}"
    if not at:
        raise Refusal(f"{symbol.name} at {where} is not defined in the module's own block (a condition, a loop or a "
                      "function defines it), so it is not moved.")  # fmt: skip
    found = [body[n] for n in at]
    if len(found) > 1 and (not _overloaded(found) or at != [*range(at[0], at[0] + len(at))]):
        raise Refusal(f"{symbol.name} is defined {len(found)} times in {symbol.path}: make it one definition first.")
    index = graph.index(symbol.path)
    assert index
    binds = [index.facts.binds[n] for n in index.binds.get((0, symbol.name), ())]
    uses = [index.facts.uses[n] for n in index.uses_of.get(symbol.name, ())]
    again = [b.use for b in binds if not any(_holds(source, node, index.facts.uses[b.use].start) for node in found)]
    if again or any(use.role == f.DECLARE and use.ref == 0 for use in uses):
        place = next((u.start for u in uses if u.role == f.DECLARE and u.ref == 0), None)
        place = index.facts.uses[again[0]].start if place is None else place
        raise Refusal(f"{symbol.name} is given another value at {symbol.path}:{_line(source, place)}: importers would "
                      "not see it, so it is not moved.")  # fmt: skip
    if crowd := [node for node in found if not source.alone(node)]:
        raise Refusal(f"{symbol.path}:{crowd[0].lineno} holds another statement too: give each a line first.")
    first, last = found[0], found[-1]
    following = body[at[-1] + 1] if at[-1] + 1 < len(body) else None
    if following is not None and _is_its_docstring(last, following) and source.alone(following):
        last = following
        found.append(following)
    return Piece(_with_comments(source, source.start(first)), source.line_end(source.end(last)), tuple(found))


def _movable(symbol: Symbol) -> None:
    if symbol.kind == "module":
        raise Refusal(f"{symbol.name} is a module: `rename-file` moves it.")
    if symbol.scope != symbol.path or symbol.kind not in ("function", "class", "variable"):
        raise Refusal(f"{symbol.qualname} is a {symbol.kind} inside of something: only what a module defines is moved.")
    if naming.is_special(symbol.name):
        raise Refusal(f"{symbol.name} is a special name of its module, so it stays there.")
    if naming.is_test_file(symbol.path) and (why := naming.collected(symbol)):
        raise Refusal(why)


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement defines by itself, not by what is inside it."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return {node.targets[0].id}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    alias = getattr(node, "name", None)  # `type X = ...`
    return {alias.id} if isinstance(alias, ast.Name) else set()


def _overloaded(found: list[ast.stmt]) -> bool:
    functions = [n for n in found if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    decorated = [any(ast.unparse(d).endswith("overload") for d in n.decorator_list) for n in functions]
    return len(functions) == len(found) and all(decorated[:-1]) and not decorated[-1]


def _is_its_docstring(node: ast.stmt, following: ast.stmt) -> bool:
    """Return whether a string after an assignment documents it."""
    is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
    is_text = is_text and isinstance(following.value.value, str)  # type: ignore[attr-defined]
    near = (node.end_lineno or 0) + 1 == following.lineno
    return is_text and near and isinstance(node, ast.Assign | ast.AnnAssign)


def _with_comments(source: PySource, start: int) -> int:
    """Return where the comments directly above a line begin; a file's first lines may speak to tools."""
    start = source.line_start(start)
    while start > 0:
        above = source.line_start(start - (2 if source.data[start - 2 : start] == b"\r\n" else 1))
        text = source.data[above:start]
        if above == start or not text.startswith(b"#") or _CODING.match(text) or above < 4:
            break
        start = above
    return start


def _holds(source: PySource, node: ast.stmt, offset: int) -> bool:
    return source.start(node) <= offset < source.end(node)


def _line(source: PySource, offset: int) -> int:
    return source.data.count(b"\n", 0, offset) + 1
