"""Every token that spells the name, judged: part of the rename, not part of it, or a question.

The tokens come from the syntax, what they mean from the graph. A token that the graph says nothing of is left alone
only where its place in the syntax cannot mean the renamed symbol.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits.javascript import evidence, parts, syntax
from familiar_edits.javascript.families import Renamed
from familiar_edits.javascript.parts import Spot
from familiar_edits.javascript.syntax import Name
from familiar_edits.textedits import Place

Answer = Callable[[Place], bool | None]
"""What was answered to the question about a place, None when it was not."""
_MEMBERS = frozenset({f.ATTRIBUTE, f.ATTRIBUTE_STORE})
_IMPORTS = frozenset({"import_statement", "export_statement", "import_require_clause", "import_attribute"})


class Judged(NamedTuple):
    """yes, no, ask (blocking) or offer (not blocking), and why it is a question."""

    state: str
    why: str = ""


_YES, _NO = Judged("yes"), Judged("no")
_OR = Judged("ask", "it may mean this or something else of the same name")


class Question(NamedTuple):
    """A place that might be part of the rename; `new_text` is None where a yes only means: go on."""

    place: Place
    why: str
    blocking: bool
    form: parts.Form | None


class Found(NamedTuple):
    spots: tuple[Spot, ...]
    questions: tuple[Question, ...]


def find(graph: CodeGraph, files: Sequence[tuple[str, bytes]], renamed: Renamed, answer: Answer) -> Found:
    """Judge every token of the name in `files` (path, bytes)."""
    spots: list[Spot] = []
    questions: list[Question] = []
    for path, data in files:
        for name in syntax.names(path, data, renamed.name):
            spot, question = _token(graph, path, name, renamed, answer)
            spots += [spot] if spot is not None else []
            questions += [question] if question is not None else []
    return Found(tuple(spots), tuple(questions))


def _token(
    graph: CodeGraph, path: str, name: Name, renamed: Renamed, answer: Answer
) -> tuple[Spot | None, Question | None]:
    place = Place(path, name.start, name.end)
    judged = dict(_parts(graph, path, name, renamed))
    if not name.is_shorthand and len(judged) > 1:
        judged = {"value": max(judged.values(), key=lambda j: ("no", "offer", "ask", "yes").index(j.state))}
    certain = {part for part, j in judged.items() if j.state == "yes"}
    doubtful = {part: j for part, j in judged.items() if j.state in ("ask", "offer")}
    answered = answer(place) if doubtful else None
    if answered:
        certain, doubtful = certain | {*doubtful}, {}
    spot = Spot(place, _form(name, judged, certain, renamed)) if certain else None
    if not doubtful or answered is False:
        return spot, None
    why = next(j for j in doubtful.values())
    wanted = _form(name, judged, {*certain, *doubtful}, renamed) if not certain else None
    return spot, Question(place, why.why, why.state == "ask", wanted)


def _form(name: Name, has: Iterable[str], given: set[str], renamed: Renamed) -> parts.Form:
    return parts.form_of(name, has, given, keeps_export=renamed.is_alias)


def _parts(graph: CodeGraph, path: str, name: Name, renamed: Renamed) -> Iterator[tuple[str, Judged]]:
    """Yield what is known of each part of a token."""
    index = graph.index(path)
    found = False
    for number in index.uses_of.get(renamed.name, ()) if index else ():
        assert index
        use = index.facts.uses[number]
        if (use.start, use.end) != (name.start, name.end) or use.role == f.STRING:
            continue
        if parts.is_title(index, number):
            continue
        found = True
        yield parts.part_of(index, use), _judge(graph, index, number, renamed)
    if name.is_string and not found:
        yield "key", _string(graph, path, name, renamed)
    elif not found:
        yield "value", _unread(name, renamed)


def _judge(graph: CodeGraph, index: FileIndex, number: int, renamed: Renamed) -> Judged:
    use = index.facts.uses[number]
    means = occurrences.meaning(graph.resolver, index, number)
    if use.role == f.MODULE:
        return _NO
    if use.role == f.STORE:  # a name where it is declared is its own, whatever else leads to it
        own = _own(index, use, renamed.name)
        if own in renamed.members:
            return _YES
        if why := _stands_for(graph, index, use, renamed):
            return Judged("ask", why)
    if means.alias is not None and use.role != f.IMPORTED:
        if means.alias in renamed.members:
            return _YES
        return _NO if _is_given(index, use, renamed.name) else _targets(graph, index, use, means, renamed)
    if renamed.is_alias and use.role == f.IMPORTED:
        return _YES if _own_import(index, use, renamed.name) in renamed.members else _NO
    return _targets(graph, index, use, means, renamed)


def _stands_for(graph: CodeGraph, index: FileIndex, use: f.Use, renamed: Renamed) -> str:
    """Return why a name that something else is declared with may have to be the renamed one, "" when it need not."""
    scope = index.facts.scopes[use.ref] if 0 <= use.ref < len(index.facts.scopes) else None
    if scope is None or not renamed.is_global or renamed.is_alias:
        return ""
    if scope.kind == f.MODULE_SCOPE and scope.qualname.startswith(("<module", "<global>")):
        return "a declaration for another module, which may add to this one"
    return _mocked(graph, index, use) if scope.kind == f.OBJECT_SCOPE else ""


def _mocked(graph: CodeGraph, index: FileIndex, use: f.Use) -> str:
    """Return why a property is a module's export: `vi.mock("./core", () => ({ load }))`."""
    found = syntax.tree(index.path, graph.data(index.path))
    node = found.root_node.descendant_for_byte_range(use.start, use.end) if found is not None else None
    while node is not None and node.type != "call_expression":
        node = node.parent
    while node is not None:
        callee = node.child_by_field_name("function") if node.type == "call_expression" else None
        if callee is not None and (callee.text or b"").rpartition(b".")[2] in _MOCKS:
            return "what a test puts in the place of a module has a member of this name"
        node = node.parent
    return ""


