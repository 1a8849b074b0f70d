"""Lines that nothing has shown before, made from what the place itself asks for.

A name that the lines below need, the end of a function, the next argument of a call, the line above one step further:
each asks for a line of a certain make, and what is in scope fills it. `ranker` weighs these beside what was found.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from familiar_codegraph.surroundings import Surroundings

from familiar_completion.analogy import difference, series, steps
from familiar_completion.filling import signature_of
from familiar_completion.handling import caught, fixtures, raised
from familiar_completion.places import parts_of
from familiar_completion.scope import KEYWORDS, Scope, masked, roots, split

KINDS = ("series", "needed", "delegated", "argument", "condition", "imported", "analogy")
_HEAD = re.compile(r"([\w.]*\w)\($")
_WORD = re.compile(r"[^\W\d]\w*")
_CALLS = re.compile(r"(?<![\w.])([^\W\d][\w.]*\([^()\n]*\))")
_ONE = re.compile(r"^(?:self\.)?(\w+) = ")
_OPENING = re.compile(r"(?:async )?(?:def|class|if|for|while|with|try|else|elif|except|finally)\b")
_IMPORTS = re.compile(r"(?:from|import)\b")
_FAR = 60_000
_STANDARD = {
    module: frozenset(names.split())
    for module, names in (
        ("abc", "ABC ABCMeta abstractmethod"),
        ("collections", "ChainMap Counter OrderedDict defaultdict deque namedtuple"),
        ("collections.abc", "Awaitable Callable Generator Hashable Iterable Iterator Mapping Sequence"),
        ("contextlib", "ExitStack asynccontextmanager closing contextmanager nullcontext suppress"),
        ("copy", "copy deepcopy"),
        ("dataclasses", "asdict dataclass field fields is_dataclass replace"),
        ("datetime", "date datetime timedelta timezone"),
        ("enum", "Enum Flag IntEnum auto"),
        ("functools", "cached_property cmp_to_key lru_cache partial reduce total_ordering wraps"),
        ("io", "BytesIO StringIO"),
        ("itertools", "chain count cycle groupby islice product"),
        ("pathlib", "Path PurePath"),
        (
            "typing",
            "Any AsyncGenerator AsyncIterator Awaitable BinaryIO Callable ClassVar Deque Dict Final FrozenSet Generator"
            " Generic IO Iterable Iterator List Literal Mapping Match NamedTuple NoReturn Optional Pattern Protocol"
            " Sequence Set TYPE_CHECKING TextIO Tuple Type TypeVar TypedDict Union cast overload",
        ),
        ("unittest", "TestCase mock"),
        ("unittest.mock", "MagicMock Mock patch"),
    )
}
_MOST = {"series": 40, "needed": 30, "delegated": 24, "argument": 20, "condition": 24, "imported": 8}


def construct(scope: Scope, around: Surroundings | None) -> dict[str, str]:
    """Return texts that follow the cursor, each with its kind (as in `KINDS`), what is likely first."""
    typed = scope.view.before.lstrip()
    makers = (
        ("series", _series(scope)),
        ("argument", _arguments(scope, around)),
        ("needed", _needed(scope, around)),
        ("delegated", _delegated(scope, around)),
        ("condition", _conditions(scope)),
        ("imported", _imported(scope)),
        ("delegated", chain(raised(scope), caught(scope))),
        ("needed", fixtures(scope)),
    )
    out: dict[str, str] = {}
    for kind, lines in makers:
        count = 0
        for line in lines:
            text = line.strip()
            if text.startswith(typed) and len(text) > len(typed) and (rest := text[len(typed) :]) not in out:
                out[rest] = kind
                count += 1
                if count == _MOST[kind]:
                    break
    return out


def _series(scope: Scope) -> Iterator[str]:
    above = scope.lines
    below = scope.view.suffix[:12000].split("\n")[1:]
    taken = steps(above, below, scope.parameters)
    near = [line.strip() for line in reversed(scope.above[-4:])]
    after = [line.strip() for line in scope.below[:3]]
    if near:
        yield from series(near[:1], _towards(scope, near[0]), most=4)
        yield from series(near[:2], taken)
    if after:
        yield from series(after[:1], _towards(scope, after[0]), most=4)
        yield from series(after[:1], taken, back=True)
    yield from series(near[2:], taken)
    yield from series(after[1:], taken, back=True)
    yield from _assigned(scope, near)


def _towards(scope: Scope, base: str) -> Counter[tuple[str, str]]:
    """Return steps from names of a line to those that nothing in the file uses yet, and that are made alike."""
    found: Counter[tuple[str, str]] = Counter()
    for old in dict.fromkeys(_WORD.findall(base)):
        for new in sorted(scope.idle):
            alike = (old in scope.imported) == (new in scope.imported) and (old in scope.bound) == (new in scope.bound)
            if (parts := difference(old, new)) and (parts[0] != old or alike):
                found[parts] += 1 + (parts[0] != old)
    return found


def _assigned(scope: Scope, near: list[str]) -> Iterator[str]:
    """Yield what keeps a parameter: `self.name = name`, as the line above keeps its own."""
    if "self" not in scope.bound:
        return
    text = "\n".join(scope.body)
    left = [name for name in scope.parameters if name not in ("self", "cls") and f"self.{name} =" not in text]
    hidden = "self._" in (near[0] if near else "")
    for name in left[:6]:
        if not re.search(rf"self\._?{name}\b", "\n".join(scope.below)):
            yield f"self._{name} = {name}" if hidden else f"self.{name} = {name}"
    for name in left[:3]:
        yield f"self.{name} = {name}" if hidden else f"self._{name} = {name}"


# ---------------------------------------------------------------- a name that the lines below use


def _needed(scope: Scope, around: Surroundings | None) -> Iterator[str]:
    names = [name for name in _WORD.findall(" ".join(scope.below[:3])) if name in scope.needed]
    deeper = bool(scope.below) and _indent(scope.below[0]) > scope.indent
    for name in dict.fromkeys(names):
        if deeper:
            yield from _loops(scope, name)
            continue
        for value in _values(scope, around, name):
            yield f"{name} = {value}"


def _loops(scope: Scope, name: str) -> Iterator[str]:
    plural = (f"{name}s", f"{name}es", f"{name}_list", f"all_{name}s", f"{name[:-1]}ies" if name.endswith("y") else "")
    for many in plural:
        if many and (many in scope.bound or many in scope.last):
            yield f"for {name} in {many}:"
        yield from (f"for {name} in {dotted}:" for dotted in scope.dotted if dotted.endswith(f".{many}") and many)
    ends = (f"_{name}s", f"{name}s")
    yield from (f"for {name} in {known}:" for known in sorted(scope.module) if known.lower().endswith(ends))
    recent = sorted(scope.bound, key=lambda known: scope.last.get(known, 999))
    for known in recent[:5]:
        yield f"for {name} in {known}:"
    others = [other for other in sorted(scope.needed) if other != name]
    for known in recent[:3]:
        if name in ("i", "idx", "index", "n"):
            yield from (f"for {name}, {other} in enumerate({known}):" for other in others[:2])
            yield f"for {name} in range(len({known})):"
            yield f"for {name} in range({known}):"
        yield from (f"for {name}, {other} in {known}.items():" for other in others[:2])


def _values(scope: Scope, around: Surroundings | None, name: str) -> Iterator[str]:
    used = "\n".join(scope.below)
    for use, value in ((".append(", "[]"), (".extend(", "[]"), (".add(", "set()"), ("[", "{}"), (" += 1", "0")):
        if f"{name}{use}" in used:
            yield value
    wanted = parts_of(name)
    for dotted in scope.dotted:
        if dotted.rpartition(".")[2].strip("_") == name:
            yield dotted
    for receiver, holder in around.holders.items() if around is not None else ():
        if receiver not in scope.bound and "." not in receiver:
            continue
        if name in holder.members:
            yield f"{receiver}.{name}" + "()" * (holder.members[name] is not None)
        if f"_{name}" in holder.members and receiver == "self":
            yield f"self._{name}"
        for member, signature in holder.members.items():
            own = parts_of(member)
            if own and wanted and len(own & wanted) / len(own | wanted) >= 0.5 and member.strip("_") != name:
                yield f"{receiver}.{member}" + "()" * (signature == ())
    for line in reversed(scope.above):
        for call in _CALLS.findall(line):
            if parts_of(call.partition("(")[0]) & wanted:
                yield call
    for known in sorted(scope.bound, key=lambda bound: scope.last.get(bound, 999))[:6]:
        if known not in ("self", "cls"):
            yield f"{known}.{name}"
    yield f'kwargs.pop("{name}", None)' if "**kwargs" in scope.splats else f"self.{name}"


# ---------------------------------------------------------------- the end of a function


def _delegated(scope: Scope, around: Surroundings | None) -> Iterator[str]:
    if scope.function is None:
        return
    name, given = scope.function, [name for name in scope.parameters if name not in ("self", "cls")]
    handed = ", ".join((*given, *scope.splats))
    named = ", ".join((*(f"{one}={one}" for one in given), *scope.splats))
    recent = [one for one in sorted(scope.bound, key=lambda bound: scope.last.get(bound, 999)) if one != "self"]
    waiting = [one for one in recent if one in scope.fresh]
    method = "self" in scope.bound or "cls" in scope.bound
    heads = ("return ", "return await ") if "await " in "\n".join(scope.body[-40:]) else ("return ",)
    for head in heads:
        for one in dict.fromkeys((*waiting[:3], *recent[:3])):
            yield f"{head}{one}"
        if "self" in scope.bound:
            yield f"{head}self._{name}"
            yield f"{head}self.{name.removeprefix('get_').strip('_')}"
            yield f"{head}self._{name}({handed})"
        if method:
            yield f"{head}super().{name}({handed})"
            yield f"super().{name}({handed})"
            for dotted in list(scope.dotted)[:4]:
                yield f"{head}{dotted}.{name}({handed})"
    if method:
        yield f"super().{name}({named})"
    wanted = parts_of(name)
    if around is None or not wanted:
        return
    for known, signature in around.names.items():
        own = parts_of(known)
        if signature is not None and own and known != name and len(own & wanted) / len(own | wanted) >= 0.5:
            required = len([p for p in signature if p.required])
            arguments = ", ".join(given[: max(required, 0)]) if required <= len(given) else handed
            yield f"return {known}({arguments})"
            yield f"return {known}({handed})"


# ---------------------------------------------------------------- the next argument of a call


def _arguments(scope: Scope, around: Surroundings | None) -> Iterator[str]:
    """Yield lines such as `name=name,` inside of a call's brackets, for parameters that have nothing yet."""
    view = scope.view
    if not view.state.brackets or view.state.brackets[-1][0] != "(":
        return
    opened = view.state.brackets[-1][1]
    called = _HEAD.search(view.prefix[max(opened - 120, 0) : opened + 1])
    if called is None:
        return
    inside = view.prefix[opened + 1 :]
    before = [part for part in split(inside[: len(inside) - len(view.before)].replace("\n", " ")) if part]
    after = view.suffix.partition("\n")[2][:600]
    have = {part.partition("=")[0].strip() for part in before} | set(re.findall(r"^\s*(\w+)=", after, re.MULTILINE))
    signature = signature_of(scope, around, f"{called[1]}(")
    names = [p.name for p in signature or ()]
    for example in scope.examples(called[1].rpartition(".")[2]):
        names += [part.partition("=")[0].strip() for part in example if re.match(r"\w+=", part)]
    last = before[-1] if before else ""
    key = last.partition("=")[0].strip()
    if "=" in last and len(re.findall(rf"\b{re.escape(key)}\b", last)) > 1:
        for name in dict.fromkeys(names):
            if name not in have:
                yield re.sub(rf"\b{re.escape(key)}\b", name, last) + ","
    for name in dict.fromkeys((*names, *scope.parameters)):
        if name in have or name in ("self", "cls"):
            continue
        if name in scope.bound:
            yield f"{name}={name},"
        if "self" in scope.bound and "self" in last:
            yield f"{name}=self.{name},"
        if names and "=" not in last and name in scope.bound:
            yield f"{name},"
    for name in sorted(scope.fresh):
        yield f"{name},"
    for splat in scope.splats:
        yield f"{splat},"


