"""What memory holds: an episode is one line of it."""

from typing import Literal

import msgspec

Fate = Literal["taken", "partly", "typed", "refused", "unseen", "left", "replaced"]
"""What became of a suggestion.

taken      accepted whole, by a key of the editor
partly     accepted in part, then something else was typed
typed      typed to its end by hand: it was right, and not taken
refused    something else was typed, or it was deleted into, after it had been visible for `VISIBLE` seconds
unseen     something else was typed before that
left       the user went on elsewhere, or the document was closed
replaced   another suggestion took its place
"""

VISIBLE = 0.3
"""Seconds on the screen before a suggestion counts as seen."""

AGES = (30, 300)
"""Seconds after a suggestion was taken at which it is measured how much of it is still there."""


class Offer(msgspec.Struct, frozen=True):
    """One suggestion as it was sent: replace bytes `start:end` of the document by `text`. `score` is in 0..1.

    `signals` are what the gate knew of it (see `gate`); `imports` are lines that the file needs besides.
    """

    text: bytes
    start: int
    end: int
    source: str
    score: float
    signals: tuple[float, ...] = ()
    imports: tuple[str, ...] = ()


class Episode(msgspec.Struct, frozen=True):
    """A suggestion and its fate. `at` is in seconds since the epoch; `path` is relative to the repository's root.

    `typed` and `taken` count characters of the text that were typed by hand, and that were accepted. `kept` has the
    share of the accepted text (0..1) that was still there after each of `AGES` seconds, None where that is not known.
    """

    id: str
    at: float
    path: str
    language: str
    source: str
    score: float
    text: str
    fate: Fate
    visible: float
    """Seconds on the screen."""
    typed: int = 0
    taken: int = 0
    kept: tuple[float | None, float | None] = (None, None)
    signals: tuple[float, ...] = ()
    """What the gate learns from; not stored."""
