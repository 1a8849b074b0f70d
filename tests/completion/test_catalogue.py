"""Fetching a model from a hub on this machine: progress, resume, checksum, and what a hub can do wrong."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from familiar_codegraph.shared import lock
from familiar_completion import catalogue, models
from familiar_completion.models import ModelError

pytest.importorskip("huggingface_hub")
NAME = "someone/some-model/some-model.gguf"


class Hub:
    """The part of a hub's interface that a download needs, over HTTP. `cuts` end transfers after so many bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.sha256 = data, hashlib.sha256(data).hexdigest()
        self.cuts: list[int] = []
        self.ranges: list[str | None] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None: ...

            def do_HEAD(self) -> None:
                self._answer(head=True)

            def do_GET(self) -> None:
                self._answer(head=False)

            def _answer(self, *, head: bool) -> None:
                path = self.path.partition("?")[0]
                if path == "/api/models/someone/some-model":
                    file = {"rfilename": "some-model.gguf", "size": len(hub.data), "lfs": {}}
                    file["lfs"] = {"sha256": hub.sha256, "size": len(hub.data), "pointerSize": 100}
                    about = {"id": "someone/some-model", "modelId": "someone/some-model", "sha": "a" * 40}
                    self._send(200, json.dumps({**about, "siblings": [file]}).encode(), {}, head=head)
                elif path.startswith("/someone/some-model/resolve/"):
                    self._file(head=head)
                else:
                    self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, head=head)

            def _file(self, *, head: bool) -> None:
                headers = {"ETag": f'"{hub.sha256}"', "X-Repo-Commit": "a" * 40, "Accept-Ranges": "bytes"}
                wanted = self.headers.get("Range")
                start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
                if wanted:
                    headers["Content-Range"] = f"bytes {start}-{len(hub.data) - 1}/{len(hub.data)}"
                if not head:
                    hub.ranges.append(wanted)
                self._send(206 if wanted else 200, hub.data[start:], headers, head=head)

            def _send(self, code: int, body: bytes, headers: dict[str, str], *, head: bool) -> None:
                self.send_response(code)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not head:
                    cut = hub.cuts.pop(0) if hub.cuts and len(body) > 100_000 else None
                    self.wfile.write(body[:cut])
                    self.close_connection = cut is not None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(models.WEIGHTS.read_bytes())
    yield hub
    hub.close()


def test_a_model_is_fetched_checked_and_remembered(hub: Hub) -> None:
    told: list[tuple[int, int]] = []
    model = catalogue.pull(NAME, hub.endpoint, lambda done, total: told.append((done, total)))
    assert Path(model.path).read_bytes() == hub.data
    assert told[-1] == (len(hub.data), len(hub.data))
    assert models.find("some-model") == model
    models.use("some-model")


def test_a_fetch_that_was_cut_off_goes_on_where_it_stopped(hub: Hub) -> None:
    piece = 10 * 1024 * 1024  # what the hub's client writes at once
    hub.cuts = [piece + 1000, *[0] * 20]
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        catalogue.pull(NAME, hub.endpoint)
    assert caught.value.kind == "hub" and "\n" not in caught.value.message
    hub.cuts = []
    hub.ranges.clear()
    assert catalogue.pull(NAME, hub.endpoint).bytes == len(hub.data)
    assert hub.ranges == [f"bytes={piece}-"]


def test_a_file_that_is_not_what_the_hub_says_is_deleted(hub: Hub) -> None:
    hub.sha256 = "0" * 64
    with pytest.raises(ModelError, match="is not what the hub says it is"):
        catalogue.pull(NAME, hub.endpoint)
    assert not list((models.data_dir() / "models").glob("*.gguf"))
    assert not list((models.data_dir() / "models").glob("*.part"))


def test_what_another_process_fetches_is_not_fetched_twice(hub: Hub) -> None:
    folder = models.data_dir() / "models"
    folder.mkdir()
    with (folder / "some-model.gguf.lock").open("wb") as held:
        lock(held, wait=False)
        with pytest.raises(ModelError, match=r"Another process is fetching some-model\.gguf") as caught:
            catalogue.pull(NAME, hub.endpoint)
    assert (caught.value.kind, hub.ranges) == ("busy", [])
    assert catalogue.pull(NAME, hub.endpoint).bytes == len(hub.data)


def test_unknown_names_and_absent_hubs_are_sentences(hub: Hub) -> None:
    for name, endpoint, words in (
        ("nothing", hub.endpoint, "No model is called 'nothing' in the catalogue; there are: qwen2.5-coder-0.5b"),
        ("no/where/x.gguf", hub.endpoint, "has no model no/where"),
        ("someone/some-model/other.gguf", hub.endpoint, "has no file other.gguf"),
        (NAME, "http://127.0.0.1:9", "could not be fetched"),
    ):
        with pytest.raises(ModelError, match=re.escape(words)):
            catalogue.pull(name, endpoint)


def test_the_largest_model_that_is_fast_enough_and_fits_is_recommended() -> None:
    slow, laptop, gpu = 1e-10, 3e-11, 1e-12
    assert catalogue.recommend(slow, 1 << 40) == models.EMBEDDED
    assert catalogue.recommend(laptop, 1 << 40) == "qwen2.5-coder-0.5b"
    assert catalogue.recommend(gpu, 1 << 40) == "qwen2.5-coder-7b"
    assert catalogue.recommend(gpu, 3_000_000_000) == "qwen2.5-coder-1.5b"
    assert catalogue.recommend(None, None) == models.EMBEDDED
