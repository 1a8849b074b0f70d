"""Another name or place for a module's file or a package's folder: complete, asked about or refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from familiar_codegraph.discover import discover
from familiar_codegraph.workspace import Workspace
from familiar_edits import apply as journal
from familiar_edits import prose, renamefile
from familiar_edits.process import Request, propose
from familiar_edits.values import Plan
from support.file_cases import ASKED, COMPLETE, REFUSED
from support.fixture import Fixture, parse

_RUN = "import sys; sys.path.insert(0, ''); sys.dont_write_bytecode = True; exec(open('main.py').read(), {})"


def planned(fixture: Fixture, root: Path, old: str, new: str, **answers: tuple[str, ...]) -> Plan:
    workspace = Workspace(fixture.write(root))
    try:
        workspace.index()
        texts = prose.texts(root, discover(root, kinds="text"))
        return renamefile.plan(workspace.graph(), old, new, texts=texts, **answers)
    finally:
        workspace.close()


def run(root: Path) -> str:
    """Return what `main.py` complains about."""
    done = subprocess.run([sys.executable, "-I", "-c", _RUN], cwd=root, capture_output=True, text=True, check=False)
    return done.stderr


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", COMPLETE)
def test_complete(name: str, tmp_path: Path) -> None:
    text, old, new, lines = COMPLETE[name]
    fixture = parse(text)
    found = planned(fixture, tmp_path, old, new)
    assert found.refused is None
    assert not [ask for ask in found.asks if ask.blocking]
    assert {check.verdict for check in found.checks} == {"pass"}
    assert run(tmp_path) == ""
    id = journal.apply(tmp_path, found.changeset)
    assert not (tmp_path / old).exists() and (tmp_path / new).exists()
    assert run(tmp_path) == ""
    for line in lines:
        path, _, wanted = line.partition(": ")
        assert wanted in (tmp_path / path).read_text().splitlines()
    assert journal.undo(tmp_path, id).undone == id
    assert tree(tmp_path) == fixture.files


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path) -> None:
    text, old, new, reason = REFUSED[name]
    found = planned(parse(text), tmp_path, old, new)
    assert found.refused is not None and reason in found.refused
    assert found.changeset.changes == ()


@pytest.mark.parametrize("name", ASKED)
def test_asked(name: str, tmp_path: Path) -> None:
    text, old, new, asked = ASKED[name]
    found = planned(parse(text), tmp_path, old, new)
    assert found.refused is None
    assert {ask.path: ask.blocking for ask in found.asks} == asked
    taken = planned(parse(text), tmp_path, old, new, take=("all",))
    assert taken.asks == ()


def test_a_folder_takes_its_other_files_along(tmp_path: Path) -> None:
    parse("#- one/__init__.py\n#- one/data.bin\nx\n#- main.py\nimport one\n").write(tmp_path)
    found = propose(Request(str(tmp_path), "rename-file", "one", 0, {"new_path": "two"}, verify="static"))
    assert found.status == "unverified"
    journal.apply(tmp_path, found.changeset)
    assert tree(tmp_path) == {"two/__init__.py": b"", "two/data.bin": b"x\n", "main.py": b"import two\n"}


def test_a_module_is_renamed_where_it_is_imported(tmp_path: Path) -> None:
    parse("#- pkg/__init__.py\n#- pkg/a.py\n#- main.py\nfrom pkg import a\nprint(a)\n").write(tmp_path)
    found = propose(Request(str(tmp_path), "rename", "main.py", 16, {"new_name": "b"}, verify="static"))
    assert found.status == "unverified"
    journal.apply(tmp_path, found.changeset)
    assert tree(tmp_path)["main.py"] == b"from pkg import b\nprint(b)\n"
    assert (tmp_path / "pkg/b.py").exists()


def test_the_tests_run_on_the_renamed_module(tmp_path: Path) -> None:
    parse("""
    #- pkg/__init__.py
    #- pkg/a.py
    def f():
        return 1
    #- test_a.py
    from pkg.a import f

    def test_f():
        assert f() == 1
    """).write(tmp_path)
    found = propose(Request(str(tmp_path), "rename-file", "pkg/a.py", 0, {"new_path": "pkg/b.py"}, trusted=True))
    assert (found.status, found.evidence.witnessed) == ("verified", True)