_MOCKS = frozenset({b"mock", b"doMock", b"unstable_mockModule", b"setMock", b"module", b"proxyquire", b"replace"})


def _own(index: FileIndex, use: f.Use, name: str) -> str:
    """Return the id of what a use binds in its scope."""
    qualname = index.facts.scopes[use.ref].qualname if 0 <= use.ref < len(index.facts.scopes) else ""
    return f"{index.path}::{qualname}.{name}" if qualname else f"{index.path}::{name}"


def _own_import(index: FileIndex, use: f.Use, name: str) -> str:
    """Return the id of the name that an import without `as` binds, "" for others."""
    row = index.facts.imports[use.ref]
    if row.bind < 0 or row.alias:
        return ""
    qualname = index.facts.scopes[row.scope].qualname
    return f"{index.path}::{qualname}.{name}" if qualname else f"{index.path}::{name}"


def _is_given(index: FileIndex, use: f.Use, name: str) -> bool:
    """Return whether the name of the file is given by `as`, so that it stays when the other end changes."""
    binds = (index.facts.binds[n] for n in index.binds.get((use.ref, name), ()))
    return any(b.kind == f.IMPORT and index.facts.imports[b.value].name not in ("default", "export=") for b in binds)


def _targets(graph: CodeGraph, index: FileIndex, use: f.Use, means: occurrences.Meaning, renamed: Renamed) -> Judged:
    ours = [target for target in means.targets if target in renamed.members]
    if len(ours) == len(means.targets) > 0 and not means.open and (means.verdict == "yes" or len(ours) > 1):
        return _YES
    if means.verdict == "yes":
        return _NO
    if use.role in _MEMBERS:
        return _attribute(graph, index, use, means, renamed, bool(ours))
    if ours:
        return _OR
    is_wanted = renamed.is_global and not renamed.is_alias and not means.targets
    if is_wanted and _may_come_from_elsewhere(graph, index, use, renamed):
        return Judged("ask", "where this name comes from is not known")
    return _NO


