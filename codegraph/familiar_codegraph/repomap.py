"""A readable map of the repository: its most relevant definitions, by file, within a number of tokens.

What is shown is chosen by rank; how it is shown is by path and by line, so that a map changes little when ranks do.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log2, sqrt
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from familiar_codegraph import fixtures, ranking
from familiar_codegraph.values import OutlineItem

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph

Count = Callable[[str], int]
_LINE = 110
"""Characters of a line of the map, about; longer signatures and docstrings end in an ellipsis."""


_HOLD = frozenset({"class", "interface", "enum", "namespace"})
"""Kinds whose members may be shown; what is local to a function is not."""


class MapError(Exception):
    """No useful map fits; `needs` is the number of tokens of the smallest one, 0 when there is nothing to map."""

    def __init__(self, message: str, needs: int) -> None:
        super().__init__(message)
        self.needs = needs


class Shown(msgspec.Struct, frozen=True):
    """A definition that stands in the map; `line` counts from 1."""

    id: str
    kind: str
    line: int


class RepoMap(msgspec.Struct, frozen=True):
    text: str
    tokens: int
    symbols: tuple[Shown, ...]


class _Item(NamedTuple):
    """One definition: `above` are the classes around it, outermost first."""

    path: str
    start: int
    id: str
    item: OutlineItem
    above: tuple["_Item", ...]
    score: float


def estimate(text: str) -> int:
    """Return about how many tokens a text has: words and signs of code, as tokenizers of code models split them.

    An estimate for when no model is installed: a word of up to six letters is one token, a longer one more.
    """
    return sum(1 + (len(part) - 1) // 6 for part in re.findall(r"\w+|\n\s*|[^\w\s]", text))


def make(
    graph: "CodeGraph",
    tokens: int,
    *,
    count: Count = estimate,
    cursor: tuple[str, int] | None = None,
    near: Mapping[str, float] | None = None,
    tests: bool = False,
) -> RepoMap:
    """Return the map of at most `tokens` tokens, as `count` counts them.

    Args:
        cursor: (path, byte offset) that the map is for; without one it is for the whole repository.
        near: further files that belong to the cursor's (path -> weight), such as those that change with it.
        tests: whether test files are shown too; those of a cursor in a test file are.

    Raises:
        MapError: not even one definition fits, or the repository has none.
    """
    items = _items(graph, tokens, cursor, near or {}, tests)
    if not items:
        raise MapError("There is nothing to map: no file with a function or class was found.", 0)
    fitting = _largest(items, lambda chosen: count(_text(chosen)) <= tokens)
    if fitting == 0:
        bare = _text(items[:1], docs=False)
        if count(bare) > tokens:
            raise MapError(f"{tokens} tokens are too few for a map.", count(bare))
        return RepoMap(bare, count(bare), _shown(graph, items[:1]))
    chosen = items[:fitting]
    return RepoMap(_text(chosen), count(_text(chosen)), _shown(graph, chosen))


def _largest(items: Sequence[_Item], fits: Callable[[Sequence[_Item]], bool]) -> int:
    """Return how many of the first items fit."""
    low, high = 0, len(items)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(items[:middle]):
            low = middle
        else:
            high = middle - 1
    while low and not fits(items[:low]):  # a tokenizer may count a longer text lower
        low -= 1
    return low


# ---------------------------------------------------------------- what is shown


def _items(
    graph: "CodeGraph", tokens: int, cursor: tuple[str, int] | None, near: Mapping[str, float], tests: bool
) -> list[_Item]:
    """Return the definitions that may be shown, best first."""
    imports = ranking.imported(graph)
    seeds = {cursor[0]: 1.0, **{p: 0.5 * w for p, w in near.items() if p in imports}} if cursor else None
    standing = ranking.files(graph, imports, seeds)
    own = cursor[0] if cursor else ""
    with_tests = tests or fixtures.is_test_file(own)
    paths = [p for p in standing if with_tests or not fixtures.is_test_file(p)]
    paths.sort(key=lambda p: (-standing[p] * ranking.standing(p), p))
    around = dict(ranking.rank(graph, ranking.seeds_at(graph, *cursor), 2 * ranking.PUSHES).ranked) if cursor else {}
    paths = list(dict.fromkeys([own, *(id.partition("::")[0] for id in around), *paths] if cursor else paths))
    popular = _popular(imports)
    found: list[_Item] = []
    for path in paths[: max(60, tokens // 10)]:
        if path in imports and (with_tests or not fixtures.is_test_file(path)):
            found += _of_file(graph, path, standing.get(path, 0.0) ** 0.5 * ranking.standing(path), popular)
    return sorted(_near(found, around), key=lambda item: (-item.score, item.path, item.start))


def _near(items: list[_Item], around: Mapping[str, float]) -> list[_Item]:
    """Let what matters to the cursor stand above what is only near to its file."""
    if not around:
        return items
    most = max((item.score for item in items), default=1.0)
    closest = sorted(around.values())[-2:][0]
    return [i._replace(score=0.2 * i.score / most + min(around.get(i.id, 0.0) / closest, 1.0) ** 0.5) for i in items]


def _popular(imports: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """Return how many files import each name, tests and examples counting less."""
    popular: dict[str, float] = defaultdict(float)
    for path, counts in imports.items():
        for id in counts:
            popular[id] += ranking.standing(path)
    return popular


def _of_file(graph: "CodeGraph", path: str, weight: float, popular: Mapping[str, float]) -> list[_Item]:
    found: list[_Item] = []

    def walk(items: Iterable[OutlineItem], above: tuple[_Item, ...]) -> None:
        for item in items:
            id = f"{above[-1].id}.{item.name}" if above else f"{path}::{item.name}"
            own = _Item(path, item.start, id, item, above, weight * _share(graph, item, popular.get(id, 0.0), above))
            found.append(own)
            if item.kind in _HOLD:
                walk(item.children, (*above, own))

    walk(graph.outline(path), ())
    ranked = sorted(found, key=lambda item: -item.score)
    return [item._replace(score=item.score / (1.0 + 0.05 * place)) for place, item in enumerate(ranked)]


def _share(graph: "CodeGraph", item: OutlineItem, imported: float, above: Sequence[_Item]) -> float:
    """Return a definition's part of its file's weight: by its users, its size, and whether it is public."""
    mentions = len(graph.mentions(item.name)) - 1
    namesakes = len(graph.member_files(item.name)) if above else 1
    share = sqrt(1.0 + imported + 0.3 * mentions / max(1, namesakes)) * log2(2 + (item.end - item.start) / 100)
    if item.name.startswith("_"):
        share *= 0.4 if item.name == "__init__" else 0.1
    return share * (0.3 if above else 1.0) * (1.2 if item.doc else 1.0)


# ---------------------------------------------------------------- how it is shown


def _text(items: Sequence[_Item], *, docs: bool = True) -> str:
    files: dict[str, dict[int, _Item]] = defaultdict(dict)
    for item in items:
        for shown in (*item.above, item):
            files[item.path][shown.start] = shown
    lines = []
    for path in sorted(files):
        lines.append(f"{path}:")
        for _, item in sorted(files[path].items()):
            lines += _lines(item, docs)
        lines.append("")
    return "\n".join(lines)


def _lines(item: _Item, docs: bool) -> list[str]:
    indent = "    " * (1 + len(item.above))
    lines = [indent + _cut(_head(item.item, item.path), _LINE)]
    if docs and item.item.doc:
        lines[0] += "  # " + _cut(item.item.doc, max(40, _LINE - len(lines[0])))
    return lines


def _head(item: OutlineItem, path: str) -> str:
    signature = re.sub(r"([(\[]) ", r"\1", re.sub(r",? ([)\]])", r"\1", item.signature))
    if item.kind == "property":
        return f"property {item.name}{_result(signature)}"
    python = path.endswith((".py", ".pyi", ".ipynb"))
    words = {"function": "def" if python else "function", "method": "def" if python else ""}
    return f"{words.get(item.kind, item.kind)} {item.name}{signature}".strip()


def _result(signature: str) -> str:
    _, arrow, result = signature.partition(" -> ")
    return f": {result}" if arrow else ""


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _shown(graph: "CodeGraph", items: Sequence[_Item]) -> tuple[Shown, ...]:
    """Return the definitions of the text, in its order."""
    found = {(i.path, i.start): i for item in items for i in (*item.above, item)}
    lines: dict[str, bytes] = {}
    out = []
    for (path, _), item in sorted(found.items()):
        if path not in lines:
            lines[path] = graph.data(path)
        out.append(Shown(item.id, item.item.kind, lines[path].count(b"\n", 0, item.item.name_start) + 1))
    return tuple(out)
