"""What a package.json says about its tests, and what is said where Familiar cannot run them."""

import json
import os
from pathlib import Path

import pytest
from familiar_edits import isolate, noderunner, npmscripts
from familiar_edits.npmscripts import Script
from familiar_edits.values import ChangeSet, EditError, FileChange
from familiar_edits.verify import verify
from support.fixture import parse

SCRIPTS = [
    ({"test": "vitest"}, Script("vitest")),
    ({"test": "vitest run --coverage --reporter verbose"}, Script("vitest")),
    ({"test": "tsc && vitest run -c vite.ts src"}, Script("vitest", ("-c", "vite.ts"), (), (), ("src",))),
    ({"test": "TZ=UTC jest --config=e2e.js --watch -i"}, Script("jest", ("--config=e2e.js", "-i"), (("TZ", "UTC"),))),
    (
        {"test": "cross-env NODE_OPTIONS=--experimental-vm-modules npx jest --bail src/a"},
        Script("jest", (), (("NODE_OPTIONS", "--experimental-vm-modules"),), (), ("src/a",)),
    ),
    (
        {"test": "node --experimental-vm-modules node_modules/jest/bin/jest.js --forceExit"},
        Script("jest", ("--forceExit",), (), ("--experimental-vm-modules",)),
    ),
    ({"test": "npm run lint && npm run test:unit", "lint": "eslint .", "test:unit": "vitest"}, Script("vitest")),
    ({"test": "yarn jest --projects a b --verbose"}, Script("jest", ("--projects", "a", "b"))),
    ({"test": "npm run test", "test:unit": "jest"}, Script("jest")),
    ({"test": "mocha", "test:unit": "vitest run"}, Script("vitest")),
    ({"test": "mocha -r ts-node/register"}, "mocha"),
    ({"test": "node --import tsx --test"}, "node --test"),
    ({"test": "react-scripts test"}, "react-scripts"),
    ({"test": "nx run-many -t test"}, None),
    ({"test": "pnpm -r test"}, None),
    ({"test": 'echo "Error: no test specified" && exit 1'}, None),
    ({"test": "vitest 'unclosed"}, None),
    ({"build": "tsc"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("scripts", "expected"), SCRIPTS, ids=[str(scripts) for scripts, _ in SCRIPTS])
def test_what_a_script_runs(scripts: dict[str, str], expected: Script | str | None) -> None:
    assert npmscripts.runner_of(scripts) == expected


NAMED = [
    ("#- package.json\n{}\n#- jest.config.ts\n", "jest"),
    ("#- package.json\n{}\n#- vitest.config.mts\n", "vitest"),
    ('#- package.json\n{"jest": {"testEnvironment": "node"}}\n', "jest"),
    ('#- package.json\n{"devDependencies": {"vitest": "^3"}}\n', "vitest"),
    ('#- package.json\n{"dependencies": {"react": "19"}}\n', None),
    ("#- package.json\n{ not JSON\n", None),
]


@pytest.mark.parametrize(("text", "kind"), NAMED)
def test_what_a_package_names(tmp_path: Path, text: str, kind: str | None) -> None:
    parse(text).write(tmp_path)
    found = noderunner.named_runner(tmp_path)
    assert (found.kind if isinstance(found, Script) else found) == kind


def packages(top: Path, **scripts: str) -> None:
    """Write a workspace: `a__b` stands for the folder a/b, `root` for the root."""
    for name, script in scripts.items():
        folder = top if name == "root" else top / name.replace("__", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"scripts": {"test": script}} if script else {}))


def install(folder: Path, kind: str, version: str = "9.9.9") -> None:
    """Write what find reads of an installed runner."""
    where = folder / "node_modules" / kind
    where.mkdir(parents=True)
    (where / "package.json").write_text(json.dumps({"version": version, "bin": {kind: "./run.js"}}))
    (where / "run.js").touch()


