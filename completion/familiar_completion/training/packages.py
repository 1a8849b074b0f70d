"""Where the training text comes from: pinned wheels, fetched by pip, unpacked without running any of their code."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CORPUS_PINS = HERE / "corpus.txt"
"""Pip requirements, one wheel a line with its sha256: releases from before 2025 under a permissive licence."""

EXCLUDED_PINS = HERE / "excluded.txt"
"""What others measure on. Fetched only so that no file resembling it gets into the corpus."""

HELD_OUT = frozenset(["tox", "praw", "cattrs", "h11", "optuna", "webargs", "structlog", "questionary"])
"""Packages that are never trained on: the loss that is reported is the loss on these."""

_ALLOWED = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation)", re.IGNORECASE)
_PIP = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "--require-hashes"]
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file of a package: `path` with `/`, as it lies in the wheel."""

    package: str
    path: str
    text: str


class RecipeError(Exception):
    """Something that the user can put right; the message is one sentence."""


def fetch(pins: Path, into: Path) -> None:
    """Download the pinned wheels. They are the same files on every machine, whatever its platform is.

    Raises RecipeError if pip fails (its own words go to stderr).
    """
    into.mkdir(parents=True, exist_ok=True)
    platforms = [word for name in _PLATFORMS for word in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "-q", *_PIP, *platforms, "-d", str(into), "-r", str(pins)]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        raise RecipeError(f"pip could not download the wheels pinned in {pins.name}; run the step again to go on.")


def normalised(name: str) -> str:
    """A distribution's name as registries compare it: `Flask_Login` becomes `flask-login`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(pins: Path) -> list[str]:
    """The normalised names in a pin file, in its order."""
    lines = pins.read_text(encoding="utf-8").splitlines()
    return [normalised(line.split("==")[0]) for line in lines if "==" in line]


def licence(metadata: str) -> str | None:
    """The permissive licence that METADATA states, or None. An expression or classifier outranks the free text."""
    fields = email.message_from_string(metadata)
    stated = [str(fields["License-Expression"] or "")]
    stated += [c.rpartition("::")[2].strip() for c in fields.get_all("Classifier", []) if c.startswith("License ::")]
    stated.append(str(fields["License"] or "")[:60])
    first = next((text for text in stated if text.strip() and text != "OSI Approved"), "")
    return first.strip() if _ALLOWED.search(first) else None


def python_files(wheel: Path) -> Iterator[SourceFile]:
    """The `.py` files of a wheel in sorted order, vendored ones left out, undecodable ones too."""
    package = normalised(wheel.name.split("-")[0])
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".py") or re.search(r"(^|/)_?(vendor|vendored|extern|third_?party)[^/]*/", name):
                continue
            try:
                text = archive.read(name).decode("utf-8")
            except UnicodeDecodeError:
                continue
            yield SourceFile(package, re.sub(r"^[^/]*\.data/(purelib|platlib)/", "", name), text.replace("\r\n", "\n"))


def wheel_licence(wheel: Path) -> str | None:
    """`licence` of a wheel file."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return licence(archive.read(name).decode("utf-8", "replace"))
