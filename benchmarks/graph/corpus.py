"""What is measured on: Django's source distribution, parts of it, and repositories made up to a number of lines."""

import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from familiar_codegraph.facts import ATTRIBUTE
from familiar_codegraph.graph import CodeGraph

from benchmarks import sdists


def django(into: Path) -> Path:
    """Return the root of Django's pinned source distribution, fetched when it is not there yet."""
    root = into / sdists.PINS["django"].stem
    return root if (root / "django").is_dir() else sdists.fetch("django", into, environment=False)


def part(root: Path, folders: Sequence[str], into: Path) -> Path:
    """Copy some folders of a repository; what is there already is replaced."""
    shutil.rmtree(into, ignore_errors=True)
    for folder in folders:
        shutil.copytree(root / folder, into / folder, ignore=shutil.ignore_patterns("locale", "*.pyc", ".git"))
    return into


def some_python(root: Path, into: Path, most: int = 120) -> Path:
    """Copy up to `most` Python files that lie together, tests aside: a small repository of real code."""
    shutil.rmtree(into, ignore_errors=True)
    files = [p for p in sorted(root.rglob("*.py")) if "tests" not in p.parts and "locale" not in p.parts]
    middle = max(0, len(files) // 2 - most // 2)
    for file in files[middle : middle + most]:
        target = into / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return into


def common_methods(graph: CodeGraph, count: int) -> list[tuple[str, int, str]]:
    """Return (path, offset, name) of the public methods that are called most often by their name, tests aside.

    Each name once: of several definitions, the one in the file that is imported most.
    """
    calls: Counter[str] = Counter()
    defined: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for path in graph.files():
        facts = graph.facts(path)
        for use in facts.uses if facts else ():
            if use.role == ATTRIBUTE and use.extra:
                calls[facts.names[use.name]] += 1  # type: ignore[union-attr]
        if not path.startswith(("tests/", "test/")):
            for item in graph.outline(path):
                for inner in item.children:
                    if item.kind == "class" and inner.kind != "class" and not inner.name.startswith("_"):
                        defined[inner.name].append((path, inner.name_start))
    found = []
    for name in sorted(defined, key=lambda name: (-calls[name], name))[:count]:
        ranked = {path: len(graph.importers_of(path, transitive=False)) for path, _ in defined[name][:8]}
        path, offset = max(defined[name][:8], key=lambda place: (ranked[place[0]], place))
        found.append((path, offset, name))
    return found


_CLASS = '''
class {cls}({base}):
    """Keeps {noun} {number}."""

    limit = {number}

    def __init__(self, {noun}: int, other: "{cls} | None" = None) -> None:
        super().__init__({noun}) if {based} else None
        self.{noun} = {noun}
        self.other = other

    def {verb}(self, amount: int = 1, *, deep: bool = False) -> int:
        total = self.{noun} + amount
        for step in range(self.limit):
            if step % 3 == 0 and self.other is not None:
                total += self.other.{verb}(step, deep=deep)
            elif deep:
                total -= {helper}(step, self.limit)
        return total

    def handle(self, {noun}: int) -> "{cls}":
        made = {cls}({noun}, self)
        made.{noun} += self.{verb}({noun})
        return made
'''
_FUNCTION = """

def {name}(first: int, second: int = {number}) -> int:
    values = [first + n for n in range(second) if n % 2]
    found = {{value: value * second for value in values}}
    return sum(found.values()) + len(values)
"""
_NOUNS = ("weight", "height", "colour", "owner", "route", "signal", "budget", "parcel", "window", "ticket")
_VERBS = ("measure", "collect", "render", "resolve", "update", "convert", "inspect", "publish", "balance", "reduce")


def synthetic(lines: int, into: Path) -> Path:
    """Write a repository of about `lines` lines: packages of modules that import, inherit and call each other."""
    shutil.rmtree(into, ignore_errors=True)
    for number, text in enumerate(_modules(lines)):
        folder = into / f"package{number // 40}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module{number}.py").write_text(text)
        (folder / "__init__.py").touch()
    return into


def _modules(lines: int) -> Iterator[str]:
    draw, written, number = random.Random(7), 0, 0
    while written < lines:
        text = _module(number, draw)
        written += text.count("\n")
        number += 1
        yield text


def _module(number: int, draw: random.Random) -> str:
    others = sorted({draw.randrange(number) for _ in range(4)}) if number else []
    text = "".join(f"from package{n // 40}.module{n} import Part{n}x0, helper{n}x0\n" for n in others)
    for index in range(12):
        helper = f"helper{draw.choice(others)}x0" if others and draw.random() < 0.5 else f"helper{number}x{index}"
        base = f"Part{draw.choice(others)}x0" if others and draw.random() < 0.4 else "object"
        text += _FUNCTION.format(name=f"helper{number}x{index}", number=index + 2)
        text += "\n" + _CLASS.format(
            cls=f"Part{number}x{index}", base=base, based=base != "object", number=index,
            noun=draw.choice(_NOUNS), verb=draw.choice(_VERBS), helper=helper,
        )  # fmt: skip
    return text
