"""Is a rename right? Oracles that share nothing with the product, cheap ones first.

1. syntax: every changed file parses, and its tree is equal up to old and new name.
2. scopes: by `symtable`, every plain name still means the same variable, and no two variables became one.
3. tests: the whole suite has the same outcome per test, run in a plain copy that is proved to be the code under test.
4. checker: basedpyright finds nothing new (compared by file, line and rule).
"""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import symtable
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
from familiar_codegraph import home

_NOT_ABOUT_MEANING = re.compile(
    "reportPrivate|reportConstant|reportUnused|reportShadowed|reportUnnecessary|reportMissing"
)
_SKIPPED = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".pytest_cache", "*.egg-info")
_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?:\[\d+\] )?(\S.*?)(?: - .*)?$", re.MULTILINE)


class Ruling(msgspec.Struct, frozen=True):
    """`oracle` is the one that objects, "" when none does; `detail` says where and what."""

    oracle: str
    detail: str

    @property
    def right(self) -> bool:
        return not self.oracle


class Judge:
    """Rules on changed files of one repository whose tests run with `python`; the baseline is taken once."""

    def __init__(self, root: Path, python: Path, *, timeout: float = 120.0) -> None:
        self.root, self.python, self.timeout = root, python, timeout
        self.checker = _basedpyright()
        self.rulings = home.cache_dir() / "benchmarks" / "rulings"
        self.rulings.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            copy = self._copy(Path(folder), {})
            self.outcomes = self._tests(copy)
            self.findings = self._findings(copy)
        if not any(outcome == "PASSED" for outcome in self.outcomes.values()):
            raise RuntimeError(f"{root}: no test passes to begin with, so nothing can be judged")

    def rule(self, changed: Mapping[str, bytes], old: str, new: str, *, types: bool = True) -> Ruling:
        """Return the first objection to `changed` (path -> bytes after) as a rename of `old` to `new`.

        Without `types` the checker is not asked: for a local variable the scopes say all there is to say. The same
        change is ruled on once.
        """
        asked = (self.root.name, old, new, types, sorted(changed.items()), Path(__file__).read_bytes())
        known = self.rulings / hashlib.sha256(msgspec.msgpack.encode(asked)).hexdigest()
        if known.is_file():
            return msgspec.json.decode(known.read_bytes(), type=Ruling)
        ruling = self._rule(changed, old, new, types)
        known.write_bytes(msgspec.json.encode(ruling))
        return ruling

    def _rule(self, changed: Mapping[str, bytes], old: str, new: str, types: bool) -> Ruling:
        for path, after in sorted(changed.items()):
            if not path.endswith((".py", ".pyi")):
                continue
            before = (self.root / path).read_bytes()
            if objection := _syntax(before, after, old, new):
                return Ruling("syntax", f"{path}: {objection}")
            if objection := _scopes(before, after, path, old, new):
                return Ruling("scopes", f"{path}: {objection}")
        with tempfile.TemporaryDirectory() as folder:
            copy = self._copy(Path(folder), changed)
            if differing := self._differing(self._tests(copy), old, new):
                return Ruling("tests", "; ".join(differing[:5])[:400])
            if types and (worse := self._findings(copy) - self.findings):
                return Ruling("checker", "; ".join(f"{p}:{line + 1} {rule}" for p, line, rule in sorted(worse))[:400])
        return Ruling("", "")

    def _differing(self, outcomes: Mapping[str, str], old: str, new: str) -> list[str]:
        before = {_mapped(name, old, new): outcome for name, outcome in self.outcomes.items()}
        after = {_mapped(name, old, new): outcome for name, outcome in outcomes.items()}
        return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))

    def _copy(self, folder: Path, changed: Mapping[str, bytes]) -> Path:
        copy = folder / self.root.name
        shutil.copytree(self.root, copy, ignore=_SKIPPED, symlinks=True)
        for path, data in changed.items():
            (copy / path).write_bytes(data)
        return copy

    def _tests(self, copy: Path) -> dict[str, str]:
        """Return outcome by test id. The copy's import roots come first on the path, before any editable install."""
        roots = [str(copy / "src"), str(copy)] if (copy / "src").is_dir() else [str(copy)]
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(roots),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
        command = [str(self.python), "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA", "--tb=no", "--no-header"]
        try:
            done = subprocess.run(
                command, cwd=copy, env=env, capture_output=True, text=True, timeout=self.timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return {"the whole suite": "TIMEOUT"}
        self._prove(copy, env)
        return {name: outcome for outcome, name in _OUTCOME.findall(done.stdout)}

    def _prove(self, copy: Path, env: dict[str, str]) -> None:
        """Raise unless the packages that the tests import are the copy's."""
        base = copy / "src" if (copy / "src").is_dir() else copy
        for package in sorted(p.parent.name for p in base.glob("*/__init__.py") if p.parent.name != "tests"):
            find = f"import importlib.util as u; print(u.find_spec({package!r}).origin)"
            done = subprocess.run(
                [str(self.python), "-c", find], cwd=copy, env=env, capture_output=True, text=True, check=False
            )
            if not done.stdout.startswith(str(base)):
                raise RuntimeError(f"the tests would import {package} from {done.stdout.strip()}, not from the copy")

    def _findings(self, copy: Path) -> Counter[tuple[str, int, str]]:
        command = [str(self.checker), "--outputjson", "--level", "warning", "--pythonpath", str(self.python), str(copy)]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        found: Counter[tuple[str, int, str]] = Counter()
        for item in json.loads(done.stdout)["generalDiagnostics"]:
            rule = item.get("rule", "error")
            if not _NOT_ABOUT_MEANING.match(rule):
                found[(os.path.relpath(item["file"], copy), item["range"]["start"]["line"], rule)] += 1
        return found


def _mapped(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text)


def _basedpyright() -> Path:
    """Return the checker in an environment of its own, installed there the first time."""
    folder = home.cache_dir() / "benchmarks" / "basedpyright-1.40.2"
    program = folder / "bin" / "basedpyright"
    if not program.exists():
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, "basedpyright==1.40.2"], check=True)
    return program


