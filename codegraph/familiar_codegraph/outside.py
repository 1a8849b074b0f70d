"""What is known of Python itself without reading it: builtins, containers, functions that give no user objects."""

import builtins
from typing import Final

BUILTINS: Final = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__path__", "__spec__", "__package__", "__loader__", "__builtins__",
    "__class__", "reveal_type", "WindowsError", "__annotations__", "__dict__", "__module__", "__qualname__",
}  # fmt: skip

SEQUENCES: Final = frozenset({
    "list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence", "MutableSequence", "Iterable", "Iterator",
    "Collection", "AbstractSet", "MutableSet", "deque", "Deque", "Generator", "AsyncIterator", "AsyncIterable",
    "AsyncGenerator", "Reversible", "Container", "KeysView", "ValuesView",
})  # fmt: skip
MAPPINGS: Final = frozenset({
    "dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict", "ChainMap",
})  # fmt: skip
TRANSPARENT: Final = frozenset({
    "ClassVar", "Final", "Annotated", "Required", "NotRequired", "ReadOnly", "Unpack", "InitVar",
})  # fmt: skip
AWAITABLES: Final = frozenset({"Awaitable", "Coroutine", "Future", "Task"})
CONTEXTS: Final = frozenset({
    "AbstractContextManager", "AbstractAsyncContextManager", "ContextManager", "AsyncContextManager",
})  # fmt: skip

TYPE_VARIABLES: Final = frozenset({"typing.TypeVar", "typing_extensions.TypeVar"})

# Bases that bring no names of their own that a repository would override by accident.
NEUTRAL: Final = frozenset({
    "typing.Generic", "typing.Protocol", "typing_extensions.Protocol", "typing_extensions.Generic", "abc.ABC",
    "builtins.object", "object", "t.Generic", "six.with_metaclass", "typing.NamedTuple", "typing.TypedDict",
    "typing_extensions.TypedDict", "typing_extensions.NamedTuple",
})  # fmt: skip
ENUMS: Final = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
FIELD_BASES: Final = frozenset({"NamedTuple", "TypedDict", "Struct", "BaseModel"})
DATACLASSES: Final = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "dataclass_transform"})

# Decorators that leave a function what it is, as far as names go.
PLAIN_DECORATORS: Final = frozenset({
    "staticmethod", "classmethod", "abstractmethod", "overload", "override", "final", "wraps", "lru_cache", "cache",
    "setter", "getter", "deleter", "fixture", "hookimpl", "no_type_check", "singledispatch", "singledispatchmethod",
    "deprecated", "skip", "skipif", "xfail", "parametrize", "skipIf", "skipUnless", "expectedFailure", "usefixtures",
    "runtime_checkable", "total_ordering", "unique", "dataclass", "define", "frozen",
})  # fmt: skip
MOCKS: Final = frozenset({
    "Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock", "create_autospec",
    "TypeVar", "NewType", "Proxy", "LocalProxy", "SimpleLazyObject",
})  # fmt: skip

# Modules whose functions and methods never give an object of the caller's back.
SAFE_MODULES: Final = frozenset({
    "os", "posixpath", "ntpath", "re", "time", "math", "cmath", "hashlib", "base64", "binascii", "hmac", "logging",
    "subprocess", "shutil", "tempfile", "datetime", "struct", "string", "textwrap", "urllib", "socket", "platform",
    "uuid", "zlib", "gzip", "bz2", "lzma", "locale", "pathlib", "calendar", "colorsys", "decimal", "fractions",
    "secrets", "ssl", "stat", "errno", "fnmatch", "glob", "html", "io", "keyword", "linecache", "mimetypes",
    "numbers", "sysconfig", "token", "tokenize", "unicodedata", "zipfile", "tarfile", "ipaddress", "email", "csv",
    "sqlite3", "getpass", "codecs", "gettext", "http", "smtplib", "select", "signal",
})  # fmt: skip
SAFE_BUILTINS: Final = frozenset({
    "str", "bytes", "int", "float", "bool", "complex", "bytearray", "memoryview", "len", "repr", "ascii", "chr", "ord",
    "hex", "oct", "bin", "abs", "round", "hash", "id", "isinstance", "issubclass", "callable", "hasattr", "open",
    "print", "format", "input", "range", "slice", "any", "all", "object", "divmod", "dir", "pow",
})  # fmt: skip
SCALARS: Final = frozenset({"str", "bytes", "int", "float", "bool", "complex", "bytearray", "range", "memoryview"})
COPIES: Final = frozenset({"copy.copy", "copy.deepcopy", "dataclasses.replace", "contextlib.closing", "weakref.proxy"})

# Modules whose names mean what resolution says they mean: their sources are not looked into for that.
OPAQUE_MODULES: Final = SAFE_MODULES | {
    "builtins", "typing", "typing_extensions", "types", "abc", "_typeshed", "__future__", "functools", "contextlib",
    "dataclasses", "enum", "collections", "copy", "weakref", "importlib", "operator", "itertools", "sys", "attr",
    "attrs", "unittest.mock", "mock", "six", "_collections_abc", "warnings",
}  # fmt: skip
