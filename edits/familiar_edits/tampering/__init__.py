"""Catch a change set that makes the tests see less, or that reaches beyond what was asked for.

A change set is held against its mandate: the names that it may exchange, the files that its plan names, and whether
the request names tests at all. Where it does not, a test may change by the mandate's names and by where it imports
them from, and by nothing else. Where it does, a test may change, but not become weaker. These detectors judge edits of
any origin, and know nothing of how one was made.
"""

import keyword
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import msgspec

from familiar_edits.tampering import comparing, ecma, handlers, testfile
from familiar_edits.tampering.protected import KNOWS_TESTS, SUPPRESSION, is_decisive, is_test
from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, Check, FileChange, Plan

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_PYTHON = (".py", ".pyi")


class Mandate(msgspec.Struct, frozen=True):
    """What a change set may do.

    `names`: old to new names. `paths`: the files that the plan names, None where there is no plan. `tests`: the request
    names tests, so that they may change. `named`: configuration and other decisive files that the request names.
    `only_names`: nothing but `names` may be exchanged, as in a rename.
    """

    names: dict[str, str] = {}
    paths: frozenset[str] | None = None
    tests: bool = False
    named: frozenset[str] = frozenset()
    only_names: bool = False


def mandate_of(plan: Plan) -> Mandate:
    """Return what the request that `plan` answers allows: its names, and the names of the files that it renames."""
    names = dict(plan.name_map)
    for change in plan.changeset.changes:
        if change.kind == "rename" and change.new_path:
            old, new = PurePosixPath(change.path), PurePosixPath(change.new_path)
            names |= {
                a: b for a, b in zip(old.with_suffix("").parts, new.with_suffix("").parts, strict=False) if a != b
            }
    taken = frozenset(c.path for c in plan.changeset.changes if is_decisive(c.path))
    return Mandate(names, None, False, taken if plan.kind != "rename" else frozenset(), plan.kind == "rename")


def check(mandate: Mandate, changeset: ChangeSet, read: Callable[[str], bytes]) -> Check:
    """Return the check "tampering"; `read` gives the bytes of a file before the change."""
    began = time.perf_counter()
    found = list(findings(mandate, changeset, read))
    detail = f"No test is weakened, and nothing else than planned is touched ({len(changeset.changes)} files)."
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        detail = f"The change would make the tests see less, or goes beyond its plan: {found[0]}{more}."
    return Check("tampering", "fail" if found else "pass", detail, round(time.perf_counter() - began, 4))


def findings(mandate: Mandate, changeset: ChangeSet, read: Callable[[str], bytes]) -> list[str]:
    """Return what speaks against the change set, one clause each ("PATH: what"), in the order of its files."""
    before = {c.path: b"" if c.kind == "create" else read(c.path) for c in changeset.changes}
    after = {c.path: b"" if c.kind == "delete" else edited(before[c.path], c.text_edits) for c in changeset.changes}
    new = [c for c in changeset.changes if before[c.path] == b""]
    moved = frozenset(name for c in new for name in _tests(c.new_path or c.path, after[c.path], mandate))
    touched = frozenset(PurePosixPath(c.new_path or c.path).stem for c in changeset.changes)
    found = []
    for change in changeset.changes:
        whats = _of_file(mandate, change, before[change.path], after[change.path], moved, touched)
        found += [f"{change.new_path or change.path}: {what}" for what in dict.fromkeys(whats)]
    return [*found, *_altogether(mandate.names, changeset, before, after)]


def _tests(path: str, data: bytes, mandate: Mandate) -> frozenset[str]:
    read = testfile.read(data, mandate.names) if is_test(path) and path.endswith(".py") else None
    return frozenset(read.tests) if read else frozenset()


def _of_file(
    mandate: Mandate, change: FileChange, before: bytes, after: bytes, moved: frozenset[str], touched: frozenset[str]
) -> Iterator[str]:
    if mandate.paths is not None and not {change.path, change.new_path or change.path} <= mandate.paths:
        yield "the plan does not name this file"
    by_names = _only_names(change, before, mandate.names)
    if mandate.only_names and not by_names:
        yield "it exchanges more than the names that were asked for"
    for path in {change.path, change.new_path or change.path}:
        if is_decisive(path) and not by_names and path not in mandate.named:
            yield "it decides which tests run and how, and the request does not name it"
    if is_test(change.path):
        if by_names and change.kind == "edit" and change.path.endswith(_PYTHON) and _can_be_called(mandate.names):
            yield from _kept_from_running(mandate, before, after)  # the same up to names: nothing else can be weaker
        else:
            yield from _of_tests(mandate, change, before, after, moved, touched)


