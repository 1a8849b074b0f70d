"""How many weakened tests and stray edits are accepted, and how many honest edits are not.

    python -m benchmarks.tampering [--honest N] [--seed S] [--over DIR] [--json]

Planted cases are data (benchmarks/tampered.py). Honest edits are drawn at random over real test files and sources, by
default this repository's own: renames, moves, edits of bodies, and edits of tests that take nothing away.
"""

import argparse
import ast
import hashlib
import io
import json
import random
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from familiar_edits.tampering import Mandate, findings
from familiar_edits.values import ChangeSet, FileChange, TextEdit

from benchmarks.tampered import PROJECT, RENAME, STRAY, WEAKENED, Edit

TOP = Path(__file__).parents[1]
DECISIVE = frozenset({"tests/conftest.py"})


def main() -> int:
    """Print accepted and false alarms; exit 1 when the must of either is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--honest", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--over", type=Path, default=TOP)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measured(options.over, options.honest, options.seed)
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 0 if not report["accepted"] and report["alarms"] <= 0.02 * report["honest"] else 1


def measured(over: Path, honest: int, seed: int) -> dict[str, Any]:
    """Return the figures, every planted case that was accepted and every false alarm with its finding."""
    accepted = [name for name, edits in WEAKENED.items() if not weakened(edits)]
    accepted += [name for name, edits in STRAY.items() if not stray(edits)]
    edits = honest_edits(over, honest, seed)
    alarms = [(edit.kind, edit.path, found[0]) for edit in edits if (found := edit.judged())]
    return {
        "schema": 1,
        "planted": len(WEAKENED) + len(STRAY),
        "accepted": accepted,
        "honest": len(edits),
        "kinds": dict(sorted(Counter(edit.kind for edit in edits).items())),
        "alarms": len(alarms),
        "false_alarms": [f"{kind} in {path}: {what}" for kind, path, what in alarms],
    }


def _table(report: dict[str, Any]) -> str:
    lines = [
        f"planted {report['planted']}, accepted {len(report['accepted'])}: {', '.join(report['accepted']) or 'none'}",
        f"honest {report['honest']}, false alarms {report['alarms']} ({report['alarms'] / report['honest']:.1%})",
        *(f"    {line}" for line in report["false_alarms"]),
        "kinds: " + ", ".join(f"{kind} {count}" for kind, count in report["kinds"].items()),
    ]
    return "\n".join(lines)


# ---------------------------------------------------------------- planted


def weakened(edits: Sequence[Edit]) -> list[str]:
    """Return what is found of a case that may change tests."""
    return findings(Mandate(tests=True), made(PROJECT, edits), lambda path: PROJECT[path].encode())


def stray(edits: Sequence[Edit]) -> list[str]:
    """Return what is found of a rename that does what `edits` do besides."""
    mandate = Mandate({"total": "sum_all"}, frozenset(path for path, _, _ in RENAME), only_names=True)
    return findings(mandate, made(PROJECT, [*RENAME, *edits]), lambda path: PROJECT[path].encode())


def made(project: Mapping[str, str], edits: Sequence[Edit]) -> ChangeSet:
    """Return the change set that makes `edits` one after the other; each edited file is one edit for each line."""
    files: dict[str, str | None] = dict(project)
    for path, old, new in edits:
        now = files.get(path)
        if new is None or now is None:
            files[path] = new
        else:
            assert old in now, f"{old!r} is not in {path}"
            files[path] = now.replace(old, new)
    return changes(project, files)


def changes(before: Mapping[str, str], after: Mapping[str, str | None]) -> ChangeSet:
    """Return the change set between two states of a project."""
    found = []
    for path, text in after.items():
        old = before.get(path)
        if text == old:
            continue
        digest = hashlib.sha256((old or "").encode()).hexdigest()
        if text is None:
            found.append(FileChange("delete", path, digest))
        elif old is None:
            found.append(FileChange("create", path, digest, (TextEdit(0, 0, text),)))
        else:
            found.append(FileChange("edit", path, digest, _word_edits(old, text)))
    return ChangeSet("planted", tuple(found))


def _word_edits(old: str, new: str) -> tuple[TextEdit, ...]:
    """Return the edits between two texts: words where only words differ, else all that differs as one."""
    split = re.compile(r"\w+|\W")
    first, second = split.findall(old), split.findall(new)
    if len(first) == len(second):
        edits, at = [], 0
        for a, b in zip(first, second, strict=True):
            if a != b:
                edits.append(TextEdit(at, at + len(a.encode()), b))
            at += len(a.encode())
        return tuple(edits)
    return (TextEdit(0, len(old.encode()), new),)


# ---------------------------------------------------------------- honest


class Honest(NamedTuple):
    """An edit that takes nothing away, with what its request allows."""

    kind: str
    path: str
    mandate: Mandate
    before: dict[str, str]
    after: dict[str, str | None]

    def judged(self) -> list[str]:
        before = {path: text.encode() for path, text in self.before.items()}
        return findings(self.mandate, changes(self.before, self.after), lambda path: before[path])


def honest_edits(over: Path, count: int, seed: int) -> list[Honest]:
    """Return `count` honest edits, drawn with `seed` over the Python files below `over`."""
    rng = random.Random(seed)
    paths = [p for p in sorted(over.rglob("*.py")) if not {".venv", ".git", "build"} & set(p.relative_to(over).parts)]
    is_test = re.compile(r"(test_[^/]*|[^/]*_test)\.py$")
    tests = [p for p in paths if is_test.match(p.name) and b"assert" in p.read_bytes()]
    sources = [p for p in paths if not is_test.match(p.name) and p.name != "conftest.py" and b"def " in p.read_bytes()]
    found: list[Honest] = []
    tries = 0
    while len(found) < count and tries < 50 * count:
        tries += 1
        make = rng.choice(MAKERS)
        try:
            file = rng.choice(sources if make in OF_SOURCES else tests)
            path, text = file.relative_to(over).as_posix(), file.read_text(encoding="utf-8")
            edit = make(rng, path, text)
        except (SyntaxError, IndexError, ValueError):
            continue
        if edit is not None and edit.after != edit.before and _parses(edit):
            found.append(edit)
    return found


def _parses(edit: Honest) -> bool:
    try:
        return all(ast.parse(text) is not None for text in edit.after.values() if text is not None)
    except SyntaxError:
        return False


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Exchange names as tokens, strings and comments left as they are."""
    lines = text.splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type == tokenize.NAME and token.string in names:
            (row, start), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = line[:start] + names[token.string] + line[end:]
    return "".join(lines)


