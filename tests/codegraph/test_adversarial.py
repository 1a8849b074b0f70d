"""Files made to hurt: none hangs or crashes, and what cannot be read is named."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from familiar_codegraph.languages import extract, language_of, parsing
from familiar_codegraph.workspace import Workspace

FILES: dict[str, bytes] = {
    "one_line.py": b"x = [" + b"1, " * 330_000 + b"]\n",
    "brackets.py": b"x = " + b"(" * 10_000 + b")" * 10_000 + b"\n",
    "open_brackets.py": b"x = " + b"[" * 10_000 + b"\n",
    "attributes.py": b"x = a" + b".b()" * 3_000 + b"\n",
    "sum.py": b"x = " + b" + ".join([b"a"] * 5_000) + b"\n",
    "ors.py": b"x = " + b" or ".join([b"a"] * 5_000) + b"\n",
    "ifs.py": b"".join(b" " * n + b"if a:\n" for n in range(600)) + b" " * 600 + b"pass\n",
    "elifs.py": b"if a: pass\n" + b"elif b: pass\n" * 3_000,
    "latin.py": b"# caf\xe9\nname = 'caf\xe9'\ndef f(): ...\n",
    "bom.py": b"\xef\xbb\xbfdef f(): ...\n",
    "crlf.py": b"def f():\r\n    return 1\r\n",
    "cr.py": b"def f():\r    return 1\r",
    "broken.py": b"def f(:\n  x =\nclass\n  def g(): return f(\n",
    "empty.py": b"",
    "quote.py": b'x = """never closed\n' * 50,
    "lambda.py": b"f = " + b"lambda: " * 2_000 + b"1\n",
    "print2.py": b"print 'x'\nexec 'y' in z\nraise E, 'm'\n",
    "star.py": b"*a, b = c\nfor *x, y in z: pass\n*\n",
    "unicode.py": "ß = 'ü'\ndef 名前(ﬁ): return ﬁ\n".encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_extraction_returns_in_time(name: str) -> None:
    began = time.process_time()
    facts = extract(name, FILES[name])
    assert time.process_time() - began < 10
    assert all(0 <= u.start <= u.end <= len(FILES[name]) for u in facts.uses)


