"""Models on servers: real ones (llama-cpp-python's, with a key and TLS; llama-server where it is), and broken ones."""

import asyncio
import contextlib
import importlib.util
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Literal

import httpx
import pytest
from familiar_codegraph.wire import ChildError
from familiar_completion import models, remote_chat
from familiar_completion.remote import Remote, Server
from familiar_completion.templates import TEMPLATES, template_of
from support.aio import eventually

LLAMA_SERVER = os.environ.get("FAMILIAR_LLAMA_SERVER") or shutil.which("llama-server")
PYTHON_SERVER = all(importlib.util.find_spec(name) for name in ("llama_cpp", "uvicorn", "starlette_context"))
TEXT = "import os\n\ndef read(path):\n    with open(path) as file:\n        "
KEY = "a-secret-of-the-test"


def request(prefix: str = TEXT, **changes: Any) -> dict[str, Any]:
    given = {"path": "a.py", "prefix": prefix, "suffix": "\n", "chunks": [], "mode": "line", "n": 1, "seconds": 20.0}
    return given | changes


def with_server(server: Server, ask: Callable[[Remote], Awaitable[Any]], again: float = 0.2) -> Any:
    async def scenario() -> Any:
        remote = Remote(server, again)
        try:
            await remote.start()
            return await ask(remote)
        finally:
            await remote.close()

    return asyncio.run(scenario())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(argv: list[str], url: str, verify: Any = True) -> Iterator[subprocess.Popen[bytes]]:
    # llama-cpp-python's server reads each of its settings (`cache`, `model`, `host`, ...) from a variable of that name.
    kept = {name: value for name, value in os.environ.items() if name in {"HOME", "PATH", "TMPDIR"}}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=said, env=kept) as process,
    ):
        try:
            for _ in range(600):
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(url, verify=verify).status_code != 503:
                        break
                if process.poll() is not None:
                    said.seek(0)
                    raise AssertionError("the server ended: " + said.read().decode(errors="replace")[-2000:])
                time.sleep(0.1)
            yield process
        finally:
            process.kill()


# ---------------------------------------------------------------- an OpenAI-compatible server, with a key, by TLS


