"""Definitions that may be the house's own helper for something from outside, with what speaks for each.

A helper is found by what it does (its body, or a class's methods, hand their parameters on to something from outside
and give back what comes of it; it derives from it; it is another name for it) and by what it is called.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from familiar_codegraph.conventions.defaults import (
    BUILTINS,
    COMMON,
    KNOWN,
    LEFT_ROOTS,
    PARTS,
    STEPS,
    SYNONYMS,
    TEXT,
    TYPES,
)
from familiar_codegraph.conventions.habits import MARKS, Class, FileHabits, Function
from familiar_codegraph.conventions.likeness import DULL, concept, named_alike, plain
from familiar_codegraph.conventions.resolving import Resolver
from familiar_codegraph.conventions.votes import is_test
from familiar_codegraph.conventions.words import words

FOREIGN = frozenset({"vendor", "_vendor", "vendored", "_vendored", "third_party", "thirdparty", "extern", "external"})
"""Folders of code that is somebody else's, brought along."""
_LIKE = re.compile(
    r"\b(?:like|wrapper|wraps?|wrapping|replacement|replaces?|version|variant|equivalent|same as|similar|instead of|"
    r"drop-in|alternative|mimics?|shortcut|shorthand|helper|around|analogous|behaves|enhanced|enhancement|subclass)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*")
_COMPAT = frozenset({"compat", "py3k", "py3", "six", "moves", "backports", "polyfill", "cpcompat"})
_COMMON = frozenset({
    "util", "utils", "helper", "helpers", "tools", "common", "misc", "lib", "support", "_utils", "testing", "functools",
    "text", "encoding", "escape", "log", "logging", "json", "path", "io", "os",
}) | _COMPAT  # fmt: skip
_OF_ITS_OWN = frozenset({
    "Handler", "Protocol", "Resource", "Agent", "Node", "Visitor", "Transport", "Policy", "Mixin",
    "Filter", "Action", "Completer", "Application", "History", "Lexer", "View", "Model", "Field", "Form", "Widget",
    "Admin", "Validator", "Strategy", "Backend", "Storage", "Plugin", "Hook", "Listener", "Renderer", "Extension",
    "Element",
})  # fmt: skip
"""Last words of classes that stand for a thing of their own, whatever they derive from."""
_KINDS = {
    "Dict": ("dict", "OrderedDict", "UserDict", "MutableMapping", "Mapping"),
    "Map": ("dict", "OrderedDict", "UserDict", "MutableMapping", "Mapping"),
    "Mapping": ("dict", "OrderedDict", "UserDict", "MutableMapping", "Mapping"),
    "Headers": ("dict", "OrderedDict", "UserDict", "MutableMapping"),
    "Set": ("set", "frozenset", "MutableSet"),
    "List": ("list", "UserList", "MutableSequence"),
    "String": ("str", "UserString"),
    "Str": ("str", "UserString"),
    "Property": ("property", "cached_property"),
    "property": ("property", "cached_property"),
}
"""What a class's name ends with, and bases that make it a container of that kind."""
_DICTS = ("Dict", "Map", "Mapping", "Headers", "Header")
_IN_PLACE = frozenset({"TestCase", "Session", "Thread", "Encoder", "Decoder", "Process", "Executor", "Parser"})
"""Last words of classes that stand in for a base that ends so too."""
_WARNINGS = ("DeprecationWarning", "PendingDeprecationWarning", "UserWarning", "FutureWarning", "Warning")
_MARKED = ("", "+", "~", "=", "~+", "=+")
_MARK_WORTH = (0.5, 1.0, 1.2, 1.5, 2.0, 2.5)
"""What is done with a call's result and with the parameters, and how much it says."""
_TYPED = frozenset({"type", "types", "str", "string", "text", "unicode", "bytes", "int", "long", "range", "map", "zip"})
_PRETENDED = frozenset({"fake", "mock", "stub"})
"""First words of functions that only seem to do something."""
_ACTS = frozenset({"sys.exit", "textwrap.shorten", "mimetypes.guess_type", "inspect.signature", "os.path.getmtime"})
"""Defaults that classes do not stand for."""
_CONTENTS = {
    "dict": ("Dict", {"__getitem__", "__setitem__"}),
    "set": ("Set", {"__contains__", "add"}),
    "list": ("List", {"__getitem__", "append"}),
    "property": ("property", {"__get__"}),
}
"""What a class of its own is named and has, when it is a container of that kind."""
_OF_MAIL = frozenset({"email.utils.formatdate", "email.utils.parsedate"})
_MAIL = frozenset({"http", "mail", "email", "rfc", "rfc822", "rfc1123", "rfc2822", "rfc5322"})
"""Words of names that speak of dates as mail and HTTP write them."""
_PLAIN_CONTAINERS = frozenset({"dict", "list", "set"})
_BEHAVIOUR = frozenset({
    "attr", "attribute", "bi", "bidirectional", "cached", "caching", "case", "chained", "combined", "copy", "counted",
    "counting", "default", "dot", "expiring", "frozen", "hashable", "identity", "immutable", "indexed", "insensitive",
    "insertion", "lazy", "limited", "local", "locked", "lower", "lowercase", "lru", "merged", "multi", "multiple",
    "mutable", "nested", "observable", "only", "ordered", "persistent", "read", "readonly", "recursive", "reversed",
    "safe", "sorted", "sparse", "synchronized", "thread", "threadsafe", "typed", "unhashable", "unique", "weak",
})  # fmt: skip
"""Words of names that say how a container of any content behaves, not what is in it: the others hold a thing of their
own."""
_SMALL = 5
"""Methods of a class, up to which any of them may say what it is built around."""
_FURTHER = 5
"""Own bases that are followed to one from outside."""


