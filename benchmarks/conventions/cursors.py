"""Cursors where the world's answer is wrong in this project: what is wanted there, and what is not.

Those of `benchmarks/labels/cursors.jsonl` were chosen by hand. Two more kinds are drawn. At a call of a house helper (a
labelled pair), the helper's name is taken out and its arguments stay, so that what is called for can be read and only
the name is open. At a place that follows a convention by which the project departs from the world's default, what
decides is taken out: a name, an annotation, a message, the rest of an import. The project's other files and the rest of
the file stay as they are.
"""

import ast
import random
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from benchmarks.conventions.corpus import Labelled
from benchmarks.conventions.flips import Text
from benchmarks.conventions.labeller import default
from benchmarks.conventions.labels import cursor_labels, house_pairs
from benchmarks.conventions.project import Project
from benchmarks.conventions.prose import message_form, text_form
from benchmarks.conventions.source import dotted_name, last_segment
from benchmarks.conventions.violations import majorities

_TYPING = r"(Optional|Union|List|Dict|Tuple|Set|Any|Callable|Iterable|Iterator|Sequence|Mapping|Type|TypeVar)\b"


class Cursor(NamedTuple):
    """A hole from byte `start` to byte `end` of the file; suggestions are matched from their beginning.

    `bare`: the call is a whole statement, so that hardly anything before the cursor asks for it.
    """

    path: str
    line: int
    what: str
    start: int
    end: int
    wanted: str
    unwanted: str
    bare: bool = False


def verdict(cursor: Cursor, text: str) -> str:
    """Return "wanted", "unwanted" or "other" for a suggestion's text from the cursor on."""
    text = text.lstrip(" ")
    if re.match(cursor.wanted, text):
        return "wanted"
    return "unwanted" if re.match(cursor.unwanted, text) else "other"


def cursors(project: Project, labelled: Labelled, each: int, seed: int = 1) -> list[Cursor]:
    """Return at most `each` cursors of both kinds, drawn with a seed so that every pair and question has its turn."""
    chance = random.Random(seed)
    chosen = []
    for kind in (_helpers(project, labelled), _habits(project, labelled)):
        groups: dict[str, list[Cursor]] = {}
        for cursor in kind:
            groups.setdefault(cursor.what, []).append(cursor)
        for what in sorted(groups):
            chance.shuffle(groups[what])
            groups[what].sort(key=lambda cursor: cursor.bare)
        turns = [c for rank in range(each) for what in sorted(groups) for c in groups[what][rank : rank + 1]]
        chosen += turns[:each]
    return sorted(chosen)


def written(project: Project, name: str) -> list[Cursor]:
    """Return the cursors that were chosen by hand.

    Raises:
        ValueError: a label does not fit the project's text (another version).
    """
    found = []
    for label in cursor_labels(name):
        lines = project.sources[label.path].data.splitlines(keepends=True)
        before = lines[label.line - 1].decode()[: label.column].encode()
        start, hole = sum(map(len, lines[: label.line - 1])) + len(before), label.hole.encode()
        if not lines[label.line - 1].startswith(before + hole):
            raise ValueError(f"{name}: {label.path}:{label.line} does not hold {label.hole!r}")
        kind = f"by hand: {label.kind}"
        cursor = Cursor(label.path, label.line, kind, start, start + len(hole), label.wanted, label.unwanted)
        found.append(cursor)
    return found


def _helpers(project: Project, labelled: Labelled) -> Iterator[Cursor]:
    """Yield calls of the labelled helpers outside of the file that defines them."""
    for pair in house_pairs():
        if pair.project != labelled.name or pair.grade != "must":
            continue
        houses = {house.rpartition(".")[2] for house in pair.houses}
        worlds = {world.rpartition(".")[2] for world in pair.defaults} - houses
        if not worlds or pair.default.startswith(("str.", "bytes.")):
            continue
        wanted, unwanted = (
            rf"(?!self\.|cls\.)(\w+\.)*({'|'.join(sorted(map(re.escape, names)))})\b" for names in (houses, worlds)
        )
        accepted = {project.origin(house) for house in pair.houses} | set(pair.houses)
        for path, source in sorted(project.sources.items()):
            if path != pair.path and any(house in source.text for house in houses):
                text = Text(source, project)
                for call in source.all(ast.Call):
                    spelled = dotted_name(call.func)
                    if spelled and project.resolve(path, spelled) in accepted:
                        start, end = text.span(call.func)
                        bare = isinstance(source.parent[call], (ast.Expr, ast.Await))
                        yield Cursor(path, call.lineno, pair.house, start, end, wanted, unwanted, bare)


