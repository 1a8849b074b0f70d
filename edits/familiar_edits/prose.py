"""Questions about mentions: comments, docstrings and strings of code, and the repository's other texts."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Symbol

from familiar_edits import mentions
from familiar_edits.places import Question
from familiar_edits.textedits import Place

_SAYS = "a comment, docstring or string mentions the name"


def questions(
    graph: CodeGraph, symbol: Symbol, texts: Mapping[str, bytes], known: Collection[Place]
) -> Iterator[Question]:
    """Yield a question, not in the way, for each mention of the symbol's name outside of what is already judged.

    What is only seen inside a function is looked for only there and in the docstring around it; the rest everywhere.
    `texts` are files that are not code, by path.
    """
    local = symbol.scope != symbol.path and symbol.kind in ("variable", "parameter", "function", "class")
    for path in [symbol.path] if local else graph.files():
        index = graph.index(path)
        if index is None:
            continue
        data = graph.data(path)
        if symbol.name.encode() not in data:
            continue
        spans = [(use.start, use.end) for n in index.uses_of.get(symbol.name, ()) for use in [index.facts.uses[n]]]
        first, last = _around(graph, symbol) if local else (0, len(data))
        for start, end in mentions.mentions(data, symbol.name, spans):
            if first <= start < last and Place(path, start, end) not in known:
                yield Question(Place(path, start, end), _SAYS, False)
    if not local:
        for path, data in sorted(texts.items()):
            for start, end in mentions.mentions(data, symbol.name):
                yield Question(Place(path, start, end), "this text mentions the name", False)


def _around(graph: CodeGraph, symbol: Symbol) -> tuple[int, int]:
    """Return the span of the function that holds a local name; of a constructor, its class."""
    around = graph.symbol(symbol.scope)
    if around is not None and around.name == "__init__":
        around = graph.symbol(around.scope) or around
    return (graph.symbols.span(around.id) if around else None) or (0, 0)


def texts(root: Path, paths: Collection[str]) -> dict[str, bytes]:
    """Return the bytes of those of `paths` (relative to `root`) in which people or tools name code."""
    return {path: (root / path).read_bytes() for path in paths if mentions.is_prose(path)}