class Helper(NamedTuple):
    """A definition that may be a helper: `evidence` grows with what speaks for it."""

    path: str
    line: int
    name: str
    owner: str
    default: str
    evidence: float


def helpers(resolver: Resolver, path: str, habits: FileHabits) -> Iterator[Helper]:
    """Yield the definitions of a file that may be helpers, each with every default that it may stand for."""
    return (helper for helper in _candidates(resolver, path, habits) if _may_stand(habits, helper))


def _may_stand(habits: FileHabits, helper: Helper) -> bool:
    """Return whether a definition may stand for its default as far as its name tells what it is for."""
    default, spoken = helper.default, set(words(helper.name))
    last = default.rpartition(".")[2]
    if default.endswith(("Error", "Exception")) and any(row.name == helper.name for row in habits.classes):
        return False  # an exception of its own
    if default in _OF_MAIL:
        return _imports(habits, "email") or not _MAIL.isdisjoint(spoken)
    if last.lower() in _PLAIN_CONTAINERS and helper.name[:1].isupper():
        return not _BEHAVIOUR.isdisjoint(spoken)
    return not (default in TEXT and SYNONYMS.get(helper.name, default) != default)  # the other way round


def _imports(habits: FileHabits, root: str) -> bool:
    return any(i.module.partition(".")[0] == root and not i.level for i in habits.imports)


def _candidates(resolver: Resolver, path: str, habits: FileHabits) -> Iterator[Helper]:
    inside: dict[str, list[Function]] = defaultdict(list)
    for function in habits.functions:
        if function.owner and not function.top:
            inside[function.owner].append(function)
        if function.name.startswith("__") or (is_test(path) and function.name.startswith("test")):
            continue
        if not _PRETENDED.intersection(words(function.name)[:1]):
            yield from _function(resolver, path, habits, function)
    for row in habits.classes:
        yield from _derived(resolver, path, row)
        yield from _contains(path, row, {method.name for method in inside.get(row.name, ())})
        yield from _around(resolver, path, habits, row, inside.get(row.name, ()))
        yield from _alike(resolver, path, row.name, row.line, row.doc, "")
        yield from _namesake(resolver, path, habits, row.name, row.line, (), row.doc)
    yield from _passed_on(resolver, path, habits)


