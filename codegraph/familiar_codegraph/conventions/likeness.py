"""How much the name of a definition says what it stands for: words in their plain form, compounds taken apart.

`mkdtemp` and `TempDirectory` are both made of temp and dir. `concept` knows what houses call their own of the world's
functions: every word of the name must belong to the concept, so that `load_class` is one and `load_class_table` none.
"""

from functools import lru_cache

from familiar_codegraph.conventions.concepts import CONCEPTS, FILLERS
from familiar_codegraph.conventions.defaults import SYNONYMS, TEXT
from familiar_codegraph.conventions.words import words

DULL = frozenset({
    "get", "set", "make", "new", "the", "from", "with", "for", "and", "call", "value", "name", "class", "info", "to",
    "is", "in", "of", "by", "a", "on", "py", "run", "create", "base", "default", "object",
})  # fmt: skip
"""Words that say nothing about what a name stands for."""
_WEAK = frozenset({
    "path", "file", "url", "str", "time", "date", "format", "parse", "exception", "text", "read", "write", "open",
    "line", "key", "code", "type", "data", "func", "request", "response", "http", "token", "list", "dir",
})  # fmt: skip
"""Words that too many names have: one of them in common says little."""
_VAGUE = frozenset({
    "format", "atomic", "cookies", "expand", "to", "sync", "unused", "percent", "platform", "warning", "unique",
})  # fmt: skip
"""Names of one word that belong to a concept only beside others."""
_ENCODED = frozenset(
    {"bytes", "str", "text", "unicode", "native", "ascii", "b", "u", "utf", "latin", "encode", "decode"}
)
_COMPOUNDS = {
    "mkdtemp": "make temp dir", "mkstemp": "make temp file", "makedirs": "make dir", "mkdir": "make dir",
    "rmtree": "remove tree", "getcwd": "cwd", "chdir": "change dir", "urlencode": "url encode", "urljoin": "url join",
    "urlparse": "url parse", "urlsplit": "url split", "urlopen": "url open", "urlunparse": "url unparse",
    "urlunsplit": "url unsplit", "pathname2url": "path url", "url2pathname": "url path", "realpath": "real path",
    "abspath": "absolute path", "relpath": "relative path", "normpath": "normal path", "expanduser": "expand user",
    "getenv": "env", "strftime": "format time", "strptime": "parse time", "fromisoformat": "parse iso",
    "isoparse": "parse iso", "iso8601": "iso", "isoformat": "format iso", "utcnow": "utc now", "gethostname": "host",
    "fromtimestamp": "timestamp", "iscoroutinefunction": "coroutine function", "iscoroutine": "coroutine",
    "getfullargspec": "argument spec", "getargspec": "argument spec", "getlogger": "logger", "getpass": "password",
    "getpreferredencoding": "locale encoding", "getencoding": "locale encoding", "formatdate": "format date",
    "parsedate": "parse date", "b64encode": "base64 encode", "b64decode": "base64 decode", "deepcopy": "deep copy",
    "copyfile": "copy file", "copytree": "copy tree", "tonative": "native", "tobytes": "bytes", "tostr": "str",
    "tounicode": "unicode", "savetxt": "text", "tempfile": "temp file", "tempdir": "temp dir", "tmpdir": "temp dir",
    "tmpfile": "temp file", "subprocess": "process", "popen": "process open", "nodename": "host", "lstat": "stat",
    "getsize": "size", "isatty": "tty", "zlib": "zip", "compressobj": "compressor", "decompressobj": "decompressor",
    "ensuredir": "ensure dir", "readline": "read line", "signalhandler": "signal handler", "datetime": "date time",
    "setproctitle": "set process title", "normcase": "normal case", "hexlify": "hex", "unhexlify": "unhex hex",
    "ip_address": "ip address", "ipaddress": "ip address",
}  # fmt: skip
_PLAIN = {
    "tmp": "temp", "temporary": "temp", "directory": "dir", "directories": "dir", "dirs": "dir", "folder": "dir",
    "function": "func", "functions": "func", "fn": "func", "proc": "process", "cmd": "command", "commands": "command",
    "environ": "env", "environment": "env", "async": "coroutine", "uri": "url", "urls": "url", "paths": "path",
    "pathname": "path", "filename": "file", "files": "file", "serialize": "dumps", "dump": "dumps", "load": "loads",
    "deserialize": "loads", "args": "argument", "arg": "argument", "arguments": "argument", "exc": "exception",
    "exceptions": "exception", "error": "exception", "warnings": "warning", "warn": "warning", "rm": "remove",
    "delete": "remove", "mk": "make", "timedelta": "timedelta", "logging": "logger", "log": "logger",
    "deprecated": "deprecation", "deprecate": "deprecation", "sleeping": "sleep", "abs": "absolute", "rel": "relative",
    "string": "str", "strings": "str", "dictionary": "dict", "dumping": "dumps", "norm": "normal", "prefs": "preferred",
    "normalize": "normal", "escaped": "escape", "quoted": "quote",
}  # fmt: skip


@lru_cache(maxsize=16384)
def plain(name: str) -> tuple[str, ...]:
    """Return the words of a name in their plain form."""
    found: list[str] = []
    for word in words(name):
        found += (_PLAIN.get(part, part) for part in _COMPOUNDS.get(word, word).split())
    joined = "".join(words(name))
    if joined in _COMPOUNDS and len(words(name)) > 1:
        return tuple(_PLAIN.get(part, part) for part in _COMPOUNDS[joined].split())
    return tuple(found)


@lru_cache(maxsize=16384)
def named_alike(name: str, target: str) -> float:
    """Return how much the name of a helper says what it stands for: 3 all, 2 a word of it, 1 only its module."""
    last = target.rpartition(".")[2]
    joined, theirs_joined = "".join(words(name)), "".join(words(last))
    if joined and joined == theirs_joined:
        return 3.0
    ours, theirs = set(plain(name)) - DULL, set(plain(last)) - DULL
    if ours and ours == theirs:
        return 3.0
    shared = {word for word in ours & theirs if len(word) > 1}
    if len(shared) > 1 or shared - _WEAK or (len(last) > 3 and last.lower() in joined and joined != f"{last.lower()}s"):
        return 2.0
    if target in TEXT and not _ENCODED.isdisjoint((*words(name), *plain(name))):
        return 2.0
    if shared:
        return 1.0
    modules = set(plain(target.rpartition(".")[0])) - DULL
    return 1.0 if ours & modules else 0.0


@lru_cache(maxsize=16384)
def concept(name: str) -> str:
    """Return what a name of this kind usually stands for, "" when it is no such name."""
    parts = words(name)
    if not parts or len(parts) > 6 or name.lower() in _VAGUE:
        return ""
    for default, rules in _RULES:
        for groups in rules:
            if all(not group.isdisjoint(parts) for group in groups) and all(
                part in FILLERS or any(part in group for group in groups) for part in parts
            ):
                return default
    return ""


def is_named(name: str, default: str) -> bool:
    """Return whether a name alone says that something stands for `default`."""
    return default in (concept(name), SYNONYMS.get(name)) or named_alike(name, default) >= 3.0


_RULES = tuple(
    (default, tuple(tuple(frozenset(group.split("|")) for group in rule.split()) for rule in rules))
    for default, rules in CONCEPTS.items()
)
