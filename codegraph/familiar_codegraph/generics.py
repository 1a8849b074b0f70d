"""Type variables: what calls, receivers and subscripted classes put in their place.

A variable is a value of kind `var` (an instance of it) or `typevar` (the variable itself, `type[T]`), named by the file
and the name that it was made with; its only argument is its bound. What is not solved is its bound, else unknown.
"""

from collections.abc import Mapping

from familiar_codegraph import calls, classes, containers, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import UNKNOWN, Types, Value, one, union

Solved = dict[str, Types]
_KINDS = frozenset({"var", "typevar"})
_GENERIC = frozenset({"Generic", "Protocol"})


def declared(r: Resolver, index: FileIndex, call: int, row: f.Expr) -> Types:
    """Return the variable that `TypeVar("T", bound=...)` makes."""
    shape = index.facts.exprs[row.items[0]] if row.items and row.items[0] >= 0 else None
    if shape is None or shape.op != f.CONST or shape.a < 0 or len(row.items) != 1:
        return UNKNOWN
    bound = UNKNOWN
    for use in (index.facts.uses[u] for u in index.uses_of.get("bound", ())):
        if use.role == f.KEYWORD and use.ref == call and use.extra:
            bound = containers.instances(evaluate.expression(r, index, use.extra - 1))
    return _variable(f"{index.path}:{index.facts.strings[shape.a].text}", bound)


def _variable(name: str, bound: Types = UNKNOWN) -> Types:
    return one(Value("typevar", name=name, args=(bound,)))


def parameter(index: FileIndex, number: int) -> Types:
    """Return the variable that `class Box[T]` or `def first[T]` binds."""
    bind = index.facts.binds[number]
    scope = index.facts.scopes[bind.scope]
    return _variable(f"{index.path}:{scope.qualname}:{scope.start}:{index.facts.names[bind.name]}")


def has_variables(types: Types) -> bool:
    return any(v.kind in _KINDS or any(has_variables(a) for a in v.args) for v in types.values)


def solve(wanted: Types, given: Types, solved: Solved) -> None:
    """Match a parameter's declared type with what a call gives; note what the variables then are."""
    for value in wanted.values:
        if value.kind == "var":
            _note(solved, value.name, given)
        elif value.kind == "typevar":
            _note(solved, value.name, containers.instances(given))
        elif value.args:
            for other in given.values:
                if other.kind == value.kind and other.name == value.name and len(other.args) == len(value.args):
                    for inner, known in zip(value.args, other.args, strict=True):
                        solve(inner, known, solved)


def _note(solved: Solved, name: str, types: Types) -> None:
    solved[name] = union([solved[name], types]) if name in solved else types


def replaced(types: Types, solved: Mapping[str, Types]) -> Types:
    """Return the types with what the variables are in their place."""
    if not has_variables(types):
        return types
    parts = []
    for value in types.values:
        if value.kind == "var":
            parts.append(solved.get(value.name) or value.args[0]._replace(complete=0))
        elif value.kind == "typevar":
            held = solved.get(value.name) or value.args[0]._replace(complete=0)
            kept = tuple(v._replace(kind="class") for v in held.values if v.kind == "instance")
            parts.append(Types(kept, held.complete if len(kept) == len(held.values) else 0))
        else:
            parts.append(one(value._replace(args=tuple(replaced(a, solved) for a in value.args)), types.via))
    found = union([*parts, Types((), types.complete)])
    return found._replace(via=types.via)


def bounded(types: Types) -> Types:
    """Return the types with each variable's bound in its place: what is known of a value inside a generic function."""
    if not any(v.kind in _KINDS for v in types.values):
        return types
    bounds = {v.name: v.args[0] for v in types.values if v.kind in _KINDS}
    return replaced(types, {name: bound for name, bound in bounds.items() if bound.values})


# ---------------------------------------------------------------- calls


