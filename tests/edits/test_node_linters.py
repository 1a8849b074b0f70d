"""The project's own tsc and ESLint must not find more after a change than before it: real runs of both."""

from collections.abc import Callable
from pathlib import Path

import pytest
from familiar_edits import isolate, nodelinters
from familiar_edits.process import Request, propose
from familiar_edits.values import Check
from familiar_edits.verify import verify
from support.fixture import parse
from support.project import commit, project, replace, tree_digest

CONFIGURED: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "tsc": ("#- tsconfig.json\n{}\n#- src/a.ts\n", [("tsc", "")]),
    "the nearest tsconfig": ("#- tsconfig.json\n{}\n#- src/tsconfig.json\n{}\n#- src/a.ts\n", [("tsc", "src")]),
    "a flat file": ("#- eslint.config.mjs\n#- src/a.ts\n", [("eslint", "")]),
    "an older file": ("#- src/.eslintrc.json\n{}\n#- src/a.ts\n", [("eslint", "src")]),
    "in package.json": ('#- package.json\n{"eslintConfig": {}}\n#- src/a.ts\n', [("eslint", "")]),
    "both": ("#- tsconfig.json\n{}\n#- .eslintrc.yml\n#- src/a.ts\n", [("tsc", ""), ("eslint", "")]),
    "neither": ("#- package.json\n{}\n#- src/a.ts\n", []),
    "beside the way up": ("#- other/tsconfig.json\n{}\n#- src/a.ts\n", []),
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_what_a_project_configures(tmp_path: Path, name: str) -> None:
    text, expected = CONFIGURED[name]
    parse(text).write(tmp_path)
    assert nodelinters.tools_to_run(tmp_path, ["src/a.ts"]) == [nodelinters.Tool(*tool, None) for tool in expected]
    assert nodelinters.tools_to_run(tmp_path, ["src/a.py"]) == []


runs = pytest.mark.skipif(isolate.method()[0] != "namespaces", reason="this machine has no namespaces")

SHOP = """
#- package.json
{"scripts": {"test": "vitest"}, "type": "module"}
#- tsconfig.json
{
  // strict, as most are
  "compilerOptions": {
    "strict": true, "module": "esnext", "moduleResolution": "bundler", "skipLibCheck": true, "types": [],
    "allowJs": true
  },
  "include": ["src"],
}
#- eslint.config.mjs
export default [{rules: {"no-unused-vars": "error", "no-undef": "error", "id-length": ["error", {max: 12}]}}]
#- src/area.ts
export function area(width: number, height: number): number {
  return width * height
}
export const broken: string = area(1, 2)
#- src/told.ts
import { area } from './area'
export const told: number = area(3, 4)
#- src/plain.js
export function plain(x) {
  const unused = 1
  return x + 1
}
#- src/area.test.ts
import { expect, test } from 'vitest'
import { area } from './area'
import { plain } from './plain.js'
test('area', () => { expect(area(2, 3)).toBe(6) })
test('plain', () => { expect(plain(2)).toBe(3) })
"""


def checks(root: Path, *edits: tuple[str, str, str]) -> tuple[str, str, dict[str, Check]]:
    found = verify(root, replace(root, *edits), trusted=True)
    return found.status, found.reason, {check.name: check for check in found.evidence.checks}


@pytest.fixture
def root(repository: Path) -> Path:
    return project(repository, SHOP)


Edit = tuple[str, str, str]
SAME = ("src/area.ts", "width * height", "height * width")
MISSING = ("src/plain.js", "x + 1", "x + (0 && missing) + 1")
CASES: dict[str, tuple[tuple[Edit, ...], str, str, str]] = {
    "found before": ((SAME,), "verified", "tsc", "nothing that it did not"),
    "a type elsewhere": (
        (("src/area.ts", "height: number): number", "height: number): any"),
         ("src/area.ts", "export const broken: string = area(1, 2)", "export const broken: string = ''"),
         ("src/told.ts", "area(3, 4)", "area('3', 4)")),
        "failed", "tsc", "in src/told.ts: TS2345: Argument of type 'string'",
    ),
    "an unknown name": ((MISSING,), "failed", "eslint", "no-undef: 'missing'"),
    "layout alone": ((("src/plain.js", "(x)", "(quantityAsked)"), ("src/plain.js", "x + 1", "quantityAsked + 1")),
                     "verified", "eslint", "nothing new but layout: id-length"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(600)
@runs
@pytest.mark.parametrize("name", CASES)
def test_findings(root: Path, name: str) -> None:
    edits, status, tool, says = CASES[name]
    before = tree_digest(root / "src")
    said, reason, found = checks(root, *edits)
    assert (said, found[tool].verdict) == (status, "fail" if status == "failed" else "pass"), (reason, found)
    assert says in found[tool].detail
    assert tree_digest(root / "src") == before


@pytest.mark.slow
@pytest.mark.timeout(600)
@runs
def test_a_rename_changes_no_finding_but_by_the_name(root: Path) -> None:
    offset = (root / "src/area.ts").read_bytes().index(b"area")
    found = propose(Request(str(root), "rename", "src/area.ts", offset, {"new_name": "surface"}, trusted=True))
    assert found.status == "verified", found.reason
    made = {check.name: check for check in found.evidence.checks}
    assert made["tsc"].verdict == made["eslint"].verdict == "pass" and "1 findings" in made["tsc"].detail


def referring(root: Path) -> None:
    """A tsconfig of its own files for the sources, and one above that only refers to it."""
    options = (root / "tsconfig.json").read_text().replace('["src"]', '["."]')
    (root / "src/tsconfig.json").write_text(options.replace('{"strict"', '{"composite": true, "strict"'))
    (root / "tsconfig.json").write_text('{"files": [], "references": [{"path": "./src"}]}')
    (root / "src/tsconfig.json").rename(root / "src/tsconfig.lib.json")
    (root / "tsconfig.json").write_text('{"files": [], "references": [{"path": "./src/tsconfig.lib.json"}]}')


def uninstalled(root: Path) -> None:
    for name in ("eslint", "typescript"):
        (root / "node_modules" / name).rename(root / "node_modules" / f"{name}-away")


def unreadable(root: Path) -> None:
    (root / "eslint.config.mjs").write_text("throw new Error('not today')\n")


STATES: dict[str, tuple[Callable[[Path], None], str, str, str]] = {
    "project references": (referring, "tsc", "pass", "(1 findings)"),
    "not installed": (uninstalled, "eslint", "skipped", "configures eslint, but it is not in node_modules"),
    "a configuration that does not load": (unreadable, "eslint", "skipped", "did not come to an end here"),
}


@pytest.mark.slow
@pytest.mark.timeout(600)
@runs
@pytest.mark.parametrize("name", STATES)
def test_states_of_a_project(root: Path, name: str) -> None:
    prepare, tool, verdict, says = STATES[name]
    prepare(root)
    commit(root)
    status, reason, found = checks(root, SAME)
    assert status == "verified", reason
    assert found[tool].verdict == verdict and says in found[tool].detail, found
