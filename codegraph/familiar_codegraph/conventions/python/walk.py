"""One walk over a Python file's tree, in which every question notes its occurrences."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tree_sitter import Node

from familiar_codegraph.conventions.habits import Call, Class, Function, Imported, Made, Open
from familiar_codegraph.conventions.values import Occurrence

MAX_DEPTH = 200
_LEAVES = frozenset({
    "identifier", "integer", "float", "true", "false", "none", "comment", "string_start", "string_content",
    "string_end", "escape_sequence", "pass_statement", "break_statement", "continue_statement", "ellipsis",
    "dotted_name", "import_prefix",
})  # fmt: skip
_FRAMES = frozenset({"function_definition", "class_definition", "lambda"})
_PIECES = frozenset({"function_definition", "decorated_definition"})


class Frame:
    """A function or class around the walk; `receiver` is a method's first parameter."""

    __slots__ = ("bases", "bound", "decorators", "handling", "kind", "name", "node", "receiver")

    def __init__(self, kind: str, name: str, node: Node) -> None:
        self.kind, self.name, self.node = kind, name, node
        self.bases: tuple[str, ...] = ()
        self.decorators: tuple[str, ...] = ()
        self.receiver = ""
        self.handling: list[str] = []
        """Names of the caught exceptions around the walk, "" where one has none."""
        self.bound: dict[tuple[str, str], bool] = {}


Handler = Callable[["Walk", Node], None]
Handlers = Mapping[str, tuple[Handler, ...]]


class Taking(Protocol):
    """What counts functions that it may know already (see `pieces`)."""

    def take(self, w: "Walk", node: Node, depth: int) -> bool: ...


