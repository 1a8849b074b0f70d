"""A model on a server that the user has named: llama.cpp's own server, or any that speaks OpenAI's completions.

It stands in the place of the worker (`runtime.Backend`). Nothing is sent before the user has set an address, and then
only to that address: no redirect is followed, and a key travels encrypted or to this machine alone. What goes wrong is
one sentence; completion goes on from counts, and the server is asked again after a while.
"""

import asyncio
import contextlib
import os
import shlex
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from familiar_codegraph.wire import ChildError, ChildGone

from familiar_completion import remote_chat
from familiar_completion.pending import Said
from familiar_completion.remote_answer import UNKNOWN, Answering, Odd, events
from familiar_completion.remote_server import Server
from familiar_completion.stops import Stops, indent_of, stops
from familiar_completion.templates import TEMPLATES, template_of

AGAIN = 5.0
"""Seconds until a server that could not be used is asked again."""
_CONNECT = 2.0
_LOCAL = ("localhost", "127.0.0.1", "::1")
_TOKENS = {"line": 48, "block": 64}
_RULES = "CONVENTIONS.txt"
"""The name under which a server is told what the house never writes, beside pieces of other files."""
_WORTH = 0.08
"""The probability from which another beginning is followed, as in the embedded model."""
_MOST_TOLD = 5
"""The most probabilities a token that OpenAI's interface tells."""
_BUSY = (429, 502, 503, 504)


