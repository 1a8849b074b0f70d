"""Is a move right? The same kind of oracles as for renames, but lines and files change, so other things are compared.

1. syntax: every changed file parses, and the definition stands in the new module and no more in the old one, equal but
   for the modules that its names are now reached through.
2. imports: every module that could be imported alone, each in a fresh process, still can.
3. checker: basedpyright finds no more unknown names, attributes or modules than before.
4. tests: the whole suite has the same outcome per test.
"""

import ast
import json
import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from benchmarks.refactor.draw import Target, Trial
from benchmarks.refactor.judge import Judge, Ruling
from benchmarks.refactor.trial import Kind

_ABOUT_NAMES = (
    "reportUndefinedVariable",
    "reportAttributeAccessIssue",
    "reportMissingImports",
    "reportPossiblyUnbound",
)
_IMPORTER = """\
import json, os, sys
failed = []
for module in sys.argv[2:]:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_RDWR), 1); os.dup2(1, 2); os.dup2(1, 0)
        sys.path[:0] = sys.argv[1].split(os.pathsep)
        code = 1
        try:
            __import__(module); code = 0
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        failed.append(module)
print(json.dumps(failed))
"""


class MoveJudge(Judge):
    """`rule` takes the moved name as `old` and the destination's path as `new`."""

    _importable: set[str] | None = None
    _counted: Counter[str] | None = None
    source = ""

    def _cheap(self, changed: Mapping[str, bytes], old: str, new: str) -> Ruling | None:
        return None

    def _rule(self, changed: Mapping[str, bytes], old: str, new: str, sure: bool) -> Ruling:
        origin = next((p for p in changed if p != new and defined(self._before(p), old) is not None), "")
        for path, data in sorted(changed.items()):
            try:
                if path.endswith((".py", ".pyi")):
                    ast.parse(data)
            except SyntaxError as error:
                return Ruling("syntax", f"{path}: line {error.lineno}: {error.msg}")
        if objection := _moved(self._before(origin), changed.get(origin, b""), changed.get(new, b""), old):
            return Ruling("syntax", objection)
        if failed := self._imports(changed):
            return Ruling("imports", f"cannot be imported alone: {', '.join(failed[:5])}")
        worse = self._worse(changed)
        if worse and sure:
            self.checker.restart()
            self._counted = None
            worse = self._worse(changed)
        if worse:
            return Ruling("checker", "; ".join(sorted(worse)[:5]))
        differing = self._differing(changed, {})
        if differing and sure:
            differing = sorted(({*differing} & {*self._differing(changed, {})}) - {*self._differing({}, {})})
        return Ruling("tests", "; ".join(differing[:5])[:400]) if differing else Ruling("", "")

    def _before(self, path: str) -> bytes:
        file = self.root / path
        return file.read_bytes() if path and file.is_file() else b""

    def _imports(self, changed: Mapping[str, bytes]) -> list[str]:
        modules = [_module(path) for path in {*self.files, *changed} if path.endswith(".py") and _is_source(path)]
        if self._importable is None:
            self.suite.lay({})
            self._importable = {*modules} - {*self._fails(modules)}
        self.suite.lay(changed)
        new = {_module(path) for path in changed if path.endswith(".py") and not (self.root / path).exists()}
        return self._fails(sorted((self._importable | new) & {*modules}))

    def _fails(self, modules: list[str]) -> list[str]:
        roots = os.pathsep.join(map(str, self.suite.roots()))
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [str(self.python), "-c", _IMPORTER, roots, *modules]
        done = subprocess.run(command, cwd=self.suite.tree, env=env, capture_output=True, text=True, check=True)
        return [str(module) for module in json.loads(done.stdout)]

    def _worse(self, changed: Mapping[str, bytes]) -> list[str]:
        if self._counted is None:
            self._counted = _counted(self.checker.baseline)
        after = self.checker.findings_with(changed)
        worse = []
        for rule, count in _counted(after).items():
            if count > self._counted[rule]:
                places = sorted(f"{path}:{line + 1}" for path, line, found in after if found == rule)
                worse.append(f"{rule}: {count - self._counted[rule]} more among {', '.join(places[:6])}")
        return worse


