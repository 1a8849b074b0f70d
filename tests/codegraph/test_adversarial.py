"""Files made to hurt: none hangs or crashes, and what cannot be read is named."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from familiar_codegraph.languages import extract
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
