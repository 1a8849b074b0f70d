"""Ask the edit process from an asyncio loop: a process for each request, ended whole when the request is cancelled."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from familiar_codegraph.home import log_dir
from familiar_codegraph.wire import Child

from familiar_edits.apply import Undone
from familiar_edits.process import Request
from familiar_edits.values import EditError, Proposal, Verify

Progress = Callable[[str, int], None]
_T = TypeVar("_T")


async def propose(request: Request, progress: Progress | None = None) -> Proposal:
    """Return the proposal for `request`; `progress` is told (message, percentage).

    Cancelling the awaiting task ends the edit process and everything that it has started.

    Raises:
        EditError: something that the user can mend (see `process.propose`).
        ChildError, ChildGone: the edit process failed or died.
    """

    def told(name: str, value: Any) -> None:
        if progress and name == "progress":
            progress(value["message"], value["percentage"])

    return await _ask("propose", msgspec.structs.asdict(request), Proposal, told)


async def apply(proposal: Proposal, level: Verify) -> Proposal:
    """Apply a proposal to the disk; see `process.apply_proposal`."""
    params = {"proposal": msgspec.to_builtins(proposal), "verify": level}
    return await _ask("apply", params, Proposal)


async def undo(root: Path, entry_id: str | None = None) -> Undone:
    """Take back an applied change; see `apply.undo`."""
    return await _ask("undo", {"root": str(root), "id": entry_id}, Undone)


async def _ask(method: str, params: object, kind: type[_T], on_event: Callable[[str, Any], None] | None = None) -> _T:
    child = Child([sys.executable, "-P", "-m", "familiar_edits"], log=log_dir() / "edits.log")
    try:
        answer = await child.call(method, params, on_event=on_event)
    finally:
        await child.close()
    if "error" in answer:
        error = answer["error"]
        raise EditError(error["kind"], error["message"], error["do"])
    return msgspec.convert(answer["done"], kind)
