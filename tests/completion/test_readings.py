"""What was read of a repository at one start is looked up at the next, and says the same."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from familiar_completion import readings
from familiar_completion.documents import Document
from familiar_completion.sources import Sources

SHOP = {
    "shop/__init__.py": "",
    "shop/basket.py": (
        "from shop.price import Price\n\n\nclass Basket:\n    def total(self, prices: list[Price]) -> int:\n"
        "        return sum(price.amount for price in prices)\n\n    def first(self, prices):\n"
        "        return prices[0].amount\n"
    ),
    "shop/price.py": (
        "import json\n\n\nclass Price:\n    def __init__(self, amount):\n        self.amount = amount\n\n"
        "    def dump(self):\n        return json.dumps({'amount': self.amount}, sort_keys=True)\n"
    ),
    "shop/stock.py": "import json\n\n\ndef dump(stock):\n    return json.dumps({'amount': stock}, sort_keys=True)\n",
    "web/basket.js": (
        "export function total(prices) {\n  return prices.reduce((sum, price) => sum + price.amount, 0)\n}\n"
    ),
}


def written(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def started(root: Path, kept: Path | None, documents: dict[str, Document] | None = None, *, typed: str = "") -> Sources:
    """What is known after a start; `typed` is asked about before the index is begun."""

    async def start() -> Sources:
        sources = Sources(root, documents or {}, with_library=True, kept=kept)
        sources.counts.propose("shop/new.py", typed, "")
        await sources.index()
        return sources

    return asyncio.run(start())


def said(sources: Sources) -> list[object]:
    """All that the indexes say of every place in the shop: ends of lines, like windows, ways to import."""
    out: list[object] = [sources.imports.way(name, "shop/new.py") for name in ("Price", "json", "dump", "nothing")]
    for path, text in SHOP.items():
        for at in range(0, len(text), 7):
            out.append(sources.counts.propose(path, text[:at], text[at:]))
        out.append(sources.library.similar(frozenset(text.replace("(", " ").split()), path))
    return out


def fresh_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are split from here on."""
    split: list[str] = []
    own = readings.Readings._split

    def noted(self: readings.Readings, path: str, text: str, digest: bytes = b"") -> readings.Reading:
        split.append(path)
        return own(self, path, text, digest)

    monkeypatch.setattr(readings.Readings, "_split", noted)
    return split


def test_the_next_start_splits_nothing_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, kept = written(tmp_path / "repo", SHOP), tmp_path / "readings"
    plain, first = started(root, None), started(root, kept)
    split = fresh_files(monkeypatch)
    second = started(root, kept)
    assert split == []
    assert said(plain) == said(first) == said(second)


def test_only_what_changed_is_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, kept = written(tmp_path / "repo", SHOP), tmp_path / "readings"
    started(root, kept)
    written(root, {"shop/stock.py": "def dump(stock):\n    return sorted(stock)\n", "shop/more.py": "rest = 1\n"})
    (root / "web/basket.js").unlink()
    split = fresh_files(monkeypatch)
    again = started(root, kept)
    assert split == ["shop/more.py", "shop/stock.py"]
    assert said(again) == said(started(root, None))


def test_codes_are_translated_where_something_was_typed_before(tmp_path: Path) -> None:
    root, kept = written(tmp_path / "repo", SHOP), tmp_path / "readings"
    started(root, kept)
    typed = "return price.zebra\nprices = sorted("
    assert said(started(root, kept, typed=typed)) == said(started(root, None))
    kept.unlink()  # what is written from such codes holds as well
    started(root, kept, typed=typed)
    assert said(started(root, kept)) == said(started(root, None))


