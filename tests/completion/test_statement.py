"""Statements to their end: lines follow until the brackets are closed."""

from familiar_completion.statement import finished
from familiar_completion.suggest import shape
from familiar_completion.values import Suggestion
from familiar_completion.view import View, look

DATA = b"def f(a, b):\n    x = \n    return x\n"
AT = DATA.index(b"x = ") + 4


def told(lines: dict[str, str]) -> tuple[list[str], object]:
    seen: list[str] = []

    def ranked(view: View) -> list[tuple[str, float]]:
        last = view.prefix.rstrip().rpartition("\n")[2].strip()
        seen.append(last)
        return [(lines[last], 0.5)] if last in lines else []

    return seen, ranked


def run(first: str, lines: dict[str, str]) -> tuple[Suggestion, ...]:
    _, ranked = told(lines)
    return finished("a.py", DATA, [Suggestion(first, AT, AT, 0.8, "counts")], ranked)  # type: ignore[arg-type]


def test_lines_follow_until_the_brackets_are_closed() -> None:
    (made,) = run("make(", {"x = make(": "first=a,", "first=a,": "second=b,", "second=b,": ")"})
    assert made.text == "make(\n        first=a,\n        second=b,\n    )"
    assert made.score == 0.1 and (made.start, made.end) == (AT, AT)


def test_a_line_that_is_closed_stays_alone() -> None:
    assert run("make(a)", {})[0].text == "make(a)"


def test_what_is_never_closed_stays_as_it_is() -> None:
    assert run("make(", {"x = make(": "first=a,"})[0].text == "make("


def test_what_can_be_carried_to_the_end_comes_first() -> None:
    _, ranked = told({})
    found = [Suggestion(text, AT, AT, 0.5, "counts") for text in ("make(", "other(a)")]
    assert [one.text for one in finished("a.py", DATA, found, ranked)] == ["other(a)", "make("]  # type: ignore[arg-type]


def test_a_models_statement_is_cut_where_its_brackets_close() -> None:
    view = look("a.py", DATA, AT)
    made = shape("make(\n        a,\n    )\n    more()\n", view, 0.5, "model", "statement")
    assert isinstance(made, Suggestion) and made.text == "make(\n        a,\n    )"
    one = shape("make(a)\n    more()\n", view, 0.5, "model", "statement")
    assert isinstance(one, Suggestion) and one.text == "make(a)"
