"""The interface hash: what other files can see of a file, without where it stands.

Seen from outside are the names of module and class scopes, classes wherever they stand (a local one may override),
signatures, annotations, decorators, bases, imports,
`__all__`, and everything that inference can reach from there: returned expressions, values of attributes, and the
local variables that those mention. A body-only edit leaves it alone.
"""

import hashlib
from collections import defaultdict

from familiar_codegraph import facts as f


def interface_hash(facts: f.FileFacts) -> str:
    """Return 16 hexadecimal digits over the reachable shapes, positions left out."""
    dump = _Dump(facts)
    for index, bind in enumerate(facts.binds):
        is_class = bind.kind == f.DEFINE and facts.defs[bind.value].kind in f.CLASSES
        if is_class or bind.kind == f.MEMBER or facts.scopes[bind.scope].kind in (f.MODULE_SCOPE, f.CLASS_SCOPE):
            dump.bind(index)
    dump.drain()
    exports = None if facts.exports is None else [facts.names[facts.uses[u].name] for u in facts.exports]
    dump.out += [repr(exports), repr(facts.dynamic), repr([p.message for p in facts.problems])]
    dump.out += [repr((i.module, i.level, i.name, i.alias, facts.scopes[i.scope].qualname)) for i in facts.imports]
    return hashlib.blake2b("\n".join(dump.out).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class _Dump:
    def __init__(self, facts: f.FileFacts) -> None:
        self.facts, self.out = facts, list[str]()
        self._locals: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, bind in enumerate(facts.binds):
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
            self._bind(self._waiting.pop())

    def _bind(self, index: int) -> None:
        facts, bind = self.facts, self.facts.binds[index]
        label = (facts.scopes[bind.scope].qualname, facts.names[bind.name] if bind.name >= 0 else "", bind.kind)
        if bind.kind == f.DEFINE:
            self._define(label, facts.defs[bind.value])
        elif bind.kind == f.IMPORT:
            row = facts.imports[bind.value]
            self.out.append(f"{label} {row.module} {row.level} {row.name}")
        else:
            self.out.append(f"{label} {bind.extra} {self.expr(bind.value)} {self.expr(bind.annotation)}")

    def _define(self, label: tuple[str, str, int], row: f.Def) -> None:
        parts = [
            self.expr(e) for e in (*row.decorators, *row.bases, row.metaclass, row.returns, *row.returned, *row.yielded)
        ]
        flags = (row.kind, row.signature, row.doc, row.is_async, row.is_generator)
        self.out.append(f"{label} {flags} {len(row.decorators)} {len(row.bases)} {parts}")
        for parameter in row.parameters:
            self.bind(parameter)

    def expr(self, index: int, depth: int = 0) -> str:
        if index < 0 or depth > 100:
            return "?"
        facts, row = self.facts, self.facts.exprs[index]
        if row.op == f.NAME:
            use = facts.uses[row.a]
            if use.ref >= 0:
                for bind in self._locals.get((use.ref, use.name), ()):
                    self.bind(bind)
            where = facts.scopes[use.ref].qualname if use.ref >= 0 else "?"
            return f"{where}:{facts.names[use.name]}"
        if row.op in (f.ATTR, f.LOOKUP):
            return f"{self.expr(row.a, depth + 1)}.{facts.names[facts.uses[row.b].name]}"
        if row.op == f.CONST:
            text = facts.strings[row.a].text if row.a >= 0 else ""
            return f"{row.b}{text!r}"
        if row.op in (f.SELF, f.OBJECT, f.CLASS):
            if row.op == f.OBJECT:
                self._properties(row.b)
            return f"{row.op}{facts.scopes[row.b].qualname}"
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
