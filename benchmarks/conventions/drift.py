"""Drift: how far generated code is from the repository's own, convention by convention.

Bodies of functions are taken out and written again by the engine, line after line, each suggestion accepted until one
repeats what was written before; so is what follows the first word of statements of each kind (imports, definitions,
handlers, raised errors, what is returned or assigned, lines of tests), up to the line that closes its brackets. What
stands there then is labelled like any code. For each question of a project with at least 8 generated occurrences, the
rate of the repository's most frequent answer in generated code is compared with its rate in the repository. Beside it
stands what chance alone gives: the mean difference that as many occurrences drawn from the repository itself would
show.
"""

import ast
import asyncio
import math
import random
from collections import Counter, defaultdict
from itertools import accumulate
from statistics import mean
from typing import Any, NamedTuple

from benchmarks.conventions.bounds import resampled
from benchmarks.conventions.completions import ARMS, Asking, asking
from benchmarks.conventions.corpus import Labelled, read
from benchmarks.conventions.flips import Text
from benchmarks.conventions.labeller import label
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Function, Source, docstring

LINES, LEAST = 5, 8
PROJECTS = ("click", "paramiko", "scrapy", "tornado")
_KINDS: tuple[tuple[str, bytes, tuple[type[Any], ...]], ...] = (
    ("assign", b"self.", (ast.Assign,)),
    ("define", b"def ", (ast.FunctionDef,)),
    ("handle", b"except ", (ast.ExceptHandler,)),
    ("import", b"from ", (ast.ImportFrom,)),
    ("raise", b"raise ", (ast.Raise,)),
    ("return", b"return ", (ast.Return,)),
    ("test", b"", (ast.Assert, ast.Expr)),
)


class Begun(NamedTuple):
    """A statement of which the bytes from `start` to `end` are taken out, the rest of its line."""

    path: str
    start: int
    end: int


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's answers, (question -> answer -> count): the repository's own and each arm's generated."""
    project = read(labelled.root)
    chosen = _functions(project, 4 if quick else 10, random.Random(seed))
    own: dict[str, Counter[str]] = defaultdict(Counter)
    for labels in labelled.labels.values():
        for each in labels:
            own[each.question.partition(":")[0] if each.question.startswith("api") else each.question][each.answer] += 1
    begun = _begun(project, 3 if quick else 12, random.Random(seed))
    return {"own": own, **asyncio.run(_written(labelled, project, chosen, begun))}


def _functions(project: Project, count: int, chance: random.Random) -> list[tuple[str, Function]]:
    found = [
        (path, function)
        for path, source in sorted(project.sources.items())
        for function in source.functions()
        if len(function.body) - (docstring(function) is not None) >= 3 and b"\r" not in source.data
    ]
    return chance.sample(found, min(count, len(found)))


def _begun(project: Project, count: int, chance: random.Random) -> list[Begun]:
    """Return `count` statements of each kind that stand in one line, with what follows their first word taken out."""
    kinds: dict[str, list[Begun]] = defaultdict(list)
    for path, source in sorted(project.sources.items()):
        if b"\r" in source.data:
            continue
        lines = source.data.splitlines(keepends=True)
        starts = [0, *accumulate(map(len, lines))]
        for kind, word, types in _KINDS:
            for node in source.all(*types):
                text = lines[node.lineno - 1].rstrip(b"\n") if node.lineno == _last(node) else b""
                written = text.lstrip()
                if written.startswith(word) and (source.is_test or kind != "test"):
                    begin = starts[node.lineno - 1] + len(text) - len(written) + len(word)
                    kinds[kind].append(Begun(path, begin, starts[node.lineno - 1] + len(text)))
    return [each for kind in sorted(kinds) for each in chance.sample(kinds[kind], min(count, len(kinds[kind])))]


def _last(node: ast.AST) -> int:
    """Return the last line of a statement's head: of what stands before its block."""
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return node.end_lineno  # type: ignore[attr-defined, no-any-return]
    heads = [
        child.end_lineno for child in ast.walk(node) if isinstance(child, (ast.arg, ast.expr)) and child not in body
    ]
    inside = [line for line in heads if line is not None and line < body[0].lineno]
    return max(inside, default=node.lineno)  # type: ignore[attr-defined]