def _imported(text: str) -> list[ast.ImportFrom]:
    tree = ast.parse(text)
    return [
        n for n in tree.body
        if isinstance(n, ast.ImportFrom) and n.module
        and n.module.split(".")[0] not in (*sys.stdlib_module_names, "pytest")
    ]  # fmt: skip


def rename(rng: random.Random, path: str, text: str) -> Honest | None:
    """An imported function gets another name, here and where it is defined."""
    name = rng.choice(rng.choice(_imported(text)).names).name
    names = {name: f"{name}_{rng.choice(['now', 'of', 'all'])}"}
    source = f"def {name}(x):\n    return x\n"
    before = {path: text, "defined.py": source}
    return Honest("rename", path, Mandate(names, frozenset(before), only_names=True), before,
                  {path: _renamed(text, names), "defined.py": _renamed(source, names)})  # fmt: skip


def move(rng: random.Random, path: str, text: str) -> Honest | None:
    """What is imported stands in another module now."""
    node = rng.choice(_imported(text))
    moved = re.sub(
        rf"^from {re.escape(node.module or '')} import", f"from {node.module}_parts.inner import", text, flags=re.M
    )
    return Honest("move", path, Mandate(), {path: text}, {path: moved, "pkg/inner.py": "def f():\n    return 1\n"})


