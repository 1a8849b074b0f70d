"""Mentions of a name outside of names: comments, texts, templates, and the repository's other files."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Symbol
from tree_sitter import Node

from familiar_edits import mentions
from familiar_edits.javascript import syntax
from familiar_edits.javascript.families import Renamed
from familiar_edits.javascript.places import Question
from familiar_edits.javascript.syntax import IDENTIFIERS
from familiar_edits.textedits import Place

_SAYS = "a comment or string mentions the name"


def questions(
    graph: CodeGraph, symbol: Symbol, renamed: Renamed, files: Sequence[tuple[str, bytes]],
    texts: Mapping[str, bytes], known: Collection[Place],
) -> Iterator[Question]:  # fmt: skip
    """Yield a question for each mention of the name outside of `known` places.

    What only its own function sees is looked for there alone. `texts` are files that are not code, by path.
    """
    is_local = not (renamed.is_member or renamed.is_global) or renamed.is_alias
    for path, data in files:
        if graph.index(path) is None:
            yield from _unread(graph, path, data, renamed.name)
        elif not is_local or path == symbol.path:
            span = _around(graph, symbol) if is_local else (0, len(data))
            yield from _mentions(path, data, renamed, known, span)
    for path, data in sorted(texts.items()) if not is_local else ():
        for start, end in mentions.mentions(data, renamed.name):
            yield Question(Place(path, start, end), "this text mentions the name", False, "plain")


def _mentions(
    path: str, data: bytes, renamed: Renamed, known: Collection[Place], span: tuple[int, int]
) -> Iterator[Question]:
    found = syntax.tree(path, data)
    spans = [(p.start, p.end) for p in known if p.path == path]
    tags = (match.span(match.lastindex or 0) for match in _tag(renamed.name).finditer(data))
    for start, end in sorted({*mentions.mentions(data, renamed.name, spans), *tags}):
        if found is None or not span[0] <= start < span[1]:
            continue
        node = found.root_node.descendant_for_byte_range(start, end)
        if node is None or node.type in IDENTIFIERS or _is_path(node.parent):
            continue
        if node.type == "string_fragment" and node.end_byte - node.start_byte == end - start:
            outer = node.parent
            if outer is not None and outer.type == "string":
                continue  # judged as a token
            if outer is not None and outer.named_child_count == 1 and renamed.is_member:
                why = "a string that spells the name, which may be a key"
                yield Question(Place(path, start, end), why, True, "plain")
                continue
        yield Question(Place(path, start, end), _SAYS, False, "plain")


def _tag(name: str) -> re.Pattern[bytes]:
    """Return a pattern for a name in a tag of JSDoc: `@param {T} name`, `{@link name}`, `@returns {Map<name>}`."""
    word = rb"(" + re.escape(name.encode()) + rb")(?![\w$])"
    tags = rb"@(?:param|prop(?:erty)?|arg(?:ument)?|template|link|see|extends|implements|typedef)"
    named = tags + rb"[ \t]+(?:\{[^}\n]*\}[ \t]+)?\[?" + word
    return re.compile(named + rb"|@\w+[ \t]+\{(?:[^{}\n]*[^\w$.{}\n])?" + word)


def _is_path(node: Node | None) -> bool:
    """Return whether a string is the path of a module."""
    if node is None or node.type != "string" or node.parent is None:
        return False
    if node.parent.type in ("import_statement", "export_statement", "import_require_clause"):
        return True
    call = node.parent.parent if node.parent.type == "arguments" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and callee.text in (b"require", b"import", b"vi.mock", b"jest.mock")


def _unread(graph: CodeGraph, path: str, data: bytes, name: str) -> Iterator[Question]:
    problem = graph.failed.get(path, "unknown reason")
    for match in mentions.word(name).finditer(data):
        why = f"the file was not read ({problem}), and mentions the name here"
        yield Question(Place(path, *match.span()), why, True, "plain")


def _around(graph: CodeGraph, symbol: Symbol) -> tuple[int, int]:
    """Return the span of the function that holds a local name, with the comment before it."""
    index = graph.index(symbol.path)
    if index is None:
        return 0, 0
    scope = index.scope_at(symbol.start)
    while scope >= 0 and index.facts.scopes[scope].definition < 0 and index.facts.scopes[scope].parent >= 0:
        scope = index.facts.scopes[scope].parent
    row = index.facts.scopes[scope]
    start = index.facts.defs[row.definition].start if row.definition >= 0 else row.start
    before = graph.data(symbol.path)[:start]
    return (before.rfind(b"/*") if before.rstrip().endswith(b"*/") else start), row.end
