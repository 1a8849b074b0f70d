"""Every rename case: a complete edit, a question or a refusal, as listed; never silence."""

import subprocess
import sys
from pathlib import Path

import pytest
from familiar_edits.textedits import edited, moved
from support.fixture import Fixture
from support.rename_cases import ASKED, COMPLETE, OFFERED, REFUSED
from support.renaming import after, case, planned, text


@pytest.mark.parametrize("name", COMPLETE)
def test_complete(name: str, tmp_path: Path) -> None:
    wanted = case(COMPLETE[name], "renamed")
    found = planned(wanted.before, tmp_path, "renamed")
    assert found.refused is None
    assert not [ask for ask in found.asks if ask.blocking]
    assert text(after(wanted.before, found)) == text(wanted.after)
    assert {check.verdict for check in found.checks} == {"pass"}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    given, new, reason = REFUSED[name]
    found = planned(case(given, new).before, tmp_path, new)
    assert found.refused is not None and reason in found.refused
    assert found.changeset.changes == ()


def test_a_variable_may_be_called_like_a_special_method(tmp_path: Path) -> None:
    fixture = case("def find(«va$0lue»): return «value»\nfind(«value»=1)\n", "__hash__")
    found = planned(fixture.before, tmp_path, "__hash__")
    assert found.refused is None and found.asks == ()
    assert after(fixture.before, found) == fixture.after


@pytest.mark.parametrize("name", ASKED)
def test_asked(name: str, tmp_path: Path) -> None:
    wanted = case(ASKED[name], "renamed")
    found = planned(wanted.before, tmp_path, "renamed")
    assert found.refused is None
    assert {(ask.path, ask.start) for ask in found.asks if ask.blocking} == wanted.asked


@pytest.mark.parametrize("name", OFFERED)
def test_offered(name: str, tmp_path: Path) -> None:
    wanted = case(OFFERED[name], "renamed")
    found = planned(wanted.before, tmp_path, "renamed")
    assert found.refused is None
    assert {(ask.path, ask.start) for ask in found.asks} == wanted.asked
    assert not any(ask.blocking for ask in found.asks)
    assert text(after(wanted.before, found)) == text(wanted.after)
    taken = planned(wanted.before, tmp_path, "renamed", take=("all",))
    assert taken.asks == ()
    assert sum(len(c.text_edits) for c in taken.changeset.changes) == (
        sum(len(c.text_edits) for c in found.changeset.changes) + len(wanted.asked)
    )


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfdef load():\r\n\treturn 1  \r\n\r\nload()\r\n",
        b"def load( ) :\r    return 1;\rload( )",
        "é = '𝒳😀'; load = 1; x = load  # 😀".encode(),
        b"# -*- coding: utf-8 -*-\nif 1:\n\tload = [\n1,\n  ]\n\tload \\\n  .append(2)\n\n\n",
    ],
    ids=["bom, crlf, tabs", "cr, no last line end", "astral", "continued lines"],
)
def test_bytes_outside_the_edit_stay(data: bytes, tmp_path: Path) -> None:
    fixture = Fixture({"main.py": data}, ("main.py", data.rindex(b"load")))
    found = planned(fixture, tmp_path, "fetch")
    assert found.refused is None and found.asks == ()
    assert after(fixture, found)["main.py"] == data.replace(b"load", b"fetch")


def test_a_file_that_cannot_be_read_whole_stops_the_rename(tmp_path: Path) -> None:
    deep = b"x = " + b"(" * 5000 + b"load_all" + b")" * 5000 + b"\n"
    fixture = Fixture({"core.py": b"def load_all(): ...\n", "deep.py": deep}, ("core.py", 4))
    found = planned(fixture, tmp_path, "fetch")
    assert found.refused == "deep.py does not parse, so what it means is not certain: mend it first."


@pytest.mark.parametrize(("cls", "asks"), [("Point", 0), ("Structure", 1)])
def test_a_private_name_is_asked_about_only_beside_a_base_of_the_same_name(cls: str, asks: int, tmp_path: Path) -> None:
    wanted = case(f"import ctypes\nclass {cls}(ctypes.Structure):\n  «__si$0ze» = 1\n  size = «__size»\n", "__width")
    found = planned(wanted.before, tmp_path, "__width")
    assert found.refused is None and len(found.asks) == asks
    assert text(after(wanted.before, found)) == text(wanted.after)


def test_questions_are_answered_by_id(tmp_path: Path) -> None:
    wanted = case(ASKED["unknown receiver"], "renamed")
    (ask,) = planned(wanted.before, tmp_path, "renamed").asks
    assert ask.blocking and ask.edit is not None and ask.text == "return thing.owner()"
    taken = planned(wanted.before, tmp_path, "renamed", take=(ask.id,))
    skipped = planned(wanted.before, tmp_path, "renamed", skip=(ask.id,))
    assert taken.asks == skipped.asks == ()
    assert after(wanted.before, taken)["main.py"].count(b"renamed") == 2
    assert after(wanted.before, skipped)["main.py"].count(b"renamed") == 1


def test_the_sabotage_changes_only_definitions(tmp_path: Path) -> None:
    wanted = case(COMPLETE["override and super"], "renamed")
    found = planned(wanted.before, tmp_path, "renamed")
    assert found.sabotage is not None
    (change,) = found.sabotage.changes
    assert len(change.text_edits) == 2
    assert b"def renamed" in edited(wanted.before.files["main.py"], change.text_edits)
    local = planned(case("def f(x$0): pass\n", "y").before, tmp_path / "local", "y")
    assert local.sabotage is None


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPLETE)
def test_the_way_back_gives_the_bytes(name: str, tmp_path: Path) -> None:
    wanted = case(COMPLETE[name], "renamed")
    assert wanted.before.cursor is not None
    path, offset = wanted.before.cursor
    there = planned(wanted.before, tmp_path / "there", "renamed")
    change = next(change for change in there.changeset.changes if change.path == path)
    edit = next(edit for edit in change.text_edits if edit.start <= offset <= edit.end)
    old = wanted.before.files[path][edit.start : edit.end].decode()
    cursor = path, moved(edit.start, change.text_edits)
    changed = Fixture(after(wanted.before, there), cursor)
    back = planned(changed, tmp_path / "back", old)
    assert after(changed, back) == wanted.before.files


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPLETE)
def test_the_case_itself_is_right(name: str, tmp_path: Path) -> None:
    """The program runs before and after: what the case calls complete is complete."""
    wanted = case(COMPLETE[name], "renamed")
    for folder, files in (("before", wanted.before.files), ("after", wanted.after)):
        Fixture(files, None).write(tmp_path / folder)
        argv = ["main.py"] if "main.py" in files else ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [sys.executable, *argv], cwd=tmp_path / folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
