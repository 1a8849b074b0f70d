"""The second opinion: what a type checker says about the places that the graph leaves unsure.

ty is asked where the name at an unsure place is defined. A definition in the symbol's family makes the place `yes` (via
`checker`); one elsewhere drops it from the answer; none, or several that disagree, leave it unsure. ty runs for one
question and is then ended. What it said is kept, under a digest of all that it can depend on (`opinion_store`).

It is never asked on a keystroke, and nothing waits for it but the question itself. Where ty is absent, hangs, dies or
takes too much, the graph's own answer stands, with the reason.
"""

import contextlib
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from familiar_codegraph import checker, hierarchy
from familiar_codegraph.facts import KEYWORD
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import language_of
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.opinion_lsp import LanguageClient, Location, OpinionError
from familiar_codegraph.opinion_store import OpinionStore, digest
from familiar_codegraph.snapshot import StaleFile
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Answer, Answers, Opinion

_STORED = re.compile(rb"\w+(?:\.\w+)*\.(\w+)\s*(?::|=(?!=)|,|\)|[-+*/%&|^@]+=|<<=|>>=|in\b)")
BUDGET = 10.0
"""Seconds for one question, the checker's start included."""
MEMORY_MB = 2000
"""Resident memory that the checker may take."""

Said = tuple[tuple[str, int, int], ...]
"""Where a checker says that a name is defined: path in the repository, 0-based line, column in bytes; or ("", 0, 0) for
somewhere else."""


class Question(NamedTuple):
    """A place, and the key under which an answer about it is kept."""

    place: Answer
    position: tuple[int, int]
    key: bytes


class Asked(NamedTuple):
    """What came of asking: answers by place, who gave them, and why some may be missing."""

    said: dict[Answer, Said]
    checker: str
    reason: str


class Judged(NamedTuple):
    """Whether places mean something of a family; those that are not decided are absent. `reason`: why the checker is
    absent or stopped."""

    belongs: dict[Answer, bool]
    checker: str = ""
    reason: str = ""


def consult(
    graph: CodeGraph,
    answers: Answers,
    root: Path,
    buffers: Iterable[str],
    *,
    turn: AbstractContextManager[Any] | None = None,
    budget: float = BUDGET,
    stop: Callable[[], bool] = lambda: False,
) -> Answers:
    """Return the answers of `references` with what the checker says about the unsure ones among them.

    `buffers` are the open documents, whose text overlays the disk. `turn` is held while the graph is used, not while
    the checker works. Strings are not asked about, for a checker does not read them.
    """
    turn = turn or contextlib.nullcontext()
    unsure = [a for a in answers.answers if a.verdict == "unsure" and a.via != "string"]
    if answers.symbol is None or not unsure:
        return structs.replace(answers, opinion=Opinion())
    with turn:
        family = {answers.symbol.id, *hierarchy.family(graph, answers.symbol.id).members}
    judged = judge(graph, unsure, family, root, buffers, turn=turn, budget=budget, stop=stop)
    kept = [
        structs.replace(a, via="checker", verdict="yes") if judged.belongs.get(a) else a
        for a in answers.answers
        if judged.belongs.get(a, True)
    ]
    yes = sum(judged.belongs.values())
    no = len(judged.belongs) - yes
    said = Opinion(judged.checker, yes, no, len(unsure) - yes - no, judged.reason)
    return structs.replace(answers, answers=tuple(kept), opinion=said)


def judge(
    graph: CodeGraph,
    places: Sequence[Answer],
    family: Collection[str],
    root: Path,
    buffers: Iterable[str],
    *,
    turn: AbstractContextManager[Any] | None = None,
    budget: float = BUDGET,
    stop: Callable[[], bool] = lambda: False,
) -> Judged:
    """Return which of the places mean a symbol of `family` (ids), by what the checker says; see `consult`."""
    turn = turn or contextlib.nullcontext()
    found = checker.find(root)
    if isinstance(found, str):
        return Judged({}, "", found)
    with turn:
        questions = _questions(graph, places, f"{found.key} {found.packages(root)}")
        texts = _texts(graph, {q.place.path for q in questions} | set(buffers))
        folders = [str(root / folder) for folder in graph.modules.roots]
    asked = _ask(found, root, questions, texts, folders, time.monotonic() + budget, stop)
    with turn:
        verdicts = {place: _belongs(graph, set(family), said) for place, said in asked.said.items()}
    return Judged({p: v for p, v in verdicts.items() if v is not None}, asked.checker, asked.reason)


