"""What expressions evaluate to. Lazy, pure, and never a guess: what is not followed is `UNKNOWN`."""

from collections.abc import Iterable

from familiar_codegraph import calls, classes, fixtures
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.modules import Found
from familiar_codegraph.names import Target, load, member
from familiar_codegraph.outside import (
    AWAITABLES,
    CONTEXTS,
    MAPPINGS,
    PLAIN_DECORATORS,
    SAFE_MODULES,
    SEQUENCES,
    TRANSPARENT,
)
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import NOTHING, OUTSIDE, UNKNOWN, Types, Value, made, one, union

_NESTED = frozenset({
    f.ATTR, f.CALL, f.SUBSCRIPT, f.DISPLAY, f.ALTERNATIVES, f.AWAIT, f.ITERATE, f.ITEM, f.ENTER,
})  # fmt: skip
_WITH_PARTS = frozenset({"tuple", "list", "dict", "set"})
_HOLDERS = {("pytest.FixtureRequest", "param"), ("pytest.ExceptionInfo", "value")}
_CONSTANTS = {"None": NOTHING, "ellipsis": OUTSIDE}


def expression(r: Resolver, index: FileIndex, number: int) -> Types:
    """Return what an expression of the file evaluates to."""
    if number < 0:
        return UNKNOWN
    return r.once(index.path, ("expr", number), lambda: _expression(r, index, number), UNKNOWN)


def _expression(r: Resolver, index: FileIndex, number: int) -> Types:
    row = index.facts.exprs[number]
    op = row.op
    if op == f.NAME:
        return _name(r, index, row.a)
    if op == f.ATTR:
        use = index.facts.uses[row.b]
        narrowed = _narrowed(r, index, use, dotted(index, number))
        if narrowed is not None:
            return narrowed
        return attribute(r, expression(r, index, row.a), index.facts.names[use.name])
    if op == f.CALL:
        return calls.result(r, index, row)
    if op == f.SUBSCRIPT:
        return _subscript(r, index, row)
    if op == f.CONST:
        kind = f.CONST_TYPES[row.b]
        return _CONSTANTS.get(kind) or made(f"builtins.{kind}")
    if op == f.DISPLAY:
        return _display(r, index, row)
    if op == f.ALTERNATIVES:
        return union(expression(r, index, e) for e in row.items)
    if op == f.AWAIT:
        return awaited(r, expression(r, index, row.a))
    if op == f.ITERATE:
        return iterated(r, expression(r, index, row.a), bool(row.b))
    if op == f.ITEM:
        return _item(r, expression(r, index, row.a), row.b)
    if op == f.ENTER:
        return entered(r, expression(r, index, row.a), bool(row.b))
    if op == f.INSTANCE:
        return instances(expression(r, index, row.a))
    if op in (f.TUPLE_OF, f.DICT_OF):
        inner = annotated(r, index, row.a)
        return made("list", inner) if op == f.TUPLE_OF else made("dict", made("builtins.str"), inner)
    if op == f.SUPER:
        scope = index.enclosing_class(row.a)
        return one(Value("super", index.path, index.facts.scopes[scope].qualname), "base") if scope >= 0 else UNKNOWN
    return UNKNOWN


def dotted(index: FileIndex, number: int) -> str:
    """Return `a.b.c` for an expression of names and attributes, else an empty string."""
    parts: list[str] = []
    while number >= 0 and index.facts.exprs[number].op == f.ATTR:
        row = index.facts.exprs[number]
        parts.append(index.facts.names[index.facts.uses[row.b].name])
        number = row.a
    if number < 0 or index.facts.exprs[number].op != f.NAME:
        return ""
    parts.append(index.facts.names[index.facts.uses[index.facts.exprs[number].a].name])
    return ".".join(reversed(parts))


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
    if binds and all(index.facts.binds[b].kind != f.IMPORT for b in binds):
        if _same_run(index, use) and not _is_overloaded(index, binds):
            binds = reaching(index, binds, use)
        return bound_types(r, index, binds)
    return union(target_types(r, t) for t in load(r, index, use))


def _narrowed(r: Resolver, index: FileIndex, use: f.Use, key: str) -> Types | None:
    """Return what `isinstance` says of `key` where it is used, None when it says nothing."""
    if not key or not index.narrows_of.get(key):
        return None
    best: f.Narrow | None = None
    for row in index.narrows_of[key]:
        if row.start <= use.start < row.end and not _rebound(index, key, row.start, use):
            best = row
    if best is None:
        return None
    types = instances(expression(r, index, best.type))
    return types._replace(via="inferred") if types.values else None


