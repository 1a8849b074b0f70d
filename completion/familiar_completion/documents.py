"""Open documents as the editor has them: bytes, a version, and what was last shown there."""

from collections.abc import Iterable

from familiar_completion.blending import Asked
from familiar_completion.values import Answer, CompletionError, Suggestion
from familiar_completion.view import View

LARGEST = 1_000_000
"""Bytes of the largest document that is completed in."""
_TYPED = 2
"""Bytes that one key brings, with a closer that the editor sets; more at once was accepted or pasted."""
LONGEST_LINE = 4_000
"""Bytes of the longest line that is completed in."""


class Document:
    """One open document: `answer` is what was last worked out, `chunks` the line, whether the
    code graph had been heard, and the context chosen there.

    `ahead` is (data, offset, answer): what will be asked next if what is shown is taken, and the answer to it.
    `asked` is what counts and model said first in the line that is being typed, until some of it was not typed by hand.
    """

    def __init__(self, data: bytes, version: int) -> None:
        self.data, self.version = data, version
        self.answer: Answer | None = None
        self.chunks: tuple[int, bool, tuple[tuple[str, str], ...]] | None = None
        self.shown: tuple[bytes, int, tuple[Suggestion, ...]] | None = None
        self.ahead: tuple[bytes, int, Answer] | None = None
        self.asked: Asked | None = None

    def edit(self, version: int, changes: Iterable[tuple[int, int, bytes]]) -> None:
        """Apply replacements of bytes `start:end`, each on the result of the one before.

        A version that is here already is left out: after a crash its text was replayed before the edit itself arrived.

        Raises:
            CompletionError: a place lies outside the document; nothing is changed then.
        """
        if version <= self.version:
            return
        data = self.data
        for start, end, text in changes:
            if not 0 <= start <= end <= len(data):
                raise CompletionError(f"bytes {start} to {end} lie outside the document, which has {len(data)} bytes")
            data = data[:start] + text + data[end:]
            if len(text) > _TYPED and b"\n" not in text:
                self.asked = None
        self.data, self.version = data, version

    def refusal(self, offset: int, version: int | None) -> str | None:
        """Return why nothing can be completed at byte `offset` of `version`, or None."""
        if version is not None and version != self.version:
            return f"version {version} was asked for, but the document is at version {self.version}"
        if not 0 <= offset <= len(self.data):
            return f"position {offset} is outside the document, which has {len(self.data)} bytes"
        if len(self.data) > LARGEST:
            return f"the document has {len(self.data):,} bytes; nothing is completed beyond {LARGEST:,}"
        start = self.data.rfind(b"\n", 0, offset) + 1
        end = self.data.find(b"\n", offset)
        length = (end if end >= 0 else len(self.data)) - start
        if length > LONGEST_LINE:
            return f"the line has {length:,} bytes; nothing is completed beyond {LONGEST_LINE:,}"
        return None

    def remember(self, data: bytes, offset: int, answer: Answer) -> None:
        """Keep what was worked out at `offset` of `data`, so that typing along with it needs no new work."""
        self.answer = answer
        if answer.suggestions:
            self.shown = data, offset, answer.suggestions

    def after(self, taken: Suggestion) -> tuple[bytes, int]:
        """Return (text, offset) as they will be when `taken` is accepted and a new line begun, as editors indent it."""
        text = taken.text.encode("utf-8", "surrogateescape")
        head, tail = self.data[: taken.start] + text, self.data[taken.end :]
        if tail[:1] not in (b"", b"\n", b"\r"):
            return head + tail, len(head)
        line = head[head.rfind(b"\n") + 1 :]
        lead = line[: len(line) - len(line.lstrip())]
        deeper = line.split(b"#")[0].rstrip().endswith((b":", b"(", b"[", b"{"))
        unit = (b"\t" if lead.startswith(b"\t") else b"    ") if deeper else b""
        head += (b"\r\n" if b"\r\n" in self.data else b"\n") + lead + unit
        return head + tail, len(head)

    def prepared(self, offset: int) -> Answer | None:
        """Return the answer that was worked out ahead for just this text and offset."""
        if self.ahead is None or self.ahead[1] != offset or self.ahead[0] != self.data:
            return None
        return self.ahead[2]

    def typed_through(self, view: View) -> tuple[tuple[str, Suggestion], ...]:
        """Return the remainders of what was shown, if the text typed since then is its beginning (else nothing)."""
        if self.shown is None:
            return ()
        old, offset, suggestions = self.shown
        out = []
        for item in suggestions:
            start, now = item.start, view.offset
            same = now > offset and self.data[:start] == old[:start] and start == offset
            below = old.find(b"\n", offset)
            tail = old[below:] if below >= 0 else b""
            text = item.text.encode("utf-8", "surrogateescape")
            typed = self.data[start:now]
            if same and len(typed) < len(text) and text.startswith(typed) and self.data[now:].endswith(tail):
                rest = self.data[now : len(self.data) - len(tail)]
                if b"\n" not in rest:
                    out.append((text[len(typed) :].decode("utf-8", "surrogateescape"), item))
        return tuple(out)
