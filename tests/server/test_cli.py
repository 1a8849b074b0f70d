"""The command line: roots, places, exit codes, and errors that are one document too."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from familiar_edits import trust
from familiar_server import cli, places
from familiar_server.output import CommandError
from inline_snapshot import snapshot
from support.command import familiar
from support.fixture import parse


def check(text: str, expected: str, root: Path) -> None:
    try:
        place = places.parse(text)
        found = f"{place.path} {place.data[place.offset : place.offset + 6]!r} in {place.root.relative_to(root.parent)}"
    except CommandError as error:
        found = f"{error.code} {error.kind}: {error.message} {error.do}"
    assert found.replace(str(root), "ROOT") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pkg/a.py:1:5", snapshot("pkg/a.py b'first(' in repo")),
        ("pkg/a.py:3:3", snapshot('pkg/a.py b"= \'ast" in repo')),
        ("pkg/odd:3:4.py:1:1", snapshot("pkg/odd:3:4.py b'colons' in repo")),
        ("pkg/a.py:1:13", snapshot("pkg/a.py b'\\n    p' in repo")),
        ("pkg/a.py", snapshot("2 usage: pkg/a.py is no place in a file. Write PATH:LINE:COL, counted from 1.")),
        ("pkg/a.py:1", snapshot("2 usage: pkg/a.py:1 is no place in a file. Write PATH:LINE:COL, counted from 1.")),
        (
            "pkg/a.py:0:1",
            snapshot(
                "2 usage: pkg/a.py: line 0 is outside the file, which has 4 lines. Lines and columns count from 1."
            ),
        ),
        (
            "pkg/a.py:99:1",
            snapshot(
                "2 usage: pkg/a.py: line 99 is outside the file, which has 4 lines. Lines and columns count from 1."
            ),
        ),
        (
            "pkg/a.py:1:99",
            snapshot(
                "2 usage: pkg/a.py: column 99 is outside line 1, which has 12 characters. "
                "Lines and columns count from 1."
            ),
        ),
        ("nowhere.py:1:1", snapshot("2 usage: nowhere.py cannot be read: no such file or directory. Check the path.")),
        ("pkg:1:1", snapshot("2 usage: pkg cannot be read: is a directory. Check the path.")),
    ],
)
def test_places(text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "repo"
    fixture = """
        #- pyproject.toml
        #- pkg/a.py
        def first():
            pass
        𝒳 = 'astral'
        #- pkg/odd:3:4.py
        colons = 1
    """
    parse(fixture).write(root)
    monkeypatch.chdir(root)
    check(text, expected, root)


def test_the_root_is_the_nearest_git_then_the_nearest_project_file_then_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    (inner / "m.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    assert places.root_of(None, inner / "m.py") == tmp_path
    (tmp_path / "a" / "b" / "pyproject.toml").touch()
    assert places.root_of(None, inner / "m.py") == tmp_path / "a" / "b"
    (tmp_path / "a" / ".git").mkdir()
    assert places.root_of(None, inner / "m.py") == tmp_path / "a"
    assert places.root_of(str(inner)) == inner


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ([], "usage", snapshot("The following arguments are required: COMMAND.")),
        (
            ["refactor", "teleport", "a.py:1:1"],
            "usage",
            snapshot("Argument KIND: invalid choice: 'teleport' (choose from 'rename', 'rename-file', 'move')."),
        ),
        (["complete", "a.py:1:1", "-n", "0"], "usage", snapshot("Argument -n: 0 is not a number from 1 on.")),
        (["complete", "a.py"], "usage", snapshot("a.py is no place in a file.")),
        (["complete", "gone.py:1:1"], "usage", snapshot("gone.py cannot be read: no such file or directory.")),
        (["complete", "a.py:1:1", "--root", "gone"], "usage", snapshot("gone is no folder.")),
        (["trust", "gone"], "usage", snapshot("gone does not exist.")),
        (["demo", "--on", "gone"], "usage", snapshot("There is no folder gone.")),
        (["model", "info", "nobody"], "unknown", snapshot("No model is called 'nobody'; there are: familiar-py.")),
    ],
)
def test_usage_errors_are_documents_and_exit_with_2(
    arguments: list[str], kind: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    ran = familiar(*arguments, "--json", cwd=tmp_path)
    assert (ran.code, ran.error["kind"], ran.error["message"]) == (2, kind, message)
    plain = familiar(*arguments, cwd=tmp_path)
    assert (plain.code, plain.out) == (2, "")
    assert ran.error["message"] in plain.err


def test_what_is_not_built_is_not_offered(tmp_path: Path) -> None:
    offered = familiar("--help", cwd=tmp_path).out
    for name in (
        "serve",
        "demo",
        "doctor",
        "trust",
        "index",
        "graph",
        "complete",
        "evaluate",
        "model",
        "memory",
        "refactor",
        "undo",
    ):
        assert f"\n    {name} " in offered
    for name in ("edit", "fix", "mcp"):
        assert f"\n    {name} " not in offered
        assert familiar(name, cwd=tmp_path).code == 2


def test_help_comes_at_once(tmp_path: Path) -> None:
    def seconds(*arguments: str) -> float:
        # Processor time: what the machine does beside us is not ours.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True, cwd=tmp_path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(seconds("-m", "familiar_server", "--help") for _ in range(5)) < 0.15


def test_an_unexpected_error_exits_with_1_and_leaves_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").mkdir()
    monkeypatch.setenv("FAMILIAR_HOME", str(tmp_path))
    (tmp_path / "data").write_text("a file where our folder should be")
    assert cli.main(["trust", str(tmp_path)]) == 1
    (report,) = (tmp_path / "log").glob("error-*.txt")
    assert "running familiar trust" in capsys.readouterr().err
    assert "Traceback" in report.read_text()


def test_trust_is_given_and_taken(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    ran = familiar("trust", "sub", "--json", cwd=tmp_path)
    assert (ran.code, ran.document["root"], ran.document["trusted"]) == (0, str(tmp_path), True)
    assert trust.is_trusted(tmp_path)
    ran = familiar("trust", "--revoke", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, f"{tmp_path} is trusted no longer.\n")
    assert not trust.is_trusted(tmp_path)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    script = f"{sys.executable} -m familiar_server model list | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() in ("0", "1")


def test_the_doctor_answers_with_every_check(tmp_path: Path) -> None:
    ran = familiar("doctor", "--json", cwd=tmp_path, env={"PATH": os.environ["PATH"]})
    document = ran.document
    assert ran.code == (0 if document["ok"] else 4)
    assert [c["name"] for c in document["checks"]] == snapshot(
        [
            "python",
            "git",
            "grammar",
            "llama.cpp",
            "weights",
            "gpu",
            "isolation",
            "uv",
            "neovim",
            "vscode",
            "folders",
            "opinion",
            "project",
            "tests",
            "trust",
            "watching",
        ]
    )
    for finding in document["checks"]:
        assert set(finding) == {"name", "status", "found", "wrong", "do"}
        assert finding["status"] in ("ok", "warn", "fail", "absent")


def test_the_doctor_fails_without_git(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    ran = familiar("doctor", "--json", cwd=tmp_path, env={"PATH": str(tmp_path / "bin")})
    found = {c["name"]: c for c in ran.document["checks"]}
    assert (ran.code, ran.document["ok"]) == (4, False)
    assert (found["git"]["status"], found["git"]["do"]) == ("fail", "Install git.")
