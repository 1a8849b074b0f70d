"""The facts of a file are the assembly of its pieces: the statements of the module, and the members of its classes.

Each piece is walked by itself (`builder`), so what it says depends on its own bytes only, and an edit walks again what
it touches: `extract` is given the pieces of the version before. Assembly numbers the rows of all pieces through, and
decides what only the whole file shows: which names belong to the module or a class around, and the labels of scopes.
It does not matter how a file is cut: a file that is read once is a single piece, which is the fastest.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

import msgspec
from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.assembly import Assembly
from familiar_codegraph.languages.builder import Builder, Piece
from familiar_codegraph.languages.interface import Shown, interface_hash, shown
from familiar_codegraph.languages.sections import Around

_MAX_ERRORS = 20
_FRAGILE = 0xFFFF
"""tree-sitter's state of a node that it would not reuse: there were several ways to understand it."""
_OLDER = 2


class Part(NamedTuple):
    """Where a piece stands: the bytes from `start` to `end` decide what `walk(builder, node)` notes."""

    node: Node
    walk: Callable[[Builder, Node], object]
    start: int
    end: int
    block_end: int
    """Where the block around ends."""
    close: int = -1
    """Only of the head of a class: where the class ends. The parts that follow and are `inside` are its members."""
    inside: bool = False
    depth: int = 0
    """How deep in the file's statements it stands."""


class Known(NamedTuple):
    """A piece with the shape of the tree that it was walked in, and whether that tree was free of errors."""

    piece: Piece
    shape: str
    sound: bool
    state: int
    """The parser's state before it: from the same state, the same bytes are understood the same way."""


Pieces = dict[Hashable, Known]
"""The pieces of one version of a file, by what decides them: in a tree with errors that is the shape too, for the same
bytes may be understood otherwise there."""


class Memo:
    """What is known of the last version of an open buffer, of the last one without errors, and of some before."""

    def __init__(self) -> None:
        self.pieces: Pieces = {}
        self.sound: Pieces = {}
        """An open bracket swallows what follows for a few keystrokes; then all of it is there again."""
        self.older: Pieces = {}
        """What is swallowed changes from one keystroke to the next, and back."""

    def keep(self, pieces: Pieces, *, sound: bool) -> None:
        """Take in the pieces of the next version."""
        self.pieces = pieces
        if sound:
            self.sound = pieces
        else:
            self.keep_older(pieces)

    def keep_older(self, pieces: Pieces) -> None:
        """Take in pieces that may come back after the next version."""
        if len(self.older) > _OLDER * len(pieces):
            self.older = dict(pieces)
        else:
            self.older.update(pieces)


def extract(
    data: bytes,
    root: Node,
    parts: Iterable[Part],
    *,
    doc: str,
    members_visible: bool = True,
    memo: Memo | None = None,
) -> f.FileFacts:
    """Return the facts of `data`, whose tree `root` has been cut into `parts`.

    With a `memo`, pieces that it holds are not walked again; afterwards it holds those of this version.
    """
    module = around = Around((f.MODULE_SCOPE,), (0,), (set(),))
    placed: list[tuple[Part, Piece, Around]] = []
    pieces: Pieces = {}
    scopes, sound = 1, not root.has_error
    for part in parts:
        if not part.inside:
            around = module
        piece = _piece(data, part, around.kinds, members_visible, memo, pieces, sound=sound)
        placed.append((part, piece, around))
        for bound, names in zip(around.bound, piece.bound, strict=False):
            bound.update([piece.names[n] for n in names])
        if part.close >= 0:
            around = _opened(piece, scopes, module)
        scopes += len(piece.scopes)
    assembly = Assembly(len(data), lazy=memo is not None)
    for part, piece, around in placed:
        assembly.add(piece, around, part.start, part.close, part.block_end)
    facts = assembly.facts(data, doc, _errors(data, root))
    if memo is None:
        return msgspec.structs.replace(facts, interface=interface_hash([shown(facts)]))
    memo.keep(pieces, sound=sound)
    return msgspec.structs.replace(facts, interface=interface_hash([_shown(piece, a.kinds) for _, piece, a in placed]))


def _shown(piece: Piece, kinds: tuple[int, ...]) -> Shown:
    """Return what others see of a piece; `kinds` are those of the scopes around it."""
    if piece.shown is None:
        bound = tuple({piece.names[n] for n in names} for names in piece.bound[: piece.outer])
        alone = Assembly(0, kinds, lazy=True)
        alone.add(piece, Around(kinds, tuple(range(piece.outer)), bound), 0, 0, 0)
        piece.shown = shown(alone.facts(b"", "", []))
    return piece.shown


def _piece(
    data: bytes,
    part: Part,
    kinds: tuple[int, ...],
    members_visible: bool,
    memo: Memo | None,
    pieces: Pieces,
    *,
    sound: bool,
) -> Piece:
    """Return the part's piece, if possible one that is known: of a broken statement, the tree is not its own affair."""
    node, own = part.node, data[part.start : part.end]
    key: Hashable = None
    if memo is not None and not node.has_error:
        key = part.walk, kinds, part.depth, node.type, node.descendant_count if part.close < 0 else 0, own
        for known in (memo.pieces, memo.sound, memo.older, pieces):
            found = known.get(key)
            if found is not None and _fits(found, part, sound=sound):
                pieces[key] = found if found.sound or not sound else found._replace(sound=True)
                return found.piece
    builder = Builder(own, part.start, kinds, members_visible=members_visible)
    builder.depth = part.depth
    part.walk(builder, node)
    piece = builder.close(is_head=part.close >= 0)
    if key is not None:
        pieces[key] = Known(piece, _shape(node, part.end), sound, node.parse_state)
    return piece


def _fits(known: Known, part: Part, *, sound: bool) -> bool:
    """Return whether the same bytes are understood as they were; a class is more than the head that is looked at."""
    if known.sound and sound:
        return True
    state = part.node.parse_state
    if part.close < 0 and state == known.state and state != _FRAGILE:
        return True
    return known.shape == _shape(part.node, part.end)


def _shape(node: Node, end: int) -> str:
    """Return the types of the nodes up to `end`."""
    if node.end_byte <= end:
        return str(node)
    return f"({node.type} {' '.join(_shape(child, end) for child in node.children if child.start_byte < end)})"


def _opened(head: Piece, first: int, module: Around) -> Around:
    """Return what is around the members of the class that `head` opens: its last scope, and those around that."""
    chain: list[int] = []
    number = len(head.scopes) - 1
    while number >= 0:
        chain.insert(0, number)
        number = head.scopes[number][1] - head.outer
    return Around(
        (*module.kinds, *(head.scopes[n][0] for n in chain)),
        (*module.scopes, *(first + n for n in chain)),
        (*module.bound, *({head.names[name] for name in head.bound[head.outer + n]} for n in chain)),
    )


def _errors(data: bytes, root: Node) -> list[f.Problem]:
    """Return where the tree holds errors, the first of them; nodes without any below them are passed over."""
    found: list[f.Problem] = []
    stack = [root] if root.has_error else []
    while stack and len(found) < _MAX_ERRORS:
        node = stack.pop()
        if node.is_error or node.is_missing:
            line = data.count(b"\n", 0, node.start_byte) + 1
            found.append(f.Problem(node.start_byte, node.end_byte, f"syntax error in line {line}"))
        elif node.has_error:
            stack.extend(reversed(node.children))
    return found
