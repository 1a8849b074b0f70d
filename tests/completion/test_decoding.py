"""What is decided around llama.cpp at each token: where a text ends, what may come, what is mixed in and drafted."""

from collections.abc import Sequence

import numpy as np
import pytest
from familiar_completion.automaton import BREAK, SuffixAutomaton
from familiar_completion.costs import Costs
from familiar_completion.drafting import Copied, Counted, Draft, Drafting, Lookup, Repeated, Worth
from familiar_completion.held import common
from familiar_completion.masks import Allowed, Vocabulary
from familiar_completion.mixing import Continuations, Sparse, mix
from familiar_completion.record import Record
from familiar_completion.stops import Stops, stops
from familiar_completion.values import Mode
from hypothesis import given, settings
from hypothesis import strategies as st

# ---------------------------------------------------------------- stops

ENDS: list[tuple[str, Mode, int, tuple[str, ...], str | None]] = [
    ("return x\nmore", "line", 0, (), "return x\n"),
    ("return x", "line", 0, (), None),
    ("a = 1\n    b = 2\nc = 3", "block", 4, (), "a = 1\n    b = 2\nc"),
    ("a = 1\n\n    b = 2\n\tc = 3\n  d", "block", 4, (), "a = 1\n\n    b = 2\n\tc = 3\n  d"),
    ("a\r\n    b", "block", 4, (), None),
    ("first END rest", "line", 0, ("END",), "first "),
    ("aab", "line", 0, ("ab",), "a"),
    ("abcabd", "line", 0, ("abd", "bcx"), "abc"),
    ("she", "line", 0, ("he", "she"), ""),
    ("x = '€' # END", "line", 0, ("", "€"), "x = '"),
]


@pytest.mark.parametrize(("text", "mode", "indent", "words", "kept"), ENDS)
def test_a_text_ends_where_its_condition_says(
    text: str, mode: Mode, indent: int, words: tuple[str, ...], kept: str | None
) -> None:
    """The same in one piece and byte by byte; None where it does not end."""
    for size in (1, 3, 1000):
        conditions = stops(mode, indent, words)
        states, seen, data, ended = conditions.start, b"", text.encode(), False
        for at in range(0, len(data), size):
            states, consumed = conditions.feed(states, data[at : at + size])
            if consumed is not None:
                seen, ended = Stops.cut(seen + consumed, states), True
                break
            seen += data[at : at + size]
        assert (seen.decode() if ended else None) == kept


@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4))
def test_words_end_a_text_before_their_first_end(text: str, words: list[str]) -> None:
    ends = [text.find(word) + len(word) for word in words if word in text]
    conditions = stops("line", 0, words)
    _, consumed = conditions.feed(conditions.start, text.encode())
    assert (None if consumed is None else len(consumed)) == min(ends, default=None)


# ---------------------------------------------------------------- masks

PIECES = [b"", b"a", b"app", b"append", b"append(", b"apple", b"b", b"end", b"\xff", b"\xff\xff"]


@given(st.lists(st.binary(max_size=3), max_size=30), st.binary(max_size=4))
def test_a_sorted_vocabulary_answers_like_a_search_through_all(pieces: list[bytes], data: bytes) -> None:
    vocabulary = Vocabulary(pieces)
    starts = {i for i, piece in enumerate(pieces) if piece and piece.startswith(data)}
    assert set(vocabulary.beginning_with(data).tolist()) == starts
    assert set(vocabulary.within(data)) == {i for i, piece in enumerate(pieces) if piece and data.startswith(piece)}


def test_only_tokens_on_the_way_to_an_allowed_text_may_come() -> None:
    allowed = Allowed(Vocabulary(PIECES), [b"append", b"apple"])

    def pieces(done: bytes) -> set[bytes] | None:
        tokens = allowed.tokens(done)
        return None if tokens is None else {PIECES[token] for token in tokens}

    assert pieces(b"") == {b"a", b"app", b"append", b"append(", b"apple"}
    assert pieces(b"app") == {b"end"}
    assert pieces(b"append") is None and pieces(b"append(") is None
    assert pieces(b"b") == set()


LETTERS = st.binary(min_size=1, max_size=3).map(lambda data: bytes(b"ab_(. "[byte % 6] for byte in data))
NAMES = st.lists(st.text("ab", min_size=0, max_size=4).map(str.encode), min_size=1, max_size=4)


@given(st.lists(LETTERS, max_size=30), NAMES, st.text("ab", max_size=4).map(str.encode))
def test_a_name_is_whole_or_on_the_way_to_one(pieces: list[bytes], names: list[bytes], done: bytes) -> None:
    """Against a search through all tokens: what `done` and a token make leads to a name, or is one and goes beyond."""
    vocabulary = Vocabulary([*pieces, b""], (len(pieces),))
    found = Allowed(vocabulary, names, names=True).tokens(done)

    def fits(text: bytes) -> bool:
        word = text[: next((at for at, byte in enumerate(text) if byte not in b"ab_"), len(text))]
        return word in names if word != text else any(name.startswith(text) for name in names)

    wanted = {token for token, piece in enumerate(pieces) if fits(done + piece)}
    assert found is not None and set(found.tolist()) == wanted | ({len(pieces)} if done in names else set())
    for name in names:
        assert Allowed(vocabulary, names, names=True).tokens(name + b"(") is None


# ---------------------------------------------------------------- mixing


