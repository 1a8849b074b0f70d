"""TypeScript over the real wire: definitions, references, changes on disk, renames."""

from pathlib import Path

import pytest
from support.aio import aio, eventually
from support.fixture import parse
from support.lsp import LspError, Server

PROJECT = """
    #- tsconfig.json
    { "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }
    #- src/cart.ts
    export class Cart { pay() {} }
    #- src/till.tsx
    import { Cart } from "~/cart";
    export const Till = (cart: Cart) => <b>{cart.pay()}</b>;
"""
SETTINGS = {"answer": {"definition": True, "references": True, "rename": "on"}}


@aio
async def test_the_graph_answers_in_typescript(tmp_path: Path) -> None:
    root = parse(PROJECT).write(tmp_path / "web")
    async with Server(root, settings=SETTINGS, options={"settings": SETTINGS}) as server:
        await server.ready()
        await server.open("src/till.tsx", language="typescriptreact")
        at = server.text("src/till.tsx").index("pay")
        found = await server.request("textDocument/definition", server.at("src/till.tsx", at))
        assert [(f["uri"], f["range"]["start"]) for f in found] == [
            (server.uri("src/cart.ts"), {"line": 0, "character": 20})
        ]
        context = {"context": {"includeDeclaration": True}}
        found = await server.request("textDocument/references", {**server.at("src/till.tsx", at), **context})
        assert [f["uri"] for f in found] == [server.uri("src/cart.ts"), server.uri("src/till.tsx")]
        (root / "src" / "cart.ts").write_text("\n\nexport class Cart { pay() {} }\n")

        async def lines() -> list[int]:
            found = await server.request("textDocument/definition", server.at("src/till.tsx", at))
            return [f["range"]["start"]["line"] for f in found]

        assert await eventually(lines, lambda it: it == [2]) == [2]


@aio
async def test_a_rename_reaches_all_files_and_a_clash_is_named(tmp_path: Path) -> None:
    root = parse(PROJECT).write(tmp_path / "web")
    settings = {**SETTINGS, "rename": {"verify": "static", "wait": 60}}
    async with Server(root, settings=settings, options={"settings": settings}) as server:
        await server.ready()
        await server.open("src/cart.ts", language="typescript")
        at = server.at("src/cart.ts", server.text("src/cart.ts").index("pay"))
        prepared = await server.request("textDocument/prepareRename", at)
        assert prepared["placeholder"] == "pay" and prepared["range"]["start"] == at["position"]
        edit = await server.request("textDocument/rename", {**at, "newName": "settle"}, timeout=200)
        assert server.apply_workspace_edit(edit)
        assert server.text("src/cart.ts") == "export class Cart { settle() {} }\n"
        assert "cart.settle()" in server.text("src/till.tsx")
        at = server.at("src/cart.ts", server.text("src/cart.ts").index("Cart"))
        with pytest.raises(LspError, match="class is a reserved word"):
            await server.request("textDocument/rename", {**at, "newName": "class"}, timeout=200)
