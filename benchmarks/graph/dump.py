"""All that the graph says of a repository, as one hash: `python -m benchmarks.graph.dump ROOT --order N`.

The order says in which way the files came in, and with it in which order questions are asked: 0 all at once, 1 half of
them before the others (as files that appear on disk), 2 as open buffers, from the last to the first.
"""

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.store import encode
from familiar_codegraph.workspace import Workspace

ORDERS = 3


def dump(graph: CodeGraph, *, questions: int = 40, order: int = 0, paths: Iterable[str] | None = None) -> list[bytes]:
    """Return rows of bytes: the facts of all files, what each occurrence in some of them means, and references.

    `order` shuffles in which order it is asked, which must not show.
    """
    wanted = list(graph.files() if paths is None else paths)
    draw = random.Random(order)
    rows = {}
    for path in draw.sample(wanted, len(wanted)):
        facts, summary = graph.facts(path), graph.summary(path)
        rows[f"facts {path}"] = (encode(facts) if facts else b"") + (encode(summary) if summary else b"")
    chosen = random.Random(9).sample(wanted, min(questions, len(wanted)))
    for path in draw.sample(chosen, len(chosen)):
        rows[f"bindings {path}"] = msgspec.msgpack.encode(graph.bindings(path))
        for item in graph.outline(path)[:2]:
            for inner in (item, *item.children[:2]):
                answers = graph.references(path, inner.name_start)
                rows[f"references {path} {inner.name_start}"] = msgspec.msgpack.encode(answers)
    return [f"{name}\n".encode() + rows[name] for name in sorted(rows)]


def filled(root: Path, order: int, work: Path) -> Workspace:
    """Return a workspace into which the files of `root` came in one of the orders."""
    if order == 0:
        workspace = Workspace(root, store=work)
        workspace.index(fresh=True)
        return workspace
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*.py"), reverse=True)}
    later = list(files)[: len(files) // 2] if order == 1 else list(files)
    copy = work / "copy"
    copy.mkdir()
    _write(copy, {path: data for path, data in files.items() if path not in set(later)})
    workspace = Workspace(copy, store=work)
    workspace.index(fresh=True)
    if order == 1:
        workspace.graph().mentions("self")  # the first half has been asked about
        _write(copy, {path: files[path] for path in later})
        workspace.refresh(later)
    for path in later if order == 2 else ():
        workspace.put(path, files[path], 0)
    return workspace


def _write(root: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--order", type=int, default=0, choices=range(ORDERS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as store:
        workspace = filled(given.root.resolve(), given.order, Path(store))
        rows = dump(workspace.graph(), order=given.order)
        workspace.close()
    digest = hashlib.sha256(b"\n".join(rows)).hexdigest()
    print(json.dumps({"sha256": digest, "rows": len(rows), "bytes": sum(map(len, rows)), "hash": hash("seed")}))


if __name__ == "__main__":
    sys.exit(main())
