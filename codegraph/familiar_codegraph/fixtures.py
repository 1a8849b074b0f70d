"""pytest's fixtures: which function a parameter's name means."""

import re
from collections.abc import Iterator

from familiar_codegraph import calls, classes, containers, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.modules import Found
from familiar_codegraph.names import Target, bound, member
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import UNKNOWN, Types, Value, made

_ECMA_TEST = re.compile(r"(?:^|/)(?:__tests__|tests?|spec)/|(?:\.test|\.spec|(?:^|/)test[^/]*)\.[cm]?[jt]sx?$")


def is_fixture(row: f.Def) -> bool:
    return any(n.rpartition(".")[2] == "fixture" or n == "pytest.yield_fixture" for n in row.decorator_names)


def is_test(index: FileIndex, row: f.Def) -> bool:
    """Return whether pytest (or unittest) collects this function by its default names; of JavaScript: `it(...)`."""
    if row.kind == "test":
        return True
    if row.kind != "function" or not index.facts.names[row.name].startswith("test"):
        return False
    scope = index.facts.scopes[row.scope]
    return scope.kind in (f.MODULE_SCOPE, f.CLASS_SCOPE)


def is_test_file(path: str) -> bool:
    """Return whether pytest collects the file by its default names, or unittest (or jest, vitest, mocha) would."""
    name = path.rpartition("/")[2]
    if reads(path):
        return bool(_ECMA_TEST.search(path))
    if name.endswith(".ipynb"):
        return False
    return name.startswith("test") or name.endswith("_test.py") or name == "conftest.py" or "tests/" in path


def of_parameter(r: Resolver, index: FileIndex, number: int) -> Target | None:
    """Return the fixture that a parameter of a test or fixture gets, None when it gets none of the repository's."""
    bind = index.facts.binds[number]
    definition = index.facts.scopes[bind.scope].definition
    if definition < 0 or index.is_ecma or not is_test_file(index.path):
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
    return find(r, *_requesting(r, index, row.scope), name)


def _own_class(index: FileIndex, scope: int) -> Value | None:
    is_class = index.facts.scopes[scope].kind == f.CLASS_SCOPE
    return Value("class", index.path, index.facts.scopes[scope].qualname) if is_class else None


def _requesting(r: Resolver, index: FileIndex, scope: int) -> tuple[FileIndex, int]:
    """Return where pytest starts to look: at the class whose test is run, which may have inherited the function."""
    own = _own_class(index, scope)
    if isinstance(r.context, Value) and own in classes.mro(r, r.context):
        home = r.file(r.context.path)
        if home is not None:
            return home, home.scope_of.get(r.context.name, -1)
    return index, scope


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
        for home, inner in _with_bases(r, index, scope):
            if (inner, name) in home.binds:
                for target in bound(r, home, inner, name):
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


def _with_bases(r: Resolver, index: FileIndex, scope: int) -> Iterator[tuple[FileIndex, int]]:
    """Yield the scope, and of a class those that it inherits from."""
    own = _own_class(index, scope)
    if own is None:
        yield index, scope
        return
    for entry in classes.mro(r, own):
        home = r.file(entry.path) if entry.kind == "class" else None
        if home is not None and entry.name in home.scope_of:
            yield home, home.scope_of[entry.name]


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


def value(r: Resolver, index: FileIndex, number: int) -> Types | None:
    """Return what a parameter gets from its fixture, None when it gets none.

    A fixture that the test's class inherits is worked out for that class: it may override what the fixture needs.
    """
    target = of_parameter(r, index, number)
    if target is None:
        return _request(r, index, number)
    row, home = _fixture(r, target), r.file(target.path)
    if row is None or home is None:
        return UNKNOWN
    function = Value("function", home.path, home.facts.scopes[row.inner].qualname)
    own = _own_class(index, index.facts.defs[index.facts.scopes[index.facts.binds[number].scope].definition].scope)
    before, r.context = r.context, r.context if r.context is not None else own
    try:
        types = calls.function_result(r, function)
        return containers.iterated(r, types) if row.is_generator else types
    finally:
        r.context = before


def _request(r: Resolver, index: FileIndex, number: int) -> Types | None:
    """`request` of a fixture with `params`: its `param` is one of them."""
    bind = index.facts.binds[number]
    definition = index.facts.scopes[bind.scope].definition
    if index.facts.names[bind.name] != "request" or definition < 0:
        return None
    decorators = index.facts.defs[definition].decorators
    for use in (index.facts.uses[u] for u in index.uses_of.get("params", ())):
        if use.role == f.KEYWORD and use.ref in decorators and use.extra:
            given = containers.iterated(r, evaluate.expression(r, index, use.extra - 1))
            return made("pytest.FixtureRequest", given)
    return None
