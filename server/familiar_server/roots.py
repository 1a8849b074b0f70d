"""The repositories that the editor works in: for each root one graph process and one completion process.

A root is started when the first of its documents is opened, or when the workspace names it. Everything that happens in
the editor is forwarded here; nothing here waits for the index or the model.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from familiar_codegraph.root import find_root, relative

from familiar_server.documents import ByteEdit, Document, real
from familiar_server.repository import Repository
from familiar_server.settings import Settings

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer


class Roots:
    """The roots of one connection, by path."""

    def __init__(self, server: "FamiliarServer") -> None:
        self._server = server
        self._folders: set[Path] = set()
        self._roots: dict[Path, Repository] = {}
        self._started = False

    def set_folders(self, folders: list[Path]) -> None:
        """Take the workspace's folders; each belongs to the repository that holds it."""
        self._folders = {find_root(real(folder)) for folder in folders}

    def start(self) -> None:
        """Start with the workspace's folders."""
        self._started = True
        for folder in sorted(self._folders):
            self._repository(folder)

    def change_folders(self, added: list[Path], removed: list[Path]) -> None:
        """Start with `added`, end what `removed` named."""
        gone = {find_root(real(folder)) for folder in removed}
        new = {find_root(real(folder)) for folder in added}
        self._folders = (self._folders - gone) | new
        for folder in gone - new:
            if repository := self._roots.pop(folder, None):
                self._server.spawn(repository.close(), f"closing {folder}")
        if self._started:
            self.start()

    def of(self, path: Path | None) -> Repository | None:
        """Return the repository that `path` belongs to: the innermost folder of the workspace, else its own root."""
        if path is None:
            return None
        resolved = real(path)
        holding = [root for root in {*self._folders, *self._roots} if resolved.is_relative_to(root)]
        if holding:
            return self._repository(max(holding, key=lambda root: len(root.parts)))
        if self._folders:
            return None  # a file from elsewhere (a library, say) is no reason to index elsewhere
        root = find_root(resolved)
        return self._repository(root if resolved.is_relative_to(root) else resolved.parent)

    def place(self, document: Document) -> tuple[Repository, str] | None:
        """Return the repository of `document` and its path in it; None for one that belongs to no root."""
        repository = self.of(document.path)
        if repository is None or document.real is None:
            return None
        inside = relative(document.real, repository.root)
        return (repository, inside) if inside else None

    def all(self) -> list[Repository]:
        """Return the started repositories, in the order of their paths."""
        return [self._roots[root] for root in sorted(self._roots)]

    def opened(self, document: Document) -> None:
        """A document was opened."""
        if place := self.place(document):
            place[0].opened(place[1], document)

    def changed(self, document: Document, edits: list[ByteEdit] | None) -> None:
        """A document was changed by `edits`, or as a whole (None)."""
        if place := self.place(document):
            place[0].changed(place[1], document, edits)

    def closed(self, document: Document) -> None:
        """A document was closed."""
        if place := self.place(document):
            place[0].closed(place[1])

    def files_changed(self, paths: set[Path]) -> None:
        """Files changed on disk."""
        for repository in self.all():
            repository.files_changed(paths)

    def settings_changed(self, before: Settings) -> None:
        """The settings are new."""
        for repository in self.all():
            repository.settings_changed(before)

    async def status(self) -> dict[str, Any]:
        """Return the answer of `familiar/status`: of the root that is worst off, named when there are several."""
        answers = [await repository.status() for repository in self.all()]
        if not answers:
            state, message = (
                ("starting", "") if self._folders else ("idle", "No folder is open; open a file of a project.")
            )
            return {"state": state, "model": "starting", "index": None, "memory": None, "message": message}
        order = ["failed", "degraded", "indexing", "starting", "ready"]
        answer = min(answers, key=lambda found: order.index(found["state"]))
        return {**answer, "roots": answers} if len(answers) > 1 else answer

    async def close(self) -> None:
        """End every process of ours."""
        repositories, self._roots = self.all(), {}
        await asyncio.gather(*(repository.close() for repository in repositories))

    def _repository(self, root: Path) -> Repository:
        if root not in self._roots:
            self._roots[root] = Repository(self._server, root)
            for document in self._server.documents:
                if (place := self.place(document)) and place[0].root == root:
                    place[0].opened(place[1], document)
        return self._roots[root]
