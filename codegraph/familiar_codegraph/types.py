"""What an expression can evaluate to: a set of values, and whether that set is all of them."""

from collections.abc import Iterable
from typing import NamedTuple

from familiar_codegraph.values import Via


class Value(NamedTuple):
    """One thing that an expression may evaluate to.

    kind       path, name
    module     file, ""                          package     folder of a namespace package, ""
    class      file, qualname of its scope       instance    the same: an instance of that class
    function   file, qualname of its scope; `bound` is what it was read from
    outside    "", dotted name: something of another package
    made       "", dotted name of a class of another package: an instance of it; "?" when which is not known
    method     "", dotted name: a method of a `made` value; `args` are those of the value

    `args` are the element types of containers: list and the like (element,), dict (key, value), tuple one each.
    """

    kind: str
    path: str = ""
    name: str = ""
    args: tuple["Types", ...] = ()
    bound: "Value | None" = None


class Types(NamedTuple):
    """`complete` is False when the expression may evaluate to something else too."""

    values: tuple[Value, ...] = ()
    complete: bool = True
    via: Via = "inferred"


UNKNOWN = Types((), False)
NOTHING = Types((), True)
OUTSIDE = Types((Value("made", name="?"),))


def one(value: Value, via: Via = "inferred") -> Types:
    return Types((value,), True, via)


def made(name: str, *args: Types) -> Types:
    return Types((Value("made", name=name, args=args),))


def union(parts: Iterable[Types]) -> Types:
    """Return the values of all parts, in order; complete only when every part is."""
    values: dict[Value, None] = {}
    complete, via = True, None
    for part in parts:
        values.update(dict.fromkeys(part.values))
        complete = complete and part.complete
        via = part.via if via is None and part.values else via
    return Types(tuple(values), complete, via or "inferred")
