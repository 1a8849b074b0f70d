"""Which functions each test has executed, as earlier runs of the tests recorded it.

One file for each repository, replaced as a whole: for every function a set of tests, kept as the bits of a number. It
holds for one state of the repository, the one of the last run; what was recorded on another state is kept only where
nothing that the test executed has changed since. `Recorded.stale` is the same question for the repository of now.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from familiar_codegraph import discover, extraction, fixtures
from familiar_codegraph.fingerprint import Fingerprint, fingerprint
from familiar_codegraph.shared import write_whole

_FORMAT = 1
NAME = "testmap.msgpack"


class Ran(msgspec.Struct, frozen=True, array_like=True):
    """A test as the graph calls it; `complete` is False when something ran that could not be seen."""

    id: str
    seconds: float
    complete: bool


class Recorded(msgspec.Struct, frozen=True):
    """`tests` by their bit; a test that was recorded again or no longer counts has an empty id.

    `functions`: path -> qualified name -> (fingerprint, tests that executed it). `files`: key of each file's content;
    `rests`: fingerprint of what is outside of functions, of the files that were executed. `ambient`: functions that
    ran while modules were imported, whose tests are not known.
    """

    format: int = _FORMAT
    environment: str = ""
    tests: tuple[Ran, ...] = ()
    functions: dict[str, dict[str, tuple[bytes, bytes]]] = {}
    files: dict[str, bytes] = {}
    rests: dict[str, bytes] = {}
    ambient: dict[str, tuple[str, ...]] = {}

    def executing(self, path: str, name: str | None = None) -> int:
        """Return the tests that executed a function, or any function of a file."""
        known = self.functions.get(path, {})
        found = known.values() if name is None else [known[name]] if name in known else []
        return _union(bits for _, bits in found)

    def complete(self) -> int:
        """Return the tests of which everything is known that they executed."""
        return sum(1 << number for number, test in enumerate(self.tests) if test.id and test.complete)

    def of_files(self, paths: Iterable[str]) -> int:
        """Return the tests that stand in these files."""
        wanted = frozenset(paths)
        return sum(1 << n for n, test in enumerate(self.tests) if test.id.partition("::")[0] in wanted)

    def named(self, bits: int) -> Iterator[Ran]:
        """Yield the tests of a set."""
        for number, test in enumerate(self.tests):
            if bits >> number & 1 and test.id:
                yield test

    def stale(
        self, files: Mapping[str, bytes], look: Callable[[str], Fingerprint | None], seeing: Callable[[str], int]
    ) -> int:
        """Return the tests that executed something that is otherwise now.

        Args:
            files: key of each file's content now.
            look: returns the fingerprint of a file now, None when it has none.
            seeing: returns the tests that may notice a change of a file outside of its functions.
        """
        found = 0
        for path in sorted(self.files.keys() | files.keys()):
            if self.files.get(path) == files.get(path):
                continue
            now = look(path) if path in files else None
            if now is None or now.rest != self.rests.get(path):
                found |= seeing(path) | self.executing(path)
                continue
            for name, (before, bits) in self.functions.get(path, {}).items():
                if now.functions.get(name) != before:
                    found |= _bits(bits)
        return found


def _union(parts: Iterable[bytes]) -> int:
    found = 0
    for part in parts:
        found |= _bits(part)
    return found


def _bits(packed: bytes) -> int:
    return int.from_bytes(zlib.decompress(packed), "little")


def _packed(bits: int) -> bytes:
    return zlib.compress(bits.to_bytes((bits.bit_length() + 7) // 8, "little"), 1)


# ---------------------------------------------------------------- on disk


def load(folder: Path) -> Recorded | None:
    """Return what is recorded in `folder`, None when there is nothing, or only of another version."""
    try:
        stat = (folder / NAME).stat()
    except OSError:
        return None
    return _loaded(folder / NAME, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _loaded(file: Path, mtime: int, size: int) -> Recorded | None:
    try:
        found = msgspec.msgpack.decode(file.read_bytes(), type=Recorded)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == _FORMAT else None


def keep(folder: Path, recorded: Recorded) -> None:
    """Replace what is recorded in `folder`."""
    write_whole(folder / NAME, msgspec.msgpack.encode(recorded))


# ---------------------------------------------------------------- from a run


class Tree:
    """The files of a copy of the repository at `root`, as the tests ran on them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, bytes] = {}
        self._looked: dict[str, Fingerprint | None] = {}
        for path in discover.discover(root):
            try:
                self.files[path] = extraction.key(path, discover.read(root, path))
            except discover.Skipped:
                continue

    def look(self, path: str) -> Fingerprint | None:
        """Return the fingerprint of a file, None when it has none."""
        if path not in self._looked:
            self._looked[path] = fingerprint(path, (self.root / path).read_bytes()) if path in self.files else None
        return self._looked[path]


