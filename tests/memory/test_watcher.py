"""What becomes of a suggestion, by what happens in the document: cases as data."""

from collections.abc import Sequence

import pytest
from familiar_memory.values import Episode, Offer
from familiar_memory.watcher import Watcher

BEFORE = "x = 1\ny = |\nz = 3\n"


class Typist:
    """An editor that knows one document and a clock that is told."""

    def __init__(self, text: str, suggestion: str, covers: str = "", source: str = "counts") -> None:
        self.watcher, self.now, self.done = Watcher(), 1000.0, list[Episode]()
        self.caret = text.encode().index(b"|")
        self.data = text.encode().replace(b"|", b"")
        offer = Offer(suggestion.encode(), self.caret, self.caret + len(covers.encode()), source, 0.5)
        self.offer([offer])

    def offer(self, offers: Sequence[Offer]) -> None:
        self.done += self.watcher.offered("a.py", "python", self.data, self.caret, offers, self.now)

    def edit(self, start: int, end: int, new: str, wait: float = 1.0) -> None:
        self.now += wait
        added = new.encode()
        self.data = self.data[:start] + added + self.data[end:]
        self.caret = start + len(added)
        self.done += self.watcher.changed("a.py", self.data, [(start, end, added)], self.now)

    def type(self, text: str, wait: float = 1.0) -> None:
        for char in text:
            self.edit(self.caret, self.caret, char, wait)

    def insert(self, text: str, wait: float = 1.0) -> None:
        self.edit(self.caret, self.caret, text, wait)


def accept(t: Typist) -> None:
    t.insert("total(a, b)")


def accept_a_word(t: Typist) -> None:
    t.insert("total")
    t.insert("(a, b)")


def accept_a_word_then_differ(t: Typist) -> None:
    t.insert("total")
    t.type(".")


def type_all(t: Typist) -> None:
    t.type("total(a, b)")


def type_then_accept(t: Typist) -> None:
    t.type("tot")
    t.insert("al(a, b)")


def type_with_closer(t: Typist) -> None:
    t.type("total")
    t.insert("()")
    t.caret -= 1
    t.edit(t.caret, t.caret + 1, "a, b)")


def differ(t: Typist) -> None:
    t.type("q")


def differ_at_once(t: Typist) -> None:
    t.type("q", wait=0.1)


def differ_later(t: Typist) -> None:
    t.type("tox")


def go_on_elsewhere(t: Typist) -> None:
    t.edit(0, 1, "k")


def delete_what_was_there(t: Typist) -> None:
    t.edit(t.caret - 1, t.caret, "")


def close(t: Typist) -> None:
    t.done += t.watcher.closed("a.py", t.now + 1)


def another_in_its_place(t: Typist) -> None:
    t.now += 1
    t.offer([Offer(b"other()", t.caret, t.caret, "model", 0.4)])


CASES = [
    (accept, "taken", 0, 11),
    (accept_a_word, "taken", 0, 11),
    (accept_a_word_then_differ, "partly", 0, 5),
    (type_all, "typed", 11, 0),
    (type_then_accept, "taken", 3, 8),
    (type_with_closer, "taken", 6, 5),
    (differ, "refused", 0, 0),
    (differ_at_once, "unseen", 0, 0),
    (differ_later, "refused", 2, 0),
    (go_on_elsewhere, "left", 0, 0),
    (delete_what_was_there, "left", 0, 0),
    (close, "left", 0, 0),
    (another_in_its_place, "replaced", 0, 0),
]


@pytest.mark.parametrize(("act", "fate", "typed", "taken"), CASES, ids=lambda value: getattr(value, "__name__", None))
def test_fates(act, fate, typed, taken) -> None:  # type: ignore[no-untyped-def]
    typist = Typist(BEFORE, "total(a, b)")
    act(typist)
    assert [(e.fate, e.typed, e.taken, e.text) for e in typist.done] == [(fate, typed, taken, "total(a, b)")]


def test_a_range_that_covers_a_closer() -> None:
    typist = Typist("y = total(|)\n", "a, b)", covers=")")
    typist.edit(typist.caret, typist.caret + 1, "a, b)")
    assert [(e.fate, e.taken) for e in typist.done] == [("taken", 5)]


