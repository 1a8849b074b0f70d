"""The tree-sitter grammars, and a parser of each for each thread.

The grammar of TypeScript takes a line that begins with `<` for more of the type before it, where a member of an
interface begins that has a type parameter and no name. A semicolon is put before such a line for the parser alone, in
the place of a blank, so that no byte moves.
"""

import re
import threading

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Tree

from familiar_codegraph.languages.parsing import BoundedParser

_GRAMMARS = {
    "javascript": Language(tree_sitter_javascript.language()),
    "typescript": Language(tree_sitter_typescript.language_typescript()),
    "tsx": Language(tree_sitter_typescript.language_tsx()),
}
_LOCAL = threading.local()
_UNNAMED = re.compile(rb"^[ \t]*([ \t])<(?=[A-Za-z_$\r\n])", re.MULTILINE)
_GOES_ON = (b"(", b"[", b"{", b",", b"=", b":", b"?", b"&", b"|", b"=>", b";")
_COMMENT = (b"//", b"/*", b"*")


class TypeScript:
    """A parser of TypeScript that ends the member before a call signature with type parameters."""

    def parse(self, data: bytes, old_tree: Tree | None = None) -> Tree:
        """Return the tree of `data`; `old_tree` is used where nothing has to be ended."""
        places = list(_UNNAMED.finditer(data))
        if not places:
            parser = _parser("typescript")
            return parser.parse(data, old_tree) if old_tree is not None else parser.parse(data)
        tree = _parser("typescript").parse(data)
        if not tree.root_node.has_error:
            return tree
        ended = bytearray(data)
        for match in places:
            if not _last_before(data, match.start()).endswith(_GOES_ON):
                ended[match.start(1)] = ord(";")
        second = _parser("typescript").parse(bytes(ended))
        return tree if second.root_node.has_error else second


def _last_before(data: bytes, offset: int) -> bytes:
    """Return the last line before `offset` that is neither blank nor a comment."""
    while offset > 0:
        start = data.rfind(b"\n", 0, offset - 1) + 1
        line = data[start:offset].partition(b"//")[0].strip()
        if line and not line.startswith(_COMMENT):
            return line
        offset = start
    return b"{"


def _parser(name: str) -> BoundedParser:
    found: BoundedParser | None = getattr(_LOCAL, name, None)
    if found is None:
        found = BoundedParser(_GRAMMARS[name])
        setattr(_LOCAL, name, found)
    return found


def javascript() -> BoundedParser:
    """Return this thread's parser of JavaScript (with JSX)."""
    return _parser("javascript")


def typescript() -> TypeScript:
    """Return a parser of TypeScript."""
    return TypeScript()


def tsx() -> BoundedParser:
    """Return this thread's parser of TypeScript with JSX."""
    return _parser("tsx")