def _only_names(change: FileChange, before: bytes, names: Mapping[str, str]) -> bool:
    """Return whether every edit of the file exchanges a name of `names` for its new one."""
    if change.kind == "rename":
        return not change.text_edits
    exchanged = _exchanged if change.path.endswith(_PYTHON) else ecma.exchanged
    return change.kind == "edit" and all(
        _exchanged(old, edit.new_text, names) or exchanged(old, edit.new_text, names)
        for edit in change.text_edits
        for old in [before[edit.start : edit.end].decode("utf-8", "replace")]
    )


def _exchanged(old: str, new: str, names: Mapping[str, str]) -> bool:
    mapped = _WORD.sub(lambda match: names.get(match[0], match[0]), old)
    return bool(names) and mapped == new and old != new


def _of_tests(
    mandate: Mandate, change: FileChange, before: bytes, after: bytes, moved: frozenset[str], touched: frozenset[str]
) -> Iterator[str]:
    path = change.new_path or change.path
    if change.kind == "create":
        if not mandate.tests and not moved:
            yield "it is a new test file, and the request does not name tests"
        return
    if change.kind == "delete":
        gone = _tests(change.path, before, mandate) - moved
        if gone or not change.path.endswith(".py"):
            yield "its tests are removed"
        return
    if not is_test(path):
        yield "its tests are no longer found under this name"
    if not path.endswith(_PYTHON):
        yield from ecma.weaker(before, after, mandate.names, mandate.tests)
        return
    first, second = testfile.outline(before, mandate.names), testfile.outline(after, mandate.names)
    if first is None or second is None:
        yield "it does not parse"
        return
    yield from _kept_from_running(mandate, before, after)
    yield from _imports(first, second, mandate, touched)
    if first.says_as(second):
        return
    old, new = testfile.suite(first), testfile.suite(second)
    yield from comparing.weaker_tests(old, new, moved)
    if not mandate.tests and old.shape != new.shape:
        yield "it changes by more than names and imports, and the request does not name tests"


def _kept_from_running(mandate: Mandate, before: bytes, after: bytes) -> Iterator[str]:
    if any(name.lower().startswith("test") for name in mandate.names) and _count(after) < _count(before):
        yield "a new name keeps a test from being run"


def _can_be_called(names: Mapping[str, str]) -> bool:
    """Return whether the new names can stand wherever a name does, so that a file goes on to parse."""
    return all(new.isidentifier() and not keyword.iskeyword(new) for new in names.values())


def _count(data: bytes) -> int:
    found = testfile.read(data, {})
    return len(found.tests) if found else 0


def _imports(old: testfile.Outline, new: testfile.Outline, mandate: Mandate, touched: frozenset[str]) -> Iterator[str]:
    """What a test imports comes from where it came from, or from a file that the change writes."""
    origins = {_mapped(origin, mandate.names) for origin in old.imports.values()}
    for name, origin in new.imports.items():
        if _mapped(origin, mandate.names) in origins:
            continue
        rebound = name in old.imports or not mandate.tests
        parts = origin.lstrip(".").split(".")
        package = {o.partition(".")[0] for o in old.imports.values()}
        if rebound and not touched & {*parts, *(["__init__"] if parts[0] in package and len(parts) > 1 else [])}:
            yield f"it imports {name} from {origin}, which the change does not touch"


def _mapped(origin: str, names: Mapping[str, str]) -> str:
    return ".".join(names.get(part, part) for part in origin.split("."))


def _altogether(
    names: Mapping[str, str], changeset: ChangeSet, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[str]:
    """What there is more of in all files together: code that only moves from one to another brings nothing new.

    Handlers and comparisons are not counted where nothing but names is exchanged that tell nothing of them.
    """
    code = [c for c in changeset.changes if not is_test(c.path)]
    plain = (
        {old: new for old, new in names.items() if not {old, new} & handlers.TELLING} if _can_be_called(names) else {}
    )
    python = [c for c in code if (c.new_path or c.path).endswith(_PYTHON) and not _only_names(c, before[c.path], plain)]
    counts: tuple[tuple[str, Sequence[FileChange], Callable[[bytes], int]], ...] = (
        ("it silences a checker", changeset.changes, lambda data: len(SUPPRESSION.findall(data))),
        ("the code asks whether it is being tested", code, lambda data: len(KNOWS_TESTS.findall(data))),
        ("it swallows errors of every kind that it did not swallow before", python, handlers.swallowing),
        ("it makes a comparison always true", python, handlers.always_true),
    )
    for what, changes, count in counts:
        more = {c.path: count(after[c.path]) - count(before[c.path]) for c in changes}
        if sum(more.values()) > 0:
            yield f"{next(path for path, number in more.items() if number > 0)}: {what}"
