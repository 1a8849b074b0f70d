"""The members of classes that lie outside the repository, found without importing anything."""

from pathlib import Path

import pytest
from familiar_edits.outside import members, site_packages


@pytest.mark.parametrize(
    "dotted, has, lacks",
    [
        ("threading.Thread", {"run", "start", "_target", "daemon"}, {"work"}),
        ("unittest.TestCase", {"setUp", "assertEqual", "id"}, {"prepare"}),
        ("dict", {"get", "items"}, {"fetch"}),
        ("builtins.Exception", {"args", "with_traceback"}, {"payload"}),
        ("json.JSONEncoder", {"default", "iterencode", "item_separator"}, {"sign"}),
        ("enum.Enum", {"name", "value"}, {"colour"}),
        ("abc.ABC", {"__init__"}, {"run"}),
        ("typing.NamedTuple", {"_replace", "count"}, {"width"}),
        ("collections.OrderedDict", {"move_to_end", "items"}, {"fetch"}),
    ],
)
def test_members_of_the_standard_library(dotted: str, has: set[str], lacks: set[str]) -> None:
    found = members(dotted)
    assert found is not None
    assert has <= found and not lacks & found


@pytest.mark.parametrize("dotted", ["nowhere.Class", "socket.socket", "os.getcwd", "Missing"])
def test_what_cannot_be_followed_is_not_known(dotted: str) -> None:
    assert members(dotted) is None


def test_members_of_an_installed_package(tmp_path: Path) -> None:
    package = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .base import Cart as Cart\n")
    (package / "base.py").write_text("class Cart(dict):\n    def pay(self): self.paid = 1\n")
    found = members("shop.Cart", site_packages(tmp_path))
    assert found is not None
    assert {"pay", "paid", "items"} <= found
