"""What code that writes at a cursor knows of it; completion's `View` is one."""

from typing import Protocol


class Cursor(Protocol):
    """What stands around the cursor: all text before and after it, the statement so far, the line so far."""

    @property
    def prefix(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    @property
    def statement(self) -> str: ...
    @property
    def before(self) -> str: ...
