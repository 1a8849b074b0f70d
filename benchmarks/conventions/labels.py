"""The hand-made labels of `benchmarks/labels`, as values."""

from pathlib import Path
from typing import Literal

import msgspec

FOLDER = Path(__file__).parents[1] / "labels"


class PairLabel(msgspec.Struct, frozen=True):
    """One pair of `house_pairs.jsonl`; the fields are described in that folder's README."""

    project: str
    default: str
    house: str
    path: str
    line: int
    grade: Literal["must", "fair"]
    why: str
    default_also: tuple[str, ...] = ()
    house_also: tuple[str, ...] = ()

    @property
    def defaults(self) -> tuple[str, ...]:
        return (self.default, *self.default_also)

    @property
    def houses(self) -> tuple[str, ...]:
        return (self.house, *self.house_also)


def house_pairs() -> list[PairLabel]:
    """Return the labelled pairs in the file's order."""
    decoder = msgspec.json.Decoder(PairLabel)
    return decoder.decode_lines((FOLDER / "house_pairs.jsonl").read_bytes())


class Adjudication(msgspec.Struct, frozen=True):
    """What reading said, afterwards, of a pair that no label names; one line of `adjudicated.jsonl`."""

    project: str
    default: str
    house: str
    verdict: Literal["right", "fair", "wrong"]
    why: str


def adjudications() -> list[Adjudication]:
    """Return the adjudicated pairs, none where nothing was adjudicated yet."""
    file = FOLDER / "adjudicated.jsonl"
    return msgspec.json.Decoder(Adjudication).decode_lines(file.read_bytes()) if file.is_file() else []


class CursorLabel(msgspec.Struct, frozen=True):
    """One cursor of `cursors.jsonl`; `line` is 1-based, `column` counts characters from 0."""

    project: str
    path: str
    line: int
    column: int
    hole: str
    kind: str
    wanted: str
    unwanted: str
    why: str


def cursor_labels(project: str) -> list[CursorLabel]:
    """Return the hand-made cursors of one project in the file's order."""
    decoder = msgspec.json.Decoder(CursorLabel)
    return [each for each in decoder.decode_lines((FOLDER / "cursors.jsonl").read_bytes()) if each.project == project]
