"""Work-done progress with cancel, for work that the client began (its token) or that we began (a token of ours)."""

import asyncio
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer


class Progress:
    """`async with Progress(server, title) as progress: progress.report("half", 50)`; silent where clients want none."""

    def __init__(
        self,
        server: "FamiliarServer",
        title: str,
        *,
        token: types.ProgressToken | None = None,
        cancel: Callable[[], object] | None = None,
    ) -> None:
        self._server, self._title, self._cancel = server, title, cancel
        self._token, self._ours = token, token is None
        self._open = False

    async def __aenter__(self) -> "Progress":
        if self._ours:
            window = self._server.client_capabilities.window
            if not (window and window.work_done_progress):
                return self
            self._token = str(uuid.uuid4())
            create = types.WorkDoneProgressCreateParams(token=self._token)
            try:
                await asyncio.wait_for(self._server.window_work_done_progress_create_async(create), 1.0)
            except Exception:  # a client that does not answer, or answers with an error, gets no progress
                return self
        assert self._token is not None
        self._open = True
        if self._cancel:
            self._server.cancels[self._token] = self._cancel
        self._send(types.WorkDoneProgressBegin(title=self._title, cancellable=self._cancel is not None))
        return self

    def report(self, message: str, percentage: int | None = None) -> None:
        """Say how far the work is, `percentage` in 0..100."""
        if self._open:
            self._send(types.WorkDoneProgressReport(message=message, percentage=percentage))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            self._open = False
            assert self._token is not None
            self._server.cancels.pop(self._token, None)
            self._send(types.WorkDoneProgressEnd())

    def _send(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        assert self._token is not None
        self._server.progress(types.ProgressParams(token=self._token, value=value))
