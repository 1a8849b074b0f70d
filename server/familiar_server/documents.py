"""The open documents, as bytes and versions: the only truth about a file while an editor has it open.

Positions of the editor become byte offsets here, and its changes byte edits, which the other processes understand.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph.text import Encoding, LineIndex
from lsprotocol import types
from pygls.uris import to_fs_path

LIMIT = 2 * 1024 * 1024
"""Bytes; a larger document is not kept (a parse of it would take seconds), and requests for it say so."""


class DocumentError(Exception):
    """A request that names a document or a position that is not there; the message is for the user."""


class ByteEdit(NamedTuple):
    """Replace bytes `start:end` of the version before by `new`."""

    start: int
    end: int
    new: bytes


class Document:
    """One open document. `data` is None when it is larger than `LIMIT`."""

    graphed = True
    """Whether it is what stands in its file, for the code graph to read."""

    def __init__(self, uri: str, language: str, version: int, text: str) -> None:
        self.uri, self.language, self.version = uri, language, version
        self.path = file_path(uri)
        self.real = real(self.path) if self.path else None
        self.index: LineIndex | None = None
        self.size = 0
        self._put(_encoded(text))

    @property
    def data(self) -> bytes | None:
        return self.index.data if self.index else None

    def content(self) -> LineIndex:
        """Return the content with its lines.

        Raises:
            DocumentError: the document is too large.
        """
        if self.index is None:
            raise DocumentError(
                f"{self.name} is too large: {self.size / 1e6:.1f} MB, the limit is {LIMIT / 1e6:.1f} MB. "
                "Nothing is suggested or changed in it."
            )
        return self.index

    @property
    def name(self) -> str:
        return self.path.name if self.path else self.uri

    def change(
        self, version: int, changes: Iterable[types.TextDocumentContentChangeEvent], encoding: Encoding
    ) -> list[ByteEdit] | None:
        """Apply the editor's changes; return them as byte edits, each on the result of the one before.

        None says that the content was replaced as a whole.
        """
        edits: list[ByteEdit] | None = []
        for change in changes:
            new = _encoded(change.text)
            if isinstance(change, types.TextDocumentContentChangePartial) and self.index:
                start = self.index.lsp_offset((change.range.start.line, change.range.start.character), encoding)
                end = self.index.lsp_offset((change.range.end.line, change.range.end.character), encoding)
                edit = ByteEdit(min(start, end), max(start, end), new)
                self.splice([edit])
                if edits is not None:
                    edits.append(edit)
            elif not isinstance(change, types.TextDocumentContentChangePartial):
                self._put(new)
                edits = None
        self.version = version
        return edits if self.index else None

    def splice(self, edits: Iterable[ByteEdit]) -> None:
        """Apply edits of bytes, each on the result of the one before."""
        for edit in edits:
            if self.index:
                self.index = spliced(self.index, edit)
                self.size = len(self.index.data)
                self.index = self.index if self.size <= LIMIT else None

    def put(self, version: int, data: bytes) -> None:
        """Take `data` as the whole content."""
        self.version = version
        self._put(data)

    def offset(self, position: types.Position, encoding: Encoding) -> int:
        """Return the byte offset of the editor's position; past a line's end it is that end, as the LSP has it.

        Raises:
            DocumentError: the document has no such line, or is too large.
        """
        index = self.content()
        if not 0 <= position.line < len(index.starts):
            raise DocumentError(
                f"Line {position.line + 1} is outside {self.name}, which has {len(index.starts)} lines; "
                "the editor and the server disagree about its content."
            )
        return index.lsp_offset((position.line, position.character), encoding)

    def _put(self, data: bytes) -> None:
        self.size = len(data)
        self.index = LineIndex(data) if self.size <= LIMIT else None


class Documents:
    """The open documents by URI."""

    def __init__(self) -> None:
        self.encoding: Encoding = "utf-16"
        self._open: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._open.values()))

    def open(self, item: types.TextDocumentItem) -> Document:
        document = self._open[item.uri] = Document(item.uri, item.language_id, item.version, item.text)
        return document

    def close(self, uri: str) -> Document | None:
        return self._open.pop(uri, None)

    def find(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def get(self, uri: str) -> Document:
        """Return the open document.

        Raises:
            DocumentError: it is not open.
        """
        document = self._open.get(uri)
        if document is None:
            raise DocumentError(f"{uri} is not open in the editor; open it first (textDocument/didOpen).")
        return document

    def at(self, path: Path) -> Document | None:
        """Return the open document of the file at `path`, if there is one; links are followed."""
        wanted = real(path)
        return next((d for d in self._open.values() if d.real == wanted), None)


def file_path(uri: str) -> Path | None:
    """Return the path of a `file:` URI, else None (an unsaved or remote document)."""
    if not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    return Path(path) if path else None


def real(path: Path) -> Path:
    """Return `path` with its links followed; as it is where they lead in circles."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A lone surrogate (JSON allows it, UTF-8 does not) becomes U+FFFD, which is as long in both encodings.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def text_at(path: Path) -> Document:
    """Return the file at `path` as a document that nobody has open.

    Raises:
        DocumentError: it cannot be read as text.
    """
    try:
        return Document(path.as_uri(), "", 0, path.read_bytes().decode())
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    except UnicodeDecodeError:
        raise DocumentError(f"{path} is no UTF-8 text.") from None


def spliced(index: LineIndex, edit: ByteEdit) -> LineIndex:
    """Return the index after `edit`, scanning only the lines that it touches.

    The scan starts a line early and ends a line late, for an edit may split or join a CRLF.
    """
    data, starts = index.data, index.starts
    first = index.line_of(max(edit.start - 1, 0))
    last = index.line_of(min(edit.end + 1, len(data)))
    scan_from = starts[first]
    scan_to = starts[last + 1] if last + 1 < len(starts) else len(data)
    shift = len(edit.new) - (edit.end - edit.start)
    result = LineIndex(data[scan_from : edit.start] + edit.new + data[edit.end : scan_to])
    inner = result.starts if last + 1 == len(starts) else result.starts[:-1]
    result.data = data[: edit.start] + edit.new + data[edit.end :]
    result.starts = starts[:first] + [s + scan_from for s in inner] + [s + shift for s in starts[last + 1 :]]
    return result