def _questions(graph: CodeGraph, places: Sequence[Answer], checked_by: str) -> list[Question]:
    found: list[Question] = []
    lines: dict[str, LineIndex] = {}
    digests: dict[str, bytes] = {}
    for place in places:
        data = _data(graph, place.path) if _is_python(place.path) else None
        if data is None:
            continue
        if place.path not in lines:
            lines[place.path] = LineIndex(data)
            digests[place.path] = digest(graph, place.path, checked_by)
        position = lines[place.path].lsp_position(place.start, "utf-8")
        found.append(Question(place, position, digests[place.path] + place.start.to_bytes(4, "big")))
    return found


def _is_python(path: str) -> bool:
    language = language_of(path)
    return language is not None and language.name == "python"


def _data(graph: CodeGraph, path: str) -> bytes | None:
    try:
        return graph.data(path)
    except (KeyError, StaleFile):
        return None


def _texts(graph: CodeGraph, paths: Iterable[str]) -> dict[str, str]:
    found = {path: data for path in sorted(filter(_is_python, paths)) if (data := _data(graph, path)) is not None}
    return {path: data.decode("utf-8", "replace") for path, data in found.items()}


def _ask(
    found: checker.Checker,
    root: Path,
    questions: Sequence[Question],
    texts: Mapping[str, str],
    folders: list[str],
    deadline: float,
    stop: Callable[[], bool],
) -> Asked:
    store = OpinionStore(root)
    known = store.get([q.key for q in questions])
    said = {q.place: known[q.key] for q in questions if q.key in known}
    missing = [q for q in questions if q.key not in known]
    if not missing:
        return Asked(said, found.name, "")
    fresh: dict[bytes, Said] = {}
    reason, client = "", None
    try:
        client = LanguageClient(found.argv, root, memory_mb=MEMORY_MB, stop=stop)
        client.end_at(deadline)
        client.initialize(deadline, found.options(root, folders))
        if client.encoding != "utf-8":
            raise OpinionError("it does not count columns in bytes")
        for path, text in texts.items():
            client.open(path, text)
        numbers = [(q, client.ask_definition(q.place.path, q.position)) for q in missing]
        for question, number in numbers:
            told = client.definition(number, deadline)
            fresh[question.key] = said[question.place] = tuple(_inside(root, place) for place in told)
    except OpinionError as error:
        reason = f"{found.name}: {error}"
    finally:
        if client is not None:
            client.end()
    store.put(fresh)
    return Asked(said, found.name, reason)


def _inside(root: Path, place: Location) -> tuple[str, int, int]:
    path = Path(place.path)
    if not path.is_relative_to(root):
        return "", 0, 0
    return path.relative_to(root).as_posix(), place.line, place.column


def _belongs(graph: CodeGraph, family: set[str], said: Said) -> bool | None:
    """Return whether definitions at these places are of the family; None when they are none, or of both kinds."""
    if not said:
        return None
    verdicts = set()
    for path, line, column in said:
        ids = _named(graph, path, line, column)
        if ids is None:
            return None  # a place in the repository that the graph does not know: leave it alone
        verdicts.add(bool(ids & family))
    return verdicts.pop() if len(verdicts) == 1 else None


def _named(graph: CodeGraph, path: str, line: int, column: int) -> set[str] | None:
    """Return the symbols that are defined at a place; empty for somewhere outside of what the graph reads."""
    index, data = graph.index(path) if path else None, _data(graph, path) if path else None
    if index is None or data is None:
        return set()
    offset = LineIndex(data).lsp_offset((line, column), "utf-8")
    if stored := _STORED.match(data, offset):  # of `self.size = 1`, a checker may point at `self`
        offset = stored.start(1)
    found: set[str] = {path} if offset == 0 else set()
    for number in index.uses_at(offset):
        if index.facts.uses[number].start == offset and index.facts.uses[number].role != KEYWORD:
            means = meaning(graph.resolver, index, number)
            found |= {*means.targets, *([means.alias] if means.alias else [])}
    return found or None