def test_a_smaller_indentation_is_seen_when_it_is_taken() -> None:
    typist = Typist("    if x:\n        y\n        |\n", "")
    start = typist.caret - 8
    typist.watcher = Watcher()
    typist.offer([Offer(b"    else:", start, typist.caret, "model", 0.5)])
    typist.edit(start, typist.caret, "    else:")
    assert [e.fate for e in typist.done] == ["taken"]


def test_the_same_suggestion_offered_again_while_it_is_typed_is_one_episode() -> None:
    typist = Typist(BEFORE, "total(a, b)")
    typist.type("to")
    typist.offer([Offer(b"tal(a, b)", typist.caret, typist.caret, "typed", 0.9)])
    typist.insert("tal(a, b)")
    assert [(e.fate, e.source, e.typed, e.taken) for e in typist.done] == [("taken", "counts", 2, 9)]


def test_the_alternative_that_was_taken_is_the_one_remembered() -> None:
    typist = Typist(BEFORE, "total(a, b)")
    typist.offer([Offer(b"total(a, b)", typist.caret, typist.caret, "counts", 0.5),
                  Offer(b"first(a)", typist.caret, typist.caret, "model", 0.3)])  # fmt: skip
    typist.insert("first(a)")
    assert [(e.text, e.source, e.fate) for e in typist.done] == [("first(a)", "model", "taken")]


def test_what_the_client_shows_comes_first() -> None:
    typist = Typist(BEFORE, "total(a, b)")
    typist.offer([Offer(b"total(a, b)", typist.caret, typist.caret, "counts", 0.5),
                  Offer(b"first(a)", typist.caret, typist.caret, "model", 0.3)])  # fmt: skip
    typist.watcher.shown(b"first(a)")
    typist.type("q")
    assert [e.text for e in typist.done] == ["first(a)"]


def _back(t: Typist) -> None:
    t.edit(t.caret - 1, t.caret, "")


REFUSED = [
    ("at the same place again", lambda t: (differ(t), _back(t)), b"total(a, b)", True),
    ("another text", lambda t: (differ(t), _back(t)), b"total(a)", False),
    ("after some of it was typed", lambda t: (differ(t), _back(t), t.type("to")), b"tal(a, b)", False),
    ("where it was contradicted", lambda t: (differ_later(t), _back(t)), b"tal(a, b)", True),
    ("not seen", lambda t: (differ_at_once(t), _back(t)), b"total(a, b)", False),
    ("elsewhere", lambda t: (differ(t), _back(t), t.edit(0, 0, "k")), b"total(a, b)", False),
    ("taken and undone", lambda t: (accept(t), t.edit(t.caret - 11, t.caret, "")), b"total(a, b)", False),
]


@pytest.mark.parametrize(("act", "text", "refused"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_was_refused_is_known_again(act, text, refused) -> None:  # type: ignore[no-untyped-def]
    typist = Typist(BEFORE, "total(a, b)")
    act(typist)
    offer = Offer(text, typist.caret, typist.caret, "counts", 0.5)
    assert typist.watcher.refused("a.py", typist.data, typist.caret, offer) is refused


KEPT = [
    ("untouched", lambda t: None, 1.0),
    ("moved by an edit before it", lambda t: t.edit(0, 0, "import os\n"), 1.0),
    ("changed inside", lambda t: t.edit(t.caret - 2, t.caret - 1, "c"), 0.909),
    ("followed by more", lambda t: t.insert(" + 1"), 1.0),
    ("deleted", lambda t: t.edit(t.caret - 11, t.caret, ""), 0.0),
    ("deleted with what stands around it", lambda t: t.edit(0, len(t.data), ""), 0.0),
]


@pytest.mark.parametrize(("act", "share"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_how_much_is_kept(act, share) -> None:  # type: ignore[no-untyped-def]
    typist = Typist(BEFORE, "total(a, b)")
    accept(typist)
    assert typist.watcher.following() == ["a.py"]
    taken = typist.now
    act(typist)
    assert typist.watcher.measure("a.py", typist.data, taken + 29) == []
    (first,) = typist.watcher.measure("a.py", typist.data, taken + 30)
    (second,) = typist.watcher.measure("a.py", typist.data, taken + 400)
    assert (first.age, second.age, first.share, second.share) == (0, 1, share, share)
    assert typist.watcher.due() is None


def test_a_document_that_was_replaced_as_a_whole_is_not_followed() -> None:
    typist = Typist(BEFORE, "total(a, b)")
    accept(typist)
    typist.watcher.changed("a.py", b"new", None, typist.now)
    assert typist.watcher.following() == []