# ---------------------------------------------------------------- syntax


def _syntax(before: bytes, after: bytes, old: str, new: str) -> str:
    try:
        first, second = ast.parse(before), ast.parse(after)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return _unequal(first, second, old, new) or ""


def _unequal(a: object, b: object, old: str, new: str) -> str | None:
    if type(a) is not type(b):
        return f"{type(a).__name__} becomes {type(b).__name__}"
    if isinstance(a, ast.AST):
        for field in a._fields:
            if found := _unequal(getattr(a, field, None), getattr(b, field, None), old, new):
                return found if found.startswith("line") else f"line {getattr(a, 'lineno', '?')}: {found}"
        return None
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return "another number of parts"
        return next((found for x, y in zip(a, b, strict=True) if (found := _unequal(x, y, old, new))), None)
    if isinstance(a, str) and isinstance(b, str):
        return None if a == b or _mapped(a, old, new) == _mapped(b, old, new) else f"{a!r} becomes {b!r}"
    return None if a == b or repr(a) == repr(b) else f"{a!r} becomes {b!r}"


# ---------------------------------------------------------------- scopes

_Path = tuple[int, ...]


class _Table:
    """Which scope defines each name of each scope, scopes written as the path of child numbers from the module."""

    def __init__(self, data: bytes, path: str) -> None:
        self.meaning: dict[_Path, dict[str, tuple[_Path, str]]] = {}
        self._walk(symtable.symtable(data.decode("utf-8-sig"), path, "exec"), (), [])

    def _walk(self, table: symtable.SymbolTable, here: _Path, outer: list[tuple[_Path, symtable.SymbolTable]]) -> None:
        names = {}
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if symbol.is_free():
                where = next(
                    (
                        path
                        for path, scope in reversed(outer)
                        if scope.get_type() == "function"
                        and name in scope.get_identifiers()
                        and scope.lookup(name).is_local()
                    ),
                    (-1,),
                )
            elif symbol.is_global() or not here:
                where = ()
            else:
                where = here
            kind = f"{symbol.is_parameter()}{symbol.is_assigned()}{symbol.is_imported()}{symbol.is_namespace()}"
            names[name] = where, kind
        self.meaning[here] = names
        for number, child in enumerate(table.get_children()):
            self._walk(child, (*here, number), [*outer, (here, table)])


def _scopes(before: bytes, after: bytes, path: str, old: str, new: str) -> str:
    """Say where a name's meaning changed: another defining scope, two variables merged, or one torn apart."""
    try:
        first, second = _Table(before, path).meaning, _Table(after, path).meaning
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    renamed: dict[_Path, bool] = {}
    if first.keys() != second.keys():
        return "other scopes"
    for here in first:
        a, b = first[here], second[here]
        if len(a) != len(b):
            return f"scope {here}: {len(a)} names become {len(b)}"
        for name, meaning in a.items():
            private = name.startswith("_") and name not in (old, new) and name not in b
            if name == old or private:
                kept = name in b and b[name] == meaning
                became = [n for n in b if n not in a and b[n] == meaning]
                if kept == bool(became) or len(became) > 1:
                    return f"scope {here}: {name} does not mean the same afterwards"
                if renamed.setdefault(meaning[0], not kept) == kept and name == old:
                    return f"scope {here}: {old} is renamed in some places only"
            elif b.get(name) != meaning:
                return f"scope {here}: {name} does not mean the same afterwards"
    return ""