def _counted(findings: Mapping[tuple[str, int, str], int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_, _, rule), count in findings.items():
        if rule in _ABOUT_NAMES:
            found[rule] += count
    return found


def _is_source(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return (parts[0] == "src" or len(parts) > 1) and not any(p.startswith(("test", "doc", "example")) for p in parts)


def _module(path: str) -> str:
    parts = list(PurePosixPath(path.removeprefix("src/")).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def defined(data: bytes, name: str) -> ast.stmt | None:
    """Return the statement of the module's own body that defines `name`."""
    try:
        body = ast.parse(data).body
    except SyntaxError:
        return None
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return node
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node
    return None


def _moved(before: bytes, left: bytes, there: bytes, name: str) -> str:
    was, now = defined(before, name), defined(there, name)
    if was is None:
        return f"{name} is not in the old module's edits"
    if now is None:
        return f"{name} is not in the new module"
    if defined(left, name) is not None:
        return f"{name} is still in the old module"
    return "" if _plain(was) == _plain(now) else f"{name} is not what it was"


def _plain(node: ast.stmt) -> str:
    """The tree with `module.name` written as `name`, and imports inside of it left out."""

    class Short(ast.NodeTransformer):
        def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
            self.generic_visit(node)
            return ast.Name(node.attr) if isinstance(node.value, ast.Name) else node

        def visit_Name(self, node: ast.Name) -> ast.AST:
            return ast.Name(node.id)

        def visit_Import(self, node: ast.Import) -> None:
            return None

        def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
            return None

    return ast.dump(Short().visit(ast.parse(ast.unparse(node))))


def moves(root: Path) -> Kind:
    """Moves: by hand see `by_hand`; a fault is an import that the edit has brought in, left out."""

    def edits(trial: Trial) -> Iterator[Mapping[str, bytes]]:
        if (found := by_hand(root, trial)) is not None:
            yield found

    def plant(trial: Trial, changed: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]] | None:
        brought = []
        for path, data in sorted(changed.items()):
            known = _import_lines((root / path).read_bytes()) if (root / path).is_file() else []
            brought += [(path, line) for line in _import_lines(data) if line not in known]
        if not brought:
            return None
        path, line = random.Random(trial.number).choice(brought)
        lines = changed[path].split(b"\n")
        lines[lines.index(line)] = line[: len(line) - len(line.lstrip())] + b"pass"
        return f"{path}: {line.decode().strip()} left out", {**changed, path: b"\n".join(lines)}

    return Kind(edits, plant)


def _import_lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return [line for line in lines if re.match(rb"\s*(from [\w.]+ )?import [\w, .]+\r?$", line)]


def by_hand(root: Path, trial: Trial) -> dict[str, bytes] | None:
    """Return the plainest correct move, for judging refusals: the definition goes with the imports of its module, and
    the old module imports it at its end. None where the definition uses something else of its module, or the
    destination has the name: then no move is held possible."""
    target, dest = trial.target, trial.new_name
    data = (root / target.path).read_bytes()
    node = defined(data, target.name)
    there = (root / dest).read_bytes() if (root / dest).is_file() else b""
    if node is None or _names(there) & {target.name} or _uses(data, node, target):
        return None
    lines = data.decode().splitlines(keepends=True)
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
    moved = "".join(lines[first : node.end_lineno])
    imports = [ast.unparse(n) for n in ast.parse(data).body if isinstance(n, ast.Import | ast.ImportFrom)]
    future = [line for line in imports if "__future__" in line]
    rest = [line for line in imports if line not in future]
    new = "\n".join([*future, there.decode(), *rest, moved])
    del lines[first : node.end_lineno]
    old = f"{''.join(lines)}\nfrom {_module(dest)} import {target.name}\n"
    return {target.path: old.encode(), dest: new.encode()}


def _uses(data: bytes, node: ast.stmt, target: Target) -> set[str]:
    own = {name for name in _names(data) if name != target.name}
    return own & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _names(data: bytes) -> set[str]:
    """The names that a module's own body defines, imports left out."""
    found: set[str] = set()
    for node in ast.parse(data).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return found
