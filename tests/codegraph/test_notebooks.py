"""Notebooks: the code cells of Python are one module, and every place is that of the .ipynb file."""

import json
from pathlib import Path
from typing import Any

import pytest
from familiar_codegraph.languages import extract
from familiar_codegraph.workspace import Workspace
from hypothesis import given
from hypothesis import strategies as st


def notebook(
    *cells: str | tuple[str, str], language: str = "python", indent: int | None = 1, lines: bool = True
) -> bytes:
    """Return a notebook's bytes; a cell is its code, or (type, text)."""
    rows: list[dict[str, Any]] = []
    for cell in cells:
        kind, text = ("code", cell) if isinstance(cell, str) else cell
        source = text.splitlines(keepends=True) if lines else text
        row: dict[str, Any] = {"cell_type": kind, "metadata": {"tags": ["source"]}, "source": source}
        if kind == "code":
            row |= {"execution_count": 1, "outputs": [{"output_type": "stream", "text": ["output_word = 1\n"]}]}
        rows.append(row)
    metadata = {"kernelspec": {"language": language, "name": "kernel"}, "language_info": {"name": language}}
    return json.dumps({"cells": rows, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=indent).encode()


def words(data: bytes) -> list[str]:
    """Return the text that stands in the file where each identifier was found."""
    return [data[u.start : u.end].decode() for u in extract("a.ipynb", data).uses]


FORMS = {"lines, indented": (1, True), "one string": (1, False), "compact": (None, True)}


@pytest.mark.parametrize("form", FORMS)
def test_places_are_those_of_the_file(form: str) -> None:
    indent, lines = FORMS[form]
    data = notebook(
        'import shop\nname = "a\\tb" + f"{shop.cart}\\n"',
        ("markdown", "# markdown_word\n"),
        "def total(é, b):\n    return name + b\n",
        "total(1, b=2)",
        indent=indent,
        lines=lines,
    )
    found = words(data)
    assert [w for w in found if w.isidentifier()] == [
        "shop", "name", "shop", "cart", "total", "b", "name", "b", "total", "b",
    ]  # fmt: skip
    assert [w for w in found if not w.isidentifier()] == ["\\u00e9"]  # written with an escape in the file


CELLS = {
    "magics": ("%matplotlib inline\nx = 1\nfiles = !ls -l\n%time y = x\n", ["x", "files"]),
    "commands inside of blocks": ("if True:\n    !pip install thing\nz = 2\n", ["z"]),
    "a cell of another language": ("%%bash\necho $HOME\n", []),
    "a timed cell is Python": ("%%time\nx = 1\n", ["x"]),
    "help": ("x?\n?x\nx.y??\n", ["x", "x", "y"]),
    "remainders are none": ("a = 5 % 3\nb = a != 2\n", ["a", "b", "a"]),
}


@pytest.mark.parametrize("name", CELLS)
def test_lines_that_are_not_python(name: str) -> None:
    code, expected = CELLS[name]
    data = notebook(code)
    assert words(data) == expected
    assert not extract("a.ipynb", data).problems


REFUSED = {
    "broken JSON": (b'{"cells": [', "the notebook is not valid JSON"),
    "no notebook": (b"[1, 2]", "the notebook is not valid JSON"),
    "broken code": (notebook("x = (\n"), "syntax error in line"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    data, why = REFUSED[name]
    (tmp_path / "a.ipynb").write_bytes(data)
    workspace = Workspace(tmp_path)
    workspace.index()
    assert workspace.failed()["a.ipynb"].startswith(why)
    workspace.close()


def test_other_languages_are_left_alone() -> None:
    facts = extract("a.ipynb", notebook("x <- 1", language="R"))
    assert not facts.uses and not facts.problems


def test_the_graph_leads_into_notebooks_and_out_of_them(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_bytes(b"class Cart:\n    def pay(self): ...\n")
    data = notebook("from shop import Cart\n", "cart = Cart()\ncart.pay()\n", ("markdown", "Cart.pay is great"))
    (tmp_path / "try.ipynb").write_bytes(data)
    workspace = Workspace(tmp_path)
    workspace.index()
    graph = workspace.graph()
    found = graph.references_of("shop.py::Cart.pay")
    assert [(a.path, data[a.start : a.end], a.verdict) for a in found if a.path != "shop.py"] == [
        ("try.ipynb", b"pay", "yes")
    ]
    assert found[-1].start == data.index(b"cart.pay()") + len("cart.")
    definitions = graph.definitions("try.ipynb", data.index(b"cart.pay") + 6).answers
    assert [(a.path, a.verdict) for a in definitions] == [("shop.py", "yes")]
    assert graph.importers_of("shop.py") == ["try.ipynb"]
    workspace.close()


def test_an_edit_of_a_notebook_gives_what_a_fresh_look_gives(tmp_path: Path) -> None:
    before = notebook("import os\nx = 1\n", "def f():\n    return x\n")
    (tmp_path / "a.ipynb").write_bytes(before)
    workspace = Workspace(tmp_path)
    workspace.index()
    workspace.put("a.ipynb", before, 1)
    for version, (old, new) in enumerate([(b"x = 1", b"y = 2"), (b"return x", b"return y.z"), (b"import", b"imp")], 2):
        data = workspace.graph().data("a.ipynb")
        at = data.index(old)
        workspace.edit("a.ipynb", version, [(at, at + len(old), new)])
        now = workspace.graph()
        assert now.facts("a.ipynb") == extract("a.ipynb", now.data("a.ipynb"))
    workspace.close()


@given(st.lists(st.text(st.sampled_from("ab_ \n=().\"'\\é\U0001f600%!?#:"), max_size=40), max_size=4), st.booleans())
def test_whatever_stands_in_cells_every_place_is_in_the_file(cells: list[str], lines: bool) -> None:
    data = notebook(*cells, lines=lines)
    facts = extract("a.ipynb", data)
    for use in facts.uses:
        text = data[use.start : use.end].decode()
        assert json.loads(f'"{text}"') == facts.names[use.name]
