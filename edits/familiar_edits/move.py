"""Plan a move: a function, class or constant of a module goes to another, and all that reaches it follows.

The steps: what is cut (`movecut`), what it needs around it (`moveneeds`), the new module (`movein`), what is left
behind (`moveout`), every other file (`moverefs`), and then the proof (`movechecks`).
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.snapshot import StaleFile
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Symbol

from familiar_edits import (
    asking,
    modulenames,
    movechecks,
    movecut,
    moveeffects,
    moveneeds,
    moveout,
    movepatches,
    movestrangers,
)
from familiar_edits.movecut import Piece
from familiar_edits.movein import Destination
from familiar_edits.moverefs import Moving, Rewriting
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal
from familiar_edits.values import ChangeSet, Check, FileChange, Plan, TextEdit

KIND = "move"


def plan(
    graph: CodeGraph,
    path: str,
    offset: int,
    dest: str,
    *,
    take: Collection[str] = (),
    skip: Collection[str] = (),
    texts: Mapping[str, bytes] | None = None,
) -> Plan:
    """Return the plan to move what stands at byte `offset` of `path` to `dest`.

    `dest` is a path (`pkg/other.py`), a folder, or a module's dotted name; the file need not exist. `take`, `skip` and
    `texts` are as in `rename.plan`. A plan with `refused` set has no changes.
    """
    description = ChangeSet(f"move to {dest}")
    try:
        return _plan(graph, path, offset, dest, take, skip, texts or {})
    except StaleFile as stale:
        return Plan(KIND, description, refused=f"{stale}: ask again.")
    except Refusal as refusal:
        return Plan(KIND, description, checks=refusal.checks, refused=str(refusal))


def _plan(
    graph: CodeGraph,
    path: str,
    offset: int,
    dest: str,
    take: Collection[str],
    skip: Collection[str],
    texts: Mapping[str, bytes],
) -> Plan:
    symbol = _symbol(graph, path, offset)
    target = destination(graph, symbol.path, dest)
    moving = Moving(f"{symbol.path}::{symbol.name}", symbol.name, symbol.path, target)
    _reachable(graph, moving)
    old = PySource(symbol.path, graph.data(symbol.path))
    is_new = target not in graph.files()
    new = PySource(target, b"" if is_new else graph.data(target))
    movestrangers.no_stubs(graph, moving)
    piece = movecut.piece(graph, old, symbol)
    needed = moveneeds.needs(graph, old, piece, symbol.name)
    there = Destination(graph, moving, old, new)
    there.check_free()
    missing = there.missing(needed)
    edits: dict[str, list[TextEdit]] = {target: there.edits(piece, missing, needed)}
    files = _rewritten(graph, moving, {old.path: old, target: new})
    staying = movepatches.kept(graph, moving, piece, files)
    if staying or any(file.edits or file.through for file in files if file.source.path != target):
        movestrangers.no_more_needed(graph, moving, texts)
    stored = movepatches.replaced(moving, staying, files)
    for file in files:
        if not stored:
            file.rewrite()
        edits.setdefault(file.source.path, []).extend(file.edits)
    patches = movepatches.decide(graph, moving, piece, needed, files)
    for place, text in patches:
        edits.setdefault(place.path, []).append(TextEdit(place.start, place.end, text))
    edits.setdefault(old.path, []).extend(moveout.edits(graph, moving, old, piece, needed))
    for path, edit in movestrangers.submodules(graph, moving, files):
        edits.setdefault(path, []).append(edit)
    if not is_new:
        edits[target] += moveout.exported(graph, moving, old, new)
    mentions = [m for file in files for m in file.mentions] + movepatches.texts(graph, moving, texts)
    mentions += movestrangers.shown(graph, moving, symbol.kind)
    mentions += movestrangers.absent(graph, moving, piece) if is_new else []
    spelled = moveout.looked_up(old, piece)
    effects = moveeffects.questions(graph, moving, old, piece, needed)
    mentions += effects if not staying and not spelled else []
    forms: list[list[TextEdit]] = [[]]
    if staying or spelled:
        forms = [moveout.brought_back(graph, moving, old, piece, is_used=bool(staying))]
    elif moveout.says_type(old, moving, piece):
        forms = [moveout.brought_for_types(graph, moving, old)]
    if staying and not (spelled or stored or any(file.patched for file in files)):
        later = moveout.brought_later(graph, moving, old, staying)
        forms += [later] if later is not None else []
    changeset, checks = _first_good(graph, moving, piece, edits, forms, texts, is_new)
    mentions += movestrangers.loading(graph, moving, piece, changeset)
    asks, taken = asking.answered(graph, mentions, texts, take, skip)
    for mention in taken:
        made = TextEdit(mention.place.start, mention.place.end, mention.new_text or "")
        edits.setdefault(mention.place.path, []).append(made)
    if taken:
        changeset, checks = _first_good(graph, moving, piece, edits, forms, texts, is_new)
    cut = FileChange("edit", old.path, _sha(old.data), (TextEdit(piece.start, piece.end, ""),))
    sabotage = ChangeSet(f"{changeset.description}, without its importers", _only_moved(changeset, cut, target))
    return Plan(KIND, changeset, tuple(asks), checks, None, {}, (moving.id,), sabotage)


def _first_good(
    graph: CodeGraph,
    moving: Moving,
    piece: Piece,
    edits: Mapping[str, list[TextEdit]],
    forms: Sequence[list[TextEdit]],
    texts: Mapping[str, bytes],
    is_new: bool,
) -> tuple[ChangeSet, tuple[Check, ...]]:
    """Return the changes, and their checks, with the first form of the old module's import that holds.

    Raises:
        Refusal: none does; what is said is about the first.
    """
    refusal: Refusal | None = None
    for form in forms:
        made = {**edits, moving.source: [*edits[moving.source], *form]}
        changeset = _changeset(graph, f"move {moving.name} to {moving.dest}", made, is_new and moving.dest, texts)
        checks = movechecks.run(graph, changeset, moving, piece, texts)
        failed = [check for check in checks if check.verdict == "fail"]
        if not failed:
            return changeset, checks
        refusal = refusal or Refusal(failed[0].detail, checks)
        if failed[0].name != "imports":
            break
    assert refusal is not None
    raise refusal


def _symbol(graph: CodeGraph, path: str, offset: int) -> Symbol:
    index = graph.index(path)
    if index is None or index.is_ecma:
        raise Refusal(f"{path} {graph.failed.get(path, 'is not a Python file of this repository')}.")
    position = LineIndex(graph.data(path)).position(offset)
    symbol = graph.symbol_at(path, offset)
    if symbol is None:
        raise Refusal(
            f"There is no name at {path}:{position.line}:{position.column} that is defined in this repository."
        )
    if symbol.kind == "alias":
        raise Refusal(f"{symbol.name} at {path}:{position.line} is an import: ask where it is defined.")
    return symbol


def destination(graph: CodeGraph, source: str, dest: str) -> str:
    """Return the path of the module that `dest` means.

    Raises:
        Refusal: it is no module of the repository, or the one that the code is in.
    """
    if ":" in dest:
        raise Refusal(f"{dest} is a class: moving into a class is not built.")
    found = _destination(graph, source, dest)
    if found == source:
        raise Refusal(f"{source} is where it is already.")
    if PurePosixPath(found).is_absolute() or ".." in PurePosixPath(found).parts:
        raise Refusal(f"{found} is outside the repository.")
    parts = PurePosixPath(found).with_suffix("").parts
    if bad := [part for part in parts[-1:] if not part.isidentifier()]:
        raise Refusal(f"{bad[0]} is no name that Python can import.")
    if found in graph.failed:
        raise Refusal(f"{found} {graph.failed[found]}: mend it first.")
    folder = found.rpartition("/")[0]
    if folder and not any(path.startswith(f"{folder}/") for path in graph.files()):
        raise Refusal(f"{folder} is no folder with Python files of this repository: make it first.")
    return found


def _destination(graph: CodeGraph, source: str, dest: str) -> str:
    if dest.endswith(".py"):
        return PurePosixPath(dest).as_posix()
    folder = dest.rstrip("/")
    if "/" in dest or folder in (".", "") or any(path.startswith(f"{folder}/") for path in graph.files()):
        return (PurePosixPath(folder) / PurePosixPath(source).name).as_posix()
    found = graph.modules.absolute(dest, source)
    if found is not None and not found.package:
        return found.path
    package, _, last = dest.rpartition(".")
    above = graph.modules.absolute(package, source) if package else None
    if found is not None or (package and above is None) or not last.isidentifier():
        raise Refusal(f"{dest} is no module of this repository: give a path that ends in .py, or a module's name.")
    if above is None:
        return f"{_parent(source)}{last}.py" if "/" not in modulenames.dotted(graph, source) else f"{last}.py"
    folder = above.path if above.package else above.path.rpartition("/")[0]
    if not above.package and not above.path.endswith("/__init__.py"):
        raise Refusal(f"{package} is a module and holds no other: give a path that ends in .py.")
    return f"{folder}/{last}.py"


def _parent(path: str) -> str:
    folder = path.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _reachable(graph: CodeGraph, moving: Moving) -> None:
    """Raise a refusal where the new module has no name, or its name means another file."""
    name = modulenames.dotted(graph, moving.dest)
    if not name:
        raise Refusal(f"{moving.dest} has no name under which it could be imported.")
    found = graph.modules.absolute(name, moving.source)
    if (found.path if found and not found.package else moving.dest) != moving.dest:
        raise Refusal(f"{name} means {found.path if found else ''} there, not {moving.dest}.")


def _rewritten(graph: CodeGraph, moving: Moving, known: dict[str, PySource]) -> list[Rewriting]:
    out = []
    stars = [p for p in graph.importers_of(moving.source, transitive=False) if _has_star(graph, p)]
    for path in sorted({*graph.mentions(moving.name), *stars}):
        index = graph.index(path)
        if index is None or index.is_ecma or path == moving.source:
            continue
        source = known.get(path) or PySource(path, graph.data(path))
        out.append(Rewriting(graph, index, source, moving).run())
    return out


def _has_star(graph: CodeGraph, path: str) -> bool:
    index = graph.index(path)
    return index is not None and bool(index.stars)


def _changeset(
    graph: CodeGraph,
    description: str,
    edits: Mapping[str, list[TextEdit]],
    created: str | bool,
    texts: Mapping[str, bytes],
) -> ChangeSet:
    changes = []
    for path, made in sorted(edits.items()):
        if not made:
            continue
        if path == created:
            changes.append(FileChange("create", path, _sha(b""), tuple(made)))
            continue
        data = texts[path] if path in texts else graph.data(path)
        changes.append(FileChange("edit", path, _sha(data), tuple(sorted(made))))
    return ChangeSet(description, tuple(changes))


def _only_moved(changeset: ChangeSet, cut: FileChange, target: str) -> tuple[FileChange, ...]:
    """The incomplete edit: the code is moved, and nothing follows it."""
    return (cut, *(change for change in changeset.changes if change.path == target))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
