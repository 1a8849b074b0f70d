"""pytest's fixtures: which function a parameter's name means."""

from familiar_codegraph import calls, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.modules import Found
from familiar_codegraph.names import Target, bound, member
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import UNKNOWN, Types, Value


def is_fixture(row: f.Def) -> bool:
    return any(n.rpartition(".")[2] == "fixture" or n == "pytest.yield_fixture" for n in row.decorator_names)


def is_test(index: FileIndex, row: f.Def) -> bool:
    """Return whether pytest (or unittest) collects this function by its default names."""
    if row.kind != "function" or not index.facts.names[row.name].startswith("test"):
        return False
    scope = index.facts.scopes[row.scope]
    return scope.kind in (f.MODULE_SCOPE, f.CLASS_SCOPE)


def is_test_file(path: str) -> bool:
    """Return whether pytest collects the file by its default names, or unittest would."""
    name = path.rpartition("/")[2]
    return name.startswith("test") or name.endswith("_test.py") or name == "conftest.py" or "tests/" in path


def of_parameter(r: Resolver, index: FileIndex, number: int) -> Target | None:
    """Return the fixture that a parameter of a test or fixture gets, None when it gets none of the repository's."""
    bind = index.facts.binds[number]
    definition = index.facts.scopes[bind.scope].definition
    if definition < 0 or not is_test_file(index.path):
        return None
    row = index.facts.defs[definition]
    if not (is_fixture(row) or is_test(index, row)) or bind.value >= 0:
        return None
    if evaluate.own_class(index, number) is not None:
        return None
    name = index.facts.names[bind.name]
    if _is_argument(index, row, name):
        return None
    if is_fixture(row) and name == index.facts.names[row.name]:  # a fixture that extends the one it overrides
        return find(r, index, -1, name)
    return find(r, index, row.scope, name)


def _is_argument(index: FileIndex, row: f.Def, name: str) -> bool:
    """Return whether `parametrize` gives the parameter its values, which hides a fixture of the same name."""
    head = index.facts.uses[row.use].start
    return any(
        index.facts.strings[use.ref].kind == f.ARGUMENT and row.start <= use.start < head
        for use in (index.facts.uses[u] for u in index.uses_of.get(name, ()))
        if use.role == f.STRING
    )


def find(r: Resolver, index: FileIndex, scope: int, name: str) -> Target | None:
    """Return the fixture `name` as seen from `scope`: its classes, the module, then conftest files outwards."""
    while scope >= 0:
        if (scope, name) in index.binds:
            for target in bound(r, index, scope, name):
                if _fixture(r, target):
                    return target
        scope = index.facts.scopes[scope].parent
    folder = index.path.rpartition("/")[0]
    while True:
        path = f"{folder}/conftest.py" if folder else "conftest.py"
        if path != index.path and r.file(path) is not None:
            for target in member(r, Found(path), name):
                if _fixture(r, target):
                    return target
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def _fixture(r: Resolver, target: Target) -> f.Def | None:
    index = r.file(target.path) if target.kind == "symbol" else None
    scope = index.scope_of.get(target.scope, -1) if index else -1
    if index is None or scope < 0:
        return None
    for number in index.binds.get((scope, target.name), ()):
        bind = index.facts.binds[number]
        if bind.kind == f.DEFINE and is_fixture(index.facts.defs[bind.value]):
            return index.facts.defs[bind.value]
    return None


def value(r: Resolver, fixture: Target) -> Types:
    """Return what a test gets from a fixture."""
    row, index = _fixture(r, fixture), r.file(fixture.path)
    if row is None or index is None:
        return UNKNOWN
    function = Value("function", index.path, index.facts.scopes[row.inner].qualname)
    types = calls.function_result(r, function)
    return evaluate.iterated(r, types) if row.is_generator else types
