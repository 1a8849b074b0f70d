"""The one-shot commands on real repositories: their documents, exit codes and what is on the disk afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest
from familiar_edits import isolate
from inline_snapshot import snapshot
from support.command import familiar
from support.fixture import parse

PROJECT = """
    #- pyproject.toml
    [tool.pytest.ini_options]
    pythonpath = ["."]
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices):
        return sum(prices)


    def half(prices):
        return total(prices) // 2
    #- shop/till.py
    from shop.cart import total


    def pay(prices):
        '''Pay the total of 𝒳.'''
        return total(prices)
    #- tests/test_till.py
    from shop.till import pay


    def test_pay():
        assert pay([1, 2]) == 3
"""
POSITION = "shop/cart.py:1:5"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return parse(PROJECT).write(tmp_path / "repo")


def test_index_says_what_it_found_and_what_came_from_the_store(root: Path) -> None:
    ran = familiar("index", "--json", cwd=root)
    first = ran.document
    assert ran.code == 0
    assert list(first) == snapshot(
        [
            "schema",
            "files",
            "lines",
            "symbols",
            "references",
            "resolved",
            "failed",
            "seconds",
            "peak_mb",
            "from_cache",
            "store",
        ]
    )
    assert (first["files"], first["failed"], first["from_cache"]) == (4, [], 0)
    assert first["seconds"] > 0 and first["peak_mb"] > 0
    second = familiar("index", str(root), "--json", cwd=root.parent).document
    assert (second["files"], second["from_cache"]) == (4, 4)
    fresh = familiar("index", "--fresh", "--json", cwd=root / "shop").document
    assert (fresh["files"], fresh["from_cache"]) == (4, 0)
    assert not list(root.rglob("*familiar*")), "nothing of ours is written into the repository"


@pytest.mark.parametrize(
    ("question", "place", "expected"),
    [
        (
            "definitions",
            "shop/till.py:6:12",
            snapshot(["total function shop/cart.py:[1, 5]", "shop/cart.py:[1, 5]-[1, 10] import yes"]),
        ),
        (
            "references",
            POSITION,
            snapshot(
                [
                    "total function shop/cart.py:[1, 5]",
                    "shop/cart.py:[1, 5]-[1, 10] scope yes",
                    "shop/cart.py:[6, 12]-[6, 17] scope yes",
                    "shop/till.py:[1, 23]-[1, 28] import yes",
                    "shop/till.py:[6, 12]-[6, 17] import yes",
                ]
            ),
        ),
        (
            "callers",
            POSITION,
            snapshot(
                [
                    "total function shop/cart.py:[1, 5]",
                    "shop/cart.py:[6, 12]-[6, 17] scope yes",
                    "shop/till.py:[6, 12]-[6, 17] import yes",
                ]
            ),
        ),
        (
            "callees",
            "shop/till.py:4:5",
            snapshot(["pay function shop/till.py:[4, 5]", "shop/cart.py:[1, 5]-[1, 10] import yes"]),
        ),
        (
            "importers",
            POSITION,
            snapshot(["total function shop/cart.py:[1, 5]", "shop/till.py:[1, 23]-[1, 28] import yes"]),
        ),
        ("subclasses", POSITION, snapshot(["total function shop/cart.py:[1, 5]"])),
        (
            "tests",
            POSITION,
            snapshot(["total function shop/cart.py:[1, 5]", "tests/test_till.py:[4, 5]-[4, 13] inferred unsure"]),
        ),
        ("references", "shop/cart.py:2:4", snapshot(["there is no name at shop/cart.py:2:4"])),
    ],
)
def test_questions_to_the_graph(question: str, place: str, expected: Any, root: Path) -> None:
    ran = familiar("graph", question, place, "--json", cwd=root)
    document = ran.document
    assert set(document) == {"schema", "symbol", "answers", "complete", "reason"}
    symbol = document["symbol"]
    lines = [f"{symbol['name']} {symbol['kind']} {symbol['path']}:{symbol['start']}" if symbol else document["reason"]]
    for answer in document["answers"]:
        assert set(answer) == {"path", "start", "end", "via", "verdict"}
        lines.append(f"{answer['path']}:{answer['start']}-{answer['end']} {answer['via']} {answer['verdict']}")
    assert (ran.code, lines) == (0, expected)


def test_paths_in_answers_are_relative_to_the_root_wherever_one_stands(root: Path) -> None:
    ran = familiar("graph", "callers", "cart.py:1:5", "--json", cwd=root / "shop")
    assert {a["path"] for a in ran.document["answers"]} == {"shop/cart.py", "shop/till.py"}
    plain = familiar("graph", "callers", "cart.py:1:5", cwd=root / "shop")
    assert plain.out == snapshot("""\
