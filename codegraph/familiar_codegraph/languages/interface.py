"""The interface hash: what other files can see of a file, without where it stands.

Seen from outside are the names of module and class scopes, classes wherever they stand (a local one may override),
signatures, annotations, decorators, bases, imports,
`__all__`, and everything that inference can reach from there: returned expressions, values of attributes, and the
local variables that those mention. A body-only edit leaves it alone.

It is the hash of one line for each bind that can be seen, in text order, and a line depends on the statement of the
module or the member of a class that it stands in, alone: so it can be put together from pieces. A scope is `open` when
only classes stand around it; of those a line tells how deep they stand, for the lines before it tell which they are.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from familiar_codegraph import facts as f

_OPEN = frozenset({f.MODULE_SCOPE, f.CLASS_SCOPE, f.TYPE_SCOPE})
_NUMBER = re.compile(r"#\d+$")


class Shown(NamedTuple):
    """What others see of a file, or of a piece of one."""

    lines: str
    imports: str
    exports: tuple[str, ...] | None
    dynamic: frozenset[str]


def interface_hash(parts: Iterable[Shown]) -> str:
    """Return 16 hexadecimal digits for a file of these parts, in order."""
    parts = list(parts)
    exports = [name for part in parts for name in part.exports or ()]
    listed = any(part.exports is not None for part in parts)
    dynamic = sorted(frozenset[str]().union(*(part.dynamic for part in parts)))
    texts = [part.lines for part in parts if part.lines] + [part.imports for part in parts if part.imports]
    text = "\n".join([*texts, repr(exports if listed else None), repr(dynamic)])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def shown(facts: f.FileFacts) -> Shown:
    """Return the reachable shapes, positions left out."""
    dump = _Dump(facts)
    for index, bind in enumerate(dump.binds):
        is_class = bind.kind == f.DEFINE and facts.defs[bind.value].kind in f.CLASSES
        in_class = bind.kind == f.MEMBER or facts.scopes[bind.scope].kind == f.CLASS_SCOPE
        if is_class or in_class or bind.scope in dump.open:
            dump.bind(index)
    dump.drain()
    return Shown(
        "\n".join([dump.out[index] for index in sorted(dump.out)]),
        "\n".join([repr((i.module, i.level, i.name, i.alias, dump.labels[i.scope])) for i in facts.imports]),
        None if facts.exports is None else tuple([facts.names[facts.uses[u].name] for u in facts.exports]),
        frozenset(facts.dynamic),
    )


def _labels(scopes: Sequence[f.Scope]) -> tuple[list[str], set[int]]:
    """Return for each scope what stands for it, and which are open."""
    labels, open_ = [""], {0}
    depths = [0]
    for number, row in enumerate(scopes[1:], 1):
        outer = row.parent
        while outer > 0 and scopes[outer].kind == f.TYPE_SCOPE:
            outer = scopes[outer].parent
        around = scopes[outer].qualname
        label = row.qualname[len(around) + 1 :] if around else row.qualname
        depths.append(depths[row.parent] + 1)
        if row.parent in open_ and row.kind in _OPEN:
            open_.add(number)
            labels.append(f"^{depths[number]}")
        elif row.parent in open_:
            labels.append(f"^{depths[number]}.{_NUMBER.sub('', label)}")
        else:
            labels.append(f"{labels[row.parent]}.{label}")
    return labels, open_


class _Dump:
    def __init__(self, facts: f.FileFacts) -> None:
        self.facts, self.out = facts, dict[int, str]()
        self.uses, self.exprs, self.binds = tuple(facts.uses), tuple(facts.exprs), tuple(facts.binds)
        self.labels, self.open = _labels(facts.scopes)
        self._locals: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, bind in enumerate(self.binds):
            self._locals[bind.scope, bind.name].append(index)
        self._objects: dict[int, list[int]] = defaultdict(list)
        self._seen: set[int] = set()
        self._waiting: list[int] = []

    def bind(self, index: int) -> None:
        """Ask for a bind, once."""
        if index not in self._seen:
            self._seen.add(index)
            self._waiting.append(index)

    def drain(self) -> None:
        while self._waiting:
            index = self._waiting.pop()
            self.out[index] = self._bind(index)

    def _bind(self, index: int) -> str:
        facts, bind = self.facts, self.binds[index]
        label = (self.labels[bind.scope], facts.names[bind.name] if bind.name >= 0 else "", bind.kind)
        if bind.kind == f.DEFINE:
            return self._define(label, facts.defs[bind.value])
        if bind.kind == f.IMPORT:
            row = facts.imports[bind.value]
            return f"{label} {row.module} {row.level} {row.name}"
        extra = self.labels[bind.extra] if bind.kind == f.MEMBER else bind.extra
        return f"{label} {extra} {self.expr(bind.value)} {self.expr(bind.annotation)}"

    def _define(self, label: tuple[str, str, int], row: f.Def) -> str:
        parts = [
            self.expr(e) for e in (*row.decorators, *row.bases, row.metaclass, row.returns, *row.returned, *row.yielded)
        ]
        flags = (row.kind, row.signature, row.doc, row.is_async, row.is_generator)
        for parameter in row.parameters:
            self.bind(parameter)
        return f"{label} {flags} {len(row.decorators)} {len(row.bases)} {parts}"

    def expr(self, index: int, depth: int = 0) -> str:
        if index < 0 or depth > 100:
            return "?"
        facts, row = self.facts, self.exprs[index]
        if row.op == f.NAME:
            use = self.uses[row.a]
            if use.ref < 0 or use.ref in self.open:
                return f"^:{facts.names[use.name]}"
            for bind in self._locals.get((use.ref, use.name), ()):
                self.bind(bind)
            return f"{self.labels[use.ref]}:{facts.names[use.name]}"
        if row.op in (f.ATTR, f.LOOKUP):
            return f"{self.expr(row.a, depth + 1)}.{facts.names[self.uses[row.b].name]}"
        if row.op == f.CONST:
            text = facts.strings[row.a].text if row.a >= 0 else ""
            return f"{row.b}{text!r}"
        if row.op in (f.SELF, f.OBJECT, f.CLASS):
            if row.op == f.OBJECT:
                self._properties(row.b)
            return f"{row.op}{self.labels[row.b]}"
        if row.op == f.LOADED:
            return f"loaded {facts.imports[row.b].module}"
        if row.op == f.LAMBDA:
            return f"lambda {self.expr(row.b, depth + 1)}"
        inner = [self.expr(e, depth + 1) for e in row.items]
        base = "" if row.op in (f.DISPLAY, f.ALTERNATIVES, f.SUPER) else self.expr(row.a, depth + 1)
        return f"{row.op}({base}|{row.b}|{','.join(inner)})"

    def _properties(self, scope: int) -> None:
        """Ask for everything that an object literal's scope binds."""
        if not self._objects:
            for (inner, _), binds in self._locals.items():
                if self.facts.scopes[inner].kind == f.OBJECT_SCOPE:
                    self._objects[inner] += binds
        for bind in self._objects.get(scope, ()):
            self.bind(bind)
