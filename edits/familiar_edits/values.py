"""The values of a change: what to edit, what was checked, what was found, and whether it may be applied.

Inside, spans are byte offsets into the bytes whose sha256 the `FileChange` names; `familiar_edits.report` writes them
as the command line's 1-based lines and columns.
"""

from typing import Literal

import msgspec

Status = Literal["verified", "unverified", "asks", "refused", "failed"]
Verify = Literal["full", "impacted", "static", "none"]
Verdict = Literal["pass", "fail", "skipped"]


class TextEdit(msgspec.Struct, frozen=True, order=True):
    """Replace bytes `start:end` of a file by `new_text`."""

    start: int
    end: int
    new_text: str


class FileChange(msgspec.Struct, frozen=True):
    """One file's part of a change set; `text_edits` are sorted and do not overlap.

    `before_sha256` is of the file's bytes before (of empty bytes for a created file). A created file's whole text is
    one edit at 0:0. `new_path` is set for a rename, which may carry edits too.
    """

    kind: Literal["edit", "create", "rename", "delete"]
    path: str
    before_sha256: str
    text_edits: tuple[TextEdit, ...] = ()
    new_path: str | None = None


class ChangeSet(msgspec.Struct, frozen=True):
    """A whole change as a value: all of it is applied or nothing."""

    description: str
    changes: tuple[FileChange, ...] = ()


class Ask(msgspec.Struct, frozen=True):
    """A place that only a person can decide; `edit` is what ticking it adds to the change set."""

    id: str
    path: str
    start: int
    end: int
    text: str
    why: str
    blocking: bool
    edit: TextEdit | None = None


class Check(msgspec.Struct, frozen=True):
    """One static check: its name, verdict, one sentence of detail, seconds taken."""

    name: str
    verdict: Verdict
    detail: str
    seconds: float


Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]


class TestEvidence(msgspec.Struct, frozen=True):
    """What the project's own tests said; `before` and `after` map test ids to outcomes.

    `interpreter` says in words which Python ran them. `total` counts the tests that were selected, and the test
    functions of the files that were not.
    """

    __test__ = False

    runner: str
    selected: int
    total: int
    before: dict[str, Outcome] = {}
    after: dict[str, Outcome] = {}
    newly_failing: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    interpreter: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """Why a proposal may be believed.

    `changed_lines_executed` is (lines executed by the tests, changed lines that hold code); `witnessed` is True when
    the same tests failed on a deliberately incomplete edit, False when they did not notice it, None when that was not
    tried.
    """

    checks: tuple[Check, ...] = ()
    tests: TestEvidence | None = None
    changed_lines_executed: tuple[int, int] = (0, 0)
    witnessed: bool | None = None


class Plan(msgspec.Struct, frozen=True):
    """What a refactoring wants to do, before any verification: a refusal, or a change set with questions.

    `refused` is the reason (what, where, what to do); `name_map` maps old to new names for the checks; `targets` are
    the ids of the symbols touched (for choosing tests). `sabotage` is the change made at the definitions only: tests
    that still pass on it cannot see the change (None when that is the whole change).
    """

    kind: str
    changeset: ChangeSet
    asks: tuple[Ask, ...] = ()
    checks: tuple[Check, ...] = ()
    refused: str | None = None
    name_map: dict[str, str] = {}
    targets: tuple[str, ...] = ()
    sabotage: ChangeSet | None = None


class Proposal(msgspec.Struct, frozen=True):
    """A plan with its evidence and the verdict on it."""

    status: Status
    reason: str
    root: str
    changeset: ChangeSet
    asks: tuple[Ask, ...] = ()
    evidence: Evidence = Evidence()
    applied: bool = False
    undo: str | None = None


class EditError(Exception):
    """Something that the user can mend: `kind` is a short stable word, `do` says what to do."""

    def __init__(self, kind: str, message: str, do: str = "") -> None:
        super().__init__(message)
        self.kind, self.do = kind, do
