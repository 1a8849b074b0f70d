"""What becomes of a suggestion, read from the changes of the document alone.

Editors do not tell: VS Code keeps "shown" and "partly accepted" to itself, Neovim sends nothing. But a suggestion that
is taken changes the text in one way only, and so does one that is typed along. A pure state machine: time and text are
handed in, episodes come out; nothing is read or written.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from msgspec import structs

from familiar_memory.values import AGES, VISIBLE, Episode, Fate, Offer

_REFUSALS, _AROUND = 200, 200
"""Refusals that are known again, and the bytes before a place by which it is."""
_CLOSERS = {b"(": b")", b"[": b"]", b"{": b"}", b'"': b'"', b"'": b"'", b"`": b"`"}
Edit = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class _Live:
    """Suggestions that stand at a cursor: `data` is the document, `caret` where the next character goes."""

    offers: tuple[Offer, ...]
    data: bytes
    caret: int
    since: float
    language: str
    typed: int = 0
    taken: int = 0


@dataclass(slots=True)
class _Followed:
    """A text that was taken, and where it stands by now."""

    id: str
    text: str
    start: int
    end: int
    at: float
    measured: int = 0
    signals: tuple[float, ...] = ()


@dataclass(slots=True)
class _Place:
    live: _Live | None = None
    followed: list[_Followed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a taken text (0..1) is still there `AGES[age]` seconds later."""

    id: str
    age: int
    share: float
    signals: tuple[float, ...] = ()


