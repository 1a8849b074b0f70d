"""What verification says of TypeScript and JavaScript: each case is a real run of vitest or jest in a project.

`.ci/javascript.sh FOLDER` installs both; FAMILIAR_JAVASCRIPT names the folder. Without it the tests are skipped; where
it should be there (CI, or the variable is set) its absence is a failure.
"""

from pathlib import Path

import pytest
from familiar_edits import isolate
from familiar_edits.process import Request, propose
from familiar_edits.verify import Verification, verify
from support.project import project, replace, tree_digest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(isolate.method()[0] != "namespaces", reason="this machine has no namespaces"),
]


def package(script: str, **more: str) -> str:
    rest = "".join(f', "{name}": {value}' for name, value in more.items())
    return f'#- package.json\n{{"scripts": {{"test": "{script}"}}{rest}}}\n'


TYPESCRIPT = """
#- area.ts
export interface Size {
  width: number
}

export function area(width: number, height: number): number {
  return width * height
}

export function unused(): number {
  return 1
}
#- area.test.ts
import { describe, expect, it, test } from 'vitest'
import { area } from './area'

describe('shapes', () => {
  it('have an area', () => {
    expect(area(2, 3)).toBe(6)
  })
})
test('nothing', () => {})
test.skip('skipped', () => {})
test.todo('later')
test('fails', () => {
  expect(1).toBe(2)
})
"""
COMMONJS = """
#- area.js
function area(width, height) {
  return width * height
}

function unused() {
  return 1
}

module.exports = { area, unused }
#- area.test.js
const { area } = require('./area')

describe('shapes', () => {
  it('have an area', () => {
    expect(area(2, 3)).toBe(6)
  })
})
test('nothing', () => {})
test.skip('skipped', () => {})
test.todo('later')
test('fails', () => {
  expect(1).toBe(2)
})
"""
RUNNERS = [("vitest", package("vitest"), TYPESCRIPT, "ts"), ("jest", package("jest --watch"), COMMONJS, "js")]
each_runner = pytest.mark.parametrize(("kind", "head", "text", "suffix"), RUNNERS, ids=[r[0] for r in RUNNERS])


def judged(root: Path, *edits: tuple[str, str, str], **options: object) -> Verification:
    options = {"trusted": True, **options}
    return verify(root, replace(root, *edits), **options)  # type: ignore[arg-type]


def outcomes(suffix: str) -> dict[str, str]:
    test = f"area.test.{suffix}"
    return {
        f"{test}::shapes::have an area": "passed",
        f"{test}::nothing": "passed",
        f"{test}::skipped": "skipped",
        f"{test}::later": "skipped",
        f"{test}::fails": "failed",
    }


@each_runner
def test_verified(repository: Path, kind: str, head: str, text: str, suffix: str) -> None:
    root = project(repository, head + text)
    before = tree_digest(root)
    verdict = judged(
        root,
        (f"area.{suffix}", "function area", "function surface"),
        *([("area.js", "{ area,", "{ surface,")] if suffix == "js" else []),
        (f"area.test.{suffix}", "{ area }", "{ surface }"),
        (f"area.test.{suffix}", "area(2", "surface(2"),
        sabotage=replace(root, (f"area.{suffix}", "function area", "function surface")),
        tests=(f"area.test.{suffix}",),
    )
    assert verdict.status == "verified", verdict.reason
    tests = verdict.evidence.tests
    assert tests and tests.before == tests.after == outcomes(suffix)
    assert (tests.runner, tests.selected, tests.total, verdict.evidence.witnessed) == (kind, 5, 5, True)
    assert tests.interpreter.startswith("node ") and f", {kind} " in tests.interpreter
    executed, of = verdict.evidence.changed_lines_executed
    assert executed == of == (3 if kind == "vitest" else 2)  # jest does not watch the test files themselves
    assert verdict.reason.startswith("2 tests pass on the changed code as before;")
    assert verdict.reason.endswith(
        "the same tests fail when the edit is left incomplete; 1 failed already or are flaky."
    )
    assert tree_digest(root) == before


@each_runner
def test_failed(repository: Path, kind: str, head: str, text: str, suffix: str) -> None:
    root = project(repository, head + text)
    verdict = judged(root, (f"area.{suffix}", "width * height", "width + height"), stop_at_first=True)
    name = f"area.test.{suffix}::shapes::have an area"
    assert verdict.status == "failed"
    assert verdict.reason.startswith(f"{name} does not fail now, but does with the change: ")
    assert verdict.evidence.tests and verdict.evidence.tests.newly_failing == (name,)


