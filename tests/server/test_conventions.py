"""`familiar conventions` as a user runs it, and what the server says of changed lines."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from support.aio import aio, eventually
from support.command import familiar
from support.lsp import Server
from support.project import commit, project, run_git

FILES = "".join(
    f"#- pkg/m{n}.py\nfrom pkg.tools import to_json\n\n\n"
    f"def read_all_{n}(cfg):\n    name = 'a'\n    return to_json(name, cfg)\n"
    for n in range(14)
)
TEXT = f"""#- pkg/__init__.py
#- pkg/tools.py
import json


def to_json(value, flag):
    return json.dumps(value, indent=flag)
{FILES}"""


def test_facts_have_evidence(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    document = familiar("conventions", "--json", cwd=root).document
    quotes = next(fact for fact in document["facts"] if fact["question"] == "layout.quotes")
    assert {key: quotes[key] for key in ("answer", "support", "total", "scope", "trend", "say")} == {
        "answer": "single", "support": 14, "total": 14, "scope": "", "trend": "unknown",
        "say": "strings have single quotes",
    }  # fmt: skip
    assert 0.8 < quotes["confidence"] < 1
    assert quotes["examples"] == [{"path": f"pkg/m{n}.py", "line": 5} for n in (0, 1, 10)]
    assert [(p["default"], p["house"], p["path"], p["line"]) for p in document["pairs"]] == [
        ("json.dumps", "pkg.tools.to_json", "pkg/tools.py", 4)
    ]


def test_words_and_calls_have_their_folders(tmp_path: Path) -> None:
    calls = "import os, time\n\ndef wait(engine_name):\n    os.getpid()\n    return time.sleep(1)\n"
    others = "".join(f"#- pkg/net/n{n}.py\n{calls}" for n in range(4))
    others += "".join(f"#- pkg/o{n}.py\nimport json\n\njson.loads('1')\n" for n in range(4))
    root = project(tmp_path, TEXT + "#- pkg/net/__init__.py\n" + others)
    document = familiar("conventions", "--json", cwd=root).document
    assert {(w["folder"], w["word"], w["times"]) for w in document["words"]} >= {("pkg/net", "engine", 4)}
    assert document["together"] == [
        {"first": "os.getpid", "second": "time.sleep", "files": 4, "lift": 0.81, "folder": "pkg/net"}
    ]


def test_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    ran = [familiar("conventions", "--json", cwd=root, env={"PYTHONHASHSEED": seed}).out for seed in ("0", "7")]
    assert ran[0] == ran[1]


def test_what_holds_in_a_file(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    facts = familiar("conventions", "pkg/m0.py", "--json", cwd=root).document["facts"]
    assert "layout.quotes" in [fact["question"] for fact in facts]
    shown = familiar("conventions", "pkg", cwd=root)
    assert shown.code == 0 and "strings have single quotes" in shown.out


def test_changed_lines_and_no_others(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT + '#- pkg/old.py\nx = "there before"\n')
    assert familiar("conventions", "--diff", "--json", cwd=root).document["violations"] == []
    file = root / "pkg/m0.py"
    file.write_text(file.read_text() + '\n\ndef readSome(cfg):\n    return to_json("b", cfg)\n')
    found = familiar("conventions", "--diff", "--json", cwd=root).document["violations"]
    assert [(v["path"], v["start"], v["question"], v["here"], v["house"]) for v in found] == [
        ("pkg/m0.py", [9, 5], "naming.function", "camelCase", "snake_case"),
        ("pkg/m0.py", [10, 20], "layout.quotes", "double", "single"),
    ]
    assert found[0]["fix"] is None
    assert [edit["new_text"] for edit in found[1]["fix"]] == ["'", "'"]
    assert "can be mended" in familiar("conventions", "--diff", cwd=root).out
    commit(root)
    assert familiar("conventions", "--diff", "--json", cwd=root).document["violations"] == []
    assert len(familiar("conventions", "--diff", "HEAD~1", "--json", cwd=root).document["violations"]) == 2


def test_what_cannot_be_compared_says_so(tmp_path: Path) -> None:
    root = project(tmp_path / "a", TEXT)
    ran = familiar("conventions", "--diff", "nowhere", "--json", cwd=root)
    assert (ran.code, ran.error["message"]) == (2, "There is no revision nowhere.")
    bare = project(tmp_path / "b", "#- a.py\nx = 1\n#- pyproject.toml\n", git=False)
    ran = familiar("conventions", "--diff", "--json", cwd=bare)
    assert ran.code == 2 and "is in no git repository" in ran.error["message"]


class Links(HTMLParser):
    """Notes whatever a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]
        self.found += [tag] if tag in ("script", "link", "img", "iframe") else []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_loads_nothing_and_escapes_what_it_shows(tmp_path: Path) -> None:
    root = project(tmp_path / "a<b", TEXT)
    page = tmp_path / "page.html"
    assert familiar("conventions", "--html", str(page), cwd=root).code == 0
    links = Links()
    links.feed(page.read_text())
    assert links.found == []
    text = "".join(links.text)
    assert "How a<b does things" in text and "pkg.tools.to_json" in text and "pkg/m0.py:5" in text