def _habits(project: Project, labelled: Labelled) -> Iterator[Cursor]:
    """Yield places that follow a clear convention which is not the world's."""
    clear = majorities(project, labelled)
    for path, source in sorted(project.sources.items()):
        text = Text(source, project)
        for question, line, start, end, wanted, unwanted in _places(
            text, lambda q, s=source: clear.get((s.is_test, q), "")
        ):
            if clear[(source.is_test, question)] != default(question) and start < end:
                yield Cursor(path, line, question, start, end, wanted, unwanted)


def _places(text: Text, house) -> Iterable[tuple[str, int, int, int, str, str]]:  # type: ignore[no-untyped-def]
    """Yield (question, line, start, end, wanted, unwanted) where the file follows the house's answer."""
    source = text.source
    for handler in source.all(ast.ExceptHandler):
        question = "naming.exception-variable"
        name = house(question)
        if name and handler.name == name and handler.type is not None and name != "other":
            after = text.span(handler.type)[1]
            gap = re.match(rb"\s+as\s+", text.data[after:])
            if gap:
                start = after + gap.end()
                yield question, handler.lineno, start, start + len(name.encode()), rf"{name}\b", r"e\b"
    if house("imports.relative") == "relative":
        top = text.project.module_of.get(source.path, "").partition(".")[0]
        for node in source.all(ast.ImportFrom):
            if node.level and top:
                start, end = text.span(node)
                yield "imports.relative", node.lineno, start + len("from "), end, r"\.", rf"{top}\b"
    for argument in source.all(ast.arg):
        annotation = argument.annotation
        if annotation is None:
            continue
        written, (start, end) = text.of(annotation), text.span(annotation)
        if house("imports.typing") in {"alias", "module"} and (found := re.match(rb"(t|typing)\.\w", written)):
            yield "imports.typing", annotation.lineno, start, end, rf"{found[1].decode()}\.", _TYPING
        if house("types.optional") == "union" and re.match(rb"[\w.]+ \| None\b", written):
            yield "types.optional", annotation.lineno, start, end, r"[\w.\[\], ]+\| None", r"(t\.|typing\.)?Optional\["
    for raised in source.all(ast.Raise):
        if isinstance(raised.exc, ast.Call) and raised.exc.args:
            form = house("errors.message")
            if form in {"percent", "format"} and message_form(raised.exc.args[0]) == form:
                yield "errors.message", *_message(text, raised.exc.args[0], form)
    if house("idioms.format") in {"percent", "format"}:
        for built in source.all(ast.BinOp, ast.Call):
            form = text_form(built)
            if form is not None and form == house("idioms.format"):
                yield "idioms.format", *_message(text, built, form)
    if house("tests.assert") == "unittest":
        for call in source.all(ast.Call):
            if last_segment(call.func).startswith("assert") and isinstance(source.parent[call], ast.Expr):
                yield "tests.assert", call.lineno, *text.span(call), r"(yield |await )?self\.assert", r"assert\b"
    yield from _quoted(text, house)


def _message(text: Text, node: ast.expr, form: str) -> tuple[int, int, int, str, str]:
    """Return the place of a text built from values; the wanted form may go on in the next line."""
    mark = r"%[^%]" if form == "percent" else r"\{"
    return node.lineno, *text.span(node), rf"_?\(?[\"'][^\n]*{mark}", r"\(?f[\"']"


def _quoted(text: Text, house) -> Iterable[tuple[str, int, int, int, str, str]]:  # type: ignore[no-untyped-def]
    if house("layout.quotes") == "single":
        for call in text.source.all(ast.Call):
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and text.of(first)[:1] == b"'":
                yield "layout.quotes", first.lineno, *text.span(first), r"'", r'"'
