"""What calls in JavaScript and TypeScript give back, and what they expect as arguments."""

from collections.abc import Callable

from familiar_codegraph import attributes, calls, classes, ecma, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.globals import PRIMITIVES
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import NOTHING, OUTSIDE, UNKNOWN, Types, Value, made, one, union


def call(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """Return what a call evaluates to."""
    callee = evaluate.expression(r, index, row.a)
    parts = [_called(r, v, lambda: ecma.each_of(r, index, row.items)) for v in callee.values]
    found = union(parts) if parts else UNKNOWN
    return Types(found.values, found.complete and callee.complete, found.via)


def _called(r: Resolver, value: Value, given: Callable[[], list[Types]]) -> Types:
    if value.kind == "function":
        return calls.function_result(r, value)
    if value.kind == "instance":
        return _result_of(attributes.attribute(r, one(value), "()"))
    if value.kind == "made" and value.name == "callable":
        return value.args[0]
    if value.kind == "method" and value.bound is not None:
        return _method(value.bound, value.name.rpartition(".")[2], given)
    if value.kind == "outside" and value.name.startswith("js."):
        return _builtin(r, value.name, given)
    return UNKNOWN


def _result_of(types: Types) -> Types:
    return union(v.args[0] for v in types.values if v.name == "callable") if types.values else UNKNOWN


_ELEMENT = frozenset({"pop", "shift", "at", "find", "findLast"})
_ITSELF = frozenset({
    "filter", "slice", "concat", "reverse", "sort", "splice", "toSorted", "toReversed", "values", "fill",
})  # fmt: skip
_CALLING = frozenset({
    "map", "filter", "forEach", "find", "findIndex", "findLast", "findLastIndex", "some", "every", "flatMap",
})  # fmt: skip
_PLAIN = frozenset({
    "includes", "indexOf", "join", "some", "every", "push", "unshift", "has", "delete", "clear", "forEach", "add",
})  # fmt: skip
_SAFE = frozenset({"Math", "Number", "String", "Boolean", "parseInt", "parseFloat", "Date", "console"})


def _method(owner: Value, name: str, given: Callable[[], list[Types]]) -> Types:
    if owner.name in PRIMITIVES or owner.name == "?":
        return OUTSIDE
    if owner.name == "js.Array" and owner.args:
        return _array_method(owner, name, given)
    if owner.name == "js.Map" and len(owner.args) == 2:
        if name == "get":
            return owner.args[1]
        if name in ("keys", "values"):
            return made("js.Array", owner.args[name == "values"])
        if name == "entries":
            return made("js.Array", made("js.tuple", *owner.args))
        return one(owner) if name == "set" else _plain(name)
    if owner.name == "js.Promise" and name in ("catch", "finally"):
        return one(owner)
    if owner.name == "js.Promise" and name == "then":
        return made("js.Promise", ecma.waited(_of_callback(given)))
    return UNKNOWN


def _array_method(owner: Value, name: str, given: Callable[[], list[Types]]) -> Types:
    if name in _ELEMENT:
        return owner.args[0]
    if name in _ITSELF:
        return one(owner)
    if name in ("map", "flatMap"):
        inner = _of_callback(given)
        return made("js.Array", inner if name == "map" else ecma.element(inner))
    if name == "entries":
        return made("js.Array", made("js.tuple", OUTSIDE, owner.args[0]))
    return _plain(name)


def _of_callback(given: Callable[[], list[Types]]) -> Types:
    """Return what the function that is given first returns."""
    values = [v for types in given()[:1] for v in types.values]
    return union(v.args[0] for v in values if v.name == "callable") if values else UNKNOWN


def _plain(name: str) -> Types:
    """Methods of containers that give numbers, texts and flags."""
    return OUTSIDE if name in _PLAIN else UNKNOWN


def _builtin(r: Resolver, name: str, given: Callable[[], list[Types]]) -> Types:
    if name in ("js.Object.freeze", "js.Object.seal", "js.structuredClone", "js.Object.assign"):
        return (given() or [UNKNOWN])[0]
    if name == "js.Array.from":
        arguments = given()
        return made("js.Array", ecma.element(arguments[0])) if len(arguments) == 1 else made("js.Array", UNKNOWN)
    if name in ("js.Promise.all", "js.Promise.resolve"):
        inner = ecma.waited((given() or [UNKNOWN])[0])
        return made("js.Promise", made("js.Array", ecma.waited(ecma.element(inner))) if name.endswith("all") else inner)
    top = name.split(".")[1]
    return OUTSIDE if top in _SAFE else UNKNOWN


def new(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    callee = evaluate.expression(r, index, row.a)
    parts = []
    for value in callee.values:
        if value.kind == "class":
            parts.append(one(Value("instance", value.path, value.name), "constructor"))
        elif value.kind == "outside":
            kinds = index.facts.exprs[row.items[0]].items if row.items and row.items[0] >= 0 else ()
            parts.append(ecma.outside_type(r, value.name, lambda k=kinds: ecma.each_of(r, index, k)))  # type: ignore[misc]
        else:
            parts.append(UNKNOWN)
    found = union(parts) if parts else UNKNOWN
    return Types(found.values, found.complete and callee.complete, found.via)


def result(r: Resolver, index: FileIndex, row: f.Def, receiver: Value | None) -> Types:
    """Return what a function of the repository gives back: by its annotation, else by its return statements."""
    if row.returns >= 0:
        return _returned(r, index, row.returns, receiver)._replace(via="annotation")
    if "overload" in row.decorator_names or "abstract" in row.decorator_names:
        return UNKNOWN
    if row.is_generator:
        return made("js.Array", union(_returned(r, index, e, receiver) for e in row.yielded))
    types = union(_returned(r, index, e, receiver) for e in row.returned) if row.returned else NOTHING
    return made("js.Promise", types) if row.is_async else types


def _returned(r: Resolver, index: FileIndex, number: int, receiver: Value | None) -> Types:
    """`this` is what the method was read from."""
    if number >= 0 and index.facts.exprs[number].op == f.SELF and receiver is not None and receiver.path:
        return one(Value("instance", receiver.path, receiver.name))
    return evaluate.expression(r, index, number)


# ---------------------------------------------------------------- what is expected


def argument(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """What a call expects at a position: the type of the parameter there."""
    made_by = index.facts.exprs[row.a]
    callee = evaluate.expression(r, index, made_by.a)
    parts = [_takes(r, v, row.b) for v in callee.values]
    return union([*parts, Types((), callee.complete)]) if parts else UNKNOWN


def _takes(r: Resolver, value: Value, position: int) -> Types:
    """Return what a value that is called expects as its argument number `position`."""
    if value.kind == "class":
        state = classes.member(r, value, "constructor")
        found = [v for t in state.targets for v in evaluate.target_types(r, t).values if v.kind == "function"]
        return union(_takes(r, v, position) for v in found) if found else UNKNOWN
    if value.kind == "instance":
        found = [v for v in attributes.attribute(r, one(value), "()").values if v.name == "callable"]
        return union(_takes(r, v, position) for v in found) if found else UNKNOWN
    if value.kind == "function":
        known = classes.definition(r, value)
        return _parameter_type(r, known[0], known[2], position) if known else UNKNOWN
    if value.kind == "made" and value.name == "callable":
        return value.args[position + 1] if position + 1 < len(value.args) else UNKNOWN
    if value.kind == "method" and value.bound is not None:
        return _method_takes(value.bound, value.name.rpartition(".")[2], position)
    return UNKNOWN


def _method_takes(owner: Value, name: str, position: int) -> Types:
    if owner.name == "js.Array" and owner.args:
        if name in ("sort", "toSorted"):
            return made("callable", OUTSIDE, owner.args[0], owner.args[0])
        if name in _CALLING and position == 0:
            return made("callable", UNKNOWN, owner.args[0], OUTSIDE, one(owner))
        return owner.args[0] if name in ("push", "unshift", "add", "fill", "includes", "indexOf") else UNKNOWN
    if owner.name == "js.Map" and len(owner.args) == 2:
        if name == "forEach":
            return made("callable", UNKNOWN, owner.args[1], owner.args[0])
        return owner.args[1] if name == "set" and position == 1 else UNKNOWN
    if owner.name == "js.Promise" and owner.args and name == "then" and position == 0:
        return made("callable", UNKNOWN, ecma.waited(owner.args[0]))
    return UNKNOWN


def _parameter_type(r: Resolver, index: FileIndex, row: f.Def, position: int) -> Types:
    rows = [index.facts.binds[n] for n in row.parameters]
    if not rows:
        return UNKNOWN
    bind = rows[min(position, len(rows) - 1)]
    if position >= len(rows) and bind.extra != f.VAR_POSITIONAL:
        return UNKNOWN
    types = evaluate.expression(r, index, bind.annotation)
    return ecma.element(types) if bind.extra == f.VAR_POSITIONAL else types


def expected(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    types = evaluate.expression(r, index, row.a)
    parts = [_takes(r, v, row.b) for v in types.values if v.kind in ("function", "made", "instance")]
    return union([*parts, Types((), types.complete and len(parts) == len(types.values))]) if parts else UNKNOWN


def given(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    types = evaluate.expression(r, index, row.a)
    parts = [_called(r, v, list) for v in types.values]
    return union([*parts, Types((), types.complete)]) if parts else UNKNOWN


def props(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """The attributes that a component takes: its first parameter, or the member `props` of its class."""
    types = evaluate.expression(r, index, row.a)
    parts = []
    for value in types.values:
        if value.kind == "function":
            parts.append(_takes(r, value, 0))
        elif value.kind == "class":
            parts.append(attributes.attribute(r, one(value._replace(kind="instance")), "props"))
        elif value.kind == "made" and value.name.rpartition(".")[2] in ecma.COMPONENTS and value.args:
            parts.append(value.args[0])
        else:
            parts.append(UNKNOWN)
    return union([*parts, Types((), types.complete)]) if parts else UNKNOWN