@pytest.fixture(scope="module")
def openai(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not PYTHON_SERVER:
        pytest.skip("llama-cpp-python's server is not installed")
    trustme = pytest.importorskip("trustme")
    import ssl

    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    port = free_port()
    argv = [sys.executable, "-m", "llama_cpp.server", "--model", str(models.WEIGHTS), "--port", str(port)]
    argv += ["--api_key", KEY, "--ssl_certfile", str(folder / "cert.pem"), "--ssl_keyfile", str(folder / "key.pem")]
    argv += ["--n_threads", "1", "--n_ctx", "1024", "--logits_all", "true", "--model_alias", "familiar-py"]
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    url = f"https://127.0.0.1:{port}/v1"
    with running(argv, f"{url}/models", context):
        yield Server("openai", url, certificate=str(folder / "ca.pem"), key_command=f"echo {KEY}")


@pytest.mark.slow
@pytest.mark.model
def test_an_openai_server_completes_with_key_and_certificate(openai: Server) -> None:
    async def ask(remote: Remote) -> None:
        assert remote.ready, remote.why
        assert remote.info["name"] == "familiar-py"
        answer = await remote.complete(request())
        (candidate,) = answer["candidates"]
        assert candidate["ended"] and "\n" not in candidate["text"].rstrip("\n")
        assert 0 < candidate["chance"] <= 1 and len(candidate["logs"]) == answer["tokens"]["generated"]
        assert KEY not in repr(remote.status())

    with_server(openai, ask)


def likely_beginnings(remote: Remote) -> Awaitable[None]:
    async def ask() -> None:
        seen = 0
        for prefix in ("import os\n\nx = os.", "def f(self, name, value=None):\n    self.", "for item in "):
            alone = await remote.complete(request(prefix))
            several = await remote.complete(request(prefix, n=3))
            texts = [candidate["text"] for candidate in several["candidates"]]
            assert texts[0] == alone["candidates"][0]["text"] and len(set(texts)) == len(texts) <= 3
            chances = [math.exp(candidate["logs"][0]) for candidate in several["candidates"]]
            assert all(0.08 <= chance <= 1 for chance in chances[1:])
            assert all(candidate["chance"] <= chances[0] + 1e-6 for candidate in several["candidates"])
            seen += len(texts) > 1
        assert seen, "no place has a second beginning that is likely enough"

    return ask()


@pytest.mark.slow
@pytest.mark.model
def test_an_openai_server_gives_several_candidates(openai: Server) -> None:
    with_server(openai, likely_beginnings)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("template", ["auto", "familiar"])
def test_llama_server_gives_several_candidates(llama: Any, template: str) -> None:
    with_server(Server("llama.cpp", llama[0].url, template=template), likely_beginnings)


@pytest.mark.slow
@pytest.mark.model
def test_a_wrong_key_an_untrusted_certificate_and_an_unknown_model_are_sentences(openai: Server) -> None:
    from msgspec.structs import replace

    cases = {
        "refused the key (401)": replace(openai, key_command="echo wrong"),
        "is not trusted": replace(openai, certificate=""),
        "has no model 'other'; it has: familiar-py": replace(openai, model="other"),
        "ended with status 1": replace(openai, key_command="false"),
        "cannot be read": replace(openai, certificate="/nowhere/ca.pem"),
    }

    for words, server in cases.items():

        async def ask(remote: Remote, words: str = words) -> None:
            assert remote.state == "down" and words in remote.why
            assert "wrong" not in remote.why

        with_server(server, ask)


# ---------------------------------------------------------------- llama.cpp's own server


@pytest.fixture
def llama() -> Iterator[tuple[Server, subprocess.Popen[bytes], list[str]]]:
    if not LLAMA_SERVER:
        pytest.skip("no llama-server: set FAMILIAR_LLAMA_SERVER to its path")
    port = free_port()
    argv = [LLAMA_SERVER, "-m", str(models.WEIGHTS), "--port", str(port), "-t", "1", "-c", "1024", "--no-webui"]
    with running(argv, f"http://127.0.0.1:{port}/health") as process:
        yield Server("llama.cpp", f"http://127.0.0.1:{port}"), process, argv


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("template", ["auto", "familiar"])
def test_llama_server_completes_by_infill_and_by_completion(llama: Any, template: str) -> None:
    async def ask(remote: Remote) -> None:
        assert remote.ready, remote.why
        long = "".join(f"def function_{i}(argument):\n    return argument + {i}\n\n" for i in range(12)) + TEXT
        await remote.complete(request(long))
        again = await remote.complete(request(long + "re"))
        assert again["candidates"][0]["ended"]
        assert again["tokens"]["prompt"] > 20 and 0 < again["candidates"][0]["chance"] <= 1

    server = llama[0]
    with_server(Server(server.kind, server.url, template=template), ask)


@pytest.mark.slow
@pytest.mark.model
def test_a_server_that_is_killed_is_found_again(llama: Any) -> None:
    server, process, argv = llama

    async def ask(remote: Remote) -> None:
        assert remote.ready
        task = asyncio.create_task(remote.complete(request("z = f(x)\n" * 150, mode="block")))
        await asyncio.sleep(0.05)
        process.kill()
        process.wait()
        with contextlib.suppress(ChildError):
            await task
        with pytest.raises(ChildError):
            await remote.complete(request())
        assert remote.state == "down" and server.url in remote.why
        with running(argv, f"{server.url}/health"):

            async def is_ready() -> bool:
                return remote.ready

            await eventually(is_ready)
            assert (await remote.complete(request()))["candidates"]

    with_server(server, ask)


# ---------------------------------------------------------------- servers that break


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = 'data: {"choices": [{"text": "ret"}]}\n\n'


def chunk(text: str) -> str:
    return f"{len(text.encode()):x}\r\n{text}\r\n"


STREAM = HEAD.format(kind="text/event-stream")
BROKEN = {
    "dies in mid-stream": (STREAM + chunk(EVENT), "ended the connection in the middle"),
    "ends before the text does": (STREAM + chunk(EVENT) + chunk("data: [DONE]\n\n") + "0\r\n\r\n", "in the middle"),
    "answers HTML": (HEAD.format(kind="text/html") + chunk("<html>log in</html>") + "0\r\n\r\n", "web page"),
    "answers text": (HEAD.format(kind="application/json") + chunk("hello") + "0\r\n\r\n", "not JSON"),
    "answers a list": (HEAD.format(kind="application/json") + chunk("[1]") + "0\r\n\r\n", "list"),
    "sends an error in the stream": (STREAM + chunk('data: {"error": {"message": "out of memory"}}\n\n'), "out of mem"),
    "redirects": ("HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", "redirect"),
    "fails": ("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops", "status 500: oops"),
    "closes at once": ("", "ended the connection"),
}


def broken(
    reply: str | list[str],
    ask: Callable[[Remote], Awaitable[Any]],
    *,
    hang: bool = False,
    seconds: float = 10.0,
    template: str = "auto",
) -> None:
    """Ask a server that names its model properly, and answers everything else with `reply` (several: one by one)."""
    replies = [reply] if isinstance(reply, str) else list(reply)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET"):
                body = b'{"data": [{"id": "qwen2.5-coder"}]}'
                kind = b"Content-Type: application/json\r\nConnection: close\r\n"
                writer.write(b"HTTP/1.1 200 OK\r\n" + kind + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            else:
                writer.write((replies.pop(0) if len(replies) > 1 else replies[0]).encode())
                if hang:
                    await asyncio.sleep(30)
            await writer.drain()
        writer.close()

    async def scenario() -> None:
        listening = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        remote = Remote(Server("openai", f"http://127.0.0.1:{port}/v1", template=template, seconds=seconds))
        try:
            await remote.start()
            assert remote.ready, remote.why
            await ask(remote)
        finally:
            await remote.close()
            listening.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("what", BROKEN)
def test_what_a_broken_server_does_is_one_sentence(what: str) -> None:
    reply, words = BROKEN[what]

    async def ask(remote: Remote) -> None:
        with pytest.raises(ChildError, match=words):
            await remote.complete(request())
        assert words in remote.why and "\n" not in remote.why

    broken(reply, ask)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize("busy", [1, 2])
def test_a_busy_server_is_asked_once_more(status: str, busy: int) -> None:
    """A second refusal is a sentence: whoever is busy is not asked again and again."""
    event = 'data: {"choices": [{"text": "ret", "finish_reason": "stop"}]}\n\n'
    replies = [f"HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\nbusy"] * busy
    replies += [STREAM + chunk(event) + chunk("data: [DONE]\n\n") + "0\r\n\r\n"]

    async def ask(remote: Remote) -> None:
        if busy == 1:
            assert (await remote.complete(request()))["candidates"][0]["text"] == "ret"
            return
        with pytest.raises(ChildError, match=f"status {status[:3]}: busy"):
            await remote.complete(request())

    broken(replies, ask)


@pytest.mark.parametrize("reply", ["", STREAM, STREAM + chunk(EVENT)])
def test_a_connection_that_is_dead_without_a_word_costs_the_time_limit_and_no_more(reply: str) -> None:
    async def ask(remote: Remote) -> None:
        began = time.perf_counter()
        with pytest.raises(ChildError, match=r"did not answer within 0\.3 s"):
            await remote.complete(request(seconds=0.3))
        assert time.perf_counter() - began < 1.5
        assert remote.ready

    broken(reply, ask, hang=True)


def test_nobody_listening_a_bad_address_and_a_key_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(remote: Remote) -> str:
        assert remote.state == "down"
        return remote.why

    assert "cannot be reached" in with_server(Server("openai", f"http://127.0.0.1:{free_port()}/v1"), ask)
    assert "no address" in with_server(Server("openai", "models.example"), ask)
    monkeypatch.setenv("FAMILIAR_MODEL_KEY", KEY)
    why = with_server(Server("openai", "http://models.example/v1"), ask)
    assert "unencrypted" in why and KEY not in why


# ---------------------------------------------------------------- chat models

SAID = [
    # before the cursor, what a chat model answers -> what stands at the cursor
    ("x = ", "compute(y)\n", "compute(y)\n"),
    ("x = ", "```python\ncompute(y)\n```\n", "compute(y)"),
    ("x = ", "x = compute(y)", "compute(y)"),
    ("    x = ", "x = compute(y)", "compute(y)"),
    ("    ", "    return y", "return y"),
    ("    ", "return y", "return y"),
    ("    return pri", "nt", "nt"),
    ("    x = f(y)", " + 1", " + 1"),
    ("x = ", "x = <CURSOR/>compute(y)", "compute(y)"),
    ("", "import os", "import os"),
    ("x = ", "", ""),
]


@pytest.mark.parametrize(("line", "said", "kept"), SAID)
def test_what_a_chat_model_adds_is_taken_away(line: str, said: str, kept: str) -> None:
    assert remote_chat.middle(said, f"import os\n{line}") == kept


def test_a_chat_model_sees_one_cursor_and_no_more_than_has_room() -> None:
    chunks = [("far.py", "z = 1\n" * 900), ("near.py", "y = 2\n")]
    asked = remote_chat.messages("a.py", "x = 1\n" * 2000 + "s = '<CURSOR/>'\nx = ", "\nend = 1\n", chunks, "line")
    text = asked[1]["content"]
    assert text.count(remote_chat.CURSOR) == 1 and f"x = {remote_chat.CURSOR}\nend = 1\n" in text
    assert "y = 2" in text and "z = 1" not in text and len(text) < 6000


@pytest.mark.slow
@pytest.mark.model
def test_a_server_is_asked_in_words(openai: Server) -> None:
    """The embedded model does not talk, but its server speaks the interface: what comes is a line or nothing."""
    from msgspec.structs import replace

    async def ask(remote: Remote) -> None:
        for prefix in (TEXT, "x = ", "def first(a):\n    return a\n\ndef second(b):\n    ret"):
            answer = await remote.complete(request(prefix))
            assert remote.ready, remote.why
            assert all("\n" not in candidate["text"].rstrip("\n") for candidate in answer["candidates"])

    with_server(replace(openai, template="chat"), ask)


CHAT = 'data: {"choices": [{"delta": {"content": "ret"}}]}\n\n'


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (STREAM + chunk(CHAT), "ended the connection in the middle"),
        (STREAM + chunk(CHAT) + chunk("data: [DONE]\n\n") + "0\r\n\r\n", "in the middle"),
    ],
)
def test_a_chat_that_breaks_off_is_one_sentence(reply: str, words: str) -> None:
    async def ask(remote: Remote) -> None:
        with pytest.raises(ChildError, match=words):
            await remote.complete(request())

    broken(reply, ask, template="chat")


