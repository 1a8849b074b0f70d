"""What must keep one name: a member with its hierarchy, a parameter with those of the overrides; and what forbids it.

A name that a class outside the repository defines is that class's, and is refused; where such a class cannot be read,
that is a question.
"""

from collections.abc import Iterable
from typing import NamedTuple

from familiar_codegraph import classes, hierarchy, library
from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.modules import Found
from familiar_codegraph.text import LineIndex
from familiar_codegraph.types import Value
from familiar_codegraph.values import Symbol

from familiar_edits.places import Question, Renamed
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place


class Together(NamedTuple):
    """The symbols that are renamed as one, and the questions about who else has a say in their name."""

    renamed: Renamed
    questions: tuple[Question, ...]


def together(graph: CodeGraph, symbol: Symbol, new: str) -> Together:
    """Return what must be renamed with `symbol`.

    Raises:
        Refusal: the name is defined outside the repository too, or the new one is taken in the hierarchy.
    """
    family = graph.family(symbol.id)
    members = frozenset({symbol.id, *family.members})
    around = graph.symbol(symbol.scope)
    in_class = around is not None and around.kind == "class"
    owners = sorted({m.rpartition(".")[0] for m in members}) if in_class else []
    is_field = in_class and any(classes.has_field_constructor(graph.resolver, _value(o)) for o in owners)
    is_keyword = symbol.kind == "parameter" or is_field
    renamed = Renamed(members, symbol.name, in_class, is_keyword, symbol.scope == symbol.path)
    questions = [_about(graph, symbol, f"{u} may belong to the same family") for u in family.unsure]
    if in_class:
        for reason in family.outside:
            if f"which defines {symbol.name}" in reason:
                raise Refusal(f"{symbol.name} is not this repository's to rename: {reason}.")
            questions.append(_about(graph, symbol, reason))
        _not_taken(graph, owners, new)
    elif symbol.scope == symbol.path:
        _not_in_module(graph, symbol, new)
    if symbol.kind == "parameter":
        questions += _decorated(graph, symbol, members)
    return Together(renamed, tuple(dict.fromkeys(questions)))


def _value(class_id: str) -> Value:
    path, _, qualname = class_id.partition("::")
    return Value("class", path, qualname)


def _about(graph: CodeGraph, symbol: Symbol, why: str) -> Question:
    return Question(Place(symbol.path, symbol.start, symbol.end), why, True, editable=False)


def _not_taken(graph: CodeGraph, owners: Iterable[str], new: str) -> None:
    """Refuse a name of any class that shares instances with the owners: ancestors, descendants, and those of these."""
    relatives: dict[str, None] = {}
    for owner in owners:
        for id in (owner, *hierarchy.descendants(graph, owner)):
            for cls in hierarchy.class_values(graph, id):
                for base in classes.mro(graph.resolver, cls):
                    if base.kind == "class":
                        relatives[f"{base.path}::{base.name}"] = None
                    elif base != classes.UNKNOWN_BASE and library.defines(base.name, new):
                        raise Refusal(f"{cls.name} ({cls.path}) inherits from {base.name}, which defines {new}.")
    for id in relatives:
        if (taken := graph.symbol(f"{id}.{new}")) is not None:
            raise Refusal(f"{new} already is a name of {id.rpartition('::')[2]}: {where(graph, taken)}.")


def _not_in_module(graph: CodeGraph, symbol: Symbol, new: str) -> None:
    """Refuse names that a submodule or a file with a star import already has."""
    inner = graph.modules.submodule(Found(symbol.path), new)
    if inner:
        raise Refusal(f"{new} already is a module of the same package: {inner.path}.")
    for path in graph.files():
        summary = graph.summary(path)
        for row in summary.imports if summary else ():
            if row.name != "*":
                continue
            found = graph.target_file(path, row)
            if found and found.path == symbol.path and (taken := graph.symbol(f"{path}::{new}")) is not None:
                raise Refusal(
                    f"{new} already is a name at {where(graph, taken)}: {symbol.path} is star-imported there."
                )


def _decorated(graph: CodeGraph, symbol: Symbol, members: Iterable[str]) -> list[Question]:
    """A decorator that is not known may pass arguments by name (a command line's options, injected services)."""
    questions = []
    for id in sorted({m.rpartition(".")[0] for m in members}):
        found = graph.symbols.definition(id)
        for name in found[1].decorator_names if found else ():
            if found and not _leaves_parameters(graph, found[0].path, found[1], name):
                questions.append(_about(graph, symbol, f"the decorator {name} may pass it by name"))
    return questions


def _leaves_parameters(graph: CodeGraph, path: str, row: f.Def, name: str) -> bool:
    last = name.rpartition(".")[2]
    if last in _KNOWN_DECORATORS:
        return True
    target = graph.lookup(path, row.start, name.partition(".")[0])
    return isinstance(target, Symbol) and target.kind == "function" and "." not in name


_KNOWN_DECORATORS = frozenset({
    "staticmethod", "classmethod", "property", "cached_property", "abstractmethod", "overload", "override", "final",
    "wraps", "lru_cache", "cache", "setter", "getter", "deleter", "no_type_check", "singledispatch", "deprecated",
    "singledispatchmethod", "contextmanager", "asynccontextmanager", "fixture", "parametrize", "usefixtures", "skipif",
    "skip", "xfail", "runtime_checkable", "total_ordering", "dataclass", "unique",
})  # fmt: skip


def where(graph: CodeGraph, symbol: Symbol) -> str:
    """Return `path:line` of a symbol."""
    return f"{symbol.path}:{LineIndex(graph.data(symbol.path)).line_of(symbol.start) + 1}"
