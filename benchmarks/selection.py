"""How many of a project's tests a change inside of a function selects, and whether a test that fails is ever left out.

    python -m benchmarks.selection [--projects click,itsdangerous] [--mutants 40] [--jobs 2] [--json]

Real projects (`sdists`), their tests run in the overlay as for a verified change. The tests are recorded as verified
runs would do it, until nothing new is learnt. Then functions that the tests execute are drawn with a fixed seed, and
one fault is planted in the body of each; the whole suite runs on it, and every test that fails newly must be among
those that were selected before. A test counts with the seconds that it took when it was recorded. What was missed is
run a second time, so that a flaky test is not counted. Each fault's row is kept under a hash of the code that chose, so
an interrupted run goes on where it stopped.

Beside it stands what the graph says without any record: the share of the tests which truly execute a function that it
finds by mentions (`graph tests`), and by mentions and imports (what a verified change runs).
"""

import argparse
import ast
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from familiar_codegraph import home, reach, testmap
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.home import repository_dir
from familiar_codegraph.testmap import Recorded
from familiar_codegraph.workspace import Workspace
from familiar_edits import isolate, runner
from familiar_edits.isolate import Limits
from familiar_edits.matrix import compare
from familiar_edits.overlay import Overlay
from familiar_edits.pythonrun import executed_in
from familiar_edits.testrun import TestRun, run_tests
from familiar_edits.values import ChangeSet, FileChange, TextEdit

from benchmarks.refactor.familiar import code_hash
from benchmarks.refactor.projects import MEASURED, project

RESULTS = Path(__file__).parent / "results" / "selection.json"
_FOLDER = home.cache_dir() / "benchmarks" / "selection"
_FUNCTIONS = 150


class Mutant(NamedTuple):
    """One fault: `edit` replaces something in the body of the function `id`."""

    id: str
    path: str
    edit: TextEdit
    what: str


class Suite:
    """The tests of one project, run on copies of it."""

    def __init__(self, root: Path, overlay: Overlay) -> None:
        self.root, self.overlay, self.runner = root, overlay, runner.find(root)
        self.method, _ = isolate.method()
        self.count = 0

    def run(
        self, changes: ChangeSet | None, seconds: float, tests: Sequence[str] = (), record: Sequence[str] | None = None
    ) -> tuple[TestRun, Path]:
        self.count += 1
        tree = self.overlay.tree(f"run{self.count}", changes)
        limits = Limits(seconds=seconds)
        done = run_tests(self.runner, self.overlay, tree, self.method, limits, tests=tests, record=record)
        return done, tree

    def record(self) -> Recorded:
        """Record the tests as one verified run after the other would, until a run adds nothing."""
        folder, base = repository_dir(self.root), testmap.Tree(self.overlay.base)
        recorded: Recorded | None = None
        seen = -1
        while True:
            known = testmap.known(recorded, "benchmark", base)
            _, tree = self.run(None, 600, record=known)
            with executed_in(tree).open(encoding="utf-8") as lines:
                recorded = testmap.take(recorded, "benchmark", base, lines)
            ran = len([t for t in recorded.tests if t.id])
            _say(f"  recorded {ran} tests, {len(known)} of them before")
            if (ran, len(known)) == seen:
                testmap.keep(folder, recorded)
                return recorded
            seen = ran, len(known)


def measure(root: Path, mutants: int, seed: int) -> dict[str, Any]:
    """Return the figures of one project."""
    _say(root.name)
    workspace = Workspace(root)
    workspace.index()
    graph = workspace.graph()
    with Overlay(root) as overlay:
        suite = Suite(root, overlay)
        recorded = suite.record()
        before, _ = suite.run(None, 600)
        kept = _kept(root.name, seed)
        rows = {(row["id"], row["what"], row["at"]): row for row in _read(kept)}
        found = []
        for mutant in _drawn(graph, recorded, mutants, seed):
            known = mutant.id, mutant.what, mutant.edit.start
            if known not in rows:
                rows[known] = _judged(suite, graph, recorded, before, mutant)
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(rows[known]) + "\n")
            found.append(rows[known])
    workspace.close()
    shares = [row["share"] for row in found]
    return {
        "project": root.name,
        "tests": len([t for t in recorded.tests if t.id]),
        "complete": sum(t.complete for t in recorded.tests if t.id),
        "mutants": len(found),
        "noticed": sum(bool(row["failing"]) for row in found),
        "missed": [row for row in found if row["missed"]],
        "share_median": round(statistics.median(shares), 3),
        "share_mean": round(statistics.mean(shares), 3),
        "graph_alone": alone(graph, recorded, seed),
        "rows": found,
    }