def _attribute(
    graph: CodeGraph, index: FileIndex, use: f.Use, means: occurrences.Meaning, renamed: Renamed, ours: bool
) -> Judged:
    known = evidence.of_receiver(graph, index, use)
    if known is not None and known & renamed.members:
        return _YES if known <= renamed.members else _OR
    if known is not None:
        return _NO
    if ours:
        return _OR
    if renamed.is_alias or (means.targets and not means.open):
        return _NO
    if renamed.is_member and (means.open or means.mixed):
        return Judged("ask", "what stands before it is not known; it may have this member")
    if renamed.is_global and use.role == f.ATTRIBUTE_STORE and (why := _mocked(graph, index, use)):
        return Judged("ask", why)
    if renamed.is_global and means.open and not renamed.is_member:
        return Judged("offer", "what stands before it is not known; it may be the module")
    return _NO


def _may_come_from_elsewhere(graph: CodeGraph, index: FileIndex, use: f.Use, renamed: Renamed) -> bool:
    """Return whether a name that nothing in its file binds may be the renamed one: an import that was not found, or a
    script that shares its names with all others."""
    if use.role == f.IMPORTED or use.ref >= 0:
        return True
    paths = {id.partition("::")[0] for id in renamed.members}
    indices = [graph.index(path) for path in paths]
    return any(i is not None and i.facts.exports is None and not i.facts.imports for i in indices)


# ---------------------------------------------------------------- what the graph says nothing of


def _unread(name: Name, renamed: Renamed) -> Judged:
    node, outer = name.node, name.node.parent
    if node.type == "statement_identifier" or outer is None:
        return _NO  # a label
    if outer.type == "jsx_attribute":
        return _NO  # of an element of the document
    if outer.type == "index_signature":
        return _NO  # `[name: string]`
    if outer.type in ("meta_property", "namespace_export", "jsx_namespace_name"):
        return _NO
    if outer.type in ("jsx_opening_element", "jsx_self_closing_element", "jsx_closing_element"):
        return _NO  # an element of the document
    return Judged("ask", "what this name means was not understood")


_KEYED = frozenset({"subscript_expression", "arguments", "literal_type", "pair", "array", "computed_property_name"})


def _string(graph: CodeGraph, path: str, name: Name, renamed: Renamed) -> Judged:
    """A string that is the name and nothing else."""
    around = name.around
    if around in _IMPORTS or _loads(name):
        return _NO
    if renamed.is_alias:
        return _NO
    if renamed.is_member:
        if around == "jsx_attribute" or _is_type_test(name):
            return Judged("offer", "a string that spells the name")
        return Judged("ask", "a string that spells the name, which may be a key")
    if renamed.is_global:
        if around in ("subscript_expression", "computed_property_name") or _stands_in(name):
            return Judged("ask", "a string that spells the name, by which a module's export may be reached")
        return Judged("offer", "a string that spells the name")
    return _NO


def _loads(name: Name) -> bool:
    """Return whether a string is the path of a module: `require("cart")`, `import("cart")`."""
    string = name.node.parent
    call = string.parent.parent if string is not None and string.parent is not None else None
    callee = call.child_by_field_name("function") if call is not None and call.type == "call_expression" else None
    return callee is not None and callee.text in (b"require", b"import")


def _is_type_test(name: Name) -> bool:
    """Return whether a string is compared with what `typeof` gives."""
    string = name.node.parent
    test = string.parent if string is not None else None
    if test is None or test.type != "binary_expression":
        return False
    return any(c.type == "unary_expression" and (c.text or b"").startswith(b"typeof") for c in test.named_children)


def _stands_in(name: Name) -> bool:
    """Return whether a string is an argument of a call on what replaces members: `vi.spyOn(module, "load")`."""
    string = name.node.parent
    arguments = string.parent if string is not None else None
    call = arguments.parent if arguments is not None and arguments.type == "arguments" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and (callee.text or b"").rpartition(b".")[2] in (
        b"spyOn", b"stub", b"replace", b"mock", b"replaceProperty", b"defineProperty", b"get", b"set", b"has",
    )  # fmt: skip