def _function(resolver: Resolver, path: str, habits: FileHabits, function: Function) -> Iterator[Helper]:
    for helper in _wrapping(resolver, path, habits, function):
        root = helper.default.partition(".")[0]
        beside = not function.top and root in words(function.owner) and helper.default.endswith(f".{function.name}")
        if function.top or (beside and named_alike(function.name, helper.default) >= 3.0):
            yield helper
    if function.top or "staticmethod" in function.decorators:
        yield from _alike(resolver, path, function.name, function.line, function.doc, function.owner)
    if function.top:
        delegates = tuple(d.lstrip(MARKS) for d in function.delegates)
        yield from _namesake(resolver, path, habits, function.name, function.line, delegates, function.doc)


def is_default(resolver: Resolver, path: str, habits: FileHabits, target: str, part: bool = False) -> bool:
    """Return whether a dotted name is from outside, and something that one may have a helper for.

    `part`: what functions of any kind are made of is such a thing too.
    """
    if (target in PARTS and not part) or target.startswith((".", "self", "cls", "super")):
        return False
    if target in TEXT:
        return True
    root, dot, _ = target.partition(".")
    if not dot:
        return root in BUILTINS and not resolver.is_own(path, root)
    if root in LEFT_ROOTS or target.endswith(("Error", "Exception", "Warning")):
        return False
    return _imports(habits, root) and (is_brought(target) or not resolver.is_own(path, target))


def is_brought(target: str) -> bool:
    """Return whether a dotted name is that of code brought along."""
    return "_vendor" in target and not FOREIGN.isdisjoint(target.split("."))


def outer(target: str) -> str:
    """Return a dotted name as the world writes it: without the folder that it was brought along in."""
    parts = target.split(".")
    for at, part in enumerate(parts):
        if part in FOREIGN and at + 1 < len(parts):
            return ".".join(parts[at + 1 :])
    return target


def _wrapping(resolver: Resolver, path: str, habits: FileHabits, function: Function) -> Iterator[Helper]:
    """Yield what a function hands its parameters on to."""
    seen: dict[str, str] = {}
    for delegate in function.delegates:
        target = delegate.lstrip(MARKS)
        marks = delegate[: len(delegate) - len(target)]
        part = target in PARTS and named_alike(function.name, target) >= 3.0
        if is_default(resolver, path, habits, target, part):
            seen[target] = max(seen.get(target, ""), marks, key=_MARKED.index)
    if not seen or function.statements > 15:
        return
    around = "contextlib.contextmanager" in function.decorators
    for target, marks in seen.items():
        alike = named_alike(function.name, target)
        marks = marks or "+" * around
        if not marks and function.parameters and alike < 3.0:
            continue
        if function.name in COMMON and marks[:1] == "~":
            continue
        evidence = _MARK_WORTH[_MARKED.index(marks)]
        evidence += 1.0 if function.statements <= 4 else 0.5 if function.statements <= 10 else -0.5
        evidence += 0.5 if target in TEXT and "=" in marks else 0.0
        if alike >= 2.0 and marks[:1] in ("=", "~"):
            ends = {plain(function.name)[-1], plain(function.name)[0]} - DULL
            same = alike >= 3.0 or not ends.isdisjoint(plain(target.rpartition(".")[2]))
            evidence += 1.0 if same or marks[:1] == "=" else -1.0  # is what it gives back what its name says?
        else:
            evidence += 1.0 if len(seen) == 1 else -0.5 * (len(seen) > 2)
            evidence += 0.5 if len(function.delegates) <= 2 else -0.5 * (len(function.delegates) > 5)
        evidence += 0.3 if _is_common(path) else 0.0
        mentioned = 1.5 if _mentions(function.doc, target) else 0.0
        plainly = marks == "=+" and len(function.delegates) == 1 and function.statements <= 2
        plainly = plainly and (alike >= 2.0 or not target.startswith(STEPS))
        plainly = plainly or (target in TEXT and marks == "=+" and len(seen) == 1 and function.statements <= 5)
        solely = "+" in marks and function.statements <= 3 and not target.startswith(STEPS)
        solely = solely and all(d.lstrip(MARKS) == target for d in function.delegates)
        solely = solely and marks == "+" and len(function.delegates) > 1
        named = alike and (marks[:1] == "=" or (marks == "~+" and function.statements <= 3)) and len(seen) == 1
        if alike < 2.0 and not mentioned and not plainly and not solely and not (named and _gives(function.name)):
            continue  # it calls a library on its way to something else
        if marks[:1] not in ("=", "~") and alike < 3.0 and len(seen) > 1 and not mentioned:
            continue
        yield Helper(
            path,
            function.line,
            function.name,
            function.owner,
            outer(target),
            evidence + max(alike, 0.7 * solely) + mentioned,
        )


