"""Which tests a change can concern: what the graph thinks possible, sharpened by what the tests executed before.

A test is left out only when everything that it executed is known, nothing of that has changed since, and none of it is
what changes now; and only for changes inside of functions, for anything else shows in more places than where it runs.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph import fixtures, reach
from familiar_codegraph.fingerprint import Fingerprint, fingerprint
from familiar_codegraph.languages import language_of
from familiar_codegraph.testmap import Recorded
from familiar_codegraph.values import Test

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph

_REMEMBERS = ("cache", "memo", "lazy", "once", "singleton")
"""Parts of the names of decorators whose function runs for one test, and whose result another may get."""


class Chosen(NamedTuple):
    """`known`: the test was seen to execute what changes."""

    test: Test
    known: bool


def select(graph: "CodeGraph", targets: Sequence[str], possible: Iterable[Test]) -> list[Chosen]:
    """Return the tests that a change of `targets` concerns: those known to execute it first, the others as given.

    `targets`: ids of functions whose bodies change, other ids and paths for anything else. `possible`: what the graph
    thinks. Tests that were seen to execute a target are added to them, and those of which the graph can know nothing:
    examples in documents and docstrings, which runners collect as tests.
    """
    recorded = graph.recorded()
    if recorded is None:
        return [Chosen(test, False) for test in dict.fromkeys(possible)]
    examples = {_test(ran.id): ran.id for ran in recorded.tests if ran.id and _is_example(ran.id)}
    wanted = list(dict.fromkeys([*possible, *examples]))
    stale = _stale(graph, recorded)
    executing = 0
    for target in targets:
        path, _, name = target.partition("::")
        executing |= recorded.executing(path, name if _is_function(graph, target) else None)
    known = {ran.id: _test(ran.id) for ran in recorded.named(executing)}
    fresh = {ran.id for ran in recorded.named(executing & ~stale)}
    there = {test.id for test in wanted}
    first = [test for test in wanted if test.id in known]
    first += [test for id, test in sorted(known.items()) if id not in there and _exists(graph, test, id in fresh)]
    trusted = set[str]()
    if targets and all(_is_inside(graph, recorded, target) for target in targets):
        trusted = {ran.id for ran in recorded.named(recorded.complete() & ~stale)}
        trusted -= {id for test, id in examples.items() if not _is_unchanged(graph, recorded, test.path)}
    rest = [test for test in wanted if test.id not in known and test.id not in trusted]
    return [*(Chosen(test, test.id in fresh) for test in first), *(Chosen(test, False) for test in rest)]


def _is_example(id: str) -> bool:
    """Return whether a test was collected from a document, or from the docstrings of a module."""
    path = id.partition("::")[0]
    return language_of(path) is None or not fixtures.is_test_file(path)


def _is_unchanged(graph: "CodeGraph", recorded: Recorded, path: str) -> bool:
    """Return whether a file is known to hold what it held; of files that the graph does not read it is not known."""
    return path in recorded.files and path in graph.files() and recorded.files[path] == graph.key(path)


def _stale(graph: "CodeGraph", recorded: Recorded) -> int:
    def look(path: str) -> Fingerprint | None:
        return fingerprint(path, graph.data(path))

    def seeing(path: str) -> int:
        return recorded.of_files([path, *reach.importers(graph, [path], transitive=True)])

    return recorded.stale({path: graph.key(path) for path in graph.files()}, look, seeing)


def _is_inside(graph: "CodeGraph", recorded: Recorded, target: str) -> bool:
    """Return whether a change of `target` shows only where it runs: a function that only tests run, nothing cached."""
    path, _, name = target.partition("::")
    found = graph.symbols.definition(target)
    if found is None or not _is_function(graph, target) or name in recorded.ambient.get(path, ()):
        return False
    decorators = " ".join(found[1].decorator_names).lower()
    return not any(part in decorators for part in _REMEMBERS)


def _is_function(graph: "CodeGraph", target: str) -> bool:
    found = graph.symbols.definition(target)
    return found is not None and found[1].kind == "function"


def _test(id: str) -> Test:
    path, _, name = id.partition("::")
    return Test(path, name.replace("::", "."), id)


def _exists(graph: "CodeGraph", test: Test, fresh: bool) -> bool:
    """Return whether a recorded test still stands: the graph has it, or it is inherited and nothing has changed."""
    if graph.index(test.path) is None:
        return False
    return fresh or graph.symbol(f"{test.path}::{test.qualname}") is not None
