"""A commit message drafted from the facts of a proposal: what was done, where, and what it was verified by."""

from collections import Counter

from familiar_edits.matrix import outcome_counts
from familiar_edits.values import Evidence, Proposal

_WIDTH = 72


def drafted(proposal: Proposal) -> str:
    """Return a subject of at most 72 characters, an empty line, and what is known; "" where nothing would change."""
    changes = proposal.changeset.changes
    if not changes:
        return ""
    said = proposal.changeset.description
    subject = said[:1].upper() + said[1:]
    if len(subject) > _WIDTH:
        subject = subject[: _WIDTH - 1].rsplit(" ", 1)[0] + "…"
    kinds = Counter(change.kind for change in changes)
    places = sum(len(change.text_edits) for change in changes)
    touched = ", ".join(f"{_counted(count, 'file')} {_DONE[kind]}" for kind, count in sorted(kinds.items()))
    lines = [f"{touched}, {_counted(places, 'place')}.", *_verified(proposal.status, proposal.evidence)]
    if proposal.asks:
        lines.append(f"Left alone: {_counted(len(proposal.asks), 'mention')} that may mean it too.")
    return "\n".join([subject, "", *lines]) + "\n"


_DONE = {"edit": "edited", "create": "created", "rename": "renamed", "delete": "deleted"}


def _verified(status: str, evidence: Evidence) -> list[str]:
    tests = evidence.tests
    if tests is None:
        return ["Not tested."]
    passed = outcome_counts(tests.after).get("passed", 0)
    executed, of = evidence.changed_lines_executed
    lines = [
        f"{_counted(passed, 'test')} of {tests.total} pass on the changed code; {executed} of {of} changed lines run."
    ]
    return lines if status == "verified" else [*lines, "Not verified."]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