@pytest.fixture
def node(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node on the PATH that can say where it lives, and nothing else."""
    folder = tmp_path_factory.mktemp("node")
    program = folder / "node"
    program.write_text(f'#!/bin/sh\necho \'["{program}", "v24.0.0"]\'\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin:/bin")
    return program


def test_the_nearest_package_that_names_a_runner(tmp_path: Path, node: Path) -> None:
    packages(tmp_path, root="turbo test", packages__a="vitest", packages__a__fixtures="", packages__b="jest")
    install(tmp_path, "vitest")
    install(tmp_path / "packages/b", "jest", "30.0.0")
    found = noderunner.find(tmp_path, ["packages/a/fixtures/x.test.ts", "packages/b/x.test.js"])
    assert [(p.folder, p.script.kind) for p in found.packages] == [("packages/a", "vitest"), ("packages/b", "jest")]
    assert found.packages[0].program == tmp_path / "node_modules/vitest/./run.js"
    assert (found.kind, found.found) == ("vitest and jest", "node 24.0.0, vitest 9.9.9, jest 30.0.0")
    assert (found.owners, found.show) == (("packages/a", "packages/b"), (node.parent,))
    assert noderunner.find(tmp_path, []).packages == found.packages


def test_installing_anew_is_another_environment(tmp_path: Path, node: Path) -> None:
    packages(tmp_path, root="vitest")
    install(tmp_path, "vitest")
    first = noderunner.find(tmp_path, []).environment
    assert noderunner.find(tmp_path, []).environment == first
    (tmp_path / "node_modules/.package-lock.json").touch()
    assert noderunner.find(tmp_path, []).environment != first


REFUSED = [
    ("mocha", "", "the tests of this project are run by mocha, and Familiar runs vitest and jest."),
    ("node --test", "", "the tests of this project are run by node --test, and Familiar runs vitest and jest."),
    ("", "", "no package.json in a folder above a.test.ts says what runs its tests."),
    ("vitest", "", "vitest is not installed in node_modules. Install it: npm ci"),
    ("jest", "pnpm-lock.yaml", "jest is not installed in node_modules. Install it: pnpm install --frozen-lockfile"),
    ("jest", "yarn.lock", "jest is not installed in node_modules. Install it: yarn install"),
    (
        "jest",
        ".pnp.cjs",
        "jest is not in node_modules: the project uses Yarn's Plug'n'Play, which Familiar cannot show",
    ),
]


@pytest.mark.skipif(isolate.method()[0] == "plain", reason="this machine has no namespaces")
@pytest.mark.parametrize(("script", "file", "reason"), REFUSED)
def test_unverified_in_one_sentence(tmp_path: Path, node: Path, script: str, file: str, reason: str) -> None:
    packages(tmp_path, root=script)
    if file:
        (tmp_path / file).touch()
    assert unverified(tmp_path, "a.ts", tests=("a.test.ts",)).startswith(f"Not tested: {reason}")


def unverified(root: Path, *paths: str, tests: tuple[str, ...] | None = None) -> str:
    created = tuple(FileChange("create", path, "", ()) for path in paths)
    verdict = verify(root, ChangeSet("create", created), trusted=True, tests=tests)
    assert verdict.status == "unverified"
    return verdict.reason


@pytest.mark.skipif(isolate.method()[0] == "plain", reason="this machine has no namespaces")
def test_no_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages(tmp_path, root="vitest")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unverified(tmp_path, "a.ts").startswith("Not tested: there is no node on the PATH to run the tests with.")


def test_two_languages_at_once(tmp_path: Path) -> None:
    assert unverified(tmp_path, "a.ts", "b.py").startswith("Not tested: the change is in Python and in JavaScript")


def test_no_isolation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolate, "method", lambda: ("plain", "not here"))
    with pytest.raises(EditError, match="cannot be shown to the tests without being written to"):
        from familiar_edits import runners

        runners.find(tmp_path, ChangeSet("", (FileChange("create", "a.ts", "", ()),)), ())
