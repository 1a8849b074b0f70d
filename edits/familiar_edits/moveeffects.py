"""What happens when moved code is defined: a decorator or a base class that may enter it in some list.

At its new place that happens only once the new module is imported, and perhaps later than before. So it is asked about,
unless what is used is known to do nothing of the kind, or the old module imports the new one.
"""

import ast
from collections.abc import Sequence

from familiar_codegraph import classes
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.types import Value

from familiar_edits.movecut import Piece
from familiar_edits.moveneeds import Need
from familiar_edits.moverefs import Mention, Moving
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place

_HARMLESS = frozenset({
    "abc", "attr", "attrs", "contextlib", "dataclasses", "decorator", "deprecated", "enum", "functools", "operator",
    "types", "typing", "typing_extensions", "unittest", "warnings", "wrapt",
})  # fmt: skip
_BUILTINS = frozenset({"classmethod", "property", "staticmethod"})


def questions(
    graph: CodeGraph, moving: Moving, source: PySource, piece: Piece, needed: Sequence[Need]
) -> list[Mention]:
    """Return the questions about what defining the piece may do.

    Raises:
        Refusal: it is a fixture, which the test runner finds by where it stands.
    """
    out: list[Mention] = []
    known = {need.name: need for need in needed}
    for node in piece.statements:
        for decorator in getattr(node, "decorator_list", []):
            if ast.unparse(decorator).partition("(")[0].rpartition(".")[2] in ("fixture", "yield_fixture"):
                raise Refusal(f"{moving.name} is a fixture: the test runner finds it by where it stands.")
            if not _is_harmless(decorator, known):
                why = (
                    f"{ast.unparse(decorator)} may register it, which would only happen once {moving.dest} is imported"
                )
                out.append(_question(source, decorator, why))
        if isinstance(node, ast.ClassDef) and (base := _registering(graph, moving)):
            why = f"{base} may register its subclasses, which would only happen once {moving.dest} is imported"
            out.append(_question(source, node.bases[0] if node.bases else node, why))
    return out


def _question(source: PySource, node: ast.expr | ast.stmt, why: str) -> Mention:
    return Mention(Place(source.path, source.start(node), source.end(node)), None, why, True)


def _is_harmless(decorator: ast.expr, known: dict[str, Need]) -> bool:
    base = decorator.func if isinstance(decorator, ast.Call) else decorator
    while isinstance(base, ast.Attribute):
        base = base.value
    name = base.id if isinstance(base, ast.Name) else ""
    need = known.get(name)
    if need is None:
        return name in _BUILTINS
    if need.statement is None or need.alias is None:
        return False
    module = need.alias.name if isinstance(need.statement, ast.Import) else need.statement.module or ""
    level = 0 if isinstance(need.statement, ast.Import) else need.statement.level
    return level == 0 and module.partition(".")[0] in _HARMLESS


def _registering(graph: CodeGraph, moving: Moving) -> str:
    """Return the base class of the repository that acts when a subclass is defined, "" when none does."""
    for value in classes.mro(graph.resolver, Value("class", moving.source, moving.name))[1:]:
        index = graph.index(value.path)
        scope = index.scope_of.get(value.name, -1) if index else -1
        found = graph.symbols.definition(f"{value.path}::{value.name}")
        if index and ((scope, "__init_subclass__") in index.binds or (found and found[1].metaclass >= 0)):
            meta = found[1].metaclass if found else -1
            if (scope, "__init_subclass__") in index.binds or not _is_plain(graph, value.path, meta):
                return value.name
    return ""


def _is_plain(graph: CodeGraph, path: str, expression: int) -> bool:
    """Return whether a metaclass is one of the standard library's, which keep no lists that others read."""
    index = graph.index(path)
    if index is None or expression < 0:
        return True
    row = index.facts.exprs[expression]
    number = row.a if row.op == 0 else row.b
    return 0 <= number < len(index.facts.uses) and (
        index.facts.names[index.facts.uses[number].name] in ("ABCMeta", "EnumMeta", "EnumType", "type")
    )
