"""Another tool's answers, judged by the same labels: tasks go out as JSON lines, answers come back as JSON lines.

    {"part": "answers", "project": P, "path": F, "question": Q}            + "answer": A
    {"part": "pairs", "project": P}                                        + "default": D, "house": H  (many, or none)
    {"part": "completions", "project": P, "path": F, "start": N, "end": N} + "text": T

`answers` asks what file F, which must not be looked at, answers to Q; a line left out is an abstention. `completions`
asks what stands between bytes `start` and `end` of F, which are taken out; a line left out, or an empty text, is
silence. The other parts inject into or write with a running tool, and are not judged from a file.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.conventions import answers, completions, pairs
from benchmarks.conventions.corpus import Labelled, labelled, members, read
from benchmarks.conventions.cursors import verdict

PARTS = ("answers", "pairs", "completions")


class Prediction(msgspec.Struct, frozen=True):
    """One line of a file of predictions; what a part does not need is left empty."""

    part: str
    project: str
    path: str = ""
    question: str = ""
    answer: str | None = None
    default: str = ""
    house: str = ""
    start: int = -1
    end: int = -1
    text: str = ""


def tasks(names: Iterable[str], archives: Path, seed: int) -> Iterator[dict[str, Any]]:
    """Yield what is asked of the projects, in a fixed order."""
    for name in names:
        known = labelled(name, archives)
        for path, question, _ in members(known.labels):
            yield {"part": "answers", "project": name, "path": path, "question": question}
        if name in pairs.PROJECTS:
            yield {"part": "pairs", "project": name}
            for cursor in completions.asked_at(read(known.root), known, seed, quick=False):
                place = {"path": cursor.path, "start": cursor.start, "end": cursor.end}
                yield {"part": "completions", "project": name, **place}


def judged(file: Path, archives: Path, seed: int) -> dict[str, Any]:
    """Return the figures of the parts and projects that the file speaks of.

    Raises:
        msgspec.DecodeError: a line is not a prediction.
    """
    said: dict[tuple[str, str], list[Prediction]] = defaultdict(list)
    for each in msgspec.json.Decoder(Prediction).decode_lines(file.read_bytes()):
        said[(each.part, each.project)].append(each)
    figures: dict[str, Any] = {}
    for part in PARTS:
        names = sorted(project for (known, project) in said if known == part)
        measured = {name: _judged(part, labelled(name, archives), said[(part, name)], seed) for name in names}
        if measured and part == "completions":
            figures[part] = completions.counted(measured, "said") | {"projects": names}
        elif measured:
            combine = answers.combine if part == "answers" else pairs.combine
            figures[part] = combine(measured) | {"projects": names}
    return figures


def _judged(part: str, known: Labelled, said: list[Prediction], seed: int) -> dict[str, Any]:
    if part == "pairs":
        return pairs.judged(known.name, [(each.default, each.house) for each in said if each.house])
    if part == "answers":
        given = {(each.question, each.path): each.answer for each in said if each.answer is not None}

        def ask(question: str, path: str) -> tuple[str, float] | None:
            answer = given.get((question, path))
            return None if answer is None else (answer, 1.0)

        return answers.tallied(known, seed, ask)
    texts = {(each.path, each.start, each.end): each.text for each in said}
    rows = []
    for cursor in completions.asked_at(read(known.root), known, seed, quick=False):
        text = texts.get((cursor.path, cursor.start, cursor.end), "")
        rows.append({"what": cursor.what, "verdict": verdict(cursor, text) if text.strip() else "silent"})
    return {"said": rows}
