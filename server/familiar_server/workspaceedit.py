"""A change set as the client takes it: text edits, and where the client offers them operations on files.

New files are made first, then all text is edited under the names that files have now, with the versions that the client
told us; only then are files renamed and deleted. A client that stops at a failure has then lost nothing that could not
be taken back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from familiar_codegraph.text import LineIndex
from familiar_edits.values import ChangeSet, FileChange, TextEdit
from lsprotocol import types
from pygls.uris import from_fs_path

from familiar_server.documents import file_path
from familiar_server.protocol import RequestFailed

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

BOM = b"\xef\xbb\xbf"
Operation = types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile


def workspace_edit(
    server: "FamiliarServer", root: Path, changeset: ChangeSet, before: Mapping[str, bytes]
) -> types.WorkspaceEdit:
    """Return the change set as the client takes it; `before` has the bytes that its text edits were made for.

    Raises:
        RequestFailed: it creates, renames or deletes files, and the client does not offer that.
    """
    check_operations(server, changeset)
    edits = list(_text_edits(server, root, changeset, before))
    if all(change.kind == "edit" for change in changeset.changes) and not server.client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: made for document, made in edits})
    texts = [types.TextDocumentEdit(document, list(made)) for document, made in edits]
    created = [types.CreateFile(uri=_uri(root, c.path)) for c in changeset.changes if c.kind == "create"]
    renamed = [types.RenameFile(old_uri=_uri(root, a), new_uri=_uri(root, b)) for a, b in renames(root, changeset)]
    deleted = [types.DeleteFile(uri=_uri(root, c.path)) for c in changeset.changes if c.kind == "delete"]
    return types.WorkspaceEdit(document_changes=[*created, *texts, *renamed, *deleted])


def check_operations(server: "FamiliarServer", changeset: ChangeSet) -> None:
    """Raise RequestFailed when the client cannot be asked for something that the change set needs."""
    for change in changeset.changes:
        if change.kind != "edit" and change.kind not in server.client.resource_operations:
            raise RequestFailed(
                f"This editor cannot be asked to {change.kind} {change.path}; `familiar refactor … --apply` can."
            )


def named(operation: Operation, root: Path) -> str:
    """Return the path that an operation is about, as the user reads it."""
    if isinstance(operation, types.TextDocumentEdit):
        uri = operation.text_document.uri
    else:
        uri = operation.old_uri if isinstance(operation, types.RenameFile) else operation.uri
    path = file_path(uri)
    return path.relative_to(root).as_posix() if path and path.is_relative_to(root) else uri


def renames(root: Path, changeset: ChangeSet) -> list[tuple[str, str]]:
    """Return what is renamed to what: a package's folder as a whole, where all that it holds goes with it."""
    pairs = {c.path: c.new_path for c in changeset.changes if c.kind == "rename" and c.new_path}
    folders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for old, new in pairs.items():
        folders[_folders(old, new)].add(old)
    whole = {key for key, paths in folders.items() if _is_whole(root, *key, paths)}
    single = [(old, new) for old, new in pairs.items() if _folders(old, new) not in whole]
    return sorted([*whole, *single])


def _folders(old: str, new: str) -> tuple[str, str]:
    """Return the parts of two paths above what they end with alike."""
    a, b = list(PurePosixPath(old).parts), list(PurePosixPath(new).parts)
    while a and b and a[-1] == b[-1]:
        a.pop()
        b.pop()
    return "/".join(a), "/".join(b)


def _is_whole(root: Path, old: str, new: str, paths: set[str]) -> bool:
    if not old or not new or f"{old}/__init__.py" not in paths or (root / new).exists():
        return False
    inside = (p for p in (root / old).rglob("*") if not p.is_dir() and "__pycache__" not in p.parts)
    return all(p.relative_to(root).as_posix() in paths for p in inside)


def _text_edits(
    server: "FamiliarServer", root: Path, changeset: ChangeSet, before: Mapping[str, bytes]
) -> Iterator[tuple[types.OptionalVersionedTextDocumentIdentifier, list[types.TextEdit]]]:
    for change in changeset.changes:
        if not change.text_edits:
            continue
        document = server.documents.at(root / change.path) if change.kind != "create" else None
        uri, version = (document.uri, document.version) if document else (_uri(root, change.path), None)
        edits = _converted(server, b"" if change.kind == "create" else before[change.path], change)
        yield types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version), edits


def _converted(server: "FamiliarServer", data: bytes, change: FileChange) -> list[types.TextEdit]:
    # Editors keep a byte order mark out of the text that they count in.
    skipped = len(BOM) if data.startswith(BOM) else 0
    index = LineIndex(data[skipped:])
    encoding = server.documents.encoding

    def place(offset: int) -> types.Position:
        return types.Position(*index.lsp_position(offset - skipped, encoding))

    def span(edit: TextEdit) -> types.Range:
        # In Neovim an empty file has one line: to be replaced, else the text would end with one more.
        return types.Range(place(edit.start), types.Position(1, 0) if change.kind == "create" else place(edit.end))

    return [types.TextEdit(span(edit), edit.new_text) for edit in change.text_edits]


def inverse(before: bytes, edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """Return the edits that take `edits`, made in `before`, back."""
    shift, out = 0, []
    for edit in edits:
        new, start = edit.new_text.encode("utf-8", "surrogateescape"), edit.start + shift
        old = before[edit.start : edit.end].decode("utf-8", "surrogateescape")
        out.append(TextEdit(start, start + len(new), old))
        shift += len(new) - (edit.end - edit.start)
    return tuple(out)


def _uri(root: Path, path: str) -> str:
    return from_fs_path(str(root / path)) or ""
