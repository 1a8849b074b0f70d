"""The tree-sitter grammars, and a parser of each for each thread."""

import threading

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Parser

_GRAMMARS = {
    "javascript": Language(tree_sitter_javascript.language()),
    "typescript": Language(tree_sitter_typescript.language_typescript()),
    "tsx": Language(tree_sitter_typescript.language_tsx()),
}
_LOCAL = threading.local()


def _parser(name: str) -> Parser:
    found: Parser | None = getattr(_LOCAL, name, None)
    if found is None:
        found = Parser(_GRAMMARS[name])
        setattr(_LOCAL, name, found)
    return found


def javascript() -> Parser:
    """Return this thread's parser of JavaScript (with JSX)."""
    return _parser("javascript")


def typescript() -> Parser:
    """Return this thread's parser of TypeScript."""
    return _parser("typescript")


def tsx() -> Parser:
    """Return this thread's parser of TypeScript with JSX."""
    return _parser("tsx")
