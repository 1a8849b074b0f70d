"""Python sources: pinned wheels, fetched by pip, unpacked without running any of their code."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from familiar_completion.training.licences import UNDECIDED, Decision, Licences, is_licence_file

HERE = Path(__file__).parent
CORPUS_PINS = HERE / "corpus.txt"
"""Pip requirements, one wheel a line with its sha256: releases from before 2025."""

EXCLUDED_PINS = HERE / "excluded.txt"
"""What others measure on. Fetched only so that no file resembling it gets into the corpus."""

HELD_OUT = frozenset(["tox", "praw", "cattrs", "h11", "optuna", "webargs", "structlog", "questionary"])
"""Packages that are never trained on: the loss that is reported is the loss on these and on those of npm."""

_PIP = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "--require-hashes"]
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64")
_INFO = re.compile(r"^[^/]*\.dist-info/(?:licenses/)?")
_INSTALLED = re.compile(r"^[^/]*\.data/(purelib|platlib)/")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One source file of a package: `path` with `/`, as it lies in the wheel or archive; its licence's decision."""

    package: str
    path: str
    text: str
    decision: Decision = UNDECIDED


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


def stated(metadata: str) -> list[str]:
    """The licences that METADATA states. An expression outranks the classifiers, and they the free text."""
    fields = email.message_from_string(metadata)
    named = (str(text).rpartition("::")[2].strip() for text in fields.get_all("Classifier", []) if "License ::" in text)
    classifiers = [text for text in named if text != "OSI Approved"]
    free = str(fields["License"] or "").strip()[:60]
    return [str(fields["License-Expression"])] if fields["License-Expression"] else classifiers or [free]


def python_files(wheel: Path) -> Iterator[SourceFile]:
    """The `.py` files of a wheel in sorted order, undecodable ones left out."""
    package = normalised(wheel.name.split("-")[0])
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        # a wheel keeps the licence files of the project's root beside its metadata
        said = {
            _INFO.sub("", name): archive.read(name).decode("utf-8", "replace")
            for name in filter(is_licence_file, names)
        }
        licences = Licences(said, stated(archive.read(metadata).decode("utf-8", "replace")))
        for name in names:
            if not name.endswith(".py"):
                continue
            try:
                text = archive.read(name).decode("utf-8").replace("\r\n", "\n")
            except UnicodeDecodeError:
                continue
            path = _INSTALLED.sub("", name)
            yield SourceFile(package, path, text, licences.of(path, text))