def test_a_short_rules_file(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    text = familiar("conventions", "--rules", cwd=root).out
    assert "- strings have single quotes (14 of 14)\n" in text
    assert "- `pkg.tools.to_json`, not `json.dumps` (pkg/tools.py:4)\n" in text
    assert json.loads(familiar("conventions", "--rules", "--json", cwd=root).out)["rules"] == text


def test_nothing_is_written_under_git(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    before = sorted(str(p) for p in (root / ".git").rglob("*"))
    familiar("conventions", "--diff", cwd=root)
    assert sorted(str(p) for p in (root / ".git").rglob("*")) == before
    assert run_git(root, "status", "--porcelain") == ""


NEW = '\n\ndef readSome(cfg):\n    return to_json("b", cfg)\n'


async def hints(server: Server) -> list[dict[str, Any]]:
    def found() -> Any:
        told = server.told("textDocument/publishDiagnostics")
        return told[-1]["diagnostics"] if told else None

    shown: list[dict[str, Any]] = await server.wait_for(found)
    return shown


@aio
async def test_hints_on_changed_lines_with_quick_fixes(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    async with Server(root, settings={"conventions": {"hints": True}}) as server:
        await server.ready()
        uri = await server.open("pkg/m0.py", server.text("pkg/m0.py") + NEW)
        shown = await hints(server)
        assert [(d["code"], d["severity"], d["range"]["start"]["line"]) for d in shown] == [
            ("naming.function", 4, 8),
            ("layout.quotes", 4, 9),
        ]
        params = {"textDocument": {"uri": uri}, "range": shown[1]["range"], "context": {"diagnostics": []}}
        actions = await server.request("textDocument/codeAction", params)
        assert [action["kind"] for action in actions] == ["quickfix"]
        assert server.apply_workspace_edit(actions[0]["edit"])
        assert "to_json('b', cfg)" in server.text("pkg/m0.py")


@aio
async def test_hints_are_off_and_the_command_answers(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    async with Server(root) as server:
        await server.ready()
        uri = await server.open("pkg/m0.py", server.text("pkg/m0.py") + NEW)
        params = {"command": "familiar.conventions.check", "arguments": [{"uri": uri}]}
        answer = await server.request("workspace/executeCommand", params)
        assert [v["question"] for v in answer["violations"]] == ["naming.function", "layout.quotes"]
        assert answer["message"] == "2 things here unlike this house."
        span = {"start": {"line": 0, "character": 0}, "end": {"line": 5, "character": 0}}
        params["arguments"] = [{"uri": uri, "range": span}]
        answer = await server.request("workspace/executeCommand", params)
        assert answer == {"violations": [], "message": "Nothing here is unlike this house."}
        assert server.told("textDocument/publishDiagnostics") == []


@aio
async def test_a_rename_says_how_the_house_spells_such_names(tmp_path: Path) -> None:
    root = project(tmp_path, TEXT)
    async with Server(root, settings={"conventions": {"hints": True}}) as server:
        await server.ready()
        uri = await server.open("pkg/m0.py", server.text("pkg/m0.py"))
        ask = {
            "textDocument": {"uri": uri},
            "position": {"line": 3, "character": 5},
            "verify": "static",
            "offer": False,
        }

        async def checks(name: str) -> list[str]:
            params = {"command": "familiar.rename", "arguments": [{**ask, "newName": name}]}
            answer = await server.request("workspace/executeCommand", params, timeout=120)
            return [c["detail"] for c in answer["evidence"]["checks"] if c["name"] == "house naming"]

        span = {"command": "familiar.conventions.check", "arguments": [{"uri": uri}]}
        await server.request("workspace/executeCommand", span, timeout=120)
        assert await checks("readEverything") == [
            "house naming: functions here are snake_case (15 of 15); readEverything would be read_everything"
        ]
        assert await checks("read_everything") == []


@aio
async def test_suggestions_follow_the_house(tmp_path: Path) -> None:
    old = '#- pkg/old.py\ndef first(order):\n    amount = convert(order.total, "euro", "round up")\n    return amount\n'
    root = project(tmp_path, TEXT + old)
    async with Server(root, settings={"completion": {"conventions": True}}) as server:
        await server.ready()
        text = "def second(order):\n    amount = convert("
        await server.open("pkg/new.py", text)

        async def suggested() -> str:
            found = await server.suggest("pkg/new.py", len(text), kind=1)
            return str(found[0]["insertText"]) if found else ""

        made = await eventually(suggested, lambda it: "'euro'" in it)
        assert made == "order.total, 'euro', 'round up')"