class Walk:
    """The tables under construction. `enter` and `leave` see functions and classes, `handlers` every other node too."""

    def __init__(
        self, data: bytes, handlers: Handlers, enter: tuple[Handler, ...], leave: tuple[Handler, ...] = ()
    ) -> None:
        self.data, self.handlers, self._enter, self._leave = data, handlers, enter, leave
        self.bodies: dict[int, Any] = {}
        """What is gathered of the functions around the walk, by the id of their frame."""
        self.occurrences: list[Occurrence] = []
        self.opens: list[Open] = []
        self.imports: list[Imported] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.calls: Counter[tuple[str, int, tuple[str, ...]]] = Counter()
        self.call_lines: dict[tuple[str, int, tuple[str, ...]], int] = {}
        self.sites: list[tuple[Call, int, int]] = []
        self.made: list[Made] = []
        self.names: Counter[tuple[str, str]] = Counter()
        self.aliases: dict[str, str] = {}
        """Local names of imports: what they are, dotted."""
        self.frames: list[Frame] = [Frame("module", "", None)]  # type: ignore[arg-type]
        self.annotated = False
        self.notes: dict[str, list[tuple[str, int, int]]] = {}
        """What is judged when the whole file has been seen."""
        self.pieces: Taking | None = None

    def part(self) -> "Walk":
        """Return an empty walk over the same text."""
        return Walk(self.data, self.handlers, self._enter, self._leave)

    # ------------------------------------------------------------ what handlers use

    def text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def add(self, question: str, answer: str, node: Node, shade: str = "") -> None:
        """Note an answer; with a `shade`, also what it is among those that are alike (see `questions.SHADED`)."""
        self.occurrences.append(Occurrence(question, answer, node.start_byte, node.end_byte))
        if shade:
            self.occurrences.append(Occurrence(f"{question}~{shade}", answer, node.start_byte, node.end_byte))

    def open(self, kind: str, text: str, extra: str, node: Node) -> None:
        self.opens.append(Open(kind, text, extra, node.start_point[0] + 1, node.start_byte, node.end_byte))

    def note(self, kind: str, answer: str, node: Node) -> None:
        self.notes.setdefault(kind, []).append((answer, node.start_byte, node.end_byte))

    def define(self, kind: str, name: str, node: Node) -> bool:
        """Note a name that is defined; False when this scope has it already."""
        bound = self.frames[-1].bound
        self.names[kind, name] += 1
        if (kind, name) in bound:
            return False
        bound[kind, name] = True
        return True

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def function(self) -> Frame | None:
        """Return the function around the walk."""
        return next((f for f in reversed(self.frames) if f.kind == "function"), None)

    def is_method(self) -> bool:
        """Return whether the innermost frame is a function in a class."""
        return len(self.frames) > 1 and self.frames[-1].kind == "function" and self.frames[-2].kind == "class"

    def dotted(self, node: Node | None) -> str:
        """Return `a.b.c` as it is written, "" for anything else; `super().x` is `super().x`."""
        if node is None:
            return ""
        if node.type in ("identifier", "dotted_name"):
            return self.text(node)
        if node.type == "attribute":
            base = self.dotted(node.child_by_field_name("object"))
            name = node.child_by_field_name("attribute")
            return f"{base}.{self.text(name)}" if base and name is not None else ""
        if node.type == "call":
            called = self.dotted(node.child_by_field_name("function"))
            return "super()" if called == "super" else ""
        return ""

    def named(self, node: Node | None) -> str:
        """Return a dotted name with the import of its first part put in: `jd` is `json.dumps`."""
        written = self.dotted(node)
        first, dot, rest = written.partition(".")
        return f"{self.aliases.get(first, first)}{dot}{rest}"

    # ------------------------------------------------------------ the walk

    def visit(self, node: Node, depth: int = 0) -> None:
        if depth <= MAX_DEPTH:
            self.each(node.named_children, depth)

    def each(self, nodes: list[Node], depth: int) -> None:
        handlers = self.handlers
        for child in nodes:
            kind = child.type
            if kind in _LEAVES:
                continue
            if self.pieces is not None and kind in _PIECES and self.pieces.take(self, child, depth):
                continue
            for handler in handlers.get(kind, ()):
                handler(self, child)
            if kind in _FRAMES:
                self._inside(child, kind, depth)
            elif kind == "except_clause":
                self.frame.handling.append(self._caught(child))
                self.visit(child, depth + 1)
                self.frame.handling.pop()
            else:
                self.visit(child, depth + 1)

    def _inside(self, node: Node, kind: str, depth: int) -> None:
        name = node.child_by_field_name("name")
        frame = Frame(kind.removesuffix("_definition"), self.text(name) if name is not None else "", node)
        parent = node.parent
        if parent is not None and parent.type == "decorated_definition":
            frame.decorators = tuple(self._decorator(d) for d in parent.named_children if d.type == "decorator")
        if frame.kind == "class":
            bases = node.child_by_field_name("superclasses")
            listed = bases.named_children if bases is not None else []
            frame.bases = tuple(b for c in listed if (b := self._base(c)))
        self.frames.append(frame)
        for handler in self._enter:
            handler(self, node)
        self.visit(node, depth + 1)
        for handler in self._leave:
            handler(self, node)
        self.frames.pop()

    def _decorator(self, node: Node) -> str:
        inner = node.named_children[0] if node.named_children else None
        if inner is not None and inner.type == "call":
            inner = inner.child_by_field_name("function")
        return self.named(inner)

    def _base(self, node: Node) -> str:
        if node.type in ("keyword_argument", "comment", "list_splat", "dictionary_splat"):
            return ""
        if node.type == "subscript":
            return self.dotted(node.child_by_field_name("value")) or "?"
        if node.type == "call":
            return f"{self.dotted(node.child_by_field_name('function'))}()"
        return self.dotted(node) or "?"

    def _caught(self, node: Node) -> str:
        for child in node.named_children:
            if child.type == "as_pattern":
                alias = child.child_by_field_name("alias")
                return self.text(alias) if alias is not None else ""
        return ""

    def call_rows(self) -> tuple[Call, ...]:
        return tuple(
            Call(target, positional, keywords, count, self.call_lines[target, positional, keywords])
            for (target, positional, keywords), count in sorted(self.calls.items())
        )
