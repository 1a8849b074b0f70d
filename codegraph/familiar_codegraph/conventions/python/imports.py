"""How modules are imported. What is the repository's own is known only beside other files (see `resolving`)."""

from tree_sitter import Node

from familiar_codegraph.conventions.habits import Imported
from familiar_codegraph.conventions.python.walk import Handler, Walk
from familiar_codegraph.conventions.values import Occurrence


def _top(w: Walk) -> bool:
    return w.frame.kind == "module"


def _direct(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "module"


def _plain(w: Walk, node: Node) -> None:
    for child in node.named_children:
        alias, inner = None, child
        if child.type == "aliased_import":
            alias, name = child.child_by_field_name("alias"), child.child_by_field_name("name")
            if name is None:
                continue
            inner = name
        if inner.type != "dotted_name":
            continue
        module = w.text(inner)
        local = w.text(alias) if alias is not None else module
        w.aliases[local] = module
        _import(w, node, local, 0, module, "")
        if module == "typing":
            w.note("typing", "alias" if alias is not None and local != "typing" else "module", node)
    _group(w, node, "import")


def _from(w: Walk, node: Node) -> None:
    source = node.child_by_field_name("module_name")
    if source is None:
        return
    level, module = 0, ""
    if source.type == "relative_import":
        for part in source.named_children:
            if part.type == "import_prefix":
                level = part.end_byte - part.start_byte
            else:
                module = w.text(part)
    else:
        module = w.text(source)
    names = node.children_by_field_name("name")
    if any(c.type == "wildcard_import" for c in node.named_children):
        _import(w, node, "*", level, module, "*")
    for child in names:
        alias, inner = None, child
        if child.type == "aliased_import":
            alias, name = child.child_by_field_name("alias"), child.child_by_field_name("name")
            if name is None:
                continue
            inner = name
        name_text = w.text(inner)
        local = w.text(alias) if alias is not None else name_text
        w.aliases[local] = f"{'.' * level}{module}.{name_text}" if module else f"{'.' * level}{name_text}"
        _import(w, child, local, level, module, name_text, node.start_point[0] + 1)
    if module == "typing" and not level:
        w.note("typing", "from", node)
    if _direct(node) and names:
        w.note("from", f"{'.' * level}{module} {len(names)}", node)
    _group(w, node, "from")


def _future(w: Walk, node: Node) -> None:
    if any(w.text(c) == "annotations" for c in node.named_children):
        w.note("future", "yes", node)


def _import(w: Walk, node: Node, local: str, level: int, module: str, name: str, line: int = 0) -> None:
    start, end = node.start_byte, node.end_byte
    w.imports.append(Imported(local, level, module, name, line or node.start_point[0] + 1, start, end, _top(w)))


def _group(w: Walk, node: Node, kind: str) -> None:
    if _direct(node):
        w.note("lines", f"{kind} {node.start_point[0]} {node.end_point[0]}", node)


def _annotation(w: Walk, node: Node) -> None:
    if node.parent is not None and node.parent.type not in ("type_parameter", "type", "generic_type", "union_type"):
        w.annotated = True


def finish(w: Walk) -> None:
    """Judge what takes the whole file."""
    if typing := w.notes.get("typing"):
        w.occurrences.append(_occurrence("imports.typing", typing[0]))
    counts: dict[str, int] = {}
    rows = [(answer.rpartition(" "), start, end) for answer, start, end in w.notes.get("from", ())]
    for (module, _, number), _, _ in rows:
        counts[module] = counts.get(module, 0) + int(number)
    for (module, _, number), start, end in rows:
        if counts[module] >= 2:
            answer = "many" if int(number) >= 2 else "one"
            w.occurrences.append(Occurrence("imports.per-line", answer, start, end))
    _groups(w)
    if w.annotated:
        future = w.notes.get("future")
        start, end = future[0][1:] if future else (0, 0)
        w.occurrences.append(Occurrence("imports.future-annotations", "yes" if future else "no", start, end))


def _groups(w: Walk) -> None:
    """A group is a run of import statements without a blank line between them."""
    group: list[tuple[str, int, int]] = []
    last = -2
    code = w.data.split(b"\n")
    for answer, start, end in [*w.notes.get("lines", ()), ("end -9 -9", 0, 0)]:
        kind, first, until = answer.split(" ")
        near = all(line.strip().startswith(b"#") for line in code[last + 1 : int(first)]) and int(first) > last >= 0
        if group and not near:
            _judge(w, group)
            group = []
        group.append((kind, start, end))
        last = int(until)


def _judge(w: Walk, group: list[tuple[str, int, int]]) -> None:
    kinds = [kind for kind, _, _ in group]
    if len(set(kinds)) > 1:
        answer = "first" if kinds == sorted(kinds, key=("import", "from").index) else "mixed"
        w.occurrences.append(Occurrence("imports.plain-first", answer, group[0][1], group[-1][2]))


def _occurrence(question: str, note: tuple[str, int, int]) -> Occurrence:
    return Occurrence(question, *note)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "import_statement": (_plain,),
    "import_from_statement": (_from,),
    "future_import_statement": (_future,),
    "type": (_annotation,),
}
