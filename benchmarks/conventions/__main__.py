"""What house conventions are worth, measured: `python -m benchmarks.conventions --sdists DIR [--only PART] [--json]`.

    answers      leave one file out: what the house answers about a file it has not seen, beside the world's default
    violations   one convention flipped in a real function: found? and functions that were left alone: flagged?
    naming       the words of a definition that was held out: spelled as the house spells?
    pairs        house helpers against labels made by reading
    completions  cursors where the world's answer is wrong: wanted minus unwanted, with and without conventions
    drift        rates of conventions in generated code against the repository's own, with and without
    scripts      TypeScript and JavaScript: leave one file out, violations (needs node and npm)
    speed        learning, counting a saved file anew, memory: only when named or with --whole, on a quiet machine

The projects are pinned (benchmarks/sdists.py) and are downloaded into DIR; four of them, never looked at while the
detector was made, are left out without --unseen and reported apart with it. --whole --unseen measures everything, speed
last and with nothing beside it. What was measured of a part and a project is kept in DIR/measured for these versions of
the rooms that are judged and of the labels, so that an interrupted run goes on. The page of --out is made of all that
is kept, whatever --only says. --quick takes six small projects and fewer draws.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.conventions import predictions, report
from benchmarks.conventions.corpus import SCRIPTS, SEEN, UNSEEN
from benchmarks.conventions.running import PARTS, run


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdists", type=Path, required=True, help="the folder of the source distributions")
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="these parts alone")
    parser.add_argument(
        "--project", action="append", choices=sorted((*SEEN, *UNSEEN, *SCRIPTS)), help="these projects alone"
    )
    parser.add_argument("--unseen", action="store_true", help="also the projects that are kept out otherwise")
    parser.add_argument("--whole", action="store_true", help="every part, speed as well")
    parser.add_argument("--quick", action="store_true", help="six small projects, fewer draws: a few minutes")
    parser.add_argument("--run", help="go on with the run of this name, though code may have changed since")
    parser.add_argument("--report", action="store_true", help="measure nothing more: report what --run has measured")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="how many parts of projects are measured at once")
    parser.add_argument("--tasks", type=Path, help="measure nothing: write what other tools are asked, as JSON lines")
    parser.add_argument("--predictions", type=Path, help="judge another tool's answers (benchmarks/labels/README.md)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--out", type=Path, help="also write OUT/conventions.md and OUT/conventions.json")
    given = parser.parse_args(argv)
    given.sdists = given.sdists.resolve()
    os.environ["FAMILIAR_HOME"] = str(given.sdists / "home")
    if given.tasks:
        names = given.project or [*SEEN, *(UNSEEN if given.unseen else ())]
        lines = (json.dumps(task) + "\n" for task in predictions.tasks(names, given.sdists, given.seed))
        given.tasks.write_text("".join(lines), encoding="utf-8")
        return 0
    if given.predictions:
        judged = predictions.judged(given.predictions, given.sdists, given.seed)
        figures = {"schema": 1, "seed": given.seed, "quick": False, "seen": judged}
    else:
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


if __name__ == "__main__":
    sys.exit(main())
