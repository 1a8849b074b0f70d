"""A language server as a child process: the few frames of the LSP that asking for definitions takes.

One thread reads; the caller sends and waits, always with a deadline. A server that dies, hangs, or takes more memory
than it may is ended with its process group, and `OpinionError` says which it was.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from familiar_codegraph.text import Encoding

_LIMIT = 64 * 1024 * 1024
_TICK = 0.1
_LATE, _GONE = "it did not answer in time", "it ended before it answered"


class OpinionError(Exception):
    """The checker gave no answer; the message says why in one sentence."""


class Location(NamedTuple):
    """A place as the server names it: an absolute path, a 0-based line and a column in the server's encoding."""

    path: str
    line: int
    column: int


class LanguageClient:
    """Speaks to one server. Not for several threads at once.

    `settings` answer what the server asks for by `workspace/configuration`, by section; `memory_mb` bounds the resident
    memory of the server and its children (where /proc tells it); when `stop()` turns true, waiting ends.
    """

    def __init__(
        self,
        argv: Sequence[str],
        root: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        memory_mb: int = 0,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start the process.

        Raises:
            OpinionError: it cannot be started.
        """
        self.root, self._settings, self._memory_mb = root, settings or {}, memory_mb
        self._stop = stop
        self._timer: threading.Timer | None = None
        self.encoding: Encoding = "utf-16"
        self.server: dict[str, Any] = {}
        self.peak_mb = 0.0
        try:
            self._process = subprocess.Popen(
                list(argv),
                cwd=root,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(env) if env is not None else None,
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            raise OpinionError(f"{argv[0]} could not be started: {error.strerror or error}") from error
        self._answers: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._ended, self._number = False, 0
        threading.Thread(target=self._read, name="opinion", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return not self._ended and self._process.poll() is None

    def end_at(self, deadline: float) -> None:
        """End the server at `deadline` (a `time.monotonic()`), whatever it does then: it may not even read."""
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._kill)
        self._timer.daemon = True
        self._timer.start()

    def initialize(self, deadline: float, options: object = None) -> None:
        """Shake hands; `deadline` is a `time.monotonic()`.

        Raises:
            OpinionError: see `wait`.
        """
        uri = uri_of(self.root)
        found = self.wait(
            self.send(
                "initialize",
                {
                    "processId": os.getpid(),
                    "rootUri": uri,
                    "workspaceFolders": [{"uri": uri, "name": self.root.name}],
                    "initializationOptions": options,
                    "capabilities": {
                        "general": {"positionEncodings": ["utf-8", "utf-16"]},
                        "workspace": {"configuration": True, "workspaceFolders": True},
                        "textDocument": {"definition": {}, "synchronization": {}},
                    },
                },
            ),
            deadline,
        )
        found = found if isinstance(found, dict) else {}
        self.encoding = "utf-8" if found.get("capabilities", {}).get("positionEncoding") == "utf-8" else "utf-16"
        self.server = found.get("serverInfo") or {}
        self.notify("initialized", {})

    def open(self, path: str, text: str) -> None:
        """Say what `path` (relative to the root) holds, whatever is on disk."""
        document = {"uri": uri_of(self.root / path), "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def close(self, path: str) -> None:
        """Say that `path` is what is on disk again."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(self.root / path)}})

    def ask_definition(self, path: str, position: tuple[int, int]) -> int:
        """Send the question where the name at a 0-based position is defined; return its number for `definition`."""
        where = {"line": position[0], "character": position[1]}
        document = {"uri": uri_of(self.root / path)}
        return self.send("textDocument/definition", {"textDocument": document, "position": where})

    def definition(self, number: int, deadline: float) -> list[Location]:
        """Return the answer to `ask_definition`; empty when the server knows none or fails on this one question.

        Raises:
            OpinionError: see `wait`.
        """
        found = self.wait(number, deadline)
        rows = found if isinstance(found, list) else [found] if isinstance(found, dict) else []
        return [place for row in rows if (place := _location(row)) is not None]

    def wait(self, number: int, deadline: float) -> Any:
        """Return the result of request `number`, None when the server answered with an error.

        Raises:
            OpinionError: the server ended, took too much memory, or did not answer by `deadline`.
        """
        with self._changed:
            while number not in self._answers:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise OpinionError(_LATE)
                if self._ended:
                    raise OpinionError(_GONE)
                if self._stop():
                    raise OpinionError("the question was cancelled")
                self._changed.wait(min(left, _TICK))
                self.weigh()
            return self._answers.pop(number).get("result")

    def send(self, method: str, params: object) -> int:
        """Send a request and return its number.

        Raises:
            OpinionError: the server has ended.
        """
        self._number += 1
        self._write({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        return self._number

    def notify(self, method: str, params: object) -> None:
        """Send a notification.

        Raises:
            OpinionError: the server has ended.
        """
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def end(self) -> None:
        """End the server and what it started, at once: it holds nothing that is worth saving."""
        if self._timer is not None:
            self._timer.cancel()
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _kill(self) -> None:
        kill = getattr(os, "killpg", None)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if kill is not None:
                kill(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def weigh(self) -> None:
        """Note how much memory the server takes.

        Raises:
            OpinionError: it is too much.
        """
        used = resident_mb(self._process.pid)
        self.peak_mb = max(self.peak_mb, used)
        if self._memory_mb and used > self._memory_mb:
            raise OpinionError(f"it took {used:.0f} MB of memory; {self._memory_mb} are allowed")

    def _write(self, message: object) -> None:
        body = json.dumps(message).encode()
        pipe = self._process.stdin
        assert pipe
        try:
            with self._sending:
                pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
                pipe.flush()
        except (OSError, ValueError) as error:
            late = self._timer is not None and not self._timer.is_alive()
            raise OpinionError(_LATE if late else _GONE) from error

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe
        with contextlib.suppress(OSError, ValueError, OpinionError):
            while (message := _frame(pipe)) is not None:
                self._take(message)
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        number, method = message.get("id"), message.get("method")
        if method is None:
            with self._changed:
                self._answers[number] = message  # type: ignore[index]
                self._changed.notify_all()
        elif number is not None:
            self._write({"jsonrpc": "2.0", "id": number, "result": self._reply(method, message.get("params"))})

    def _reply(self, method: str, params: Any) -> object:
        if method == "workspace/configuration":
            return [self._settings.get(item.get("section") or "") for item in params["items"]]
        if method == "workspace/workspaceFolders":
            return [{"uri": uri_of(self.root), "name": self.root.name}]
        return None


def uri_of(path: Path) -> str:
    """Return the URI of an absolute path."""
    return "file://" + quote(path.as_posix() if os.name != "nt" else "/" + path.as_posix())


def path_of(uri: str) -> str | None:
    """Return the absolute path of a file's URI, None for any other URI."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    return path.lstrip("/") if os.name == "nt" else path


def resident_mb(pid: int) -> float:
    """Return the resident megabytes of a process and its descendants; 0 where /proc does not tell."""
    if not sys.platform.startswith("linux"):
        return 0.0
    total, waiting = 0, [pid]
    while waiting:
        one = Path(f"/proc/{waiting.pop()}")
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int((one / "statm").read_text().split()[1])
            for task in (one / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6


def _location(row: Mapping[str, Any]) -> Location | None:
    path = path_of(row.get("targetUri") or row.get("uri") or "")
    span = row.get("targetSelectionRange") or row.get("range")
    if path is None or span is None:
        return None
    return Location(path, span["start"]["line"], span["start"]["character"])


def _frame(pipe: IO[bytes]) -> dict[str, Any] | None:
    length = -1
    while (line := pipe.readline(1024)).strip():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    if not line or not 0 <= length <= _LIMIT:
        return None
    body = pipe.read(length)
    if len(body) < length:
        return None
    message = json.loads(body)
    return message if isinstance(message, dict) else None
