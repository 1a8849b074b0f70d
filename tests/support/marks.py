"""Files with marks, `⟦n⟧` behind an occurrence, and what the graph says of each marked place."""

import re
from pathlib import Path

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.workspace import Workspace

from support.fixture import parse

_MARK = re.compile(rb"\xe2\x9f\xa6(\w+)\xe2\x9f\xa7")


def graph_of(root: Path, text: str) -> tuple[CodeGraph, dict[str, tuple[str, int]]]:
    """Write the files without their marks; return the graph and each mark's place (the end of the name before it)."""
    fixture, marks = parse(text), dict[str, tuple[str, int]]()
    for path, data in fixture.files.items():
        while match := _MARK.search(data):
            marks[match[1].decode()] = path, match.start()
            data = data[: match.start()] + data[match.end() :]
        fixture.files[path] = data
    fixture.write(root)
    workspace = Workspace(root)
    workspace.index()
    return workspace.graph(), marks


def means(graph: CodeGraph, path: str, end: int) -> str:
    """Return `id via verdict` of the occurrence that ends at `end`; `-` outside the repository, `?` not known."""
    rows = [b for b in graph.bindings(path) if b.end == end]
    assert rows, f"no occurrence ends at byte {end} of {path}"
    targets = "|".join(r.target for r in rows if r.target)
    verdict = rows[0].verdict
    return f"{targets or ('-' if verdict == 'yes' else '?')} {rows[0].via} {verdict}"


def check(root: Path, text: str, expected: dict[str, str]) -> None:
    """Assert what each marked place means."""
    graph, marks = graph_of(root, text)
    wrong = {mark: found for mark, want in expected.items() if (found := means(graph, *marks[mark])) != want}
    assert not wrong, f"found {wrong}, expected { ({mark: expected[mark] for mark in wrong}) }"
