"""How often the graph is right about TypeScript: a sample of references beside the TypeScript compiler's own answers.

    npm pack rxjs && tar xzf rxjs-*.tgz              # any package whose sources are in it
    npm pack typescript && tar xzf typescript-*.tgz
    python -m benchmarks.typescript package/src --typescript path/to/typescript [--sample 300] [--seed 0] [--json]

For each sampled occurrence (names, properties, imports) the compiler is asked for the definition
(`LanguageService.getDefinitionAtPosition`). `precision` is the share of `yes` answers that name a place that the
compiler names too, `recall` the share of the compiler's in-repository answers that are named with `yes`;
`recall_unsure` counts those that are listed as `unsure` too. `members` are the properties among them. Needs node.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("FAMILIAR_HOME", tempfile.mkdtemp(prefix="familiar-benchmark-"))

from familiar_codegraph import esmodules
from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.workspace import Workspace

_MEMBERS = (f.ATTRIBUTE, f.ATTRIBUTE_STORE)
_ROLES = (f.LOAD, f.IMPORTED, *_MEMBERS)
_COUNTS = ("sample", "yes", "right", "outside", "outside_right", "known", "known_yes", "known_listed")

_ASK = r"""
const [typescript, root, listed] = process.argv.slice(1);
const ts = require(typescript), fs = require("fs"), path = require("path");
const { files, places } = JSON.parse(fs.readFileSync(listed, "utf8"));
const config = ts.findConfigFile(root, ts.sys.fileExists);
const read = config && config.startsWith(root) ? ts.readConfigFile(config, ts.sys.readFile).config : {};
const given = ts.convertCompilerOptionsFromJson(read.compilerOptions || {}, root).options;
const options = { ...given, allowJs: true, noEmit: true, strict: true, skipLibCheck: true, jsx: 1, target: 99,
  module: 99, moduleResolution: 100, lib: ["lib.esnext.d.ts", "lib.dom.d.ts"], types: [],
  allowImportingTsExtensions: true };
const names = files.map(name => path.join(root, name)), held = new Map();
const host = {
  getScriptFileNames: () => names, getScriptVersion: () => "1", getCurrentDirectory: () => root,
  getScriptSnapshot: name => {
    const read = () => fs.existsSync(name) ? ts.ScriptSnapshot.fromString(fs.readFileSync(name, "utf8")) : undefined;
    if (!held.has(name)) held.set(name, read());
    return held.get(name);
  },
  getCompilationSettings: () => options, getDefaultLibFileName: o => ts.getDefaultLibFilePath(o),
  fileExists: ts.sys.fileExists, readFile: ts.sys.readFile, readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists, getDirectories: ts.sys.getDirectories,
};
const service = ts.createLanguageService(host);
const out = places.map(([name, at]) => (service.getDefinitionAtPosition(path.join(root, name), at) || []).map(d =>
  [path.relative(root, d.fileName), d.textSpan.start, d.kind, d.contextSpan ? d.contextSpan.start : -1]));
console.log(JSON.stringify(out));
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sources", type=Path)
    parser.add_argument("--typescript", type=Path, required=True, help="the unpacked npm package `typescript`")
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.sources.resolve(), given.typescript.resolve(), given.sample, given.seed)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for row in found["disagreements"]:
        print(f"{row['path']}:{row['line']}  {row['name']}  {row['via']}")
        print(f"    ours {row['ours']}  compiler {row['theirs']}")
    print({k: v for k, v in found.items() if k != "disagreements"})


def measure(root: Path, typescript: Path, sample: int, seed: int) -> dict[str, Any]:
    workspace = Workspace(root)
    began = time.process_time()
    report = workspace.index(fresh=True)
    seconds = time.process_time() - began
    graph = workspace.graph()
    paths = [p for p in graph.files() if esmodules.reads(p)]
    every = [(p, n) for p in paths if (i := graph.index(p)) for n in _references(i.facts)]
    chosen = sorted(random.Random(seed).sample(every, min(sample, len(every))))
    places = [_place(graph, path, number) for path, number in chosen]
    theirs = _compiler(typescript, root, paths, places)
    counts, members = dict.fromkeys(_COUNTS, 0), dict.fromkeys(_COUNTS, 0)
    disagreements = []
    for (path, number), answers in zip(chosen, theirs, strict=True):
        index = graph.index(path)
        is_member = index is not None and index.facts.uses[number].role in _MEMBERS
        row = _judge(graph, path, number, answers, [counts, members] if is_member else [counts])
        if row is not None:
            disagreements.append(row)
    return {
        "files": len(paths),
        "lines": report.lines,
        "index_cpu_seconds": round(seconds, 2),
        **_shares(counts),
        "members": _shares(members),
        "disagreements": disagreements,
    }


