"""What the graph and the checkers say about drawn references of one project, side by side.

Kept for a state of the graph's code and of the measuring code, so that a measure goes on where it was stopped.
"""

import hashlib
import random
import re
import time
from pathlib import Path

import msgspec
from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.search import Search, crowd
from familiar_codegraph.workspace import Workspace

from benchmarks import oracle, places
from benchmarks.places import Place

REFERENCES, CALLS, QUERIES = 300, 1000, 60


class Compared(msgspec.Struct, frozen=True):
    """One reference: what was said about it."""

    place: Place
    graph: str
    """`yes ID`, `yes outside`, `unsure ID, …`, `unsure` or `missed`."""
    checker: str
    """`CHECKER: ID, …`, `CHECKER: outside` or `silent`."""
    sure: bool
    agreed: bool
    resolved: bool
    """The checker resolves it into the repository."""
    listed: bool
    """`references` of what the checker names has the place."""
    second: bool
    """ty by itself says the same as the checker."""


class Project(msgspec.Struct, frozen=True):
    """What was found in one project; `unsure` holds the number of unsure places of each drawn definition."""

    name: str
    references: int
    compared: tuple[Compared, ...]
    calls: int
    decided: int
    unsure: tuple[int, ...]
    seconds: float


def compare_project(root: Path, cache: Path, seed: int) -> Project:
    """Return what graph and checkers say about one project; kept in `cache` for this state of the graph's code."""
    file = cache / f"{root.name}-compared-{seed}-{_code()}.json"
    if not file.is_file():
        file.write_bytes(msgspec.json.encode(_compare_project(root, cache, seed)))
    return msgspec.json.decode(file.read_bytes(), type=Project)


def _code() -> str:
    """Return a digest of the code that is measured and of the code that measures."""
    made = hashlib.sha256()
    top = Path(__file__).parents[1]
    for path in sorted([*(top / "codegraph").rglob("*.py"), *Path(__file__).parent.glob("*.py")]):
        made.update(path.read_bytes())
    return made.hexdigest()[:12]


def _compare_project(root: Path, cache: Path, seed: int) -> Project:
    began = time.perf_counter()
    sample, calls, total = places.drawn(root, seed, REFERENCES, CALLS, cache)
    folders = [name for name in ("src", "lib") if (root / name).is_dir()]
    first = oracle.answers("basedpyright", root, sample, folders, cache, str(seed))
    second = oracle.answers("ty", root, sample, folders, cache, str(seed))
    workspace = Workspace(root)
    workspace.index()
    graph = workspace.graph()
    found = Project(
        root.name,
        total,
        tuple(_compare(graph, p, first[p.where], second[p.where]) for p in sample),
        len(calls),
        sum(is_decided(graph, place) for place in calls),
        tuple(_unsure_places(graph, path, offset) for path, offset in _definitions(graph, seed)),
        round(time.perf_counter() - began, 1),
    )
    workspace.close()
    return found


def _compare(graph: CodeGraph, place: Place, first: oracle.Said, second: oracle.Said) -> Compared:
    first, second = _meant(place, first), _meant(place, second)
    targets, sure, names = _graph_says(graph, place)
    graph_text = "missed" if targets is None else " ".join(["yes" if sure else "unsure", ", ".join(targets)]).strip()
    if sure and not targets:
        graph_text = "yes outside"
    who, said = ("basedpyright", first) if first else ("ty", second)
    told = _checker_says(graph, said)
    checker_text = "silent" if not said else f"{who}: {', '.join(sorted(told)) or 'outside'}"
    wanted = {_plain(id) for id in told}
    outside = any(_is_outside(graph, *row) for row in said)
    agreed = _agree(set(targets or ()), set(names), told, outside and not (told and place.kind == "name"))
    listed = bool(told) and ((sure and agreed) or any(_lists(graph, id, place) for id in told))
    by_ty = bool({_plain(i) for i in _checker_says(graph, second)} & wanted)
    return Compared(place, graph_text, checker_text, sure, agreed and bool(said), bool(wanted), listed, by_ty)


