"""Packages of npm: pinned, fetched by npm alone, read as their authors wrote them."""

import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest
from familiar_completion.training import corpus, npm
from familiar_completion.training.licences import Decision
from familiar_completion.training.npm import Pin, pinned, script_files, stated
from familiar_completion.training.packages import RecipeError

MANIFEST = json.dumps({"name": "shop", "license": "MIT"})


def archive(folder: Path, files: dict[str, str | bytes]) -> Path:
    path = folder / "shop-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as out:
        for name, text in {"package.json": MANIFEST, **files}.items():
            data = text.encode() if isinstance(text, str) else text
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))
    return path


def paths(folder: Path, files: dict[str, str | bytes]) -> list[str]:
    return [file.path for file in script_files(archive(folder, files), "npm:shop")]


def test_scripts_are_read_with_their_paths_and_licences(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "lib/b.js": "const b = 1;\r\n",
        "lib/old/a.mjs": "export {};\n",
        "lib/old/LICENSE": "GNU GENERAL PUBLIC LICENSE\n",
        "lib/bad.js": b"\xff\xfe",
        "README.md": "no code",
    }
    first, second = script_files(archive(tmp_path, files), "npm:shop")
    assert (first.package, first.path, first.text) == ("npm:shop", "lib/b.js", "const b = 1;\n")
    assert first.decision == Decision("MIT", "metadata", True)
    assert second.decision == Decision("GPL", "licence file", False)


def test_what_a_compiler_made_of_typescript_is_not_read(tmp_path: Path) -> None:
    assert paths(tmp_path, {"src/a.ts": "", "src/b.tsx": "", "lib/a.js": "", "src/c.d.ts": ""}) == [
        "src/a.ts",
        "src/b.tsx",
    ]


@pytest.mark.parametrize("typed", ["index.d.ts", "types/index.d.mts", "test/types.test.ts", "node_modules/x/a.ts"])
def test_a_package_of_javascript_stays_one(tmp_path: Path, typed: str) -> None:
    assert "lib/a.js" in paths(tmp_path, {"lib/a.js": "", typed: ""})


def test_the_manifest_states_a_licence_in_three_ways() -> None:
    assert stated({"license": "ISC"}) == stated({"license": {"type": "ISC"}}) == ["ISC"]
    assert stated({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0"}]}) == ["MIT OR GPL-2.0"]
    assert stated({}) == [""]


def test_scoped_packages_keep_their_names() -> None:
    pin = Pin("@scope/name", "1.2.3", "sha512-x")
    assert (pin.package, pin.archive) == ("npm:@scope/name", "scope-name-1.2.3.tgz")


def pins(folder: Path, content: bytes) -> Path:
    path = folder / "pins.txt"
    path.write_text(f"shop@1.0.0 sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}  # MIT\n")
    return path


def test_what_is_there_is_compared_with_its_pin_and_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / "shop-1.0.0.tgz").write_bytes(b"content")
    npm.fetch(pins(tmp_path, b"content"), tmp_path)
    with pytest.raises(RecipeError, match=r"is not what pins\.txt pins"):
        npm.fetch(pins(tmp_path, b"other"), tmp_path)


def test_without_npm_the_step_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RecipeError, match=r"needs npm, which comes with Node\.js"):
        npm.fetch(pins(tmp_path, b""), tmp_path)


def test_npm_is_asked_for_releases_from_before_2025(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "npm"
    fake.write_text('#!/bin/sh\necho "$@" > asked; printf content > shop-1.0.0.tgz\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    npm.fetch(pins(tmp_path, b"content"), tmp_path)
    asked = (tmp_path / "asked").read_text().split()
    assert asked == ["pack", "--silent", "--ignore-scripts", "--before=2025-01-01", "shop@1.0.0"]


def test_the_pins_are_complete_and_keep_out_what_is_measured() -> None:
    lines = npm.CORPUS_PINS.read_text(encoding="utf-8").splitlines()
    assert all("@" in line and " sha512-" in line and "  # " in line for line in lines)
    taken = {pin.package for pin in pinned(npm.CORPUS_PINS)}
    measured = {pin.package for pin in pinned(npm.EXCLUDED_PINS)}
    assert measured >= {f"npm:{name}" for name in ["commander", "express", "fastify", "immer", "redux", "rxjs", "zod"]}
    assert not taken & measured
    assert len(taken) == len(lines) >= 40
    assert taken >= npm.HELD_OUT
    assert corpus.HELD_OUT >= npm.HELD_OUT
