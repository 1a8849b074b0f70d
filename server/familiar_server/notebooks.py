"""Open notebooks: the code of all cells of one, in their order, is one document, in which its cells are completed.

The editor knows each cell as a document of its own (LSP 3.17, notebook document synchronization). What is typed into a
cell is an edit of the whole; a place in a cell is a place in the whole, and back. The code graph is not told: it reads
the notebook's file.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph.languages.notebook.cells import hidden, neutral
from familiar_completion.view import scan
from lsprotocol import types

from familiar_server.documents import ByteEdit, Document, DocumentError

if TYPE_CHECKING:
    from familiar_codegraph.text import Encoding

    from familiar_server.server import FamiliarServer

SELECTOR = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage(language="python")]),
    ]
)
_CELLS = [types.NotebookCellTextDocumentFilter(notebook="*", language="python")]


class Spot(NamedTuple):
    """Where the editor's positions are in a document: in all of it, or in the cell whose code is at byte `start`."""

    document: Document
    own: Document
    start: int = 0

    def offset(self, position: types.Position, encoding: "Encoding") -> int:
        """Return the byte offset in the document (see `Document.offset`)."""
        return self.start + self.own.offset(position, encoding)

    def position(self, offset: int, encoding: "Encoding") -> types.Position:
        """Return the editor's position of a byte of the document."""
        return types.Position(*self.own.content().lsp_position(offset - self.start, encoding))

    def holds(self, start: int, end: int) -> bool:
        """Return whether bytes `start:end` lie in what the editor sees here."""
        return self.start <= start and end <= self.start + len(self.own.content().data)


class Code(Document):
    """The code of a notebook: Python, but not what stands in its file."""

    graphed = False


class Notebook:
    """One open notebook: its cells with Python code, in order, and their code as one document.

    A cell that leaves a bracket or a quote open is hidden but while the user is in it: the cells below are not in that
    bracket.
    """

    def __init__(self, uri: str, cells: Sequence[Document]) -> None:
        self.cells = list(cells)
        self.code = Code(uri, "python", 0, "")
        self._entered: Document | None = None
        self.join()

    def join(self) -> None:
        """Take the cells as they are now."""
        self.code.put(self.code.version + 1, b"".join(map(self._code, self.cells)))

    def start(self, cell: Document) -> int:
        """Return the byte at which a cell's code begins."""
        return sum(len(other.data or b"") + 1 for other in self.cells[: self.cells.index(cell)])

    def enter(self, cell: Document) -> bool:
        """Note that the user is in `cell`; return whether the code is another by that."""
        left, self._entered = self._entered, cell
        if cell is left or (_whole(cell) and (left is None or left not in self.cells or _whole(left))):
            return False
        self.join()
        return True

    def _code(self, cell: Document) -> bytes:
        """Return the code of a cell and the line break behind it; of one that is too large, nothing but that."""
        code = neutral(cell.data or b"")
        return (code if cell is self._entered or _whole(cell) else hidden(code)) + b"\n"

    def changed(self, cell: Document, edits: list[ByteEdit] | None, before: int) -> list[ByteEdit] | None:
        """Follow the edits of a cell, which had `before` bytes; return them as edits of the code, None for all of it.

        Where lines became IPython's own, or ceased to be, the cell's code is replaced whole.
        """
        if edits is None or self.code.data is None or cell.data is None:
            self.join()
            return None
        start, wanted = self.start(cell), self._code(cell)
        moved = [ByteEdit(start + edit.start, start + edit.end, edit.new) for edit in edits]
        self.code.splice(moved)
        size = before + 1 + sum(len(edit.new) - (edit.end - edit.start) for edit in edits)
        if self.code.data is not None and self.code.data[start : start + size] != wanted:
            again = ByteEdit(start, start + size, wanted)
            self.code.splice([again])
            moved.append(again)
        self.code.version += 1
        return moved if self.code.data is not None else None