@each_runner
def test_a_test_file_that_no_longer_loads(repository: Path, kind: str, head: str, text: str, suffix: str) -> None:
    root = project(repository, head + text)
    verdict = judged(root, (f"area.test.{suffix}", "test('nothing', () => {})", "test('nothing', () => {)"))
    assert verdict.status == "failed"
    assert verdict.reason.startswith(f"area.test.{suffix} does not fail now, but does with the change: ")


@each_runner
def test_no_test_executes_it(repository: Path, kind: str, head: str, text: str, suffix: str) -> None:
    root = project(repository, head + text)
    verdict = judged(root, (f"area.{suffix}", "return 1", "return 2"))
    assert verdict.status == "unverified"
    assert verdict.reason == "2 tests pass, but they execute none of the 1 changed lines."


@each_runner
def test_not_witnessed(repository: Path, kind: str, head: str, text: str, suffix: str) -> None:
    root = project(repository, head + text)
    edit = (f"area.{suffix}", "width * height", "height * width")
    verdict = judged(root, edit, sabotage=replace(root, edit))
    assert (verdict.status, verdict.evidence.witnessed) == ("unverified", False)


def test_types_hold_no_code(repository: Path) -> None:
    root = project(repository, package("vitest") + TYPESCRIPT)
    verdict = judged(root, ("area.ts", "Size", "Extent"))
    assert (verdict.status, verdict.evidence.changed_lines_executed) == ("verified", (0, 0))


def test_only_lines_that_jest_does_not_watch(repository: Path) -> None:
    root = project(repository, package("jest") + COMMONJS)
    verdict = judged(root, ("area.test.js", "area(2, 3)", "area(3, 2)"))
    assert verdict.status == "unverified"
    assert verdict.reason == "2 tests pass, but jest does not tell which lines of the change they execute."


WATCHED = """
#- area.js
export const area = (width, height) => width * height
#- area.test.js
import { expect, test } from 'vitest'
import { area } from './area'
test('area', () => expect(area(2, 3)).toBe(6))
test('minds being watched', () => expect(process[Symbol.for('familiar.session')]).toBeUndefined())
test.skip('collected at ' + Date.now(), () => {})
"""


def test_flaky_and_remembered(repository: Path) -> None:
    """What fails only in the first run with the change is flaky; the second time the run before is not made again."""
    root = project(repository, package("vitest") + WATCHED)
    first = judged(root, ("area.js", "width * height", "height * width"))
    assert first.status == "verified", first.reason
    assert first.evidence.tests and first.evidence.tests.flaky == ("area.test.js::minds being watched",)
    second = judged(root, ("area.js", "width * height", "height * width * 1"))
    assert second.evidence.tests and second.evidence.tests.before == first.evidence.tests.before


def test_typescript_under_jest(repository: Path) -> None:
    """ts-jest moves every line by what it puts before the code: the lines come from its source maps."""
    text = TYPESCRIPT.replace("import { describe, expect, it, test } from 'vitest'\n", "")
    root = project(repository, package("jest", jest='{"preset": "ts-jest"}') + text + TSCONFIG)
    executed = judged(root, ("area.ts", "width * height", "height * width"))
    assert (executed.status, executed.evidence.changed_lines_executed) == ("verified", (1, 1)), executed.reason
    other = judged(root, ("area.ts", "return 1", "return 2"))
    assert (other.status, other.evidence.changed_lines_executed) == ("unverified", (0, 1)), other.reason


TSCONFIG = """
#- tsconfig.json
{"compilerOptions": {"target": "es2017", "module": "commonjs", "esModuleInterop": true, "isolatedModules": true},
 "files": ["area.ts"]}
"""
WORKSPACE = """
#- package.json
{"private": true, "workspaces": ["packages/*"], "scripts": {"test": "npm test --workspaces"}}
#- packages/lib/package.json
{"name": "lib", "type": "module", "scripts": {"test": "vitest run"}, "main": "index.js"}
#- packages/lib/index.js
export const double = (n) => n * 2
#- packages/lib/index.test.js
import { expect, test } from 'vitest'
import { double } from './index.js'
test('double', () => expect(double(2)).toBe(4))
#- packages/lib/other.test.js
import { test } from 'vitest'
test('other', () => {})
#- packages/app/package.json
{"name": "app", "scripts": {"test": "jest"}}
#- packages/app/main.js
exports.triple = (n) => n * 3
#- packages/app/main.test.js
test('triple', () => expect(require('./main').triple(2)).toBe(6))
"""