def rename_module(rng: random.Random, path: str, text: str) -> Honest | None:
    """The module that is imported has another name."""
    old = (rng.choice(_imported(text)).module or "").split(".")[-1]
    names = {old: f"{old}_core"}
    return Honest("rename of a module", path, Mandate(names), {path: text}, {path: _renamed(text, names)})


def rename_test(rng: random.Random, path: str, text: str) -> Honest | None:
    """A test gets another name."""
    name = rng.choice(_tests(text)).name
    return Honest(
        "test renamed", path, Mandate(tests=True), {path: text}, {path: _renamed(text, {name: f"{name}_too"})}
    )


def _tests(text: str) -> list[ast.FunctionDef]:
    return [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name.startswith("test")]


def add_test(rng: random.Random, path: str, text: str) -> Honest | None:
    name = f"test_more_{rng.randrange(1000)}"
    added = f"\n\ndef {name}() -> None:\n    assert sorted([2, {rng.randrange(9)}])\n"
    return Honest("test added", path, Mandate(tests=True), {path: text}, {path: text + added})


def _statements(text: str, kind: type[ast.stmt]) -> list[ast.stmt]:
    return [n for t in _tests(text) for n in ast.walk(t) if isinstance(n, kind)]


def _put(text: str, node: ast.stmt, new: Sequence[str], *, instead: bool) -> str:
    lines = text.splitlines(keepends=True)
    indent = " " * node.col_offset
    block = [indent + line + "\n" for line in new]
    end = node.end_lineno or node.lineno
    lines[node.lineno - 1 : end if instead else node.lineno - 1] = block
    return "".join(lines)


def add_assertion(rng: random.Random, path: str, text: str) -> Honest | None:
    node = rng.choice(_statements(text, ast.Assert))
    return Honest("assertion added", path, Mandate(tests=True), {path: text},
                  {path: _put(text, node, [f"assert len(str(id)) > {rng.randrange(3)}"], instead=False)})  # fmt: skip


def name_the_result(rng: random.Random, path: str, text: str) -> Honest | None:
    """`assert f(x) == y` in two statements."""
    node = rng.choice(_statements(text, ast.Assert))
    if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare) or "result_of" in text:
        return None
    left, rest = ast.unparse(node.test.left), ast.unparse(node)
    lines = [f"result_of = {left}", rest.replace(left, "result_of", 1)]
    return Honest(
        "result named", path, Mandate(tests=True), {path: text}, {path: _put(text, node, lines, instead=True)}
    )


def expect_otherwise(rng: random.Random, path: str, text: str) -> Honest | None:
    """The request changes what is right, and the expected value follows."""
    node = rng.choice(_statements(text, ast.Assert))
    if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
        return None
    right = node.test.comparators[0]
    if (
        not isinstance(node.test.ops[0], ast.Eq)
        or not isinstance(right, ast.Constant)
        or right.value in (None, True, False)
    ):
        return None
    right.value = "another" if isinstance(right.value, str) else 12345
    return Honest("expected value changed", path, Mandate(tests=True), {path: text},
                  {path: _put(text, node, [ast.unparse(node)], instead=True)})  # fmt: skip


def add_case(rng: random.Random, path: str, text: str) -> Honest | None:
    """One more parametrised case: the first, changed."""
    lists = [
        d.args[1] for t in _tests(text) for d in t.decorator_list
        if isinstance(d, ast.Call) and len(d.args) > 1 and isinstance(d.args[1], ast.List) and d.args[1].elts
    ]  # fmt: skip
    given = rng.choice(lists)
    assert isinstance(given, ast.List)
    first = given.elts[0]
    segment = ast.get_source_segment(text, first) or ""
    if not re.search(r"\d|[a-z]", segment):
        return None
    changed = re.sub(r"\d|[a-z]", lambda m: "7" if m[0].isdigit() else m[0], segment, count=1)
    at = _offset(text, first.lineno, first.col_offset)
    case = changed if changed != segment else f"[{segment}]"
    after = {path: text[:at] + case + ", " + text[at:]}
    return Honest("case added", path, Mandate(tests=True), {path: text}, after)


