"""A newer request goes on with the generation of the one that it replaces, as long as typing agrees with it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from familiar_completion import models
from familiar_completion.engine import SUPERSEDED, Engine
from familiar_completion.pending import Said
from familiar_completion.runtime import Model
from familiar_completion.values import Answer

BEFORE = b"def total(order):\n    amount = "


def candidate(text: str, chance: float) -> dict[str, Any]:
    return {"text": text, "chance": chance, "own": chance, "ended": True}


class Slow(Model):
    """A model that says `so_far`, thinks, and then gives `candidates` or what `anew` holds for the next request."""

    def __init__(self, so_far: Sequence[str], candidates: Sequence[dict[str, Any]]) -> None:
        super().__init__(Path("slow.gguf"))
        self.state, self.so_far, self.candidates = "ready", so_far, candidates
        self.asked, self.ended = 0, 0

    async def complete(self, request: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
        self.asked += 1
        if self.asked > 1:
            return {"candidates": [candidate("anew()", 0.9)], "cold": False}
        assert said
        said(self.so_far)
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            self.ended += 1
            raise
        return {"candidates": list(self.candidates), "cold": False}

    async def idle(self, request: dict[str, Any]) -> None:
        return None


BOTH = [candidate("sum_of(order.items)", 0.5), candidate("count(order)", 0.3)]

CASES = {
    "nothing is said yet": ((), "sum", "_of(order.items)", 1),
    "what is said begins with what is typed": (("sum_of(or",), "sum_", "of(order.items)", 1),
    "what is typed goes beyond what is said": (("su",), "sum_of", "(order.items)", 1),
    "the second of two is typed": (("sum_of", "count"), "cou", "nt(order)", 1),
    "what is said is contradicted": (("sum_of(or",), "max", "anew()", 2),
    "what comes later is contradicted": ((), "max", "anew()", 2),
    "a new line begins": (("sum_of(or",), "sum_\n    of", "anew()", 2),
}


@pytest.mark.parametrize("name", CASES)
def test_typing_while_the_model_writes(name: str) -> None:
    so_far, typed, rest, asked = CASES[name]

    async def scenario() -> None:
        model = Slow(so_far, BOTH)
        engine = Engine(None, model, counting=False)
        engine.put("a.py", 1, BEFORE)
        older = asyncio.create_task(engine.complete("a.py", len(BEFORE), 1))
        await asyncio.sleep(0.01)
        engine.edit("a.py", 2, [(len(BEFORE), len(BEFORE), typed.encode())])
        answer = await engine.complete("a.py", len(BEFORE) + len(typed), 2)
        assert (await older).silence == SUPERSEDED
        assert answer.suggestions[0].text == rest
        assert model.asked == asked
        assert model.ended == (asked == 2 and so_far != ())

    asyncio.run(scenario())


def test_what_is_contradicted_leaves_its_chance_to_the_others() -> None:
    async def scenario() -> Answer:
        engine = Engine(None, Slow((), BOTH), counting=False)
        engine.put("a.py", 1, BEFORE)
        older = asyncio.create_task(engine.complete("a.py", len(BEFORE), 1))
        await asyncio.sleep(0.01)
        older.cancel()  # as a client does that gives a request up
        await asyncio.sleep(0.06)
        engine.edit("a.py", 2, [(len(BEFORE), len(BEFORE), b"count")])
        return await engine.complete("a.py", len(BEFORE) + 5, 2)

    answer = asyncio.run(scenario())
    assert [(item.text, item.score) for item in answer.suggestions] == [("(order)", 0.6)]


def test_an_answer_that_was_given_is_not_given_again() -> None:
    async def scenario() -> Slow:
        model = Slow((), [candidate("unlikely()", 0.01)])
        engine = Engine(None, model, counting=False)
        engine.put("a.py", 1, BEFORE)
        assert not (await engine.complete("a.py", len(BEFORE), 1)).suggestions
        engine.edit("a.py", 2, [(len(BEFORE), len(BEFORE), b"u")])
        await engine.complete("a.py", len(BEFORE) + 1, 2)
        return model

    assert asyncio.run(scenario()).asked == 2


class Recorder(Model):
    """The real worker, and how often it was asked."""

    asked = 0

    async def complete(self, request: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
        self.asked += 1
        return await super().complete(request, said)


@pytest.mark.model
def test_the_embedded_model_is_asked_once_while_its_line_is_typed() -> None:
    pytest.importorskip("llama_cpp")
    text = b"class Missing(Exception):\n    def __init__(self, path):\n        super()."

    async def scenario() -> None:
        model = Recorder(models.WEIGHTS)
        engine = Engine(None, model, counting=False, least=0.0)
        try:
            await model.start()
            assert model.ready, model.why
            engine.put("a.py", 1, text)
            whole: str = (await engine.complete("a.py", len(text), 1, wait=10.0)).suggestions[0].text
            engine.put("b.py", 1, text)
            asked = model.asked
            older = asyncio.create_task(engine.complete("b.py", len(text), 1, wait=10.0))
            await asyncio.sleep(0)
            for at, char in enumerate(whole[:3]):
                place = len(text) + at
                engine.edit("b.py", 2 + at, [(place, place, char.encode())])
                newer = asyncio.create_task(engine.complete("b.py", place + 1, 2 + at, wait=10.0))
                await asyncio.sleep(0)
            answer = await newer
            assert (await older).silence == SUPERSEDED
            assert answer.suggestions[0].text == whole[3:]
            assert model.asked == asked + 1
        finally:
            await model.close()

    asyncio.run(scenario())
