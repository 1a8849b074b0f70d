"""Draw random moves of a project's own functions, classes and constants, by `ast` alone.

A move is written as a trial whose `new_name` is the path of the destination; `adversarial` says which trap it sets:
"new" a module that does not exist, "importer" one that imports the definition's module, "taken" one that has the name.
"""

import ast
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from benchmarks.refactor.draw import Target, Trial, targets

_KINDS = ("class", "constant", "function")


def moves(root: Path, files: Sequence[str], seed: int, count: int) -> list[Trial]:
    """Return `count` moves to try; the same arguments and bytes give the same moves."""
    rng = random.Random(seed)
    trees = {path: ast.parse((root / path).read_bytes()) for path in sorted(files)}
    top = {path: {target.name: target for target in _top(path, root, tree)} for path, tree in trees.items()}
    by_kind: dict[str, list[Target]] = defaultdict(list)
    for found in top.values():
        for target in found.values():
            by_kind[target.kind].append(target)
    drawn = []
    while len(drawn) < count:
        target = rng.choice(by_kind[rng.choice(sorted(by_kind))])
        trap, dest = _destination(rng, target, trees, {path: {*found} for path, found in top.items()})
        drawn.append(Trial(len(drawn), target, dest, trap))
    return drawn


def _top(path: str, root: Path, tree: ast.Module) -> list[Target]:
    """The definitions of the module's own body that are bound once there."""
    spans = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    plain = {n.targets[0].id for n in tree.body if _is_plain(n)}  # type: ignore[attr-defined]
    names = [*plain, *(node.name for node in spans)]
    once = {name for name in names if names.count(name) == 1 and not name.startswith("__")}
    found: dict[str, Target] = {}
    for target in targets(path, (root / path).read_bytes()):
        if target.name in once and target.kind in _KINDS and target.name not in found:
            found[target.name] = target
    return list(found.values())


def _is_plain(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)


def _destination(
    rng: random.Random, target: Target, trees: dict[str, ast.Module], top: dict[str, set[str]]
) -> tuple[str, str]:
    near = [path for path in trees if path != target.path and not path.endswith("__main__.py")]
    module = PurePosixPath(target.path).stem
    traps = {
        "new": [str(PurePosixPath(target.path).with_name(f"{rng.choice(('amber', 'cobalt', 'maple'))}.py"))],
        "importer": [path for path in near if _imports(trees[path], module)],
        "taken": [path for path in near if target.name in top[path]],
    }
    trap = rng.choice((*traps, "", "", "", ""))
    if traps.get(trap):
        return trap, rng.choice(traps[trap])
    return ("", rng.choice(near)) if near else ("new", traps["new"][0])


def _imports(tree: ast.Module, module: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and ((node.module or "").split(".")[-1] == module or any(a.name == module for a in node.names))
        for node in ast.walk(tree)
    )
