"""Is a rename right? Oracles that share nothing with the product, cheap ones first.

1. syntax, code: every changed file parses; its tree and its code objects are equal up to old and new name.
2. scopes: by `symtable`, every plain name still means the same variable, and no two variables became one.
3. binding: where basedpyright says that each place of the old and of the new name is defined stays the same.
4. checker: basedpyright finds nothing new (compared by file, line and rule).
5. tests: the whole suite has the same outcome per test, run in a plain copy that is proved to be the code under test.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from familiar_codegraph import home

from benchmarks.refactor import shape
from benchmarks.refactor.checker import Checker, installed
from benchmarks.refactor.suite import Suite

_PARTS = ("checker", "judge", "movejudge", "outcomes", "suite", "tokens")
_SOURCES = b"".join(Path(__file__).with_name(f"{part}.py").read_bytes() for part in _PARTS)


class Ruling(msgspec.Struct, frozen=True):
    """`oracle` is the one that objects, "" when none does; `detail` says where and what."""

    oracle: str
    detail: str

    @property
    def right(self) -> bool:
        return not self.oracle


class Judge:
    """Rules on changed files of one repository whose tests run with `python`; baselines are taken once, when needed."""

    def __init__(self, root: Path, python: Path, files: list[str], folder: Path) -> None:
        self.root, self.python, self.files, self.folder = root, python, files, folder
        self._suite: Suite | None = None
        self._checker: Checker | None = None
        self.rulings = home.cache_dir() / "benchmarks" / "rulings"
        self.rulings.mkdir(parents=True, exist_ok=True)

    @property
    def suite(self) -> Suite:
        if self._suite is None:
            self._suite = Suite(self.root, self.python, self.folder)
        return self._suite

    @property
    def checker(self) -> Checker:
        if self._checker is None:
            self._checker = Checker(installed(), self.root, self.python, self.files)
        return self._checker

    def end(self) -> None:
        if self._checker is not None:
            self._checker.end()

    def rule(self, changed: Mapping[str, bytes], old: str, new: str, *, sure: bool = False) -> Ruling:
        """Return the first objection to `changed` (path -> bytes after) as a rename of `old` to `new`.

        What the checker and the tests say of the same change is asked once. With `sure` their objection is heard a
        second time, from a checker begun anew and from another run, before it counts; and what the unchanged code then
        says differently than before is no objection.
        """
        if objection := self._cheap(changed, old, new):
            return objection
        asked = (self.root.name, old, new, sure, sorted(changed.items()), _SOURCES)
        known = self.rulings / hashlib.sha256(msgspec.msgpack.encode(asked)).hexdigest()
        if known.is_file():
            return msgspec.json.decode(known.read_bytes(), type=Ruling)
        ruling = self._rule(changed, old, new, sure)
        known.write_bytes(msgspec.json.encode(ruling))
        return ruling

    def _cheap(self, changed: Mapping[str, bytes], old: str, new: str) -> Ruling | None:
        names = {old: new}
        for path, after in sorted(changed.items()):
            if not path.endswith((".py", ".pyi")):
                continue
            before = (self.root / path).read_bytes()
            if objection := shape.syntax(before, after, names) or shape.code(before, after, path, names):
                return Ruling("syntax", f"{path}: {objection}")
            if objection := shape.scopes(before, after, path, old, new):
                return Ruling("scopes", f"{path}: {objection}")
        return None

    def _rule(self, changed: Mapping[str, bytes], old: str, new: str, sure: bool) -> Ruling:
        names = {old: new}
        oracle, detail = self.checker.objection(changed, (old, new))
        if oracle and sure:
            self.checker.restart()
            oracle, detail = self.checker.objection(changed, (old, new))
        if oracle:
            return Ruling(oracle, detail)
        differing = self._differing(changed, names)
        if differing and sure:
            unsteady = {*self._differing({}, names)}
            differing = sorted(({*differing} & {*self._differing(changed, names)}) - unsteady)
        return Ruling("tests", "; ".join(differing[:5])[:400]) if differing else Ruling("", "")

    def _differing(self, changed: Mapping[str, bytes], names: shape.Names) -> list[str]:
        before = {shape.mapped(id, names): outcome for id, outcome in self.suite.baseline.items()}
        after = {shape.mapped(id, names): outcome for id, outcome in self.suite.run(changed).items()}
        unstable = {shape.mapped(id, names) for id in self.suite.flaky}
        every = (before.keys() | after.keys()) - unstable
        return sorted(id for id in every if before.get(id) != after.get(id))
