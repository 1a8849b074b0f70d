"""Where the last tokens of a context stand: the same as a plain search says, and found with fewer."""

import pytest
from familiar_completion import occurrences
from familiar_completion.occurrences import Occurrences
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text(alphabet="ab", max_size=60)
ASKED = st.lists(st.tuples(st.integers(1, 24), st.integers(1, 6)), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, ASKED)
def test_places_are_those_of_a_plain_search(text: str, context: str, asked: list[tuple[int, int]]) -> None:
    """Whatever was asked before: for each number of tokens and each limit, the last places first."""
    places = Occurrences(text, context)
    for order, limit in asked:
        every = [at for at in range(len(text), -1, -1) if text[:at].endswith(context[-order:])]
        assert places.ends(order, limit) == (every[:limit] if order <= len(context) else [])


def test_places_of_longer_contexts_are_picked_from_those_of_a_shorter_one(monkeypatch: pytest.MonkeyPatch) -> None:
    searched, plain = [], occurrences.ends
    monkeypatch.setattr(occurrences, "ends", lambda text, needle: searched.append(needle) or plain(text, needle))
    places = Occurrences("so many words before: abcdefgh and abcdefgh", "words that differ: abcdefgh")
    assert [len(places.ends(order, 40)) for order in (14, 12, 8, 6, 4, 3)] == [0, 0, 2, 2, 2, 2]
    assert searched == ["fgh"]
