"""What the demo does in a repository: where it types, and what it renames. The sample's script is written by hand; any
other repository's is drawn from its own graph, the same way each time."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import OutlineItem

SAMPLE = Path(__file__).parents[1] / "sample"


@dataclass(frozen=True)
class Typing:
    """Replace bytes `start:end` of the file by nothing, then type `text` there, then ask."""

    path: str
    start: int
    end: int
    text: str

    @property
    def shown(self) -> str:
        """The line as the user sees it."""
        return self.text.rsplit("\n", 1)[-1].strip()


@dataclass(frozen=True)
class Renaming:
    """Rename the symbol at byte `offset` of the file."""

    path: str
    offset: int
    old: str
    new: str


@dataclass(frozen=True)
class Script:
    """Candidates for each step, best first; a step takes what works."""

    typings: Sequence[Typing]
    verified: Sequence[Renaming]
    refused: Sequence[Renaming]
    caught: Sequence[Renaming]


def for_sample(root: Path) -> Script:
    """Return the script for a copy of the sample repository."""

    def at_end(path: str, text: str) -> Typing:
        end = (root / path).stat().st_size
        return Typing(path, end, end, text)

    def rename(path: str, before: str, old: str, new: str) -> Renaming:
        offset = (root / path).read_bytes().index(f"{before}{old}".encode()) + len(before)
        return Renaming(path, offset, old, new)

    return Script(
        typings=[
            at_end(
                "harbor/report.py",
                "\n\ndef shortest(calls: list[ships.Call]) -> ships.Ship:\n    '''The shortest ship of the day.'''\n"
                "    return min((call.s",
            ),
            at_end(
                "harbor/berths.py",
                "\n    def give_back(self, call: ships.Call) -> None:\n        '''A ship leaves early.'''\n"
                "        for berth in self.ber",
            ),
            at_end(
                "harbor/clock.py",
                "\n\ndef later(minute: int, *, by: int) -> int:\n    '''A later minute of the same day.'''\n"
                "    if not 0 <= minute + by <= DAY:\n        trouble.f",
            ),
        ],
        verified=[rename("harbor/tides.py", "def ", "level_at", "depth_at")],
        refused=[rename("harbor/berths.py", "def ", "choose", "find")],
        caught=[rename("harbor/tariffs.py", "class ", "ByLength", "PerDecimetre")],
    )


def for_repository(graph: CodeGraph) -> Script:
    """Draw a script from any repository: by hash, so that it is the same each time and spread over the files."""
    renamings = _symbols(graph)
    return Script(
        typings=sorted(_typings(graph), key=_draw)[:40],
        verified=renamings[:12],
        refused=list(_clashes(graph))[:6],
        caught=renamings[12:30],
    )


def _draw(value: object) -> bytes:
    return hashlib.sha256(repr(value).encode()).digest()


def _is_test(path: str) -> bool:
    return any(part.startswith(("test", "conftest")) for part in path.split("/"))


def _outline(graph: CodeGraph, path: str) -> Iterator[tuple[str, OutlineItem]]:
    """The file's functions and classes, each with the qualified name of what holds it."""

    def walk(holder: str, items: Sequence[OutlineItem]) -> Iterator[tuple[str, OutlineItem]]:
        for item in items:
            yield holder, item
            yield from walk(f"{holder}.{item.name}", item.children)

    yield from walk("", graph.outline(path))


def _symbols(graph: CodeGraph) -> list[Renaming]:
    """Renames of functions, methods and classes, drawn by hash; those used from other files first."""
    found = [
        Renaming(path, item.name_start, item.name, f"{item.name}_renamed")
        for path in graph.files()
        if not _is_test(path)
        for _, item in _outline(graph, path)
        if not item.name.startswith("__")
    ]

    def elsewhere(one: Renaming) -> bool:
        return any(answer.path != one.path for answer in graph.references(one.path, one.offset).answers)

    return sorted(sorted(found, key=_draw)[:60], key=lambda one: not elsewhere(one))


def _clashes(graph: CodeGraph) -> Iterator[Renaming]:
    """A definition, renamed to what its neighbour in the same scope is already called."""
    for path in sorted(graph.files(), key=_draw):
        if _is_test(path):
            continue
        first: dict[str, str] = {}
        for holder, item in _outline(graph, path):
            other = first.setdefault(holder, item.name)
            if other != item.name and not item.name.startswith("__") and not other.startswith("__"):
                yield Renaming(path, item.name_start, item.name, other)
                break


_NOT_CODE = (b"#", b"import", b"from", b'"', b"'")


def _typings(graph: CodeGraph) -> Iterator[Typing]:
    """Lines of the repository, cut a few characters after the second word: the rest is what one would like to see."""
    for path in graph.files():
        if _is_test(path) or not path.endswith(".py"):
            continue
        offset = 0
        for line in graph.data(path).splitlines(keepends=True):
            code = line.strip()
            if 24 <= len(code) <= 100 and code.isascii() and not code.startswith(_NOT_CODE):
                start = offset + len(line) - len(line.lstrip())
                cut = max(len(code) // 2, 8)
                yield Typing(path, start, offset + len(line.rstrip()), code[:cut].decode())
            offset += len(line)
