"""The house in the editor: rules for completion, hints on changed lines where the settings want them, and a command.

Hints are off unless `familiar.conventions.hints` is on. They never speak of code that was there before: only of lines
that differ from HEAD, in files that are open.
"""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from familiar_codegraph.conventions.naming import CASES
from familiar_codegraph.conventions.values import Violation
from familiar_codegraph.text import Encoding, LineIndex
from familiar_codegraph.wire import ChildError
from familiar_edits.values import Check
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from familiar_server.changed import Revision, spans
from familiar_server.documents import Document
from familiar_server.output import CommandError
from familiar_server.protocol import RequestFailed

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer

COMMAND = "familiar.conventions.check"
_PAUSE = 0.4
"""Seconds without a change after which hints are worked out."""
PATIENCE = 60.0
"""Seconds that the command waits: the first time, the whole house is learned."""


def register(server: "FamiliarServer") -> None:
    """Register the command of this module; its code actions are `actions.py`'s to give."""
    server.on_command(COMMAND, check)


class House:
    """What one repository's open documents are told of its conventions."""

    def __init__(self, server: "FamiliarServer", repository: "Repository") -> None:
        self._server, self._repository = server, repository
        self._waiting: dict[str, asyncio.Task[Any]] = {}
        self.found: dict[str, tuple[Document, int, list[Violation]]] = {}
        """The hints that are shown, with the document and its version, by path."""

    def settle(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Tell completion what the house wants in these documents, and renew their hints."""
        for path, document in documents:
            if path.endswith((".py", ".pyi")):
                if self._server.settings.completion.conventions:
                    self._server.spawn(self._send(path), f"learning the conventions of {self._repository.root}")
                self.changed(path, document)

    async def _send(self, path: str) -> None:
        try:
            await self._repository.completion.rules(await self._repository.graph.rules(path))
        except ChildError:
            return  # it is started again, and asked again when a file is saved

    def changed(self, path: str, document: Document) -> None:
        """Work out hints once the document has come to rest."""
        if task := self._waiting.pop(path, None):
            task.cancel()
        if self._server.settings.conventions.hints and path.endswith(".py"):
            self._waiting[path] = self._server.spawn(self._hint(path, document), f"looking for hints in {path}")
        else:
            self.closed(path)

    def closed(self, path: str) -> None:
        """Take a document's hints away."""
        if task := self._waiting.pop(path, None):
            task.cancel()
        if shown := self.found.pop(path, None):
            self._publish(shown[0], [])

    async def _hint(self, path: str, document: Document) -> None:
        await asyncio.sleep(_PAUSE)
        version, data = document.version, document.data
        if data is None:
            return
        try:
            old = await asyncio.to_thread(_at_head, self._repository.root, path)
        except CommandError:
            return  # without git, all that is there was there before
        try:
            found = await self._repository.graph.violations(path, data, spans(old, data))
        except ChildError:
            return
        if document.version == version:
            self.found[path] = document, version, found
            self._publish(document, found)

    def _publish(self, document: Document, found: list[Violation]) -> None:
        index, encoding = document.index, self._server.documents.encoding
        hints = [_diagnostic(v, index, encoding) for v in found] if index else []
        params = types.PublishDiagnosticsParams(document.uri, hints, document.version)
        self._server.text_document_publish_diagnostics(params)


async def spelling(repository: "Repository", path: str, offset: int, name: str) -> Check | None:
    """Return what the house says of a new name for what is at byte `offset`, as evidence; None when it says nothing.

    It plans nothing and holds nothing up: the name is the user's to choose.
    """
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            symbol = (await repository.ask("definitions", path, offset)).symbol
            if symbol is None or symbol.kind not in CASES:
                return None
            remark = await repository.graph.spelling(symbol.kind, name, symbol.path)
    except (ChildError, RequestFailed, TimeoutError):
        return None
    return Check("house naming", "skipped", remark, time.perf_counter() - began) if remark else None


def _at_head(root: Path, path: str) -> bytes | None:
    revision = Revision(root)
    try:
        return revision.data(path)
    finally:
        revision.close()


def _diagnostic(violation: Violation, index: LineIndex, encoding: Encoding) -> types.Diagnostic:
    return types.Diagnostic(
        range=_range(index, violation.start, violation.end, encoding),
        message=violation.message,
        severity=types.DiagnosticSeverity.Hint,
        code=violation.question,
        source="familiar",
    )


def _range(index: LineIndex, start: int, end: int, encoding: Encoding) -> types.Range:
    return types.Range(
        types.Position(*index.lsp_position(start, encoding)), types.Position(*index.lsp_position(end, encoding))
    )


async def actions(server: "FamiliarServer", params: types.CodeActionParams) -> list[types.CodeAction]:
    """Answer `textDocument/codeAction`: a quick fix for each hint in the range that a machine can mend."""
    document = server.documents.find(params.text_document.uri)
    place = server.roots.place(document) if document else None
    if document is None or document.index is None or place is None or not server.settings.conventions.hints:
        return []
    _, version, found = place[0].house.found.get(place[1], (document, -1, []))
    if version != document.version:
        return []
    encoding = server.documents.encoding
    start, end = (document.offset(p, encoding) for p in (params.range.start, params.range.end))
    return [
        _action(document, violation, document.index, encoding)
        for violation in found
        if violation.fix and violation.start <= end and start <= violation.end
    ]


def _action(document: Document, violation: Violation, index: LineIndex, encoding: Encoding) -> types.CodeAction:
    edits = [types.TextEdit(_range(index, e.start, e.end, encoding), e.text) for e in violation.fix]
    versioned = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.CodeAction(
        title=f"Familiar: do as the house does ({violation.house})",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[_diagnostic(violation, index, encoding)],
        edit=types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(versioned, list(edits))]),
    )


