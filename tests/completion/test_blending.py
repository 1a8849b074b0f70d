"""How much the counts weigh beside the model: learned from lines that are typed by hand, kept, forgotten."""

from pathlib import Path

from familiar_completion.blending import FIRST, LEAST, MOST, Asked, Blend, Weights, chance, typed
from familiar_completion.documents import Document

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
