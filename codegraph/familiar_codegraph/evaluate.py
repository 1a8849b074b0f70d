"""What expressions evaluate to. Lazy, pure, and never a guess: what is not followed is `UNKNOWN`."""

from collections.abc import Sequence

from familiar_codegraph import attributes, calls, callsites, containers, ecma, fixtures, generics
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.flow import dotted, is_overloaded, is_unbound, reaching, rebound, same_run
from familiar_codegraph.names import Target, load
from familiar_codegraph.outside import BUILTINS, PLAIN_DECORATORS
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import NOTHING, OUTSIDE, UNKNOWN, Types, Value, made, one, union

_WITH_PARTS = frozenset({"tuple", "list", "dict", "set"})
_CONSTANTS = {"None": NOTHING, "ellipsis": OUTSIDE}


def expression(r: Resolver, index: FileIndex, number: int) -> Types:
    """Return what an expression of the file evaluates to."""
    if number < 0:
        return UNKNOWN
    return r.once(index.path, ("expr", number), lambda: _expression(r, index, number), UNKNOWN)


def _expression(r: Resolver, index: FileIndex, number: int) -> Types:
    row = index.facts.exprs[number]
    op = row.op
    if op >= f.ECMA:
        return ecma.expression(r, index, row)
    if op == f.NAME:
        return _name(r, index, row.a)
    if op == f.ATTR:
        use = index.facts.uses[row.b]
        narrowed = _narrowed(r, index, use, dotted(index, number))
        if narrowed is not None:
            return narrowed
        return attributes.attribute(r, expression(r, index, row.a), index.facts.names[use.name])
    if op == f.CALL:
        return calls.result(r, index, number, row)
    if op == f.SUBSCRIPT:
        return containers.subscript(r, index, row)
    if op == f.CONST:
        kind = f.CONST_TYPES[row.b]
        return _CONSTANTS.get(kind) or made(f"builtins.{kind}")
    if op == f.DISPLAY:
        return containers.display(r, index, row)
    if op == f.ALTERNATIVES:
        return union(expression(r, index, e) for e in row.items)
    if op == f.AWAIT:
        return containers.awaited(r, expression(r, index, row.a))
    if op == f.ITERATE:
        return containers.iterated(r, expression(r, index, row.a), bool(row.b))
    if op == f.ITEM:
        return containers.item(r, expression(r, index, row.a), row.b)
    if op == f.ENTER:
        return containers.entered(r, expression(r, index, row.a), bool(row.b))
    if op == f.INSTANCE:
        return containers.instances(expression(r, index, row.a))
    if op in (f.TUPLE_OF, f.DICT_OF):
        inner = containers.annotated(r, index, row.a)
        return made("list", inner) if op == f.TUPLE_OF else made("dict", made("builtins.str"), inner)
    if op == f.SUPER:
        scope = index.enclosing_class(row.a)
        return one(Value("super", index.path, index.facts.scopes[scope].qualname), "base") if scope >= 0 else UNKNOWN
    return UNKNOWN


# ---------------------------------------------------------------- names


def _name(r: Resolver, index: FileIndex, number: int) -> Types:
    use = index.facts.uses[number]
    name = index.facts.names[use.name]
    narrowed = _narrowed(r, index, use, name)
    if narrowed is not None and not any(v.name.rpartition(".")[2] in _WITH_PARTS for v in narrowed.values):
        return narrowed
    wide = _unnarrowed(r, index, use, name)
    return _parts_of(narrowed, wide) if narrowed is not None else wide


def _parts_of(narrowed: Types, wide: Types) -> Types:
    """`isinstance(x, tuple)` says what `x` is, and the types that `x` may have say what is in it."""
    names = {v.name.rpartition(".")[2] for v in narrowed.values}
    names |= {"tuple"} if "list" in names else set()  # a tuple of unknown length is held as a list
    kept = tuple(v for v in wide.values if v.kind == "made" and v.name.rpartition(".")[2] in names)
    return Types(kept, wide.complete, wide.via) if kept else narrowed


def _unnarrowed(r: Resolver, index: FileIndex, use: f.Use, name: str) -> Types:
    binds = index.binds.get((use.ref, name), []) if use.ref >= 0 else []
    if binds and is_unbound(index, use) and name in BUILTINS:
        binds = []
    if binds and all(index.facts.binds[b].kind != f.IMPORT for b in binds):
        if index.is_ecma:
            return ecma.variable(r, index, use, binds)
        if same_run(index, use) and not is_overloaded(index, binds):
            binds = reaching(index, binds, use)
        return bound_types(r, index, binds)
    return union(target_types(r, t) for t in load(r, index, use))