def test_each_package_by_its_own_runner(repository: Path) -> None:
    root = project(repository, WORKSPACE)
    edit = ("packages/lib/index.js", "n * 2", "2 * n")
    impacted = judged(root, edit, tests=("packages/lib/index.test.js",))
    assert impacted.status == "verified", impacted.reason
    tests = impacted.evidence.tests
    assert tests and (tests.runner, tests.total) == ("vitest", 3)
    assert tests.after == {"packages/lib/index.test.js::double": "passed"}
    full = judged(root, edit, ("packages/app/main.js", "n * 3", "3 * n"), level="full")
    assert full.status == "verified", full.reason
    tests = full.evidence.tests
    assert tests and tests.runner == "jest and vitest"
    assert set(tests.after) == {
        "packages/app/main.test.js::triple",
        "packages/lib/index.test.js::double",
        "packages/lib/other.test.js::other",
    }
    assert full.evidence.changed_lines_executed == (2, 2)


CONFINED = """
#- area.js
exports.area = (width, height) => width * height
#- area.test.js
const fs = require('fs')
const { area } = require('./area')
test('area', () => expect(area(2, 3)).toBe(6))
test('no network', async () => {
  await expect(fetch('http://192.0.2.1/', { signal: AbortSignal.timeout(2000) })).rejects.toThrow()
})
test('writes where it stands', () => {
  fs.writeFileSync('left.txt', '')
  fs.writeFileSync('node_modules/left.txt', '')
  fs.writeFileSync('node_modules/jest/package.json', '{}')
})
test('none of the variables', () => expect(process.env.SECRET).toBeUndefined())
"""


def test_isolated(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "1")
    root = project(repository, package("jest") + CONFINED)
    before = tree_digest(root)
    verdict = judged(root, ("area.js", "width * height", "height * width"))
    assert verdict.status == "verified", verdict.reason
    assert verdict.evidence.tests and len(verdict.evidence.tests.after) == 4
    assert tree_digest(root) == before


def test_a_configuration_that_does_not_load(repository: Path) -> None:
    broken = "#- vitest.config.ts\nimport nothing from 'not-installed'\nexport default nothing\n"
    root = project(repository, package("vitest") + TYPESCRIPT + broken)
    verdict = judged(root, ("area.ts", "width * height", "height * width"))
    assert verdict.status == "unverified"
    assert verdict.reason.startswith("no test ran before the change: the test process ended with status 1.")
    assert "not-installed" in verdict.reason


def test_no_tests(repository: Path) -> None:
    root = project(repository, package("vitest") + "#- area.ts\nexport const side = 2\n")
    verdict = judged(root, ("area.ts", "2", "3"))
    assert (verdict.status, verdict.reason) == ("unverified", "Not tested: vitest found no tests.")


def test_a_rename_in_a_workspace_of_pnpm(repository: Path) -> None:
    """From the name to the verdict: the graph says which tests, the package which runner, links lead to the store."""
    store = repository / "node_modules/.pnpm/store/node_modules"
    (repository / "node_modules").rename(repository / "installed")
    store.parent.mkdir(parents=True)
    (repository / "installed").rename(store)
    own = repository / "packages/shapes/node_modules"
    own.mkdir(parents=True)
    (own / "vitest").symlink_to("../../../node_modules/.pnpm/store/node_modules/vitest")
    text = (package("vitest") + TYPESCRIPT).replace("#- ", "#- packages/shapes/")
    root = project(repository, package("pnpm -r test") + text)
    before = tree_digest(root)
    offset = (root / "packages/shapes/area.ts").read_bytes().index(b"area(")
    request = Request(str(root), "rename", "packages/shapes/area.ts", offset, {"new_name": "surface"}, trusted=True)
    proposal = propose(request)
    assert proposal.status == "verified", proposal.reason
    tests = proposal.evidence.tests
    assert tests and set(tests.after) == {f"packages/shapes/{test}" for test in outcomes("ts")}
    assert (proposal.evidence.changed_lines_executed, proposal.evidence.witnessed) == ((3, 3), True)
    assert tree_digest(root) == before
