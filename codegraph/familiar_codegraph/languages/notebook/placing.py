"""Moves facts from the code of a notebook to the file that holds it."""

from typing import Any, TypeVar

import msgspec

from familiar_codegraph import facts as f
from familiar_codegraph.languages.notebook.cells import Source

T = TypeVar("T", bound=f.Row)


def placed(facts: f.FileFacts, source: Source, data: bytes) -> f.FileFacts:
    """Return the facts of the code with every offset where it stands in `data`, and what is wrong with the notebook."""

    def moved(row: T) -> T:
        place: dict[str, Any] = {"start": source.place(row.start)}  # type: ignore[attr-defined]
        if hasattr(row, "end"):
            place["end"] = source.end(row.end)
        return msgspec.structs.replace(row, **place)

    whole = msgspec.structs.replace(facts.scopes[0], start=0, end=len(data))
    broken = (f.Problem(0, 0, source.problem),) if source.problem else ()
    return msgspec.structs.replace(
        facts,
        scopes=(whole, *(moved(row) for row in facts.scopes[1:])),
        uses=tuple(moved(row) for row in facts.uses),
        binds=tuple(msgspec.structs.replace(row, block_end=source.end(row.block_end)) for row in facts.binds),
        defs=tuple(moved(row) for row in facts.defs),
        imports=tuple(moved(row) for row in facts.imports),
        narrows=tuple(moved(row) for row in facts.narrows),
        strings=tuple(moved(row) for row in facts.strings),
        loops=tuple((source.place(start), source.end(end)) for start, end in facts.loops),
        problems=(*broken, *(_named(row, moved(row), data) for row in facts.problems)),
        lines=data.count(b"\n") + (not data.endswith(b"\n") and bool(data)),
    )


def _named(row: f.Problem, moved: f.Problem, data: bytes) -> f.Problem:
    """A syntax error's line is that of the file."""
    head, found, _ = row.message.partition(" in line ")
    line = data.count(b"\n", 0, moved.start) + 1
    return msgspec.structs.replace(moved, message=f"{head}{found}{line}" if found else row.message)