# ---------------------------------------------------------------- templates

SPELLED = {
    "Qwen/Qwen2.5-Coder-7B": "<|repo_name|>repository\n<|file_sep|>b.py\ny = 2\n<|file_sep|>a.py\n"
    "<|fim_prefix|>x = <|fim_suffix|>\n<|fim_middle|>",
    "bigcode/starcoder2-3b": "<repo_name>repository\n<file_sep>b.py\ny = 2\n<file_sep>a.py\n"
    "<fim_prefix>x = <fim_suffix>\n<fim_middle>",
    "deepseek-coder-6.7b-base": "# b.py\ny = 2\n\n<｜fim▁begin｜>x = <｜fim▁hole｜>\n<｜fim▁end｜>",
    "google/codegemma-2b": "<|file_separator|>b.py\ny = 2\n<|file_separator|>a.py\n"
    "<|fim_prefix|>x = <|fim_suffix|>\n<|fim_middle|>",
    "ibm-granite/granite-3b-code-base": "# b.py\ny = 2\n\n<fim_prefix>x = <fim_suffix>\n<fim_middle>",
    "CodeLlama-7b": "# b.py\ny = 2\n\n<PRE> x =  <SUF>\n <MID>",
    "codestral-22b": "# b.py\ny = 2\n\n[SUFFIX]\n[PREFIX]x = ",
}


