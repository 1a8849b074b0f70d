"""Plan another name or another place for a module's file, or another name for a package's folder.

Within its folder only the last part of a module's name changes, so every place that spells it changes by one word.
In another folder the statements that import it are written anew (`renameimports`). Then the proof (`renamechecks`).
"""

import hashlib
import keyword
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.snapshot import StaleFile
from familiar_codegraph.symbols import module_names

from familiar_edits import asking, modulenames, naming, renamechecks, renameimports
from familiar_edits.moverefs import Mention
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place
from familiar_edits.values import ChangeSet, FileChange, Plan, TextEdit

KIND = "rename-file"
_COMPUTED = re.compile(rb"\b(?:import_module|__import__)\(\s*(?![\"')])|\b(?:iter_modules|walk_packages)\(")


def plan(
    graph: CodeGraph,
    path: str,
    new_path: str,
    *,
    take: Collection[str] = (),
    skip: Collection[str] = (),
    texts: Mapping[str, bytes] | None = None,
    others: Mapping[str, bytes] | None = None,
) -> Plan:
    """Return the plan to call the file or folder `path` `new_path`, both relative to the root.

    `others` are the files of the folder that are no code, by path: they go with it. `take`, `skip` and `texts` are as
    in `rename.plan`. A plan with `refused` set has no changes.
    """
    description = ChangeSet(f"rename {path} to {new_path}")
    try:
        return _Renaming(graph, path.rstrip("/"), new_path.rstrip("/"), texts or {}, others or {}).plan(take, skip)
    except StaleFile as stale:
        return Plan(KIND, description, refused=f"{stale}: ask again.")
    except Refusal as refusal:
        return Plan(KIND, description, checks=refusal.checks, refused=str(refusal))


def beside(path: str, name: str) -> tuple[str, str]:
    """Return what is renamed, and to what, when the module at `path` is to be called `name`."""
    old = path.removesuffix("/__init__.py") if path.endswith("/__init__.py") else path
    folder = old.rpartition("/")[0]
    return old, f"{folder}/{name}{PurePosixPath(old).suffix}".lstrip("/")


