"""How much the counts weigh beside the model: learned from lines that are typed by hand, kept, forgotten."""

import asyncio
from pathlib import Path

import pytest
from familiar_completion import models
from familiar_completion.blending import FIRST, LEAST, MOST, Asked, Blend, Weights, chance, typed
from familiar_completion.documents import Document
from familiar_completion.engine import Engine
from familiar_completion.runtime import Model

CODE = """import os
import sys
def total(order):
    amount = sum(item.price for item in order.items)
    rate = rate_of(order.currency)
    return amount * rate

def other(order):
    amount = sum(item.price for item in order.items)
    return amount
"""
DATA = b"a = 1\nvalue = compute(a)\n"


def asked(counts: dict[str, float], model: dict[str, float]) -> Asked:
    return Asked(6, DATA[:6], counts, model, True)


def test_who_was_right_weighs_more() -> None:
    blend = Blend(None)
    blend.learn(asked({"value = compute(a)": 0.1}, {"value = compute(a)": 0.9}), DATA)
    assert blend.weights.line < FIRST and blend.weights.within == FIRST and blend.weights.seen == 1
    for _ in range(1000):
        blend.learn(asked({}, {"value = compute(a)": 0.9}), DATA)
    assert blend.weights.line == LEAST
    for _ in range(1000):
        blend.learn(asked({"value = compute(a)": 0.5}, {}), DATA)
    assert blend.weights.line == MOST


def test_equal_chances_and_lines_that_neither_named_teach_nothing() -> None:
    blend = Blend(None)
    blend.learn(asked({"x": 0.5}, {"y": 0.5}), DATA)
    assert blend.weights == Weights()
    blend.learn(asked({"value = compute(a)": 0.3}, {"value = compute(a)": 0.3}), DATA)
    assert abs(blend.weights.line - FIRST) < 1e-6


def test_a_place_that_is_gone_teaches_nothing() -> None:
    assert typed(asked({}, {}), DATA) == "value = compute(a)"
    assert typed(asked({}, {}), b"b = 2\nvalue = compute(a)\n") is None
    assert typed(asked({}, {}), b"a = 1\n\n") is None
    assert chance({"value = compute(a)\nmore": 0.2, "value = compute(a)": 0.3, "no": 0.4}, "value = compute(a)") == 0.5


def test_what_was_not_typed_by_hand_teaches_nothing() -> None:
    document = Document(DATA[:6], 1)
    document.asked = asked({}, {})
    document.edit(2, [(6, 6, b"v")])
    assert document.asked is not None
    document.edit(3, [(7, 7, b"alue = compute(a)")])
    assert document.asked is None


def test_what_was_learned_is_kept_and_can_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "one.mixing"
    blend = Blend(path)
    for _ in range(10):
        blend.learn(asked({}, {"value = compute(a)": 0.9}), DATA)
    assert Blend(path).weights == blend.weights != Weights()
    path.unlink()
    blend.keep()
    assert Blend(path).weights == Weights()
    path.write_text("{broken")
    assert Blend(path).weights == Weights()


@pytest.mark.model
def test_lines_typed_by_hand_teach_the_engine(tmp_path: Path) -> None:
    """With the embedded weights: lines that the repository holds again are typed, and the counts named them."""

    async def scenario() -> tuple[Weights, bytes]:
        model = Model(models.WEIGHTS)
        engine = Engine(tmp_path, model, learned=tmp_path / "learned.mixing")
        try:
            await model.start()
            await engine.sources.index()
            engine.put("b.py", 1, b"")
            version, at = 1, 0
            for line in CODE.splitlines()[:6]:
                await engine.complete("b.py", at, version, wait=20.0)
                for key in [*line, "\n"]:
                    version, at = version + 1, at + 1
                    engine.edit("b.py", version, [(at - 1, at - 1, key.encode())])
            return engine.blend.weights, engine.documents["b.py"].data
        finally:
            await model.close()

    (tmp_path / "a.py").write_text(CODE)
    weights, data = asyncio.run(scenario())
    assert data.decode() == "".join(f"{line}\n" for line in CODE.splitlines()[:6])
    assert weights.seen >= 1 and weights != Weights()
