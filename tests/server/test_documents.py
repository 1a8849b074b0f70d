"""Open documents: the editor's changes give the editor's text, in every encoding, and the byte edits give it too."""

import time
from typing import Any

import pytest
from familiar_codegraph.text import Encoding, LineIndex
from familiar_server.documents import LIMIT, ByteEdit, Document, DocumentError, Documents, spliced
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

TEXT = st.text(alphabet="ab\n\r𝒳é\t ", max_size=40)


def change(start: types.Position, end: types.Position, text: str) -> Any:
    return types.TextDocumentContentChangePartial(range=types.Range(start, end), text=text)


@given(TEXT, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), TEXT), max_size=6))
def test_a_spliced_index_is_the_index_of_the_spliced_bytes(text: str, edits: list[tuple[int, int, str]]) -> None:
    index = LineIndex(text.encode())
    for a, b, new in edits:
        start, end = sorted((min(a, len(index.data)), min(b, len(index.data))))
        edit = ByteEdit(start, end, new.encode())
        index = spliced(index, edit)
        fresh = LineIndex(index.data)
        assert index.starts == fresh.starts


@given(TEXT, st.data(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_changes_in_any_encoding_give_the_editors_text(text: str, data: st.DataObject, encoding: Encoding) -> None:
    document = Document("file:///x/a.py", "python", 1, text)
    mirror = text
    for version in range(2, 5):
        a, b = sorted((data.draw(st.integers(0, len(mirror))), data.draw(st.integers(0, len(mirror)))))
        if mirror[a - 1 : a + 1] == "\r\n" or mirror[b - 1 : b + 1] == "\r\n":
            continue  # an editor has no place between them
        new = data.draw(TEXT)
        index = LineIndex(mirror.encode())
        before = document.data
        places = [index.lsp_position(len(mirror[:n].encode()), encoding) for n in (a, b)]
        edits = document.change(version, [change(*(types.Position(*p) for p in places), new)], encoding)
        mirror = mirror[:a] + new + mirror[b:]
        assert document.data == mirror.encode()
        assert edits is not None and before is not None
        for edit in edits:
            before = before[: edit.start] + edit.new + before[edit.end :]
        assert before == document.data


def test_a_whole_change_gives_no_byte_edits() -> None:
    document = Document("file:///x/a.py", "python", 1, "a")
    assert document.change(2, [types.TextDocumentContentChangeWholeDocument("b")], "utf-16") is None
    assert (document.data, document.version) == (b"b", 2)


def test_a_lone_surrogate_keeps_its_length() -> None:
    document = Document("file:///x/a.py", "python", 1, "a\ud800b")
    assert document.data == "a\ufffdb".encode()


def test_a_document_that_is_too_large_is_not_kept() -> None:
    document = Document("file:///x/big.py", "python", 1, "x" * (LIMIT + 1))
    assert document.data is None
    with pytest.raises(DocumentError, match=r"big.py is too large: 2.1 MB"):
        document.offset(types.Position(0, 0), "utf-16")
    document.change(2, [types.TextDocumentContentChangeWholeDocument("small")], "utf-16")
    assert document.data == b"small"


def test_a_document_that_grows_too_large_is_dropped() -> None:
    document = Document("file:///x/big.py", "python", 1, "x")
    at = types.Position(0, 0)
    assert document.change(2, [change(at, at, "y" * LIMIT)], "utf-16") is None
    assert document.data is None


def test_places_that_are_not_there_are_named() -> None:
    documents = Documents()
    with pytest.raises(DocumentError, match="is not open in the editor"):
        documents.get("file:///x/a.py")
    document = documents.open(types.TextDocumentItem("file:///x/a.py", "python", 1, "one\ntwo"))
    assert document.offset(types.Position(1, 99), "utf-16") == 7
    with pytest.raises(DocumentError, match=r"Line 8 is outside a.py, which has 2 lines"):
        document.offset(types.Position(7, 0), "utf-16")


def test_a_keystroke_in_a_long_file_costs_less_than_the_loop_may_be_held() -> None:
    document = Document("file:///x/long.py", "python", 1, "    value = compute(value, 𝒳)\n" * 10_000)
    at = types.Position(5_000, 8)
    costs = []
    for version in range(2, 12):
        began = time.process_time()
        document.change(version, [change(at, at, "x")], "utf-16")
        costs.append(time.process_time() - began)
    assert min(costs) < 0.005
