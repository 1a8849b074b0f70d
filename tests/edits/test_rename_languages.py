"""Renaming beside other languages: refused in TypeScript, complete in notebooks, blind to namesakes elsewhere."""

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


def test_a_rename_in_typescript_is_refused_in_one_sentence(tmp_path: Path) -> None:
    workspace = graph_of(tmp_path)
    plan = rename.plan(workspace.graph(), "web.ts", FILES["web.ts"].index(b"pay"), "settle")
    assert plan.refused == (
        "web.ts is JavaScript or TypeScript, and renaming works in Python only: find its references instead."
    )
    assert not plan.changeset.changes
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
