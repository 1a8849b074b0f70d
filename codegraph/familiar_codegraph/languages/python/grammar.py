"""The tree-sitter grammar, and a parser for each thread."""

import threading

import tree_sitter_python
from tree_sitter import Language

from familiar_codegraph.languages.parsing import BoundedParser

GRAMMAR = Language(tree_sitter_python.language())
_LOCAL = threading.local()


def parser() -> BoundedParser:
    """Return this thread's parser."""
    found: BoundedParser | None = getattr(_LOCAL, "parser", None)
    if found is None:
        found = _LOCAL.parser = BoundedParser(GRAMMAR, comments=True)
    return found
