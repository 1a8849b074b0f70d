"""The edit process, asked as the server asks it: a request in, a proposal out, nothing left behind."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from familiar_codegraph.wire import ChildGone
from familiar_edits import apply as journal
from familiar_edits import overlay
from familiar_edits.client import Edits
from familiar_edits.process import Request, apply_proposal, propose
from familiar_edits.values import EditError, Proposal
from support.fixture import parse
from support.project import commit, environment, project, tree_digest

SHOP = """
#- shop/__init__.py
#- shop/prices.py
def with_t$0ax(net):
    return net * 120 // 100

def of(basket):
    return sum(with_tax(net) for net in basket)
#- shop/till.py
from shop.prices import with_tax

def receipt(net):
    return f"{with_tax(net)} in all"
#- tests/test_prices.py
from shop.prices import of, with_tax

def test_of():
    assert of([100, 200]) == 360

def test_with_tax():
    assert with_tax(100) == 120
#- tests/test_till.py
from shop.till import receipt

def test_receipt():
    assert receipt(10) == "12 in all"
#- tests/test_elsewhere.py
def test_elsewhere():
    assert True
#- .gitignore
.venv/
"""


def shop(root: Path, **options: object) -> Request:
    project(root, SHOP)
    environment(root / ".venv")
    commit(root)
    cursor = parse(SHOP).cursor
    assert cursor
    options = {"trusted": True, "args": {"new_name": "gross"}, **options}
    return Request(str(root), "rename", *cursor, **options)  # type: ignore[arg-type]


def asked(what: str, *arguments: object) -> Any:
    async def ask() -> Any:
        async with Edits() as edits:
            return await getattr(edits, what)(*arguments)

    return asyncio.run(ask())


def test_from_request_to_undo(tmp_path: Path) -> None:
    request = shop(tmp_path)
    before = tree_digest(tmp_path)
    told: list[tuple[str, int]] = []

    proposal = asked("propose", request, lambda *said: told.append(said))
    assert proposal.status == "verified", proposal.reason
    tests = proposal.evidence.tests
    assert tests and (tests.selected, tests.total) == (3, 4)
    assert proposal.evidence.witnessed is True
    assert proposal.evidence.changed_lines_executed == (6, 6)
    assert [percentage for _, percentage in told] == sorted(percentage for _, percentage in told)
    assert tree_digest(tmp_path) == before

    applied = asked("apply", proposal, "impacted")
    assert applied.applied and applied.undo
    assert "def gross(net):" in (tmp_path / "shop/prices.py").read_text()
    with pytest.raises(EditError, match=r"shop/prices\.py has changed since"):
        asked("apply", proposal, "impacted")

    undone = asked("undo", tmp_path)
    assert undone.undone == applied.undo
    assert tree_digest(tmp_path) == before


def test_what_may_be_applied(tmp_path: Path) -> None:
    proposal = propose(shop(tmp_path, verify="static"))
    assert (proposal.status, proposal.reason) == ("unverified", "Checked, but not tested, as asked.")
    with pytest.raises(EditError, match="the change is unverified, so it was not applied"):
        apply_proposal(proposal, "impacted")
    assert apply_proposal(proposal, "static").applied
    assert journal.undo(tmp_path).undone

    for status in ("failed", "asks", "refused"):
        with pytest.raises(EditError, match=f"the change is {status}"):
            apply_proposal(Proposal(status, "why", str(tmp_path), proposal.changeset), "none")


def test_refused(tmp_path: Path) -> None:
    before = shop(tmp_path, args={"new_name": "of"})
    proposal = asked("propose", before)
    assert proposal.status == "refused"
    assert proposal.changeset.changes == ()


@pytest.mark.parametrize(
    ("change", "kind"), [({"kind": "polish"}, "kind"), ({"args": {}}, "arguments")], ids=["unknown kind", "no name"]
)
def test_errors_say_what_to_do(tmp_path: Path, change: dict[str, object], kind: str) -> None:
    import msgspec

    request = msgspec.structs.replace(shop(tmp_path), **change)
    with pytest.raises(EditError) as error:
        asked("propose", request)
    assert error.value.kind == kind and error.value.do


def test_cancelled_ends_everything(tmp_path: Path) -> None:
    request = shop(tmp_path)
    (tmp_path / "tests/test_till.py").write_text(
        "import time\nfrom shop.till import receipt\n\ndef test_slow():\n    time.sleep(300)\n", encoding="utf-8"
    )

    async def cancel_while_testing() -> None:
        testing = asyncio.Event()

        def progress(message: str, percentage: int) -> None:
            if percentage > 5:
                testing.set()

        async with Edits() as edits:
            task = asyncio.create_task(edits.propose(request, progress))
            await asyncio.wait_for(testing.wait(), 100)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancel_while_testing())
    deadline = time.monotonic() + 60
    while (running := _running()) or list(overlay.runs_dir().iterdir()):
        assert time.monotonic() < deadline, running
        overlay.sweep()  # as the next start does
        time.sleep(0.1)


def _running() -> list[Path]:
    return [p for p in Path("/proc").glob("[0-9]*/cmdline") if str(overlay.runs_dir()).encode() in _read(p)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_process_waits_for_the_next_request(tmp_path: Path) -> None:
    async def twice() -> None:
        async with Edits() as edits:
            edits.ready()
            edits.ready()
            while len(_edit_processes()) < 1:
                await asyncio.sleep(0.05)
            first = _edit_processes()
            assert len(first) == 1
            assert (await edits.undo(tmp_path)).undone is None
            while (now := _edit_processes()) & first or not now:  # another one waits
                await asyncio.sleep(0.05)
            os.kill(next(iter(now)), signal.SIGKILL)  # one that died meanwhile costs the request nothing
            while _edit_processes():
                await asyncio.sleep(0.05)
            assert (await edits.undo(tmp_path)).undone is None
        assert _edit_processes() == set()
        with pytest.raises(ChildGone, match="closed"):
            await edits.undo(tmp_path)

    asyncio.run(asyncio.wait_for(twice(), 100))


def _edit_processes() -> set[int]:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in children if b"familiar_edits" in _read(Path(f"/proc/{pid}/cmdline"))}
