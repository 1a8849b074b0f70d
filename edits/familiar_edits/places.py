"""Every occurrence of a name in the Python files, judged: part of the rename, not part of it, or a question.

Nothing is left out: an occurrence that the graph resolves to something else is dropped because of that evidence, one
that it cannot resolve is dropped only when its role in the code cannot mean the renamed symbol.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph import reach as reaching
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits import dynamic, evidence, naming
from familiar_edits.textedits import Place

_MODULE_LEVEL = frozenset({f.LOAD, f.STORE, f.DECLARE, f.IMPORTED})
_STAND_INS = frozenset({
    "multiple", "Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "configure_mock",
    "SimpleNamespace", "Namespace",
})  # fmt: skip
_OR = "it may mean this or something else of the same name"
_ATTRIBUTES = frozenset({f.ATTRIBUTE, f.ATTRIBUTE_STORE})


class Renamed(NamedTuple):
    """What is renamed: ids of all symbols that must keep one name, that name, and what they are together."""

    members: frozenset[str]
    name: str
    is_member: bool
    """Attributes, methods, properties, nested classes: reached through a receiver."""
    is_keyword: bool
    """Parameters that can be named at call sites, and fields."""
    is_global: bool
    """Bound in a module."""
    is_spelled: bool = False
    """Members that are values too, looked up by their spelling: of enums and of TypedDicts."""

    @property
    def is_local(self) -> bool:
        return not (self.is_member or self.is_global)


class Question(msgspec.Struct, frozen=True):
    """A place that might be part of the rename."""

    place: Place
    why: str
    blocking: bool
    editable: bool = True
    """Whether answering yes adds an edit; else yes only means: go on."""


class Found(NamedTuple):
    certain: tuple[Place, ...]
    questions: tuple[Question, ...]


def find(graph: CodeGraph, files: Iterable[tuple[str, bytes]], renamed: Renamed, reach: dynamic.Reach) -> Found:
    """Judge every occurrence of the name in `files` (path, bytes)."""
    certain: list[Place] = []
    questions: list[Question] = []
    for path, data in files:
        for place, question in _in_file(graph, path, data, renamed, reach):
            if question is None:
                certain.append(place)
            else:
                questions.append(question)
    return Found(tuple(certain), tuple(questions))


def _in_file(
    graph: CodeGraph, path: str, data: bytes, renamed: Renamed, reach: dynamic.Reach
) -> Iterator[tuple[Place, Question | None]]:
    index = graph.index(path)
    if index is None:
        return
    for number in index.uses_of.get(renamed.name, ()):
        use = index.facts.uses[number]
        place = Place(path, use.start, use.end)
        if data[use.start : use.end] != renamed.name.encode():
            yield place, Question(place, "the name is written in another form here", True, editable=False)
            continue
        state, why = _judge(graph, index, number, renamed, reach)
        if state == "no":
            continue
        if state == "yes" and dynamic.is_debug_expression(data, use.start, use.end):
            yield (
                place,
                Question(place, "the f-string prints the spelling of this name, which would change", True, False),
            )
        yield place, None if state == "yes" else Question(place, why, state == "ask")


def _judge(graph: CodeGraph, index: FileIndex, number: int, renamed: Renamed, reach: dynamic.Reach) -> tuple[str, str]:
    """Return yes, no, ask (blocking) or offer (not blocking), and why it is a question."""
    use = index.facts.uses[number]
    meaning = occurrences.meaning(graph.resolver, index, number)
    ours = [target for target in meaning.targets if target in renamed.members]
    if meaning.alias in renamed.members:
        return "yes", ""
    if len(ours) == len(meaning.targets) > 0 and not meaning.open and (meaning.verdict == "yes" or len(ours) > 1):
        return "yes", ""
    if meaning.verdict == "yes" and use.role != f.KEYWORD:
        return "no", ""
    known = _evidence(graph, index, use, renamed)
    if known is not None:
        return ("yes" if known <= renamed.members else "ask", _OR) if known & renamed.members else ("no", "")
    if ours:
        return "ask", _OR
    if use.role == f.STRING:
        return _string(graph, index, use, renamed, reach)
    if use.role == f.KEYWORD:
        return _keyword(index, use, meaning, renamed, reach)
    if use.role in _ATTRIBUTES and meaning.open and (renamed.is_member or renamed.is_global):
        if renamed.is_member:
            return "ask", "what stands before the dot is not known; it may have this member"
        return "offer", "what stands before the dot is not known; it may be the module"
    if use.role in _MODULE_LEVEL and renamed.is_global and not meaning.targets:
        return "ask", "where this name comes from is not known"
    return "no", ""


def _evidence(graph: CodeGraph, index: FileIndex, use: f.Use, renamed: Renamed) -> set[str] | None:
    if use.role == f.STRING and index.facts.strings[use.ref].kind == f.PLAIN:
        return evidence.of_string(graph, index, use)
    if use.role in _ATTRIBUTES:
        return evidence.of_receiver(graph, index, use) if renamed.is_member else None
    if use.role == f.KEYWORD and renamed.is_keyword:
        return evidence.of_decorated_call(graph, index, use)
    return None


def _keyword(
    index: FileIndex, use: f.Use, meaning: occurrences.Meaning, renamed: Renamed, reach: dynamic.Reach
) -> tuple[str, str]:
    if use.ref >= 0 and _callee(index, index.facts.exprs[use.ref].a) in _STAND_INS and not renamed.is_local:
        return "ask", "a stand-in for an object is given an attribute of this name"
    if not renamed.is_keyword:
        return "no", ""
    if meaning.verdict == "yes":
        is_dict = use.ref >= 0 and _callee(index, index.facts.exprs[use.ref].a) == "dict"
        where = "" if meaning.targets or not is_dict else reach.keyword(renamed.name)
        return (
            ("ask", f"a key that may become a keyword ({where} passes keywords from a mapping)")
            if where
            else ("no", "")
        )
    if meaning.targets and not meaning.open:
        return "no", ""
    return "ask", "the call may pass this keyword on"


def _callee(index: FileIndex, number: int) -> str:
    """Return the last name of what is called."""
    row = index.facts.exprs[number] if number >= 0 else None
    if row is None or row.op not in (f.NAME, f.ATTR):
        return ""
    return index.facts.names[index.facts.uses[row.a if row.op == f.NAME else row.b].name]


def _is_apart(graph: CodeGraph, path: str) -> bool:
    """Return whether no string of a file comes to other code: a script that neither imports the repository's code nor
    is imported (`setup.py`, a configuration of documents). Tests are never apart: plugins and fixtures read them."""
    if naming.is_test_file(path) or graph.importers_of(path, transitive=False):
        return False
    if dynamic.Reach([(path, graph.data(path))]):
        return False
    return not any(path in importers for importers in reaching.imports(graph).values())


def _string(graph: CodeGraph, index: FileIndex, use: f.Use, renamed: Renamed, reach: dynamic.Reach) -> tuple[str, str]:
    """A string that spells the name: in the way when code of this repository reaches such names by spelling."""
    data = graph.data(index.path)
    row = index.facts.strings[use.ref]
    if row.kind in (f.GETATTR, f.SLOT) and not renamed.is_member and not renamed.is_global:
        return "no", ""
    if row.kind == f.GETATTR:
        return "ask", "an attribute is read by this name from something that is not known"
    if row.kind == f.FIXTURE:
        in_tests = any(naming.is_test_file(member.partition("::")[0]) for member in renamed.members)
        return ("ask", "pytest may look for this name") if in_tests and not renamed.is_member else ("no", "")
    if row.kind == f.EXPORT:
        return ("ask", "the name is exported, but what it means is not known") if renamed.is_global else ("no", "")
    if renamed.is_spelled:
        return "ask", "a string that spells the name of an enum's or a TypedDict's member"
    if renamed.is_member and dynamic.is_attribute_name(data, use.start):
        return "ask", "an attribute is reached by this name on something that is not known"
    where = ""
    if renamed.is_member:
        where = where or reach.members
    if renamed.is_keyword and dynamic.is_key(data, use.start, use.end):
        where = where or reach.keyword(renamed.name)
    if renamed.is_keyword and not where and dynamic.reads_signatures(data):
        return "ask", "a string that spells the name, in a file that reads the names of parameters"
    if renamed.is_global:
        where = where or reach.module_names or reach.own_names
    if where and not _is_apart(graph, index.path):
        return "ask", f"a string that spells the name, and {where} reaches names by their spelling"
    return "offer", "a string that spells the name"