async def check(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """Answer `familiar.conventions.check {uri, range?}`: what the selection (or all of it) does otherwise."""
    from familiar_server.commands import argument

    wanted = argument(params, "uri", "range")
    try:
        document = server.documents.get(str(wanted["uri"]))
        at = [types.Position(int(p["line"]), int(p["character"])) for p in _ends(wanted.get("range"))]
    except (KeyError, TypeError, ValueError):
        message = f"{COMMAND} asks for uri, and a range with start and end."
        raise JsonRpcInvalidParams(message=message) from None
    place = server.roots.place(document)
    if place is None:
        raise RequestFailed(f"{document.name} belongs to no folder of the workspace.")
    index, encoding = document.content(), server.documents.encoding
    start, end = [document.offset(position, encoding) for position in at] or [0, len(index.data)]
    try:
        async with asyncio.timeout(PATIENCE):
            found = await place[0].graph.violations(place[1], index.data, [(start, end)])
    except (ChildError, TimeoutError):
        raise RequestFailed(f"The conventions of {place[0].root.name} are not known yet; ask again.") from None
    listed = [_plain(violation, index, encoding) for violation in found]
    count = f"{len(found)} thing{'s' if len(found) != 1 else ''} here unlike this house"
    return {"violations": listed, "message": f"{count}." if found else "Nothing here is unlike this house."}


def _ends(given: Any) -> list[Any]:
    return [given["start"], given["end"]] if given is not None else []


def _plain(violation: Violation, index: LineIndex, encoding: Encoding) -> dict[str, Any]:
    def at(start: int, end: int) -> dict[str, Any]:
        found = _range(index, start, end, encoding)
        return {
            "start": {"line": found.start.line, "character": found.start.character},
            "end": {"line": found.end.line, "character": found.end.character},
        }

    return {
        "range": at(violation.start, violation.end),
        "question": violation.question,
        "here": violation.here,
        "house": violation.house,
        "message": violation.message,
        "fix": [{"range": at(e.start, e.end), "newText": e.text} for e in violation.fix] or None,
    }