class Notebooks:
    """The open notebooks of one connection."""

    def __init__(self) -> None:
        self._open: dict[str, Notebook] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter([notebook.code for notebook in self._open.values()])

    def find(self, uri: str) -> tuple[Notebook, Document] | None:
        """Return the cell with this URI and its notebook, None for what is no cell."""
        both = ((notebook, cell) for notebook in self._open.values() for cell in notebook.cells)
        return next((found for found in both if found[1].uri == uri), None)

    def open(self, uri: str, cells: Sequence[Document]) -> Notebook:
        """Take a notebook with its cells."""
        notebook = self._open[uri] = Notebook(uri, cells)
        return notebook

    def close(self, uri: str) -> Notebook | None:
        """Forget a notebook."""
        return self._open.pop(uri, None)

    def get(self, uri: str) -> Notebook:
        """Return the open notebook.

        Raises:
            DocumentError: it is not open.
        """
        if uri not in self._open:
            raise DocumentError(f"{uri} is not open in the editor; open it first (notebookDocument/didOpen).")
        return self._open[uri]


def spot(server: "FamiliarServer", uri: str) -> Spot:
    """Return where the positions of an open document are, or of a cell that the user is in now.

    Raises:
        DocumentError: it is not open.
    """
    if found := server.notebooks.find(uri):
        notebook, cell = found
        enter(server, notebook, cell)
        return Spot(notebook.code, cell, notebook.start(cell))
    document = server.documents.get(uri)
    return Spot(document, document)


def enter(server: "FamiliarServer", notebook: Notebook, cell: Document) -> None:
    """Note that the user is in a cell, and tell of the code that follows from it."""
    if notebook.enter(cell):
        server.roots.changed(notebook.code, None)


def register(server: "FamiliarServer") -> None:
    """Register the methods of this module."""
    server.on_sync(types.NOTEBOOK_DOCUMENT_DID_OPEN, did_open)
    server.on_sync(types.NOTEBOOK_DOCUMENT_DID_CHANGE, did_change)
    server.on_sync(types.NOTEBOOK_DOCUMENT_DID_CLOSE, did_close)


def registration(server: "FamiliarServer", method: str) -> types.Registration | None:
    """Return what asks the client for `method` in cells, too; None where it does not do that."""
    if not (server.client.registers_cells and server.settings.answer.inline_completion):
        return None
    options = types.InlineCompletionRegistrationOptions(document_selector=_CELLS)
    return types.Registration(id="familiar-notebooks", method=method, register_options=options)


def did_open(server: "FamiliarServer", params: types.DidOpenNotebookDocumentParams) -> None:
    """Own the notebook's code from now on."""
    order = [cell.document for cell in params.notebook_document.cells]
    texts = {item.uri: _cell(item) for item in params.cell_text_documents}
    cells = [texts[uri] for uri in order if uri in texts]
    server.roots.opened(server.notebooks.open(params.notebook_document.uri, cells).code)


def did_change(server: "FamiliarServer", params: types.DidChangeNotebookDocumentParams) -> None:
    """Take cells that came, went or moved, then what was typed into them."""
    notebook = server.notebooks.get(params.notebook_document.uri)
    change = params.change.cells
    if change is None:
        return
    if change.structure:
        _restructure(notebook, change.structure)
        server.roots.changed(notebook.code, None)
    for typed in change.text_content or ():
        cell = next((cell for cell in notebook.cells if cell.uri == typed.document.uri), None)
        if cell is None:
            raise DocumentError(f"{typed.document.uri} is no cell of {notebook.code.name} that is known.")
        enter(server, notebook, cell)
        before = len(cell.data or b"")
        edits = cell.change(typed.document.version, typed.changes, server.documents.encoding)
        server.roots.changed(notebook.code, notebook.changed(cell, edits, before))


def did_close(server: "FamiliarServer", params: types.DidCloseNotebookDocumentParams) -> None:
    """Let the disk be the truth again."""
    if notebook := server.notebooks.close(params.notebook_document.uri):
        server.roots.closed(notebook.code)


def _restructure(notebook: Notebook, change: types.NotebookDocumentCellChangeStructure) -> None:
    known = {cell.uri: cell for cell in notebook.cells} | {item.uri: _cell(item) for item in change.did_open or ()}
    order = [cell.uri for cell in notebook.cells]
    array = change.array
    order[array.start : array.start + array.delete_count] = [cell.document for cell in array.cells or ()]
    notebook.cells = [known[uri] for uri in order if uri in known]
    notebook.join()


def _cell(item: types.TextDocumentItem) -> Document:
    return Document(item.uri, item.language_id, item.version, item.text)


def _whole(cell: Document) -> bool:
    """Return whether a cell closes all brackets and quotes that it opens, and no others."""
    state = scan(neutral(cell.data or b"").decode("utf-8", "replace"))
    return state.kind != "string" and not state.brackets and state.stray is None
