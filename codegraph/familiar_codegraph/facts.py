"""What one file says by itself: a pure function of its bytes and its language.

`FileFacts` holds flat tables of small rows that point at each other by index; nothing in it knows the file's path,
other files, or what a name from elsewhere means. Resolution (`evaluate`, `occurrences`) is a second step on top.

    scopes   module, class, function, lambda, comprehension, type parameters; `parent` points outwards
    uses     every occurrence of an identifier, sorted by position, with what the occurrence does (`role`)
    binds    every event that gives a name a value in a scope (or an attribute to a class), with the value's expression
    exprs    the shapes of expressions, enough to infer what they evaluate to
    defs     functions and classes

Spans are byte offsets, ends exclusive. An index of -1 means "none" or "not known".
"""

from typing import Final

import msgspec

EXTRACTOR_VERSION: Final = 8

# What an occurrence does (`Use.role`); what `Use.ref` then points at is said behind it.
LOAD: Final = 0  # reads a name; ref: the scope that binds it, -1 when none in the file does
STORE: Final = 1  # binds or deletes a name; ref: the scope that it is bound in
ATTRIBUTE: Final = 2  # reads `receiver.name`; ref: the receiver's expression
ATTRIBUTE_STORE: Final = 3  # writes or deletes `receiver.name`; ref: the receiver's expression
KEYWORD: Final = 4  # `call(name=...)`; ref: the call's expression; extra: 1 + the value's expression
MODULE: Final = 5  # one segment of an import's module path; ref: the import; extra: the segment's number
IMPORTED: Final = 6  # `from m import name`; ref: the import
STRING: Final = 7  # a segment of a string that may name code; ref: the string; extra: the segment's number
DECLARE: Final = 8  # `global name`, `nonlocal name`; ref: the scope that it is bound in

# Kinds of scopes.
MODULE_SCOPE: Final = 0
CLASS_SCOPE: Final = 1
FUNCTION_SCOPE: Final = 2
LAMBDA_SCOPE: Final = 3
COMPREHENSION_SCOPE: Final = 4
TYPE_SCOPE: Final = 5
BLOCK_SCOPE: Final = 6  # of languages in which a block has names of its own
OBJECT_SCOPE: Final = 7  # the properties of an object literal, or of an object's type
MEMBER_SCOPES: Final = frozenset({CLASS_SCOPE, OBJECT_SCOPE})

# Shapes of expressions (`Expr.op`).
NAME: Final = 0  # a: use
ATTR: Final = 1  # a: base, b: use
CALL: Final = 2  # a: callee, items: positional arguments
SUBSCRIPT: Final = 3  # a: base, items: indices
CONST: Final = 4  # a: string row or -1, b: index into CONST_TYPES
DISPLAY: Final = 5  # b: index into DISPLAY_TYPES, items: elements (of a dict: its values)
ALTERNATIVES: Final = 6  # items: one of these
AWAIT: Final = 7  # a: awaited
LAMBDA: Final = 8  # a: scope, b: body
ITERATE: Final = 9  # a: what is iterated over, b: 1 when async; an element of it
ITEM: Final = 10  # a: what is unpacked, b: position
ENTER: Final = 11  # a: the context manager, b: 1 when async; what `as` gets
INSTANCE: Final = 12  # a: a class or an annotation; an instance of it
TUPLE_OF: Final = 13  # the type of `*args`; a: annotation of an element
DICT_OF: Final = 14  # the type of `**kwargs`; a: annotation of a value
SUPER: Final = 15  # zero-argument `super()`; a: function scope
STARRED: Final = 16  # among a call's arguments; a: what is unpacked, b: number of stars
# ... of JavaScript and TypeScript; those from TYPE on are what a declared type holds.
ECMA: Final = 20  # the first of these
SELF: Final = 20  # `this`; b: scope of the class
OBJECT: Final = 21  # an object literal, or an object of a type written out; b: its scope
CLASS: Final = 22  # a class as a value; b: its scope
NEW: Final = 23  # a: the class, items: a TUPLE of type arguments or -1, then the arguments
LITERAL: Final = 24  # a value without members of the repository: text, number ...
ARRAY: Final = 25  # items: elements
ELEMENT: Final = 26  # `base[index]`; a: base
EACH: Final = 27  # an element of what is iterated over; a: that
PART: Final = 28  # what array destructuring gives; a: what is taken apart, b: position, -1 for the rest
WAIT: Final = 29  # `await`; a: what is awaited
LOADED: Final = 30  # `require(...)`, `import(...)`; b: the import
TAKES: Final = 31  # what a call expects at a position; a: the call, b: position
EXPECTED: Final = 32  # what a function's parameter is expected to hold; a: the function's type, b: position
GIVEN: Final = 33  # what a function is expected to return; a: the function's type
PROPS: Final = 34  # the attributes that a JSX element takes; a: the component
TYPE: Final = 35  # a named type; a: the name, items: type arguments
UNION: Final = 36  # items: types
INTERSECTION: Final = 37  # items: types
TUPLE: Final = 38  # items: types of the elements
CALLABLE: Final = 39  # the type of a function; items: what it returns, then its parameters
QUERY: Final = 40  # `typeof value`; a: the value
LOOKUP: Final = 41  # `T["name"]`; a: the type, b: a use
FUNCTION: Final = 42  # a function without a name; a: what it returns, b: 1 when async
PREDICATE: Final = 44  # what `x is T` returns; a: the type, items: the name `x`
GUARD: Final = 45  # the type that a test asserts of its first argument; a: the test that is called
LATER: Final = 43  # a promise; a: of what
CONST_TYPES: Final = ("str", "bytes", "int", "float", "bool", "None", "ellipsis", "complex")
DISPLAY_TYPES: Final = ("list", "tuple", "set", "dict", "generator")

