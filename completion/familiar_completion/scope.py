"""What the text around the cursor says of names, without parsing: which are bound here, used since, near by.

The code graph knows more, but is asked in the background; this is worked out at every cursor in less than a
millisecond, and holds for the very last keystroke.
"""

import keyword
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import chain, islice

from familiar_codegraph.surroundings import is_builtin

from familiar_completion.places import parts_of
from familiar_completion.view import View

TOKEN = re.compile(
    r"[rbfuRBFU]{0,2}(?:\"\"\"|'''|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?)|#.*|[^\W\d]\w*|\d[\w.]*|[^\w\s]"
)
_FIRST = re.compile(r"[^\W\d]\w*")
_DIGITS = "0123456789"
_WORDS = {code: chr(code) if re.match(r"\w", chr(code)) else " " for code in range(128)}
"""What leaves the words of ASCII text, blanks between them."""
_DEF = re.compile(r"(?:async )?def (\w+)\s*\(")
_ASSIGNS = re.compile(r"^\s*\(?(\*?[^\W\d]\w*+(?:, \*?[^\W\d]\w*+)*+)\)?[ ]?(?::[^=\n]++)?=(?!=)")
_BINDS = re.compile(rf"{_ASSIGNS.pattern}|\bfor ([^\W\d\n][\w, ()]*?) in\b|\bas ([^\W\d]\w*+)")
_MAKES = re.compile(r"\s*(?:(?:async )?def (\w+)|class (\w+)|from ([\w.]+ import [^#\n(]+)|import ([^#\n]+))")
_HEADS = re.compile(r"\s*(?:async def|def|class|@|from |import |except|finally|else|elif|[)\]}])")
_WALRUS = re.compile(r"([^\W\d]\w*) :=")
_TOP = re.compile(
    r"\n(?:(?:(?:async )?def (\w+)|class (\w+)|from [\w.]+ import ([^#\n(]+)|from [\w.]+ import \(([^)]*)\)"
    r"|import ([^#\n]+)"
    r"|(\w+(?:, \w+)*)(?: = |: ))"
    r"|[ \t]+(?:from [\w.]+ import ([^#\n(]+)|from [\w.]+ import \(([^)]*)\)|import ([^#\n]+)))"
)
_IMPORTED = re.compile(r"\n(?:from ([\w.]+) import (?:\(([^)]*)\)|([^#\n(]+))|import ([^#\n]+))")
"""Both begin with the break before the line, which is found much faster than a line's beginning."""
_PRIVATE = re.compile(r"(?:def|class) (_[^\W_]\w*)")
_GIVEN = re.compile(r"\(([^()\n]*+)\)")
_WORD = re.compile(r"\w")
_BODY, _SIDE = 200, 12
_FAR = 30_000
"""Characters on each side of the cursor in which other calls are looked for."""
_EXAMPLES = 12
"""Calls of one name that are looked at."""
KEYWORDS = frozenset(keyword.kwlist)


