"""What classes outside the repository have: read from the sources of the standard library and of installed packages.

Nothing is imported but the modules compiled into the interpreter; everything else is parsed. A class that cannot be
followed to its end (an extension module, a computed base) gives None: not known.
"""

import ast
import builtins
import importlib
import sys
import sysconfig
from functools import cache
from pathlib import Path

_OBJECT = frozenset(dir(object))
_DEPTH = 12


def members(dotted: str, packages: tuple[Path, ...] = ()) -> frozenset[str] | None:
    """Return every name that instances of the class `package.module.Class` have, inherited ones too; None: not known.

    `packages` are folders of installed packages to search after the standard library.
    """
    module, _, name = dotted.rpartition(".")
    return _of_class(module or "builtins", name, packages, _DEPTH)


def site_packages(root: Path) -> tuple[Path, ...]:
    """Return the folders of installed packages of the environments that lie in the repository."""
    return tuple(sorted(p for e in (".venv", "venv", "env") for p in (root / e).glob("lib/python3*/site-packages")))


@cache
def _of_class(module: str, name: str, packages: tuple[Path, ...], depth: int) -> frozenset[str] | None:
    if module in sys.builtin_module_names:
        value = getattr(importlib.import_module(module), name, None)
        return frozenset(dir(value)) if isinstance(value, type) else None
    if module in ("typing", "typing_extensions") and name in _TYPING:
        return _TYPING[name]
    tree = _tree(module, packages)
    if tree is None or depth == 0:
        return None
    known = [node for node in _statements(tree.body) if isinstance(node, ast.ClassDef) and node.name == name]
    if not known:
        origin = _imported(tree, module, packages).get(name)
        return _of_class(*origin, packages, depth - 1) if origin else None
    found: set[str] = set(_OBJECT)
    for definition in known:
        found |= _own(definition)
        for base in definition.bases:
            inherited = _of_base(base, tree, module, packages, depth)
            if inherited is None:
                return None
            found |= inherited
    return frozenset(found)


def _of_base(
    base: ast.expr, tree: ast.Module, module: str, packages: tuple[Path, ...], depth: int
) -> frozenset[str] | None:
    while isinstance(base, ast.Subscript):
        base = base.value
    imports = _imported(tree, module, packages)
    if isinstance(base, ast.Name):
        if any(isinstance(n, ast.ClassDef) and n.name == base.id for n in _statements(tree.body)):
            return _of_class(module, base.id, packages, depth - 1)
        if base.id in imports:
            return _of_class(*imports[base.id], packages, depth - 1)
        return _of_class("builtins", base.id, packages, depth - 1) if hasattr(builtins, base.id) else None
    if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id in imports:
        package, name = imports[base.value.id]
        return _of_class(f"{package}.{name}".strip("."), base.attr, packages, depth - 1)
    return None


@cache
def _tree(module: str, packages: tuple[Path, ...]) -> ast.Module | None:
    parts = Path(*module.split("."))
    for folder in (Path(sysconfig.get_path("stdlib")), *packages):
        for path in (folder / parts / "__init__.py", folder / parts.with_suffix(".py")):
            if path.is_file():
                try:
                    return ast.parse(path.read_bytes())
                except SyntaxError:
                    return None
    return None


def _imported(tree: ast.Module, module: str, packages: tuple[Path, ...]) -> dict[str, tuple[str, str]]:
    """Return name -> (module, name in it) of the module's imports; a whole module is (its parent, its last name)."""
    found: dict[str, tuple[str, str]] = {}
    package = module if _is_package(module, packages) else module.rpartition(".")[0]
    for node in _statements(tree.body):
        if isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found |= {alias.asname or alias.name: (source, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parent, _, last = (alias.name if alias.asname else alias.name.split(".")[0]).rpartition(".")
                found[alias.asname or alias.name.split(".")[0]] = parent, last
    return found


def _is_package(module: str, packages: tuple[Path, ...]) -> bool:
    folders = (Path(sysconfig.get_path("stdlib")), *packages)
    return any((folder / Path(*module.split(".")) / "__init__.py").is_file() for folder in folders)


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a module, those inside `if`, `try` and `with` too."""
    found = []
    for node in body:
        found.append(node)
        for field in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                found += _statements(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            found += _statements(handler.body)
    return found


def _own(definition: ast.ClassDef) -> set[str]:
    """Return the names that the class body and `self.name = ...` in its methods bind."""
    found = set()
    for node in _statements(definition.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    attributes = (node for node in ast.walk(definition) if isinstance(node, ast.Attribute))
    return found | {a.attr for a in attributes if isinstance(a.ctx, ast.Store) and isinstance(a.value, ast.Name)}


_TYPING = {
    "Protocol": _OBJECT,
    "Generic": _OBJECT,
    "NamedTuple": frozenset(dir(tuple)) | {"_make", "_replace", "_asdict", "_fields", "_field_defaults"},
    "TypedDict": frozenset(dir(dict)),
}
