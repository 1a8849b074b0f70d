"""The five steps. Each returns its status, one sentence, and what it has to show; none of them may pretend."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from familiar_server.demo.script import Renaming, Script, Typing
from familiar_server.demo.session import Session


class Step(NamedTuple):
    """How a step went: status "ok", "not shown" or "failed"."""

    status: str
    detail: str
    result: dict[str, Any] | None = None


async def index(session: Session, script: Script) -> Step:
    """Wait for the index, as an editor's progress bar does."""
    status = await session.ready(60, model=False)
    if status["state"] != "ready":
        return Step("failed", f"the index was not there after 60 s: {status['message']}", {"status": status})
    return Step("ok", _sentence(status["index"]), {"index": status["index"]})


def _sentence(index: Any) -> str:
    if not isinstance(index, dict):
        return str(index)
    return (
        f"{index['files']} files, {index['lines']} lines, {index['symbols']} symbols and {index['references']} "
        f"references in {index['seconds']:.2f} s"
    )


async def completion(session: Session, script: Script) -> Step:
    """Type at three places and show what is offered."""
    await session.ready(20, model=True)
    shown: list[dict[str, Any]] = []
    silent = ""
    for typing in script.typings:
        offer, reason = await _type(session, typing)
        if offer:
            shown.append(offer)
        silent = reason or silent
        if len(shown) == 3:
            break
    result = {"suggestions": shown}
    if not shown:
        return Step("not shown", f"nothing was offered at {len(script.typings)} places: {silent}", result)
    if len(shown) < 3:
        return Step("not shown", f"only {len(shown)} of {len(script.typings)} places got a suggestion", result)
    slowest = max(one["ms"] for one in shown)
    return Step("ok", f"three suggestions, the slowest after {slowest:.0f} ms", result)


async def _type(session: Session, typing: Typing) -> tuple[dict[str, Any] | None, str]:
    session.open(typing.path)
    if typing.end > typing.start:
        session.replace(typing.path, typing.start, typing.end, "")
    *rest, last = [typing.text[:-1], typing.text[-1]]
    at = typing.start
    for piece in (*rest, last):
        session.replace(typing.path, at, at, piece)
        at += len(piece.encode())
    offer = await session.complete(typing.path, at)
    reason = "" if offer else await session.why_silent(typing.path, at)
    session.close(typing.path)
    if offer is None:
        return None, reason
    return {"typed": typing.shown, "path": typing.path, "text": offer.text, "ms": offer.ms, "source": offer.source}, ""


async def rename_verified(session: Session, script: Script) -> Step:
    """Rename, let the tests run, apply what they allow."""
    why = "nothing here can be renamed"
    for renaming in script.verified:
        proposal = await _propose(session, renaming)
        if proposal["status"] != "verified":
            why = f"{renaming.old} -> {renaming.new}: {proposal['status']}: {proposal['reason']}"
            continue
        before = _texts(session.root, proposal)
        applied = await session.command("familiar.apply", {"id": proposal["id"]})
        diff = _diff(before, session.root)
        if not applied["applied"] or not diff:
            return Step("failed", f"the verified rename was not applied: {applied['reason']}", proposal)
        tests = proposal["evidence"]["tests"]
        detail = (
            f"{renaming.old} -> {renaming.new} in {len(proposal['changes'])} files; {tests['selected']} of "
            f"{tests['total']} tests run before and after, none newly failing"
        )
        return Step("ok", detail, {**_brief(proposal), "diff": diff, "undo": applied["undo"]})
    return Step("not shown", why)


async def rename_refused(session: Session, script: Script) -> Step:
    """Rename to a name that is taken."""
    why = "no two names of one scope were found"
    for renaming in script.refused:
        proposal = await _propose(session, renaming)
        if proposal["status"] == "refused":
            return Step("ok", f"{renaming.old} -> {renaming.new}: {proposal['reason']}", _brief(proposal))
        why = f"{renaming.old} -> {renaming.new} was not refused: {proposal['status']}"
    return Step("not shown" if not script.refused else "failed", why)


async def rename_caught(session: Session, script: Script) -> Step:
    """Ask for renames that look right to every static check, until the tests refuse one."""
    for renaming in script.caught:
        before = _tree(session.root)
        proposal = await _propose(session, renaming)
        if _tree(session.root) != before:
            return Step("failed", f"{renaming.old} -> {renaming.new} changed files before it was accepted", proposal)
        tests = (proposal.get("evidence") or {}).get("tests")
        if proposal["status"] == "failed" and tests and tests["newly_failing"]:
            detail = (
                f"{renaming.old} -> {renaming.new} passes every static check, but {len(tests['newly_failing'])} tests "
                f"fail on it: not proposed"
            )
            return Step("ok", detail, _brief(proposal))
    tried = len(script.caught)
    return Step("not shown", f"of {tried} renames tried, none passed the static checks and failed the tests")


async def _propose(session: Session, renaming: Renaming) -> dict[str, Any]:
    proposal: dict[str, Any] = await session.rename(renaming.path, renaming.offset, renaming.new)
    return proposal


def _brief(proposal: dict[str, Any]) -> dict[str, Any]:
    """The parts of a proposal that the demo reports."""
    evidence = proposal["evidence"]
    return {
        "status": proposal["status"],
        "reason": proposal["reason"],
        "checks": evidence["checks"],
        "tests": evidence["tests"],
        "changed_lines_executed": evidence["changed_lines_executed"],
        "witnessed": evidence["witnessed"],
    }


def _texts(root: Path, proposal: dict[str, Any]) -> dict[str, str]:
    return {c["path"]: (root / c["path"]).read_text("utf-8", "replace") for c in proposal["changes"]}


def _diff(before: dict[str, str], root: Path) -> str:
    lines: list[str] = []
    for path, text in sorted(before.items()):
        now = (root / path).read_text("utf-8", "replace")
        lines += difflib.unified_diff(text.splitlines(), now.splitlines(), path, path, n=0, lineterm="")
    return "\n".join(lines)


def _tree(root: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", "__pycache__", ".pytest_cache"} & set(path.relative_to(root).parts)
    }


STEPS: Sequence[tuple[str, Callable[..., Any]]] = (
    ("index", index),
    ("completion", completion),
    ("rename_verified", rename_verified),
    ("rename_refused", rename_refused),
    ("rename_caught", rename_caught),
)