class Remote:
    """The server as the engine sees it; the same attributes as `runtime.Model`."""

    def __init__(self, server: Server, again: float = AGAIN) -> None:
        self.server, self._again = server, again
        self.path: str | None = server.url
        self.state, self.why = "loading", f"{server.url} has not answered yet"
        self.info: dict[str, Any] = {}
        self.restarts = 0
        self.cpu = 0.0
        self.pid: int | None = None
        self._client: httpx.AsyncClient | None = None
        self._plain = False
        self._waiting: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    async def start(self) -> None:
        """Ask the server who it is; returns when it has answered or failed (see `state`)."""
        try:
            self._client = self._client or self._open()
            found = await self._ask("GET", "health" if self.server.kind == "llama.cpp" else "models")
            self.info = self._described(found)
            self.state, self.why = "ready", ""
        except Odd as error:
            self._fail(str(error))

    async def complete(self, request: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
        """Return candidates in the worker's form (see `worker.Worker.complete`); nothing is `said` before them.

        Raises:
            ChildError: the server failed; the message says how.
        """
        if not self.ready:
            raise ChildGone("ChildGone", self.why)
        seconds = min(float(request["seconds"]), self.server.seconds)
        try:
            async with asyncio.timeout(seconds):
                return await self._complete(request, seconds)
        except TimeoutError:
            await self._renew()  # a connection that is dead without a word must not take the next request
            raise ChildError("Timeout", f"{self.server.url} did not answer within {seconds:.1f} s") from None
        except Odd as error:
            self._fail(str(error))
            raise ChildError("Remote", str(error)) from None

    async def idle(self, request: dict[str, Any]) -> None:
        """Let llama.cpp's server read the prompt ahead; others are left alone, for they may count requests."""
        if self.ready and self.server.kind == "llama.cpp":
            with contextlib.suppress(ChildError):
                await self.complete({**request, "seconds": self.server.seconds, "tokens": 0})

    def status(self) -> dict[str, Any]:
        """Return what is known of the server; the key is no part of it."""
        return {
            "state": self.state,
            "why": self.why,
            "path": self.server.url,
            "pid": None,
            "restarts": self.restarts,
            "info": self.info,
        }

    async def close(self) -> None:
        """Close the connections."""
        if self._waiting:
            self._waiting.cancel()
        if self._client:
            await self._client.aclose()

    # ------------------------------------------------------------ one request

    async def _complete(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Return the greedy answer, and others that begin with the next likely tokens while there is time for them.

        They are asked for one after the other: their prompt is known to the server by then, and some servers break off
        what they write when another request comes.
        """
        began = time.monotonic()
        line = request["prefix"].rpartition("\n")[2]
        ends = stops(request["mode"], indent_of(line), request.get("stop") or ())
        if self.server.template == "chat":
            return await self._chat(request, ends)
        path, body = self._body(request)
        first = await self._follow(path, body, Answering(ends, self.server.kind))
        answer = first.answer()
        took = time.monotonic() - began
        for begin in first.others(int(request.get("n", 1)) - 1, _WORTH):
            left = seconds - (time.monotonic() - began)
            if left < 1.5 * took:
                break
            try:
                async with asyncio.timeout(left - took / 4):
                    other = Answering(ends, self.server.kind, begin)
                    more = (await self._follow(path, _beginning(body, begin[0]), other)).answer()
            except (TimeoutError, Odd):
                break
            answer["candidates"] += more["candidates"]
            answer["tokens"]["generated"] += more["tokens"]["generated"]
        return answer

    async def _chat(self, request: dict[str, Any], ends: Stops) -> dict[str, Any]:
        """Return the answer of a chat model, asked in words (see `remote_chat`); how likely it is, is not known."""
        chunks = [(path, text) for path, text in request.get("chunks", ())]
        mode, prefix = request["mode"], request["prefix"]
        asked = remote_chat.messages(request["path"], prefix, request["suffix"], chunks, mode)
        body = {"messages": asked, "max_tokens": 2 * _TOKENS[mode], "temperature": 0, "stream": True}
        if model := self.server.model or self.info.get("name"):
            body["model"] = model
        said, finished = list[str](), False
        async for event in self._stream("v1/" * (self.server.kind == "llama.cpp") + "chat/completions", body):
            for choice in (event.get("choices") or [])[:1]:
                said.append((choice.get("delta") or choice.get("message") or {}).get("content") or "")
                finished = finished or bool(choice.get("finish_reason"))
        if not finished:
            raise Odd(f"{self.server.url} ended its answer in the middle", again=True)
        text = remote_chat.middle("".join(said), prefix)
        answering = Answering(ends, "openai")
        pieces = {"token_logprobs": [UNKNOWN] * sum(map(bool, said))}
        answering.take({"choices": [{"text": text, "logprobs": pieces, "finish_reason": "stop"}]})
        return answering.answer()

    async def _follow(self, path: str, body: dict[str, Any], answering: Answering) -> Answering:
        """Read one answer to its end; ask again once where a new connection may help."""
        for attempt in (0, 1):
            try:
                async for event in self._stream(path, body):
                    if answering.take(event):
                        break
                break
            except Odd as error:
                if "logprobs" in body and "logprobs" in error.detail and not answering.begun:
                    self._plain = True
                    del body["logprobs"]
                elif attempt or not error.again or answering.begun:
                    raise
        return answering

    def _body(self, request: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the path and JSON of a request."""
        tokens = request.get("tokens", _TOKENS[request["mode"]])
        ends = ["\n"] if request["mode"] == "line" else []
        chunks = [(path, text) for path, text in request.get("chunks", ())]
        if constraints := request.get("never"):
            chunks.append((_RULES, "\n".join(constraints) + "\n"))
        if self.server.kind == "llama.cpp" and self.server.template == "auto":
            extra = [{"filename": path, "text": text} for path, text in chunks]
            return "infill", {
                "input_prefix": request["prefix"],
                "input_suffix": request["suffix"],
                "input_extra": extra,
                "prompt": "",
                **_llama(tokens, ends, request),
            }
        name = template_of(self.server.model or str(self.info.get("name", "")), self.server.template)
        if name is None:
            known = ", ".join((*TEMPLATES, "chat (for a model that only talks)"))
            raise Odd(
                f"it is not known how the model {self.info.get('name') or self.server.model!r} spells a hole; set "
                f"`familiar.model.template` to one of: {known}"
            )
        template = TEMPLATES[name]
        prompt = template.write(request["path"], request["prefix"], request["suffix"], chunks)
        ends = [*ends, *template.ends][:4]
        if self.server.kind == "llama.cpp":
            return "completion", {"prompt": prompt, **_llama(tokens, ends, request)}
        body = {"prompt": prompt, "max_tokens": max(tokens, 1), "temperature": 0, "stop": ends, "stream": True}
        if model := self.server.model or self.info.get("name"):
            body["model"] = model
        return "completions", body if self._plain else {
            **body,
            "logprobs": min(max(int(request.get("n", 1)), 1), _MOST_TOLD),
        }

    async def _stream(self, path: str, body: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        assert self._client
        try:
            async with self._client.stream("POST", path, json=body) as response:
                await self._checked(response)
                async for event in events(response, self.server.url):
                    yield event
        except httpx.HTTPError as error:
            raise self._said(error) from error

    async def _ask(self, method: str, path: str) -> Any:
        assert self._client
        try:
            response = await self._client.request(method, path)
            await self._checked(response)
            return msgspec.json.decode(response.content or b"null")
        except msgspec.DecodeError as error:
            raise Odd(f"{self.server.url} answered something that is not JSON") from error
        except httpx.HTTPError as error:
            raise self._said(error) from error

    async def _checked(self, response: httpx.Response) -> None:
        url, code = self.server.url, response.status_code
        if code in (401, 403):
            source = (self.server.key_command and "key command") or self.server.key_variable
            raise Odd(f"{url} refused the key ({code}); see {source}")
        if 300 <= code < 400:
            raise Odd(f"{url} wants to redirect ({code}), which is not followed; set the final address")
        if "html" in response.headers.get("content-type", ""):
            raise Odd(
                f"{url} answered with a web page ({code}) instead of JSON; is the address right, or does a log-in page "
                "stand in front of it?"
            )
        if code >= 400:
            text = (await response.aread()).decode("utf-8", "replace")[:300].replace("\n", " ")
            if key := response.request.headers.get("authorization", "").removeprefix("Bearer "):
                text = text.replace(key, "(the key)")
            raise Odd(f"{url} answered with status {code}: {text}", again=code in _BUSY, detail=text)

    def _said(self, error: httpx.HTTPError) -> Odd:
        url = self.server.url
        if isinstance(error, httpx.TimeoutException):
            return Odd(f"{url} did not answer in time")
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Odd(f"the certificate of {url} is not trusted; `familiar.model.certificate` can name its authority")
        if isinstance(error, httpx.ConnectError):
            return Odd(f"{url} cannot be reached: {error}", again=True)
        return Odd(f"{url} ended the connection in the middle of its answer", again=True)

    # ------------------------------------------------------------ connections

    def _open(self) -> httpx.AsyncClient:
        """Open a pool of connections.

        Raises:
            Odd: the address, the key or the certificate cannot be used.
        """
        server, parts = self.server, urlsplit(self.server.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Odd(f"{server.url!r} is no address of a server; it begins with https:// or http://")
        key = _key(server)
        if key and parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise Odd(f"the key for {server.url} would travel unencrypted; use https://")
        try:
            context = ssl.create_default_context(cafile=server.certificate or None)
        except OSError as error:
            raise Odd(f"the certificate file {server.certificate} cannot be read: {error.strerror or error}") from error
        return httpx.AsyncClient(
            base_url=server.url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(server.seconds, connect=_CONNECT),
            verify=context,
            follow_redirects=False,
        )

    async def _renew(self) -> None:
        if self._client:
            await self._client.aclose()
        self._client = self._open()

    def _described(self, found: Any) -> dict[str, Any]:
        if self.server.kind == "llama.cpp":
            return {"name": self.server.model or "the server's model", "layout": "the server's own"}
        names = [row.get("id", "") for row in found.get("data", ())] if isinstance(found, dict) else []
        if self.server.model and names and self.server.model not in names:
            raise Odd(f"{self.server.url} has no model {self.server.model!r}; it has: {', '.join(names)}")
        return {"name": self.server.model or next(iter(names), "")}

    def _fail(self, why: str) -> None:
        """Go on without the server, and ask it again after a while."""
        self.state, self.why = "down", why
        if self._waiting is None or self._waiting.done():
            self._waiting = asyncio.get_running_loop().create_task(self._retry())

    async def _retry(self) -> None:
        while not self.ready:
            await asyncio.sleep(self._again)
            self.restarts += 1
            await self.start()


def _beginning(body: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a request whose answer goes on from `text`."""
    return {**body, "prompt": body["prompt"] + text}


def _llama(tokens: int, ends: list[str], request: dict[str, Any]) -> dict[str, Any]:
    return {
        "n_predict": tokens,
        "temperature": 0,
        "n_probs": max(int(request.get("n", 1)), 1),
        "stop": ends,
        "cache_prompt": True,
        "stream": True,
    }


def _key(server: Server) -> str:
    """Return the key, or "" where none is set."""
    if not server.key_command:
        return os.environ.get(server.key_variable, "").strip()
    try:
        argv = shlex.split(server.key_command)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Odd(f"the key command cannot be run: {type(error).__name__}") from None
    if done.returncode:
        raise Odd(f"the key command ended with status {done.returncode}")
    return done.stdout.strip()


__all__ = ["AGAIN", "Remote", "Server"]