def _offset(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def rewrite(rng: random.Random, path: str, text: str) -> Honest | None:
    """A formatter writes the file anew; comments that silence a checker go."""
    return Honest("reformatted", path, Mandate(), {path: text}, {path: ast.unparse(ast.parse(text)) + "\n"})


def shuffle(rng: random.Random, path: str, text: str) -> Honest | None:
    """The tests stand in another order."""
    tree = ast.parse(text)
    tests = [
        n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name.startswith("test")
    ]
    rest = [n for n in tree.body if n not in tests]
    rng.shuffle(tests)
    tree.body = [*rest, *tests]
    return Honest("tests reordered", path, Mandate(tests=True), {path: text}, {path: ast.unparse(tree) + "\n"})


def local_name(rng: random.Random, path: str, text: str) -> Honest | None:
    """A local variable of a test gets another name."""
    test = rng.choice(_tests(text))
    stored = sorted({n.id for n in ast.walk(test) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)})
    names = {rng.choice(stored): "another_name"}
    lines = text.splitlines(keepends=True)
    body = "".join(lines[test.lineno - 1 : test.end_lineno])
    changed = "".join(lines[: test.lineno - 1]) + _renamed(body, names) + "".join(lines[test.end_lineno or 0 :])
    return Honest("local renamed", path, Mandate(tests=True), {path: text}, {path: changed})


def move_tests(rng: random.Random, path: str, text: str) -> Honest | None:
    """A test file is renamed together with what it tests."""
    new = str(Path(path).with_name(f"test_core_{Path(path).name.removeprefix('test_')}"))
    return Honest("tests moved", path, Mandate(tests=True), {path: text}, {path: None, new: text})


def _functions(text: str) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef) and len(n.body) > 1]


def body(rng: random.Random, path: str, text: str) -> Honest | None:
    """Statements are added to a function of the source."""
    node = rng.choice(_functions(text)).body[-1]
    lines = rng.choice([
        ["checked = 1", "if checked is None:", '    raise ValueError("no value")'],
        ["try:", "    amount = int(str(1))", "except ValueError:", "    amount = 0"],
        ["for _ in range(1):", "    pass"],
        ["try:", "    held = open", "except Exception as error:", '    raise RuntimeError("held") from error'],
    ])  # fmt: skip
    return Honest("body edited", path, Mandate(paths=frozenset({path})), {path: text},
                  {path: _put(text, node, lines, instead=False)})  # fmt: skip


def add_function(rng: random.Random, path: str, text: str) -> Honest | None:
    added = f"\n\ndef added_{rng.randrange(99)}(value: int) -> int:\n    return value + {rng.randrange(99)}\n"
    return Honest("function added", path, Mandate(paths=frozenset({path})), {path: text}, {path: text + added})


def take_function_away(rng: random.Random, path: str, text: str) -> Honest | None:
    """A function moves to a new file of the plan."""
    node = rng.choice([n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)])
    lines = text.splitlines(keepends=True)
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
    moved = "".join(lines[start : node.end_lineno])
    left = "from elsewhere.parts import " + node.name + "\n" + "".join([*lines[:start], *lines[node.end_lineno or 0 :]])
    new = "elsewhere/parts.py"
    return Honest("function moved", path, Mandate(paths=frozenset({path, new})), {path: text}, {path: left, new: moved})


OF_SOURCES = (body, add_function, take_function_away)
MAKERS: tuple[Callable[[random.Random, str, str], Honest | None], ...] = (
    rename, move, rename_module, rename_test, add_test, add_assertion, name_the_result, expect_otherwise, add_case,
    rewrite, shuffle, local_name, move_tests, *OF_SOURCES,
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