def _rebound(index: FileIndex, key: str, start: int, use: f.Use) -> bool:
    name, end, scope = key.partition(".")[0], use.start, use.scope
    while scope >= 0 and (scope, name) not in index.binds:
        scope = index.facts.scopes[scope].parent
    binds = (index.facts.binds[b] for b in index.binds.get((scope, name), ()))
    if any(start <= index.facts.uses[b.use].start < end and not _made_of(index.facts, b, use) for b in binds):
        return True
    last = key.rpartition(".")[2]
    uses = (index.facts.uses[u] for u in index.uses_of.get(last, ())) if "." in key else ()
    return any(u.role == f.ATTRIBUTE_STORE and start <= u.start < end for u in uses)


def _same_run(index: FileIndex, use: f.Use) -> bool:
    """Return whether the use runs when its scope's statements run: only comprehensions lie in between."""
    scope = use.scope
    while scope != use.ref and index.facts.scopes[scope].kind == f.COMPREHENSION_SCOPE:
        scope = index.facts.scopes[scope].parent
    return scope == use.ref


def _is_overloaded(index: FileIndex, binds: list[int]) -> bool:
    rows = (index.facts.binds[b] for b in binds)
    names = (index.facts.defs[b.value].decorator_names for b in rows if b.kind == f.DEFINE)
    return any(n.rpartition(".")[2] == "overload" for found in names for n in found)


def reaching(index: FileIndex, binds: list[int], use: f.Use) -> list[int]:
    """Return those of a name's binds whose value can still be there at `use`.

    The last bind before the use in a block that holds the use hides all earlier ones; binds in between (in branches)
    and, in loops that hold the use but not that bind, later ones count too.
    """
    if len(binds) < 2:
        return binds
    facts = index.facts

    def start(number: int) -> int:
        return facts.uses[facts.binds[number].use].start

    kept = [b for b in binds if facts.binds[b].kind not in (f.AUGMENT, f.DELETE)]
    later = {b for b in kept if start(b) > use.start or _made_of(facts, facts.binds[b], use)}
    last = None
    for number in kept:
        if number not in later and start(number) < use.start < facts.binds[number].block_end:
            last = number
    if last is None:
        return kept
    low = start(last)
    looped = [(s, e) for s, e in facts.loops if s <= use.start < e and s > low]
    return [
        b
        for b in kept
        if b == last
        or (b not in later and low < start(b) < use.start)
        or (b in later and any(s <= start(b) < e for s, e in looped))
    ]


def _made_of(facts: f.FileFacts, bind: f.Bind, use: f.Use) -> bool:
    """Return whether a bind's value is made of what is read at `use`: `x = x.next` reads the `x` of before."""
    waiting = [bind.value] if bind.kind == f.ASSIGN and bind.value >= 0 else []
    while waiting:
        row = facts.exprs[waiting.pop()]
        if row.op == f.NAME and facts.uses[row.a].start == use.start:
            return True
        if row.op in _NESTED:
            waiting += [inner for inner in (row.a, *row.items) if inner >= 0]
    return False


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


def bound_types(r: Resolver, index: FileIndex, binds: Iterable[int]) -> Types:
    """Return what binds of one name give it together; a declared type counts alone."""
    rows = [index.facts.binds[b] for b in binds]
    for row in rows:
        if row.annotation >= 0:
            types = annotated(r, index, row.annotation)
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
        types = types._replace(complete=False)
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
    types = expression(r, index, row.value) if row.value >= 0 else UNKNOWN
    return types._replace(complete=False)


def own_class(index: FileIndex, number: int) -> Value | None:
    """Return what the first parameter of a method holds: an instance of its class, or the class."""
    row = index.facts.binds[number]
    definition = index.facts.scopes[row.scope].definition
    if definition < 0:
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


# ---------------------------------------------------------------- attributes


def attribute(r: Resolver, types: Types, name: str) -> Types:
    """Return what `.name` of these values holds."""
    parts = [_attribute(r, v, name) for v in types.values]
    found = union(parts) if parts else UNKNOWN
    via = types.via if types.via in ("annotation", "constructor") and found.via == "inferred" else found.via
    return Types(found.values, found.complete and types.complete, via)


