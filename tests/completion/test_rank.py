"""Which candidates are shown, in which order."""

from familiar_completion.rank import UNKNOWN, UNLIKELY, choose
from familiar_completion.values import Source, Suggestion


def made(text: str, score: float, source: Source = "counts") -> Suggestion:
    return Suggestion(text, 0, 0, score, source)


def texts(*counts: Suggestion, model: tuple[Suggestion, ...] = (), n: int = 3, weight: float = 1.0) -> list[str]:
    return [item.text for item in choose(counts, model, 0.05, n, weight)[0]]


def test_the_likeliest_first_and_no_more_than_asked_for() -> None:
    assert texts(made("a", 0.2), made("b", 0.4), made("c", 0.3), n=2) == ["b", "c"]


def test_alternatives_differ_in_more_than_what_closes_them() -> None:
    found = texts(
        made("load(path)", 0.5), made("load( path", 0.4), made("load(path):", 0.3), made("load(path, 1)", 0.2)
    )
    assert found == ["load(path)", "load(path, 1)"]


def test_twin_a_longer_text_is_an_alternative() -> None:
    assert texts(made("load(path)", 0.5), made("load(path).read()", 0.4)) == ["load(path)", "load(path).read()"]


def test_what_both_say_is_said_by_both() -> None:
    [item] = choose([made("a", 0.5)], [made("a", 0.3, "model")], 0.05, 3, 0.8)[0]
    assert (item.score, item.source) == (0.4, "both")


def test_why_there_is_nothing() -> None:
    assert choose([made("a", 0.01)], [], 0.05, 3) == ((), UNLIKELY)
    assert choose([], ["the model says why"], 0.05, 3) == ((), "the model says why")
    assert choose([], [], 0.05, 3) == ((), UNKNOWN)
