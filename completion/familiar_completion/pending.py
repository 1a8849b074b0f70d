"""A generation that nobody has had the answer of yet: where typing agrees with it, it is gone on with.

A request that is replaced by a newer one leaves its generation running. The newer request takes what is left of its
text if the characters typed since begin it, as far as it has come; the first character that contradicts it ends it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from familiar_completion.view import View

Said = Callable[[Sequence[str]], None]
"""Told now and then what the candidates say so far."""


class Pending:
    """One generation for the cursor of `view`, in a task of its own; `ask` starts it, and tells how far it has come."""

    def __init__(self, view: View, request: dict[str, Any], ask: Callable[[Said], Coroutine[Any, Any, Any]]) -> None:
        self._prefix, self._suffix, self._asked = view.prefix, view.suffix, (request["mode"], request["n"])
        self._so_far: Sequence[str] = ()
        self._typed = ""
        self.task: asyncio.Task[dict[str, Any]] = asyncio.ensure_future(ask(self._said))
        self.task.add_done_callback(lambda task: task.cancelled() or task.exception())  # perhaps nobody waits for it

    def follow(self, view: View, mode: str, n: int) -> bool:
        """Return whether what was typed up to the cursor of `view` may be what is being written; else end it."""
        self._typed = view.prefix[len(self._prefix) :]
        same = view.prefix.startswith(self._prefix) and view.suffix == self._suffix and self._asked == (mode, n)
        if same and "\n" not in self._typed and self._agrees():
            return True
        self.task.cancel()
        return False

    def rest(self) -> dict[str, Any] | None:
        """Return the answer without what was typed since; None where none of it begins so, or there is none.

        What was contradicted leaves its chance to the others.
        """
        if self.task.cancelled() or self.task.exception():
            return None
        answer = self.task.result()
        left = [one for one in answer["candidates"] if one["ended"] and one["text"].startswith(self._typed)]
        left = [one for one in left if len(one["text"]) > len(self._typed)]
        if not left:
            return None
        gone = sum(one["chance"] for one in answer["candidates"] if not one["text"].startswith(self._typed))
        share = max(1.0 - gone, sum(one["chance"] for one in left))
        return {**answer, "candidates": [self._shorter(one, share) for one in left]}

    def _shorter(self, one: dict[str, Any], share: float) -> dict[str, Any]:
        chances: dict[str, Any] = {name: min(one[name] / share, 1.0) for name in ("chance", "own") if name in one}
        return {**one, **chances, "text": one["text"][len(self._typed) :]}

    def _said(self, texts: Sequence[str]) -> None:
        self._so_far = texts
        if not self._agrees():
            self.task.cancel()

    def _agrees(self) -> bool:
        said, typed = self._so_far, self._typed
        return not said or any(text.startswith(typed) or typed.startswith(text) for text in said)