def _kept(project: str, seed: int) -> Path:
    """Return the file of a project's rows: of this benchmark's code and of the product's."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + code_hash().encode())
    folder = _FOLDER / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{project}-{seed}-{digest.hexdigest()[:12]}.jsonl"


def _read(kept: Path) -> list[dict[str, Any]]:
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def _judged(suite: Suite, graph: CodeGraph, recorded: Recorded, before: TestRun, mutant: Mutant) -> dict[str, Any]:
    selected = {test.id for test in graph.tests_for([mutant.id])}
    data = (suite.root / mutant.path).read_bytes()
    change = FileChange("edit", mutant.path, hashlib.sha256(data).hexdigest(), (mutant.edit,))
    changes = ChangeSet(mutant.what, (change,))
    after, _ = suite.run(changes, 60)
    newly = compare(before.outcomes, after.outcomes, str, partial=not after.complete).newly_failing
    failing = {_function(new) for _, new in newly}
    if after.running and not after.complete:
        failing.add(_function(after.running))  # it never came to an end
    missed = sorted(id for id in failing if id not in selected and "::" in id)
    if missed:
        again, _ = suite.run(changes, 60, missed)
        missed = [id for id in missed if any(_function(t) == id and o != "passed" for t, o in again.outcomes.items())]
    seconds = {test.id: test.seconds for test in recorded.tests if test.id}
    share = sum(seconds.get(id, 0.0) for id in selected) / sum(seconds.values())
    _say(f"  {mutant.id}: {mutant.what}: {share:.0%} selected, {len(failing)} fail{', MISSED ' * bool(missed)}")
    return {
        "id": mutant.id,
        "what": mutant.what,
        "at": mutant.edit.start,
        "selected": len(selected),
        "share": round(share, 4),
        "failing": len(failing),
        "missed": missed,
    }


def _function(test: str) -> str:
    return test.partition("[")[0]


def alone(graph: CodeGraph, recorded: Recorded, seed: int) -> dict[str, Any]:
    """Return how well the graph without a record finds the tests that truly execute a function."""
    complete = {test.id for test in recorded.named(recorded.complete())}
    total = len([t for t in recorded.tests if t.id])
    rows: dict[str, list[tuple[float, float]]] = {"mentions": [], "imports": []}
    for id in _executed(graph, recorded, seed)[:_FUNCTIONS]:
        path, _, name = id.partition("::")
        truth = {test.id for test in recorded.named(recorded.executing(path, name))} & complete
        answers = {"mentions": reach.tests_reaching(graph, [id]), "imports": reach.possible_tests(graph, [id])}
        for kind, tests in answers.items():
            given = {test.id for test in tests}
            rows[kind].append((len(given & truth) / len(truth) if truth else 1.0, len(given) / total))
    return {
        kind: {
            "functions": len(found),
            "recall_mean": round(statistics.mean(r for r, _ in found), 3),
            "recall_whole": round(sum(r == 1.0 for r, _ in found) / len(found), 3),
            "share_median": round(statistics.median(s for _, s in found), 3),
            "share_mean": round(statistics.mean(s for _, s in found), 3),
        }
        for kind, found in rows.items()
    }


# ---------------------------------------------------------------- mutants


def _executed(graph: CodeGraph, recorded: Recorded, seed: int) -> list[str]:
    """Return the functions of the project's own code that tests execute, in a drawn order."""
    found = [
        f"{path}::{name}"
        for path, names in sorted(recorded.functions.items())
        for name in sorted(names)
        if not path.startswith(("test", "docs", "examples")) and "/test" not in path
    ]
    random.Random(seed).shuffle(found)
    return found


