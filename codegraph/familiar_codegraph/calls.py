"""What calls give back."""

from familiar_codegraph import attributes, classes, containers, ecma_calls, evaluate, generics
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.outside import (
    COPIES,
    MAPPINGS,
    MOCKS,
    SAFE_BUILTINS,
    SAFE_MODULES,
    SCALARS,
    SEQUENCES,
    TYPE_VARIABLES,
)
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import NOTHING, OUTSIDE, UNKNOWN, Types, Value, made, one, union


def result(r: Resolver, index: FileIndex, number: int, row: f.Expr) -> Types:
    """Return what a call, an expression of the file with this number, evaluates to."""
    if index.is_ecma:
        return ecma_calls.call(r, index, row)
    shape = index.facts.exprs[row.a] if row.a >= 0 else None
    method = index.facts.uses[shape.b] if shape is not None and shape.op == f.ATTR else None
    if shape is not None and method is not None and index.facts.names[method.name] in ("_replace", "model_copy"):
        return evaluate.expression(r, index, shape.a)  # a changed copy
    callee = evaluate.expression(r, index, row.a)
    if any(v.name == "importlib.import_module" for v in callee.values):
        return _imported(r, index, row)
    if any(v.name in TYPE_VARIABLES for v in callee.values):
        return generics.declared(r, index, number, row)
    parts = [_called(r, v, index, row.items, number) for v in callee.values]
    if not parts:
        return UNKNOWN
    found = union(parts)
    return Types(found.values, min(found.complete, callee.complete), found.via)


def _imported(r: Resolver, index: FileIndex, row: f.Expr) -> Types:
    """`import_module` with a literal path."""
    shape = index.facts.exprs[row.items[0]] if row.items and row.items[0] >= 0 else None
    if shape is None or shape.op != f.CONST or shape.a < 0:
        return UNKNOWN
    found = r.modules.absolute(index.facts.strings[shape.a].text, index.path)
    return one(Value("package" if found.package else "module", found.path), "import") if found else UNKNOWN


def called(r: Resolver, types: Types) -> Types:
    """Return what calling these values gives, whatever the arguments."""
    parts = [_called(r, v, None, ()) for v in types.values]
    return union([*parts, Types((), types.complete)]) if parts else UNKNOWN


def decorated(r: Resolver, index: FileIndex, decorator: int) -> Types:
    """Return what a decorator makes of a function, by its own return annotation or body."""
    found = called(r, evaluate.expression(r, index, decorator))
    kept = [v for v in found.values if v.kind in ("instance", "class")]
    return Types(tuple(kept), found.complete if len(kept) == len(found.values) else 0) if kept else UNKNOWN


def _called(r: Resolver, value: Value, index: FileIndex | None, items: tuple[int, ...], number: int = -1) -> Types:
    if value.kind == "class":
        return one(Value("instance", value.path, value.name, value.args), "constructor")
    if value.kind == "function":
        types = function_result(r, value)
        if index is not None and number >= 0:
            return generics.replaced(generics.of_call(r, index, number, value, types), {})
        return without_variables(r, value, types)
    if value.kind == "instance":
        return called(r, attributes.attribute(r, one(value), "__call__"))
    if value.kind == "made":
        return value.args[0] if value.name == "callable" else UNKNOWN
    arguments = [evaluate.expression(r, index, e) for e in items] if index is not None else []
    if value.kind == "method":
        return _method(r, value)
    if value.kind == "outside":
        return _outside(r, value, arguments)
    return UNKNOWN


def function_result(r: Resolver, value: Value) -> Types:
    """Return what a function of the repository gives back: by its annotation, else by its return statements."""
    key = ("result", value.name, value.bound and (value.bound.kind, value.bound.path, value.bound.name))
    return r.once(value.path, key, lambda: _function_result(r, value), UNKNOWN)


def _function_result(r: Resolver, value: Value) -> Types:
    found = classes.definition(r, value)
    if found is None:
        return UNKNOWN
    index, _, row = found
    if index.is_ecma:
        return ecma_calls.result(r, index, row, value.bound)
    is_context = any(n.rpartition(".")[2].endswith("contextmanager") for n in row.decorator_names)
    if row.returns >= 0:
        types = _with_self(r, index, row, containers.annotated(r, index, row.returns), value.bound)
    elif row.is_generator:
        types = made("list", union(_returned(r, index, row, e, value.bound) for e in row.yielded))
    elif row.returned:
        types = union(_returned(r, index, row, e, value.bound) for e in row.returned)
    else:
        return UNKNOWN
    if is_context:
        return made("context", containers.iterated(r, types))
    return made("awaitable", types) if row.is_async and not row.is_generator else types


def _with_self(r: Resolver, index: FileIndex, row: f.Def, types: Types, bound: Value | None) -> Types:
    """Replace `Self` by what the method was read from."""
    if not any(v.kind == "made" and v.name.endswith(".Self") for v in types.values):
        return types
    scope = index.facts.scopes[row.scope]
    here = bound if bound and bound.path else Value("instance", index.path, scope.qualname)
    own = Value("instance", here.path, here.name)
    values = tuple(own if v.kind == "made" and v.name.endswith(".Self") else v for v in types.values)
    return types._replace(values=values)


