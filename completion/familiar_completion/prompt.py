"""From a cursor's surroundings to a prompt in tokens: the model's layout, and what fits into its context.

The order is by stability, so that typing appends and the state of everything before is reused: other files' chunks,
this file's path, its suffix, its prefix. What does not fit is cut at line starts in steps: the cut stays where it is
while the cursor moves on, then jumps.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from familiar_completion import prompt_format as ours
from familiar_completion.values import CompletionError

GENERATE = 64
"""Tokens kept free for the answer."""
STEP = 16
"""Lines by which the start of the prefix moves."""
_AHEAD = 16
"""The share (one in so many) of a prompt that is left free when its start is chosen, for what is typed from there."""
_REPOSITORY, _FILE = ("<repo_name>",), ("<file_sep>", "<|file_separator|>")
_SHARE_SUFFIX = 0.2
_SHARE_CHUNKS = 0.4
_BYTES = 5
"""More characters a token than any text has on average, for a first cut."""


class Tokenizer(Protocol):
    """What is needed of a model here."""

    @property
    def context(self) -> int: ...
    def tokenize(self, text: str) -> list[int]: ...
    def special(self, text: str) -> int | None: ...
    def fim_tokens(self) -> dict[str, int]: ...


class Layout(msgspec.Struct, frozen=True):
    """Where a model expects what: the ids of its marks, and whether the suffix stands before the prefix.

    `heals`: the model wants whole tokens before the cursor (the embedded one was shown cuts inside of tokens).
    """

    name: str
    prefix: int
    suffix: int
    middle: int
    repository: int | None
    file: int | None
    start: int | None
    suffix_first: bool
    heals: bool = True


class Request(msgspec.Struct, frozen=True):
    """What surrounds a cursor: `chunks` are (path, text) of other files, the most useful one last."""

    path: str
    prefix: str
    suffix: str
    chunks: tuple[tuple[str, str], ...] = ()


def layout_of(model: Tokenizer) -> Layout:
    """Return the layout of a model, read from its own tokens.

    Raises:
        CompletionError: the model has no fill-in-the-middle tokens.
    """
    marks = {name: model.special(name) for name in (ours.REPO, ours.FILE, ours.FIM_PREFIX, ours.FIM_SUFFIX)}
    found = model.fim_tokens()
    if all(token is not None for token in marks.values()) and "middle" in found:
        return Layout(
            "familiar",
            found["prefix"],
            found["suffix"],
            found["middle"],
            marks[ours.REPO],
            marks[ours.FILE],
            None,
            True,
            False,
        )
    if not {"prefix", "suffix", "middle"} <= found.keys():
        raise CompletionError(
            "the model has no fill-in-the-middle tokens, so it cannot complete code; choose one that was trained for it"
        )
    return Layout(
        "prefix-suffix-middle",
        found["prefix"],
        found["suffix"],
        found["middle"],
        found.get("repository", _named(model, _REPOSITORY)),
        found.get("file", _named(model, _FILE)),
        found.get("start"),
        False,
    )


def _named(model: Tokenizer, spellings: Sequence[str]) -> int | None:
    """Return the first of the marks that the vocabulary has; llama.cpp does not know all families' own."""
    return next((token for spelled in spellings if (token := model.special(spelled)) is not None), None)


