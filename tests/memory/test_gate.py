"""The gate: it starts sensible, learns from what was seen, and can be read and forgotten."""

from pathlib import Path

import pytest
from familiar_memory.gate import FIRST, LEAST, SIGNALS, Gate, signals
from familiar_memory.store import Store
from familiar_memory.values import Episode, Fate, Offer
from familiar_memory.watcher import Watcher

TEXT = b"value = compute(first)"


def episode(fate: Fate, score: float = 0.3, source: str = "counts") -> Episode:
    offer = Offer(TEXT, 0, 0, source, score)
    found = signals(offer, b"", 0)
    return Episode("id", 0.0, "a.py", "python", source, score, TEXT.decode(), fate, 1.0, 0, 0, signals=found)


def test_every_signal_has_a_first_weight() -> None:
    assert len(SIGNALS) == len(FIRST) == len(episode("taken").signals)


def test_it_starts_with_the_score() -> None:
    chances = [Gate().chance(episode("taken", score).signals) for score in (0.01, 0.1, 0.5, 0.9)]
    assert chances == sorted(chances)
    assert chances[0] < LEAST < chances[2]


@pytest.mark.parametrize(("fate", "direction"), [("taken", 1), ("typed", 1), ("partly", 1), ("refused", -1)])
def test_fates_move_it(fate: Fate, direction: int) -> None:
    gate, told = Gate(), episode(fate)
    after = gate
    for _ in range(20):
        after = after.learned(told)
    assert (after.chance(told.signals) - gate.chance(told.signals)) * direction > 0.05
    assert after.seen == 20
    assert after.wanted == (20 if direction > 0 else 0)


@pytest.mark.parametrize("fate", ["unseen", "left", "replaced"])
def test_what_was_not_judged_says_nothing(fate: Fate) -> None:
    assert Gate().learned(episode(fate)) == Gate()


def test_sources_are_told_apart() -> None:
    """Refusing the model's suggestions and taking those of the counts: the same score means less from the model."""
    gate = Gate()
    for _ in range(60):
        gate = gate.learned(episode("taken", source="counts")).learned(episode("refused", source="model"))
    first = Gate().chance(episode("taken").signals) - Gate().chance(episode("taken", source="model").signals)
    assert gate.chance(episode("taken").signals) - gate.chance(episode("taken", source="model").signals) > first + 0.2


def test_it_stays_bounded() -> None:
    gate = Gate()
    for _ in range(20_000):
        gate = gate.learned(episode("refused", 0.9))
    assert all(abs(weight - first) <= 6 for weight, first in zip(gate.weights, FIRST, strict=True))
    assert gate.learned(episode("taken")).chance(episode("taken").signals) > 0


def test_it_is_kept_and_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.gate() == Gate()
    learned = Gate().learned(episode("taken"))
    store.keep_gate(learned)
    assert Store(tmp_path).gate() == learned
    store.forget_gate()
    assert store.gate() == Gate()
    store.keep_gate(learned)
    store.forget()
    assert store.gate() == Gate()


def test_the_watcher_hands_the_signals_on() -> None:
    watcher, wanted = Watcher(), episode("taken").signals
    watcher.offered("a.py", "python", b"", 0, [Offer(TEXT, 0, 0, "counts", 0.3, wanted)], 0.0)
    (ended,) = watcher.changed("a.py", TEXT, [(0, 0, TEXT)], 1.0)
    assert (ended.fate, ended.signals) == ("taken", wanted)
    (kept,) = watcher.measure("a.py", TEXT, 40.0)
    assert (kept.share, kept.signals) == (1.0, wanted)
