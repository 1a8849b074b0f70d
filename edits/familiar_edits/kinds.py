"""The refactorings that are built, by the name under which the command line and the server offer them."""

from typing import NamedTuple

from familiar_edits import move, rename, renamefile


class Kind(NamedTuple):
    """`arguments` as the usage text shows them; POS is PATH:LINE:COL."""

    name: str
    arguments: str
    summary: str


KINDS = (
    Kind(rename.KIND, "POS NEW", "give a symbol and everything that refers to it another name"),
    Kind(renamefile.KIND, "PATH NEW_PATH", "give a module's file or a package's folder another name or place"),
    Kind(move.KIND, "POS DEST", "move a function, class or constant of a module to another module"),
)
