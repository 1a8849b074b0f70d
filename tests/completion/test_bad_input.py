"""Models and servers that cannot be used, through the completion process: one sentence, and the editor goes on."""

import asyncio
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from familiar_completion import models
from familiar_completion.client import CompletionClient
from familiar_completion.remote_server import Server
from familiar_completion.values import Answer
from support import tiny

pytestmark = pytest.mark.model
pytest.importorskip("llama_cpp")
pytest.importorskip("gguf")

TEXT = b"def first(x):\n    return compute(x, depth=1)\n\ndef second(x):\n    return comp"


def complete(root: Path, model: Path | None, remote: Server | None = None, text: bytes = TEXT) -> Answer:
    """Ask once the model has been loaded or refused, twice: what is refused stays refused in the same words."""

    async def scenario() -> Answer:
        client = CompletionClient(root, model, remote=remote, least=0.0, house="off")
        try:
            await client.put("b.py", 1, text)
            await client.ready(60)
            first = await client.complete("b.py", len(text), 1, wait=5.0)
            await client.put("b.py", 2, text)
            again = await client.complete("b.py", len(text), 2, wait=5.0)
            assert again.model == first.model
            return first
        finally:
            await client.close()

    return asyncio.run(scenario())


def enormous(path: Path) -> Path:
    """A model of some terabytes, as its own head says; on the disk there is next to nothing of it."""
    tiny.write(path, "qwen2.5-coder")
    data = path.read_bytes()
    width = (64).to_bytes(8, "little")
    at = data.index(b"output.weight") + len(b"output.weight") + 4
    assert data[at : at + 8] == width
    path.write_bytes(data[:at] + (1 << 32).to_bytes(8, "little") + data[at + 8 :])
    with path.open("r+b") as file:
        file.truncate(1 << 43)
    return path


def unknown(path: Path) -> Path:
    tiny.write(path, "qwen2.5-coder")
    path.write_bytes(path.read_bytes().replace(b"llama", b"qlama"))
    return path


def truncated(path: Path) -> Path:
    whole = models.WEIGHTS.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def web_page(path: Path) -> Path:
    path.write_bytes(b"<!doctype html><title>Not found</title>")
    return path


FILES = {
    truncated: "truncated",
    unknown: "its architecture is unknown",
    lambda path: tiny.write(path, "chat"): "no fill-in-the-middle tokens: it cannot complete at a cursor",
    enormous: "GB of memory and",
    web_page: "not a GGUF",
}


@pytest.mark.parametrize("make", FILES, ids=["truncated", "unknown", "chat", "enormous", "a web page"])
def test_a_model_that_cannot_be_used_is_one_sentence_and_counts_go_on(make: object, tmp_path: Path) -> None:
    assert callable(make)
    path = make(tmp_path / "bad.gguf")
    answer = complete(tmp_path, path)
    assert answer.suggestions[0].text == "ute(x, depth=1)"
    assert answer.model and FILES[make] in answer.model and "\n" not in answer.model  # type: ignore[index]
    assert str(path) in answer.model


@pytest.fixture
def web_site() -> Iterator[str]:
    """A site that answers everything with a page, as a log-in in front of a server does."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><body>Log in</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("kind", ["llama.cpp", "openai"])
def test_a_server_that_answers_html_is_one_sentence_and_counts_go_on(kind: str, web_site: str, tmp_path: Path) -> None:
    answer = complete(tmp_path, None, Server(kind, web_site))  # type: ignore[arg-type]
    assert answer.suggestions[0].text == "ute(x, depth=1)"
    assert answer.model and "web page" in answer.model and web_site in answer.model and "\n" not in answer.model


@pytest.mark.parametrize("text", [b"", b"\xff\xfe\xff", b"\n" * 3], ids=["nothing", "no UTF-8", "blank"])
def test_texts_without_anything_to_go_on_are_answered(text: bytes, tmp_path: Path) -> None:
    answer = complete(tmp_path, models.WEIGHTS, text=text)
    assert answer.suggestions or answer.silence
    assert all("\ufffd" not in item.text for item in answer.suggestions)
