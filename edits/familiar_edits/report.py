"""A proposal as contracts have it (JSON for programs), and as a person reads it (the terminal).

Spans are bytes inside and 1-based lines and columns in code points out here, so both need the bytes that the edits were
made for: `texts` collects them, before anything is applied.
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from familiar_codegraph.text import LineIndex
from rich.console import Console, Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from familiar_edits.matrix import outcome_counts
from familiar_edits.textedits import edited
from familiar_edits.values import Ask, Check, Evidence, FileChange, Proposal, TestEvidence

_COLOURS = {"verified": "green", "unverified": "yellow", "asks": "yellow", "refused": "red", "failed": "red"}
_MARKS = {"pass": "[green]✓[/]", "fail": "[red]✗[/]", "skipped": "[dim]–[/]"}


def texts(proposal: Proposal, buffers: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Return the bytes that the proposal's edits and questions were made for: open buffers, else the disk."""
    found = {}
    for path in {c.path for c in proposal.changeset.changes if c.kind != "create"} | {a.path for a in proposal.asks}:
        if buffers and path in buffers:
            found[path] = buffers[path]
        elif (file := Path(proposal.root, path)).is_file():
            found[path] = file.read_bytes()
    return found


# ---------------------------------------------------------------- for programs


def to_json(proposal: Proposal, before: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the document of the contract, less its "schema"."""
    lines = {path: LineIndex(data) for path, data in before.items()}
    return {
        "status": proposal.status,
        "reason": proposal.reason,
        "root": proposal.root,
        "applied": proposal.applied,
        "undo": proposal.undo,
        "changes": [_change(change, lines) for change in proposal.changeset.changes],
        "asks": [_ask(ask, lines) for ask in proposal.asks],
        "evidence": evidence_json(proposal.evidence),
    }


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """Return the "evidence" of the contract."""
    return {
        "checks": [_check(check) for check in evidence.checks],
        "tests": _tests(evidence.tests) if evidence.tests else None,
        "changed_lines_executed": list(evidence.changed_lines_executed),
        "witnessed": evidence.witnessed,
    }


def _change(change: FileChange, lines: Mapping[str, LineIndex]) -> dict[str, Any]:
    index = lines.get(change.path, LineIndex(b""))
    out: dict[str, Any] = {"kind": change.kind, "path": change.path, "before_sha256": change.before_sha256}
    if change.new_path:
        out["new_path"] = change.new_path
    out["text_edits"] = [
        {"start": list(index.position(e.start)), "end": list(index.position(e.end)), "new_text": e.new_text}
        for e in change.text_edits
    ]
    return out


def _ask(ask: Ask, lines: Mapping[str, LineIndex]) -> dict[str, Any]:
    index = lines.get(ask.path, LineIndex(b""))
    return {
        "id": ask.id,
        "path": ask.path,
        "start": list(index.position(ask.start)),
        "end": list(index.position(ask.end)),
        "text": ask.text,
        "why": ask.why,
        "blocking": ask.blocking,
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "verdict": check.verdict,
        "detail": check.detail,
        "seconds": round(check.seconds, 4),
    }


def _tests(tests: TestEvidence) -> dict[str, Any]:
    return {
        "runner": tests.runner,
        "interpreter": tests.interpreter,
        "selected": tests.selected,
        "total": tests.total,
        "before": dict(tests.before),
        "after": dict(tests.after),
        "newly_failing": list(tests.newly_failing),
        "flaky": list(tests.flaky),
    }


# ---------------------------------------------------------------- for people


def render(proposal: Proposal, before: Mapping[str, bytes]) -> RenderableType:
    """Return the proposal as rich shows it: the diff, the evidence, the questions, the verdict last."""
    parts: list[RenderableType] = []
    if diff := unified_diff(proposal, before):
        parts.append(Syntax(diff, "diff", theme="ansi_dark", background_color="default", word_wrap=True))
    parts += [Text.from_markup(line) for line in _evidence_lines(proposal.evidence)]
    parts += [_ask_line(ask, before) for ask in proposal.asks]
    verdict = Text(proposal.status, style=f"bold {_COLOURS[proposal.status]}")
    parts.append(Text.assemble(verdict, "  ", proposal.reason))
    if proposal.applied and proposal.undo:
        parts.append(Text(f"Applied. To take it back: familiar undo {proposal.undo}", style="dim"))
    return Group(*parts)


def show(proposal: Proposal, before: Mapping[str, bytes], console: Console) -> None:
    """Print the proposal."""
    console.print(render(proposal, before))


def unified_diff(proposal: Proposal, before: Mapping[str, bytes]) -> str:
    """Return the change set as a unified diff."""
    out = []
    for change in proposal.changeset.changes:
        old = before.get(change.path, b"")
        new = b"" if change.kind == "delete" else edited(old, change.text_edits)
        names = (
            "/dev/null" if change.kind == "create" else f"a/{change.path}",
            "/dev/null" if change.kind == "delete" else f"b/{change.new_path or change.path}",
        )
        if change.new_path and old == new:
            out.append(f"rename from {change.path}\nrename to {change.new_path}\n")
        out += [
            line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(_lines(old), _lines(new), *names, n=1)
        ]
    return "".join(out)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines(keepends=True)


def _evidence_lines(evidence: Evidence) -> list[str]:
    lines = [
        f"{_MARKS[c.verdict]} {c.name}: {_plain(c.detail)} [dim]{c.seconds * 1000:.0f} ms[/]" for c in evidence.checks
    ]
    if tests := evidence.tests:
        mark = _MARKS["fail" if tests.newly_failing else "pass"]
        of = "" if tests.selected == tests.total else f" of {tests.total}"
        counts = f"before {_counted(tests, 'before')}; after {_counted(tests, 'after')}"
        lines.append(f"{mark} tests: {tests.selected}{of} by {tests.runner}; {counts}")
        lines.append(f"  [dim]with {_plain(tests.interpreter)}[/]")
        lines += [f"  [red]newly failing[/] {_plain(test)}" for test in tests.newly_failing[:10]]
        lines += [f"  [yellow]flaky[/] {_plain(test)}" for test in tests.flaky[:10]]
        executed, of_lines = evidence.changed_lines_executed
        lines.append(f"{_MARKS['pass' if executed else 'skipped']} changed lines executed: {executed} of {of_lines}")
    if evidence.witnessed is not None:
        said = "noticed" if evidence.witnessed else "not noticed"
        lines.append(f"{_MARKS['pass' if evidence.witnessed else 'fail']} an incomplete edit, on purpose: {said}")
    return lines


def _counted(tests: TestEvidence, side: str) -> str:
    counts = outcome_counts(tests.before if side == "before" else tests.after)
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "nothing ran"


def _ask_line(ask: Ask, before: Mapping[str, bytes]) -> Text:
    line, column = LineIndex(before.get(ask.path, b"")).position(ask.start)
    style = "bold yellow" if ask.blocking else "dim"
    return Text.assemble(
        (f"? {ask.id}", style), f"  {ask.path}:{line}:{column}  {ask.text.strip()}  ", (ask.why, "dim")
    )


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
