"""What reaches what: imports between files, and tests that can reach a symbol."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from familiar_codegraph import classes, fixtures, selection
from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.symbols import module_names
from familiar_codegraph.types import Value
from familiar_codegraph.values import Symbol, Test

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph

_MAX_SYMBOLS = 400


def imported_files(graph: "CodeGraph", path: str, row: f.Import) -> list[str]:
    """Return the files that an import runs: the module, the packages above it, and a submodule that it names."""
    found = graph.target_file(path, row)
    if reads(path):
        return [found.path] if found else []
    if found is None and row.name == "" and not row.alias:
        found = graph.modules.absolute(row.module.partition(".")[0], path)
    out = [found.path] if found and not found.package else []
    if found and row.name not in ("", "*"):
        inner = graph.modules.submodule(found, row.name)
        out += [inner.path] if inner and not inner.package else []
    parts = row.module.split(".") if row.module and not row.level else []
    for length in range(1, len(parts)):
        above = graph.modules.absolute(".".join(parts[:length]), path)
        out += [above.path] if above and not above.package else []
    return list(dict.fromkeys(out))


def imports(graph: "CodeGraph") -> dict[str, list[str]]:
    """Return for each file the files that import it, sorted."""
    return graph.resolver.once("", "imports", lambda: _imports(graph), {})


def _imports(graph: "CodeGraph") -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in graph.files():
        summary = graph.summary(path)
        for row in summary.imports if summary else ():
            for target in imported_files(graph, path, row):
                found[target].add(path)
    return {path: sorted(importers - {path}) for path, importers in sorted(found.items())}


def importers(graph: "CodeGraph", paths: Sequence[str], *, transitive: bool) -> list[str]:
    """Return the files that import one of `paths`; a conftest.py is imported by the tests below its folder."""
    known = imports(graph)
    found: dict[str, None] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        above = list(known.get(path, ()))
        if path.rpartition("/")[2] == "conftest.py":
            below = path.removesuffix("conftest.py")
            above += [p for p in graph.files() if fixtures.is_test_file(p) and p.startswith(below)]
        for importer in above:
            if importer not in found and importer not in paths:
                found[importer] = None
                if transitive:
                    waiting.append(importer)
    return sorted(found)


def export_aliases(graph: "CodeGraph", symbol: Symbol) -> list[str]:
    """Return the names other than its own under which files of JavaScript import a symbol, also through re-exports."""
    names = module_names(symbol.path) if symbol.kind == "module" else [symbol.name]
    first = ["", "export=", "default"] if symbol.kind == "module" else [*names, *_exported_as(graph, symbol)]
    found: dict[str, None] = {}
    seen = {(symbol.path, name) for name in first}
    waiting = sorted(seen)
    while waiting and len(seen) < _MAX_SYMBOLS * 10:
        path, name = waiting.pop()
        for importer in imports(graph).get(path, ()):
            for row in _rows(graph, importer):
                same = row.name == name or (row.name == "*" and name not in ("", "default"))
                target = graph.target_file(importer, row) if same else None
                if target is None or target.path != path:
                    continue
                local = name if row.name == "*" else row.alias or row.name
                found[local] = None
                further = {local, *(r.alias for r in _rows(graph, importer) if not r.module and r.name == local)}
                for entry in sorted({(importer, n) for n in further if n} - seen):
                    seen.add(entry)
                    waiting.append(entry)
    return sorted(n for n in found if n and n not in names and n not in ("default", "export="))


def _rows(graph: "CodeGraph", path: str) -> Sequence[f.Import]:
    summary = graph.summary(path)
    return summary.imports if summary else ()


def _exported_as(graph: "CodeGraph", symbol: Symbol) -> list[str]:
    """Return the names under which a symbol's own file exports it, apart from its own."""
    found = [row.alias for row in _rows(graph, symbol.path) if not row.module and row.name == symbol.name]
    index = graph.index(symbol.path)
    if index is not None and (0, "export=") in index.binds:
        found += ["export=", "default"]
    return found


def import_places(graph: "CodeGraph", path: str) -> list[tuple[str, int, int]]:
    """Return the names in import statements that stand for the module `path`."""
    places: set[tuple[str, int, int]] = set()
    for importer in importers(graph, [path], transitive=False):
        index = graph.index(importer)
        if index is None:
            continue
        for number, use in enumerate(index.facts.uses):
            if use.role in (f.MODULE, f.IMPORTED):
                row = index.facts.imports[use.ref]
                last = use.role == f.IMPORTED or index.is_ecma or use.extra == row.module.count(".")
                if last and path in imported_files(graph, importer, row)[:2]:
                    from familiar_codegraph.occurrences import meaning

                    if path in meaning(graph.resolver, index, number).targets:
                        places.add((importer, use.start, use.end))
    return sorted(places)


# ---------------------------------------------------------------- tests


def tests_in(graph: "CodeGraph", path: str) -> list[Test]:
    """Return the tests of a file, in order, and behind them those that its classes inherit."""
    summary, index = graph.summary(path), None
    if summary is not None and fixtures.is_test_file(path) and (summary.tests or not path.endswith("conftest.py")):
        index = graph.index(path)
    if index is None:
        return []
    own = [_test(index, row) for row in index.facts.defs if fixtures.is_test(index, row)]
    return [*own, *_inherited(graph, index)]


