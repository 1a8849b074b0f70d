"""Bad input: each is answered by one clear sentence, nothing is lost, and the server lives on."""

# ruff: noqa: E501 - the sentences are compared as they are said

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from familiar_completion import models
from inline_snapshot import snapshot
from support.aio import aio
from support.command import familiar
from support.fixture import parse
from support.lsp import LspError, Server

PROJECT = """
    #- pyproject.toml
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices):
        return sum(prices)
    #- shop/till.py
    from shop.cart import total

    def pay(prices):
        return total(prices)
"""


def project(tmp_path: Path) -> Path:
    return parse(PROJECT).write(tmp_path / "repo")


async def alive(server: Server) -> None:
    """The server still answers, from the text that the editor has, and from the graph."""
    await server.open("shop/till.py", server.text("shop/till.py") + "\n\ndef again(prices):\n    return pay(prices)\n")
    at = server.text("shop/till.py").rindex("pay(")
    found = await server.request("textDocument/prepareRename", server.at("shop/till.py", at))
    assert found["placeholder"] == "pay"
    server.close("shop/till.py")


async def error_of(server: Server, method: str, params: Any) -> str:
    with pytest.raises(LspError) as caught:
        await server.request(method, params)
    return caught.value.message.replace(str(server.roots[0]), "ROOT")


@aio
async def test_requests_that_make_no_sense(tmp_path: Path) -> None:
    root = project(tmp_path)
    async with Server(root) as server:
        await server.ready()
        await server.open("shop/cart.py")
        closed = {"textDocument": {"uri": server.uri("shop/till.py")}, "position": {"line": 0, "character": 0}}
        context = {"context": {"triggerKind": 2}}
        said = {
            "closed document": await error_of(server, "textDocument/inlineCompletion", {**closed, **context}),
            "position outside": await error_of(
                server,
                "textDocument/inlineCompletion",
                {**server.at("shop/cart.py", 0), "position": {"line": 77, "character": 0}, **context},
            ),
            "no position": await error_of(server, "familiar/explainSilence", {"textDocument": {}}),
            "no name": await error_of(server, "textDocument/prepareRename", server.at("shop/cart.py", 19)),
            "outside the workspace": await error_of(
                server, "textDocument/prepareRename", {**closed, "textDocument": {"uri": "untitled:Untitled-1"}}
            ),
            "unknown request": await error_of(server, "textDocument/teleport", {}),
            "wrong params": await error_of(server, "textDocument/rename", {"textDocument": 7}),
            "unknown command": await error_of(server, "workspace/executeCommand", {"command": "familiar.fly"}),
            "wrong argument": await error_of(
                server, "workspace/executeCommand", {"command": "familiar.snooze", "arguments": [{"minutes": "x"}]}
            ),
            "unknown proposal": await error_of(server, "familiar/evidence", {"id": "p99"}),
        }
        assert said == snapshot(
            {
                "closed document": "file://ROOT/shop/till.py is not open in the editor; open it first (textDocument/didOpen).",
                "position outside": "Line 78 is outside cart.py, which has 3 lines; the editor and the server disagree about its content.",
                "no position": "familiar/explainSilence asks for {textDocument: {uri}, position: {line, character}}.",
                "no name": "There is no name here, so there is nothing to rename.",
                "outside the workspace": "untitled:Untitled-1 is no file in a folder of the workspace, so nothing in it can be changed.",
                "unknown request": "This server does not answer textDocument/teleport; see docs/reference for what it answers.",
                "wrong params": "The params of textDocument/rename are not what the protocol asks for; the message was left out.",
                "unknown command": "There is no command familiar.fly; there are: familiar.apply, familiar.conventions.check, familiar.destinations, familiar.explainSilence, familiar.message, familiar.move, familiar.rename, familiar.restart, familiar.snooze, familiar.taken, familiar.toggle, familiar.trust, familiar.undo.",
                "wrong argument": "familiar.snooze asks for minutes, a number from 0 on.",
                "unknown proposal": "There is no proposal p99; ask for the change again.",
            }
        )
        await alive(server)


@aio
async def test_bytes_that_are_no_message(tmp_path: Path) -> None:
    async with Server(project(tmp_path)) as server:
        await server.ready()
        await server.open("shop/cart.py")
        for body in (b"{no json", b"[1, 2]", b"7", b"\xff\xfe", b'{"id": 3}', b"[" * 100_000):
            server.raw(body)
        answers = await server.wait_for(
            lambda: len(found := [p for m, p in server.messages if m == "response" and p["id"] is None]) == 6 and found
        )
        assert [a["error"]["code"] for a in answers] == [-32700, -32600, -32600, -32700, -32600, -32700]
        for answer in answers:
            assert answer["error"]["message"].endswith("it was left out.")
        # Notifications have no answer: a change of a document that is not open goes to the log.
        change = {"textDocument": {"uri": server.uri("x.py"), "version": 2}, "contentChanges": [{"text": "x"}]}
        server.notify("textDocument/didChange", change)
        server.notify("textDocument/didChange", {"textDocument": 3})
        await server.wait_for(lambda: server.told("window/logMessage", "x.py is not open in the editor"))
        await alive(server)


