"""A Python file up to names: renamed names called alike, and imported things by their last name wherever they are from.

Two files with equal normal forms say the same up to a rename or a move of what they import.
"""

import ast
import re
from collections.abc import Mapping

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_WORD = re.compile(r"[A-Za-z_]\w*")


def imports_of(tree: ast.AST) -> dict[str, str]:
    """Return bound name -> where it comes from (dotted), of every import of the file."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound[alias.asname or alias.name.partition(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{module}.{alias.name}" if node.module else module + alias.name
    return bound


class Normal(ast.NodeTransformer):
    """Brings a tree to its normal form, in place."""

    def __init__(self, names: Mapping[str, str], bound: Mapping[str, str]) -> None:
        self.names, self.bound = names, bound

    def called(self, name: str) -> str:
        return self.names.get(name, name)

    def spelled(self, text: str) -> str:
        if _DOTTED.fullmatch(text) and self._is_imported(text):
            text = text.rpartition(".")[2]
        return _WORD.sub(lambda match: self.called(match[0]), text) if self.names else text

    def _is_imported(self, dotted: str) -> bool:
        top = dotted.partition(".")[0]
        return any(origin.partition(".")[0] == top for origin in self.bound.values())

    def visit_Name(self, node: ast.Name) -> ast.AST:
        origin = self.bound.get(node.id)
        if origin is not None and "." in origin.lstrip("."):
            node.id = origin.rpartition(".")[2]
        node.id = self.called(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self.bound:
            if isinstance(node.ctx, ast.Load):
                return ast.copy_location(ast.Name(self.called(node.attr), node.ctx), node)
            node.value = ast.Name("imported", ast.Load())  # an assignment replaces something of another's
        self.generic_visit(node)
        node.attr = self.called(node.attr)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            node.value = self.spelled(node.value)
        node.kind = None
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("name", "arg", "module", "asname", "attr"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                setattr(node, field, self.called(value))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self.called(name) for name in node.names]
        return node


def normal(tree: ast.Module, names: Mapping[str, str]) -> ast.Module:
    """Return `tree` (changed in place) in its normal form; `names` maps old names to new ones."""
    found = Normal(names, imports_of(tree)).visit(tree)
    assert isinstance(found, ast.Module)
    return found


def equal(one: object, other: object) -> bool:
    """Return whether two trees, or parts of trees, are the same but for where they stand."""
    if type(one) is not type(other):
        return False
    if isinstance(one, ast.AST):
        return all(equal(getattr(one, name, None), getattr(other, name, None)) for name in one._fields)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other if isinstance(one, str) else repr(one) == repr(other)


def shape(tree: ast.Module) -> str:
    """Return what a file in normal form says, its imports and docstrings aside."""
    kept = [ast.dump(node) for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return "\n".join(_WITHOUT_IMPORTS.sub("", text) for text in kept if not text.startswith(_TEXT))


_TEXT = "Expr(value=Constant(value='"
_WITHOUT_IMPORTS = re.compile(r"Import(From)?\((?:[^()]|\([^()]*\))*\)(, )?")
