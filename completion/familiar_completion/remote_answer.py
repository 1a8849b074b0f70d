"""A server's streamed answer as a candidate: server-sent events, the text so far, where it ends, how likely it is."""

import math
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec

from familiar_completion.stops import Stops

UNKNOWN = math.log(0.9)
"""The logarithm that stands for each piece's probability where a server tells none: a guess, and a modest one."""


class Odd(Exception):
    """Why a server cannot be used now: one sentence. `again`: a new connection may help; `detail`: what it wrote."""

    def __init__(self, message: str, *, again: bool = False, detail: str = "") -> None:
        super().__init__(message)
        self.again, self.detail = again, detail


async def events(response: httpx.Response, url: str) -> AsyncIterator[dict[str, Any]]:
    """Yield the JSON objects of a stream of server-sent events, or the one object of a plain answer.

    Raises:
        Odd: something else came, or the stream ended before it said so.
    """
    if "event-stream" not in response.headers.get("content-type", ""):
        yield _decoded(await response.aread(), url)
        return
    async for line in response.aiter_lines():
        name, _, data = line.partition(":")
        if name == "error":
            raise Odd(f"{url} failed: {data.strip()[:300]}", detail=data)
        if name == "data":
            if data.strip() == "[DONE]":
                return
            yield _decoded(data.encode(), url)


def _decoded(data: bytes, url: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise Odd(f"{url} answered something that is not JSON") from error
    if not isinstance(found, dict):
        raise Odd(f"{url} answered with {type(found).__name__} where an object was expected")
    if said := found.get("error"):
        text = str(said.get("message", said) if isinstance(said, dict) else said)[:300]
        raise Odd(f"{url} failed: {text}", detail=text)
    return found


class Answering:
    """One answer as it comes in, of a server of one kind. `first`: how it was made to begin, and that one's logarithm.

    `firsts` are the likeliest beginnings that the server told with the first piece, as (text, logarithm).
    """

    def __init__(self, stops: Stops, kind: str, first: tuple[str, float] | None = None) -> None:
        self._stops, self._states, self._kind = stops, stops.start, kind
        self._data, self._logs = b"", list[float]()
        self._ended = self._finished = self.begun = False
        self._prompt = self._reused = 0
        self.firsts: list[tuple[str, float]] = []
        if first:
            self._add(first[0])
            self._logs.append(first[1])

    def take(self, event: dict[str, Any]) -> bool:
        """Take in one event; return whether the text has ended, so that no more need come."""
        text, logs = self._llama(event) if self._kind == "llama.cpp" else self._openai(event)
        self.begun = True
        self._logs += logs or ([UNKNOWN] if text else [])
        self._add(text)
        return self._ended

    def others(self, n: int, least: float) -> list[tuple[str, float]]:
        """Return up to `n` other beginnings whose chance is at least `least`, the likeliest first; blank ones, and
        those that are no whole text, are passed over."""
        whole = self._data.decode("utf-8", "replace")
        found = {
            text: log
            for text, log in self.firsts
            if math.exp(log) >= least and text.strip() and "\ufffd" not in text and not whole.startswith(text)
        }
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:n]

    def _add(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._states, consumed = self._stops.feed(self._states, data)
        self._data += data if consumed is None else consumed
        if consumed is not None:
            self._data = Stops.cut(self._data, self._states)
            self._ended = True

    def _llama(self, event: dict[str, Any]) -> tuple[str, list[float]]:
        if event.get("stop"):
            timings = event.get("timings") or {}
            self._reused = int(timings.get("cache_n", event.get("tokens_cached", 0)))
            self._prompt = int(timings.get("prompt_n", 0)) + self._reused
            self._finished = True
            self._ended = event.get("stop_type") in ("word", "eos") or self._ended
        found = event.get("completion_probabilities") or []
        if not self.begun and found:
            self.firsts = [(row["token"], float(row["logprob"])) for row in found[0].get("top_logprobs") or ()]
        return event.get("content") or "", [float(row["logprob"]) for row in found if "logprob" in row]

    def _openai(self, event: dict[str, Any]) -> tuple[str, list[float]]:
        choice = next(iter(event.get("choices") or []), None)
        if usage := event.get("usage"):
            self._prompt = int(usage.get("prompt_tokens", 0))
            self._reused = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0))
        if choice is None:
            return "", []
        if reason := choice.get("finish_reason"):
            self._finished = True
            self._ended = reason == "stop" or self._ended
        told = choice.get("logprobs") or {}
        logs = told.get("token_logprobs") or []
        if not self.begun and (top := told.get("top_logprobs")):
            self.firsts = [(text, float(log)) for text, log in (top[0] or {}).items()]
        return choice.get("text") or "", [float(log) for log in logs if log is not None]

    def answer(self) -> dict[str, Any]:
        """Return the worker's form of the answer.

        Raises:
            Odd: the stream ended before the text did.
        """
        if not self._ended and not self._finished:
            raise Odd("the server ended its answer in the middle", again=True)
        total = sum(self._logs)
        candidate = {
            "text": self._data.decode("utf-8", "replace"),
            "chance": math.exp(total),
            "mean": total / max(len(self._logs), 1),
            "least": min(self._logs, default=0.0),
            "ended": self._ended,
            "logs": self._logs,
        }
        made = len(self._logs)
        tokens = {"prompt": self._prompt, "reused": self._reused, "generated": made, "drafted": 0, "accepted": 0}
        return {"candidates": [candidate] if self._data else [], "tokens": tokens, "cold": False, "ms": {}}
