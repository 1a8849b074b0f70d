"""What annotations, containers, loops, `await` and `with` make of values."""

from familiar_codegraph import attributes, calls, classes, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.outside import AWAITABLES, CONTEXTS, MAPPINGS, SEQUENCES, TRANSPARENT
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import OUTSIDE, UNKNOWN, Types, Value, made, one, union


def annotated(r: Resolver, index: FileIndex, number: int) -> Types:
    """Return what a place with this annotation holds."""
    if number >= 0 and (index.facts.exprs[number].op in (f.TUPLE_OF, f.DICT_OF) or index.is_ecma):
        return evaluate.expression(r, index, number)
    return instances(evaluate.expression(r, index, number))._replace(via="annotation")


def instances(types: Types) -> Types:
    """Return instances of classes (an annotation's meaning)."""
    return union([*(_instance(v) for v in types.values), Types((), types.complete)])


def _instance(value: Value) -> Types:
    if value.kind == "class":
        return one(Value("instance", value.path, value.name, value.args))
    if value.kind == "typevar":
        return one(value._replace(kind="var"))
    if value.kind == "made" and value.name == "tuple":  # a tuple of classes, as isinstance takes it
        return union(instances(t) for t in value.args)
    if value.kind != "outside":
        return UNKNOWN
    last = value.name.rpartition(".")[2]
    if last in ("type", "Type"):
        return value.args[0] if value.args else UNKNOWN
    if last in ("Any", "object", "TypeVar", "Callable", *TRANSPARENT) and not value.args:
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


def subscript(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    base = evaluate.expression(r, index, row.a)
    return union([*(_subscripted(r, index, v, row.items) for v in base.values), Types((), base.complete, base.via)])


def _subscripted(r: Resolver, index: FileIndex, value: Value, items: tuple[int, ...]) -> Types:
    if value.kind == "outside":
        last = value.name.rpartition(".")[2]
        inner = [evaluate.expression(r, index, e) for e in items]
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
        return one(value._replace(args=tuple(instances(evaluate.expression(r, index, e)) for e in items)))
    if value.kind == "made":
        return _element(r, index, value, items)
    if value.kind == "instance":
        found = attributes.attribute(r, one(value), "__getitem__")
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


def display(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    kind, parts = f.DISPLAY_TYPES[row.b], [evaluate.expression(r, index, e) for e in row.items]
    if kind == "tuple":
        return made("tuple", *parts)
    inner = union(parts) if parts else UNKNOWN
    return made("dict", UNKNOWN, inner) if kind == "dict" else made("list", inner)


def item(r: Resolver, types: Types, position: int) -> Types:
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
        made_by = calls.called(r, attributes.attribute(r, one(value), "__aiter__" if is_async else "__iter__"))
        inner = [v for v in made_by.values if v.kind == "made"]
        if inner:
            return iterated(r, made_by)
        if made_by.values:
            step = calls.called(r, attributes.attribute(r, made_by, "__anext__" if is_async else "__next__"))
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
            entry = calls.called(r, attributes.attribute(r, one(value), "__aenter__" if is_async else "__enter__"))
            parts.append(awaited(r, entry) if is_async else entry)
        else:
            parts.append(UNKNOWN)
    return union([*parts, Types((), types.complete)])._replace(via=types.via) if parts else UNKNOWN
