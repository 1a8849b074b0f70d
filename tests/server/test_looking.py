"""When the code graph is asked what stands around the cursor: rarely, and at once where typing may have changed it."""

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from familiar_codegraph.nearby import Nearby
from familiar_codegraph.surroundings import Surroundings
from familiar_server import looking
from support.aio import aio

ABOVE = "import shop\n\n\n"
KEY = 0.2
"""Seconds between two keys."""


class Repository:
    """A graph that knows the functions of `data`, by where they begin, and counts what it is asked."""

    def __init__(self) -> None:
        self.data, self.names, self.near, self.has_model = b"", list[int](), list[int](), True
        self.graph = SimpleNamespace(surroundings=self._surroundings, nearby=self._nearby, changed=self._changed)
        self.completion = SimpleNamespace(surround=self._take, near=self._take, changed=self._take)
        self.tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], _: str) -> None:
        self.tasks.add(asyncio.ensure_future(work))

    def _function(self, offset: int) -> tuple[int, int]:
        start = max(self.data.rfind(b"def ", 0, offset), 0)
        end = self.data.find(b"\n\n", start)
        return start, end if end >= 0 else len(self.data.rstrip())

    async def _surroundings(self, path: str, offset: int) -> Surroundings:
        self.names.append(offset)
        return Surroundings(path, *self._function(offset), {}, (), {}, False)

    async def _nearby(self, path: str, offset: int) -> Nearby:
        self.near.append(offset)
        return Nearby(path, *self._function(offset), (), ())

    async def _changed(self) -> None: ...
    async def _take(self, _: object) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    found = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(looking, "time", SimpleNamespace(monotonic=lambda: found.now))
    return found


async def asked(clock: SimpleNamespace, marked: str, below: str = "") -> tuple[str, str]:
    """Type `marked` but its marks, look at every key, and return it marked where names, and where code is asked for."""
    text = marked.replace("|", "")
    repository = Repository()
    eyes = looking.Looking(repository)  # type: ignore[arg-type]
    for size in range(len(text) + 1):
        repository.data = f"{ABOVE}{text[:size]}{below}".encode()
        eyes.at("m.py", repository.data, len(ABOVE) + size)
        await asyncio.gather(*repository.tasks)
        clock.now += KEY
    names, near = (
        "".join("|" * (len(ABOVE) + n in asked) + text[n : n + 1] for n in range(len(text) + 1))
        for asked in (repository.names, repository.near)
    )
    return names, near


NAMES = {
    "every three seconds at the end of a file": ("|def f(a):\n|    return aaaa|aaaaaaaaaaaaaaa|aaaa", ""),
    "the same at the end of a function": ("|def f(a):\n|    return aaaa|aaaaaaaaaaaaaaa|aaaa", "\n\ndef g(): ...\n"),
    "behind a dot there may be another receiver": ("|def f(a):\n|    a.|bc.|de", ""),
    "on another line there may be another name": ("|def f(a):\n|    b = 1\n|    c = 2\n|    d", ""),
}


@aio
@pytest.mark.parametrize("name", NAMES)
async def test_names_are_asked_for_where_there_may_be_others(name: str, clock: SimpleNamespace) -> None:
    text, below = NAMES[name]
    assert (await asked(clock, text, below))[0] == text


@aio
async def test_code_elsewhere_is_asked_for_in_another_function_and_every_ten_seconds(clock: SimpleNamespace) -> None:
    text = f"|def f(a):\n|    return {49 * 'a'}|aaaa\n\n\ndef g():\n|    b"
    assert (await asked(clock, text))[1] == text
