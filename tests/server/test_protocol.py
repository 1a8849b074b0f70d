"""The protocol's own corners that no client reaches on purpose."""

from concurrent.futures import Future
from typing import Any

from familiar_server.server import FamiliarServer


def test_an_answer_that_comes_too_late_harms_nothing() -> None:
    protocol: Any = FamiliarServer().protocol
    given_up: Future[None] = Future()
    given_up.cancel()
    protocol._request_futures["1"] = given_up
    protocol._handle_response("1", result=None)
    assert "1" not in protocol._request_futures