def _returned(r: Resolver, index: FileIndex, row: f.Def, number: int, bound: Value | None) -> Types:
    """A returned expression; `return self` and `return cls()` give what the method was read from."""
    if number >= 0 and bound is not None and bound.path:
        shape, made_by = index.facts.exprs[number], number
        if shape.op == f.CALL and shape.a >= 0:
            made_by = shape.a
        first = row.parameters[0] if row.parameters else -1
        name = index.facts.exprs[made_by]
        if name.op == f.NAME and first >= 0:
            use, bind = index.facts.uses[name.a], index.facts.binds[first]
            own = evaluate.own_class(index, first)
            if own and use.ref == bind.scope and use.name == bind.name:
                is_instance = own.kind == "instance" or made_by != number
                if own.kind == "class" or made_by == number:
                    return one(Value("instance" if is_instance else "class", bound.path, bound.name))
    return evaluate.expression(r, index, number)


def without_variables(r: Resolver, function: Value, types: Types) -> Types:
    """Return what a generic function gives when only its receiver is known."""
    found = classes.definition(r, function) if generics.has_variables(types) else None
    if found is None:
        return types
    solved: generics.Solved = {}
    generics.of_receiver(r, found[0], found[2], function.bound, solved)
    return generics.replaced(types, solved)


def is_safe(name: str) -> bool:
    """Return whether values of this class never give an object of the repository back."""
    top, _, last = name.partition(".")
    return name == "?" or top in SAFE_MODULES or (top == "builtins" and last.partition(".")[0] in SCALARS)


def _method(r: Resolver, value: Value) -> Types:
    name, args = value.name.rpartition(".")[2], value.args
    owner = value.name.rpartition(".")[0]
    if owner == "list" and args:
        if name in ("pop", "popleft", "__getitem__", "__next__", "send", "throw"):
            return args[0]
        return made("list", args[0]) if name in ("copy", "union", "difference", "intersection") else OUTSIDE
    if owner == "dict" and len(args) == 2:
        if name in ("get", "pop", "setdefault", "__getitem__"):
            return args[1]
        if name == "items":
            return made("list", made("tuple", *args))
        if name in ("keys", "values"):
            return made("list", args[name == "values"])
        return made("dict", *args) if name == "copy" else OUTSIDE
    if is_safe(owner) or owner == "tuple":
        return OUTSIDE
    return (r.library.called(value.name) if r.library is not None else None) or UNKNOWN


def _outside(r: Resolver, value: Value, arguments: list[Types]) -> Types:
    first = arguments[0] if arguments else UNKNOWN
    top, _, last = value.name.rpartition(".")
    if top == "builtins":
        return _builtin(r, last, first, arguments)
    if value.name in COPIES:
        return first if last != "closing" else made("context", first)
    if value.name in ("functools.partial", "functools.partialmethod", "typing.cast", "weakref.ref"):
        if last == "cast":
            return containers.instances(first)
        return made("callable", first) if last == "ref" else first
    if value.name == "pytest.raises":
        return made("context", made("pytest.ExceptionInfo", containers.instances(first)))
    if value.name == "pytest.param" and len(arguments) == 1:
        return first
    if last in MOCKS:
        return UNKNOWN
    if value.name == "asyncio.run":
        return containers.awaited(r, first)
    is_class = last[:1].isupper() and not last.isupper()
    if value.name.partition(".")[0] in SAFE_MODULES:
        return made(value.name) if is_class else OUTSIDE
    if last in SEQUENCES:
        return made("list", containers.iterated(r, first) if arguments else UNKNOWN)
    if last in MAPPINGS:
        return made("dict", UNKNOWN, UNKNOWN)
    known = r.library.called(value.name) if r.library is not None else None
    if known is not None and (known.values or not is_class):
        return known
    return made(value.name) if is_class else UNKNOWN


def _builtin(r: Resolver, name: str, first: Types, arguments: list[Types]) -> Types:
    if name in SAFE_BUILTINS:
        return made(f"builtins.{name}" if name in SCALARS else "?")
    if name in ("list", "set", "frozenset", "sorted", "reversed", "iter", "filter"):
        source = arguments[1] if name == "filter" and len(arguments) > 1 else first
        return made("list", containers.iterated(r, source) if arguments else UNKNOWN)
    if name == "tuple":
        return made("list", containers.iterated(r, first) if arguments else UNKNOWN)
    if name == "dict":
        kept = [v for v in first.values if v.kind == "made" and v.name == "dict"]
        return Types(tuple(kept), first.complete) if kept else made("dict", UNKNOWN, UNKNOWN)
    if name == "enumerate":
        return made("list", made("tuple", made("builtins.int"), containers.iterated(r, first)))
    if name == "zip":
        return made("list", made("tuple", *(containers.iterated(r, a) for a in arguments)))
    if name == "next":
        stepped = called(r, attributes.attribute(r, first, "__next__"))
        return stepped if stepped.values else containers.iterated(r, first)
    if name in ("min", "max", "sum"):
        return containers.iterated(r, first) if len(arguments) == 1 else union(arguments)
    if name == "type" and len(arguments) == 1:
        values = tuple(v._replace(kind="class") for v in first.values if v.kind == "instance")
        return Types(values, first.complete if len(values) == len(first.values) else 0)
    if name == "super" and first.values:
        return Types(tuple(v._replace(kind="super") for v in first.values if v.kind == "class"), first.complete, "base")
    if name in ("setattr", "delattr"):
        return NOTHING
    if name[:1].isupper():
        return made(f"builtins.{name}")
    return UNKNOWN