@pytest.mark.parametrize("name", SPELLED)
def test_a_family_is_known_by_its_models_name(name: str) -> None:
    family = template_of(name)
    assert family
    assert TEMPLATES[family].write("a.py", "x = ", "\n", [("b.py", "y = 2\n")]) == SPELLED[name]


def test_a_mark_in_the_code_stays_text() -> None:
    written = TEMPLATES["qwen"].write("a.py", "s = '<|fim_middle|>'\n", "", [])
    assert written.count("<|fim_middle|>") == 1


def test_an_unknown_family_says_what_to_set() -> None:
    assert template_of("gpt-next") is None
    assert template_of("gpt-next", "qwen") == "qwen"


@pytest.mark.parametrize(("kind", "template"), [("llama.cpp", "auto"), ("llama.cpp", "qwen"), ("openai", "qwen")])
def test_constraints_stand_beside_pieces_of_other_files(kind: Literal["llama.cpp", "openai"], template: str) -> None:
    server = Server(kind, "http://127.0.0.1:1", template=template)
    sentence = "never print( but say("
    told, untold = (
        str(Remote(server)._body(request(chunks=[("b.py", "b = 1\n")], never=found))[1]) for found in ((sentence,), ())
    )
    assert told.count(sentence) == 1 and told.index("b = 1") < told.index(sentence)
    assert sentence not in untold and "CONVENTIONS" not in untold
