"""Positions: every place converts there and back, in every encoding, whatever the line ends."""

import pytest
from familiar_codegraph.text import Encoding, LineIndex
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(alphabet="ab \té\u4e2d\U0001d4d0\r\n", max_size=40)
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


@given(TEXTS, st.sampled_from(ENCODINGS))
def test_lsp_positions_round_trip(text: str, encoding: Encoding) -> None:
    index = LineIndex(text.encode())
    for at in range(len(text) + 1):
        if text[at - 1 : at + 1] == "\r\n":
            continue  # between CR and LF is no place in the LSP
        offset = len(text[:at].encode())
        assert index.lsp_offset(index.lsp_position(offset, encoding), encoding) == offset


@given(TEXTS)
def test_command_line_positions_round_trip(text: str) -> None:
    index = LineIndex(text.encode())
    for at in range(len(text) + 1):
        if text[at : at + 1] != "\n" and text[at - 1 : at + 1] != "\r\n":
            offset = len(text[:at].encode())
            assert index.offset(index.position(offset)) == offset


CASES = [
    ("a𝓐b", 5, "utf-8", (0, 5)),
    ("a𝓐b", 5, "utf-16", (0, 3)),
    ("a𝓐b", 5, "utf-32", (0, 2)),
    ("é\r\nx", 4, "utf-16", (1, 0)),
    ("é\rx", 3, "utf-16", (1, 0)),
]


@pytest.mark.parametrize(("text", "offset", "encoding", "expected"), CASES)
def test_units(text: str, offset: int, encoding: Encoding, expected: tuple[int, int]) -> None:
    assert LineIndex(text.encode()).lsp_position(offset, encoding) == expected


def test_lsp_positions_past_the_end_are_clamped() -> None:
    index = LineIndex(b"ab\ncd")
    assert index.lsp_offset((0, 99), "utf-16") == 2
    assert index.lsp_offset((99, 0), "utf-16") == 5


@pytest.mark.parametrize("place", [(0, 1), (3, 1), (1, 4), (1, 0)])
def test_command_line_positions_outside_are_errors(place: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside"):
        LineIndex(b"ab\ncd").offset(place)


def test_malformed_utf8_counts_a_column_a_byte() -> None:
    index = LineIndex(b"\xff\xfe=1")
    assert index.lsp_position(3, "utf-16") == (0, 3)
    assert index.lsp_offset((0, 3), "utf-16") == 3
