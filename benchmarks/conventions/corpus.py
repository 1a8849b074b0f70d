"""The projects that are measured, unpacked and labelled; labels are kept, so a second run starts at once."""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from benchmarks import sdists
from benchmarks.conventions import packages
from benchmarks.conventions.labeller import label
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Label

SEEN = (
    "attrs", "boltons", "click", "django", "flask", "httpx", "jinja2", "marshmallow", "networkx", "requests", "rich",
    "scrapy", "tornado", "trio", "werkzeug",
)  # fmt: skip
UNSEEN = ("paramiko", "sphinx", "twisted", "urllib3")
"""Kept out of every run but the published ones, so that nothing is made to fit them."""
SCRIPTS = tuple(packages.PACKAGES)
"""Packages of JavaScript and TypeScript."""
QUICK = ("click", "httpx", "marshmallow", "requests", "tornado", "werkzeug")


class Labelled(NamedTuple):
    """A project's root and, for each of its files, the labels."""

    name: str
    root: Path
    labels: dict[str, list[Label]]


@lru_cache(maxsize=1)
def read(root: Path) -> Project:
    """Return the project's parsed files; the last one is kept, for several parts ask one after the other."""
    return Project.read(root)


@lru_cache(maxsize=1)
def labelled(name: str, archives: Path) -> Labelled:
    """Return the pinned project with its labels, made anew when the labeller or the project has changed."""
    root = sdists.unpack(name, archives)
    kept = archives / "labels" / f"{root.name}-{_version()}.json"
    if not kept.is_file():
        project = read(root)
        found = {path: list(label(source, project)) for path, source in project.sources.items()}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found), encoding="utf-8")
    listed = json.loads(kept.read_text(encoding="utf-8"))
    return Labelled(name, root, {path: [Label(*each) for each in labels] for path, labels in listed.items()})


def _version() -> str:
    """Return a short hash of the labeller's own text."""
    text = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")) if path.stem in _PARTS)
    return hashlib.sha256(text).hexdigest()[:12]


_PARTS = {"habits", "labeller", "layout", "names", "project", "prose", "source"}


def members(labels: dict[str, list[Label]]) -> Iterator[tuple[str, str, list[Label]]]:
    """Yield (file, question, its labels there), sorted."""
    for path in sorted(labels):
        found: dict[str, list[Label]] = {}
        for each in labels[path]:
            found.setdefault(each.question, []).append(each)
        yield from ((path, question, found[question]) for question in sorted(found))
