"""Jupyter notebooks: the Python code of their cells, read as one module; places are those of the .ipynb file."""

from functools import lru_cache

from tree_sitter import Tree

from familiar_codegraph import facts as f
from familiar_codegraph.languages import Language
from familiar_codegraph.languages.notebook.cells import Source, source_of
from familiar_codegraph.languages.notebook.placing import placed
from familiar_codegraph.languages.pieces import Memo
from familiar_codegraph.languages.python import LANGUAGE as PYTHON


class Reader:
    """Parses the cells' code, never the JSON around it; what was parsed before is of no use to it."""

    def parse(self, data: bytes, old_tree: Tree | None = None) -> Tree:
        return PYTHON.parser().parse(_source(data).code)


def extract(data: bytes, tree: Tree, memo: Memo | None = None) -> f.FileFacts:
    """Return the facts of the code cells of `data`; a broken notebook has none, and says why in `problems`."""
    source = _source(data)
    facts = PYTHON.extract(source.code, tree, memo)
    return placed(facts, source, data)


@lru_cache(maxsize=2)
def _source(data: bytes) -> Source:
    return source_of(data)


LANGUAGE = Language("notebook", Reader, extract)