def _attribute(r: Resolver, value: Value, name: str) -> Types:
    if value.kind in ("module", "package"):
        targets = member(r, Found(value.path, value.kind == "package"), name)
        return union(target_types(r, t) for t in targets) if targets else UNKNOWN
    if value.kind in ("class", "instance", "super"):
        if name == "__class__":
            return one(Value("class", value.path, value.name))
        found = lookup(r, value, name)
        return union(_member_types(r, t, value) for t in found.targets) if found.targets else UNKNOWN
    if value.kind == "outside":
        return one(Value("outside", name=f"{value.name}.{name}", args=value.args), "import")
    if value.kind == "made" and (value.name, name) in _HOLDERS:
        return value.args[0]
    if value.kind == "made":
        return one(Value("method", name=f"{value.name}.{name}", args=value.args, bound=value))
    if value.kind == "method":
        return OUTSIDE if value.name.partition(".")[0] in SAFE_MODULES else UNKNOWN
    return UNKNOWN


def lookup(r: Resolver, value: Value, name: str) -> "classes.Member":
    """Return where an attribute of a class, an instance or `super()` comes from."""
    cls = Value("class", value.path, value.name)
    if value.kind == "super":
        return classes.member(r, cls, name, after=cls)
    return classes.member(r, cls, name)


def _member_types(r: Resolver, target: Target, receiver: Value) -> Types:
    index = r.file(target.path) if target.kind == "symbol" else None
    scope = index.scope_of.get(target.scope, -1) if index else -1
    if index is None or scope < 0:
        return target_types(r, target)
    facts, binds = index.facts, index.binds.get((scope, target.name), [])
    for number in binds:
        row = facts.binds[number]
        if row.kind == f.DEFINE and is_property(facts.defs[row.value]) and receiver.kind != "class":
            function = Value("function", index.path, facts.scopes[facts.defs[row.value].inner].qualname, (), receiver)
            return calls.function_result(r, function)
    cls = Value("class", target.path, target.scope)
    assigned = [b for b in binds if facts.binds[b].kind == f.ASSIGN]
    if assigned and facts.scopes[scope].kind == f.CLASS_SCOPE and classes.is_enum(r, cls):
        return one(Value("instance", cls.path, cls.name))
    types = bound_types(r, index, binds)
    values = tuple(v._replace(bound=_bound_to(receiver)) if v.kind == "function" else v for v in types.values)
    if receiver.kind == "instance" and any(
        v.kind == "instance" and lookup(r, v, "__get__").state == "found" for v in values
    ):
        return UNKNOWN
    return types._replace(values=values)


def _bound_to(receiver: Value) -> Value:
    return receiver if receiver.kind != "super" else Value("instance", receiver.path, receiver.name)


def is_property(row: f.Def) -> bool:
    """Return whether reading the attribute calls the function."""
    return any(n.rpartition(".")[2].endswith("property") for n in row.decorator_names)


# ---------------------------------------------------------------- containers and type expressions


def annotated(r: Resolver, index: FileIndex, number: int) -> Types:
    """Return what a place with this annotation holds."""
    if number >= 0 and index.facts.exprs[number].op in (f.TUPLE_OF, f.DICT_OF):
        return expression(r, index, number)
    return instances(expression(r, index, number))._replace(via="annotation")


def instances(types: Types) -> Types:
    """Return instances of classes (an annotation's meaning)."""
    return union([*(_instance(v) for v in types.values), Types((), types.complete)])


def _instance(value: Value) -> Types:
    if value.kind == "class":
        return one(Value("instance", value.path, value.name))
    if value.kind == "made" and value.name == "tuple":  # a tuple of classes, as isinstance takes it
        return union(instances(t) for t in value.args)
    if value.kind != "outside":
        return UNKNOWN
    last = value.name.rpartition(".")[2]
    if last in ("type", "Type"):
        return value.args[0] if value.args else UNKNOWN
    if last in ("Any", "object", "TypeVar", "Callable") and not value.args:
        return UNKNOWN
    if last in SEQUENCES:
        return made("list", value.args[0] if value.args else UNKNOWN)
    if last in MAPPINGS:
        return made("dict", *(value.args if len(value.args) == 2 else (UNKNOWN, UNKNOWN)))
    if last in ("tuple", "Tuple"):
        return made("tuple", *value.args) if value.args else made("list", UNKNOWN)
    for names, kind in ((AWAITABLES, "awaitable"), (CONTEXTS, "context"), (("Callable",), "callable")):
        if last in names:
            return made(kind, value.args[-1] if value.args and kind != "context" else (*value.args, UNKNOWN)[0])
    return made(value.name)


