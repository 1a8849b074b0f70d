"""New names: the words of a definition that the house has not seen are given in another case, without their suffix.

Right: the house's spelling of the words has the case of the name that stands there. Where the house changed the affix
(the suffix of an exception, the leading underscore of a helper), the affix must be right too. A name that comes back as
it went in was not answered.
"""

import ast
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from familiar_codegraph.conventions import learn

from benchmarks.conventions.bounds import interval
from benchmarks.conventions.corpus import Labelled, read
from benchmarks.conventions.names import is_literal
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import EXCEPTIONS, Source, case_of, is_dunder, last_segment, subtokens

ENDINGS = ("Error", "Exception", "Warning")


class Definition(NamedTuple):
    """A name as it is defined, and what is given in its stead: the words in another case, without the affix."""

    kind: str
    name: str
    given: str
    line: int


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's verdicts by kind, for at most 60 definitions of a kind (20 when quick)."""
    project, house, chance = read(labelled.root), learn(labelled.root), random.Random(seed)
    found: dict[str, list[tuple[str, Definition]]] = defaultdict(list)
    for path, source in sorted(project.sources.items()):
        for definition in definitions(source, project):
            found[definition.kind].append((path, definition))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    misses = []
    for kind, listed in sorted(found.items()):
        for path, definition in chance.sample(listed, min(20 if quick else 60, len(listed))):
            spelled = house.without(path).name(kind, definition.given, path)
            verdict = judge(definition, spelled)
            counts[kind][verdict] += 1
            if verdict == "wrong":
                record = {"project": labelled.name, "path": path, "line": definition.line, "kind": kind}
                misses.append(record | {"given": definition.given, "said": spelled, "here": definition.name})
    return {"counts": counts, "misses": misses}


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the shares right and answered over what `measure` gave for each project."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for result in measured.values():
        for kind, each in result["counts"].items():
            counts[kind].update(each)
    total = sum(counts.values(), Counter[str]())
    return {
        "definitions": sum(total.values()),
        **_shares(total),
        "right_ci95": interval(total["right"], total["right"] + total["wrong"]),
        "by_kind": {kind: {"definitions": sum(c.values()), **_shares(c)} for kind, c in sorted(counts.items())},
        "misses": [miss for result in measured.values() for miss in result["misses"]],
    }


def _shares(counts: Counter[str]) -> dict[str, float | None]:
    answered = counts["right"] + counts["wrong"]
    return {
        "right": counts["right"] / answered if answered else None,
        "answered": answered / sum(counts.values()) if counts else None,
    }


def judge(definition: Definition, spelled: str) -> str:
    """Return "right", "wrong" or "unanswered"."""
    if spelled == definition.given:
        return "unanswered"
    bare, wanted = _without_suffix(definition.kind, spelled), _without_suffix(definition.kind, definition.name)
    if [*subtokens(bare)] != [*subtokens(wanted)] and "".join(subtokens(bare)) != "".join(subtokens(wanted)):
        return "wrong"
    if not _same_case(bare, wanted):
        return "wrong"
    given_affix, affix = _affix(definition.kind, definition.given), _affix(definition.kind, spelled)
    return "wrong" if affix != given_affix and affix != _affix(definition.kind, definition.name) else "right"


def _same_case(one: str, other: str) -> bool:
    """Compare cases; one word in capitals agrees with PascalCase and with UPPER_CASE."""
    a, b = case_of(one), case_of(other)
    single = "_" not in one.strip("_") + other.strip("_") and {a, b} == {"PascalCase", "UPPER_CASE"}
    return a == b or single


def _affix(kind: str, name: str) -> str:
    if kind == "exception":
        return next((ending for ending in ENDINGS if name.endswith(ending)), "")
    return name[: len(name) - len(name.lstrip("_"))]


def _without_suffix(kind: str, name: str) -> str:
    core = name.strip("_")
    affix = _affix(kind, core) if kind == "exception" else ""
    return core.removesuffix(affix) or core


def definitions(source: Source, project: Project) -> Iterator[Definition]:
    """Yield the definitions of a file whose spelling shows a case."""
    for node in source.functions():
        owner, words = source.parent[node], subtokens(node.name)
        outside = isinstance(owner, ast.ClassDef) and not project.inside(owner)
        if is_dunder(node.name) or len(words) < 2 or (outside and not node.name.startswith("test")):
            continue
        alone = isinstance(owner, ast.Module) and not source.is_test and not node.decorator_list
        if alone and project.mentions[node.name] == 1 and not node.name.startswith("test"):
            yield Definition("helper", node.name, _other_case(words, "function"), node.lineno)
        else:
            yield _with_underscores("function", node.name, words, node.lineno)
    for owner in source.all(ast.ClassDef):
        bases = [last_segment(base) for base in owner.bases]
        raised = any(base in EXCEPTIONS or base.endswith(ENDINGS) for base in bases)
        words = subtokens(_without_suffix("exception", owner.name) if raised else owner.name)
        if len(words) > 1:
            kind = "exception" if raised else "class"
            given = _other_case(words, "class")
            yield Definition(kind, owner.name, "_" * owner.name.startswith("_") + given, owner.lineno)
    for statement in source.tree.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and is_literal(statement.value)
        ):
            name = statement.targets[0].id
            if not is_dunder(name) and len(subtokens(name)) > 1:
                yield _with_underscores("constant", name, subtokens(name), statement.lineno)
    for node in source.functions():
        for stored in ast.walk(node):
            if isinstance(stored, ast.Name) and isinstance(stored.ctx, ast.Store) and len(subtokens(stored.id)) > 1:
                yield _with_underscores("variable", stored.id, subtokens(stored.id), stored.lineno)


def _with_underscores(kind: str, name: str, words: list[str], line: int) -> Definition:
    before = name[: len(name) - len(name.lstrip("_"))]
    return Definition(kind, name, before + _other_case(words, kind), line)


def _other_case(words: list[str], kind: str) -> str:
    """Return the words in a case that a name of this kind seldom has, so that nothing is right by accident."""
    if kind == "class":
        return "_".join(words)
    return words[0].capitalize() + "".join(word.capitalize() for word in words[1:])
