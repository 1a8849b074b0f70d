"""Which tests a change set concerns, as the runner is given them: single tests where that is known, else whole files.

An edit inside the body of a function concerns the tests that execute the function, as earlier runs recorded it. What
cannot be attributed to a function (module constants, class attributes, signatures, decorators, what runs at import)
concerns every test that imports the file. A test file is divided only when the record and the graph know the same tests
in it; otherwise all of it runs.
"""

import ast
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from familiar_codegraph import facts as f
from familiar_codegraph import fixtures, reach, selection
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import language_of
from familiar_codegraph.testmap import Recorded

from familiar_edits import collected
from familiar_edits.values import ChangeSet, FileChange, Plan, TextEdit
from familiar_edits.verify import is_test_file


def tests_of(root: Path, graph: CodeGraph, plan: Plan, environment: str) -> tuple[str, ...] | None:
    """Return the tests of `plan`, those first that were seen to execute the change; None: all there are.

    `environment` is what the tests would run with now: a record that was made with another one divides no file.
    """
    paths = [change.path for change in plan.changeset.changes]
    bodies = functions_of(graph, plan.changeset)
    whole = _files(root, graph, [*plan.targets, *paths])
    recorded = graph.recorded()
    if bodies is None or recorded is None or recorded.environment != environment:
        return whole or None
    possible = reach.possible_tests(graph, [*bodies, *paths])
    picked = (pick.test for pick in selection.select(graph, bodies, possible))
    chosen = [test for test in picked if _exists(root, graph, test.path)]
    files = dict.fromkeys([*(test.path for test in chosen), *whole])
    divided = {path for path in files if _is_known(graph, recorded, path)}
    tests = dict.fromkeys(test.id if test.path in divided else test.path for test in chosen)
    tests |= dict.fromkeys(path for path in files if path not in divided)
    return tuple(tests) or whole or None


def _files(root: Path, graph: CodeGraph, targets: Sequence[str]) -> tuple[str, ...]:
    """Return the test files that can reach the targets, nearest first.

    Also files that only inherit their tests: they import what is changed, but define no test of their own. And what
    else pytest collects: examples in documents and docstrings.
    """
    reaching = [test.path for test in graph.tests_for(targets)]
    changed = [target for target in targets if "::" not in target]
    seeing = [*changed, *(path for target in changed for path in graph.importers_of(target))]
    own = [path for path in seeing if is_test_file(path)]
    found = dict.fromkeys([*reaching, *own])
    if not any(language_of(path) is not None and fixtures.is_test_file(path) for path in found):
        return ()  # examples alone do not stand for the tests
    if any(path.endswith(".py") for path in changed):
        found |= dict.fromkeys(collected.of(root, set(seeing)))
    return tuple(path for path in found if _exists(root, graph, path))


def _exists(root: Path, graph: CodeGraph, path: str) -> bool:
    """Return whether a file is there: on disk, which a document that was recorded once may not be, or unsaved."""
    return (root / path).is_file() or graph.index(path) is not None


def _is_known(graph: CodeGraph, recorded: Recorded, path: str) -> bool:
    """Return whether the tests that were recorded in a file are those that the graph sees in it: none is made up."""
    ran = {test.id for test in recorded.named(recorded.of_files([path]))}
    return bool(ran) and ran == {test.id for test in reach.tests_in(graph, path)}


def functions_of(graph: CodeGraph, changeset: ChangeSet) -> list[str] | None:
    """Return the functions in whose bodies every edit lies, None when one lies elsewhere."""
    found: dict[str, None] = {}
    for change in changeset.changes:
        ids = list(_of_file(graph, change))
        if change.kind != "edit" or None in ids:
            return None
        found |= dict.fromkeys(id for id in ids if id is not None)
    return list(found)


def _of_file(graph: CodeGraph, change: FileChange) -> Iterator[str | None]:
    index = graph.index(change.path)
    is_shared = fixtures.is_test_file(change.path) and not is_test_file(change.path)
    if index is None or is_shared:
        yield None
        return
    bodies = list(_bodies(graph.data(change.path)))
    for edit in change.text_edits:
        row = _around(index, edit)
        inside = row is not None and any(row.start <= a <= edit.start and edit.end <= b <= row.end for a, b in bodies)
        yield f"{change.path}::{index.facts.scopes[row.inner].qualname}" if row and inside else None


def _around(index: FileIndex, edit: TextEdit) -> f.Def | None:
    """Return the innermost function that holds an edit; None when a class stands between it and the edit."""
    held = [row for row in index.facts.defs if row.start <= edit.start and edit.end <= row.end]
    innermost = max(held, key=lambda row: row.start, default=None)
    return innermost if innermost is not None and innermost.kind == "function" and innermost.inner >= 0 else None


def _bodies(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of the statements of every function, docstrings left out: they can be read without a call."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return
    starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        if body:
            first, last = body[0], body[-1]
            end = starts[(last.end_lineno or last.lineno) - 1] + (last.end_col_offset or 0)
            yield starts[first.lineno - 1] + first.col_offset, end