def _subscript(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    base = expression(r, index, row.a)
    return union([*(_subscripted(r, index, v, row.items) for v in base.values), Types((), base.complete, base.via)])


def _subscripted(r: Resolver, index: FileIndex, value: Value, items: tuple[int, ...]) -> Types:
    if value.kind == "outside":
        last = value.name.rpartition(".")[2]
        inner = [expression(r, index, e) for e in items]
        if last in ("Optional", "Union"):
            return union(inner)
        if last in TRANSPARENT:
            return inner[0] if inner else UNKNOWN
        if last == "Literal":
            return one(Value("outside", name="typing.Literal"))
        if last in ("type", "Type"):
            return one(value._replace(args=(inner[0],))) if inner else UNKNOWN
        if last in ("tuple", "Tuple") and len(items) == 2 and index.facts.exprs[items[1]].op == f.CONST:
            return one(Value("outside", name="builtins.list", args=(instances(inner[0]),)))
        return one(value._replace(args=tuple(instances(t) for t in inner)))
    if value.kind == "class":
        if classes.is_enum(r, value):
            return one(Value("instance", value.path, value.name))
        return one(value)
    if value.kind == "made":
        return _element(r, index, value, items)
    if value.kind == "instance":
        found = attribute(r, one(value), "__getitem__")
        return calls.called(r, found)
    return UNKNOWN


def _element(r: Resolver, index: FileIndex, value: Value, items: tuple[int, ...]) -> Types:
    first = index.facts.exprs[items[0]] if items and items[0] >= 0 else None
    is_slice = first is not None and first.op == f.CONST and f.CONST_TYPES[first.b] == "ellipsis"
    if value.name == "dict":
        return value.args[1]
    if value.name == "list":
        return one(value) if is_slice else value.args[0]
    if value.name == "tuple":
        return made("list", union(value.args)) if is_slice else union(value.args)
    return OUTSIDE if calls.is_safe(value.name) else UNKNOWN


def _display(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    kind, parts = f.DISPLAY_TYPES[row.b], [expression(r, index, e) for e in row.items]
    if kind == "tuple":
        return made("tuple", *parts)
    inner = union(parts) if parts else UNKNOWN
    return made("dict", UNKNOWN, inner) if kind == "dict" else made("list", inner)


def _item(r: Resolver, types: Types, position: int) -> Types:
    parts: list[Types] = []
    for value in types.values:
        if value.kind == "made" and value.name == "tuple" and 0 <= position < len(value.args):
            parts.append(value.args[position])
        else:
            parts.append(iterated(r, one(value)))
    return union([*parts, Types((), types.complete)]) if parts else UNKNOWN


def iterated(r: Resolver, types: Types, is_async: bool = False) -> Types:
    """Return what a loop over these values gives."""
    parts = [_iterated(r, v, is_async) for v in types.values]
    return union([*parts, Types((), types.complete)])._replace(via=types.via) if parts else UNKNOWN


def _iterated(r: Resolver, value: Value, is_async: bool) -> Types:
    if value.kind == "made":
        if value.name in ("list", "dict") and value.args:
            return value.args[0]
        if value.name == "tuple":
            return union(value.args) if value.args else UNKNOWN
        return OUTSIDE if calls.is_safe(value.name) else UNKNOWN
    if value.kind == "class" and classes.is_enum(r, value):
        return one(Value("instance", value.path, value.name))
    if value.kind == "instance":
        made_by = calls.called(r, attribute(r, one(value), "__aiter__" if is_async else "__iter__"))
        inner = [v for v in made_by.values if v.kind == "made"]
        if inner:
            return iterated(r, made_by)
        if made_by.values:
            step = calls.called(r, attribute(r, made_by, "__anext__" if is_async else "__next__"))
            return awaited(r, step) if is_async else step
    return UNKNOWN


def awaited(r: Resolver, types: Types) -> Types:
    """Return what `await` gives for these values."""
    parts = []
    for value in types.values:
        if value.kind == "made" and value.name == "awaitable":
            parts.append(value.args[0])
        else:
            parts.append(OUTSIDE if value.kind == "made" and calls.is_safe(value.name) else UNKNOWN)
    return union([*parts, Types((), types.complete)]) if parts else UNKNOWN


def entered(r: Resolver, types: Types, is_async: bool = False) -> Types:
    """Return what `with ... as` gives for these values."""
    parts = []
    for value in types.values:
        if value.kind == "made":
            known = value.args[0] if value.name == "context" else one(value)
            parts.append(known if value.name not in ("list", "dict", "awaitable", "callable") else UNKNOWN)
        elif value.kind == "instance":
            entry = calls.called(r, attribute(r, one(value), "__aenter__" if is_async else "__enter__"))
            parts.append(awaited(r, entry) if is_async else entry)
        else:
            parts.append(UNKNOWN)
    return union([*parts, Types((), types.complete)])._replace(via=types.via) if parts else UNKNOWN
