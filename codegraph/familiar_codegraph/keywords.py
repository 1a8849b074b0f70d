"""Keywords of calls: which parameter they name, and where `**kwargs` hands them on to."""

from familiar_codegraph import attributes, classes, containers, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import Value, one

_READS = frozenset({"pop", "get", "setdefault", "update", "keys", "__contains__", "copy"})


def parameter(r: Resolver, function: Value, name: str) -> tuple[str, f.Def, FileIndex] | None:
    """Return whether a function takes keyword `name` (`yes`, `no`, or `rest`: by `**kwargs`), its row and its file."""
    found = classes.definition(r, function)
    if found is None:
        return None
    index, _, row = found
    rest = False
    for number in row.parameters:
        bind = index.facts.binds[number]
        if index.facts.names[bind.name] == name and bind.extra in (f.POSITIONAL, f.KEYWORD_ONLY):
            return "yes", row, index
        rest = rest or bind.extra == f.VAR_KEYWORD
    return ("rest" if rest else "no"), row, index


def unpacked(r: Resolver, row: f.Def, index: FileIndex) -> Value | None:
    """Return the TypedDict that `**kwargs: Unpack[...]` takes its names from."""
    for number in row.parameters:
        bind = index.facts.binds[number]
        note = index.facts.exprs[bind.annotation] if bind.annotation >= 0 else None
        inner = index.facts.exprs[note.a] if note is not None and note.op == f.DICT_OF and note.a >= 0 else None
        if bind.extra != f.VAR_KEYWORD or inner is None or inner.op != f.SUBSCRIPT or note is None:
            continue
        head = evaluate.expression(r, index, inner.a)
        if any(v.name.rpartition(".")[2] == "Unpack" for v in head.values):
            values = containers.annotated(r, index, note.a).values
            return values[0] if len(values) == 1 and values[0].kind == "instance" else None
    return None


def constructor(r: Resolver, cls: Value) -> tuple[Value, ...]:
    """Return the function (with its overloads) that takes a class's constructor arguments; empty when unknown."""
    for name in ("__init__", "__new__"):
        found = attributes.attribute(r, one(Value("class", cls.path, cls.name)), name)
        functions = tuple(v for v in found.values if v.kind == "function")
        if functions:
            return functions
    return ()


def taken(r: Resolver, function: Value, name: str) -> tuple[Value, ...] | None:
    """Return the functions whose parameter `name` a call of `function` reaches: itself, or what its `**kwargs` is
    handed on to. None when that is not known: `**kwargs` is used in another way, or goes to something unknown."""
    key = ("taken", function.name, name, function.bound and function.bound[:3])
    return r.once(function.path, key, lambda: _taken(r, function, name), None)


def _taken(r: Resolver, function: Value, name: str) -> tuple[Value, ...] | None:
    found = parameter(r, function, name)
    if found is None or found[0] != "rest":
        return None if found is None else (function,) if found[0] == "yes" else ()
    _, row, index = found
    rest = next(n for n in row.parameters if index.facts.binds[n].extra == f.VAR_KEYWORD)
    calls = _handed_to(index, index.facts.binds[rest])
    if calls is None:
        return None
    reached: dict[Value, None] = {}
    for call in calls:
        for callee in _callees(r, index, call):
            inner = taken(r, callee, name) if callee is not None else None
            if inner is None:
                return None
            reached.update(dict.fromkeys(inner))
    return tuple(reached)


def _handed_to(index: FileIndex, rest: f.Bind) -> list[int] | None:
    """Return the calls that get `**kwargs`; None when it is used in a way that shows nothing of where it goes."""
    calls: list[int] = []
    for number in index.uses_of.get(index.facts.names[rest.name], ()):
        use = index.facts.uses[number]
        if use.role == f.STORE and number != rest.use and use.ref == rest.scope:
            return None
        if use.role != f.LOAD or use.ref != rest.scope:
            continue
        if number in index.spread:
            calls += index.spread[number]
        elif index.reads.get(number, "") not in _READS:
            return None
    return calls


def _callees(r: Resolver, index: FileIndex, call: int) -> list[Value | None]:
    """Return the functions that a call runs; None for each that is not known. A base class elsewhere takes its own."""
    row = index.facts.exprs[call]
    types = evaluate.expression(r, index, row.a)
    shape = index.facts.exprs[row.a] if row.a >= 0 else None
    base = index.facts.exprs[shape.a] if shape is not None and shape.op == f.ATTR and shape.a >= 0 else None
    if base is not None and base.op == f.SUPER and not types.values and shape is not None:
        name = index.facts.names[index.facts.uses[shape.b].name]
        owner = index.facts.scopes[index.enclosing_class(base.a)].qualname
        state = attributes.lookup(r, Value("super", index.path, owner), name)
        return [] if state.state == "outside" else [None]
    found: list[Value | None] = [] if types.complete and types.values else [None]
    for value in types.values:
        if value.kind == "function":
            found.append(value)
        elif value.kind == "class":
            found += constructor(r, value) or [None]
        else:
            found.append(None)
    return found


def owners(r: Resolver, cls: Value, kind: str) -> bool:
    """Return whether a constructor of the class may take its attributes as keywords: as fields, or by `**kwargs`."""
    if kind not in ("attribute", "property"):
        return False
    if kind == "attribute" and classes.has_field_constructor(r, cls):
        return True
    functions = constructor(r, cls)
    if not functions:
        return any(v.kind != "class" for v in classes.mro(r, cls))
    states = [parameter(r, function, "") for function in functions]
    return any(s is None or s[0] == "rest" for s in states)
