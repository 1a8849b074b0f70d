"""Which types are written, how, and what records are."""

from tree_sitter import Node

from familiar_codegraph.conventions.python.walk import Handler, Walk

_BUILTIN = frozenset({"list", "dict", "tuple", "set", "frozenset", "type"})
_TYPING = frozenset({"List", "Dict", "Tuple", "Set", "FrozenSet", "Type"})
_TYPED = frozenset({"typed_parameter", "typed_default_parameter"})
_UNIONS = frozenset({"binary_operator", "union_type"})
_WITHOUT_PARTS = frozenset({"string", "identifier", "none", "integer", "ellipsis"})
_SEPARATORS = frozenset({"comment", "positional_separator", "keyword_separator"})
_DATACLASS = frozenset({"dataclass", "dataclasses.dataclass"})
_ATTRS = ("attr.s", "attr.attrs", "attr.define", "attr.frozen", "attr.mutable", "attr.dataclass", "attrs.define",
          "attrs.frozen", "attrs.mutable")  # fmt: skip


def function(w: Walk, node: Node) -> None:
    """See a function from inside: are its parameters annotated?"""
    if node.type != "function_definition":
        return
    name_node, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
    if name_node is None or parameters is None:
        return
    listed = [c for c in parameters.named_children if c.type not in _SEPARATORS]
    if w.is_method() and "staticmethod" not in w.frame.decorators:
        listed = listed[1:]
    typed = sum(c.type in _TYPED for c in listed)
    returns = node.child_by_field_name("return_type")
    nested = any(f.kind == "function" for f in w.frames[:-1])
    if listed and not nested and not w.frame.name.startswith("test"):
        answer = "yes" if typed == len(listed) else "some" if typed else "no"
        w.add("types.parameters", answer, name_node)
    any_annotation = typed or returns is not None
    if w.frame.name == "__init__" and w.is_method() and any_annotation:
        none = returns is not None and w.text(returns) == "None"
        w.add("types.init-none", "yes" if none else "no", name_node)


def _type(w: Walk, node: Node) -> None:
    """`node` is an annotation or a part of one."""
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return
    parent = node.parent
    outermost = parent is not None and parent.type != "type_parameter"
    if outermost:
        stack = [inner]
        while stack:
            part = stack.pop()
            kind = part.type
            if kind in _WITHOUT_PARTS:
                continue
            _optional(w, part)
            within = part.named_children
            stack.extend(c for c in within if c.type not in _UNIONS) if kind in _UNIONS else stack.extend(within)
        _generics(w, inner)


def _optional(w: Walk, node: Node) -> None:
    kind = node.type
    if kind in ("generic_type", "subscript") and _base(w, node).rpartition(".")[2] == "Optional":
        w.add("types.optional", "Optional", node)
    elif kind in _UNIONS and _has_none(w, node):
        w.add("types.optional", "union", node)


def _has_none(w: Walk, node: Node) -> bool:
    stack = [node]
    while stack:
        part = stack.pop()
        if part.type in _UNIONS or part.type == "type":
            stack.extend(part.named_children)
        elif part.type == "none" or w.text(part) == "None":
            return True
    return False


def _base(w: Walk, node: Node) -> str:
    return w.dotted(node.named_children[0]) if node.named_children else ""


def _generics(w: Walk, node: Node) -> None:
    stack = [node]
    while stack:
        part = stack.pop()
        if part.type in ("generic_type", "subscript"):
            base = _base(w, part)
            last = base.rpartition(".")[2]
            if base in _BUILTIN:
                w.add("types.generics", "builtin", part)
            elif last in _TYPING:
                w.add("types.generics", "typing", part)
        if part.type != "string":
            stack.extend(reversed(part.named_children))


def record(w: Walk, node: Node) -> None:
    """See a class from inside: is it a record?"""
    if node.type != "class_definition":
        return
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    decorators, lasts = w.frame.decorators, [b.rpartition(".")[2] for b in w.frame.bases]
    answer = ""
    if any(d in _DATACLASS or (d.rpartition(".")[2] == "dataclass" and "attr" not in d) for d in decorators):
        answer = "dataclass"
    elif any(d in _ATTRS for d in decorators):
        answer = "attrs"
    elif "BaseModel" in lasts:
        answer = "pydantic"
    elif "NamedTuple" in lasts or "TypedDict" in lasts:
        answer = "NamedTuple" if "NamedTuple" in lasts else "TypedDict"
    elif "namedtuple()" in lasts:
        answer = "namedtuple"
    if answer:
        w.add("types.record", answer, name_node)


def _named_tuple(w: Walk, node: Node) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or right.type != "call":
        return
    if w.dotted(right.child_by_field_name("function")).rpartition(".")[2] == "namedtuple":
        w.add("types.record", "namedtuple", left)


HANDLERS: dict[str, tuple[Handler, ...]] = {"type": (_type,), "assignment": (_named_tuple,)}
ENTER: tuple[Handler, ...] = (function, record)
