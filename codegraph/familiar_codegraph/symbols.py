"""Symbols by id: their kind, where their names stand, what they enclose."""

from familiar_codegraph import attributes
from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.values import OutlineItem, Symbol

Place = tuple[str, int, int]


def module_names(path: str) -> list[str]:
    """Return what a module is called: its file's name, or its folder's for `__init__.py` and `index.ts`."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0].removesuffix(".d")
    if stem == "__init__":
        return [folder.rpartition("/")[2]]
    return [folder.rpartition("/")[2], stem] if stem == "index" and folder and reads(path) else [stem]


class Symbols:
    """Answers about ids; an id is `path`, or `path::scope.name`."""

    def __init__(self, resolver: Resolver) -> None:
        self._r = resolver

    def get(self, id: str) -> Symbol | None:
        path, sign, qualname = id.partition("::")
        index = self._r.file(path)
        if index is None:
            return None
        if not sign:
            return Symbol(path, module_names(path)[0], "module", path, 0, 0, "", path)
        return self._r.once(path, ("symbol", qualname), lambda: self._get(index, qualname), None)

    def _get(self, index: FileIndex, qualname: str) -> Symbol | None:
        scope, name, binds = self.binds(index, qualname)
        if not binds:
            return None
        first = next((b for b in binds if b.kind not in (f.AUGMENT, f.DELETE)), binds[0])
        use = index.facts.uses[first.use]
        outer = index.facts.scopes[scope].qualname
        around = f"{index.path}::{outer}" if outer else index.path
        kind = self._kind(index, scope, binds)
        return Symbol(f"{index.path}::{qualname}", name, kind, index.path, use.start, use.end, qualname, around)

    def binds(self, index: FileIndex, qualname: str) -> tuple[int, str, list[f.Bind]]:
        """Return the scope, the name and the binds of a symbol; no binds when there is no such symbol."""
        outer, _, name = qualname.rpartition(".")
        scope = index.scope_of.get(outer, -1)
        return scope, name, [index.facts.binds[b] for b in index.binds.get((scope, name), ())]

    def _kind(self, index: FileIndex, scope: int, binds: list[f.Bind]) -> str:
        in_class = index.facts.scopes[scope].kind in f.MEMBER_SCOPES
        for bind in binds:
            if bind.kind == f.DEFINE:
                row = index.facts.defs[bind.value]
                if row.kind != "function" or not in_class:
                    return row.kind
                return "property" if attributes.is_property(row) else "method"
        if any(b.kind == f.PARAMETER for b in binds):
            return "parameter"
        if all(b.kind == f.IMPORT for b in binds):
            return "alias"
        return "attribute" if in_class else "variable"

    def places(self, id: str) -> list[Place]:
        """Return where a symbol is defined: functions, classes and first binds; later assignments are left out."""
        path, sign, qualname = id.partition("::")
        index = self._r.file(path)
        if index is None:
            return []
        if not sign:
            return [(path, 0, 0)]
        _, _, binds = self.binds(index, qualname)
        defined = [b for b in binds if b.kind == f.DEFINE] or binds[:1]
        return [(path, index.facts.uses[b.use].start, index.facts.uses[b.use].end) for b in defined]

    def definition(self, id: str) -> tuple[FileIndex, f.Def] | None:
        """Return the row of the function or class with this id (the first, when it is defined often)."""
        path, sign, qualname = id.partition("::")
        index = self._r.file(path)
        if index is None or not sign:
            return None
        _, _, binds = self.binds(index, qualname)
        for bind in binds:
            if bind.kind == f.DEFINE:
                return index, index.facts.defs[bind.value]
        return None

    def span(self, id: str) -> tuple[int, int] | None:
        """Return the whole of a function, class or module, None for anything else."""
        if "::" not in id:
            index = self._r.file(id)
            return (0, index.facts.scopes[0].end) if index else None
        found = self.definition(id)
        return (found[1].start, found[1].end) if found else None

    def outline(self, path: str) -> tuple[OutlineItem, ...]:
        index = self._r.file(path)
        return self._items(index, 0) if index else ()

    def _items(self, index: FileIndex, scope: int) -> tuple[OutlineItem, ...]:
        facts, out = index.facts, list[OutlineItem]()
        for row in facts.defs:
            outer = row.scope
            while outer >= 0 and facts.scopes[outer].kind == f.TYPE_SCOPE:
                outer = facts.scopes[outer].parent
            if outer != scope or row.inner < 0:
                continue
            use, kind = facts.uses[row.use], row.kind
            if kind == "function" and facts.scopes[scope].kind == f.CLASS_SCOPE:
                kind = "property" if attributes.is_property(row) else "method"
            item = OutlineItem(
                facts.names[row.name],
                kind,
                row.start,
                row.end,
                use.start,
                use.end,
                row.signature,
                row.doc,
                self._items(index, row.inner),
            )
            out.append(item)
        return tuple(out)