total function
shop/cart.py:6:12  return total(prices) // 2  scope
shop/till.py:6:12  return total(prices)  import
""")


def test_complete_answers_with_ranges_or_a_reason(root: Path) -> None:
    (root / "shop" / "new.py").write_text("from shop.cart import total\n\n\ndef pay(prices):\n    return tot")
    ran = familiar("complete", "shop/new.py:5:15", "-n", "2", "--explain", "--json", cwd=root)
    document = ran.document
    assert set(document) == {"schema", "suggestions", "silence", "ms", "tokens", "explain"}
    assert set(document["tokens"]) == {"prompt", "reused", "generated", "drafted", "accepted"}
    assert document["suggestions"][0]["text"].startswith("al(prices)")
    assert set(document["suggestions"][0]) == {"text", "start", "end", "score", "source"}
    assert (document["suggestions"][0]["start"], document["suggestions"][0]["end"]) == ([5, 15], [5, 15])
    assert document["silence"] is None
    (root / "shop" / "new.py").write_text("zzzz_")
    document = familiar("complete", "shop/new.py:1:6", "--json", cwd=root).document
    assert document["suggestions"] or document["silence"]


def test_a_rename_checked_statically_is_applied_as_asked_and_undone(root: Path) -> None:
    before = {p: p.read_bytes() for p in root.rglob("*.py")}
    ran = familiar("refactor", "rename", POSITION, "sum_of", "--verify", "static", "--json", cwd=root)
    document = ran.document
    assert (ran.code, document["status"], document["applied"], document["undo"]) == (0, "unverified", False, None)
    assert set(document) == snapshot(
        {"applied", "asks", "changes", "evidence", "reason", "root", "schema", "status", "undo"}
    )
    assert {p: p.read_bytes() for p in root.rglob("*.py")} == before
    ran = familiar("refactor", "rename", POSITION, "sum_of", "--verify", "static", "--apply", "--json", cwd=root)
    document = ran.document
    assert (ran.code, document["applied"]) == (0, True)
    assert [(c["kind"], c["path"]) for c in document["changes"]] == [("edit", "shop/cart.py"), ("edit", "shop/till.py")]
    assert document["changes"][0]["text_edits"][0] == {"start": [1, 5], "end": [1, 10], "new_text": "sum_of"}
    assert "from shop.cart import sum_of\n" in (root / "shop" / "till.py").read_text()
    ran = familiar("undo", document["undo"], "--json", cwd=root)
    assert (ran.code, ran.document["undone"]) == (0, document["undo"])
    assert ran.document["paths"] == ["shop/cart.py", "shop/till.py"]
    assert {p: p.read_bytes() for p in root.rglob("*.py")} == before
    ran = familiar("undo", "--json", cwd=root)
    assert (ran.code, ran.document["undone"]) == (3, None)


def test_a_refusal_exits_with_3_and_names_its_reason(root: Path) -> None:
    ran = familiar("refactor", "rename", POSITION, "half", "--apply", "--json", cwd=root)
    assert (ran.code, ran.document["status"], ran.document["applied"]) == (3, "refused", False)
    assert "half" in ran.document["reason"]
    plain = familiar("refactor", "rename", POSITION, "class", cwd=root)
    assert plain.code == 3
    assert "refused" in plain.out


@pytest.mark.slow
def test_without_trust_nothing_is_applied(root: Path) -> None:
    ran = familiar("refactor", "rename", POSITION, "sum_of", "--apply", "--json", cwd=root)
    assert (ran.code, ran.document["status"], ran.document["applied"]) == (3, "unverified", False)
    assert "trust" in ran.document["reason"]


@pytest.mark.slow
@pytest.mark.skipif(isolate.method()[0] == "plain", reason="tests cannot be isolated on this machine")
def test_with_trust_the_suite_decides(root: Path) -> None:
    assert familiar("trust", cwd=root).code == 0
    ran = familiar("refactor", "rename", POSITION, "sum_of", "--apply", "--json", cwd=root, timeout=300)
    document = ran.document
    assert (ran.code, document["status"], document["applied"]) == (0, "verified", True)
    assert document["evidence"]["tests"]["after"] == {"tests/test_till.py::test_pay": "passed"}
    assert document["evidence"]["changed_lines_executed"][0] > 0
    (root / "shop" / "till.py").write_text(
        (root / "shop" / "till.py").read_text() + "\n\nTABLE = globals()['p' + 'ay']\n"
    )
    ran = familiar("refactor", "rename", "shop/till.py:4:5", "settle", "--apply", "--json", cwd=root, timeout=300)
    document = ran.document
    assert (ran.code, document["status"], document["applied"]) == (4, "failed", False)
    assert "def pay(" in (root / "shop" / "till.py").read_text()


@pytest.mark.slow
def test_evaluate_completes_tasks_and_writes_predictions(root: Path, tmp_path: Path) -> None:
    task = {
        "id": "t1",
        "path": "shop/new.py",
        "kind": "line",
        "lang": "python",
        "prefix": "from shop.cart import total\n\n\ndef pay(prices):\n    return tot",
        "suffix": "\n",
        "target": "al(prices)",
        "meta": {},
    }
    (tmp_path / "tasks.jsonl").write_text(json.dumps(task) + "\n")
    out = tmp_path / "out.jsonl"
    arguments = (
        "evaluate",
        "completion",
        "--tasks",
        str(tmp_path / "tasks.jsonl"),
        "--arm",
        "counts",
        "--out",
        str(out),
    )
    ran = familiar(*arguments, "--json", cwd=root)
    assert ran.code == 0, ran.err
    assert set(ran.document) >= {"arm", "tasks", "done", "exact_match", "ci95", "by_kind", "ms", "tokens"}
    (row,) = map(json.loads, out.read_text().splitlines())
    assert set(row) == {"id", "completion", "ms", "prompt_tokens", "reused_tokens"}
    ran = familiar("evaluate", "completion", "--tasks", "gone.jsonl", "--arm", "counts", "--json", cwd=root)
    assert (ran.code, ran.error["kind"]) == (2, "tasks")