def test_mixing_is_the_weighted_mean_of_probabilities() -> None:
    rng = np.random.default_rng(0)
    model = rng.random(50).astype(np.float32)
    model /= model.sum()
    tokens = np.array([3, 7])
    mixed = np.exp(mix(np.log(model), Sparse(tokens, np.log(np.array([0.75, 0.25], np.float32))), 0.4))
    expected = 0.6 * model
    expected[tokens] += 0.4 * np.array([0.75, 0.25])
    assert np.allclose(mixed, expected, atol=1e-5) and abs(mixed.sum() - 1) < 1e-4
    assert mix(np.log(model), Sparse(tokens, np.zeros(2, np.float32)), 0.0) is not None


def test_continuations_name_the_next_token_after_any_beginning() -> None:
    found = Continuations([("abc", 0.5), ("abd", 0.25), ("x", 0.25)], lambda text: [ord(text[0])])

    def after(done: bytes) -> dict[str, float] | None:
        sparse = found.after(done)
        pairs = None if sparse is None else zip(sparse.tokens, np.exp(sparse.logs), strict=True)
        return None if pairs is None else {chr(token): round(float(chance), 3) for token, chance in pairs}

    assert after(b"") == {"a": 0.75, "x": 0.25}
    assert after(b"ab") == {"c": 0.667, "d": 0.333}
    assert after(b"q") is None and after(b"abc") is None


# ---------------------------------------------------------------- drafting


@settings(max_examples=60)
@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=8))
def test_the_automaton_finds_the_longest_match(text: list[int], written: list[int]) -> None:
    length, after = SuffixAutomaton(text).longest(written)

    def occurs(size: int) -> bool:
        needle = written[len(written) - size :]
        return any(text[at : at + size] == needle for at in range(len(text) - size + 1))

    assert length == max(size for size in range(len(written) + 1) if occurs(size))
    if length:
        assert text[after - length : after] == written[len(written) - length :]


def test_drafts_come_from_the_prompt_the_file_and_the_counts() -> None:
    mark = 99
    lookup = Lookup([1, 2, 3, 4, 5, mark, 7, 1, 2, 3, mark], lambda token: token == mark)
    assert lookup.propose([9, 1, 2, 3], b"", 8, lambda kind: 15) == Draft((4, 5), ("lookup", 3))
    assert lookup.propose([3], b"", 8, lambda kind: 15) is None
    copied = Copied(SuffixAutomaton([1, 2, 3, 4, BREAK, 5]))
    assert copied.propose([8, 2, 3], b"", 1, lambda kind: 15) == Draft((4,), ("copied", 1))
    counted = Counted([("return x", 0.3), ("raise", 0.7)], lambda text: [ord(letter) for letter in text])
    assert counted.propose([], b"ret", 0, lambda kind: 3) == Draft(tuple(map(ord, "urn")), ("counted", 1))
    assert counted.propose([], b"x", 0, lambda kind: 3) is None
    assert Repeated().propose([7, 1, 2, 1, 2], b"", 4, lambda kind: 5) == Draft((1, 2, 1, 2, 1), ("repeated", 2))
    assert Repeated().propose([1, 2, 3, 4], b"", 4, lambda kind: 5) is None


CHEAP, DEAR = Costs({16: 2.0}), Costs({16: 16.0})


def test_drafting_is_given_up_where_it_does_not_pay_and_tried_where_it_does() -> None:
    record, kind = Record(CHEAP), ("lookup", 8)
    assert record.worth(kind, 1) >= 3
    for _ in range(200):
        record.learn(kind, 4, 0)
    assert record.worth(kind, 1) == 0
    for _ in range(200):
        record.learn(kind, 4, 4)
    assert record.worth(kind, 1) >= 6
    assert Record(DEAR).worth(kind, 1) == 0


def test_a_kind_that_loses_has_lost_little() -> None:
    """Whatever it promises: behind a start of some decodes, less than a hundredth of the time is lost to a kind."""
    record, kind, spent, decoded = Record(Costs({16: 5.0})), ("copied", 8), 0.0, 0
    for at in range(20_000):
        size = record.worth(kind, 1)
        right = size if at % 50 < 40 and at < 500 else 0  # good at first, then never again
        spent += record.costs(1 + size) - 1 - right if at >= 500 else 0
        decoded += 1 + right
        record.decoded(1, 1 + right, 0.001)
        if size:
            record.learn(kind, size, right)
    assert spent < 8 + 0.01 * decoded


def test_costs_follow_what_batches_take() -> None:
    costs = Costs({8: 8.0}, 0.001)
    for _ in range(100):
        costs.learn(1, 0.002)
        costs.learn(8, 0.004)
        costs.learn(1, 0.002 if _ % 10 else 0.5)
    assert 1.8 < costs(8) < 2.6


def test_the_likeliest_draft_is_tried_and_counted() -> None:
    class Known:
        def __init__(self, draft: Draft) -> None:
            self.draft = draft

        def propose(self, written: Sequence[int], done: bytes, made: int, worth: Worth) -> Draft:
            return Draft(self.draft.tokens[: worth(self.draft.kind)], self.draft.kind)

    record = Record(Costs({16: 1.2}))
    drafting = Drafting(record, [Known(Draft((1, 2), ("lookup", 2))), Known(Draft((3, 4, 5), ("counted", 4)))])
    draft = drafting.draft([], b"", 0, 1, 2)
    assert draft == Draft((3, 4), ("counted", 4))
    drafting.settle(draft, 1)
    assert (drafting.drafted, drafting.accepted) == (2, 1)


@given(st.lists(st.integers(0, 1), max_size=60), st.lists(st.integers(0, 1), max_size=60))
def test_the_common_beginning_is_the_longest(a: list[int], b: list[int]) -> None:
    size = common(a, b)
    assert a[:size] == b[:size]
    assert size == min(len(a), len(b)) or a[size] != b[size]
