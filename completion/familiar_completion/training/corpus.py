"""Choosing files: none generated, repeated, measured on or not permissive; few tests, no package dominates."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from familiar_completion.training import npm, packages
from familiar_completion.training.filters import SCRIPTS, is_code, is_generated, is_test, unwritten, without_licence
from familiar_completion.training.licences import Decision
from familiar_completion.training.packages import SourceFile

PACKAGE_CAP = 900_000
"""Characters taken from one package at most."""

TEST_SHARE = 0.2
"""Share of the test files that is kept."""

HELD_OUT = packages.HELD_OUT | npm.HELD_OUT
HELD_OUT_CAP = 150_000


class Choice(NamedTuple):
    """A file as the corpus takes it, or with the reason why it is left out."""

    file: SourceFile
    left_out: str = ""


def shingles(text: str) -> set[int]:
    """Hashes of every three consecutive lines, blanks and indentation aside: what two near-duplicates share."""
    lines = [line.strip() for line in text.split("\n") if len(line.strip()) > 3]
    joined = ("\n".join(lines[i : i + 3]).encode() for i in range(len(lines) - 2))
    return {int.from_bytes(hashlib.blake2b(piece, digest_size=8).digest(), "little") for piece in joined}


class Seen:
    """What has been taken already; `repeats` tells near-duplicates by the share of their shingles that is known."""

    def __init__(self, excluded: Iterable[SourceFile] = ()) -> None:
        self._excluded: set[int] = set()
        self._taken: set[int] = set()
        for file in excluded:
            self._excluded |= shingles(file.text)

    def repeats(self, text: str) -> str:
        """`measured` if 15 % of the text is in an excluded package, `repeated` if 40 % are in files taken before."""
        marks = shingles(text)
        if len(marks & self._excluded) > 0.15 * len(marks):
            return "measured"
        return "repeated" if not marks or len(marks & self._taken) > 0.4 * len(marks) else ""

    def take(self, text: str) -> None:
        """Remember a text that went into the corpus."""
        self._taken |= shingles(text)


def choose(files: Iterable[SourceFile], seen: Seen, seed: int = 0) -> Iterator[Choice]:
    """Every file, taken or left out, package by package in the order of their names.

    Deterministic in the files and the seed. The licence is asked last, so that what it refuses is what it costs.
    """
    members: dict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        members[file.package].append(file)
    for name in sorted(members):
        rng = random.Random(f"{seed}:{name}")
        found = sorted(members[name], key=lambda file: file.path)
        yield from (Choice(file, reason) for file in found if (reason := unwritten(file.path)))
        candidates = [file for file in found if not unwritten(file.path)]
        rng.shuffle(candidates)
        layout = "src/" if rng.random() < 0.3 and not name.startswith("npm:") else ""
        room = HELD_OUT_CAP if name in HELD_OUT else PACKAGE_CAP
        for file in candidates:
            text = without_licence(file.text).strip("\n") + "\n"
            reason = "test" if is_test(file.path) and rng.random() > TEST_SHARE else _unfit(file, text, room, seen)
            if not reason:
                seen.take(text)
                room -= len(text)
            yield Choice(SourceFile(name, layout + file.path, text, file.decision), reason)


def _unfit(file: SourceFile, text: str, room: int, seen: Seen) -> str:
    """Why a file that is looked at is left out, empty if it is not."""
    if len(text) > room:
        return "package is full"
    if is_generated(text):
        return "generated"
    if not is_code(file.path, text):
        return "no code"
    return seen.repeats(text) or ("" if file.decision.admitted else "licence")


def write(choices: Iterable[Choice], path: Path, listing: Path) -> list[str]:
    """Write the corpus and the listing of all files as JSON lines, atomically; what there is to report, by language.

    A line of the corpus holds the file with its licence and what decided it, one of the listing `left_out` (empty for
    what was taken) and the number of `characters` in place of the text.
    """
    taken: Counter[tuple[str, str]] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    decided: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, set[str]] = defaultdict(set)
    parts = path.with_suffix(".part"), listing.with_suffix(".part")
    with parts[0].open("w", encoding="utf-8") as corpus, parts[1].open("w", encoding="utf-8") as looked_at:
        for file, left_out in choices:
            language = language_of(file)
            about = {"licence": file.decision.licence, "decided_by": file.decision.source}
            head = {"package": file.package, "path": file.path}
            looked_at.write(json.dumps({**head, **about, "left_out": left_out, "characters": len(file.text)}) + "\n")
            if left_out:
                reasons[language][left_out] += 1
                continue
            corpus.write(json.dumps({**head, **about, "text": file.text}) + "\n")
            names[language].add(file.package)
            taken.update({(language, "files"): 1, (language, "characters"): len(file.text)})
            decided[language][file.decision.source] += 1
    parts[0].replace(path)
    parts[1].replace(listing)
    return [
        f"{language}: {taken[language, 'characters'] / 1e6:.1f} million characters, "
        f"{taken[language, 'files']} files of {len(names[language])} packages; "
        f"licence by {_counted(decided[language])}; left out: {_counted(reasons[language])}"
        for language in sorted(reasons.keys() | names)
    ]


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def language_of(file: SourceFile) -> str:
    """`JavaScript`, `Python` or `TypeScript`, by the file's name."""
    if not file.path.endswith(SCRIPTS):
        return "Python"
    return "TypeScript" if file.path.endswith(("ts", "tsx")) else "JavaScript"


def read(path: Path) -> Iterator[SourceFile]:
    """The corpus as it was written: all of its licences are admitted."""
    with path.open(encoding="utf-8") as lines:
        for known in map(json.loads, lines):
            decision = Decision(known["licence"], known["decided_by"], admitted=True)
            yield SourceFile(known["package"], known["path"], known["text"], decision)
