"""What we know about the editor at the other end: its capabilities and what its glue told us at initialize.

`initializationOptions`, all optional:

    settings     the object under `familiar` (or {"familiar": {…}}), so that the first capabilities are right
    trusted      true or false where the editor has its own trust (VS Code); absent: the user is asked once
    otherRename  true when another server answers textDocument/rename
    evidence     true when the client shows evidence and asks by itself: `familiar.rename` then only proposes
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from lsprotocol import types


class ClientFacts(msgspec.Struct, frozen=True):
    """Facts of the connection."""

    name: str = "unknown editor"
    settings: Any = None
    trusted: bool | None = None
    other_rename: bool = False
    shows_evidence: bool = False
    pulls_configuration: bool = False
    registers_configuration: bool = False
    registers_rename: bool = False
    registers_cells: bool = False
    document_changes: bool = False
    applies_edits: bool = False
    resource_operations: frozenset[str] = frozenset()
    failure_handling: str = ""

    @classmethod
    def of(cls, params: types.InitializeParams) -> "ClientFacts":
        """Read them from the initialize request."""
        options = params.initialization_options
        options = options if isinstance(options, Mapping) else {}
        settings = options.get("settings")
        if isinstance(settings, Mapping) and set(settings) == {"familiar"}:
            settings = settings["familiar"]
        workspace = params.capabilities.workspace or types.WorkspaceClientCapabilities()
        document = params.capabilities.text_document or types.TextDocumentClientCapabilities()
        changes = workspace.did_change_configuration
        edit = workspace.workspace_edit
        trusted = options.get("trusted")
        return cls(
            name=params.client_info.name if params.client_info else "unknown editor",
            settings=settings,
            trusted=trusted if isinstance(trusted, bool) else None,
            other_rename=options.get("otherRename") is True,
            shows_evidence=options.get("evidence") is True,
            pulls_configuration=bool(workspace.configuration),
            registers_configuration=bool(changes and changes.dynamic_registration),
            registers_rename=bool(document.rename and document.rename.dynamic_registration),
            registers_cells=bool(
                params.capabilities.notebook_document
                and document.inline_completion
                and document.inline_completion.dynamic_registration
            ),
            document_changes=bool(edit and edit.document_changes),
            applies_edits=bool(workspace.apply_edit),
            resource_operations=frozenset(kind.value for kind in (edit and edit.resource_operations) or ()),
            failure_handling=edit.failure_handling.value if edit and edit.failure_handling else "",
        )
