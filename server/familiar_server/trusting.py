"""Whether the tests of a repository may run: what the editor says, what the user has said, else one question."""

from pathlib import Path
from typing import TYPE_CHECKING

from familiar_edits import trust as book

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

YES, LATER, NEVER = "Trust", "Not now", "Never here"


async def may_run_tests(server: "FamiliarServer", root: Path) -> bool:
    """Return whether the tests at `root` may run; without an answer yet, the user is asked, once a session."""
    if server.client.trusted is not None:
        return server.client.trusted
    if root in server.decided:
        return server.decided[root]
    if book.is_trusted(root):
        return True
    server.decided[root] = False  # a second request does not ask a second time
    question = (
        f"To verify changes, Familiar runs the tests of {root.name} ({root}), in an isolated copy. "
        "Do you trust this repository?"
    )
    if await server.ask(question, YES, LATER, NEVER) == YES:
        book.trust(root)
        server.decided[root] = True
    return server.decided[root]