def _gives(name: str) -> bool:
    """Return whether a function's name lets expect more than a yes or no."""
    return not name.lstrip("_").startswith(("is_", "has_", "can_", "should_"))


def _around(
    resolver: Resolver, path: str, habits: FileHabits, row: Class, methods: Sequence[Function]
) -> Iterator[Helper]:
    """Yield what a class is built around: a method calls it, and its name says so."""
    if is_test(path) or row.name.endswith(("Error", "Exception", "Mixin")):
        return
    best: dict[str, float] = {}
    for method in methods:
        if len(methods) > _SMALL and method.name not in ("__init__", "__new__", "__enter__", "__call__"):
            continue
        for delegate in method.delegates:
            target = delegate.lstrip(MARKS)
            if target in TEXT or not is_default(resolver, path, habits, target):
                continue
            last = target.rpartition(".")[2]
            same = "".join(words(row.name)) == "".join(words(last)) or len(plain(row.name)) > 1
            if same and named_alike(row.name, target) >= 3.0 and not last.endswith("info"):
                best[target] = max(best.get(target, 0.0), 4.2 + 0.5 * (method.name in ("__init__", "__enter__")))
    for target, evidence in best.items():
        yield Helper(path, row.line, row.name, "", outer(target), evidence)


def _mentions(doc: str, target: str) -> bool:
    found = set(_MENTION.findall(doc))
    return target in found or ("." in target and target.rpartition(".")[2] in found and bool(_LIKE.search(doc)))


def _alike(resolver: Resolver, path: str, name: str, line: int, doc: str, owner: str) -> Iterator[Helper]:
    """Yield what a definition says in its docstring that it is like."""
    if not doc or not _LIKE.search(doc):
        return
    for mention in _MENTION.findall(doc):
        root, dot, _ = mention.partition(".")
        known = root in sys.stdlib_module_names if dot else mention in BUILTINS
        if known and mention not in PARTS and not resolver.is_own(path, mention):
            yield Helper(path, line, name, owner, mention, 3.0 + named_alike(name, mention))
            return


def _namesake(
    resolver: Resolver,
    path: str,
    habits: FileHabits,
    name: str,
    line: int,
    delegates: tuple[str, ...],
    doc: str,
) -> Iterator[Helper]:
    """Yield the world's function of the same name, or of a name like those that houses give their own."""
    if is_test(path):
        pass
    elif name in KNOWN or name in BUILTINS:
        known = KNOWN.get(name, (name,))
        spoken = [d for d in known if _speaks(path, habits, d, delegates, doc)]
        if spoken or (name not in COMMON and len(known) == 1):
            yield Helper(path, line, name, "", min(spoken, default=known[0], key=known.index), 4.5)
        return
    elif name in SYNONYMS:
        yield Helper(path, line, name, "", SYNONYMS[name], 4.2)
        return
    default = concept(name)
    if default and not (name[:1].isupper() and default in _ACTS):
        evidence = 3.5 + _support(path, habits, default, delegates, doc)
        same = {d for d in delegates if d.startswith("hashlib.")}
        if default.startswith("hashlib.") and len(same) == 1:
            default = min(same)  # sha256 where most take md5
        yield Helper(path, line, name, "", default, evidence)