class Watcher:
    """All documents of one repository. Methods return the episodes that have come to their end."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._refused: dict[tuple[str, bytes, bytes], None] = {}
        self._count = 0

    def offered(
        self, path: str, language: str, data: bytes, caret: int, offers: Sequence[Offer], now: float
    ) -> list[Episode]:
        """Suggestions were sent for byte `caret` of `data`; `now` is in seconds since the epoch."""
        place = self._places.setdefault(path, _Place())
        live = place.live
        if live and offers and live.data == data and live.caret == caret:
            rest = _rest(data, caret, live.offers[0])
            if rest and rest == _rest(data, caret, offers[0]):
                place.live = replace(live, offers=(live.offers[0], *offers[1:]))
                return []
        done = [self._episode(path, live, "replaced", now)] if live else []
        place.live = _Live(tuple(offers), data, caret, now, language) if offers else None
        return done

    def changed(self, path: str, data: bytes, edits: Sequence[Edit] | None, now: float) -> list[Episode]:
        """The document became `data` by `edits` (each on the result of the one before; None: replaced as a whole)."""
        place = self._places.get(path)
        if place is None:
            return []
        place.followed = [] if edits is None else [_moved(f, edits) for f in place.followed]
        live = place.live
        if live is None or live.data == data:
            return []
        for offer in live.offers:
            if data == live.data[: offer.start] + offer.text + live.data[offer.end :]:
                return [self._finished(path, place, live, offer, data, now)]
            if step := _typed_on(live, offer, data):
                place.live = step
                if step.caret - offer.start == len(offer.text):
                    return [self._finished(path, place, live, offer, data, now)]
                return []
        place.live = None
        fate = _contradiction(live, data, now)
        if fate == "refused":
            self._refused[_key(path, live.data, live.caret, live.offers[0])] = None
            self._refused = dict.fromkeys(list(self._refused)[-_REFUSALS:])
        return [self._episode(path, live, fate, now)]

    def refused(self, path: str, data: bytes, caret: int, offer: Offer) -> bool:
        """Return whether the same text was refused behind the same text before."""
        return _key(path, data, caret, offer) in self._refused

    def shown(self, text: bytes) -> None:
        """The client says which of the suggestions it shows: that one comes first from now on."""
        for place in self._places.values():
            if place.live:
                first = [o for o in place.live.offers if o.text == text]
                others = [o for o in place.live.offers if o.text != text]
                place.live = replace(place.live, offers=(*first, *others))

    def closed(self, path: str, now: float) -> list[Episode]:
        """The document is closed: what is still open about it is left so."""
        place = self._places.pop(path, None)
        return [self._episode(path, place.live, "left", now)] if place and place.live else []

    def due(self) -> float | None:
        """Return when `measure` has something to do next, None when nothing is followed."""
        times = [f.at + AGES[f.measured] for place in self._places.values() for f in place.followed]
        return min(times, default=None)

    def measure(self, path: str, data: bytes, now: float) -> list[Kept]:
        """Return how much of what was taken in the document is still there, where it is time to know."""
        place = self._places.get(path)
        found: list[Kept] = []
        for followed in place.followed if place else ():
            while followed.measured < len(AGES) and now >= followed.at + AGES[followed.measured]:
                text = data[followed.start : followed.end].decode("utf-8", "replace")
                share = _share(followed.text, text)
                found.append(Kept(followed.id, followed.measured, share, followed.signals))
                followed.measured += 1
        if place:
            place.followed = [f for f in place.followed if f.measured < len(AGES)]
        return found

    def paths(self) -> list[str]:
        """Return the documents about which anything is known."""
        return sorted(self._places)

    def following(self) -> list[str]:
        """Return the documents in which something taken is still followed."""
        return sorted(path for path, place in self._places.items() if place.followed)

    def _finished(self, path: str, place: _Place, live: _Live, offer: Offer, data: bytes, now: float) -> Episode:
        """All of `offer` stands in the document: accepted in one step, or typed to its end."""
        rest = _rest(live.data, live.caret, offer)
        by_hand = rest is not None and len(data) - len(live.data) == 1
        added = 1 if by_hand else len((offer.text if rest is None else rest).decode("utf-8", "replace"))
        fate: Fate = "typed" if by_hand and not live.taken else "taken"
        counted = replace(
            live,
            offers=(offer, *(o for o in live.offers if o is not offer)),
            typed=live.typed + (added if by_hand else 0),
            taken=live.taken + (0 if by_hand else added),
        )
        place.live = None
        episode = self._episode(path, counted, fate, now)
        if fate == "taken":
            end = offer.start + len(offer.text)
            place.followed.append(_Followed(episode.id, episode.text, offer.start, end, now, 0, offer.signals))
        return episode

    def _episode(self, path: str, live: _Live, fate: Fate, now: float) -> Episode:
        offer = live.offers[0]
        self._count += 1
        if live.taken and fate in ("refused", "unseen", "left", "replaced"):
            fate = "partly"
        return Episode(
            id=f"{int(live.since * 1000):x}-{self._count}",
            at=round(live.since, 3),
            path=path,
            language=live.language,
            source=offer.source,
            score=offer.score,
            text=offer.text.decode("utf-8", "replace"),
            fate=fate,
            visible=round(now - live.since, 3),
            typed=live.typed,
            taken=live.taken,
            signals=offer.signals,
        )


def _key(path: str, data: bytes, caret: int, offer: Offer) -> tuple[str, bytes, bytes]:
    rest = _rest(data, caret, offer)
    start, text = (offer.start, offer.text) if rest is None else (caret, rest)
    return path, data[max(start - _AROUND, 0) : start], text


def _rest(data: bytes, caret: int, offer: Offer) -> bytes | None:
    """Return what of `offer` is still to be typed; None when it changes what stands before the caret."""
    typed = data[offer.start : caret]
    return offer.text[len(typed) :] if offer.text.startswith(typed) else None


def _typed_on(live: _Live, offer: Offer, data: bytes) -> _Live | None:
    """Return the state after a change that adds the next characters of `offer` at the caret, None for any other.

    One character is typing; several at once are a part that was accepted. The closer that an editor sets behind a typed
    opener is not counted.
    """
    grown, rest = len(data) - len(live.data), _rest(live.data, live.caret, offer)
    if not rest or grown < 1:
        return None
    for size, closer in ((grown, b""), (1, _CLOSERS.get(rest[:1], b"") if grown == 2 else b"")):
        added = rest[:size] + closer
        if len(added) != grown or data != live.data[: live.caret] + added + live.data[live.caret :]:
            continue
        count = len(rest[:size].decode("utf-8", "ignore")) or 1
        return replace(
            live,
            data=data,
            caret=live.caret + size,
            offers=(structs.replace(offer, end=offer.end + grown),),
            typed=live.typed + (count if count == 1 else 0),
            taken=live.taken + (count if count > 1 else 0),
        )
    return None


def _contradiction(live: _Live, data: bytes, now: float) -> Fate:
    """Tell what a change says that does not follow the suggestion: refused where it stands, or left for elsewhere."""
    offer = live.offers[0]
    same_before = data[: offer.start] == live.data[: offer.start]
    tail = len(live.data) - offer.end
    same_after = not tail or data[-tail:] == live.data[offer.end :]
    if not (same_before and same_after):
        return "left"
    return "refused" if now - live.since >= VISIBLE else "unseen"


def _moved(followed: _Followed, edits: Sequence[Edit]) -> _Followed:
    start, end = followed.start, followed.end
    for first, last, new in edits:
        grown = len(new) - (last - first)
        if last <= start and (first, last) != (start, end):
            start, end = start + grown, end + grown
        elif first < end:
            start, end = min(start, first), max(end + grown, first + len(new))
    return replace(followed, start=start, end=end)


def _share(text: str, now: str) -> float:
    """Return how much of `text` is still in `now`: the characters of the matching blocks (Ratcliff/Obershelp)."""
    matcher = difflib.SequenceMatcher(None, text, now, autojunk=False)
    return round(sum(block.size for block in matcher.get_matching_blocks()) / max(1, len(text)), 3)
