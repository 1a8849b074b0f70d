"""Renaming in the editor: `textDocument/rename` is the verified edit or an error that says why not; what takes longer
is offered. Real test suites run here, in the real overlay."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from familiar_edits import isolate, trust
from support.aio import aio
from support.fixture import parse
from support.lsp import FULL, LspError, Server

PROJECT = """
    #- pyproject.toml
    [tool.pytest.ini_options]
    pythonpath = ["."]
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices):
        return sum(prices)


    def named(name):
        return globals()[name]


    def discount(prices):
        return total(prices) // 2
    #- shop/till.py
    from shop.cart import named, total


    def pay(prices):
        return total(prices)


    def pay_by_name(prices):
        return named("disc" + "ount")(prices)
    #- tests/test_till.py
    from shop.till import pay, pay_by_name


    def test_pay():
        assert pay([1, 2]) == 3


    def test_pay_by_name():
        assert pay_by_name([2, 2]) == 2
"""
PATIENT = {"rename": {"wait": 200}, "completion": {"model": "no-such-model"}}
isolated = pytest.mark.skipif(isolate.method()[0] == "plain", reason="tests cannot be isolated on this machine")


def server_of(tmp_path: Path, project: str = PROJECT, **more: Any) -> Server:
    settings = {**PATIENT, **more.pop("settings", {})}
    options = {"settings": settings, **more.pop("options", {"trusted": True})}
    return Server(parse(project).write(tmp_path / "repo"), settings=settings, options=options, **more)


def at(server: Server, path: str, text: str) -> dict[str, Any]:
    """The place of the first `text` in an open document, asked with the new name `renamed`."""
    return {**server.at(path, server.text(path).encode().index(text.encode())), "newName": "renamed"}


async def refusal(server: Server, params: dict[str, Any]) -> str:
    with pytest.raises(LspError) as caught:
        await server.request("textDocument/rename", params, timeout=200)
    return caught.value.message


async def command(server: Server, name: str, **argument: Any) -> Any:
    return await server.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=200)


@pytest.mark.slow
@isolated
@aio
async def test_the_answer_is_the_verified_edit_or_says_why_not(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py", server.text("shop/cart.py") + "\n\nUNSAVED = total\n")
        edit = await server.request("textDocument/rename", at(server, "shop/cart.py", "total"), timeout=200)
        versions = {c["textDocument"]["uri"]: c["textDocument"]["version"] for c in edit["documentChanges"]}
        assert versions == {server.uri("shop/cart.py"): 1, server.uri("shop/till.py"): None}
        assert server.apply_workspace_edit(edit)
        assert "UNSAVED = renamed" in server.text("shop/cart.py")
        assert "return renamed(prices)\n" in server.text("shop/till.py")
        assert server.told("$/progress", "Renaming to renamed")
        # It is taken back by the command, as long as nothing came after it.
        undone = await command(server, "familiar.undo")
        assert undone["paths"] == ["shop/cart.py", "shop/till.py"]
        assert "UNSAVED = total" in server.text("shop/cart.py")
        # Only the tests can see that this name is also spelled at run time.
        said = await refusal(server, at(server, "shop/cart.py", "discount"))
        assert said.startswith("Not renamed: ")
        assert "tests/test_till.py::test_pay_by_name" in said
        # A clash is named.
        said = await refusal(server, {**at(server, "shop/cart.py", "total"), "newName": "named"})
        assert said.startswith("Not renamed: ")
        assert "named already means something else" in said
        assert not server.told("workspace/applyEdit", "discount")


@pytest.mark.slow
@isolated
@aio
async def test_what_takes_longer_is_offered_and_applied_after_a_yes(tmp_path: Path) -> None:
    async with server_of(tmp_path, settings={"rename": {"wait": 0}}) as server:
        await server.ready()
        await server.open("shop/cart.py")
        server.answers["Rename total to renamed"] = "Apply"
        said = await refusal(server, at(server, "shop/cart.py", "total"))
        assert said == "Still verifying the rename to renamed; you will be asked when it is done."
        await server.wait_for(lambda: server.told("workspace/applyEdit"), timeout=200)
        (question,) = server.told("window/showMessageRequest")
        assert "Verified: " in question["message"]
        await server.wait_for(lambda: "def renamed(prices)" in server.text("shop/cart.py"))
        assert "import named, renamed" in server.text("shop/till.py")
        assert (server.roots[0] / "shop" / "till.py").read_text().count("renamed") == 0, "saving is the user's"


@pytest.mark.slow
@isolated
@aio
async def test_a_proposal_is_not_applied_to_files_that_changed_since(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        place = at(server, "shop/cart.py", "total")
        proposal = await command(server, "familiar.rename", **place, offer=False)
        assert (proposal["status"], proposal["evidence"]["tests"]["newly_failing"]) == ("verified", [])
        assert await server.request("familiar/evidence", {"id": proposal["id"]}) == proposal
        server.edit("shop/cart.py", 0, 0, "# typed meanwhile\n")
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done == {
            "applied": False,
            "reason": "shop/cart.py changed since the proposal was made; nothing was applied. Ask for it again.",
            "undo": None,
        }
        # An editor that says yes and leaves a file out is found out.
        proposal = await command(server, "familiar.rename", **at(server, "shop/cart.py", "total"), offer=False)

        def half(params: dict[str, Any]) -> dict[str, bool]:
            changes = params["edit"]["documentChanges"][:1]
            server.apply_workspace_edit({"documentChanges": changes})
            return {"applied": True}

        server.handlers["workspace/applyEdit"] = half
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert (done["applied"], "shop/till.py did not change" in done["reason"]) == (False, True)


@pytest.mark.slow
@aio
async def test_tests_run_only_after_a_yes_which_is_asked_for_once(tmp_path: Path) -> None:
    async with server_of(tmp_path, options={}) as server:
        await server.ready()
        await server.open("shop/cart.py")
        server.answers["Do you trust this repository?"] = "Not now"
        place = at(server, "shop/cart.py", "total")
        assert (await refusal(server, place)).startswith("Not verified: ")
        assert (await refusal(server, place)).startswith("Not verified: ")
        assert len(server.told("window/showMessageRequest", "Do you trust")) == 1
        assert not trust.is_trusted(server.roots[0])
        assert not server.told("workspace/applyEdit")
        # What is not verified is offered, and says so.
        question = (await server.wait_for(lambda: server.told("window/showMessageRequest", "Apply?")))[0]
        assert "Unverified: " in question["message"]
        await command(server, "familiar.trust", uri=server.uri("shop/cart.py"))
        assert trust.is_trusted(server.roots[0])


@aio
async def test_static_checks_alone_answer_at_once_and_say_so(tmp_path: Path) -> None:
    async with server_of(tmp_path, settings={"rename": {"wait": 200, "verify": "static"}}) as server:
        await server.ready()
        await server.open("shop/cart.py")
        edit = await server.request("textDocument/rename", at(server, "shop/cart.py", "total"), timeout=200)
        assert len(edit["documentChanges"]) == 2
        assert server.told("window/showMessage", "Renamed, not verified: ")
        assert not server.told("window/showMessageRequest")


@pytest.mark.parametrize("document_changes", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@aio
async def test_edits_fit_byte_order_marks_line_ends_and_plain_clients(
    tmp_path: Path, encoding: str, document_changes: bool
) -> None:
    capabilities = json.loads(json.dumps(FULL))
    capabilities["workspace"]["workspaceEdit"]["documentChanges"] = document_changes
    settings = {"rename": {"wait": 200, "verify": "static"}}
    server = server_of(tmp_path, settings=settings, encoding=encoding, capabilities=capabilities)
    marked = "\ufefffrom shop.cart import total; '𝒳'; TOTALS = [total]\r\nLAST = total\r\n"
    (server.roots[0] / "shop" / "marked.py").write_bytes(marked.encode())
    async with server:
        await server.ready()
        await server.open("shop/cart.py")
        edit = await server.request("textDocument/rename", at(server, "shop/cart.py", "total"), timeout=200)
        assert ("documentChanges" in edit) is document_changes
        assert server.apply_workspace_edit(edit)
        wanted = "from shop.cart import renamed; '𝒳'; TOTALS = [renamed]\r\nLAST = renamed\r\n"
        assert server.text("shop/marked.py") == wanted
        undone = await command(server, "familiar.undo")
        assert undone["undone"], undone["reason"]
        assert server.text("shop/marked.py") == marked.removeprefix("\ufeff")
        assert not server.told("window/showMessage", "made only a part")


@pytest.mark.slow
@aio
async def test_cancelling_ends_the_work_whole(tmp_path: Path) -> None:
    slow = PROJECT.replace("assert pay([1, 2]) == 3", "import time; time.sleep(100)")
    async with server_of(tmp_path, slow) as server:
        await server.ready()
        await server.open("shop/cart.py")
        _, answer = server.begin("textDocument/rename", at(server, "shop/cart.py", "total"))
        await server.wait_for(lambda: server.told("$/progress", "Running the tests"), timeout=100)
        token = server.told("$/progress", "Renaming to renamed")[0]["token"]
        await asyncio.sleep(1)
        server.notify("window/workDoneProgress/cancel", {"token": token})
        with pytest.raises(LspError) as caught:
            await asyncio.wait_for(answer, 60)
        assert (caught.value.code, caught.value.message) == (-32800, "Cancelled; nothing was changed.")
        await server.wait_for(lambda: not sleeping())


def sleeping() -> list[str]:
    """The processes that run the slow test."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"familiar_edits" in words and b"cancelling_ends" in words:
                found.append(words.decode())
    return found


NO_TESTS = """
    #- a.py
    def f():
        return 1


    f()
"""


@pytest.mark.slow
@aio
async def test_no_tests_and_no_repository(tmp_path: Path) -> None:
    async with server_of(tmp_path, NO_TESTS) as server:
        await server.ready()
        await server.open("a.py")
        said = await refusal(server, at(server, "a.py", "f()"))
        assert said.startswith("Not verified: ")
        assert "test" in said


@pytest.mark.slow
@isolated
@aio
async def test_a_suite_that_fails_to_begin_with(tmp_path: Path) -> None:
    failing = PROJECT.replace("assert pay([1, 2]) == 3", "assert pay([1, 2]) == 4")
    async with server_of(tmp_path, failing) as server:
        await server.ready()
        await server.open("shop/cart.py")
        proposal = await command(server, "familiar.rename", **at(server, "shop/cart.py", "total"), offer=False)
        tests = proposal["evidence"]["tests"]
        assert tests["before"]["tests/test_till.py::test_pay"] == "failed"
        assert tests["newly_failing"] == []
        assert proposal["status"] in ("verified", "unverified")
        assert proposal["reason"]
