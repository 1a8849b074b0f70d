"""What verification says, and what it never does: each case is a real pytest or unittest run in a temporary project."""

import sys
import threading
import time
from pathlib import Path

import pytest
from familiar_edits import isolate, overlay, trust
from familiar_edits.matrix import flaky_of
from familiar_edits.values import ChangeSet, Check, EditError
from familiar_edits.verify import verify
from support.judging import BROKEN, HARMLESS, PROJECT, PYTHON, judged
from support.project import commit, project, replace, run_git, tree_digest

# ---------------------------------------------------------------- what it says


def test_verified(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    before = tree_digest(root)
    told: list[tuple[str, int]] = []
    verdict = judged(
        root,
        ("area.py", "def area", "def surface"),
        ("test_area.py", "import area", "import surface"),
        ("test_area.py", "area(2", "surface(2"),
        sabotage=replace(root, ("area.py", "def area", "def surface")),
        progress=lambda *said: told.append(said),
    )
    assert verdict.status == "verified"
    assert verdict.reason == (
        "2 tests pass on the changed code as before; 3 of 3 changed lines executed;"
        " the same tests fail when the edit is left incomplete."
    )
    tests = verdict.evidence.tests
    assert tests and tests.before == tests.after == {
        "test_area.py::test_area": "passed",
        "test_area.py::test_nothing": "passed",
    }
    assert (tests.selected, tests.total, verdict.evidence.witnessed) == (2, 2, True)
    assert told[-1] == ("2 of 2 tests on the changed code", 95)
    assert tree_digest(root) == before


def test_failed(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    verdict = judged(root, BROKEN)
    assert verdict.status == "failed"
    assert verdict.reason == ("test_area.py::test_area does not fail now, but does with the change: assert 5 == 6")
    assert verdict.evidence.tests and verdict.evidence.tests.newly_failing == ("test_area.py::test_area",)


def test_the_module_no_longer_imports(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    verdict = judged(root, ("area.py", "def area", "def surface"))
    assert verdict.status == "failed"
    assert verdict.reason.startswith(
        "test_area.py does not fail now, but does with the change: ImportError: cannot import"
    )


UNSEEN = """
#- area.py
def area(width, height):
    return width * height

def report():
    return area(1, 1)
#- test_area.py
import area

def test_nothing():
    assert True
"""

UNVERIFIED = [
    (
        "no test sees it",
        UNSEEN,
        (HARMLESS,),
        {},
        "1 test passes, but they execute none of the 1 changed lines.",
    ),
    ("no tests", "#- area.py\nwidth * height\n", (HARMLESS,), {}, "Not tested: unittest"),
    ("static", PROJECT, (HARMLESS,), {"level": "static"}, "Checked, but not tested, as asked."),
    ("none", PROJECT, (BROKEN,), {"level": "none"}, "Nothing was checked, as asked."),
    ("nothing selected", PROJECT, (HARMLESS,), {"tests": ()}, "Not tested: no test of this repository reaches"),
    ("not trusted", PROJECT, (BROKEN,), {"trusted": None}, "Not tested: {root} is not a trusted repository."),
    (
        "all fail before",
        PROJECT.replace("== 6", "== 7").replace("assert True", "assert False"),
        (HARMLESS,),
        {},
        "Not tested: none of the 2 tests passes before the change. assert 6 == 7",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "edits", "options", "reason"), [c[1:] for c in UNVERIFIED], ids=[c[0] for c in UNVERIFIED]
)
def test_unverified(
    tmp_path: Path, text: str, edits: tuple[tuple[str, str, str], ...], options: dict[str, object], reason: str
) -> None:
    if "no tests" in reason or "unittest" in reason:
        reason = "Not tested: pytest"
    root = project(tmp_path, text)
    verdict = judged(root, *edits, **options)
    assert verdict.status == "unverified"
    assert verdict.reason.startswith(reason.format(root=root))


def test_trusted_once_told_so(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    assert not trust.is_trusted(root)
    trust.trust(root)
    assert judged(root, HARMLESS, trusted=None).status == "verified"
    assert trust.revoke(root) and not trust.revoke(root)
    assert judged(root, HARMLESS, trusted=None).status == "unverified"


def test_an_incomplete_edit_goes_unnoticed(tmp_path: Path) -> None:
    root = project(tmp_path, UNSEEN)
    verdict = judged(
        root,
        ("area.py", "def area", "def surface"),
        ("area.py", "return area", "return surface"),
        sabotage=replace(root, ("area.py", "def area", "def surface")),
    )
    assert (verdict.status, verdict.evidence.witnessed) == ("unverified", False)
    assert "they cannot see this change" in verdict.reason


def test_a_failed_check_needs_no_tests(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    verdict = judged(root, HARMLESS, checks=[Check("parse", "fail", "area.py:1 does not parse.", 0.0)])
    assert (verdict.status, verdict.reason) == ("failed", "The check parse failed: area.py:1 does not parse.")
    assert verdict.evidence.tests is None


def test_failing_already_is_not_held_against_the_change(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT.replace("assert True", "assert False"))
    verdict = judged(root, HARMLESS)
    assert verdict.status == "verified"
    assert verdict.reason.endswith("1 failed already or are flaky.")


def test_a_test_that_now_skips_is_broken(tmp_path: Path) -> None:
    text = PROJECT.replace("from area import area", "import pytest\narea = pytest.importorskip('area').area")
    verdict = judged(project(tmp_path, text), ("area.py", "def area", "import no_such_module\ndef area"))
    assert verdict.status == "failed"


# The first run on the changed code fails, its second does not: runs are told apart by what they leave behind.
FLAKY = """
#- area.py
def area(width, height):
    return width * height
#- test_area.py
from area import area

def test_area():
    assert area(2, 3) == 6

def test_chance():
    with open("%s", "a+") as count:
        count.write("x")
        count.seek(0)
        assert len(count.read()) %% 3 != 2
"""


def test_flaky_outcomes() -> None:
    """Only a second run that says otherwise makes a test flaky; one that says nothing does not excuse it."""
    suspects = (("t::a", "t::a"), ("t::b", "t::b"), ("t::c", "t::c2"), ("t::d", "t::d"))
    assert flaky_of(suspects, {}, {}) == ()
    assert flaky_of(suspects, {"t::a": "passed", "t::b": "failed"}, {"t::a": "failed", "t::c2": "passed"}) == (
        "t::b",
        "t::c2",
    )


def test_flaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that changes its mind on the same code is listed and counts for nothing; a broken one is still seen."""
    monkeypatch.setattr(isolate, "method", lambda: ("plain", "runs can leave something behind, one after the other"))
    root = project(tmp_path / "repo", FLAKY % (tmp_path / "count"))
    verdict = judged(root, HARMLESS)  # before: 1; after: 2, fails; again: 3 before, 4 after
    assert verdict.evidence.tests and verdict.evidence.tests.flaky == ("test_area.py::test_chance",)
    assert verdict.evidence.tests.newly_failing == ()
    assert verdict.status == "unverified" and "without isolation" in verdict.reason


def test_renamed_tests_are_the_same_tests(tmp_path: Path) -> None:
    text = PROJECT.replace(
        "def test_area", "import pytest\n@pytest.mark.parametrize('name', ['area', 'x'])\ndef test_area"
    )
    text = text.replace("test_area():", "test_area(name):")
    root = project(tmp_path, text)
    verdict = judged(
        root, ("test_area.py", "def test_area", "def test_surface"), name_map={"test_area": "test_surface"}
    )
    assert verdict.status == "verified", verdict.reason
    assert verdict.evidence.tests and "test_area.py::test_surface[x]" in verdict.evidence.tests.after


def test_unsaved_buffers_are_what_is_tested(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    buffer = (root / "area.py").read_bytes().replace(b"width * height", b"width - height")
    planned = replace(root, HARMLESS)
    with pytest.raises(EditError, match=r"area\.py has changed since"):
        verify(root, planned, trusted=True, python=PYTHON, buffers={"area.py": buffer})
    saved = (root / "area.py").read_bytes()
    (root / "area.py").write_bytes(buffer)
    mended = replace(root, ("area.py", "width - height", "width * height"))
    (root / "area.py").write_bytes(saved)
    tests = {"test_new.py": b"from area import area\n\ndef test_new():\n    assert area(3, 3) == 9\n"}
    verdict = verify(root, mended, trusted=True, python=PYTHON, buffers={"area.py": buffer, **tests})
    assert verdict.status == "verified", verdict.reason
    assert verdict.evidence.tests and verdict.evidence.tests.after["test_new.py::test_new"] == "passed"


def test_unittest(tmp_path: Path) -> None:
    text = """
    #- area.py
    def area(width, height):
        return width * height
    #- tests/__init__.py
    #- tests/test_area.py
    import unittest
    from area import area

    class Areas(unittest.TestCase):
        def test_area(self):
            self.assertEqual(area(2, 3), 6)

        @unittest.skip("no")
        def test_skipped(self): ...
    """
    root = project(tmp_path / "repo", text)
    import subprocess

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    good = judged(root, HARMLESS, python=None)
    assert good.status == "verified", good.reason
    assert good.evidence.tests and good.evidence.tests.interpreter == "the environment .venv"
    assert good.evidence.tests.after == {
        "tests.test_area.Areas.test_area": "passed",
        "tests.test_area.Areas.test_skipped": "skipped",
    }
    bad = judged(root, BROKEN, python=None)
    assert bad.status == "failed", bad.reason
    assert "AssertionError: 5 != 6" in bad.reason


# ---------------------------------------------------------------- states of a repository


def dirty(root: Path) -> None:
    (root / "area.py").write_text("def area(width, height):\n    return (width * height)\n", encoding="utf-8")
    (root / "new.py").write_text("x = 1\n", encoding="utf-8")


def detached(root: Path) -> None:
    commit(root, "second")
    run_git(root, "checkout", "-q", "HEAD~1")


def merging(root: Path) -> None:
    run_git(root, "checkout", "-q", "-b", "other")
    (root / "notes").write_text("theirs\n", encoding="utf-8")
    commit(root)
    run_git(root, "checkout", "-q", "main")
    (root / "notes").write_text("ours\n", encoding="utf-8")
    commit(root)
    with pytest.raises(Exception, match="returned non-zero"):
        run_git(root, "merge", "other")


def sparse(root: Path) -> None:
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "big.py").write_text("x = 1\n", encoding="utf-8")
    commit(root)
    run_git(root, "sparse-checkout", "set", "--no-cone", "/*", "!elsewhere/")
    assert not (root / "elsewhere" / "big.py").exists()


def submodule(root: Path) -> None:
    inner = project(root.parent / "inner", "#- part.py\nPART = 1\n")
    run_git(root, "submodule", "--quiet", "add", str(inner), "inner")
    (root / "test_inner.py").write_text(
        "import sys\nsys.path.insert(0, 'inner')\n\ndef test_part():\n    import part\n    assert part.PART == 1\n",
        encoding="utf-8",
    )
    commit(root)


def worktree(root: Path) -> None:
    run_git(root, "worktree", "add", "-q", str(root.parent / "tree"))


def uses_git(root: Path) -> None:
    (root / "test_git.py").write_text(
        "import subprocess\n\ndef test_git():\n"
        "    run = lambda *w: subprocess.run(['git', *w], check=True, capture_output=True, text=True).stdout\n"
        "    assert run('log', '--format=%s').strip() == 'All'\n"
        "    run('commit', '--allow-empty', '-m', 'mine')\n"
        "    assert run('describe', '--always')\n",
        encoding="utf-8",
    )


@pytest.mark.parametrize("prepare", [dirty, detached, merging, sparse, submodule, uses_git])
def test_states_of_git(tmp_path: Path, prepare: object) -> None:
    root = project(tmp_path / "repo", PROJECT)
    prepare(root)  # type: ignore[operator]
    before = tree_digest(root)
    verdict = judged(root, HARMLESS)
    assert verdict.status == "verified", verdict.reason
    assert verdict.evidence.tests and set(verdict.evidence.tests.after.values()) == {"passed"}
    assert judged(root, BROKEN).status == "failed"
    assert tree_digest(root) == before


def test_in_a_worktree(tmp_path: Path) -> None:
    root = project(tmp_path / "repo", PROJECT)
    worktree(root)
    uses_git(tmp_path / "tree")
    before = tree_digest(tmp_path)
    verdict = judged(tmp_path / "tree", HARMLESS)
    assert verdict.status == "verified", verdict.reason
    assert verdict.evidence.tests and set(verdict.evidence.tests.after.values()) == {"passed"}
    assert tree_digest(tmp_path) == before


def test_without_git(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT, git=False)
    assert judged(root, HARMLESS).status == "verified"
    assert judged(root, BROKEN).status == "failed"


# ---------------------------------------------------------------- while it runs

SLOW = PROJECT.replace("assert True", "import time; time.sleep(60)")


def test_cancelled(tmp_path: Path) -> None:
    root = project(tmp_path, SLOW)
    began = time.monotonic()
    with pytest.raises(EditError) as error:
        judged(root, HARMLESS, cancelled=lambda: time.monotonic() > began + 2)
    assert error.value.kind == "cancelled"
    assert time.monotonic() - began < 20
    assert list(overlay.runs_dir().iterdir()) == []


def test_read_only_files_are_tested_and_kept(tmp_path: Path) -> None:
    root = project(tmp_path / "repo", PROJECT)
    (root / "area.py").chmod(0o444)
    before = tree_digest(root)
    assert judged(root, HARMLESS).status == "verified"
    assert tree_digest(root) == before


def test_a_file_that_changes_meanwhile_makes_the_proposal_void(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    planned = replace(root, HARMLESS)
    done = threading.Event()

    def progress(message: str, percentage: int) -> None:
        if percentage > 5 and not done.is_set():
            done.set()
            (root / "test_area.py").write_text("# other\n", encoding="utf-8")

    verdict = verify(root, planned, trusted=True, python=PYTHON, progress=progress)
    assert verdict.status == "refused"
    assert verdict.reason == "test_area.py changed on disk while the tests ran, so this proposal is void: ask again."


def test_the_baseline_is_remembered_until_something_changes(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    marks = tmp_path.parent / "marks"
    first = judged(root, HARMLESS)
    began = time.monotonic()
    again = judged(root, HARMLESS)
    assert first.evidence.tests == again.evidence.tests and time.monotonic() > began
    (root / "test_area.py").write_text("def test_other():\n    import area\n", encoding="utf-8")
    verdict = judged(root, HARMLESS)
    assert verdict.evidence.tests and set(verdict.evidence.tests.before) == {"test_area.py::test_other"}
    assert not marks.exists()


def test_leftovers_of_killed_runs_are_swept(tmp_path: Path) -> None:
    import subprocess

    root = project(tmp_path, SLOW)
    script = (
        "import sys\nfrom pathlib import Path\nfrom familiar_edits.values import ChangeSet\n"
        "from familiar_edits.verify import verify\nfrom support.project import replace\n"
        f"root = Path(sys.argv[1])\nverify(root, replace(root, {HARMLESS!r}), trusted=True,"
        " python=Path(sys.executable), progress=lambda m, p: print(p, flush=True))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]
    )
    assert process.stdout
    while int(process.stdout.readline() or "100") <= 5:
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    assert list(overlay.runs_dir().iterdir())
    deadline = time.monotonic() + 60
    while any(str(overlay.runs_dir()) in text for text in _command_lines()) or list(overlay.runs_dir().iterdir()):
        assert time.monotonic() < deadline, "the run outlived the process that started it"
        overlay.sweep()
        time.sleep(0.1)


def _command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return found


def test_an_empty_change(tmp_path: Path) -> None:
    root = project(tmp_path, PROJECT)
    verdict = verify(root, ChangeSet("nothing"), trusted=True)
    assert verdict.status == "unverified"