async def _written(
    labelled: Labelled, project: Project, chosen: list[tuple[str, Function]], begun: list[Begun]
) -> dict[str, dict[str, Counter[str]]]:
    """Return by arm the answers of the code that is written in the functions' bodies and behind the first words."""
    counts: dict[str, dict[str, Counter[str]]] = {arm: defaultdict(Counter) for arm in ARMS}
    async with asking(labelled.root) as engines:
        for path, function in chosen:
            text = Text(project.sources[path], project)
            first = function.body[1 if docstring(function) is not None else 0]
            start, end = text.at(first.lineno, 0), text.span(function)[1]
            before, after = text.data[:start] + text.indent(first), text.data[end:]
            for arm in ARMS:
                body = await _body(engines, arm, path, before, after, text.indent(first))
                _count(project, path, before, body, after, counts[arm])
        for path, start, end in begun:
            data = project.sources[path].data
            for arm in ARMS:
                lines = await _statement(engines, arm, path, data[:start], data[end:])
                _count(project, path, data[:start], lines, data[end:], counts[arm])
    return counts


async def _body(engines: Asking, arm: str, path: str, before: bytes, after: bytes, indent: bytes) -> bytes:
    """Return what is written line after line, at most LINES suggestions, until nothing new is offered."""
    written, said = b"", set[str]()
    for _ in range(LINES):
        text = (await engines.offered(arm, path, before + written, after))[0].rstrip()
        if not text.strip() or text.strip() in said:
            break
        said.add(text.strip())
        written += text.encode() + b"\n" + (indent + b"    " if text.endswith(":") else indent)
    return written.rstrip()


async def _statement(engines: Asking, arm: str, path: str, before: bytes, after: bytes) -> bytes:
    """Return the rest of a statement: one line, or as many as close its brackets (at most LINES)."""
    written = b""
    for _ in range(LINES):
        text = (await engines.offered(arm, path, before + written, after))[0].encode()
        line = text.split(b"\n")[0].rstrip() if text.strip() else b""
        if not line.strip():
            break
        written += line
        if unclosed(written) <= 0:
            break
        written += b"\n" + b" " * _margin(before)
    return written.rstrip()


def unclosed(written: bytes) -> int:
    """Return how many brackets are open, those in strings counted as well: enough to tell where a line goes on."""
    return sum(map(written.count, (b"(", b"[", b"{"))) - sum(map(written.count, (b")", b"]", b"}")))


def _margin(before: bytes) -> int:
    """Return the columns by which the line goes on: those of the statement and four more."""
    line = before[before.rfind(b"\n") + 1 :]
    return len(line) - len(line.lstrip()) + 4


def _count(project: Project, path: str, before: bytes, body: bytes, after: bytes, counts: Any) -> None:
    """Add the labels of the longest part of the body, whole lines, with which the file parses."""
    lines = body.split(b"\n")
    top = before.count(b"\n") + 1
    while lines and lines != [b""]:
        try:
            source = Source(path, before + b"\n".join(lines) + after)
        except (SyntaxError, ValueError):
            lines.pop()
            continue
        for each in label(source, project):
            if top <= each.line < top + len(lines):
                family = each.question.partition(":")[0] if each.question.startswith("api") else each.question
                counts[family][each.answer] += 1
        return


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the mean absolute difference in points for both arms, over (project, question), and what chance gives."""
    result: dict[str, Any] = {}
    for arm in ARMS:
        rows = []
        for name, each in measured.items():
            for question, answers in sorted(each[arm].items()):
                own, drawn = each["own"].get(question, {}), sum(answers.values())
                if drawn >= LEAST and own:
                    house = max(sorted(own), key=lambda answer: own[answer])
                    rates = [100 * c.get(house, 0) / sum(c.values()) for c in (own, answers)]
                    row = {"project": name, "question": question, "own": rates[0], "generated": rates[1]}
                    rows.append(row | {"occurrences": drawn, "chance": by_chance(rates[0] / 100, drawn)})
        differences = [abs(row["own"] - row["generated"]) for row in rows]
        result[arm] = {
            "rates": len(rows),
            "occurrences": sum(sum(a.values()) for each in measured.values() for a in each[arm].values()),
            "points": mean(differences) if rows else None,
            "points_ci95": resampled(differences, mean) if rows else None,
            "chance": mean(row["chance"] for row in rows) if rows else None,
            "worst": sorted(rows, key=lambda row: -abs(row["own"] - row["generated"]))[:10],
        }
    return result


def by_chance(rate: float, drawn: int) -> float:
    """Return the mean absolute difference in points between `rate` and that of `drawn` places which follow it."""
    return 100 * sum(
        math.comb(drawn, hits) * rate**hits * (1 - rate) ** (drawn - hits) * abs(hits / drawn - rate)
        for hits in range(drawn + 1)
    )
