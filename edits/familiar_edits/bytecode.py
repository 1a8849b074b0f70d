"""Compile a file before and after: the code objects must be equal under the map of names.

CPython's compiler has decided for every plain name whether it is a local, a cell, a free variable or a global. So two
things together prove, without running anything, that no plain name of the file was missed, captured or merged:
instruction by instruction the operations are the same, and within each namespace (a function's variables, a class
body's, the module's globals with the builtins) the pairs (name before, name after) are a one-to-one map.

Not known here: what an attribute, a keyword or a string means; there any name of the map may change.
"""

import dis
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, compress
from types import CodeType
from typing import Any, NamedTuple

import msgspec

_WORD = re.compile(r"\w+|\W")
_GLOBAL_OPS = ("LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL")
_NAME_OPS = ("LOAD_NAME", "STORE_NAME", "DELETE_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_VARIABLE_OP = re.compile(r"FAST|DEREF|CLOSURE|MAKE_CELL")
_LAYOUT_OPS = ("MAKE_CELL", "LOAD_CLOSURE", "COPY_FREE_VARS", "EXTENDED_ARG")


class Difference(msgspec.Struct, frozen=True):
    """Where the meaning changed: 1-based line of the file before, and what happened, as half a sentence."""

    line: int
    what: str


class _Pair(NamedTuple):
    """One name at one instruction, before and after, in the namespace that it is looked up in."""

    space: tuple[str, ...]
    before: str
    after: str
    line: int


class _Op(NamedTuple):
    name: str
    argument: Any
    line: int
    is_jump: bool


@lru_cache(maxsize=256)
def compiled(data: bytes, path: str) -> CodeType | SyntaxError:
    """Return the file's code object, or the error. Warnings of the compiler are the user's own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return compile(data, path, "exec", dont_inherit=True, optimize=0)
        except SyntaxError as error:
            return error
        except ValueError as error:  # null bytes
            return SyntaxError(str(error))


def difference(before: CodeType, after: CodeType, names: dict[str, str]) -> Difference | None:
    """Return the first place where `after` does not mean what `before` does, `names` mapping old names to new."""
    if _difference(_Walk(names, by_line=False), before, after) is None:
        return None
    return _difference(_Walk(names, by_line=True), before, after)


def _difference(walk: "_Walk", before: CodeType, after: CodeType) -> Difference | None:
    try:
        walk.code(before, after, ())
        walk.one_to_one()
    except _Found as found:
        return found.difference
    return None


class _Found(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.difference = Difference(line, what)


class _Walk:
    """Where the instructions are the same to the byte, their names are compared by number alone; only `by_line` reads
    each instruction with its line, which takes many times as long and is asked for when something was found."""

    def __init__(self, names: dict[str, str], *, by_line: bool) -> None:
        self.names, self.by_line = names, by_line
        self.pairs: list[_Pair] = []

    def code(self, before: CodeType, after: CodeType, space: tuple[str, ...]) -> None:
        """Compare two code objects and, in order, those nested in them; collect the names' pairs."""
        if before == after and not _speaks_of(before, [*self.names, *self.names.values()]):
            return
        line = before.co_firstlineno
        here = (*space, f"{before.co_name}:{line}")
        self._same(before.co_name, after.co_name, line)
        shape = ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_flags")
        if any(getattr(before, field) != getattr(after, field) for field in shape):
            raise _Found(line, f"the parameters or the kind of {before.co_name} change")
        for field in ("co_varnames", "co_cellvars", "co_freevars"):
            self._variables(getattr(before, field), getattr(after, field), here, line)
        if not self.by_line and before.co_code == after.co_code:
            return self._by_number(before, after, here)
        first, second = list(_operations(before)), list(_operations(after))
        stored = _stored(first), _stored(second)
        for one, other in zip(first, second, strict=False):
            if one.name != other.name:
                raise _Found(one.line, self._changed(one, other))
            if not one.is_jump:
                self._argument(one, other, here, stored)
        jumps = [[op.argument for op in operations if op.is_jump] for operations in (first, second)]
        if len(first) != len(second) or jumps[0] != jumps[1]:
            raise _Found(line, f"{before.co_name} compiles to other instructions")
        return None

    def _by_number(self, before: CodeType, after: CodeType, here: tuple[str, ...]) -> None:
        """Compare two code objects of the same instructions: names, variables and constants of one number belong
        together."""
        line = before.co_firstlineno
        tables = [(_variables(code), code.co_names, code.co_consts) for code in (before, after)]
        if [*map(len, tables[0])] != [*map(len, tables[1])]:
            raise _Found(line, f"{before.co_name} compiles to other instructions")
        for a, b in zip(_variables(before), _variables(after), strict=True):
            self._pair(here, a, b, line)
        for a, b in zip(before.co_names, after.co_names, strict=True):
            self._same(a, b, line)
        of_module, plain, stored = _numbers(before)
        for number in of_module:
            self._pair((), before.co_names[number], after.co_names[number], line)
        first, second = ({code.co_names[n] for n in stored} for code in (before, after))
        for number in plain:
            a, b = before.co_names[number], after.co_names[number]
            inside = len(here) > 1 and a in first
            if inside != (len(here) > 1 and b in second):
                raise _Found(line, f"{a} and {b} are looked up in different scopes")
            self._pair(here if inside else (), a, b, line)
        for x, y in zip(before.co_consts, after.co_consts, strict=True):
            if isinstance(x, CodeType) and isinstance(y, CodeType):
                self.code(x, y, here)
            else:
                self._same(x, y, line)

    def _argument(self, one: _Op, other: _Op, here: tuple[str, ...], stored: tuple[set[str], set[str]]) -> None:
        a, b = one.argument, other.argument
        if isinstance(a, CodeType) and isinstance(b, CodeType):
            return self.code(a, b, here)
        if one.name.startswith(_GLOBAL_OPS):
            return self._pair((), a, b, one.line)
        if one.name.startswith(_NAME_OPS):
            in_class = len(here) > 1
            inside = in_class and a in stored[0], in_class and b in stored[1]
            if inside[0] != inside[1]:
                raise _Found(one.line, f"{a} and {b} are looked up in different scopes")
            return self._pair(here if inside[0] else (), a, b, one.line)
        if _VARIABLE_OP.search(one.name) and a is not None:
            names = (a, b) if isinstance(a, tuple) else ((a,), (b,))
            for x, y in zip(*names, strict=True):
                self._pair(here, str(x), str(y), one.line)
            return None
        self._same(a, b, one.line)
        return None

    def _variables(self, before: tuple[str, ...], after: tuple[str, ...], here: tuple[str, ...], line: int) -> None:
        """Variables of a function; cells and free variables stand in alphabetical order, so as sets under the map."""
        gone, come = sorted(set(before) - set(after)), sorted(set(after) - set(before))
        if len(before) > len(after) and (merged := set(self.names.values()) & set(before)):
            raise _Found(line, f"{min(merged)} already means something else in the same scope")
        if len(before) != len(after) or len(gone) != len(come):
            raise _Found(line, f"the variables of {here[-1].rpartition(':')[0]} change")
        for a, b in zip(gone, come, strict=True):
            self._pair(here, a, b, line)

    def _pair(self, space: tuple[str, ...], before: Any, after: Any, line: int) -> None:
        self._same(before, after, line)
        self.pairs.append(_Pair(space, before, after, line))

    def _changed(self, one: _Op, other: _Op) -> str:
        a, b = one.argument, other.argument
        if isinstance(a, str) and isinstance(b, str):
            return f"{b} is no longer the same kind of variable that {a} was"
        named = [name for name in (b, a) if name in (*self.names.values(), *self.names)]
        return f"{named[0]} no longer means the same" if named else "the line compiles to other instructions"

    def _same(self, before: Any, after: Any, line: int) -> None:
        if before is not after and not self._allowed(before, after):
            raise _Found(line, f"{before!r} becomes {after!r}"[:200])

    def _allowed(self, before: Any, after: Any) -> bool:
        if type(before) is not type(after):
            return False
        if isinstance(before, str):
            return before == after or self._renamed(before, after)
        if isinstance(before, bytes):
            return before == after or self._renamed(before.decode("latin-1"), after.decode("latin-1"))
        if isinstance(before, tuple):
            return len(before) == len(after) and all(map(self._allowed, before, after))
        if isinstance(before, frozenset):
            gone, come = sorted(map(str, before - after)), sorted(map(str, after - before))
            return len(gone) == len(come) and all(map(self._allowed, gone, come))
        if isinstance(before, CodeType):
            return False
        return bool(before == after) or repr(before) == repr(after)  # repr: NaN

    def _renamed(self, before: str, after: str) -> bool:
        """Whether `after` is `before` with some whole words mapped (strings, dotted names, mangled names)."""
        first, second = _WORD.findall(before), _WORD.findall(after)
        return len(first) == len(second) and all(map(self._word, first, second))

    def _word(self, before: str, after: str) -> bool:
        if before == after or self.names.get(before) == after:
            return True
        return any(after in _mangled(before, old, new) for old, new in self.names.items())

    def one_to_one(self) -> None:
        """Raise when two names of one namespace became one, or one became two."""
        forth: dict[tuple[tuple[str, ...], str], _Pair] = {}
        back: dict[tuple[tuple[str, ...], str], _Pair] = {}
        for pair in self.pairs:
            known = forth.setdefault((pair.space, pair.before), pair)
            if known.after != pair.after:
                missed = pair if pair.after == pair.before else known
                there = (known if missed is pair else pair).line
                raise _Found(missed.line, f"{missed.before} is renamed on line {there} but not here")
            known = back.setdefault((pair.space, pair.after), pair)
            if known.before != pair.before:
                other = pair if pair.before == pair.after else known
                raise _Found(other.line, f"{pair.after} already means something else in the same scope")


def _speaks_of(code: CodeType, words: list[str]) -> bool:
    """Whether any name of the code, or of what is nested in it, holds one of `words`: only such names can clash."""
    names = (code.co_name, *code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars)
    if any(word in name for name in names for word in words):
        return True
    return any(isinstance(inner, CodeType) and _speaks_of(inner, words) for inner in code.co_consts)


def _mangled(before: str, old: str, new: str) -> Iterator[str]:
    """Yield what a private name such as `_Class__name` becomes when the class or the name is renamed."""
    prefix = f"_{old.lstrip('_')}__"
    if before.startswith(prefix):
        yield f"_{new.lstrip('_')}__{before.removeprefix(prefix)}"
    if old.startswith("__") and before.startswith("_") and before.endswith(old):
        yield before.removesuffix(old) + new


def _variables(code: CodeType) -> list[str]:
    """Return the variables of a code object in the order of their numbers."""
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return [*code.co_varnames, *cells, *code.co_freevars]


def _numbers(code: CodeType) -> tuple[set[int], set[int], set[int]]:
    """Return which of the code's names are looked up in the module alone, which are looked up as a module's or a class
    body's, and which of these are bound."""
    of_module, plain, stored = set[int](), set[int](), set[int]()
    raw, extended = code.co_code, 0
    for operation, argument in zip(raw[::2], raw[1::2], strict=True):
        number = extended << 8 | argument
        name = dis.opname[operation]
        if name == "EXTENDED_ARG":
            extended = number
            continue
        extended = 0
        if name in _GLOBAL_OPS:
            of_module.add(number >> 1 if name == "LOAD_GLOBAL" else number)
        elif name in _NAME_OPS:
            plain.add(number)
            if name.startswith(("STORE_NAME", "DELETE_NAME")):
                stored.add(number)
    return of_module, plain, stored


def _stored(operations: Iterable[_Op]) -> set[str]:
    return {op.argument for op in operations if op.name.startswith(("STORE_NAME", "DELETE_NAME"))}


def _operations(code: CodeType) -> Iterator[_Op]:
    """Yield what the code does, without what only the alphabet decides: cells, closures, and jump distances."""
    instructions = list(dis.get_instructions(code))
    kept = [instruction.opname not in _LAYOUT_OPS for instruction in instructions]
    counts = [0, *accumulate(kept)]
    number = {instruction.offset: count for instruction, count in zip(instructions, counts, strict=False)}
    line = code.co_firstlineno
    for instruction in compress(instructions, kept):
        line = (instruction.positions.lineno if instruction.positions else None) or line
        argument = instruction.argval
        is_jump = instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs
        yield _Op(instruction.opname, number.get(argument) if is_jump else argument, line, is_jump)