def known(recorded: Recorded | None, environment: str, tree: Tree) -> list[str]:
    """Return the tests of which everything is known on `tree`, sorted: they need not be recorded again."""
    if recorded is None or recorded.environment != environment:
        return []
    fresh = recorded.complete() & ~recorded.stale(tree.files, tree.look, lambda path: _seeing(recorded, path))
    return sorted(test.id for test in recorded.named(fresh))


def _seeing(recorded: Recorded, path: str) -> int:
    """Without a graph: a test file concerns its own tests, any other file all tests."""
    own = fixtures.is_test_file(path) and not path.endswith("conftest.py")
    return recorded.of_files([path]) if own else (1 << len(recorded.tests)) - 1


def take(recorded: Recorded | None, environment: str, tree: Tree, lines: Iterable[str]) -> Recorded:
    """Return what is recorded after a run on `tree`, which said `lines` (see edits' recorder.py).

    What was recorded before is kept of tests that did not run now, unless they executed something that has changed.
    """
    code: dict[int, tuple[str, str]] = {}
    ran: list[tuple[Ran, list[int]]] = []
    ambient: dict[str, set[str]] = {}
    for line in lines:
        said = json.loads(line)
        if "functions" in said:
            code |= _code(tree, said["functions"])
        elif "test" in said:
            ran.append((Ran(said["test"], said["seconds"], said["complete"]), said["executed"]))
        else:
            for path, name in (code[n] for n in said["ambient"] if n in code):
                ambient.setdefault(path, set()).add(name)
    before = recorded if recorded is not None and recorded.environment == environment else Recorded()
    again = {test.id for test, _ in ran}
    gone = before.stale(tree.files, tree.look, lambda path: _seeing(before, path))
    tests = [Ran("", 0, False) if gone >> n & 1 or t.id in again else t for n, t in enumerate(before.tests)]
    kept = sum(1 << number for number, test in enumerate(tests) if test.id)
    bits: dict[tuple[str, str], int] = {}
    for path, names in before.functions.items():
        for name, (_, packed) in names.items():
            bits[path, name] = _bits(packed) & kept
    numbers: dict[str, int] = {}
    for test, executed in ran:  # the cases of a parametrized test count as one
        number = numbers.setdefault(test.id, len(tests))
        if number == len(tests):
            tests.append(test)
        else:
            first = tests[number]
            tests[number] = Ran(test.id, first.seconds + test.seconds, first.complete and test.complete)
        for key in {code[n] for n in executed if n in code}:
            bits[key] = bits.get(key, 0) | 1 << number
    for path, found in before.ambient.items():
        ambient.setdefault(path, set()).update(found)
    return _made(environment, tests, bits, tree, ambient)


def _code(tree: Tree, rows: Iterable[tuple[int, str, int]]) -> dict[int, tuple[str, str]]:
    """Return (path, qualified name) of the code objects that belong to a function of the graph's files."""
    found = {}
    for number, path, line in rows:
        prints = tree.look(path)
        name = prints.at(line) if prints else None
        if name is not None:
            found[number] = path, name
    return found


def _made(
    environment: str,
    tests: list[Ran],
    bits: Mapping[tuple[str, str], int],
    tree: Tree,
    ambient: Mapping[str, set[str]],
) -> Recorded:
    order = [number for number, test in enumerate(tests) if test.id]
    dense = 2 * len(order) > len(tests)
    order = list(range(len(tests))) if dense else order
    functions: dict[str, dict[str, tuple[bytes, bytes]]] = {}
    rests: dict[str, bytes] = {}
    for (path, name), found in sorted(bits.items()):
        prints = tree.look(path)
        if prints is None or name not in prints.functions or not found:
            continue
        if not dense:
            found = sum(1 << new for new, old in enumerate(order) if found >> old & 1)
        functions.setdefault(path, {})[name] = prints.functions[name], _packed(found)
        rests[path] = prints.rest
    return Recorded(
        _FORMAT,
        environment,
        tuple(tests[number] for number in order),
        functions,
        dict(sorted(tree.files.items())),
        rests,
        {path: tuple(sorted(names)) for path, names in sorted(ambient.items())},
    )