def _narrowed(r: Resolver, index: FileIndex, use: f.Use, key: str) -> Types | None:
    """Return what `isinstance` says of `key` where it is used, None when it says nothing."""
    if not key or not index.narrows_of.get(key):
        return None
    tests = [n for n in index.narrows_of[key] if n.start <= use.start < n.end]
    holding = [n for n in tests if not rebound(index, key, n.start, use)]
    if index.is_ecma:
        return ecma.narrowed(r, index, holding, lambda: UNKNOWN if "." in key else _unnarrowed(r, index, use, key))
    if not holding:
        return None
    types = containers.instances(expression(r, index, holding[-1].type))
    return types._replace(via="inferred") if types.values else None


def target_types(r: Resolver, target: Target) -> Types:
    """Return what a resolved name holds."""
    if target.kind in ("module", "package"):
        return one(Value(target.kind, target.path), "import")
    if target.kind == "outside":
        return one(Value("outside", name=target.name), "import")
    index = r.file(target.path) if target.kind == "symbol" else None
    scope = index.scope_of.get(target.scope, -1) if index else -1
    if index is None or scope < 0:
        return UNKNOWN
    binds = index.binds.get((scope, target.name), [])
    key = ("held", target.scope, target.name)  # a module may import from itself
    return r.once(index.path, key, lambda: bound_types(r, index, binds), UNKNOWN)


def bound_types(r: Resolver, index: FileIndex, binds: Sequence[int]) -> Types:
    """Return what binds of one name give it together; a declared type counts alone."""
    if index.is_ecma:
        return ecma.bound(r, index, list(binds))
    rows = [index.facts.binds[b] for b in binds]
    for number, row in zip(binds, rows, strict=True):
        if row.annotation >= 0:
            types = containers.annotated(r, index, row.annotation)
            if row.kind == f.PARAMETER and generics.has_variables(types) and own_class(index, number) is not None:
                continue  # `self: T` is an instance of the class all the same
            if types.values or (types.complete and row.value < 0):
                return types._replace(via="annotation")
    parts = [_bind(r, index, b) for b in binds if index.facts.binds[b].kind not in (f.AUGMENT, f.DELETE)]
    return union(parts) if parts else UNKNOWN


def _bind(r: Resolver, index: FileIndex, number: int) -> Types:
    row = index.facts.binds[number]
    if row.kind == f.DEFINE:
        return _defined(r, index, index.facts.defs[row.value])
    if row.kind == f.PARAMETER:
        return r.once(index.path, ("bind", number), lambda: _parameter(r, index, number), UNKNOWN)
    if row.kind == f.IMPORT:
        from familiar_codegraph.names import imported

        return union(target_types(r, t) for t in imported(r, index, index.facts.imports[row.value]))
    if row.kind == f.TYPE_PARAMETER:
        return generics.parameter(index, number)
    if row.kind in (f.ASSIGN, f.MEMBER, f.CAPTURE):
        return expression(r, index, row.value)
    return UNKNOWN


def _defined(r: Resolver, index: FileIndex, row: f.Def) -> Types:
    qualname = index.facts.scopes[row.inner].qualname if row.inner >= 0 else ""
    if row.kind == "class":
        return one(Value("class", index.path, qualname))
    types = one(Value("function", index.path, qualname))
    for number, name in zip(reversed(row.decorators), reversed(row.decorator_names), strict=True):
        last = name.rpartition(".")[2]
        if last in PLAIN_DECORATORS or last.endswith(("property", "contextmanager")) or name.startswith("pytest."):
            continue
        made_by = calls.decorated(r, index, number)
        if made_by.values and made_by.complete:
            return made_by
        types = types._replace(complete=0)
    return types


def _parameter(r: Resolver, index: FileIndex, number: int) -> Types:
    """A parameter without annotation: `self`, a fixture, or what its default shows."""
    row = index.facts.binds[number]
    found = own_class(index, number)
    if found is not None:
        return one(found, "self")
    if row.extra in (f.VAR_POSITIONAL, f.VAR_KEYWORD):
        return made("list", UNKNOWN) if row.extra == f.VAR_POSITIONAL else made("dict", made("builtins.str"), UNKNOWN)
    given = fixtures.value(r, index, number)
    if given is not None:
        return given
    called = callsites.given(r, index, number)
    if called is not None:
        return called
    types = expression(r, index, row.value) if row.value >= 0 else UNKNOWN
    return types._replace(complete=0)


def own_class(index: FileIndex, number: int) -> Value | None:
    """Return what the first parameter of a method holds: an instance of its class, or the class."""
    row = index.facts.binds[number]
    definition = index.facts.scopes[row.scope].definition
    if definition < 0 or index.is_ecma:
        return None
    function = index.facts.defs[definition]
    outer = function.scope
    if index.facts.scopes[outer].kind != f.CLASS_SCOPE or function.parameters[:1] != (number,):
        return None
    if "staticmethod" in function.decorator_names:
        return None
    name = index.facts.names[function.name]
    on_class = "classmethod" in function.decorator_names or name in (
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
    )
    return Value("class" if on_class else "instance", index.path, index.facts.scopes[outer].qualname)