# ---------------------------------------------------------------- headers, imports


def _conditions(scope: Scope) -> Iterator[str]:
    """Yield headers for the deeper lines below, about what was bound last."""
    if not scope.below or _indent(scope.below[0]) <= scope.indent:
        return
    inner = scope.below[0].strip()
    found = _ONE.match(inner)
    names = [found[1]] if found else []
    below = [name for name in roots(inner) if name in scope.bound]
    recent = sorted(scope.bound, key=lambda bound: scope.last.get(bound, 999))[:3]
    for name in dict.fromkeys((*names, *below, *recent)):
        if name in ("self", "cls") or name in KEYWORDS or not (name in scope.bound or name in scope.last):
            continue
        for test in (f"{name} is None", f"{name} is not None", f"not {name}", name):
            yield f"if {test}:"
    for dotted in [one for one in scope.dotted if one in inner or one.rpartition(".")[2] in names][:3]:
        yield from (f"if {test}:" for test in (f"{dotted} is None", f"{dotted} is not None", dotted, f"not {dotted}"))


def _imported(scope: Scope) -> Iterator[str]:
    """Yield import lines of Python's own modules, with the names that the file uses and binds nowhere."""
    if scope.indent or scope.view.state.brackets or not scope.view.suffix.strip():
        return
    near = [line for line in (scope.view.before, *scope.above[-2:], *scope.below[:2]) if _IMPORTS.match(line)]
    if not near:
        return
    unbound = {name for name in roots_of(scope.view.suffix) if not scope.visible(name)}
    for module, known in _STANDARD.items():
        if names := unbound & known:
            yield f"from {module} import {', '.join(sorted(names))}"
            yield f"from {module} import {', '.join(sorted(names, key=str.lower))}"
    for name in sorted(unbound):
        yield f"import {name}"


def roots_of(text: str) -> frozenset[str]:
    """Return the names that the lines of `text` use, without strings and comments."""
    return frozenset(name for line in masked(text[:_FAR].split("\n")) for name in roots(line))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
