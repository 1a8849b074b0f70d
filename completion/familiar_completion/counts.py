"""The repository's own counts: what followed the last tokens elsewhere in this file, its folder, the repository.

An n-gram model with back-off whose table is the text itself (after infini-gram: Liu et al. 2024): files are strings of
token codes (`lexical`), the occurrences of the last n tokens are found by `str.find`, and what follows them is counted
at the time of asking. So every order up to `ORDERS[0]` is exact, long copies need no index of their own, a changed
file is one new string, and memory is four bytes a token. Orders are mixed as in PPM (Moffat 1990, method C, with an
escape that shrinks as the order grows); occurrences weigh more the nearer they stand (nested cache: Hellendoorn and
Devanbu 2017).

Beside what is chained together so, whole lines are copied from places that look like the cursor (`places`), and both
are weighed together (`attention`).

The file at the cursor takes part as the text before and after the cursor, never as it stands on disk.
"""

import bisect
import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice

import msgspec

from familiar_completion import attention
from familiar_completion.analogy import analogous, surrounding
from familiar_completion.attention import Chain
from familiar_completion.lexical import BREAKS, EDGE, UNKNOWN, Hay, Vocabulary, indentation
from familiar_completion.naming import Call
from familiar_completion.occurrences import Occurrences, ends
from familiar_completion.places import HOLE, Copy, Cursor, copies

ORDERS = (12, 8, 6, 4, 3, 2, 1)
TOKEN_LIMIT = 4_000_000
"""About 400,000 lines: some 16 MB, and 4 ms for one search through all of it."""
LONGEST = 64
_LOOKED_AT = 16
_CHAINS = 3
_ANALOGUES = 40
"""The best places whose text is put into the parts of names that correspond."""
_HITS = 96
_ENOUGH = 24
_LONGEST = 48
_STOP = EDGE + UNKNOWN
_WEIGHTS = (4.0, 4.0, 2.0, 1.0)
"""Of an occurrence before the cursor, after it, in the same folder, elsewhere."""

Hit = tuple[int, int]