def _references(facts: f.FileFacts) -> list[int]:
    """Occurrences of one meaning (`{a}` reads a property and declares a variable)."""
    times = Counter(u.start for u in facts.uses)
    return [n for n, u in enumerate(facts.uses) if u.role in _ROLES and times[u.start] == 1]


def _shares(counts: dict[str, int]) -> dict[str, Any]:
    return {
        **counts,
        "precision": _share(counts["right"], counts["yes"]),
        "precision_outside": _share(counts["outside_right"], counts["outside"]),
        "recall": _share(counts["known_yes"], counts["known"]),
        "recall_unsure": _share(counts["known_listed"], counts["known"]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _units(data: bytes, offset: int) -> int:
    """Bytes to UTF-16 code units."""
    return len(data[:offset].decode("utf-8", "replace").encode("utf-16-le")) // 2


def _place(graph: CodeGraph, path: str, number: int) -> tuple[str, int]:
    index = graph.index(path)
    assert index is not None
    return path, _units(graph.data(path), index.facts.uses[number].start)


def _compiler(typescript: Path, root: Path, files: list[str], places: list[tuple[str, int]]) -> list[list[list[Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "places.json"
        listed.write_text(json.dumps({"files": files, "places": places}))
        command = ["node", "-e", _ASK, str(typescript), str(root), str(listed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"node could not ask the compiler: {done.stderr.strip()[-800:]}")
    answers: list[list[list[Any]]] = json.loads(done.stdout)
    return answers


def _judge(
    graph: CodeGraph, path: str, number: int, answers: list[list[Any]], tables: list[dict[str, int]]
) -> dict[str, Any] | None:
    index = graph.index(path)
    assert index is not None
    use = index.facts.uses[number]
    rows = [b for b in graph.bindings(path) if (b.start, b.end) == (use.start, use.end)]
    # Of a package that is not installed the compiler gives the import itself, which it calls an alias.
    inside = [a for a in answers if not a[0].startswith("..") and "node_modules" not in a[0]]
    known = {(a[0], a[1]) for a in inside if a[2] != "alias"}
    built = {(a[0], a[1]) for a in answers if a[2] == "constructor"}
    verdict, via = rows[0].verdict, rows[0].via
    ours: set[tuple[str, int]] = set()
    right = False
    for row in rows:
        for place in graph.symbols.places(row.target) if row.target else ():
            where = place[0], _units(graph.data(place[0]), place[1])
            ours.add(where)
            right = right or where in known or _builds(graph, row.target or "", built)
    aliases = {(a[0], a[1]) for a in inside if a[2] == "alias"}  # `import * as m`: the compiler stops there
    for place in graph.symbols.places(rows[0].alias) if rows[0].alias else ():
        right = right or (place[0], _units(graph.data(place[0]), place[1])) in aliases
    is_yes, is_target = verdict == "yes", bool(rows[0].target)
    for counts in tables:
        counts["sample"] += 1
        counts["known"] += bool(known)
        counts["known_listed"] += bool(known) and right
        counts["known_yes"] += bool(known) and right and is_yes
        counts["yes"] += is_yes and is_target
        counts["right"] += is_yes and is_target and right
        counts["outside"] += is_yes and not is_target
        counts["outside_right"] += is_yes and not is_target and not known
    if right or (not known and not (is_yes and is_target)):
        return None
    line = graph.data(path).count(b"\n", 0, use.start) + 1
    name = index.facts.names[use.name]
    found = f"{via} {verdict}"
    return {"path": path, "line": line, "name": name, "via": found, "ours": sorted(ours), "theirs": answers}


def _builds(graph: CodeGraph, target: str, built: set[tuple[str, int]]) -> bool:
    """The compiler takes `new C()` to the constructor, we take it to the class."""
    span = graph.symbols.span(target) if target else None
    path = target.partition("::")[0]
    return span is not None and any(
        p == path and _units(graph.data(path), span[0]) <= at < _units(graph.data(path), span[1]) for p, at in built
    )


if __name__ == "__main__":
    main()
