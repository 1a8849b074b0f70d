"""What house conventions are worth, measured: `python -m benchmarks.conventions --sdists DIR [--only PART] [--json]`.

    answers      leave one file out: what the house answers about a file it has not seen, beside the world's default
    violations   one convention flipped in a real function: found? and functions that were left alone: flagged?
    naming       the words of a definition that was held out: spelled as the house spells?
    pairs        house helpers against labels made by reading
    completions  cursors where the world's answer is wrong: wanted minus unwanted, with and without conventions
    drift        rates of conventions in generated code against the repository's own, with and without

The projects are pinned (benchmarks/sdists.py) and are downloaded into DIR; four of them, never looked at while the
detector was made, are left out without --unseen and reported apart with it. What was measured is kept in
DIR/measured for these versions of product and benchmark, so that an interrupted run goes on. --quick takes six small
projects and fewer draws.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.conventions import answers, completions, drift, naming, pairs, report, violations
from benchmarks.conventions.corpus import QUICK, SEEN, UNSEEN, Labelled, labelled

PARTS: dict[str, tuple[Callable[[Labelled, int, bool], Any], Callable[[dict[str, Any]], Any]]] = {
    "answers": (answers.measure, answers.combine),
    "violations": (violations.measure, violations.combine),
    "naming": (naming.measure, naming.combine),
    "pairs": (pairs.measure, pairs.combine),
    "completions": (completions.measure, completions.combine),
    "drift": (drift.measure, drift.combine),
}
LABELLED = {"pairs", "completions", "drift"}
"""Parts for which only the projects with labelled pairs are taken."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdists", type=Path, required=True, help="the folder of the source distributions")
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="these parts alone")
    parser.add_argument("--project", action="append", choices=sorted((*SEEN, *UNSEEN)), help="these projects alone")
    parser.add_argument("--unseen", action="store_true", help="also the projects that are kept out otherwise")
    parser.add_argument("--quick", action="store_true", help="six small projects, fewer draws: a few minutes")
    parser.add_argument("--run", help="go on with the run of this name, though the code may have changed since")
    parser.add_argument("--report", action="store_true", help="measure nothing more: report what --run has measured")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--out", type=Path, help="also write OUT/conventions.md and OUT/conventions.json")
    given = parser.parse_args(argv)
    given.sdists = given.sdists.resolve()
    figures = run(given)
    text = json.dumps(figures, indent=1)
    page = report.page(figures)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "conventions.json").write_text(
            json.dumps(report.brief(figures), indent=1) + "\n", encoding="utf-8"
        )
        (given.out / "conventions.md").write_text(page, encoding="utf-8")
    print(text if given.json else page)
    return 0


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of the parts that were asked for, of the seen projects and of the unseen ones."""
    kept = given.sdists / "measured" / (given.run or _version())
    kept.mkdir(parents=True, exist_ok=True)
    groups = {"seen": given.project or (QUICK if given.quick else SEEN), "unseen": UNSEEN if given.unseen else ()}
    figures: dict[str, Any] = {"schema": 1, "seed": given.seed, "quick": given.quick}
    os.environ["FAMILIAR_HOME"] = str(given.sdists / "home")
    for group, names in groups.items():
        for part in given.only or PARTS:
            taken = [n for n in names if part not in LABELLED or n in pairs.PROJECTS]
            measured = {name: result for name in taken if (result := _measured(given, part, name, kept)) is not None}
            if measured:
                figures.setdefault(group, {})[part] = PARTS[part][1](measured) | {"projects": list(measured)}
    return figures


def _version() -> str:
    """Return a short hash of everything that a result depends on besides the projects and the settings."""
    here = Path(__file__).parents[2]
    folders = ("codegraph/familiar_codegraph", "completion/familiar_completion", "benchmarks/conventions")
    files = [path for folder in folders for path in sorted((here / folder).rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _measured(given: argparse.Namespace, part: str, name: str, kept: Path) -> Any:
    """Return one part's result for one project, from an earlier run with the same settings where there is one."""
    found = kept / f"{part}-{name}-{given.seed}{'-quick' if given.quick else ''}.json"
    if not found.is_file():
        if given.report:
            return None
        began, cpu = time.perf_counter(), time.process_time()
        result = PARTS[part][0](labelled(name, given.sdists), given.seed, given.quick)
        partial = found.with_suffix(".partial")
        partial.write_text(json.dumps(result), encoding="utf-8")
        partial.replace(found)
        spent = f"{time.perf_counter() - began:.0f} s, {time.process_time() - cpu:.0f} s of processor"
        print(f"{part} {name}: {spent}", file=sys.stderr, flush=True)
    return json.loads(found.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
