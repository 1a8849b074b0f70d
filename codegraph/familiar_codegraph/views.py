"""The graph as networkx sees it, for whole-graph algorithms: never the store, made when it is asked for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from familiar_codegraph import facts as f
from familiar_codegraph import reach
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.occurrences import meaning

if TYPE_CHECKING:
    import networkx as nx

    from familiar_codegraph.graph import CodeGraph

Scope = Iterable[str] | Callable[[str], bool] | None


def networkx_view(graph: "CodeGraph", scope: Scope = None) -> "nx.DiGraph[str]":
    """See `CodeGraph.to_networkx`."""
    import networkx as nx  # slow to import, and few questions need it

    if scope is None or callable(scope):
        paths = [path for path in graph.files() if scope is None or scope(path)]
    else:
        paths = sorted(set(scope) & set(graph.files()))
    view: nx.DiGraph[str] = nx.DiGraph()
    view.add_nodes_from(paths, kind="module")
    for path in paths:
        index = graph.index(path)
        for row in index.facts.defs if index else ():
            if index and row.inner >= 0:
                view.add_node(_id(index, row), kind=row.kind)
                view.add_edge(path, _id(index, row), kind="contains")
    for path in paths:
        index = graph.index(path)
        if index is not None:
            _imports(view, graph, index)
            _refers(view, graph, index)
    return view


def _imports(view: "nx.DiGraph[str]", graph: "CodeGraph", index: FileIndex) -> None:
    for row in index.facts.imports:
        for target in reach.imported_files(graph, index.path, row):
            if target in view and target != index.path:
                view.add_edge(index.path, target, kind="imports")


def _refers(view: "nx.DiGraph[str]", graph: "CodeGraph", index: FileIndex) -> None:
    """Add what the uses of a file mean; of several between the same two, the most certain says how."""
    for number, source in _owners(index):
        means = meaning(graph.resolver, index, number)
        for target in means.targets:
            if target not in view or target == source:
                continue
            known = view.get_edge_data(source, target)
            if known is None:
                view.add_edge(source, target, kind="refers", via=means.via, verdict=means.verdict, count=1)
            elif known["kind"] == "refers":
                known["count"] += 1
                if (known["verdict"], means.verdict) == ("unsure", "yes"):
                    known.update(via=means.via, verdict="yes")


def _owners(index: FileIndex) -> Iterator[tuple[int, str]]:
    """Yield each use with the id of the innermost function or class around it, decorators included."""
    rows = sorted((row for row in index.facts.defs if row.inner >= 0), key=lambda row: (row.start, -row.end))
    around: list[f.Def] = []
    following = 0
    for number, use in enumerate(index.facts.uses):
        while following < len(rows) and rows[following].start <= use.start:
            around.append(rows[following])
            following += 1
        while around and around[-1].end <= use.start:
            around.pop()
        yield number, _id(index, around[-1]) if around else index.path


def _id(index: FileIndex, row: f.Def) -> str:
    return f"{index.path}::{index.facts.scopes[row.inner].qualname}"
