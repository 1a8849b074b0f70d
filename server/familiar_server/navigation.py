"""`textDocument/definition` and `textDocument/references` from the code graph, where the settings want them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Answer
from lsprotocol import types
from pygls.uris import from_fs_path

from familiar_server import applying

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer


def register(server: "FamiliarServer") -> None:
    """Register the methods of this module."""
    server.optional.append((types.TEXT_DOCUMENT_DEFINITION, lambda s: s.settings.answer.definition, definition, None))
    server.optional.append((types.TEXT_DOCUMENT_REFERENCES, lambda s: s.settings.answer.references, references, None))


async def definition(server: "FamiliarServer", params: types.DefinitionParams) -> list[types.Location]:
    """Return where the name at the position is defined."""
    document = server.documents.get(params.text_document.uri)
    offset = document.offset(params.position, server.documents.encoding)
    if not server.settings.answer.definition or not (place := server.roots.place(document)):
        return []
    answers = await place[0].ask("definitions", place[1], offset)
    return _locations(server, place[0], answers.answers)


async def references(server: "FamiliarServer", params: types.ReferenceParams) -> list[types.Location]:
    """Return where the name at the position is mentioned."""
    document = server.documents.get(params.text_document.uri)
    offset = document.offset(params.position, server.documents.encoding)
    if not server.settings.answer.references or not (place := server.roots.place(document)):
        return []
    answers = await place[0].ask("references", place[1], offset)
    found = answers.answers
    if not params.context.include_declaration and (symbol := answers.symbol):
        found = tuple(a for a in found if (a.path, a.start) != (symbol.path, symbol.start))
    return _locations(server, place[0], found)


def _locations(server: "FamiliarServer", repository: "Repository", answers: Iterable[Answer]) -> list[types.Location]:
    indexes: dict[str, LineIndex] = {}
    out = []
    for answer in answers:
        if answer.path not in indexes:
            indexes[answer.path] = LineIndex(applying.current(server, repository.root, answer.path) or b"")
        index, encoding = indexes[answer.path], server.documents.encoding
        start, end = (types.Position(*index.lsp_position(place, encoding)) for place in (answer.start, answer.end))
        uri = from_fs_path(str(repository.root / answer.path)) or ""
        out.append(types.Location(uri, types.Range(start, end)))
    return out
