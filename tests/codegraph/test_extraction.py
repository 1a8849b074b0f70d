"""How many processes read a repository."""

import os

import pytest
from familiar_codegraph import extraction


@pytest.mark.parametrize(
    ("average", "running", "free"),
    [(50.0, 0, 4), (50.0, 3, 1), (0.2, 3, 4), (1.9, 1, 3), (50.0, 90, 1)],
    ids=["our own work of the last minute", "busy", "just now only", "one other", "very busy"],
)
def test_a_core_is_busy_when_it_was_and_still_is(
    average: float, running: int, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (average, average, average), raising=False)
    monkeypatch.setattr(extraction, "_others_running", lambda: running)
    monkeypatch.setattr(extraction, "cores", lambda: 4)
    assert extraction.free_cores() == free