def of_call(r: Resolver, index: FileIndex, call: int, function: Value, types: Types) -> Types:
    """Return what a call of a generic function gives, by what the call passes."""
    found = classes.definition(r, function)
    if found is None or not has_variables(types):
        return types
    home, _, row = found
    solved: Solved = {}
    skipped = of_receiver(r, home, row, function.bound, solved)
    arguments = index.facts.exprs[call].items
    named = _keywords(index, call)
    for position, number in enumerate(row.parameters[skipped:]):
        bind = home.facts.binds[number]
        if bind.annotation < 0:
            continue
        name = home.facts.names[bind.name]
        item = named.get(name, arguments[position] if position < len(arguments) else -1)
        if bind.extra in (f.VAR_POSITIONAL, f.VAR_KEYWORD) or item < 0 or index.facts.exprs[item].op == f.STARRED:
            break
        wanted = containers.annotated(r, home, bind.annotation)
        if has_variables(wanted):
            solve(wanted, _given(r, wanted, evaluate.expression(r, index, item)), solved)
    return replaced(types, solved)


def _given(r: Resolver, wanted: Types, given: Types) -> Types:
    """What is passed for a `Callable[..., T]` counts by what calling it gives."""
    if any(v.kind == "made" and v.name == "callable" for v in wanted.values):
        return Types((Value("made", name="callable", args=(calls.called(r, given),)),))
    return given


def _keywords(index: FileIndex, call: int) -> dict[str, int]:
    found = {}
    for use in index.keywords_of.get(call, ()):
        found[index.facts.names[index.facts.uses[use].name]] = index.facts.uses[use].extra - 1
    return found


def of_receiver(r: Resolver, home: FileIndex, row: f.Def, bound: Value | None, solved: Solved) -> int:
    """Note what the receiver makes of the variables (`self: T`, `Box[int]`); return how many parameters it takes."""
    if bound is None or not bound.path or home.facts.scopes[row.scope].kind != f.CLASS_SCOPE:
        return 0
    owner = Value("class", home.path, home.facts.scopes[row.scope].qualname)
    solved.update(of_class(r, bound, owner))
    if "staticmethod" in row.decorator_names or not row.parameters:
        return 0
    if bound.kind == "class" and "classmethod" not in row.decorator_names:
        return 0
    first = home.facts.binds[row.parameters[0]]
    if first.annotation >= 0:
        solve(containers.annotated(r, home, first.annotation), one(bound._replace(bound=None)), solved)
    return 1


# ---------------------------------------------------------------- classes


def of_class(r: Resolver, receiver: Value, owner: Value) -> Solved:
    """Return what a receiver's type arguments make of the variables of the class that owns a member."""
    cls = Value("class", receiver.path, receiver.name)
    solved: Solved = {}
    if receiver.args:
        names = _parameters(r, cls)
        if len(names) == len(receiver.args):
            solved = dict(zip(names, receiver.args, strict=True))
    if cls == owner:
        return solved
    for value in _bases(r, cls):
        if value.kind == "class" and owner in classes.mro(r, value):
            args = tuple(replaced(a, solved) for a in value.args)
            return of_class(r, value._replace(args=args), owner)
    return {}


def _bases(r: Resolver, cls: Value) -> list[Value]:
    """Return the bases with their type arguments."""
    found = classes.definition(r, cls)
    if found is None:
        return []
    index, _, row = found
    return [v for expr in row.bases for v in evaluate.expression(r, index, expr).values]


def _parameters(r: Resolver, cls: Value) -> tuple[str, ...]:
    """Return the names of a class's variables in their order: of `Generic[...]`, else as the bases mention them."""
    found = classes.definition(r, cls)
    if found is None:
        return ()
    index, _, row = found
    scope = index.facts.scopes[row.inner].parent
    if scope >= 0 and index.facts.scopes[scope].kind == f.TYPE_SCOPE:
        numbers = [n for n, b in enumerate(index.facts.binds) if b.scope == scope and b.kind == f.TYPE_PARAMETER]
        return tuple(v.name for n in numbers for v in parameter(index, n).values)
    seen: dict[str, None] = {}
    listed = None
    for value in _bases(r, cls):
        own = {v.name: None for a in value.args for v in a.values if v.kind in _KINDS}
        seen.update(own)
        if value.kind == "outside" and value.name.rpartition(".")[2] in _GENERIC and own:
            listed = own
    return tuple(listed or seen)