def test_a_repository_of_them(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    workspace = Workspace(tmp_path)
    report = workspace.index()
    assert report.files == len(FILES)
    named = dict(report.failed)
    assert "nested deeper than 200 levels" in named["brackets.py"]
    assert named["broken.py"] == "syntax error in line 1"
    for name in ("latin.py", "bom.py", "crlf.py", "cr.py", "one_line.py", "sum.py", "ors.py", "elifs.py", "empty.py"):
        assert name not in named
    graph = workspace.graph()
    for path in graph.files():
        if path not in ("one_line.py", "brackets.py", "open_brackets.py"):
            graph.bindings(path)
    for path in ("latin.py", "bom.py", "crlf.py", "cr.py"):
        data = graph.data(path)
        symbol = graph.symbol_at(path, data.index(b"def f") + 4)
        assert symbol is not None
        assert (symbol.id, data[symbol.start : symbol.end]) == (f"{path}::f", b"f")
    answers = graph.references("bom.py", graph.data("bom.py").index(b"f()"))
    assert not answers.complete
    assert "broken.py could not be read whole: syntax error in line 1" in answers.reason


SLOW: dict[str, tuple[bytes, bool]] = {
    "comments.py": (b"def f():\n    pass\n" + b"# a comment\n" * 50_000 + b"x = 1\n", True),
    "comments_inside.py": (b"def f():\n" + b"    # c\n" * 30_000 + b"    x = 1\n", True),
    "quoted_comments.py": (b"def f():\n" + b"    # it's\n" * 15_000 + b"    x = 1\n", False),
    "continued.py": (b"x = 1 + \\\n" + b"\\\n" * 30_000 + b"2\n", False),
    "one_line_of_statements.py": (b"x=1;" * 200_000 + b"\n", False),
    "never_closed.py": (b'x = """never\n' + b"a b c d e f g\n" * 140_000, False),
    "dictionary.py": (b"d = {\n" + b"".join(b'"k%d": %d,\n' % (i, i) for i in range(20_000)) + b"}\n", True),
    "strings.py": (b"x = " + b"f'{" * 150 + b"1" + b"}'" * 150 + b"\n", True),
    "comments.js": (b"function f() {}\n" + b"// c\n" * 50_000 + b"x = 1\n", True),
    "one_line_of_statements.js": (b"x=1;" * 200_000 + b"\n", False),
    "never_closed.js": (b"x = `never\n" + b"a b c d e f g\n" * 140_000, False),
    "brackets.js": (b"x = " + b"[{(" * 10_000 + b"\n", True),
}
"""Files that would take long, and whether they are read all the same."""


@pytest.mark.parametrize("name", SLOW)
def test_a_file_is_given_up_before_it_stalls(name: str) -> None:
    data, is_read = SLOW[name]
    began = time.process_time()
    with parsing.within(1.5):
        if is_read:
            assert extract(name, data).scopes
        else:
            with pytest.raises(parsing.TooSlow):
                extract(name, data)
    assert time.process_time() - began < 8


def test_a_parser_reads_on_after_it_gave_up() -> None:
    good, bad = b"def f(x):\n    return x\n", SLOW["continued.py"][0]
    language = language_of("a.py")
    assert language is not None
    wanted = str(language.parser().parse(good).root_node)
    for _ in range(50):
        with parsing.within(0.001), pytest.raises(parsing.TooSlow):
            language.parser().parse(bad)
        assert str(language.parser().parse(good).root_node) == wanted


def test_blanked_comments_move_nothing_and_leave_strings_alone() -> None:
    comments = b"    # a {b} c\n    # plain\n" * 300
    code = b"def f():\n" + comments + b'    return g("""\n' + comments + b'    # """)\ndef h(): ...\n'
    blanked = parsing.without_comment_runs(code)
    assert len(blanked) == len(code)
    assert b"# plain" not in blanked
    short = code.replace(comments, b"    # plain\n")
    assert parsing.without_comment_runs(short) is short
    assert [d.kind for d in extract("a.py", code).defs] == [d.kind for d in extract("a.py", short).defs]


def test_what_took_too_long_is_named_and_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_bytes(SLOW["continued.py"][0])
    (tmp_path / "good.py").write_bytes(b"def f(): ...\nf()\n")
    store = tmp_path.parent / f"{tmp_path.name}-store"
    first = Workspace(tmp_path, store=store).index()
    assert dict(first.failed)["slow.py"].startswith("could not be read within 1")
    began = time.process_time()
    workspace = Workspace(tmp_path, store=store)
    again = workspace.index()
    assert (again.failed, again.from_cache) == (first.failed, 2)
    assert time.process_time() - began < 0.5
    assert len(workspace.graph().references("good.py", 4).answers) == 2


def test_an_open_buffer_keeps_its_last_good_facts(tmp_path: Path) -> None:
    good, slow = b"def f(): ...\nf()\n", SLOW["continued.py"][0]
    (tmp_path / "good.py").write_bytes(b"from open import f\nf()\n")
    workspace = Workspace(tmp_path)
    workspace.index()
    workspace.put("open.py", good, 1)
    workspace.edit("open.py", 2, [(0, 0, slow)])
    graph = workspace.graph()
    assert graph.data("open.py") == good
    assert workspace.buffers() == {"open.py": 1}
    assert workspace.failed()["open.py"] == "could not be read within 0.25 s; earlier facts are kept"
    answers = graph.references("open.py", 4)
    assert len(answers.answers) == 4
    assert not answers.complete
    began = time.process_time()
    for version in range(3, 40):
        workspace.edit("open.py", version, [(0, 0, b" ")])
        workspace.graph()
    assert time.process_time() - began < 0.3
    size = len(slow) + 37
    workspace.edit("open.py", 40, [(0, size, b"x = 1\n")])
    deadline = time.monotonic() + 60
    while workspace.graph().data("open.py") == good and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workspace.graph().data("open.py") == b"x = 1\n" + good
    assert workspace.failed() == {}
    assert workspace.buffers() == {"open.py": 40}


_DUMP = """
import hashlib, pathlib, sys
from familiar_codegraph.workspace import Workspace
workspace = Workspace(pathlib.Path(sys.argv[1]), store=pathlib.Path(sys.argv[2]))
workspace.index(fresh=True)
graph = workspace.graph()
paths = list(graph.files())
order = {"forward": paths, "backward": paths[::-1], "middle": paths[len(paths) // 2:] + paths[:len(paths) // 2]}
found = {p: repr(graph.bindings(p)) for p in order[sys.argv[3]]}
text = "".join(found[p] for p in paths)
text += repr([graph.references_of(f"{p}::{n}") for p in paths for n in ("main", "Cmd", "Cmd.onecmd", "TestResult")])
text += repr([graph.family(f"{p}::Cmd.onecmd") for p in paths])
print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_whatever_the_hash_seed_and_the_order(tmp_path: Path) -> None:
    import sysconfig

    folder = Path(sysconfig.get_paths()["stdlib"])
    for path in [*sorted(folder.glob("c*.py"))[:12], *(folder / "unittest").glob("*.py")]:
        target = tmp_path / "repo" / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    seen = set()
    for seed, order in [("0", "forward"), ("1", "backward"), ("2", "middle"), ("77", "forward"), ("4242", "backward")]:
        command = [sys.executable, "-c", _DUMP, str(tmp_path / "repo"), str(tmp_path / f"store{seed}"), order]
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p for p in sys.path if p)}
        seen.add(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert len(seen) == 1
