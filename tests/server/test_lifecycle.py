"""Initialize, documents, settings, folders, progress: what every editor does first, over the real wire."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from support.aio import aio, eventually
from support.fixture import parse
from support.lsp import FULL, LspError, Server
from support.processes import below, state

PROJECT = """
    #- pyproject.toml
    #- shop/cart.py
    def total(prices):
        '''Sum 𝒳 of the 𝒴.'''; return sum(prices)
    #- shop/till.py
    from shop.cart import total

    def pay(prices):
        return total(prices)
"""


def project(tmp_path: Path) -> Path:
    return parse(PROJECT).write(tmp_path / "shop-repo")


@aio
async def test_it_says_what_it_can_do(tmp_path: Path) -> None:
    async with Server(project(tmp_path)) as server:
        found = server.capabilities_of_server
    assert found["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}
    assert found["inlineCompletionProvider"] == {}
    assert found["renameProvider"] == {"prepareProvider": True}
    assert "definitionProvider" not in found
    assert "referencesProvider" not in found
    assert found["workspace"]["workspaceFolders"] == {"supported": True, "changeNotifications": True}
    documented = (Path(__file__).parents[2] / "docs" / "reference" / "protocol.md").read_text()
    for command in found["executeCommandProvider"]["commands"]:
        assert f"`{command}`" in documented


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["utf-16"], "utf-16"), (["utf-16", "utf-8"], "utf-8"), (["utf-32", "utf-16"], "utf-32"), (None, "utf-16")],
)
@aio
async def test_utf_8_is_preferred_where_it_is_offered(tmp_path: Path, offered: Any, chosen: str) -> None:
    server = Server(project(tmp_path))
    server.capabilities["general"] = {"positionEncodings": offered} if offered else {}
    async with server:
        assert server.capabilities_of_server["positionEncoding"] == chosen


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@aio
async def test_positions_after_astral_characters_mean_the_same_in_both_encodings(tmp_path: Path, encoding: str) -> None:
    root = project(tmp_path)
    settings = {"answer": {"definition": True, "references": True}}
    async with Server(root, encoding=encoding, settings=settings, options={"settings": settings}) as server:
        await server.ready()
        await server.open("shop/cart.py")
        text = server.text("shop/cart.py").encode()
        # Edits before, in and after the line with the astral characters; then a question on that line.
        server.edit("shop/cart.py", 0, 0, "# 𝒳\n")
        line = text.index(b"return") + len("# 𝒳\n".encode())
        server.edit("shop/cart.py", line, line, "prices = [𝒳 for 𝒳 in prices]; ")
        text = server.text("shop/cart.py").encode()
        use = text.rindex(b"prices")
        found = await server.request(
            "textDocument/references", {**server.at("shop/cart.py", use), "context": {"includeDeclaration": True}}
        )
        index_of = {json.dumps(server.position("shop/cart.py", n)): n for n in range(len(text) + 1)}
        spans = {(index_of[json.dumps(f["range"]["start"])], index_of[json.dumps(f["range"]["end"])]) for f in found}
        assert all(text[start:end] == b"prices" for start, end in spans)
        assert len(spans) == 4


@aio
async def test_settings_are_pulled_and_unknown_ones_are_named_once(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"completion": {"enable": True, "snoozeMinutes": 3}}
    async with Server(project(tmp_path), settings=settings, options={"settings": settings}) as server:
        await server.wait_for(lambda: server.told("window/showMessage"))
        assert (await server.request("workspace/executeCommand", {"command": "familiar.snooze"})) == {"minutes": 3}
        settings["completion"] = {"enable": True, "snoozeMinutes": 4}
        server.notify("workspace/didChangeConfiguration", {"settings": None})
        await server.wait_for(lambda: len(server.told("workspace/configuration")) >= 2)

        async def snoozed() -> Any:
            return await server.request("workspace/executeCommand", {"command": "familiar.snooze"})

        said = {"minutes": 4}
        assert await eventually(snoozed, lambda it: it == said) == said
        (message,) = server.told("window/showMessage")
        assert "familiar.completion.enable`; did you mean `familiar.completion.enabled`?" in message["message"]


@aio
async def test_settings_come_by_notification_from_clients_that_cannot_be_asked(tmp_path: Path) -> None:
    capabilities = json.loads(json.dumps(FULL))
    capabilities["workspace"]["configuration"] = False
    async with Server(project(tmp_path), capabilities=capabilities) as server:
        settings = {"familiar": {"completion": {"enabled": False}}}
        server.notify("workspace/didChangeConfiguration", {"settings": settings})
        assert (await server.request("familiar/status"))["state"] == "off"


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        ({}, True),
        ({"otherRename": True}, False),
        ({"settings": {"answer": {"rename": "off"}}}, False),
        ({"otherRename": True, "settings": {"answer": {"rename": "on"}}}, True),
    ],
)
@aio
async def test_rename_is_answered_unless_another_server_does(tmp_path: Path, options: Any, answers: bool) -> None:
    async with Server(project(tmp_path), options=options, settings=options.get("settings")) as server:
        assert ("renameProvider" in server.capabilities_of_server) is answers


@aio
async def test_indexing_reports_progress_and_then_the_status_is_ready(tmp_path: Path) -> None:
    async with Server(project(tmp_path)) as server:
        status = await server.ready()
        assert set(status) >= {"state", "model", "index", "memory", "message"}
        assert (status["state"], status["index"]["files"]) == ("ready", 2)
        await server.wait_for(lambda: server.told("$/progress", '"end"'))
        begin = server.told("$/progress", "Indexing shop-repo")[0]["value"]
        assert (begin["kind"], begin["cancellable"]) == ("begin", True)


@aio
async def test_several_folders_have_a_graph_each_and_come_and_go(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root in (one, two):
        parse(PROJECT).write(root)
    async with Server(one, two) as server:
        status = await server.ready()
        assert {r["root"] for r in status["roots"]} == {str(one), str(two)}
        event = {"added": [], "removed": [{"uri": two.as_uri(), "name": "two"}]}
        server.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        status = await server.ready()
        assert (status["root"], "roots" in status) == (str(one), False)


@aio
async def test_a_change_on_disk_is_seen_without_being_told(tmp_path: Path) -> None:
    root = project(tmp_path)
    settings = {"answer": {"definition": True}}
    async with Server(root, settings=settings, options={"settings": settings}) as server:
        await server.ready()
        await server.open("shop/till.py")
        at = server.text("shop/till.py").index("total(prices)")
        (root / "shop" / "cart.py").write_text("# moved down\n\n\ndef total(prices):\n    return 0\n")

        async def lines() -> list[int]:
            found = await server.request("textDocument/definition", server.at("shop/till.py", at))
            return [f["range"]["start"]["line"] for f in found]

        assert await eventually(lines, lambda it: it == [3]) == [3]


@aio
async def test_shutdown_and_exit_end_every_process_of_ours(tmp_path: Path) -> None:
    server = Server(project(tmp_path))
    async with server:
        await server.ready()
        children = below(server.process.pid)
        assert len(children) >= 2
    assert server.process.returncode == 0

    async def left() -> list[int]:
        return [p for p in children if state(p) != "Z"]

    assert await eventually(left, lambda it: not it) == []


@aio
async def test_a_polite_signal_ends_every_process_of_ours(tmp_path: Path) -> None:
    server = Server(project(tmp_path))
    async with server:
        await server.ready()
        children = below(server.process.pid)
        server.process.terminate()
        await asyncio.wait_for(server.process.wait(), 60)
        await server.wait_for(lambda: all(state(p) == "Z" for p in children))


@aio
async def test_exit_without_shutdown_is_an_error_code_and_a_closed_pipe_ends_it(tmp_path: Path) -> None:
    server = Server(project(tmp_path))
    async with server:
        server.notify("exit", None)
        assert await asyncio.wait_for(server.process.wait(), 60) == 1
    server = Server(project(tmp_path))
    async with server:
        await server.ready()
        assert server.process.stdin
        server.process.stdin.close()
        await asyncio.wait_for(server.process.wait(), 60)


@aio
async def test_requests_before_initialize_and_a_second_initialize_are_refused(tmp_path: Path) -> None:
    server = Server(project(tmp_path))
    await server.start()
    with pytest.raises(LspError, match="not initialized yet"):
        await server.request("familiar/status")
    await server.initialize()
    with pytest.raises(LspError, match="initialized already"):
        await server.initialize()
    await server.stop()
