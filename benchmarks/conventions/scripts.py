"""TypeScript and JavaScript: leave one file out, and injected violations, on packages that ship their sources.

The labels are read by the TypeScript compiler's own parser (`scripts.cjs`, run by node), which the detector does not
use. Figures are formed as those of Python are (`answers`, `violations`). A flip is kept only where the labeller, which
reads the file anew, says that this one answer has changed and no other of its question.
"""

import json
import random
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from familiar_codegraph.conventions import House, learn

from benchmarks.conventions import answers, packages, violations
from benchmarks.conventions.corpus import Labelled, members
from benchmarks.conventions.source import Label

_HERE = Path(__file__).with_suffix(".cjs")
_FLIPPED, _ROUND = 120, 24
"""Files that are tried for flips in one package, and how many the labeller reads again at once."""
Edits = list[tuple[int, int, str]]


class Flip(NamedTuple):
    """One answer that can be turned: places in characters; `edits` turn it."""

    question: str
    answer: str
    line: int
    start: int
    end: int
    edits: Edits


class Script(NamedTuple):
    """What one file answers; `functions` are (start, end, line) in characters, lines 1-based."""

    text: str
    labels: list[Label]
    functions: list[tuple[int, int, int]]
    flips: list[Flip]


def scripts(texts: dict[str, str], archives: Path) -> dict[str, Script]:
    """Return what the files answer; those that the compiler cannot parse are left out.

    Raises:
        packages.PackageError: the compiler could not be had, or node failed.
    """
    compiler = packages.unpack(packages.COMPILER, archives)
    try:
        done = subprocess.run(
            ["node", str(_HERE), str(compiler)], input=json.dumps(texts), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise packages.PackageError(f"node could not read the scripts: {error}") from error
    return {
        path: Script(
            texts[path],
            [Label(*each) for each in found["labels"]],
            [tuple(each) for each in found["functions"]],
            [Flip(*each) for each in found["flips"]],
        )
        for path, found in json.loads(done.stdout).items()
        if found is not None
    }


def texts(root: Path) -> dict[str, str]:
    """Return a package's sources by path; only files in ASCII, in which characters and bytes are the same."""
    found = {}
    for path in sorted(root.rglob("*")):
        data = path.read_bytes() if path.suffix in packages.SUFFIXES and path.is_file() else b"\r"
        if data.isascii() and b"\r" not in data:
            found[path.relative_to(root).as_posix()] = data.decode()
    return found


def is_test(path: str) -> bool:
    """Say whether a path is that of a test by the names that the tools of this world look for."""
    pure = PurePosixPath(path)
    named = bool({"test", "spec"} & set(pure.name.split(".")[1:-1]))
    return named or bool({"test", "tests", "__tests__"} & set(pure.parts[:-1]))


def measure(name: str, archives: Path, seed: int, quick: bool) -> dict[str, Any]:
    """Return one package's answers and violations, as `answers.measure` and `violations.measure` give them."""
    root = packages.unpack(name, archives)
    read = scripts(texts(root), archives)
    known = Labelled(name, root, {path: script.labels for path, script in read.items()})
    house = learn(root)
    return {
        "answers": answers.tallied(known, seed, answers.asked(house)),
        "violations": _violations(known, read, house, archives, seed, quick),
    }


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of both parts over what `measure` gave for each package."""
    parts = {"answers": answers.combine, "violations": violations.combine}
    return {
        part: together({name: result[part] for name, result in measured.items()}) for part, together in parts.items()
    }


def _violations(
    known: Labelled, read: dict[str, Script], house: House, archives: Path, seed: int, quick: bool
) -> dict[str, Any]:
    each, untouched = (4, 20) if quick else (8, 60)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    misses, alarms, flagged = [], [], 0
    for path, flip, data, (start, end) in _flipped(known, read, archives, each, random.Random(seed)):
        named = house.without(path).violations(path, data, [(start, end)])
        hit = any(v.question == flip.question and v.start <= end and start <= v.end for v in named)
        counts[flip.question]["found" if hit else "missed"] += 1
        if not hit:
            misses.append({"project": known.name, "path": path, "question": flip.question, "line": flip.line})
    everything = [(path, each) for path, script in sorted(read.items()) for each in script.functions]
    drawn = random.Random(seed).sample(everything, min(untouched, len(everything)))
    for path, (start, end, line) in drawn:
        named = house.without(path).violations(path, read[path].text.encode(), [(start, end)])
        flagged += bool(named)
        for v in named:
            place = {"project": known.name, "path": path, "line": line}
            alarms.append(place | {"question": v.question, "here": v.here, "house": v.house})
    return {"counts": counts, "asked": len(drawn), "flagged": flagged, "misses": misses, "alarms": alarms}


def _flipped(
    known: Labelled, read: dict[str, Script], archives: Path, each: int, chance: random.Random
) -> Iterator[tuple[str, Flip, bytes, tuple[int, int]]]:
    """Yield flips with the file's new bytes and the function's or statement's, at most one of a question in a file."""
    clear = majorities(known)
    paths = sorted(read)
    chance.shuffle(paths)
    left = Counter({question: each for _, question in clear})
    for first in range(0, min(len(paths), _FLIPPED), _ROUND):
        turned: dict[tuple[str, str], list[Flip]] = defaultdict(list)
        for path in paths[first : first + _ROUND]:
            for flip in read[path].flips:
                if left[flip.question] and clear.get((is_test(path), flip.question)) == flip.answer:
                    turned[path, flip.question].append(flip)
        chosen = {key: chance.choice(flips) for key, flips in turned.items()}
        after = {key: edited(read[key[0]].text, flip.edits) for key, flip in chosen.items()}
        named = {key: f"{number}{PurePosixPath(key[0]).suffix}" for number, key in enumerate(chosen)}
        again = scripts({named[key]: text for key, text in after.items()}, archives) if after else {}
        for (path, question), flip in chosen.items():
            now = again.get(named[path, question])
            if left[question] and now is not None and is_turned(read[path].labels, now.labels, flip):
                left[question] -= 1
                text = after[path, question]
                yield path, flip, text.encode(), (flip.start, flip.end + len(text) - len(read[path].text))


def majorities(known: Labelled) -> dict[tuple[bool, str], str]:
    """Return the clear answers by (is a test file, question), as `violations.majorities` does."""
    weights: dict[tuple[bool, str], Counter[str]] = defaultdict(Counter)
    for path, question, labels in members(known.labels):
        for label in labels:
            weights[is_test(path), question][label.answer] += 1 / len(labels)  # type: ignore[assignment]
    return violations.clear(weights)


def edited(text: str, edits: Edits) -> str:
    """Return the text with the edits, which may not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def is_turned(before: list[Label], after: list[Label], flip: Flip) -> bool:
    """Say whether exactly one answer of the question is another now."""
    was, now = (Counter(each.answer for each in labels if each.question == flip.question) for labels in (before, after))
    return (was - now) == Counter({flip.answer: 1}) and (now - was).total() == 1