class Scope:
    """The names around one cursor."""

    def __init__(self, view: View) -> None:
        self.view = view
        above = view.prefix.split("\n")
        self.indent = _depth(above)
        self.lines = above[:-1]
        self.function, start, self.parameters, self.splats = _enclosing(above, self.indent)
        self.body = masked(above[start:-1] if start is not None else above[-_SIDE * 2 : -1])
        self.above = [line for line in self.lines[-_SIDE * 2 :] if line.strip()][-_SIDE:]
        self.below = [line for line in view.suffix[:4000].split("\n")[1 : _SIDE * 2] if line.strip()][:_SIDE]
        self._called: dict[str, int] = {}
        self._visible: dict[str, bool] = {}
        self._examples: dict[str, list[tuple[str, ...]]] = {}

    @cached_property
    def bound(self) -> dict[str, int]:
        """Names that the function binds before the cursor, with the index of the line of `body` that binds them."""
        found = dict.fromkeys(self.parameters, -1)
        for at, line in enumerate(self.body):
            found.update((name, at) for name in _targets(line) if name not in KEYWORDS)
            if at and (made := _DEF.match(line.lstrip())) and _indent(line) <= self.indent:
                found[made[1]] = at
        found.pop("_", None)
        return found

    @cached_property
    def outer(self) -> frozenset[str]:
        """Names that the functions around this one bind."""
        found: set[str] = set()
        lines, least = self.lines, self.indent
        for at in range(len(lines) - 1, max(len(lines) - 4 * _BODY, -1), -1):
            line = lines[at]
            if line.strip() and _indent(line) < least and _DEF.match(line.lstrip()):
                least = _indent(line)
                header = "\n".join(lines[at : at + 20])
                names, splats = _parameters(header[header.find("(") + 1 :])
                found.update(names, (splat.lstrip("*") for splat in splats))
                found.update(name for inner in lines[at + 1 :] for name in binds(inner))
            if not least:
                break
        return frozenset(found)

    @cached_property
    def module(self) -> frozenset[str]:
        """Names that the file binds at its top level, as far as one sees without parsing."""
        found: set[str] = set()
        for text in (self.view.prefix, self.view.suffix):
            for match in _TOP.finditer(f"\n{text}"):
                found.update(_FIRST.findall(next(group for group in match.groups() if group)))
        return frozenset(found)

    def visible(self, name: str) -> bool:
        """Whether a name is bound where the cursor can see it."""
        if name not in self._visible:
            known = name in self.bound or name in self.outer or name in self.module
            self._visible[name] = known or is_builtin(name)
        return self._visible[name]

    @cached_property
    def needed(self) -> frozenset[str]:
        """Names that the lines below use, and nothing before them binds: the cursor's line has to."""
        found, later = set[str](), set[str]()
        for line in masked(self.below[:3]) if not self.view.state.brackets else ():
            if _indent(line) < self.indent or _HEADS.match(line):
                break
            own = set(binds(line))
            found.update(name for name in roots(line) if name not in later | own and not self.visible(name))
            later |= own
        return frozenset(found)

    @cached_property
    def decorates(self) -> bool:
        """Whether a function or class follows at once, at the cursor's depth."""
        below = self.view.suffix[:400].split("\n")[1:2]
        head = below[0].lstrip() if below else ""
        return head.startswith(("def ", "class ", "async def ", "@")) and _indent(below[0]) == self.indent

    @cached_property
    def last(self) -> dict[str, int]:
        """Any name near by, with the number of lines since it was last written (0: in this line)."""
        found: dict[str, int] = {}
        for distance, line in enumerate([self.view.before, *reversed(self.lines[-_BODY:])]):
            for name in _FIRST.findall(line):
                found.setdefault(name, distance)
        return found

    @cached_property
    def fresh(self) -> frozenset[str]:
        """Names that are bound here and not used since: they wait for something."""
        last: dict[str, int] = {}
        for at, line in enumerate([*self.body, self.view.before]):
            last.update(dict.fromkeys(_FIRST.findall(line), at))
        header = _header(self.body)
        out = {
            name
            for name, at in self.bound.items()
            if name not in ("self", "cls") and last.get(name, -1) < (at + 1 if at >= 0 else header)
        }
        return frozenset(out)

    @property
    def _parts(self) -> tuple[str, str, str]:
        """The file above the cursor's line, the line up to the cursor, what follows: the first and last stay while one
        types in the line."""
        above = len(self.view.prefix) - len(self.view.before)
        return self.view.prefix[:above], self.view.before, self.view.suffix

    @cached_property
    def idle(self) -> frozenset[str]:
        """Names that nothing in the text uses: bound by the function, imported, or defined as private."""
        found = {name for name in self.fresh if name not in self.later}
        made = chain(self.imported, *map(_private, self._parts))
        found.update(name for name in made if sum(part.get(name, 0) for part in self._counted) == 1)
        return frozenset(found) if self.view.suffix.strip() else frozenset()

    @cached_property
    def _counted(self) -> tuple[Counter[str], ...]:
        return tuple(map(_names, self._parts))

    @cached_property
    def uses(self) -> Counter[str]:
        """How often the file has each name."""
        return sum(self._counted, Counter[str]())

    @cached_property
    def later(self) -> frozenset[str]:
        """Names of the lines below, as far as the function goes."""
        found: set[str] = set()
        for line in self.view.suffix[:8000].split("\n")[1:_BODY]:
            if line.strip() and self.function and _indent(line) < self.indent and _DEF.match(line.lstrip()):
                break
            found.update(_FIRST.findall(line))
        return frozenset(found)

    @cached_property
    def imported(self) -> dict[str, str]:
        """Names that the file imports at its top level, with the module that they come from ("" for a module)."""
        found: dict[str, str] = {}
        for text in (self.view.prefix, self.view.suffix):
            for match in _IMPORTED.finditer(f"\n{text}"):
                for part in (match[2] or match[3] or match[4]).split(","):
                    words = _FIRST.findall(part.split("#")[0])
                    if words:
                        found[words[-1]] = match[1] or ""
        return found

    @cached_property
    def file(self) -> frozenset[str]:
        """All names of the file."""
        return frozenset().union(*self._counted)

    def called(self, name: str) -> int:
        """Return how often the file calls `name`."""
        if name not in self._called:
            self._called[name] = sum(1 for text in self._parts for _ in _calls(text, name))
        return self._called[name]

    def examples(self, name: str) -> list[tuple[str, ...]]:
        """Return the arguments that the file gives to `name` where it calls it, the nearest before the cursor first."""
        if name not in self._examples:
            before, after = self.view.prefix[-_FAR:], self.view.suffix[:_FAR]
            places = [(before, at) for at in list(_calls(before, name))[::-1]]
            places += [(after, at) for at in _calls(after, name)]
            given = (found[1] for text, at in places if (found := _GIVEN.match(text, at)))
            self._examples[name] = [split(text) for text in islice(given, _EXAMPLES)]
        return self._examples[name]

    @cached_property
    def dotted(self) -> dict[str, int]:
        """Expressions such as `self.name` and `request.user.id` near by, with the lines since the last one."""
        found: dict[str, int] = {}
        for distance, line in enumerate([self.view.before, *reversed(masked(self.lines[-60:]))]):
            for match in re.finditer(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)+(?![\w(])", line):
                found.setdefault(match[0], distance)
        return found

    @cached_property
    def purpose(self) -> frozenset[str]:
        """The parts of the function's name and of what the line gives a value to."""
        return parts_of(f"{self.function or ''} {self.view.before}")

    @cached_property
    def next(self) -> frozenset[str]:
        """The names of the line below."""
        return frozenset(_FIRST.findall(self.below[0])) if self.below else frozenset()

    def known(self, name: str) -> bool:
        """Whether the file has the name, or Python itself does."""
        return name in self.file or is_builtin(name)


@lru_cache(maxsize=6)
def _names(text: str) -> Counter[str]:
    if not text.isascii():
        return Counter(_FIRST.findall(text))
    found = Counter(text.translate(_WORDS).split())  # several times as fast
    for word in [word for word in found if word[0] in _DIGITS]:
        found[word.lstrip(_DIGITS)] += found.pop(word)
    del found[""]
    return found


def _private(text: str) -> Iterator[str]:
    """Yield the private functions and classes that `text` defines."""
    for word in ("def _", "class _"):
        at = text.find(word)
        while at >= 0:
            before = text[text.rfind("\n", 0, at) + 1 : at].lstrip(" \t")
            if before in ("", "async ") and (made := _PRIVATE.match(text, at)):
                yield made[1]
            at = text.find(word, at + 1)


def _calls(text: str, name: str) -> Iterator[int]:
    """Yield where the brackets of the calls of `name` open. To look for few names is faster than to note all."""
    at = text.find(f"{name}(")
    while at >= 0:
        if not at or not _WORD.match(text, at - 1):
            yield at + len(name)
        at = text.find(f"{name}(", at + 1)


def masked(lines: list[str]) -> list[str]:
    """Return the lines without what stands in strings and comments."""
    text = re.sub(r"\"{3}(?:[^\"]|\"(?!\"\"))*(?:\"{3}|$)|'{3}(?:[^']|'(?!''))*(?:'{3}|$)", _blank, "\n".join(lines))
    text = re.sub(r"(?<![fF])(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')|#[^\n]*", '""', text)
    return text.split("\n")


def _blank(match: re.Match[str]) -> str:
    return '""' + "\n" * match[0].count("\n")


def split(given: str) -> tuple[str, ...]:
    """Return the arguments in `given`, the text between a call's brackets."""
    out, depth, start, quote = [], 0, 0, ""
    for at, char in enumerate(given):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and not depth:
            out.append(given[start:at].strip())
            start = at + 1
    out.append(given[start:].strip())
    return tuple(part for part in out if part)


@lru_cache(maxsize=1 << 11)
def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of a line, strings and comments whole."""
    return tuple(TOKEN.findall(text))


@lru_cache(maxsize=1 << 11)
def roots(text: str) -> tuple[str, ...]:
    """Return the names in `text` that have to be bound somewhere: no attributes, keywords of calls, or keywords."""
    words = tokens(text)
    out = []
    for at, word in enumerate(words):
        if not word.isidentifier() or word in KEYWORDS:
            continue
        if at and (words[at - 1] == "." or words[at - 1] in ("def", "class", "import")):
            continue
        after = words[at + 1 : at + 3]
        if after[:1] == ("=",) and after[1:] != ("=",) and at and words[at - 1] in "(,":
            continue
        out.append(word)
    return tuple(out)


_LAMBDA = re.compile(r"\blambda ([^:]*):")


@lru_cache(maxsize=1 << 11)
def binds(text: str) -> tuple[str, ...]:
    """Return the names that a line binds, as far as one sees without parsing."""
    found = _targets(text)
    if "lambda " in text:
        found += [name for taken in _LAMBDA.findall(text) for name in _FIRST.findall(re.sub(r"=[^,]*", "", taken))]
    if made := _MAKES.match(text):
        found += _FIRST.findall(re.sub(r"\w+ as |[\w.]+ import", "", next(part for part in made.groups() if part)))
    return (*[name for name in found if name not in KEYWORDS], *(_WALRUS.findall(text) if " :=" in text else ()))


def _targets(line: str) -> list[str]:
    """Return what a line gives values to: assignments, loops, `as`. Mostly it does not, and looking is quicker."""
    if "for " in line or "as " in line:
        groups = [next(part for part in match.groups() if part) for match in _BINDS.finditer(line)]
        return [name for group in groups for name in _FIRST.findall(group)]
    assigned = _ASSIGNS.match(line) if "=" in line else None
    return _FIRST.findall(assigned[1]) if assigned else []


def _header(body: list[str]) -> int:
    """Return the number of lines of the function's header."""
    return next((at + 1 for at, line in enumerate(body[:20]) if line.rstrip().endswith(":")), 0)


def _depth(lines: list[str]) -> int:
    """Return the indentation of the last line; in an empty one, what the code before it leads to."""
    if lines[-1].strip() or lines[-1]:
        return _indent(lines[-1])
    last = next((line for line in reversed(lines[-40:-1]) if line.strip()), "")
    return _indent(last) + 4 * last.split("#")[0].rstrip().endswith((":", "(", "[", "{"))


def _enclosing(lines: list[str], indent: int) -> tuple[str | None, int | None, list[str], tuple[str, ...]]:
    """Return (name, index of its line, parameters, starred ones) of the innermost function around the last line."""
    least = indent
    for at in range(len(lines) - 2, max(len(lines) - 2 - _BODY, -1), -1):
        line = lines[at]
        if not line.strip():
            continue
        if _indent(line) < least:
            if (match := _DEF.match(line.lstrip())) is not None:
                header = "\n".join(lines[at : at + 20])
                parameters, splats = _parameters(header[header.find("(") + 1 :])
                return match[1], at, parameters, splats
            least = _indent(line) if not line.lstrip().startswith((")", "]", "}", "#")) else least
    return None, None, [], ()


def _parameters(header: str) -> tuple[list[str], tuple[str, ...]]:
    depth, end = 0, len(header)
    for at, char in enumerate(header):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            end = at
            break
    parts = split(header[:end].replace("\n", " "))
    names = [match[0] for part in parts if not part.startswith("*") and (match := _FIRST.match(part))]
    return names, tuple(match[0] for part in parts if (match := re.match(r"\*\*?[^\W\d]\w*", part)))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
