"""Drift: how far generated code is from the repository's own, convention by convention.

Bodies of functions are taken out and written again by the engine, line after line, each suggestion accepted; so is what
follows the first word of statements of each kind (imports, definitions, handlers, raised errors, what is returned or
assigned, lines of tests). What stands there then is labelled like any code. For each question of a project with at
least 5 generated occurrences, the rate of the repository's most frequent answer in generated code is compared with its
rate in the repository.
"""

import ast
import asyncio
import random
from collections import Counter, defaultdict
from itertools import accumulate
from statistics import mean
from typing import Any, NamedTuple

from familiar_completion import models
from familiar_completion.engine import Engine
from familiar_completion.evaluate import completion
from familiar_completion.runtime import Model

from benchmarks.conventions.completions import ARMS, WAIT
from benchmarks.conventions.corpus import Labelled
from benchmarks.conventions.flips import Text
from benchmarks.conventions.labeller import label
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Function, Source, docstring

LINES, LEAST = 5, 5
PROJECTS = ("click", "paramiko", "requests", "scrapy", "tornado", "werkzeug")
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
    project = Project.read(labelled.root)
    chosen = _functions(project, 4 if quick else 14, random.Random(seed))
    own: dict[str, Counter[str]] = defaultdict(Counter)
    for labels in labelled.labels.values():
        for each in labels:
            own[each.question.partition(":")[0] if each.question.startswith("api") else each.question][each.answer] += 1
    begun = _begun(project, 3 if quick else 8, random.Random(seed))
    arms = {arm: asyncio.run(_written(labelled, project, chosen, begun, on)) for arm, on in ARMS.items()}
    return {"own": own, **arms}


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
    labelled: Labelled, project: Project, chosen: list[tuple[str, Function]], begun: list[Begun], on: bool
) -> Any:
    """Return the answers of the code that is written in the chosen functions' bodies and behind the first words."""
    model = Model(models.WEIGHTS)
    engine = Engine(labelled.root, model, least=0.0, conventions=on)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    try:
        await engine.sources.index()
        await model.start()
        for path, function in chosen:
            text = Text(project.sources[path], project)
            first = function.body[1 if docstring(function) is not None else 0]
            start, end = text.at(first.lineno, 0), text.span(function)[1]
            before, after = text.data[:start] + text.indent(first), text.data[end:]
            body = await _body(engine, path, before, after, text.indent(first))
            _count(project, path, before, body, after, counts)
        for path, start, end in begun:
            data = project.sources[path].data
            engine.put(path, 1, data[:start] + data[end:])
            answer = await engine.complete(path, start, 1, wait=WAIT)
            await engine.drop(path)
            line = completion(answer, start, data[end:]).encode().split(b"\n")[0].rstrip()
            _count(project, path, data[:start], line, data[end:], counts)
    finally:
        await model.close()
    return counts


async def _body(engine: Engine, path: str, before: bytes, after: bytes, indent: bytes) -> bytes:
    """Return what is written line after line, at most LINES suggestions, until nothing is offered."""
    written = b""
    for version in range(1, LINES + 1):
        engine.put(path, version, before + written + after)
        answer = await engine.complete(path, len(before + written), version, wait=WAIT)
        text = completion(answer, len(before + written), after).encode()
        if not text.strip():
            break
        written += text.rstrip() + b"\n" + (indent + b"    " if text.rstrip().endswith(b":") else indent)
    await engine.drop(path)
    return written.rstrip()


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
    """Return the mean absolute difference in points for both arms, over (project, question)."""
    result: dict[str, Any] = {}
    for arm in ARMS:
        rows = []
        for name, each in measured.items():
            for question, answers in sorted(each[arm].items()):
                own = each["own"].get(question, {})
                if sum(answers.values()) >= LEAST and own:
                    house = max(sorted(own), key=lambda answer: own[answer])
                    rates = [100 * c.get(house, 0) / sum(c.values()) for c in (own, answers)]
                    rows.append({"project": name, "question": question, "own": rates[0], "generated": rates[1]})
        result[arm] = {
            "rates": len(rows),
            "occurrences": sum(sum(a.values()) for each in measured.values() for a in each[arm].values()),
            "points": mean(abs(row["own"] - row["generated"]) for row in rows) if rows else None,
            "worst": sorted(rows, key=lambda row: -abs(row["own"] - row["generated"]))[:10],
        }
    return result
