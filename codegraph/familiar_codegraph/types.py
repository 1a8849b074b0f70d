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
    var, typevar  "", file and name: a type variable, see `generics`

    `args` are the element types of containers: list and the like (element,), dict (key, value), tuple one each.
    """

    kind: str
    path: str = ""
    name: str = ""
    args: tuple["Types", ...] = ()
    bound: "Value | None" = None


class Types(NamedTuple):
    """`complete` is 0 when the expression may evaluate to something else too, 1 when it cannot, and `ASSUMED` when it
    does not as far as the calls of this repository show. Combine two with `min`."""

    values: tuple[Value, ...] = ()
    complete: float = 1
    via: Via = "inferred"


ASSUMED = 0.5
UNKNOWN = Types((), 0)
NOTHING = Types((), 1)
OUTSIDE = Types((Value("made", name="?"),))


def one(value: Value, via: Via = "inferred") -> Types:
    return Types((value,), 1, via)


def made(name: str, *args: Types) -> Types:
    return Types((Value("made", name=name, args=args),))


def union(parts: Iterable[Types]) -> Types:
    """Return the values of all parts, in order; complete only when every part is."""
    values: dict[Value, None] = {}
    complete, via = 1.0, None
    for part in parts:
        values.update(dict.fromkeys(part.values))
        complete = min(complete, part.complete)
        via = part.via if via is None and part.values else via
    return Types(tuple(values), complete, via or "inferred")
