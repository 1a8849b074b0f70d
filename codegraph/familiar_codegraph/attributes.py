"""What `.name` of a value holds: members through the method resolution order, properties, what methods are bound to."""

from familiar_codegraph import calls, classes, evaluate, generics
from familiar_codegraph import facts as f
from familiar_codegraph.modules import Found
from familiar_codegraph.names import Target, member
from familiar_codegraph.outside import SAFE_MODULES
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import OUTSIDE, UNKNOWN, Types, Value, one, union

_HOLDERS = {("pytest.FixtureRequest", "param"), ("pytest.ExceptionInfo", "value")}


def attribute(r: Resolver, types: Types, name: str) -> Types:
    """Return what `.name` of these values holds."""
    types = generics.bounded(types)
    parts = [_attribute(r, v, name) for v in types.values]
    found = union(parts) if parts else UNKNOWN
    via = types.via if types.via in ("annotation", "constructor") and found.via == "inferred" else found.via
    return Types(found.values, min(found.complete, types.complete), via)


def _attribute(r: Resolver, value: Value, name: str) -> Types:
    if value.kind in ("module", "package"):
        targets = member(r, Found(value.path, value.kind == "package"), name)
        return union(evaluate.target_types(r, t) for t in targets) if targets else UNKNOWN
    if value.kind in ("class", "instance", "super"):
        if name == "__class__":
            return one(Value("class", value.path, value.name))
        found = lookup(r, value, name)
        if not found.targets:
            return _inherited(r, value, name) if found.state == "outside" else UNKNOWN
        return union(_member_types(r, t, value) for t in found.targets)
    if value.kind == "outside":
        return one(Value("outside", name=f"{value.name}.{name}", args=value.args), "import")
    if value.kind == "made" and value.args and (value.name, name) in _HOLDERS:
        return value.args[0]
    if value.kind == "made":
        known = r.library.attribute(value.name, name) if r.library is not None and "." in value.name else None
        if known is not None:
            return known if known.values else UNKNOWN
        return one(Value("method", name=f"{value.name}.{name}", args=value.args, bound=value))
    if value.kind == "method":
        return OUTSIDE if value.name.partition(".")[0] in SAFE_MODULES else UNKNOWN
    return UNKNOWN


def _inherited(r: Resolver, value: Value, name: str) -> Types:
    """Return what an attribute from a base class of another package holds, where its declaration says so."""
    for entry in classes.mro(r, Value("class", value.path, value.name))[1:]:
        if entry == classes.UNKNOWN_BASE or r.library is None:
            return UNKNOWN
        if entry.kind == "outside" and r.library.defines(entry.name, name) is not False:
            return r.library.attribute(entry.name, name, declared=True) or UNKNOWN
    return UNKNOWN


def _of_parts(r: Resolver, value: Value, name: str) -> "classes.Member":
    """What an intersection of types has: the member of the first part that has it."""
    for types in value.args:
        for inner in types.values if types.complete and len(types.values) == 1 else ():
            if inner.kind == "instance" and (found := lookup(r, inner, name)).state == "found":
                return found
    return classes.Member("unknown")


def lookup(r: Resolver, value: Value, name: str) -> "classes.Member":
    """Return where an attribute of a class, an instance or `super()` comes from."""
    cls = Value("class", value.path, value.name)
    if value.kind == "super":
        return classes.member(r, cls, name, after=cls)
    found = classes.member(r, cls, name)
    if value.args and found.state != "found":
        return _of_parts(r, value, name)
    if value.kind == "class" and found.state != "found":
        return classes.of_metaclass(r, cls, name) or found
    return found


def _member_types(r: Resolver, target: Target, receiver: Value) -> Types:
    index = r.file(target.path) if target.kind == "symbol" else None
    scope = index.scope_of.get(target.scope, -1) if index else -1
    if index is None or scope < 0:
        return evaluate.target_types(r, target)
    facts, binds = index.facts, index.binds.get((scope, target.name), [])
    for number in binds:
        row = facts.binds[number]
        if row.kind == f.DEFINE and is_property(facts.defs[row.value]) and receiver.kind != "class":
            function = Value("function", index.path, facts.scopes[facts.defs[row.value].inner].qualname, (), receiver)
            return calls.without_variables(r, function, calls.function_result(r, function))
    cls = Value("class", target.path, target.scope)
    assigned = [b for b in binds if facts.binds[b].kind == f.ASSIGN]
    if assigned and facts.scopes[scope].kind == f.CLASS_SCOPE and classes.is_enum(r, cls):
        return one(Value("instance", cls.path, cls.name))
    types = evaluate.bound_types(r, index, binds)
    if generics.has_variables(types):
        types = generics.replaced(types, generics.of_class(r, receiver, cls))
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