def _meant(place: Place, said: oracle.Said) -> oracle.Said:
    """Leave out what is about something else: where basedpyright knows no definition it names the function around."""
    return [row for row in said if place.kind in ("name", "import") or row[2] in ("", place.name)]


def _graph_says(graph: CodeGraph, place: Place) -> tuple[tuple[str, ...] | None, bool, tuple[str, ...]]:
    """Return the targets (None: the graph has no such occurrence), whether they are certain, and the local name."""
    index = graph.index(place.path)
    for number in index.uses_at(place.offset) if index else ():
        assert index
        if index.facts.uses[number].start == place.offset:
            means = meaning(graph.resolver, index, number)
            return means.targets, means.verdict == "yes", (means.alias,) if means.alias else ()
    return None, False, ()


def _checker_says(graph: CodeGraph, said: oracle.Said) -> set[str]:
    """Return the symbols that stand where the checker points (also at the star of `*args`, or the quote of a slot);
    a file's first byte is the file."""
    found: set[str] = set()
    for path, offset, _ in said:
        if offset < 0:
            continue
        index = graph.index(path)
        start = offset
        if index is not None:
            head = graph.data(path)[offset : offset + 8]
            start += len(head) - len(head.lstrip(b"* \"'"))
        ids = set[str]()
        for number in index.uses_at(start) if index else ():
            assert index
            if index.facts.uses[number].start == start:
                means = meaning(graph.resolver, index, number)
                ids |= {means.alias} if means.alias else set(means.targets)
        if not ids and not _is_outside(graph, path, offset, ""):
            ids = {path if offset == 0 else f"{path}@{offset}"}
        found |= ids
    return found


def _is_outside(graph: CodeGraph, path: str, offset: int, name: str) -> bool:
    """Return whether a place is outside the repository, or the import of something that is."""
    index = graph.index(path) if offset >= 0 else None
    if index is None:
        return offset < 0
    imports = [n for n in index.uses_at(offset) if index.facts.uses[n].role in (f.MODULE, f.IMPORTED)]
    return any(not meaning(graph.resolver, index, number).targets for number in imports)


def _agree(own: set[str], aliases: set[str], wanted: set[str], outside: bool) -> bool:
    if not wanted:
        return outside and not own
    if {_plain(id) for id in own} & {_plain(id) for id in wanted}:  # a stub tells of the same thing once more
        wanted = {w for w in wanted if ".pyi" not in w or w in own} or wanted
    own, aliases, wanted = ({_plain(id) for id in ids} for ids in (own, aliases, wanted))
    wanted = {w.removesuffix(".__init__").removesuffix(".__new__") if w not in own else w for w in wanted}
    return not outside and (wanted == own or (bool(aliases) and wanted <= aliases))


def _plain(id: str) -> str:
    """Overloads and branches are one function; a stub file is its module."""
    path, sign, rest = id.partition("::")
    return path.replace(".pyi", ".py") + sign + re.sub(r"#\d+", "", rest)


def _lists(graph: CodeGraph, id: str, place: Place) -> bool:
    """Return whether the references of a symbol have the place; of the one file, for all of them take long."""
    symbol = graph.symbol(id)
    if symbol is None or place.path not in graph.mentions(place.name):
        return False
    found = Search(graph, symbol).within(place.path, place.name)
    via = next((via for use, via, _ in found if use.start == place.offset), None)
    return via is not None and not (via == "ambiguous" and crowd(graph, symbol))


def _definitions(graph: CodeGraph, seed: int) -> list[tuple[str, int]]:
    """Draw functions, classes and methods whose references are then asked for."""
    found = [
        (path, inner.name_start)
        for path in graph.files()
        if path.endswith(".py")
        for item in graph.outline(path)
        for inner in (item, *item.children)
        if not inner.name.startswith("test")
    ]
    return random.Random(seed).sample(found, min(QUERIES, len(found)))


def _unsure_places(graph: CodeGraph, path: str, offset: int) -> int:
    return sum(a.verdict == "unsure" for a in graph.references(path, offset).answers)


def is_decided(graph: CodeGraph, place: Place) -> bool:
    """Return whether the graph says for certain what stands there, be it "outside"."""
    return _graph_says(graph, place)[1]
