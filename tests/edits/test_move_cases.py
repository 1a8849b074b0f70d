"""Every move case: a complete edit, a question or a refusal, as listed; never silence."""

import subprocess
import sys
from pathlib import Path

import pytest
from familiar_codegraph.discover import discover
from familiar_codegraph.workspace import Workspace
from familiar_edits import move, prose
from familiar_edits.textedits import edited
from familiar_edits.values import Plan
from support.fixture import Fixture, parse
from support.move_cases import ASKED, COMPLETE, REFUSED


def planned(fixture: Fixture, root: Path, dest: str, **answers: tuple[str, ...]) -> Plan:
    assert fixture.cursor is not None
    workspace = Workspace(fixture.write(root))
    try:
        workspace.index()
        texts = prose.texts(root, discover(root, kinds="text"))
        return move.plan(workspace.graph(), *fixture.cursor, dest, texts=texts, **answers)
    finally:
        workspace.close()


def after(fixture: Fixture, found: Plan) -> dict[str, bytes]:
    files = dict(fixture.files)
    for change in found.changeset.changes:
        assert (change.kind == "create") == (change.path not in files)
        files[change.path] = edited(files.get(change.path, b""), change.text_edits)
    return files


def run(root: Path) -> str:
    """Return what `main.py` complains about."""
    done = subprocess.run([sys.executable, "-I", "-c", _RUN], cwd=root, capture_output=True, text=True, check=False)
    return done.stderr


_RUN = "import sys; sys.path.insert(0, ''); sys.dont_write_bytecode = True; exec(open('main.py').read(), {})"


@pytest.mark.parametrize("name", COMPLETE)
def test_complete(name: str, tmp_path: Path) -> None:
    text, dest, lines = COMPLETE[name]
    fixture = parse(text)
    found = planned(fixture, tmp_path / "before", dest)
    assert found.refused is None
    assert not [ask for ask in found.asks if ask.blocking]
    assert {check.verdict for check in found.checks} == {"pass"}
    now = after(fixture, found)
    for line in lines:
        path, _, wanted = line.removeprefix("!").partition(": ")
        assert (wanted in now[path].decode().splitlines()) != line.startswith("!"), now[path].decode()
    assert run(tmp_path / "before") == ""
    assert run(Fixture(now, None).write(tmp_path / "after")) == ""


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    text, dest, reason = REFUSED[name]
    found = planned(parse(text), tmp_path, dest)
    assert found.refused is not None and reason in found.refused
    assert found.changeset.changes == ()


@pytest.mark.parametrize("name", ASKED)
def test_asked(name: str, tmp_path: Path) -> None:
    text, dest, asked = ASKED[name]
    fixture = parse(text)
    found = planned(fixture, tmp_path, dest)
    assert found.refused is None
    assert {ask.path: ask.blocking for ask in found.asks} == asked
    taken = planned(fixture, tmp_path / "taken", dest, take=("all",))
    assert taken.asks == ()
    now = after(fixture, taken)
    assert all(b"b.f" in now[path] or b"b:f" in now[path] for path in asked if path != "a.py")


def test_a_test_that_expects_the_class_by_its_module_is_asked_about(tmp_path: Path) -> None:
    text = (
        "#- p/__init__.py\n#- p/a.py\nclass Cart$0: ...\n#- test_a.py\nimport re\nfrom p.a import Cart\n"
        "def test(): assert re.match(r'<p\\.a\\.(Cart|Till) object', repr(Cart()))\n"
    )
    found = planned(parse(text), tmp_path / "one", "p/b.py")
    assert [(ask.path, ask.blocking) for ask in found.asks] == [("test_a.py", True)]
    assert "shown by its module" in found.asks[0].why
    elsewhere = text.replace("p\\.a\\.", "q\\.a\\.")
    assert planned(parse(elsewhere), tmp_path / "other", "p/b.py").asks == ()