class _Renaming:
    def __init__(
        self, graph: CodeGraph, old: str, new: str, texts: Mapping[str, bytes], others: Mapping[str, bytes]
    ) -> None:
        self.graph, self.old, self.new, self.texts = graph, old, new, texts
        inside = [path for path in graph.files() if path == old or path.startswith(f"{old}/")]
        self.is_folder = inside != [old]
        self.moves = {path: new + path[len(old) :] for path in [*inside, *others]}
        self.others = others
        self.module = f"{old}/__init__.py" if self.is_folder else old
        self.edits: dict[str, list[TextEdit]] = defaultdict(list)
        self.mentions: list[Mention] = []

    def plan(self, take: Collection[str], skip: Collection[str]) -> Plan:
        self._check()
        if self._stays():
            self._words()
        else:
            for path, edits in renameimports.rewritten(self.graph, self.old, self.new, self.mentions).items():
                self.edits[path] += edits
        self._computed()
        self._texts()
        asks, taken = asking.answered(self.graph, self.mentions, self.texts, take, skip)
        for mention in taken:
            place = mention.place
            self.edits[place.path].append(TextEdit(place.start, place.end, mention.new_text or ""))
        changeset = self._changeset()
        checks = renamechecks.run(self.graph, changeset, self._data, self._names() if self._stays() else None)
        if failed := [check for check in checks if check.verdict == "fail"]:
            raise Refusal(failed[0].detail, checks)
        bare = (FileChange("rename", p, self._sha(p), (), n) for p, n in sorted(self.moves.items()))
        incomplete = ChangeSet(f"{changeset.description}, without its importers", tuple(bare))
        return Plan(
            KIND,
            changeset,
            tuple(asks),
            checks,
            None,
            {},
            tuple(p for p in self.moves if p not in self.others),
            incomplete if incomplete.changes != changeset.changes else None,
        )

    # ------------------------------------------------------------ may it be

    def _check(self) -> None:
        graph, old, new = self.graph, self.old, self.new
        if not self.moves:
            raise Refusal(f"{old} is no file or folder with Python files of this repository.")
        if old == new:
            raise Refusal(f"{old} is its name already.")
        if PurePosixPath(new).is_absolute() or ".." in PurePosixPath(new).parts:
            raise Refusal(f"{new} is outside the repository.")
        if taken := [p for p in graph.files() if p == new or p.startswith(f"{new}/") or p in self.moves.values()]:
            raise Refusal(f"{taken[0]} exists already.")
        if not self.is_folder and PurePosixPath(old).suffix != PurePosixPath(new).suffix:
            raise Refusal(f"{new} is another kind of file than {old}.")
        if PurePosixPath(old).suffix not in (".py", "") or (self.is_folder and self.module not in graph.files()):
            raise Refusal(f"{old} is no Python module, and no package with an __init__.py.")
        stem, name = PurePosixPath(old).stem, PurePosixPath(new).stem
        for special in (stem, name):
            if naming.is_special(special) or special == "conftest":
                raise Refusal(
                    f"{special}.py has its name from Python or the test runner, so it neither loses nor gets it."
                )
        if not name.isidentifier() or keyword.iskeyword(name):
            raise Refusal(f"{name} is no name that Python can import.")
        if naming.is_test_file(old) != naming.is_test_file(new):
            raise Refusal(f"The test runner finds tests by their file's name: {old} and {new} are not alike in that.")
        if not self._stays() and self.is_folder:
            raise Refusal(f"{old} is a package: it gets another name, but not another place.")
        if "." not in modulenames.dotted(graph, new) and name in sys.stdlib_module_names:
            raise Refusal(f"{name} is a module of Python: it would be hidden.")
        package = graph.index(f"{new.rpartition('/')[0]}/__init__.py")
        if package is not None and (0, name) in package.binds:
            raise Refusal(f"{package.path} has a {name} already: the module would hide it, or the other way round.")

    def _stays(self) -> bool:
        return self.old.rpartition("/")[0] == self.new.rpartition("/")[0]

    def _names(self) -> dict[str, str]:
        return {PurePosixPath(self.old).stem: PurePosixPath(self.new).stem}

    # ------------------------------------------------------------ within its folder

    def _words(self) -> None:
        """Every place that spells the module's name and means it."""
        ((old, new),) = self._names().items()
        for path in self.graph.mentions(module_names(self.module)[0]):
            index = self.graph.index(path)
            for number in index.uses_of.get(old, ()) if index else ():
                assert index
                use = index.facts.uses[number]
                means = occurrences.meaning(self.graph.resolver, index, number)
                if self.module not in means.targets or means.alias or index.is_ecma:
                    continue
                if len(means.targets) > 1 or (use.role == f.STRING and self._is_vague(index.facts.strings[use.ref])):
                    why = "a string that names the module" if use.role == f.STRING else "it may mean another module"
                    self.mentions.append(Mention(Place(path, use.start, use.end), new, why, True))
                    continue
                self.edits[path].append(TextEdit(use.start, use.end, new))

    def _is_vague(self, row: f.StringName) -> bool:
        return row.kind == f.PLAIN

    def _computed(self) -> None:
        """Modules that are imported by computed names may be this one."""
        for path in self.graph.files():
            data = self.graph.data(path) if path.endswith(".py") else b""
            if (match := _COMPUTED.search(data)) and not naming.is_test_file(path):
                why = "modules are imported by names that are computed: this one may be among them"
                self.mentions.append(Mention(Place(path, *match.span()), None, why, True))

    # ------------------------------------------------------------ texts

    def _texts(self) -> None:
        """Comments, docstrings and other files that name the module by its dotted name or its path."""
        old, new = modulenames.dotted(self.graph, self.module), modulenames.dotted(self.graph, self._future_module())
        pairs = [(old, new)] if "." in old else []
        pairs.append((self.old, self.new))
        for written, instead in pairs:
            pattern = re.compile(rb"(?<![\w./])" + re.escape(written.encode()) + rb"(?!\w)")
            for path in [*self.graph.files(), *sorted(self.texts)]:
                data = self.texts[path] if path in self.texts else self.graph.data(path)
                index = self.graph.index(path) if path not in self.texts else None
                known = {u.start for u in index.facts.uses} if index else set()
                for match in pattern.finditer(data):
                    if match.start() not in known:
                        place = Place(path, *match.span())
                        self.mentions.append(Mention(place, instead, "a text that names the module", False))

    def _future_module(self) -> str:
        return self.moves[self.module]

    # ------------------------------------------------------------ the change

    def _data(self, path: str) -> bytes:
        if path in self.others:
            return self.others[path]
        return self.texts[path] if path in self.texts else self.graph.data(path)

    def _sha(self, path: str) -> str:
        return hashlib.sha256(self._data(path)).hexdigest()

    def _changeset(self) -> ChangeSet:
        changes = []
        for path in sorted({*self.moves, *(p for p, made in self.edits.items() if made)}):
            edits = tuple(sorted(set(self.edits.get(path, []))))
            kind, target = ("rename", self.moves[path]) if path in self.moves else ("edit", None)
            changes.append(FileChange(kind, path, self._sha(path), edits, target))  # type: ignore[arg-type]
        return ChangeSet(f"rename {self.old} to {self.new}", tuple(changes))
