"""What must keep one name: a member with its hierarchy, a parameter with those of the overrides; and what forbids it.

A name that a class outside the repository defines is that class's, and is refused; where such a class cannot be read,
that is a question.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from familiar_codegraph import classes, fixtures, hierarchy
from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.modules import Found
from familiar_codegraph.text import LineIndex
from familiar_codegraph.types import Value
from familiar_codegraph.values import Symbol

from familiar_edits import evidence, naming
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
    members, unsure, outside = _gather(graph, symbol)
    around = graph.symbol(symbol.scope)
    in_class = around is not None and around.kind == "class"
    owners = sorted({m.rpartition(".")[0] for m in members}) if in_class else []
    is_field = in_class and any(classes.has_field_constructor(graph.resolver, _value(o)) for o in owners)
    is_keyword = is_field or (symbol.kind == "parameter" and any(_can_be_named(graph, m) for m in members))
    is_spelled = in_class and any(evidence.is_spelled(graph, _value(o)) for o in owners)
    renamed = Renamed(members, symbol.name, in_class, is_keyword, symbol.scope == symbol.path, is_spelled)
    questions = [_about(graph, symbol, f"{u} may belong to the same family") for u in unsure]
    for why in outside:
        if in_class and why.endswith(f"which defines {symbol.name}"):
            raise Refusal(f"{symbol.name} is not this repository's to rename: {why}.")
        questions.append(_about(graph, symbol, why))
    if in_class:
        _not_taken(graph, owners, new)
    elif symbol.scope == symbol.path:
        _not_in_module(graph, symbol, new)
    if symbol.kind == "parameter":
        questions += [*_decorated(graph, symbol, members), *_injected(graph, symbol)]
    if in_class and symbol.kind == "method" and symbol.name in _FILE_LIKE and not outside:
        questions.append(_about(graph, symbol, f"code that takes this for a file calls {symbol.name}"))
    return Together(renamed, tuple(dict.fromkeys(questions)))


def _gather(graph: CodeGraph, symbol: Symbol) -> tuple[frozenset[str], list[str], list[str]]:
    """Return the members that share the name, those that may, and what outside may have a say.

    A protocol's member and those of the classes that fit it share a name, as far as the repository goes.
    """
    first = graph.family(symbol.id)
    members, unsure, outside = {symbol.id, *first.members}, {*first.unsure}, list(first.outside)
    if symbol.kind == "parameter":
        while twins := {twin for m in members for twin in _constructors(graph, m)} - members:
            members |= {id for twin in twins for id in (twin, *graph.family(twin).members)}
        members |= {copy for member in members for copy in _copies(graph, member)}
        if naming.is_special(_plain(symbol.scope).rpartition(".")[2]):
            outside = []  # Python calls these methods, by position
    while pairs := list(evidence.protocols_of(graph, frozenset(members), symbol.name)):
        for pair in pairs:
            for id in pair:
                more = graph.family(id)
                members |= {id, *more.members}
                unsure |= {*more.unsure}
                outside += more.outside
    for id in sorted(members):
        owner = _value(id.rpartition(".")[0])
        if evidence.is_protocol(graph, owner) and (place := evidence.outside_value(graph, owner)):
            what = f"{owner.name} is a protocol, and what {_at(graph, *place)} holds as one is not of this repository"
            outside.append(f"{what} or not known")
    return frozenset(members), sorted(u for u in unsure - members if _is_open(graph, u)), list(dict.fromkeys(outside))


def _plain(scope: str) -> str:
    """Return the id of a scope without the number that tells apart functions of one name."""
    head, mark, number = scope.rpartition("#")
    return head if mark and number.isdigit() else scope


def _copies(graph: CodeGraph, parameter: str) -> Iterator[str]:
    """Yield the same parameter of the other definitions of its function: overloads, branches."""
    scope, _, name = parameter.rpartition(".")
    path, _, qualname = _plain(scope).partition("::")
    index = graph.index(path)
    for other in index.scope_of if index else ():
        if _plain(other) == qualname and graph.symbol(f"{path}::{other}.{name}") is not None:
            yield f"{path}::{other}.{name}"


def _constructors(graph: CodeGraph, parameter: str) -> Iterator[str]:
    """Yield the parameters of `__new__` that get what one of `__init__` gets when it is made, and vice versa."""
    scope, _, name = parameter.rpartition(".")
    owner, _, method = _plain(scope).rpartition(".")
    other = {"__init__": "__new__", "__new__": "__init__"}.get(method)
    for id in (owner, *hierarchy.descendants(graph, owner)) if other else ():
        for base in classes.mro(graph.resolver, _value(id)):
            twin = f"{base.path}::{base.name}.{other}.{name}"
            if base.kind == "class" and graph.symbol(twin) is not None:
                yield twin


def _is_open(graph: CodeGraph, member: str) -> bool:
    """Return whether the class of a member may inherit from something that could not be resolved."""
    return classes.UNKNOWN_BASE in classes.mro(graph.resolver, _value(member.rpartition(".")[0]))


def _can_be_named(graph: CodeGraph, parameter: str) -> bool:
    """Return whether calls can name a parameter: neither positional only, nor `*args`, nor `**kwargs`."""
    index = graph.index(parameter.partition("::")[0])
    binds = graph.symbols.binds(index, parameter.partition("::")[2])[2] if index else []
    return any(b.kind == f.PARAMETER and b.extra in (f.POSITIONAL, f.KEYWORD_ONLY) for b in binds)


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
                    elif base != classes.UNKNOWN_BASE and graph.library.defines(base.name, new):
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


def _injected(graph: CodeGraph, symbol: Symbol) -> list[Question]:
    """A parameter of a test that no fixture or `parametrize` of the repository explains gets its value by its name."""
    found = graph.symbols.definition(_plain(symbol.scope))
    if found is None or not fixtures.is_test_file(symbol.path):
        return []
    index, row = found
    name = symbol.name
    if not (fixtures.is_test(index, row) or fixtures.is_fixture(row)) or name in ("self", "cls"):
        return []
    binds = graph.symbols.binds(index, symbol.qualname)[2]
    uses = (index.facts.uses[number] for number in index.uses_of.get(name, ()))
    given = any(use.role == f.STRING and row.start <= use.start < index.facts.uses[row.use].start for use in uses)
    if given or any(bind.value >= 0 for bind in binds):
        return []
    return [_about(graph, symbol, "pytest passes what is called so, from a fixture that is not in the repository")]


def _leaves_parameters(graph: CodeGraph, path: str, row: f.Def, name: str) -> bool:
    last = name.rpartition(".")[2]
    if last in _KNOWN_DECORATORS:
        return True
    target = graph.lookup(path, row.start, name.partition(".")[0])
    return isinstance(target, Symbol) and target.kind == "function" and "." not in name


_FILE_LIKE = frozenset({
    "read", "read1", "readinto", "readline", "readlines", "write", "writelines", "flush", "fileno", "isatty", "seek",
    "tell", "truncate", "readable", "writable", "seekable", "close", "keys",
})  # fmt: skip
_KNOWN_DECORATORS = frozenset({
    "staticmethod", "classmethod", "property", "cached_property", "abstractmethod", "overload", "override", "final",
    "wraps", "lru_cache", "cache", "setter", "getter", "deleter", "no_type_check", "singledispatch", "deprecated",
    "singledispatchmethod", "contextmanager", "asynccontextmanager", "fixture", "parametrize", "usefixtures", "skipif",
    "skip", "xfail", "runtime_checkable", "total_ordering", "dataclass", "unique",
})  # fmt: skip


def where(graph: CodeGraph, symbol: Symbol) -> str:
    """Return `path:line` of a symbol."""
    return _at(graph, symbol.path, symbol.start)


def _at(graph: CodeGraph, path: str, offset: int) -> str:
    return f"{path}:{LineIndex(graph.data(path)).line_of(offset) + 1}"