def _speaks(path: str, habits: FileHabits, default: str, delegates: tuple[str, ...], doc: str) -> bool:
    """Return whether more than its name speaks for a definition being the house's form of `default`."""
    root, dot, _ = default.partition(".")
    if default in delegates or _mentions(doc, default):
        return True
    if not dot:
        return any(d.rpartition(".")[2].lower() == default for d in delegates)
    own = default.split(".")[:-1]
    return _imports(habits, root) or own[-1] in words(path.rpartition("/")[2].rpartition(".")[0])


def _support(path: str, habits: FileHabits, default: str, delegates: tuple[str, ...], doc: str) -> float:
    """Return what speaks for a definition standing for what its name says."""
    root, dot, _ = default.partition(".")
    if default in TEXT:
        return 1.0 if default in delegates or _is_common(path) else 0.0
    direct = default in delegates or any(d.startswith(f"{root}.") for d in delegates)
    builtin = not dot or root == "dict"
    imported = builtin or _imports(habits, root)
    return 0.8 * direct + 0.3 * bool(imported) + 0.3 * _is_common(path) + 0.2 * (root in doc)


def _is_common(path: str) -> bool:
    """Return whether a file holds what others share."""
    stem = path.rpartition(".")[0].split("/")[-2:]
    return any(not _COMMON.isdisjoint((part, *words(part))) for part in stem)


def _outside_base(resolver: Resolver, path: str, base: str, depth: int = 0) -> str:
    """Return the base from outside that a class has in the end, "" for none; own ones are followed."""
    if not base or base == "?" or depth > _FURTHER:
        return ""
    if is_brought(base):
        return outer(base)
    home = resolver.definition(path, base)
    if home is None:
        return "" if base.startswith(".") or resolver.is_own(path, base) else base
    if home == (path, base) and depth and "." not in base and not resolver.tables.classes.get(base, {}).get(path):
        return ""
    bases = resolver.tables.classes.get(home[1], {}).get(home[0], ())
    return _outside_base(resolver, home[0], bases[0], depth + 1) if bases and bases[0] != base else ""


def _derived(resolver: Resolver, path: str, row: Class) -> Iterator[Helper]:
    """Yield what a class stands in for: a base from outside, however far up, whose name is in its own."""
    for at, listed in enumerate(row.bases[:3]):
        base = _outside_base(resolver, path, listed)
        own = base != outer(listed)
        last = base.rpartition(".")[2]
        if not base:
            continue
        if not at:
            ending = next((e for e in _KINDS if row.name.endswith(e) and last in _KINDS[e]), "")
            if ending or (last.endswith("Dict") and row.name.endswith(_DICTS)):
                default = {"MutableMapping": "dict", "Mapping": "dict", "MutableSet": "set", "MutableSequence": "list"}
                yield Helper(path, row.line, row.name, "", default.get(last, base), 5.0)
        if last in _WARNINGS and row.name.endswith("Warning"):
            deprecated = last == "Warning" and "Deprecat" in row.name
            yield Helper(path, row.line, row.name, "", "DeprecationWarning" if deprecated else base, 4.5 - 0.2 * own)
        yield from _stands_in(path, row, base, 0.5 * own + 0.3 * at)


def _contains(path: str, row: Class, methods: set[str]) -> Iterator[Helper]:
    """Yield the container that a class is one of by its name and methods."""
    for default, (ending, needed) in _CONTENTS.items():
        if row.name.endswith((ending, ending.title())) and needed <= methods:
            cached = not {"cached", "lazy", "memoized"}.isdisjoint(words(row.name)) and default == "property"
            yield Helper(path, row.line, row.name, "", "functools.cached_property" if cached else default, 4.5)


