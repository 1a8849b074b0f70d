"""The tree-sitter grammar, and a parser for each thread."""

import threading

import tree_sitter_python
from tree_sitter import Language, Parser

GRAMMAR = Language(tree_sitter_python.language())
_LOCAL = threading.local()


def parser() -> Parser:
    """Return this thread's parser."""
    found: Parser | None = getattr(_LOCAL, "parser", None)
    if found is None:
        found = _LOCAL.parser = Parser(GRAMMAR)
    return found