@pytest.mark.parametrize(
    "store",
    [b"", b"\x93", b"not one of ours", bytes(range(256)) * 40, "other code", "a damaged record"],
    ids=["empty", "cut off", "text", "noise", "other code", "a damaged record"],
)
def test_a_store_that_cannot_be_used_is_as_good_as_none(
    tmp_path: Path, store: bytes | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, kept = written(tmp_path / "repo", SHOP), tmp_path / "readings"
    started(root, kept)
    good = kept.read_bytes()
    if store == "other code":
        monkeypatch.setattr(readings, "_code", lambda: b"other code")
    elif store == "a damaged record":
        kept.write_bytes(good.replace(b"Basket", b"\xff\xff\xff\xff\xff\xff"))
    elif isinstance(store, bytes):
        kept.write_bytes(store)
    split = fresh_files(monkeypatch)
    assert said(started(root, kept)) == said(started(root, None))
    assert sorted(split) == sorted([*SHOP, *SHOP])


def test_a_store_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    root, kept = written(tmp_path / "repo", SHOP), tmp_path / "readings"
    kept.mkdir()
    assert said(started(root, kept)) == said(started(root, None))


def test_text_that_is_no_utf8_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = b"name = '\xff\xfe'\nother = '\xff'\n"
    root, kept = written(tmp_path / "repo", {**SHOP, "odd.py": odd}), tmp_path / "readings"
    first = started(root, kept)
    split = fresh_files(monkeypatch)
    second = started(root, kept)
    assert split == [] and said(first) == said(second)
    typed = "name = '\udcff"
    assert first.counts.propose("new.py", typed, "") == second.counts.propose("new.py", typed, "")


def test_what_may_not_be_looked_at_is_not_kept(tmp_path: Path) -> None:
    key = "AKIA" + "QX7MZK4WTPLV2BNC"
    files = {**SHOP, "keys.py": f"AWS_ACCESS_KEY_ID = '{key}'\n", ".env.py": "TOKEN_OF_MINE = 'opensesame'\n"}
    root, kept = written(tmp_path / "repo", files), tmp_path / "readings"
    started(root, kept)
    assert b"Basket" in kept.read_bytes()
    assert key.encode() not in kept.read_bytes()


def test_files_beyond_what_is_counted_are_not_kept(tmp_path: Path) -> None:
    root, kept = written(tmp_path / "repo", {**SHOP, "shop/zoo.py": "zebra = gnu(lion)\n" * 400}), tmp_path / "readings"

    async def start() -> Sources:
        sources = Sources(root, {}, with_library=True, kept=kept)
        sources.counts._limit = 1000
        await sources.index()
        return sources

    sources = asyncio.run(start())
    assert sources.counts.skipped == ("shop/zoo.py",) and "shop/zoo.py" not in sources.library.texts
    assert b"basket.py" in kept.read_bytes() and b"zoo.py" not in kept.read_bytes()
    assert said(asyncio.run(start())) == said(sources)


def test_an_open_document_stands_in_place_of_its_file(tmp_path: Path) -> None:
    root, kept = written(tmp_path / "repo", SHOP), tmp_path / "readings"
    started(root, kept)
    typed = {"shop/stock.py": Document(b"def unsaved(stock):\n    return stock\n", 1)}
    again = started(root, kept, typed)
    assert again.library.texts["shop/stock.py"].startswith("def unsaved")
    assert said(again) == said(started(root, None, typed))


@pytest.mark.parametrize(("changed", "again"), [(3, False), (30, True)])
def test_the_store_is_written_again_when_much_is_missing(tmp_path: Path, changed: int, again: bool) -> None:
    many = {f"part{i}.py": f"def part{i}(first):\n    return first + {i}\n" for i in range(40)}
    root, kept = written(tmp_path / "repo", many), tmp_path / "readings"
    started(root, kept)
    before = kept.read_bytes()
    written(root, {f"part{i}.py": f"def part{i}(second):\n    return second * {i}\n" for i in range(changed)})
    started(root, kept)
    assert (kept.read_bytes() != before) is again


def test_a_store_of_tokens_that_are_gone_is_begun_anew(tmp_path: Path) -> None:
    many = {f"part{i}.py": "\n".join(f"name_{i}_{j} = {j}" for j in range(400)) for i in range(40)}
    root, kept = written(tmp_path / "repo", many), tmp_path / "readings"
    started(root, kept)
    grown = kept.stat().st_size
    written(root, dict.fromkeys(many, "rest = 1\n"))
    started(root, kept)
    assert not kept.exists()
    started(root, kept)
    assert kept.stat().st_size < grown / 10


def test_the_store_is_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    root, stores = written(tmp_path / "repo", SHOP), set()
    code = (
        "import asyncio, sys; from pathlib import Path; from familiar_completion.sources import Sources; "
        "asyncio.run(Sources(Path(sys.argv[1]), {}, with_library=True, kept=Path(sys.argv[2])).index())"
    )
    for seed in ("1", "2", "3"):
        kept = tmp_path / f"readings-{seed}"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(root), str(kept)], env=environment, check=True)
        stores.add(kept.read_bytes())
    assert len(stores) == 1