def build(
    model: Tokenizer, layout: Layout, request: Request, room: int, starts: dict[str, int] | None = None, spare: int = 0
) -> list[int]:
    """Return the prompt's tokens: at most `room`, and at most what leaves `GENERATE` free in the model's context.

    `starts` remembers by path in which line the prefix begins: it stays while what follows fits and leaves `spare`
    tokens free.
    """
    room = min(room, model.context - GENERATE)
    path = model.tokenize(f"{ours.neutralise(request.path)}\n") if layout.file is not None else []
    suffix = _head(model, ours.neutralise(request.suffix), min(ours.MAX_SUFFIX, int(room * _SHARE_SUFFIX)))
    chunks = _chunks(model, layout, request.chunks, int(room * _SHARE_CHUNKS))
    fixed = len(path) + len(suffix) + len(chunks) + 6
    text, free = ours.neutralise(request.prefix), max(room - fixed, 16)
    prefix = _kept(model, text, starts.get(request.path), free, spare) if starts is not None else None
    if prefix is None:
        start, prefix = _tail(model, text, free - (free // _AHEAD if starts is not None else 0))
        if starts is not None:
            starts[request.path] = start
    head = [*_mark(layout.start), *chunks, *_mark(layout.file), *path]
    if layout.suffix_first:
        return [*head, layout.suffix, *suffix, layout.prefix, *prefix, layout.middle]
    return [*head, layout.prefix, *prefix, layout.suffix, *suffix, layout.middle]


def share_of(context: int) -> int:
    """Return how many tokens of a model's context are for other files."""
    return int((context - GENERATE) * _SHARE_CHUNKS)


def _chunks(model: Tokenizer, layout: Layout, chunks: Sequence[tuple[str, str]], room: int) -> list[int]:
    """Return the repository mark and as many whole chunks as fit, the last ones first chosen, order kept.

    A family without a mark for files is shown them as code under a comment.
    """
    kept: list[list[int]] = []
    for path, text in reversed(chunks):
        body = f"{ours.neutralise(path)}\n{ours.neutralise(text)}".rstrip("\n") + "\n"
        tokens = [*_mark(layout.file), *model.tokenize(body if layout.file is not None else f"# {body}\n")]
        room -= len(tokens)
        if room < 0:
            break
        kept.append(tokens)
    named = [] if layout.repository is None or layout.suffix_first else model.tokenize("repository\n")
    return [*_mark(layout.repository), *named, *(token for tokens in reversed(kept) for token in tokens)]


def _kept(model: Tokenizer, text: str, start: int | None, room: int, spare: int) -> list[int] | None:
    """Return the tokens from line `start` on, where they fit and do not leave most of the room empty."""
    if start is None:
        return None
    lines = text.splitlines(keepends=True) or [""]
    if start >= len(lines):
        return None
    tokens = model.tokenize("".join(lines[start:]))
    least = room // 2 if spare else room // 3  # what was good enough when it was read ahead stays good enough
    return tokens if len(tokens) <= room - spare and (start == 0 or len(tokens) >= least) else None


def _tail(model: Tokenizer, text: str, room: int) -> tuple[int, list[int]]:
    """Return where the end of `text` that fits begins, and its tokens.

    It begins with a line whose number is a multiple of `STEP`, where there is one.
    """
    lines = text.splitlines(keepends=True) or [""]
    start, size = len(lines), 0
    while start and size + len(lines[start - 1]) <= room * _BYTES:
        start -= 1
        size += len(lines[start])
    start = -(-start // STEP) * STEP
    while start < len(lines):
        tokens = model.tokenize("".join(lines[start:]))
        if len(tokens) <= room:
            return start, tokens
        start += STEP
    # Fewer lines fit than a step has: whole lines from the end, and at least the end of the last one.
    for start in range(max(len(lines) - STEP, 0), len(lines)):
        tokens = model.tokenize("".join(lines[start:]))
        if len(tokens) <= room:
            return start, tokens
    return len(lines), model.tokenize(lines[-1][-room * _BYTES :])[-room:]


def _head(model: Tokenizer, text: str, room: int) -> list[int]:
    """Return the tokens of whole lines from the beginning of `text`; of the first line, as much as fits."""
    text = text[: room * _BYTES]
    while True:
        tokens = model.tokenize(text)
        if len(tokens) <= room:
            return tokens
        cut = text.rfind("\n", 0, max(int(len(text) * room / len(tokens)), 1))
        if cut <= 0:
            return tokens[:room]
        text = text[: cut + 1]


def _mark(token: int | None) -> list[int]:
    return [] if token is None else [token]