def _inherited(graph: "CodeGraph", index: FileIndex) -> list[Test]:
    """Return the tests of a file's classes that stand in their bases, and those that the file imports: pytest calls
    them by the class that inherits, and by the file that imports."""
    found: dict[Test, None] = {}
    for row in index.facts.defs:
        if row.kind == "class" and row.bases:
            name = index.facts.scopes[row.inner].qualname
            own = index.members.get(row.inner, ())
            for member in _members(graph, Value("class", index.path, name)):
                if member not in own:
                    found[_called(index.path, f"{name}.{member}")] = None
    for brought in index.facts.imports:
        local = brought.alias or brought.name
        if brought.scope != 0 or not local.startswith(("Test", "test")):
            continue
        symbol = graph.lookup(index.path, index.facts.scopes[0].end, local)
        if isinstance(symbol, Symbol) and symbol.kind == "function":
            found[_called(index.path, local)] = None
        elif isinstance(symbol, Symbol) and symbol.kind == "class":
            members = _members(graph, Value("class", symbol.path, symbol.qualname))
            found.update({_called(index.path, f"{local}.{member}"): None for member in members})
    return list(found)


def _members(graph: "CodeGraph", cls: Value) -> list[str]:
    """Return the names of a test class's tests, its bases' too; none of a class that is not collected."""
    order = classes.mro(graph.resolver, cls)
    if not cls.name.rpartition(".")[2].startswith("Test") and not any(b.name.endswith("TestCase") for b in order):
        return []
    found: dict[str, None] = {}
    for base in order:
        home = graph.index(base.path) if base.kind == "class" else None
        names = home.members.get(home.scope_of.get(base.name, -1), ()) if home else ()
        found.update({name: None for name in names if name.startswith("test")})
    return list(found)


def _called(path: str, qualname: str) -> Test:
    return Test(path, qualname, f"{path}::{qualname.replace('.', '::')}")


def _test(index: FileIndex, row: f.Def) -> Test:
    qualname = index.facts.scopes[row.inner].qualname.partition("#")[0]
    return _called(index.path, qualname)


def place(graph: "CodeGraph", test: Test) -> list[tuple[str, int, int]]:
    """Return where a test's name stands."""
    return graph.symbols.places(f"{test.path}::{test.qualname}")[:1]


def tests_reaching(graph: "CodeGraph", ids: Sequence[str]) -> list[Test]:
    """Return the tests that mention one of the symbols, or something that does, and so on; nearest first."""
    found: dict[Test, None] = {}
    waiting = list(ids)
    for id in ids:
        definition = graph.symbols.definition(id)
        waiting += _implied(*definition) if definition else []
    seen = set(waiting)
    while waiting and len(seen) < _MAX_SYMBOLS:
        id = waiting.pop(0)
        for path, start, verdict in _mentions(graph, id):
            index = graph.index(path)
            row = enclosing(index, start) if index else None
            if index is None or (row is None and not fixtures.is_test_file(path)):
                continue
            if row is None:
                continue
            if fixtures.is_test_file(path) and fixtures.is_test(index, row):
                found[_test(index, row)] = None
                continue
            above = f"{path}::{index.facts.scopes[row.inner].qualname}"
            for reached in (above, *_implied(index, row)):
                if reached not in seen and verdict == "yes":
                    seen.add(reached)
                    waiting.append(reached)
    return list(found)


def _implied(index: FileIndex, row: f.Def) -> list[str]:
    """Return what runs a method without a mention of its name: whoever makes its class, for `__init__` and the like."""
    name, scope = index.facts.names[row.name], index.facts.scopes[row.scope]
    is_special = name.startswith("__") and name.endswith("__") and scope.kind == f.CLASS_SCOPE
    return [f"{index.path}::{scope.qualname}"] if is_special else []


def _mentions(graph: "CodeGraph", id: str) -> list[tuple[str, int, str]]:
    return [(a.path, a.start, a.verdict) for a in graph.references_of(id) if a.via not in ("ambiguous",)]


def enclosing(index: FileIndex, offset: int) -> f.Def | None:
    """Return the innermost function or class around `offset`, its decorators included."""
    best: f.Def | None = None
    for row in index.facts.defs:
        if row.start <= offset < row.end and (best is None or row.start >= best.start):
            best = row
    return best


def tests_for(graph: "CodeGraph", targets: Sequence[str]) -> tuple[Test, ...]:
    """See `CodeGraph.tests_for`."""
    return tuple(chosen.test for chosen in selection.select(graph, targets, possible_tests(graph, targets)))


def possible_tests(graph: "CodeGraph", targets: Sequence[str]) -> list[Test]:
    """Return the tests that the graph alone thinks possible, nearest first: by mentions, then by imports of files."""
    ids = [t for t in targets if "::" in t]
    paths = [t.partition("::")[0] for t in targets]
    found = dict.fromkeys(tests_reaching(graph, ids)) if ids else {}
    for path in [*dict.fromkeys(paths), *importers(graph, paths, transitive=True)]:
        found.update(dict.fromkeys(tests_in(graph, path)))
    return list(found)