@aio
async def test_files_that_cannot_be_read_as_code(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "shop" / "broken.py").write_text("def half(:\n    return (\n")
    (root / "shop" / "big.py").write_text("x = 1\n" * 900_000)
    (root / "shop" / "binary.py").write_bytes(bytes(range(256)) * 40)
    (root / "shop" / "loop").symlink_to(root / "shop")
    (root / "shop" / "self.py").symlink_to(root / "shop" / "self.py")
    (root / ".env").write_text("TOKEN=hunter2\n")
    async with Server(root) as server:
        status = await server.ready()
        failed = {f["path"]: f["reason"] for f in status["index"]["failed"]}
        assert failed == snapshot(
            {
                "shop/big.py": "larger than 2 MB",
                "shop/binary.py": "holds NUL bytes, so it is no source text",
                "shop/broken.py": "syntax error in line 1",
            }
        )
        for path in failed:
            await server.wait_for(lambda path=path: server.told("window/logMessage", path))
        reasons = {}
        for path, text in (
            ("shop/big.py", None),
            ("shop/binary.py", "\0\1\2"),
            (".env", None),
        ):
            await server.open(path, text)
            assert await server.suggest(path, 0) == []
            reasons[path] = (await server.request("familiar/explainSilence", server.at(path, 0)))["reason"]
        assert reasons == snapshot(
            {
                "shop/big.py": "big.py is too large: 5.4 MB",
                "shop/binary.py": "the document holds NUL bytes, so it is no source text; nothing is completed in it",
                ".env": ".env is ignored by git or may hold secrets, so it is not read",
            }
        )
        place = server.at("shop/big.py", 0)
        assert await error_of(server, "textDocument/rename", {**place, "newName": "y"}) == snapshot(
            "big.py is too large: 5.4 MB, the limit is 2.1 MB. Nothing is suggested or changed in it."
        )
        # A link that leads to itself is no file, but what the editor holds under its name is text.
        await server.open("shop/self.py", "x = 1\nx")
        await server.suggest("shop/self.py", 7)
        # Half a function still gets its answers where it can be read.
        await server.open("shop/broken.py")
        await server.suggest("shop/broken.py", 4)
        await alive(server)


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / "locked").mkdir()
    (root / "locked" / "a.py").write_text("x = 1\n")
    (root / "locked").chmod(0)
    # Root may read everything, unless the process has given that power up.
    drop = "-dac_override,-dac_read_search"
    prefix = () if os.geteuid() else ("setpriv", "--bounding-set", drop, "--inh-caps", drop)
    if prefix and not shutil.which("setpriv"):
        pytest.skip("needs setpriv, to give up root's power over permissions")
    ran = familiar("index", "--json", cwd=root, prefix=prefix)
    (root / "locked").chmod(0o700)
    assert (ran.code, ran.document["files"]) == (0, 3)
    assert ran.document["failed"] == snapshot(
        [{"path": "locked", "reason": "the folder cannot be read: Permission denied"}]
    )


@aio
async def test_a_truncated_model(tmp_path: Path) -> None:
    root = project(tmp_path)
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(models.WEIGHTS.read_bytes()[:100_000])
    settings = {"completion": {"model": str(cut)}}
    async with Server(root, settings=settings, options={"settings": settings}) as server:
        status = await server.ready()
        assert status["state"] == "ready"
        assert status["model"].startswith("none: ")
        assert "cut.gguf" in status["message"]
        assert server.told("window/logMessage", "cut.gguf")
        await server.open(
            "shop/cart.py", "def total(prices):\n    return sum(prices)\n\n\ndef other(prices):\n    return su"
        )
        await server.suggest("shop/cart.py", len(server.text("shop/cart.py")))
        await alive(server)
    ran = familiar("model", "add", str(cut), "--json", cwd=root)
    assert (ran.code, ran.error["kind"]) == (3, "unreadable")
    assert ran.error["message"].startswith(f"{cut} ")


@aio
async def test_no_folder_and_a_lone_file(tmp_path: Path) -> None:
    (tmp_path / "lone.py").write_text("import os\n\n\ndef f():\n    return os\n")
    server = Server(tmp_path)
    roots, server.roots = server.roots, ()
    await server.start()
    await server.initialize()
    server.roots = roots
    assert (await server.request("familiar/status"))["state"] == "idle"
    await server.open("lone.py")
    status = await server.ready()
    assert (status["root"], status["index"]["files"]) == (str(tmp_path), 1)
    await server.suggest("lone.py", 3)
    await server.stop()


@aio
async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    async with Server(tmp_path / "gone") as server:
        status = await server.ready()
        assert json.dumps(status)


def test_not_a_repository_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    return 1\n\n\nf()\n")
    ran = familiar("graph", "references", "a.py:1:5", "--json", cwd=tmp_path)
    assert (ran.code, len(ran.document["answers"])) == (0, 2)
