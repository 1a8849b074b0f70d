"""JavaScript and TypeScript sources: pinned npm packages that ship them, fetched by npm, none of their code run."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from familiar_completion.training.filters import SCRIPTS, is_test, unwritten
from familiar_completion.training.licences import Licences, is_licence_file
from familiar_completion.training.packages import HERE, RecipeError, SourceFile

CORPUS_PINS = HERE / "corpus-npm.txt"
"""`NAME@VERSION INTEGRITY  # LICENCE` a line, the integrity as npm writes it (sha512)."""

EXCLUDED_PINS = HERE / "excluded-npm.txt"
"""What this project measures on."""

HELD_OUT = frozenset(["npm:koa", "npm:luxon", "npm:reselect", "npm:telegraf"])
"""Packages that are never trained on."""

BEFORE = "2025-01-01"
"""npm is told to take no release from this day on or later, whatever the pins say."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One archive: `integrity` is its sha512 in base64, with the algorithm's name in front."""

    name: str
    version: str
    integrity: str

    @property
    def package(self) -> str:
        """The package's name in the corpus; PyPI may know another one of the same name."""
        return f"npm:{self.name}"

    @property
    def archive(self) -> str:
        """The file name that `npm pack` gives."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def pinned(pins: Path) -> list[Pin]:
    """The pins of a file, in its order."""
    words = [line.split() for line in pins.read_text(encoding="utf-8").splitlines() if line]
    return [Pin(spec.rpartition("@")[0], spec.rpartition("@")[2], integrity) for spec, integrity, *_ in words]


def fetch(pins: Path, into: Path) -> None:
    """Download the pinned archives that are not there yet, and compare each with its pin.

    Raises RecipeError if there is no npm, if it fails (its own words go to stderr), or if a hash differs.
    """
    into.mkdir(parents=True, exist_ok=True)
    missing = [pin for pin in pinned(pins) if not (into / pin.archive).is_file()]
    npm = shutil.which("npm")
    if missing and not npm:
        raise RecipeError("This step needs npm, which comes with Node.js: install it and run the step again.")
    if missing:
        wanted = [f"{pin.name}@{pin.version}" for pin in missing]
        command = [str(npm), "pack", "--silent", "--ignore-scripts", f"--before={BEFORE}", *wanted]
        if subprocess.run(command, cwd=into, stdout=sys.stderr, check=False).returncode:
            raise RecipeError(
                f"npm could not download the packages pinned in {pins.name}; run the step again to go on."
            )
    for pin in pinned(pins):
        digest = hashlib.sha512((into / pin.archive).read_bytes()).digest()
        if f"sha512-{base64.b64encode(digest).decode()}" != pin.integrity:
            raise RecipeError(f"{into / pin.archive} is not what {pins.name} pins: remove it and run the step again.")


def stated(manifest: dict[str, Any]) -> list[str]:
    """The licence that `package.json` states, also in the two old ways of writing it."""
    licence = manifest.get("license") or " OR ".join(each["type"] for each in manifest.get("licenses", []))
    return [str(licence["type"] if isinstance(licence, dict) else licence)]


def script_files(archive: Path, package: str) -> Iterator[SourceFile]:
    """The scripts of an archive in sorted order, without type declarations and undecodable ones.

    A package that ships TypeScript is read in TypeScript alone: its JavaScript is what a compiler made of it.
    """
    texts = _texts(archive)
    notices = {path: text for path, text in texts.items() if is_licence_file(path)}
    licences = Licences(notices, stated(json.loads(texts["package.json"])))
    paths = [path for path in sorted(texts) if path.endswith(SCRIPTS) and ".d." not in path.rpartition("/")[2]]
    typed = [path for path in paths if path.endswith(("ts", "tsx"))]
    if any(not is_test(path) and not unwritten(path) for path in typed):
        paths = typed
    for path in paths:
        yield SourceFile(package, path, texts[path], licences.of(path, texts[path]))


def _texts(archive: Path) -> dict[str, str]:
    """Scripts, licence files and the manifest by their paths in the package; an archive has one folder at its top."""
    texts: dict[str, str] = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            path = member.name.partition("/")[2]
            if not member.isfile() or not (path.endswith(SCRIPTS) or path == "package.json" or is_licence_file(path)):
                continue
            content = opened.extractfile(member)
            with contextlib.suppress(UnicodeDecodeError):
                texts[path] = content.read().decode("utf-8").replace("\r\n", "\n") if content else ""
    return texts
