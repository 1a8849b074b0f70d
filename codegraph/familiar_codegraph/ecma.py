"""What expressions of JavaScript and TypeScript evaluate to, beyond what every language shares with `evaluate`.

Values are the same; what the language itself brings has names that start with `js.`: `made("js.Array", element)`.
A declared type counts alone, as for the TypeScript compiler: not what happens to be assigned.
"""

from collections.abc import Callable, Sequence
from functools import partial

from familiar_codegraph import attributes, calls, classes, ecma_calls, evaluate, names
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.flow import is_overloaded, reaching, same_run
from familiar_codegraph.globals import GLOBALS, ITERABLES, PRIMITIVES, SAME, TYPE_FUNCTIONS
from familiar_codegraph.modules import Found, Modules
from familiar_codegraph.names import Target
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import NOTHING, OUTSIDE, UNKNOWN, Types, Value, made, one, union

_LITERALS = (made("js.String"), made("js.Number"), made("js.Boolean"), NOTHING, made("js.RegExp"), OUTSIDE)
_TYPED = (".ts", ".tsx", ".mts", ".cts")
COMPONENTS = frozenset({"FC", "FunctionComponent", "VFC", "ComponentType", "ComponentClass"})


def expression(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """Return what an expression evaluates to whose shape is one of these languages'; of a type, what it declares."""
    return _CASES[row.op](r, index, row)


def _scope_value(kind: str) -> Callable[[Resolver, FileIndex, f.Expr], Types]:
    def value(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
        via = "self" if row.op == f.SELF else "inferred"
        return one(Value(kind, index.path, index.facts.scopes[row.b].qualname), via)  # type: ignore[arg-type]

    return value


def each_of(r: Resolver, index: FileIndex, items: Sequence[int]) -> list[Types]:
    return [evaluate.expression(r, index, e) for e in items]


# ---------------------------------------------------------------- names


def ambient(r: Resolver, index: FileIndex, name: str) -> list[Target]:
    """Return what a name means that no scope of the file binds: a declaration of the repository, or the language's."""
    found = [t for t in _declared_globals(r).get(name, ()) if t.path != index.path]
    if len(found) == 1:
        return found
    if name in GLOBALS:
        return [Target("outside", name=f"js.{name}")]
    return found or [names.UNKNOWN_TARGET]


def _declared_globals(r: Resolver) -> dict[str, list[Target]]:
    return r.once("", "globals", lambda: _find_globals(r), {})


def _find_globals(r: Resolver) -> dict[str, list[Target]]:
    """Collect what .d.ts files declare for all files: those that are no modules, and `declare global`."""
    found: dict[str, list[Target]] = {}
    for path in r.modules.es.ambient if isinstance(r.modules, Modules) else ():
        index = r.file(path)
        for scope, name in index.binds if index is not None else ():
            assert index is not None
            qualname = index.facts.scopes[scope].qualname
            if (scope == 0 and index.facts.exports is None) or qualname.partition("#")[0] == "<global>":
                found.setdefault(name, []).append(Target("symbol", path, qualname, name))
    return found


def variable(r: Resolver, index: FileIndex, use: f.Use, binds: Sequence[int]) -> Types:
    """Return what a name of the file holds at `use`."""
    rows = [index.facts.binds[b] for b in binds]
    declared = any(row.annotation >= 0 or row.kind in (f.DEFINE, f.PARAMETER) for row in rows)
    first = rows[0]
    typed = index.path.endswith(_TYPED) and first.kind == f.ASSIGN and first.value >= 0
    if not declared and not typed and same_run(index, use) and not is_overloaded(index, binds):
        binds = reaching(index, binds, use)
    return bound(r, index, binds)


def bound(r: Resolver, index: FileIndex, binds: Sequence[int]) -> Types:
    """Return what binds of one name give it together; as a value, not as a type."""
    facts, binds = index.facts, names.without_titles(index, binds)
    rows = [facts.binds[b] for b in binds if facts.binds[b].kind not in (f.AUGMENT, f.DELETE, f.TYPE_PARAMETER)]
    for row in rows:
        if row.annotation >= 0:
            return evaluate.expression(r, index, row.annotation)._replace(via="annotation")
    if any(row.kind in (f.DEFINE, f.IMPORT) for row in rows):  # `exports.f = f` says nothing new
        rows = [row for row in rows if row.kind != f.MEMBER]
    parts = [types for row in rows if (types := _bind(r, index, row, rows)) is not None]
    if not parts:
        return UNKNOWN
    if index.path.endswith(_TYPED) and rows[0].kind == f.ASSIGN and parts[0].values:
        return parts[0]  # the type of what it is declared with
    return union(parts)


def _bind(r: Resolver, index: FileIndex, row: f.Bind, rows: Sequence[f.Bind]) -> Types | None:
    if row.kind == f.DEFINE:
        return defined(r, index, index.facts.defs[row.value], rows)
    if row.kind == f.IMPORT:
        found = names.imported(r, index, index.facts.imports[row.value])
        return union(evaluate.target_types(r, t) for t in found)
    if row.kind == f.PARAMETER:
        return _parameter(r, index, row)
    return evaluate.expression(r, index, row.value)


def _parameter(r: Resolver, index: FileIndex, row: f.Bind) -> Types:
    """A parameter without annotation: what the context expects, or what its default shows."""
    if row.value < 0:
        return made("js.Array", UNKNOWN) if row.extra == f.VAR_POSITIONAL else UNKNOWN
    types = evaluate.expression(r, index, row.value)
    is_expected = index.facts.exprs[row.value].op == f.EXPECTED
    return types if is_expected or index.path.endswith(_TYPED) else types._replace(complete=False)


def defined(r: Resolver, index: FileIndex, row: f.Def, rows: Sequence[f.Bind]) -> Types | None:
    """Return what a definition is as a value; None for types and for what another definition of the name stands for."""
    if row.kind in ("interface", "type"):
        return None
    value = Value("class", index.path, index.facts.scopes[row.inner].qualname if row.inner >= 0 else "")
    defs = [index.facts.defs[b.value] for b in rows if b.kind == f.DEFINE]
    if row.kind in ("class", "enum", "namespace"):
        merged = [d for d in defs if _merges(d)]
        return one(value) if merged[0] == row else None
    overloads = [d for d in defs if "overload" in d.decorator_names]
    if overloads and row not in overloads:
        return None  # callers do not see the implementation
    return one(value._replace(kind="function"))


def _merges(row: f.Def) -> bool:
    return row.kind in ("class", "enum", "namespace")


def siblings(index: FileIndex, row: f.Def) -> list[Value]:
    """Return the other declarations that TypeScript merges with a class, interface, enum or namespace."""
    binds = index.binds.get((row.scope, index.facts.names[row.name]), ())
    rows = [index.facts.defs[b.value] for n in binds if (b := index.facts.binds[n]).kind == f.DEFINE]
    kept = [d for d in rows if d.kind == "interface" or _merges(d)]
    if not kept or kept[0] != row:
        return []
    return [Value("class", index.path, index.facts.scopes[d.inner].qualname) for d in kept[1:]]


# ---------------------------------------------------------------- types


def _type(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """A type by its name."""
    if row.a < 0:
        return UNKNOWN
    shape = index.facts.exprs[row.a]
    found: list[Target] = []
    if shape.op == f.NAME:
        found = names.load(r, index, index.facts.uses[shape.a])
    elif shape.op == f.ATTR:
        name = index.facts.names[index.facts.uses[shape.b].name]
        for value in evaluate.expression(r, index, shape.a).values:
            if value.kind == "module":
                found += names.member(r, Found(value.path), name)
            elif value.kind == "class":
                found += attributes.lookup(r, value, name).targets
            elif value.kind == "outside":
                found.append(Target("outside", name=f"{value.name}.{name}"))
    return union(declared(r, t, lambda: each_of(r, index, row.items)) for t in found) if found else UNKNOWN


def declared(r: Resolver, target: Target, arguments: Callable[[], list[Types]]) -> Types:
    """Return what a place holds that is declared with the type `target`."""
    if target.kind == "outside":
        return outside_type(r, target.name, arguments)
    index = r.file(target.path) if target.kind == "symbol" else None
    scope = index.scope_of.get(target.scope, -1) if index else -1
    if index is None or scope < 0:
        return UNKNOWN
    for number in index.binds.get((scope, target.name), ()):
        row = index.facts.binds[number]
        if row.kind == f.DEFINE:
            definition = index.facts.defs[row.value]
            if definition.kind == "type":
                key = ("alias", target.scope, target.name)
                held = partial(evaluate.expression, r, index, definition.returns)
                return r.once(index.path, key, held, UNKNOWN)
            if definition.kind in ("class", "interface", "enum"):
                return one(Value("instance", index.path, index.facts.scopes[definition.inner].qualname))
        elif row.kind == f.TYPE_PARAMETER:
            return evaluate.expression(r, index, row.annotation)
        elif row.kind == f.ASSIGN and row.annotation < 0:  # a class that a variable holds
            types = evaluate.expression(r, index, row.value)
            kept = tuple(v._replace(kind="instance") for v in types.values if v.kind == "class")
            if kept:
                return Types(kept, types.complete and len(kept) == len(types.values))
    return UNKNOWN


def outside_type(r: Resolver, name: str, arguments: Callable[[], list[Types]]) -> Types:
    last = name.rpartition(".")[2]
    if not name.startswith("js.") or name.count(".") > 1:
        return made(name, *(arguments() if last in COMPONENTS else ()))
    if last in TYPE_FUNCTIONS:
        return _applied(r, last, arguments())
    if last in ITERABLES:
        return made("js.Array", *(arguments()[:1] or [UNKNOWN]))
    if last in ("Map", "ReadonlyMap", "WeakMap"):
        given = arguments()
        return made("js.Map", *given) if len(given) == 2 else made("js.Map", UNKNOWN, UNKNOWN)
    if last in ("Promise", "PromiseLike"):
        return made("js.Promise", *(arguments()[:1] or [UNKNOWN]))
    if last in ("Function", "Object"):
        return UNKNOWN
    return made(name)


def _applied(r: Resolver, name: str, given: list[Types]) -> Types:
    """Types that the language makes of other types."""
    if not given:
        return UNKNOWN
    if name in SAME:
        return given[0]
    if name == "Record":
        return Types((Value("made", name="js.Record", args=(given[-1],)),), False)
    if name == "ReturnType":
        return calls.called(r, given[0])
    if name == "InstanceType":
        kept = tuple(v._replace(kind="instance") for v in given[0].values if v.kind == "class")
        return Types(kept, given[0].complete and len(kept) == len(given[0].values)) if kept else UNKNOWN
    return waited(given[0]) if name == "Awaited" else UNKNOWN


def _intersection(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """A value has the members of every part: the first part that is known, with the others as its `args`."""
    parts = each_of(r, index, row.items)
    known = [t for t in parts if len(t.values) == 1 and t.complete and t.values[0].kind == "instance"]
    if not known:
        return Types(union(parts).values, False)
    first = known[0]
    return one(first.values[0]._replace(args=tuple(t for t in parts if t is not first)))


def _guard(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """What holds of an argument when the function that is called with it says yes."""
    callee = evaluate.expression(r, index, row.a)
    if len(callee.values) != 1 or callee.values[0].kind != "function":
        return UNKNOWN
    found = classes.definition(r, callee.values[0])
    if found is None or found[2].returns < 0 or not found[2].parameters:
        return UNKNOWN
    home, _, test = found
    shape = home.facts.exprs[test.returns]
    tested = home.facts.exprs[shape.items[0]] if shape.op == f.PREDICATE else None
    first = home.facts.binds[test.parameters[0]]
    if tested is None or home.facts.uses[tested.a].name != first.name:
        return UNKNOWN
    return evaluate.expression(r, home, shape.a)


def narrowed(r: Resolver, index: FileIndex, rows: Sequence[f.Narrow], wide: Callable[[], Types]) -> Types | None:
    """Return what the tests that hold say of a name; a type that says more already stays."""
    for row in reversed(rows):
        types = evaluate.expression(r, index, row.type)
        if index.facts.exprs[row.type].op != f.GUARD:
            types = Types(tuple(v._replace(kind="instance") for v in types.values if v.kind == "class"), types.complete)
        if types.values:
            return _both(r, wide(), types)
    return None


def _both(r: Resolver, wide: Types, tested: Types) -> Types:
    """Return what is left of a declared type after a test: the one that is below the other, or what is both."""
    before, after = wide.values, tested.values
    if not wide.complete or len(before) != 1 or len(after) != 1 or before[0].kind != "instance":
        return tested._replace(via="inferred")
    if Value("class", before[0].path, before[0].name) in classes.mro(r, after[0]):
        return tested._replace(via="inferred")
    if Value("class", after[0].path, after[0].name) in classes.mro(r, before[0]):
        return wide
    return one(before[0]._replace(args=(*before[0].args, tested)), wide.via)


def _callable(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    return made("callable", *each_of(r, index, row.items))


def _function(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    types = evaluate.expression(r, index, row.a)
    return made("callable", made("js.Promise", types) if row.b else types)


def _lookup(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    name = index.facts.names[index.facts.uses[row.b].name]
    return attributes.attribute(r, evaluate.expression(r, index, row.a), name)


# ---------------------------------------------------------------- containers and promises


def element(types: Types, position: int = -1) -> Types:
    """Return what an index, a loop or a part of these values gives."""
    parts = []
    for value in types.values:
        if value.kind == "made" and value.name == "js.tuple":
            inside = 0 <= position < len(value.args)
            parts.append(value.args[position] if inside else union(value.args))
        elif value.kind == "made" and value.name == "js.Map":
            parts.append(made("js.tuple", *value.args))
        elif value.kind == "made" and value.name in ("js.Array", "js.Record") and value.args:
            parts.append(value.args[0])
        else:
            parts.append(OUTSIDE if value.name in PRIMITIVES else UNKNOWN)
    return union([*parts, Types((), types.complete)])._replace(via=types.via) if parts else UNKNOWN


def waited(types: Types) -> Types:
    """Return what `await` gives for these values."""
    parts = []
    for value in types.values:
        if value.kind == "made" and value.name in ("js.Promise", "awaitable"):
            parts.append(waited(value.args[0]))
        else:
            parts.append(one(value, types.via))
    return union([*parts, Types((), types.complete)]) if parts else types


def _part(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    types = evaluate.expression(r, index, row.a)
    return element(types, row.b) if row.b >= 0 else made("js.Array", element(types))


def _loaded(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    found = names.imported(r, index, index.facts.imports[row.b])
    return union(evaluate.target_types(r, t) for t in found)


_CASES: dict[int, Callable[[Resolver, FileIndex, f.Expr], Types]] = {
    f.SELF: _scope_value("instance"),
    f.OBJECT: _scope_value("instance"),
    f.CLASS: _scope_value("class"),
    f.NEW: ecma_calls.new,
    f.LITERAL: lambda r, index, row: _LITERALS[row.b],
    f.ARRAY: lambda r, index, row: made("js.Array", union(each_of(r, index, row.items)) if row.items else UNKNOWN),
    f.ELEMENT: lambda r, index, row: element(evaluate.expression(r, index, row.a)),
    f.EACH: lambda r, index, row: element(evaluate.expression(r, index, row.a)),
    f.PART: _part,
    f.WAIT: lambda r, index, row: waited(evaluate.expression(r, index, row.a)),
    f.LOADED: _loaded,
    f.TAKES: ecma_calls.argument,
    f.EXPECTED: ecma_calls.expected,
    f.GIVEN: ecma_calls.given,
    f.PROPS: ecma_calls.props,
    f.TYPE: _type,
    f.UNION: lambda r, index, row: union(each_of(r, index, row.items)),
    f.INTERSECTION: _intersection,
    f.TUPLE: lambda r, index, row: made("js.tuple", *each_of(r, index, row.items)),
    f.CALLABLE: _callable,
    f.QUERY: lambda r, index, row: evaluate.expression(r, index, row.a),
    f.LOOKUP: _lookup,
    f.FUNCTION: _function,
    f.PREDICATE: lambda r, index, row: made("js.Boolean"),
    f.GUARD: _guard,
    f.LATER: lambda r, index, row: made("js.Promise", evaluate.expression(r, index, row.a)),
}
