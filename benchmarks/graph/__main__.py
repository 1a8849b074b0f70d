"""Every figure that is claimed of the code graph, side by side in one run.

    python -m benchmarks.graph [--only NAME,…] [--json] [--aider PYTHON] [--peers PYTHON] [--resume]

    index        cold index of Django 5.2.8's source distribution, beside aider's repository map and ctags
    restart      process start to first correct answer, the tree unchanged
    edit         keystroke to fresh answer in files of 500 and 3,000 lines; files touched
    references   references of the most common methods, warm, beside jedi and basedpyright
    memory       server and graph process in an editor's session
    growth       index, questions and memory on made-up repositories of up to a million lines
    determinism  dumps under 5 hash seeds and 3 orders
    edits        incremental == fresh, --edits N random edits (2,000 by default; the claim is about 20,000)
    kills        kill -9 at --kills N random moments (30 by default; the claim is about 200)

Rows of other benchmarks of the graph (precision, selection) are shown from their results.
The results go to benchmarks/results/graph.json and graph.md. With --resume, what was measured of the same code is not
measured again, and the long ones go on where they were ended. Close other programs first: each row has its `load`.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph import home

from benchmarks.graph import asking, corpus, determinism, fuzz, keystrokes, kills, memory, speed
from benchmarks.graph.figure import TOP, Figure, Given, code, machine

MEASURES: dict[str, Callable[[Given], list[Figure]]] = {
    "index": speed.index,
    "restart": speed.restart,
    "edit": keystrokes.edit,
    "references": asking.references,
    "memory": memory.memory,
    "growth": memory.growth,
    "determinism": determinism.determinism,
    "edits": fuzz.edits,
    "kills": kills.kills,
}
ELSEWHERE = ("precision", "selection")
RESULTS = TOP / "benchmarks" / "results"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the results, print them; exit 1 when a figure misses what it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?", help="another repository to measure on than Django's")
    parser.add_argument("--only", default=",".join(MEASURES), help="comma-separated names of figures")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--resume", action="store_true", help="keep what was measured of the same code")
    parser.add_argument("--aider", type=Path, metavar="PYTHON", help="Python of an environment with aider-chat")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="Python of one with jedi and basedpyright")
    for name in ("rounds", "symbols", "keys", "edits", "kills"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Given(Path(), Path()), name))
    parser.add_argument("--lines", default="100000,300000,1000000", help="sizes of the made-up repositories")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of graph.json and graph.md")
    args = parser.parse_args(argv)
    names = args.only.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    work = home.cache_dir() / "benchmarks"
    work.mkdir(parents=True, exist_ok=True)
    given = Given(
        (args.path or corpus.django(work)).resolve(), work, args.rounds, args.symbols, args.keys, args.edits,
        args.kills, tuple(int(n) for n in args.lines.split(",")), _python(args.aider), _python(args.peers), args.resume,
    )  # fmt: skip
    rows = run(given, names, args.results)
    print(json.dumps(rows) if args.json else table(rows))
    return 0 if all(row["ok"] is not False for row in rows["figures"]) else 1


def _python(path: Path | None) -> Path | None:
    return path.absolute() if path else None  # not resolved: the link is what makes the environment


def run(given: Given, names: Sequence[str], results: Path) -> dict[str, Any]:
    """Measure one after the other; the results are written after each, beside those of other names."""
    file = results / "graph.json"
    known = json.loads(file.read_text())["figures"] if file.exists() else []
    by_measure: dict[str, list[dict[str, Any]]] = {}
    for row in known:
        by_measure.setdefault(row.get("measure", ""), []).append(row)
    version = code()
    for name in names:
        if given.resume and all(row["code"] == version and row["ok"] for row in by_measure.get(name, [{"code": ""}])):
            continue
        by_measure[name] = _measured(name, given, version)
        document = _document(given, by_measure)
        results.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=1) + "\n")
        (results / "graph.md").write_text(table(document))
    return _document(given, by_measure)


def _measured(name: str, given: Given, version: str) -> list[dict[str, Any]]:
    print(f"{name} …", file=sys.stderr, flush=True)
    load, began = os.getloadavg()[0], time.perf_counter()
    before = os.environ.get("FAMILIAR_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FAMILIAR_HOME"] = folder  # the user's store is left alone
        try:
            figures = MEASURES[name](given)
        finally:
            if before is None:
                del os.environ["FAMILIAR_HOME"]
            else:
                os.environ["FAMILIAR_HOME"] = before
    took = round(time.perf_counter() - began, 1)
    common = {"measure": name, "code": version, "load": round(load, 2), "took_seconds": took, "machine": machine()}
    for figure in figures:
        print(f"  {figure.what}: {figure.value} (must {figure.must})", file=sys.stderr, flush=True)
    return [{**msgspec.to_builtins(figure), **common} for figure in figures]


def _document(given: Given, by_measure: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    rows = [row for name in MEASURES for row in by_measure.get(name, [])]
    return {"schema": 1, "machine": machine(), "repository": given.root.name, "figures": [*_elsewhere(), *rows]}


def _elsewhere() -> list[dict[str, Any]]:
    """Return the rows that other benchmarks of the graph have left in their results."""
    rows: list[dict[str, Any]] = []
    for name in ELSEWHERE:
        file = RESULTS / f"{name}.json"
        found = json.loads(file.read_text()).get("figures", []) if file.exists() else []
        absent = {"name": name, "what": f"not measured here yet: python -m benchmarks.{name}", "ok": None}
        rows += [{"must": "", "aim": "", "value": "", **row} for row in found or [absent]]
    return rows


def table(document: dict[str, Any]) -> str:
    """Return the figures as a Markdown table."""
    about = document["machine"]
    lines = [
        f"{about['cpu']}, {about['cores']} cores, Python {about['python']}; measured on {document['repository']}. "
        "Medians; p95 where it says so. The load is the machine's when the row was begun.",
        "",
        "| what | must | aim | measured | met | load |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    met = {True: "yes", False: "**no**", None: "-"}
    for row in document["figures"]:
        cells = (row["what"], row["must"], row["aim"], row["value"], met[row["ok"]], str(row.get("load", "")))
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