# Kinds of binds.
ASSIGN: Final = 0  # value, annotation
DEFINE: Final = 1  # value: index of the Def
IMPORT: Final = 2  # value: index of the Import
PARAMETER: Final = 3  # value: default, annotation; extra: one of the kinds of parameters below
MEMBER: Final = 4  # `self.name = value` in a method; scope: the class; extra: the method's scope
DELETE: Final = 5
AUGMENT: Final = 6  # `name += value`
CAPTURE: Final = 7  # a match pattern's capture
TYPE_PARAMETER: Final = 8

POSITIONAL_ONLY: Final = 0
POSITIONAL: Final = 1
VAR_POSITIONAL: Final = 2
KEYWORD_ONLY: Final = 3
VAR_KEYWORD: Final = 4

# Kinds of strings that may name code.
PLAIN: Final = 0  # looks like a name or a dotted path
EXPORT: Final = 1  # in `__all__`
GETATTR: Final = 2  # the literal of getattr, setattr, hasattr, delattr, patch.object, attrgetter; receiver: the object
PATH: Final = 3  # the dotted path of mock.patch, import_module, monkeypatch.setattr
FIXTURE: Final = 4  # in usefixtures, getfixturevalue
SLOT: Final = 5  # in `__slots__`, `__match_args__`
ARGUMENT: Final = 6  # in parametrize: parameters of the function below


CLASSES: Final = frozenset({"class", "interface"})
"""Kinds of definitions that inherit and are inherited from."""
TITLED: Final = frozenset({"suite", "test"})
"""Kinds of definitions whose name is a string, which no occurrence of a name means."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of one of the tables below."""


class Use(Row, frozen=True):
    start: int
    end: int
    name: int
    scope: int
    role: int
    ref: int
    extra: int = 0
    """1 on a name or attribute that is called; see the roles for the others."""


class Scope(Row, frozen=True):
    kind: int
    parent: int
    start: int
    end: int
    qualname: str
    """`Outer.method`; scopes that would share it get `#2`, `#3` in order; the module's is empty."""
    definition: int = -1


class Expr(Row, frozen=True):
    op: int
    a: int = -1
    b: int = -1
    items: tuple[int, ...] = ()


class Bind(Row, frozen=True):
    scope: int
    name: int
    kind: int
    use: int
    value: int = -1
    annotation: int = -1
    extra: int = 0
    block_end: int = 0
    """Where the block that holds the bind ends: later uses before that point come after it."""


class Def(Row, frozen=True):
    kind: str
    """function or class; of TypeScript also interface, enum, type, namespace; of JavaScript's runners suite, test."""
    name: int
    use: int
    start: int
    """Start of the whole definition, decorators included."""
    end: int
    scope: int
    inner: int
    signature: str
    doc: str
    decorators: tuple[int, ...]
    decorator_names: tuple[str, ...]
    bases: tuple[int, ...] = ()
    metaclass: int = -1
    parameters: tuple[int, ...] = ()
    returns: int = -1
    """The return annotation."""
    returned: tuple[int, ...] = ()
    """What `return` statements give back; -1 for shapes that are not followed."""
    yielded: tuple[int, ...] = ()
    is_async: bool = False
    is_generator: bool = False


class Import(Row, frozen=True):
    scope: int
    module: str
    level: int
    name: str
    """"" for `import module`, `*` for a star import."""
    alias: str
    bind: int
    start: int


class Narrow(Row, frozen=True):
    """`isinstance` holds from `start` to `end` for the dotted name `key` of `scope`."""

    scope: int
    key: str
    start: int
    end: int
    type: int


class StringName(Row, frozen=True):
    text: str
    kind: int
    receiver: int
    scope: int
    start: int


class Problem(Row, frozen=True):
    start: int
    end: int
    message: str


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """One file's tables. `names` holds each identifier once; rows point into it."""

    names: tuple[str, ...]
    scopes: tuple[Scope, ...]
    uses: tuple[Use, ...]
    exprs: tuple[Expr, ...]
    binds: tuple[Bind, ...]
    defs: tuple[Def, ...]
    imports: tuple[Import, ...]
    narrows: tuple[Narrow, ...]
    strings: tuple[StringName, ...]
    exports: tuple[int, ...] | None
    """Uses of the names in `__all__`; None when there is none, or when it is computed (see `dynamic`)."""
    loops: tuple[tuple[int, int], ...]
    problems: tuple[Problem, ...]
    dynamic: tuple[str, ...]
    """What makes names appear or vanish at run time: `__getattr__` of the module, `globals()`, a computed `__all__`."""
    doc: str
    lines: int
    interface: str
    """Changes when something changes that another file can see; not when only the inside of functions does."""
