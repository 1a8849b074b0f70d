"""Renaming beside other languages: apart from TypeScript, complete in notebooks, blind to namesakes elsewhere."""

import json
from pathlib import Path

from familiar_codegraph.workspace import Workspace
from familiar_edits import rename

CODE = {"cell_type": "code", "metadata": {}, "source": ["import shop\n", "shop.Cart().pay()"]}
CELLS = [CODE, {"cell_type": "markdown", "metadata": {}, "source": ["`Cart.pay` is called"]}]
FILES = {
    "shop.py": b"class Cart:\n    def pay(self): ...\n",
    "try.ipynb": json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode(),
    "web.ts": b"export class Cart { pay() {} }\nfunction f(x) { x.pay(); }\n",
}


def graph_of(root: Path) -> Workspace:
    for path, data in FILES.items():
        (root / path).write_bytes(data)
    workspace = Workspace(root)
    workspace.index()
    return workspace


def test_a_rename_in_typescript_leaves_python_alone_and_asks_about_what_it_does_not_know(tmp_path: Path) -> None:
    workspace = graph_of(tmp_path)
    plan = rename.plan(workspace.graph(), "web.ts", FILES["web.ts"].index(b"pay"), "settle")
    assert plan.refused is None
    assert [(c.path, [(e.start, e.new_text) for e in c.text_edits]) for c in plan.changeset.changes] == [
        ("web.ts", [(FILES["web.ts"].index(b"pay"), "settle")])
    ]
    assert [(a.id, a.blocking) for a in plan.asks] == [("web.ts:2:19", True)]
    workspace.close()


def test_a_rename_in_python_reaches_notebooks_and_leaves_typescript_alone(tmp_path: Path) -> None:
    workspace = graph_of(tmp_path)
    texts = {"try.ipynb": FILES["try.ipynb"]}
    plan = rename.plan(workspace.graph(), "shop.py", FILES["shop.py"].index(b"pay"), "settle", texts=texts)
    assert plan.refused is None
    changed = {change.path: [(e.start, e.new_text) for e in change.text_edits] for change in plan.changeset.changes}
    assert changed == {
        "shop.py": [(FILES["shop.py"].index(b"pay"), "settle")],
        "try.ipynb": [(FILES["try.ipynb"].index(b"pay()"), "settle")],
    }
    assert [(a.path, a.start, a.blocking) for a in plan.asks] == [
        ("try.ipynb", FILES["try.ipynb"].index(b"pay` is"), False)
    ]
    workspace.close()
