"""The languages that are read: a suffix, a grammar and an extractor each. Adding one is a folder and a row here."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, Protocol

from tree_sitter import Tree

from familiar_codegraph.facts import FileFacts
from familiar_codegraph.languages.pieces import Memo


class Extract(Protocol):
    """Pure: same bytes, same facts. `memo` holds the pieces of the version before, and then those of this one."""

    def __call__(self, data: bytes, tree: Tree, memo: Memo | None = None) -> FileFacts: ...


class Parse(Protocol):
    """A bounded parser (see `parsing`), or what turns a file into the tree of the code in it."""

    def parse(self, data: bytes, /, old_tree: Tree | None = None) -> Tree: ...


class Language(NamedTuple):
    """What reading files of one language needs."""

    name: str
    parser: Callable[[], Parse]
    extract: Extract


@cache
def _python() -> Language:
    from familiar_codegraph.languages.python import LANGUAGE

    return LANGUAGE


@cache
def _javascript() -> Language:
    from familiar_codegraph.languages.javascript import JAVASCRIPT

    return JAVASCRIPT


@cache
def _typescript() -> Language:
    from familiar_codegraph.languages.javascript import TYPESCRIPT

    return TYPESCRIPT


@cache
def _tsx() -> Language:
    from familiar_codegraph.languages.javascript import TSX

    return TSX


@cache
def _notebook() -> Language:
    from familiar_codegraph.languages.notebook import LANGUAGE

    return LANGUAGE


_BY_SUFFIX: dict[str, Callable[[], Language]] = {
    ".py": _python,
    ".pyi": _python,
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), _javascript),
    **dict.fromkeys((".ts", ".mts", ".cts"), _typescript),
    ".tsx": _tsx,
    ".ipynb": _notebook,
}


def language_of(path: str) -> Language | None:
    """Return the language of `path` by its suffix, or None when it is not one that we read."""
    dot = path.rfind(".")
    load = _BY_SUFFIX.get(path[dot:].lower()) if dot > path.rfind("/") else None
    return load() if load else None


def extract(path: str, data: bytes, tree: Tree | None = None) -> FileFacts:
    """Return the facts of `data`; `path` only chooses the language, `tree` saves the parse.

    Raises:
        ValueError: no language reads files with this suffix.
    """
    language = language_of(path)
    if language is None:
        raise ValueError(f"{path}: no language reads files with this suffix")
    return language.extract(data, tree if tree is not None else language.parser().parse(data))