def _drawn(graph: CodeGraph, recorded: Recorded, count: int, seed: int) -> Iterator[Mutant]:
    drawn, dice = 0, random.Random(seed + 1)
    for id in _executed(graph, recorded, seed):
        if drawn == count:
            return
        possible = list(_faults(graph, id))
        if possible:
            drawn += 1
            yield dice.choice(possible)


def _faults(graph: CodeGraph, id: str) -> Iterator[Mutant]:
    """Yield the faults that can be planted in a function's own body, one at a time."""
    path = id.partition("::")[0]
    span, data = graph.symbols.span(id), graph.data(path)
    if span is None:
        return
    starts = [0, *(i + 1 for i, byte in enumerate(data) if byte == 10)]
    for function in ast.walk(ast.parse(data)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        end = starts[(function.end_lineno or 1) - 1] + (function.end_col_offset or 0)
        if not span[0] <= starts[function.lineno - 1] + function.col_offset < span[1] or end != span[1]:
            continue
        for node in _own(function):
            for text, what in _replacements(node):
                start = starts[node.lineno - 1] + node.col_offset
                stop = starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
                yield Mutant(id, path, TextEdit(start, stop, text), what)


def _own(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr | ast.stmt]:
    """Yield the nodes of a function's body, without those of functions and classes inside of it."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        waiting += reversed(list(ast.iter_child_nodes(node)))


def _replacements(node: ast.expr | ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Return) and node.value is not None:
        yield "return None", "returns None"
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield f"(not ({ast.unparse(node)}))", "a comparison the other way round"
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield str(node.value + 1), "a number one larger"
    elif isinstance(node, ast.BoolOp):
        yield f"(not ({ast.unparse(node)}))", "a condition the other way round"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "pass", "a call left out"


# ---------------------------------------------------------------- the figures


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", default=",".join(MEASURED), help="pinned projects, or paths, comma-separated")
    parser.add_argument("--mutants", type=int, default=40, help="faults for each project, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="projects at a time")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.one:
        print(json.dumps(_measured_here(given)))
        return 0
    with ThreadPoolExecutor(max_workers=given.jobs) as pool:
        found = list(pool.map(lambda name: _measured(given, name), given.projects.split(",")))
    document = {"schema": 1, "load": round(os.getloadavg()[0], 2), "figures": figures(found), "projects": found}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document if given.json else document["figures"], indent=None if given.json else 2))
    return 0 if all(row["ok"] is not False for row in document["figures"]) else 1


def _measured(given: argparse.Namespace, name: str) -> dict[str, Any]:
    """Measure one project in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.selection", "--one", name]
    command += ["--mutants", str(given.mutants), "--seed", str(given.seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict[str, Any](json.loads(done.stdout))


def _measured_here(given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        root = project(given.one, _FOLDER / "projects").root
        os.environ["FAMILIAR_HOME"] = str(Path(folder) / "home")
        return measure(root, given.mutants, given.seed)


def figures(projects: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of the table of figures, over the faults of all projects."""
    rows = [row for project in projects for row in project["rows"]]
    shares = [row["share"] for row in rows]
    missed = sum(bool(row["missed"]) for row in rows)
    noticed = sum(bool(row["failing"]) for row in rows)
    median, mean = statistics.median(shares), statistics.mean(shares)
    names = ", ".join(project["project"] for project in projects)
    return [
        _row(f"share of the tests' time that a change in a function selects ({names}), median", "<= 40 %", median, 0.4),
        _row("the same: mean", "<= 65 %", mean, 0.65),
        {
            "name": "selection",
            "what": f"faults whose failing tests were not all selected, of {len(rows)} ({noticed} make tests fail)",
            "must": "0",
            "aim": "0",
            "value": str(missed),
            "ok": missed == 0,
        },
    ]


def _row(what: str, must: str, value: float, limit: float) -> dict[str, Any]:
    name = "selection"
    return {"name": name, "what": what, "must": must, "aim": "", "value": f"{value:.1%}", "ok": value <= limit}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
