"""The page of completion's figures: made of what was measured, and nothing else."""

import json
from pathlib import Path

import pytest

from benchmarks.completion import arms, page, results


def task(number: int, kind: str = "line") -> dict[str, object]:
    return {
        "id": f"shop/{kind}/{number}",
        "path": "shop/cart.py",
        "kind": kind,
        "lang": "python",
        "prefix": "def total(cart):\n    ",
        "suffix": "\n",
        "target": f"return cart.total_{number}" if kind == "line" else f"return cart.total_{number}()",
        "meta": {"dup_repo": number % 2},
    }


def row(one: dict[str, object], text: str, right: bool) -> dict[str, object]:
    return {
        "id": one["id"],
        "completion": text,
        "exact": right,
        "ms": 40.0,
        "prompt_tokens": 100,
        "reused_tokens": 50,
        "source": "counts",
    }


def state(folder: Path) -> Path:
    tasks = [task(n) for n in range(60)] + [task(n, "api") for n in range(60)]
    rows = {
        "familiar": {t["id"]: row(t, str(t["target"]), n % 2 == 0) for n, t in enumerate(tasks)},
        "infile": {t["id"]: row(t, "pass", False) for t in tasks},
        "ring": {t["id"]: row(t, "pass", n % 10 == 0) for n, t in enumerate(tasks)},
    }
    report = {**arms.report(tasks, rows, list(rows)), "read": page.page(tasks, rows)}  # type: ignore[arg-type]
    cpu = {"machine": {"cores": 2, "load": 0.5}, "click-8.1.8": {"seconds": 60.0, "cpu seconds": 12.0}}
    cpu["click-8.1.8"] |= {"percent of one core": 20.0, "by process": {"familiar_server": 5.0}}  # type: ignore[operator]
    for name, found in (("arms-repoeval", report), ("cpu", cpu)):
        (folder / f"report-{name}.json").write_text(json.dumps({"command": "c", "commit": "abc", **found}))
    return folder


def test_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "IMAGES", tmp_path)
    results.write(state(tmp_path), tmp_path)
    text = (tmp_path / "completion.md").read_text()
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}
    assert "line 50.0 (" in rows["the same with right context"]
    assert rows["the same with right context"].split("|")[5].strip() == "yes"
    assert "not measured" in rows["leak test"]
    assert "20.0 % in 60 s" in rows["CPU at five characters a second"]
    assert rows["by process: familiar_server"] == "| by process: familiar_server | 5.0 |"
    assert "\n| ring | +40.0 (" in text  # 50 % against 10 %
    assert "{" not in text.replace("```", "")
    assert (tmp_path / "completion-arms.svg").read_text().startswith("<svg")
    read = (tmp_path / "completion-read.md").read_text()
    assert read.count("«") == read.count("»") == 41  # twenty and twenty, and once in the words above them
