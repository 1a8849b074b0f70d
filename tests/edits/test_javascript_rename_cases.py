"""Every rename case of TypeScript and JavaScript: a complete edit, a question or a refusal; never silence."""

import shutil
import subprocess
from pathlib import Path

import pytest
from familiar_edits import tampering
from familiar_edits.textedits import moved
from support.fixture import Fixture
from support.javascript_rename_cases import ASKED, COMPLETE, OFFERED, REFUSED
from support.renaming import after, case, planned, text

PROGRAMS = [name for name, given in COMPLETE.items() if "#- main.mjs" in given or "#- main.cjs" in given]

NEW = {"component and its props": "Renamed"}


def named(given: str) -> str:
    return given if "#-" in given else f"#- main.mjs\n{given}"


@pytest.mark.parametrize("name", COMPLETE)
def test_complete(name: str, tmp_path: Path) -> None:
    wanted = case(COMPLETE[name], NEW.get(name, "renamed"))
    found = planned(wanted.before, tmp_path, NEW.get(name, "renamed"))
    assert found.refused is None
    assert not [ask for ask in found.asks if ask.blocking]
    assert text(after(wanted.before, found)) == text(wanted.after)
    assert [(check.name, check.verdict) for check in found.checks] == [
        ("parse", "pass"),
        ("tokens", "pass"),
        ("bindings", "pass"),
    ]


@pytest.mark.parametrize("name", COMPLETE)
def test_the_edit_is_no_tampering(name: str, tmp_path: Path) -> None:
    wanted = case(COMPLETE[name], NEW.get(name, "renamed"))
    found = planned(wanted.before, tmp_path, NEW.get(name, "renamed"))
    said = tampering.check(tampering.mandate_of(found), found.changeset, lambda path: wanted.before.files[path])
    assert said.verdict == "pass", said.detail


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    given, new, reason = REFUSED[name]
    found = planned(case(named(given), new).before, tmp_path, new)
    assert found.refused is not None and reason in found.refused
    assert found.changeset.changes == ()


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
    assert planned(wanted.before, tmp_path, "renamed", take=("all",)).asks == ()


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbffunction load() {\r\n\treturn 1  \r\n}\r\n\r\nload()\r\n",
        "const é = '𝒳😀', load = 1; const x = load  // 😀".encode(),
        b"#!/usr/bin/env node\nlet load = [\n1,\n  ]\n\n;load\n  .push(2)\n\n\n",
    ],
    ids=["bom, crlf, tabs", "astral, no last line end", "hash bang, continued lines"],
)
def test_bytes_outside_the_edit_stay(data: bytes, tmp_path: Path) -> None:
    fixture = Fixture({"main.mjs": data}, ("main.mjs", data.rindex(b"load")))
    found = planned(fixture, tmp_path, "fetchIt")
    assert found.refused is None and found.asks == ()
    assert after(fixture, found)["main.mjs"] == data.replace(b"load", b"fetchIt")


def test_questions_are_answered_by_place(tmp_path: Path) -> None:
    wanted = case(ASKED["unknown receiver"], "renamed")
    (ask,) = planned(wanted.before, tmp_path, "renamed").asks
    assert ask.id == "main.mjs:2:43" and ask.blocking and ask.edit is not None
    taken = planned(wanted.before, tmp_path, "renamed", take=(ask.id,))
    skipped = planned(wanted.before, tmp_path, "renamed", skip=(ask.id,))
    assert taken.asks == skipped.asks == ()
    assert after(wanted.before, taken)["main.mjs"].count(b"renamed") == 2
    assert after(wanted.before, skipped)["main.mjs"].count(b"renamed") == 1


def test_a_member_that_is_said_to_be_the_same_is_renamed_with_all_that_reads_it(tmp_path: Path) -> None:
    given = """
        #- main.ts
        interface User { na$0me: string; age: number }
        interface Person { name: string; age: number; mail: string }
        function f(person: Person) { return person.name; }
        """
    wanted = case(given, "renamed")
    (ask,) = planned(wanted.before, tmp_path, "renamed").asks
    taken = planned(wanted.before, tmp_path, "renamed", take=(ask.id,))
    assert taken.asks == () and b"name" not in after(wanted.before, taken)["main.ts"].replace(b"renamed", b"")


def test_the_sabotage_changes_only_definitions(tmp_path: Path) -> None:
    wanted = case(COMPLETE["method with its hierarchy and interface"], "renamed")
    found = planned(wanted.before, tmp_path, "renamed")
    assert found.sabotage is not None
    assert sum(len(change.text_edits) for change in found.sabotage.changes) == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPLETE)
def test_the_way_back_gives_the_bytes(name: str, tmp_path: Path) -> None:
    wanted = case(COMPLETE[name], NEW.get(name, "renamed"))
    if "→" in COMPLETE[name]:
        pytest.skip("what was spelled out stays spelled out")
    assert wanted.before.cursor is not None
    path, offset = wanted.before.cursor
    there = planned(wanted.before, tmp_path / "there", NEW.get(name, "renamed"))
    change = next(change for change in there.changeset.changes if change.path == path)
    edit = next(edit for edit in change.text_edits if edit.start <= offset <= edit.end)
    old = wanted.before.files[path][edit.start : edit.end].decode()
    changed = Fixture(after(wanted.before, there), (path, moved(edit.start, change.text_edits)))
    back = planned(changed, tmp_path / "back", old)
    assert after(changed, back) == wanted.before.files


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_case_itself_is_right(name: str, tmp_path: Path) -> None:
    """The program runs before and after: what the case calls complete is complete."""
    wanted = case(COMPLETE[name], NEW.get(name, "renamed"))
    for folder, files in (("before", wanted.before.files), ("after", wanted.after)):
        Fixture(files, None).write(tmp_path / folder)
        main = "main.mjs" if "main.mjs" in files else "main.cjs"
        done = subprocess.run(["node", main], cwd=tmp_path / folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
