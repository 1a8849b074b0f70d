"""The completion engine: one repository's counts, its open documents and the model, asked together.

The counts answer at once and alone when they copy a long stretch with certainty, or when the model is absent, loading
or down. Otherwise the model is waited for, within a time limit, and both are ranked. A newer request for a document
replaces an older one, which is answered empty; what the model was writing for it is gone on with where it is what is
being typed. What was shown and is being typed along is answered from memory. While nobody asks, the model reads what
the next request will need.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.nearby import Nearby
from familiar_codegraph.surroundings import Surroundings
from familiar_codegraph.wire import ChildError

from familiar_completion import naming, rank, ranker, repository
from familiar_completion.blending import Asked, Blend
from familiar_completion.budget import Budget
from familiar_completion.context import STRIDE, Gather
from familiar_completion.documents import Document
from familiar_completion.gathering import gather as by_graph
from familiar_completion.gathering import settled
from familiar_completion.manners import Manners
from familiar_completion.mending import mend
from familiar_completion.pace import Pace
from familiar_completion.pending import Pending
from familiar_completion.prompt import share_of
from familiar_completion.runtime import Backend
from familiar_completion.sources import Sources
from familiar_completion.statement import finished
from familiar_completion.suggest import shape
from familiar_completion.values import Answer, CompletionError, Mode, Source, Suggestion, Tokens
from familiar_completion.view import View, look

WAIT = 0.25
"""Seconds that a request waits for the model: what comes later comes between the next keystrokes."""
SUPERSEDED = "superseded by a newer request for the same document"
CLOSED = "the document is not open here"
SHOWN = "a suggestion was shown"
CERTAIN = "the counts were certain"
SPARED = "the model rests: completion has used its share of the processor (familiar.completion.cpuBudget)"
HURRIED = "the next key comes before the model could answer"
UNFINISHED = "the model did not come to the end of the line in time"
_PAUSE = 0.03
_SHORTEST = 0.02
"""Seconds that are too few for the model to say anything."""
_AHEAD = 0.12
"""Seconds on the screen after which the suggestion after this one is prepared."""
_TRIED = 12
"""Proposals that are tried until enough of them can be shown."""
_RECALLED = 200
"""Bytes before a place by which it is known again."""
_INTEREST = 60.0
"""Seconds after a request for which the model reads along with edits: nothing is computed where nobody asks."""


class Engine:
    """Completion in one repository (`root`); all methods belong to one event loop.

    `least` is the lowest score that is shown; `counting`, `gather` (how context is chosen) and `conventions` (whether
    candidates are put into the house's way) are for comparisons. The house is learned with the index, unless
    `rules_come` from elsewhere (see `Manners.put`). `budget`: the share of one core that may be used, in percent; None
    for all of it. `learned`: the file that keeps how much the counts weigh beside the model; `kept`: the one that
    keeps what was read out of the repository's files.
    """

    def __init__(
        self,
        root: Path | None,
        model: Backend,
        *,
        least: float = rank.LEAST,
        counting: bool = True,
        gather: Gather = by_graph,
        conventions: bool = True,
        rules_come: bool = False,
        budget: int | None = None,
        learned: Path | None = None,
        kept: Path | None = None,
    ) -> None:
        self.model, self.least = model, least
        self.documents: dict[str, Document] = {}
        self.manners = Manners(root if conventions and not rules_come else None, used=conventions)
        self.sources = Sources(
            root, self.documents, with_library=model.path is not None, also=self.manners.learn, kept=kept
        )
        self._counting, self._gather = counting, gather
        self._around: dict[str, Surroundings] = {}
        self._asked = float("-inf")
        self._pace = Pace()
        self.blend = Blend(learned)
        self.budget = Budget(budget if budget is not None else 100_000)
        self._stops: dict[str, Callable[[], None]] = {}
        self._pending: dict[str, Pending] = {}
        self._rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # ------------------------------------------------------------ what the editor holds

    def put(self, path: str, version: int, data: bytes) -> None:
        """Open a document or replace all of its text."""
        if path in self.documents:
            self.documents[path].data, self.documents[path].version = data, version
        else:
            self.documents[path] = Document(data, version)
        self.sources.touched(path)

    def edit(self, path: str, version: int, changes: Iterable[tuple[int, int, bytes]]) -> None:
        """Apply an editor's changes (see `Document.edit`); the model then reads what stands around the last of them.

        Raises:
            CompletionError: the document is not open, or a place lies outside of it.
        """
        document = self.documents.get(path)
        if document is None:
            raise CompletionError(f"{path} is not open here")
        changes = list(changes)
        document.edit(version, changes)
        self._pace.key(time.monotonic())
        self.sources.touched(path)
        if changes and time.monotonic() - self._asked < _INTEREST:
            start, _, text = changes[-1]
            self._prepare(path, start + len(text))
        library = self.sources.library
        for start, _, text in changes:
            library.trail.inserted(repository.well_formed(repository.text_of(text)), library.texts)
            library.trail.note(path, document.data.count(b"\n", 0, start), "edited")

    async def drop(self, path: str) -> None:
        """Close a document; from now on its text is what is on disk."""
        self.documents.pop(path, None)
        self._around.pop(path, None)
        if pending := self._pending.pop(path, None):
            pending.task.cancel()
        self.sources.library.near.pop(path, None)
        self.sources.library.trail.forget(path)
        await self.sources.closed(path)

    def surround(self, around: Surroundings) -> None:
        """Take what the code graph says can be named where the cursor is; it holds until there is newer word."""
        self._around[around.path] = around

    def near(self, nearby: Nearby) -> None:
        """Take the code elsewhere that the code graph thinks matters where the cursor is."""
        self.sources.library.near[nearby.path] = nearby

    def changed(self, lines: dict[str, list[int]]) -> None:
        """Take the lines (from 0) of each file that differ from the last commit."""
        self.sources.library.trail.differ(lines.items())

    # ------------------------------------------------------------ completion

    async def complete(
        self,
        path: str,
        offset: int,
        version: int | None = None,
        *,
        mode: Mode = "line",
        selected: str | None = None,
        n: int = 3,
        wait: float | None = None,
    ) -> Answer:
        """Return what to offer at byte `offset` of the open document `path`.

        `selected` is what the entry chosen in the editor's completion menu would add at the cursor; suggestions then
        begin with it. `wait` is in seconds; without it the model gets what typing leaves, `WAIT` at most.
        """
        began, self._asked = time.perf_counter(), time.monotonic()
        document = self.documents.get(path)
        if document is None:
            return Answer(silence=CLOSED)
        data = document.data
        refusal = document.refusal(offset, version) or repository.refusal(path, data, offset)
        if refusal:
            return Answer(silence=refusal)
        if stop := self._stops.pop(path, None):
            stop()
        self._rest.cancel()
        entry = (selected or "").encode("utf-8", "surrogateescape")
        view = look(path, data[:offset] + entry + data[offset:], offset + len(entry))
        typed = () if entry else self._typed(document, view)
        if typed:
            self._look_ahead(path, document, typed[0])
            return Answer(typed, ms={"total": _ms(began)})
        if mode == "line" and not entry and (prepared := document.prepared(offset)):
            document.remember(data, offset, prepared)
            if prepared.suggestions:
                self._look_ahead(path, document, prepared.suggestions[0])
            return msgspec.structs.replace(prepared, ms={"total": _ms(began)})
        answer = await self._work_out(document, view, mode, n, wait, began)
        if answer.silence == SUPERSEDED:
            return answer
        if entry:
            return _with_entry(answer, selected or "", offset, len(entry))
        document.remember(data, offset, answer)
        if answer.suggestions:
            self._look_ahead(path, document, answer.suggestions[0])
        return answer

    def _typed(self, document: Document, view: View) -> tuple[Suggestion, ...]:
        """Return what is left of the suggestions that the user is typing."""
        left = ((shape(text, view, item.score, "typed"), item) for text, item in document.typed_through(view))
        return tuple(
            msgspec.structs.replace(rest, imports=item.imports) for rest, item in left if isinstance(rest, Suggestion)
        )

    async def _work_out(
        self,
        document: Document,
        view: View,
        mode: Mode,
        n: int,
        wait: float | None,
        began: float,
        *,
        ahead: bool = False,
    ) -> Answer:
        self.sources.settle(view.path)
        house: dict[str, None] = {}
        counted = self._counted(view, n, house)
        own = self.manners.propose(view)
        counted += [self._shaped(p.text, view, p.score, "counts", house) for p in own]
        ms = {"counts": _ms(began)}
        raw: dict[str, Any] = {}
        why: str | None = None
        weight = 1.0
        if not self.model.ready:
            why = self.model.why
        elif mode != "block" and rank.certain(counted):
            why = CERTAIN
        elif self._spent():
            why = SPARED
        elif (left := wait if wait is not None else self._left(counted, began)) < _SHORTEST:
            why = HURRIED
        else:
            asked = time.perf_counter()
            drafts = [(item.text, item.score) for item in counted if isinstance(item, Suggestion)]
            weight = self.blend.weights.at(line_start=view.blank)
            allow = naming.members(view, self._around.get(view.path))
            known = {"drafts": drafts, "mix": {"texts": drafts, "weight": weight}, "allow": allow, "names": True}
            raw, why = await self._ask(view, self._request(document, view, mode, n, left) | known, left)
            ms["model"] = _ms(asked)
        if why == SUPERSEDED:
            return Answer(silence=SUPERSEDED, ms={**ms, "total": _ms(began)}, model=why)
        whole = [c for c in raw.get("candidates", ()) if c["ended"] or mode != "line"]
        if raw and not whole:
            why = UNFINISHED
        modelled = [self._shaped(c["text"], view, rank.modelled(c), "model", house, mode) for c in whole]
        best, silence = rank.choose(counted, modelled, self.least, n, weight if modelled else 1.0)
        if whole and not ahead:
            self._note(document, view, counted, whole)
        if mode == "statement" and self._counting and best:
            best = finished(view.path, document.data, best, self._ranked)
        house.update({p.why: None for p in own if any(item.text == p.text for item in best)})
        if (raw.get("cold", True) or why == UNFINISHED) and not ahead:
            self._prepare(view.path, view.offset)
        if silence and why and why != CERTAIN:
            silence = f"{silence}; {why}"
        return Answer(best, silence, {**ms, "total": _ms(began)}, Tokens(**raw.get("tokens", {})), why, tuple(house))

    def _left(self, counted: Sequence[Suggestion | str], began: float) -> float:
        """Return how long the model is waited for: where the counts have something to show, until the next key."""
        if not any(isinstance(item, Suggestion) and item.score >= self.least for item in counted):
            return WAIT
        return min(WAIT, self._pace.room() - (time.perf_counter() - began))

    def _note(self, document: Document, view: View, counted: Sequence[Suggestion | str], raw: Sequence[Any]) -> None:
        """Note what both say, once a line; what was said in the line before is compared with what was typed."""
        before = document.asked
        if before is not None:
            if before.offset <= view.offset and b"\n" not in document.data[before.offset : view.offset]:
                return
            self.blend.learn(before, document.data)
        document.asked = Asked(
            view.offset,
            document.data[max(view.offset - _RECALLED, 0) : view.offset],
            {item.text.strip(): item.score for item in counted if isinstance(item, Suggestion)},
            {str(c["text"]).strip(): float(c.get("own", c["chance"])) for c in raw},
            view.blank,
        )

    def _counted(self, view: View, n: int, house: dict[str, None]) -> list[Suggestion | str]:
        """Return what the counts and the graph's calls make, until `n` of it can be shown."""
        if not self._counting:
            return []
        calls = naming.calls(view, self._around.get(view.path))
        out: list[Suggestion | str] = []
        look = self.sources.counts.weighed(view.path, view.prefix, view.suffix, calls)
        for item in ranker.rank(view, self._around.get(view.path), look)[:_TRIED]:
            out.append(self._shaped(look.indent + item.text, view, item.chance, "counts", house))
            if len({rank.essence(item.text) for item in out if isinstance(item, Suggestion)}) == n:
                break
        return out

    def _ranked(self, view: View) -> list[tuple[str, float]]:
        """Return what the counts say of a cursor, with chances, the likeliest first."""
        look = self.sources.counts.weighed(view.path, view.prefix, view.suffix)
        found = ranker.rank(view, self._around.get(view.path), look)
        return [(look.indent + item.text, item.chance) for item in found]

    def _shaped(
        self, text: str, view: View, score: float, source: Source, house: dict[str, None], mode: Mode = "line"
    ) -> Suggestion | str:
        """Put raw text into the house's way, and shape it; `house` takes what was changed or refused, and why."""
        adapted = self.manners.adapt(view, text)
        house.update(dict.fromkeys(adapted.changes))
        if adapted.veto:
            house[f"left out: {adapted.veto}"] = None
            return f"it is not the house's way: {adapted.veto}"
        shaped = shape(adapted.text, view, score, source, mode)
        if isinstance(shaped, Suggestion) and (around := self._around.get(view.path)):
            body = shaped.text.lstrip() if view.blank else shaped.text
            mended = mend(view, body, around, self.sources.imports)
            if mended.wrong:
                return f"it would not run: {mended.wrong}"
            text = shaped.text[: len(shaped.text) - len(body)] + mended.text
            return msgspec.structs.replace(shaped, text=text, imports=mended.imports)
        return shaped

    # ------------------------------------------------------------ the model

    def _request(self, document: Document, view: View, mode: Mode, n: int, wait: float) -> dict[str, Any]:
        """Return what the worker needs to know of a cursor; the chunks stay while the cursor stays near by."""
        line, library = view.prefix.count("\n"), self.sources.library
        library.trail.note(view.path, line, "viewed")
        told, before = view.path in library.near, document.chunks
        if before is None or abs(before[0] - line) >= STRIDE or told > before[1]:
            if context := self.model.info.get("context"):
                library.room = share_of(context)
            found = tuple((path, repository.well_formed(text)) for path, text in self._gather(view, library))
            document.chunks = line, told, settled(before[2] if before else (), found)
        return {
            "path": view.path,
            "prefix": repository.well_formed(view.prefix),
            "suffix": repository.well_formed(view.suffix),
            "chunks": document.chunks[2] if document.chunks else (),
            "never": self.manners.never(view),
            "mode": "line" if mode == "line" else "block",
            "n": n,
            "seconds": wait * 0.9,
        }

    async def _ask(self, view: View, request: dict[str, Any], wait: float) -> tuple[dict[str, Any], str | None]:
        """Ask the model, until `wait` seconds are over or a newer request comes; the answer or why there is none.

        What it is writing already is waited for, where that is what has been typed since.
        """
        path, ends = view.path, time.perf_counter() + wait
        stopped = asyncio.Event()
        self._stops[path] = stop = stopped.set
        stopping = asyncio.ensure_future(stopped.wait())
        try:
            if (kept := self._pending.get(path)) and kept.follow(view, request["mode"], request["n"]):
                await asyncio.wait({kept.task, stopping}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                if not stopped.is_set() and kept.task.done() and (rest := kept.rest()):
                    del self._pending[path]
                    return rest, None
            left = ends - time.perf_counter()
            if not stopped.is_set() and left > _SHORTEST:
                asked = request | {"seconds": left * 0.9}
                self._pending[path] = new = Pending(view, asked, partial(self.model.complete, asked))
                await asyncio.wait({new.task, stopping}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if not stopped.is_set() and new.task.done():
                    del self._pending[path]
                    return new.task.result(), None
            return {}, SUPERSEDED if stopped.is_set() else f"the model took longer than {wait * 1000:.0f} ms"
        except ChildError as error:
            return {}, self.model.why or str(error)
        finally:
            if self._stops.get(path) == stop:
                del self._stops[path]
            stopping.cancel()

    def _prepare(self, path: str, offset: int) -> None:
        """Let the model read, after a pause, all that a request at `offset` will need; anything newer cancels it."""
        self._rest.cancel()
        if self.model.ready and self._can_work_ahead():
            self._rest = asyncio.ensure_future(self._read_ahead(path, offset))

    async def _read_ahead(self, path: str, offset: int) -> None:
        await asyncio.sleep(_PAUSE)
        document = self.documents.get(path)
        if document is None or document.refusal(offset, None) or repository.refusal(path, document.data, offset):
            return
        request = self._request(document, look(path, document.data, offset), "line", 1, WAIT)
        with contextlib.suppress(ChildError):
            await self.model.idle(request)

    # ------------------------------------------------------------ ahead of the user

    def _look_ahead(self, path: str, document: Document, taken: Suggestion) -> None:
        """Work out what is asked next if `taken` is accepted; anything newer cancels it."""
        if self._rest.done() and self._can_work_ahead():
            self._rest = asyncio.ensure_future(self._foresee(path, document, taken))

    async def _foresee(self, path: str, document: Document, taken: Suggestion) -> None:
        before = document.data
        data, offset = document.after(taken)
        await asyncio.sleep(_AHEAD)
        known = document.ahead is not None and document.ahead[:2] == (data, offset)
        if known or document.data != before or repository.refusal(path, data, offset):
            return
        view = look(path, data, offset)
        with contextlib.suppress(ChildError):
            answer = await self._work_out(document, view, "line", 3, WAIT, time.perf_counter(), ahead=True)
            if answer.silence != SUPERSEDED:
                document.ahead = data, offset, answer

    def _can_work_ahead(self) -> bool:
        self._measure()
        return self.budget.ahead()

    def _spent(self) -> bool:
        self._measure()
        return self.budget.spent()

    def _measure(self) -> None:
        self.budget.note("completion", time.process_time())
        self.budget.note("model", self.model.cpu)

    # ------------------------------------------------------------ what it says of itself

    def explain(self, path: str, offset: int) -> dict[str, str]:
        """Return {"reason", "detail"}: why nothing was shown at `offset` of `path` when it was last asked."""
        document = self.documents.get(path)
        if document is None:
            return {"reason": CLOSED, "detail": f"{path} has not been opened in this repository"}
        refusal = document.refusal(offset, None) or repository.refusal(path, document.data, offset)
        answer = document.answer
        reason = refusal or (answer.silence if answer else "nothing has been asked here yet") or SHOWN
        so_far = "" if self.sources.indexed.is_set() else " so far"
        detail = f"{len(self.sources.counts)} files are counted{so_far}; {self.model.why or 'the model is ready'}"
        if answer and answer.model:
            detail += f"; at the last request: {answer.model}"
        return {"reason": reason, "detail": detail}

    def status(self) -> dict[str, Any]:
        """Return counts and model in numbers, for a status line and for tests."""
        counts = self.sources.counts
        return {
            "indexed": self.sources.indexed.is_set(),
            "files": len(counts),
            "tokens": counts.tokens,
            "skipped": list(counts.skipped),
            "documents": len(self.documents),
            "model": self.model.status(),
            "mixing": msgspec.to_builtins(self.blend.weights),
            "cpu": {"percent": round(self.budget.used(), 1), "budget": self.budget.percent},
        }


def _with_entry(answer: Answer, entry: str, offset: int, length: int) -> Answer:
    """Return an answer that was worked out behind a menu's entry as one from the cursor, the entry in front."""
    moved = tuple(
        msgspec.structs.replace(item, text=entry + item.text, start=offset, end=item.end - length)
        for item in answer.suggestions
        if item.start == offset + length
    )
    silence = answer.silence if moved or answer.silence else "nothing continues the entry chosen in the menu"
    return Answer(moved, silence, answer.ms, answer.tokens, answer.model)


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