class Proposal(msgspec.Struct, frozen=True):
    """The rest of the line: `text` follows the cursor, `score` (0..1) is the chance that it is right.

    `order` is the length in tokens (up to `LONGEST`) of the context that stood elsewhere too, `support` the number of
    places that agree to the end of the line, `below` how many tokens after it agree with those below the cursor's line
    (up to `LONGEST`), `near` whether one of the places is in this file.
    """

    text: str
    score: float
    order: int
    support: int
    below: int = 0
    near: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for any text: places and chains, the indentation assumed in an empty line, what was searched."""

    copies: list[Copy]
    chains: list[Chain]
    indent: str
    hays: tuple[Hay, ...]
    typed: str


class Look(msgspec.Struct, frozen=True):
    """Every text that could end the line, best first, the indentation assumed in an empty line, and analogous texts."""

    weighed: list[attention.Weighed]
    indent: str
    analogous: list[str]


class Level(msgspec.Struct, frozen=True):
    """All places found by one context: its length in tokens and, for each, (haystack, index of what follows)."""

    order: int
    hits: list[Hit]


class Counts:
    """Token codes of every file; answers what comes next. Not thread-safe."""

    def __init__(self, limit: int = TOKEN_LIMIT) -> None:
        self.vocabulary = Vocabulary()
        self._files: dict[str, Hay] = {}
        self._limit = limit
        self._skipped: set[str] = set()
        self.tokens = 0
        self._joined: tuple[str, tuple[Hay, Hay], list[list[tuple[int, str]]]] | None = None

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: str) -> bool:
        return path in self._files

    @property
    def skipped(self) -> tuple[str, ...]:
        """Files left out because the repository has more tokens than the limit."""
        return tuple(sorted(self._skipped))

    def put(self, path: str, text: str) -> None:
        """Take `text` as the whole of file `path`, in place of what it held."""
        self.take(path, self.vocabulary.file(text))

    def take(self, path: str, hay: Hay) -> None:
        """Take the codes of a text as the whole of file `path`, in place of what it held."""
        self.drop(path)
        if self.tokens + len(hay[0]) > self._limit:
            self._skipped.add(path)
            return
        self._files[path] = hay
        self.tokens += len(hay[0])

    def drop(self, path: str) -> None:
        """Forget file `path`."""
        self._skipped.discard(path)
        self.tokens -= len(self._files.pop(path, ("", ""))[0])
        self._joined = None

    def paths(self) -> Iterable[str]:
        """Return the paths held."""
        return self._files.keys()

    def propose(
        self, path: str, prefix: str, suffix: str, n: int = 3, calls: Sequence[Call] = ()
    ) -> tuple[Proposal, ...]:
        """Return up to `n` different ends of the line at the cursor in `path`, best first.

        `prefix` and `suffix` are the file's text before and after the cursor, with LF line ends; `calls` are weighed
        with what stands elsewhere.
        """
        look = self.weighed(path, prefix, suffix, calls)
        return tuple(
            Proposal(
                text=look.indent + item.text,
                score=item.chance,
                order=item.best.order if item.best else 0,
                support=item.support,
                below=item.best.below if item.best else 0,
                near=item.best.hay < 2 if item.best else False,
            )
            for item in look.weighed[:n]
        )

    def weighed(self, path: str, prefix: str, suffix: str, calls: Sequence[Call] = ()) -> Look:
        """Return every text that could end the line, best first, and what is analogous to the best of them."""
        found = self.evidence(path, prefix, suffix)
        line_start = not prefix[prefix.rfind("\n") + 1 :].strip()
        weighed = attention.weigh(found.copies, found.chains, calls, line_start=line_start)
        places = [item.best for item in weighed[:_ANALOGUES] if item.best is not None]
        return Look(weighed, found.indent, list(dict.fromkeys(self._analogous(path, found, places))))

    def _analogous(self, path: str, found: Evidence, places: Iterable[Copy]) -> Iterator[str]:
        """Yield what stands at `places`, with parts of its names put as they are at the cursor."""
        hays, vocabulary = found.hays, self.vocabulary
        context, after = hays[0][0], hays[1][0]
        end = len(context) - 1
        here = surrounding(context, end, _line_end(after), vocabulary, path)
        for place in places:
            codes = hays[place.hay][0]
            behind = place.at + len(place.codes)
            other = path if place.hay < 2 else self._path_of(place)
            there = surrounding(codes, place.at, codes[behind + 1 : behind + 120], vocabulary, other)
            text = analogous(vocabulary.render(place.codes), there, here)
            if text.startswith(found.typed) and (rest := text[len(found.typed) :]) and rest != place.text:
                yield rest

    def _path_of(self, place: Copy) -> str:
        """Return the file that a place in one of the other files lies in."""
        if self._joined is None:
            return ""
        starts = self._joined[2][place.hay - 2]
        return starts[bisect.bisect_right(starts, (place.at, "\U0010ffff")) - 1][1]

    def evidence(self, path: str, prefix: str, suffix: str) -> Evidence:
        """Return what speaks for any text at the cursor."""
        indent = _guessed(prefix)
        before, partial = self.vocabulary.prefix(prefix + indent)
        depth = indentation((prefix + indent)[prefix.rfind("\n") + 1 :])
        after = self.vocabulary.suffix(suffix, depth)
        context, shape = before
        hays = ((context + HOLE, shape + HOLE), after, *self._others(path))
        exact = [Occurrences(codes, context) for codes, _ in hays]
        copied = list(copies(Cursor(before, after, partial), hays, exact, self.vocabulary))
        chained = self._chained(tuple(codes for codes, _ in hays), exact, context, partial)
        return Evidence(copied, chained, indent, hays, partial)

    def _chained(self, hays: tuple[str, ...], exact: Sequence[Occurrences], context: str, partial: str) -> list[Chain]:
        """Return the ends of the line that the n-grams chain together, token by token."""
        levels = list(_evidence(hays, exact))
        levels = self._starting(hays, levels, partial) if partial else levels
        if partial.strip() and not levels:
            levels = self._words(hays, partial)
        firsts = heapq.nsmallest(_CHAINS, self._mix(hays, levels).items(), key=self._rank)
        found: dict[str, Chain] = {}
        for code, chance in firsts:
            if code in BREAKS or code in _STOP:
                continue
            chain = self._follow(hays, context, levels, code, chance, len(partial))
            if chain and chain.text:
                found.setdefault(chain.text, chain)
        return list(found.values())

    def _follow(
        self, hays: tuple[str, ...], context: str, levels: list[Level], code: str, chance: float, typed: int
    ) -> Chain | None:
        """Extend `code` greedily to the end of the line; None when the text runs out before a line does."""
        score, out = 1.0, ""
        while code not in BREAKS:
            if code in _STOP or code == HOLE or len(out) >= _LONGEST:
                return None
            out += code
            score *= chance
            levels = _advance(hays, levels, code)
            if not levels:
                levels = list(_evidence(hays, [Occurrences(codes, context + out) for codes in hays]))
            mixed = self._mix(hays, levels)
            if not mixed:
                return None
            code, chance = min(mixed.items(), key=self._rank)
        hits = levels[0].hits
        below = _line_end(hays[1])
        return Chain(
            text=self.vocabulary.render(out)[typed:],
            chance=score * chance,
            order=max(_agreement(hays[h][: i - len(out)], context) for h, i in hits[:_LOOKED_AT]),
            support=len(hits),
            below=max(_agreement(below[::-1], hays[h][i + 1 : i + 1 + LONGEST][::-1]) for h, i in hits[:_LOOKED_AT]),
            near=hits[0][0] < 2,
        )

    def _rank(self, item: tuple[str, float]) -> tuple[float, str]:
        """Order (code, chance): the likeliest first; the text decides between equals, for codes depend on history."""
        code, chance = item
        return -chance, self.vocabulary.text(code) if code >= "\x10" else code

    def _mix(self, hays: tuple[str, ...], levels: list[Level]) -> dict[str, float]:
        """Return the probability of each next code; line breaks count as one. The rest, up to 1, is the unseen."""
        mixed: dict[str, float] = {}
        rest = 1.0
        for level in levels:
            counts: dict[str, float] = {}
            for hay, at in level.hits:
                code = hays[hay][at]
                code = BREAKS[0] if code in BREAKS else code
                counts[code] = counts.get(code, 0.0) + _WEIGHTS[hay]
            for stop in (EDGE, UNKNOWN, HOLE):
                counts.pop(stop, None)
            if not counts:
                continue
            whole = sum(counts.values()) + len(counts) * 2.0 / level.order
            for code, count in counts.items():
                mixed[code] = mixed.get(code, 0.0) + rest * count / whole
            rest *= len(counts) * 2.0 / level.order / whole
            if rest < 0.01:
                break
        return mixed

    def _starting(self, hays: tuple[str, ...], levels: list[Level], partial: str) -> list[Level]:
        """Keep the places where a token follows that begins with what is typed of it."""
        fits: dict[str, bool] = {}

        def fit(code: str) -> bool:
            if code not in fits:
                fits[code] = code >= "\x10" and self.vocabulary.text(code).startswith(partial)
            return fits[code]

        kept = (Level(level.order, [hit for hit in level.hits if fit(hays[hit[0]][hit[1]])]) for level in levels)
        return [level for level in kept if level.hits]

    def _words(self, hays: tuple[str, ...], partial: str) -> list[Level]:
        """Without any fitting context: the places in this file and folder where a word begins as the typed one does."""
        hits = []
        for hay in range(3):
            starts = [c for c in set(hays[hay]) if c >= "\x10" and self.vocabulary.text(c).startswith(partial)]
            for code in sorted(starts, key=self.vocabulary.text):
                hits += [(hay, at - 1) for at in islice(ends(hays[hay], code), 8)]
        return [Level(1, hits)] if hits else []

    def _others(self, path: str) -> tuple[Hay, Hay]:
        """Return the other files in this folder and all the rest, each in order of path."""
        if self._joined is None or self._joined[0] != path:
            folder = path.rpartition("/")[0]
            near = [other for other in self._files if other != path and other.rpartition("/")[0] == folder]
            far = [other for other in self._files if other != path and other.rpartition("/")[0] != folder]
            parts = [sorted(near), sorted(far)]
            hays = [_join([self._files[other] for other in part]) for part in parts]
            self._joined = path, (hays[0], hays[1]), [self._starts(part) for part in parts]
        return self._joined[1]

    def _starts(self, paths: list[str]) -> list[tuple[int, str]]:
        """Return where each of the files begins when they are joined."""
        sizes = accumulate((len(self._files[path][0]) for path in paths), initial=0)
        return list(zip(sizes, paths, strict=False))


def _guessed(prefix: str) -> str:
    """Return the indentation of a line in whose first column the cursor stands: as the code before it goes on."""
    if prefix and not prefix.endswith("\n"):
        return ""
    last = next((line for line in reversed(prefix.rsplit("\n", 40)) if line.strip()), "")
    indent = last[: len(last) - len(last.lstrip(" \t"))]
    opens = last.split("#")[0].rstrip().endswith((":", "(", "[", "{"))
    return indent + ("\t" if indent.startswith("\t") else "    ") * opens


def _join(files: list[Hay]) -> Hay:
    return "".join(codes for codes, _ in files), "".join(shapes for _, shapes in files)


def _evidence(hays: tuple[str, ...], exact: Sequence[Occurrences]) -> Iterator[Level]:
    """Find the places of ever shorter contexts until there are enough.

    Hits of one order include those of longer ones.
    """
    for order in ORDERS:
        found = [(hay, at) for hay, places in enumerate(exact) for at in places.ends(order, _HITS)]
        hits = [(hay, at) for hay, at in found if at < len(hays[hay])]
        hits = [hit for hit in hits if hays[hit[0]][hit[1]] != HOLE]
        if hits:
            yield Level(order, hits)
        if len(hits) >= _ENOUGH:
            return


def _line_end(suffix: str) -> str:
    """Return the codes of `suffix` after its first line, without the break that leads to them."""
    at = next((i for i, code in enumerate(suffix) if code in BREAKS), len(suffix))
    return suffix[at + 1 : at + 1 + LONGEST]


def _agreement(a: str, b: str) -> int:
    """Return how many codes the ends of `a` and `b` have in common, at most `LONGEST`."""
    size = min(len(a), len(b), LONGEST)
    return next((i for i in range(size) if a[-1 - i] != b[-1 - i]), size)


def _advance(hays: tuple[str, ...], levels: list[Level], code: str) -> list[Level]:
    """Keep the places where `code` follows, moved past it; their context has grown by one."""
    moved = (Level(level.order + 1, [(h, i + 1) for h, i in level.hits if hays[h][i] == code]) for level in levels)
    return [level for level in moved if level.hits]