def _stands_in(path: str, row: Class, base: str, less: float) -> Iterator[Helper]:
    root, dot, _ = base.partition(".")
    last = base.rpartition(".")[2]
    if not dot or root in LEFT_ROOTS or last.endswith(("Error", "Exception", "Warning", "Failed", "Failure")):
        return
    alike = len(words(last)) > 1 and words(row.name)[-2:] == words(last)[-2:]
    if last in ("ABC", "NamedTuple", "Enum", "Protocol") or (last.endswith(tuple(_OF_ITS_OWN)) and not alike):
        return
    inside = last.lower() in row.name.lower() or last.lower().removeprefix("base") in row.name.lower()
    shared = any(row.name.endswith(end) and last.endswith(end) for end in _IN_PLACE)
    if not inside and not shared and not alike:
        return
    if is_test(path) and row.name.startswith("Test") and row.name != "TestCase":
        return
    yield Helper(
        path, row.line, row.name, "", base, (4.5 if inside or alike else 4.1) - less + 0.5 * (row.name == last)
    )


def _passed_on(resolver: Resolver, path: str, habits: FileHabits) -> Iterator[Helper]:
    """Yield what a module passes on: imports of a compat module, other names of outside things, loggers made once."""
    module = path.rpartition("/")[2].rpartition(".")[0]
    compat = not _COMPAT.isdisjoint(words(module)) or not _COMPAT.isdisjoint(words(path.rpartition("/")[0]))
    if is_test(path):
        return
    roots = BUILTINS | TYPES
    roots |= {i.module.partition(".")[0] for i in habits.imports if not i.level}
    bindings = Counter(i.local for i in habits.imports if i.top)
    bindings.update({*resolver.tables.functions[path], *(row.name for row in habits.classes)})
    for bound in habits.imports:
        if not compat and (bindings[bound.local] < 2 or not bound.local.islower()):
            continue  # what is imported in two ways stands in for either
        target = f"{bound.module}.{bound.name}" if bound.name else bound.module
        root = bound.module.partition(".")[0]
        left = bound.level or bound.name == "*" or root in LEFT_ROOTS or root == "sys"
        if bound.top and not left and not resolver.is_own(path, f"{target}."):
            yield Helper(path, bound.line, bound.local, "", target, 6.0)
    for row in habits.made:
        outside = row.target in roots or row.target.partition(".")[0] in roots
        if row.target.startswith((".", "self.")) or row.name.startswith("__") or not outside:
            continue
        if not is_brought(row.target) and resolver.is_own(path, row.target):
            continue
        yield from _made(path, row.name, outer(row.target), row.called, row.line, compat)


def _made(path: str, name: str, target: str, called: bool, line: int, compat: bool) -> Iterator[Helper]:
    alike = named_alike(name, target)
    root = target.partition(".")[0]
    if called and target == "logging.getLogger":
        yield Helper(path, line, name, "", target, 6.0)
    elif called and alike >= 3.0 and target not in PARTS and root not in LEFT_ROOTS and target[0].islower():
        yield Helper(path, line, name, "", target, 4.2)
    elif not called and target.startswith(("sys.platform", "sys.version_info")) and name.isupper():
        yield Helper(path, line, name, "", ".".join(target.split(".")[:2]), 4.2)
    elif not called and name.isupper() and target.rpartition(".")[2].isupper() and not compat:
        return  # a constant that is passed on
    elif not called and root not in LEFT_ROOTS and target not in PARTS:
        typed = target in TYPES and not _TYPED.isdisjoint(words(name))
        if target in TYPES and not (compat or typed):
            return  # a name for what a number or text means
        yield Helper(path, line, name, "", target, 5.0 if compat or typed else 2.5 + max(alike, 1.5 * (alike >= 1.0)))
