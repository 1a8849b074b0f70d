"""basedpyright kept running on one project: what it finds, and where it says that names are defined.

It knows nothing of the product, and the product nothing of it. A name is written as (path, which name of the file it
is), so that a place is the same before and after a rename; places outside the project as path, line and column.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from familiar_codegraph import home
from familiar_codegraph.opinion_lsp import LanguageClient, uri_of

from benchmarks.refactor.tokens import Name, names

VERSION = "1.40.2"
_NOT_ABOUT_MEANING = re.compile(
    "reportPrivate|reportConstant|reportUnused|reportShadowed|reportUnnecessary|reportMissing"
)
_MOST = 200
_SECONDS = 300.0
Finding = tuple[str, int, str]
Bound = frozenset[tuple[str, int, int]]


class Checker:
    """One running basedpyright with every Python file of `root` open."""

    def __init__(self, program: Path, root: Path, python: Path, files: Iterable[str]) -> None:
        self.program, self.root, self.python = program, root, python
        data = {path: (root / path).read_bytes() for path in files}
        self.texts = {path: _text(found) for path, found in data.items()}
        self.before = {path: names(found) for path, found in data.items()}
        self.version = 1
        self._known: dict[tuple[str, int], Bound] = {}
        self._start()
        self.baseline = self._findings()

    def _start(self) -> None:
        analysis = {"diagnosticMode": "openFilesOnly", "indexing": False}
        settings: dict[str, Any] = {
            "python": {"pythonPath": str(self.python)},
            "python.analysis": analysis,
            "basedpyright": {"analysis": analysis},
            "basedpyright.analysis": analysis,
        }
        self.client = LanguageClient([str(self.program), "--stdio"], self.root, settings=settings)
        self.client.initialize(time.monotonic() + _SECONDS)
        for path, text in self.texts.items():
            self.client.open(path, text)

    def restart(self) -> None:
        """Begin anew: what a checker infers can depend on what it was asked before."""
        self.client.end()
        self._known.clear()
        self._start()
        self.baseline = self._findings()

    def end(self) -> None:
        self.client.end()

    def objection(self, changed: Mapping[str, bytes], wanted: Collection[str]) -> tuple[str, str]:
        """Return which oracle objects ("binding", "checker" or ""), and where.

        `wanted`: the names that are asked about, old and new ones.
        """
        texts = {path: _text(data) for path, data in changed.items() if path in self.texts}
        after = {path: names(changed[path]) if path in texts else found for path, found in self.before.items()}
        places = [
            (path, number)
            for path, found in after.items()
            for number, (one, other) in enumerate(zip(self.before[path], found, strict=True))
            if one.text in wanted or other.text in wanted
        ]
        places = places[:: 1 + len(places) // _MOST]
        self._ask([place for place in places if place not in self._known], self.before)
        self._put(texts)
        try:
            worse = self._findings() - self.baseline
            bound = dict(self._bound(places, after))
        finally:
            self._put({path: self.texts[path] for path in texts})
        for place in places:
            if bound[place] != self._known[place]:
                path, name = place[0], self.before[place[0]][place[1]]
                was, now = sorted(self._known[place])[:2], sorted(bound[place])[:2]
                return "binding", f"{path}:{name.line + 1} {name.text}: {was} becomes {now}"
        if worse:
            return "checker", "; ".join(f"{p}:{line + 1} {rule}" for p, line, rule in sorted(worse)[:5])
        return "", ""

    def findings_with(self, changed: Mapping[str, bytes]) -> Counter[Finding]:
        """Return what is found with `changed`, which may hold new files."""
        texts = {path: _text(data) for path, data in changed.items() if path.endswith((".py", ".pyi"))}
        new = [path for path in texts if path not in self.texts]
        for path in new:
            self.client.open(path, texts[path])
        self._put({path: text for path, text in texts.items() if path in self.texts})
        try:
            return self._findings(new)
        finally:
            self._put({path: self.texts[path] for path in texts if path in self.texts})
            for path in new:
                self.client.close(path)

    def _ask(self, places: list[tuple[str, int]], table: Mapping[str, list[Name]]) -> None:
        self._known.update(self._bound(places, table))

    def _bound(
        self, places: list[tuple[str, int]], table: Mapping[str, list[Name]]
    ) -> Iterator[tuple[tuple[str, int], Bound]]:
        where = {(p, n.line, n.column): i for p, found in table.items() for i, n in enumerate(found)}
        numbers = [
            self.client.ask_definition(path, (table[path][number].line, table[path][number].column))
            for path, number in places
        ]
        for place, number in zip(places, numbers, strict=True):
            found = set()
            for location in self.client.definition(number, time.monotonic() + _SECONDS):
                path = os.path.relpath(location.path, self.root)
                known = where.get((path, location.line, location.column))
                found.add((path, -1, known) if known is not None else (path, location.line, location.column))
            yield place, frozenset(found)

    def _put(self, texts: Mapping[str, str]) -> None:
        self.version += 1
        for path, text in texts.items():
            document = {"uri": uri_of(self.root / path), "version": self.version}
            self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def _findings(self, more: Iterable[str] = ()) -> Counter[Finding]:
        numbers = {
            path: self.client.send("textDocument/diagnostic", {"textDocument": {"uri": uri_of(self.root / path)}})
            for path in (*self.texts, *more)
        }
        found: Counter[Finding] = Counter()
        for path, number in numbers.items():
            for item in (self.client.wait(number, time.monotonic() + _SECONDS) or {}).get("items", []):
                rule = str(item.get("code", "error"))
                if item.get("severity", 1) <= 2 and not _NOT_ABOUT_MEANING.match(rule):
                    found[(path, item["range"]["start"]["line"], rule)] += 1
        return found


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def installed() -> Path:
    """Return the program in an environment of its own, installed there the first time."""
    folder = home.cache_dir() / "benchmarks" / f"basedpyright-{VERSION}"
    program = folder / "bin" / "basedpyright-langserver"
    if not program.exists():
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run(["uv", "pip", "install", "-q", "--python", python, f"basedpyright=={VERSION}"], check=True)
    return program
