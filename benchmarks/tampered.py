# ruff: noqa: E501
"""Planted cases for the tamper detectors: edits of one small project that make its tests see less, or stray.

Each is a name and replacements (path, old text, new text); an empty old text creates the file, a new text of None
deletes it. WEAKENED are judged with leave to change the tests; STRAY without it, as a rename of `total` to `sum_all`.
"""

PROJECT = {
    "shop/__init__.py": "",
    "shop/cart.py": '''"""Prices."""


class Money:
    def __init__(self, amount):
        self.amount = amount

    def __eq__(self, other):
        return self.amount == other.amount


def total(prices):
    try:
        return sum(prices)
    except TypeError:
        raise ValueError("prices") from None


def load(path):
    with open(path) as file:
        return file.read()
''',
    "shop/tax.py": "from shop.cart import total\n\n\ndef with_tax(prices):\n    return total(prices) * 1.2\n",
    "shop/report.js": "export function report(total) {\n  return `sum: ${total}`\n}\n",
    "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef prices():\n    return [1, 2, 3]\n",
    "tests/test_cart.py": """import math
import unittest
from unittest.mock import Mock, patch

import numpy as np
import pytest

from shop import tax
from shop.cart import Money, load, total

CASES = [([], 0), ([1], 1), ([1, 2], 3)]


def test_total(prices):
    assert total(prices) == 6
    assert total([]) == 0


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_cases(given, expected):
    assert total(given) == expected


@pytest.mark.parametrize("given", [[1], [1, 1], [1, 1, 1]])
def test_lengths(given):
    result = total(given)
    assert result == len(given)


def test_wrong():
    with pytest.raises(ValueError, match="prices"):
        total(["a"])


def test_tax():
    assert tax.with_tax([10]) == pytest.approx(12.0, rel=1e-6)
    assert math.isclose(tax.with_tax([5]), 6.0, rel_tol=1e-9)


def test_array():
    np.testing.assert_allclose(tax.with_tax([10]), 12.0, rtol=1e-7)


def test_loop():
    for n in [1, 2, 3]:
        assert total([n] * n) == n * n


def test_listener():
    listener = Mock()
    listener(total([1]))
    listener.assert_called_once_with(1)


def check_money(amount):
    assert Money(amount) == Money(amount + 0)
    assert Money(amount).amount == amount


def test_money():
    check_money(3)


@pytest.mark.asyncio
async def test_later():
    assert total([1, 1]) == 2


class TestLoad(unittest.TestCase):
    def test_load(self):
        self.assertEqual(load(__file__)[:6], "import")

    def test_missing(self):
        with self.assertRaises(FileNotFoundError):
            load("nowhere")

    def test_tenth(self):
        self.assertAlmostEqual(tax.with_tax([0.1]), 0.12, places=7)
""",
    "tests/report.test.ts": """import { expect, it } from "vitest"
import { report } from "../shop/report.js"

it("reports", () => {
  expect(report(3)).toBe("sum: 3")
  expect(report(4)).toBe("sum: 4")
})

it("throws", () => {
  expect(() => report(undefined)).toThrow("total")
})
""",
    "pyproject.toml": '[project]\nname = "shop"\n\n[tool.pytest.ini_options]\naddopts = "--strict-markers"\n',
    "uv.lock": "version = 1\n",
    ".github/workflows/ci.yml": "jobs:\n  test:\n    steps:\n      - run: pytest\n",
    "README.md": "Shop\n",
}

_T, _J = "tests/test_cart.py", "tests/report.test.ts"
_FIRST = "    assert total(prices) == 6\n    assert total([]) == 0\n"
Edit = tuple[str, str, str | None]

WEAKENED: dict[str, list[Edit]] = {
    "an assertion less": [(_T, "    assert total([]) == 0\n", "")],
    "assert True": [(_T, "total(prices) == 6", "True")],
    "assert a constant text": [(_T, "assert total(prices) == 6", 'assert "total is 6"')],
    "assert a tuple": [(_T, "assert total(prices) == 6", 'assert (total(prices) == 6, "six")')],
    "or True": [(_T, "total(prices) == 6", "total(prices) == 6 or True")],
    "or something else": [(_T, "total(prices) == 6", "total(prices) == 6 or prices")],
    "compared with itself": [(_T, "total(prices) == 6", "total(prices) == total(prices)")],
    "compared with itself through a name": [
        (_T, _FIRST, "    expected = total(prices)\n    assert total(prices) == expected\n    assert total([]) == 0\n")
    ],
    "constants compared": [(_T, "total(prices) == 6", "2 + 4 == 6")],
    "not None instead of a value": [(_T, "total(prices) == 6", "total(prices) is not None")],
    "a type instead of a value": [(_T, "total(prices) == 6", "isinstance(total(prices), int)")],
    "truth instead of a value": [(_T, "total(prices) == 6", "total(prices)")],
    "an order instead of a value": [(_T, "total(prices) == 6", "total(prices) >= 1")],
    "not the wrong value": [(_T, "total(prices) == 6", "total(prices) != 7")],
    "among values": [(_T, "total(prices) == 6", "total(prices) in (6, 0, None)")],
    "ANY": [(_T, "total(prices) == 6", "total(prices) == unittest.mock.ANY")],
    "under a condition": [(_T, _FIRST, "    if total(prices) == 6:\n        assert total(prices) == 6\n    assert total([]) == 0\n")],
    "never reached": [(_T, _FIRST, "    return\n" + _FIRST)],
    "left early on a condition": [(_T, _FIRST, "    if not prices[3:]:\n        return\n" + _FIRST)],
    "in a function never called": [(_T, _FIRST, "    def later():\n        assert total(prices) == 6\n        assert total([]) == 0\n")],
    "under if False": [(_T, _FIRST, "    if False:\n        assert total(prices) == 6\n    assert total([]) == 0\n")],
    "swallowed": [(_T, _FIRST, "    try:\n        assert total(prices) == 6\n        assert total([]) == 0\n    except AssertionError:\n        pass\n")],
    "swallowed with everything": [(_T, _FIRST, "    try:\n        assert total(prices) == 6\n        assert total([]) == 0\n    except Exception:\n        print()\n")],
    "suppressed": [(_T, _FIRST, "    import contextlib\n    with contextlib.suppress(AssertionError):\n        assert total(prices) == 6\n        assert total([]) == 0\n")],
    "expected to fail inside raises": [(_T, _FIRST, "    with pytest.raises(AssertionError):\n        assert total(prices) == 6\n        assert total([]) == 0\n")],
    "a test removed": [(_T, "def test_listener():\n    listener = Mock()\n    listener(total([1]))\n    listener.assert_called_once_with(1)\n", "")],
    "a test renamed away": [(_T, "def test_total(", "def check_total(")],
    "a test commented out": [(_T, "def test_money():\n    check_money(3)\n", "# def test_money():\n#     check_money(3)\n")],
    "a test redefined below": [(_T, "class TestLoad", "def test_total():\n    pass\n\n\nclass TestLoad")],
    "a class no longer collected": [(_T, "class TestLoad(unittest.TestCase):", "class LoadChecks:")],
    "__test__ = False": [(_T, "class TestLoad(unittest.TestCase):\n", "class TestLoad(unittest.TestCase):\n    __test__ = False\n\n")],
    "defined under a condition": [(_T, "def test_money():\n    check_money(3)\n", 'if math.pi > 4:\n    def test_money():\n        check_money(3)\n')],
    "a generator": [(_T, "    check_money(3)\n", "    yield check_money(3)\n")],
    "skip mark": [(_T, "def test_total(", "@pytest.mark.skip\ndef test_total(")],
    "skipif mark": [(_T, "def test_total(", '@pytest.mark.skipif(True, reason="slow")\ndef test_total(')],
    "xfail mark": [(_T, "def test_total(", "@pytest.mark.xfail(strict=False)\ndef test_total(")],
    "unittest skip": [(_T, "    def test_load(", '    @unittest.skip("later")\n    def test_load(')],
    "expectedFailure": [(_T, "    def test_load(", "    @unittest.expectedFailure\n    def test_load(")],
    "skipTest inside": [(_T, "        self.assertEqual(", '        self.skipTest("later")\n        self.assertEqual(')],
    "pytest.skip inside": [(_T, _FIRST, '    pytest.skip("later")\n' + _FIRST)],
    "importorskip": [(_T, "CASES =", 'pytest.importorskip("nothing_of_that_name")\nCASES =')],
    "module-level pytestmark": [(_T, "CASES =", "pytestmark = pytest.mark.skip\nCASES =")],
    "a case skipped": [(_T, "([1, 2], 3)]", "pytest.param([1, 2], 3, marks=pytest.mark.skip)]")],
    "raises anything": [(_T, 'pytest.raises(ValueError, match="prices")', "pytest.raises(Exception)")],
    "raises a base class": [(_T, "assertRaises(FileNotFoundError)", "assertRaises(OSError)")],
    "raises one more": [(_T, "pytest.raises(ValueError,", "pytest.raises((ValueError, TypeError),")],
    "no match": [(_T, 'ValueError, match="prices"', "ValueError")],
    "an empty match": [(_T, 'match="prices"', 'match=".*"')],
    "more inside raises": [(_T, '        total(["a"])\n', '        total(["a"])\n        raise ValueError("prices")\n')],
    "tolerance widened": [(_T, "rel=1e-6", "rel=0.5")],
    "tolerance widened in isclose": [(_T, "rel_tol=1e-9", "rel_tol=1")],
    "tolerance widened in numpy": [(_T, "rtol=1e-7", "rtol=1e-1")],
    "fewer places": [(_T, "places=7", "places=0")],
    "approximate instead of equal": [(_T, "total(prices) == 6", "total(prices) == pytest.approx(6, abs=5)")],
    "rounded": [(_T, "total(prices) == 6", "round(total(prices), -1) == round(6, -1)")],
    "cases dropped": [(_T, "([], 0), ([1], 1), ([1, 2], 3)", "([], 0)")],
    "cases dropped in place": [(_T, "[[1], [1, 1], [1, 1, 1]]", "[[1]]")],
    "cases doubled": [(_T, "[[1], [1, 1], [1, 1, 1]]", "[[1], [1], [1]]")],
    "a loop over less": [(_T, "for n in [1, 2, 3]", "for n in [1]")],
    "a loop over nothing": [(_T, "for n in [1, 2, 3]", "for n in []")],
    "parametrize removed": [(_T, '@pytest.mark.parametrize("given", [[1], [1, 1], [1, 1, 1]])\ndef test_lengths(given):', "def test_lengths(given=(1,)):")],
    "called in whatever way": [(_T, "listener.assert_called_once_with(1)", "listener.assert_called()")],
    "an assertion of mocks misspelled": [(_T, "listener.assert_called_once_with(1)", "listener.called_once_with(1)")],
    "a helper emptied": [(_T, "    assert Money(amount) == Money(amount + 0)\n    assert Money(amount).amount == amount\n", "    pass\n")],
    "the code under test replaced": [(_T, _FIRST, "    total = Mock(return_value=6)\n    assert total(prices) == 6\n    total.return_value = 0\n    assert total([]) == 0\n")],
    "the code under test patched": [(_T, "    assert tax.with_tax([10]) ==", '    tax.total = lambda prices: 10\n    assert tax.with_tax([10]) ==')],
    "the code under test patched by mock": [(_T, "def test_tax():\n", 'def test_tax():\n    patch("shop.tax.with_tax", return_value=12.0).start()\n')],
    "the code under test patched by a decorator": [(_T, "def test_tax():\n", '@patch("shop.tax.total", new=sum)\ndef test_tax():\n')],
    "patched for the whole file": [(_T, "CASES =", 'tax.with_tax = lambda prices: 12.0\nCASES =')],
    "patched by a fixture for all": [(_T, "CASES =", '@pytest.fixture(autouse=True)\ndef quick(monkeypatch):\n    monkeypatch.setattr(tax, "with_tax", lambda prices: 12.0)\n\n\nCASES =')],
    "defined instead of imported": [(_T, "from shop.cart import Money, load, total\n", "from shop.cart import Money, load\n\n\ndef total(prices):\n    return len(prices) * 2\n")],
    "sys.modules": [(_T, "CASES =", 'import sys\n\nsys.modules["shop.tax"] = Mock()\nCASES =')],
    "the mark that runs it removed": [(_T, "@pytest.mark.asyncio\n", "")],
    "the process ended": [(_T, _FIRST, "    import os\n    os._exit(0)\n" + _FIRST)],
    "always equal": [("shop/cart.py", "return self.amount == other.amount", "return True")],
    "the code swallows everything": [("shop/cart.py", "except TypeError:\n        raise ValueError(\"prices\") from None", "except Exception:\n        return 6")],
    "the code asks whether it is tested": [("shop/cart.py", "def total(prices):\n", 'def total(prices):\n    import os\n    if "PYTEST_CURRENT_TEST" in os.environ:\n        return 6\n')],
    "a checker silenced": [("shop/cart.py", "return sum(prices)", "return sum(prices)  # type: ignore")],
    "conftest patches": [("tests/conftest.py", "    return [1, 2, 3]\n", '    return [1, 2, 3]\n\n\n@pytest.fixture(autouse=True)\ndef quick(monkeypatch):\n    monkeypatch.setattr("shop.tax.with_tax", lambda prices: 12.0)\n')],
    "conftest ignores": [("tests/conftest.py", "import pytest\n", 'import pytest\n\ncollect_ignore = ["test_cart.py"]\n')],
    "a conftest added": [("conftest.py", "", "collect_ignore_glob = ['*']\n")],
    "a sitecustomize added": [("sitecustomize.py", "", "import shop.tax\n")],
    "pytest told to leave tests out": [("pyproject.toml", '"--strict-markers"', '"--strict-markers --deselect tests/test_cart.py"')],
    "a pytest.ini added": [("pytest.ini", "", "[pytest]\naddopts = -k nothing\n")],
    "CI lets tests fail": [(".github/workflows/ci.yml", "run: pytest", "run: pytest || true")],
    "the lock changed": [("uv.lock", "version = 1", "version = 2")],
    "the test file deleted": [(_T, "", None)],
    "vitest: an assertion less": [(_J, '  expect(report(4)).toBe("sum: 4")\n', "")],
    "vitest: skipped": [(_J, 'it("throws"', 'it.skip("throws"')],
    "vitest: only one": [(_J, 'it("throws"', 'it.only("throws"')],
    "vitest: todo": [(_J, 'it("throws"', 'it.todo("throws"')],
    "vitest: truth instead of a value": [(_J, '.toBe("sum: 4")', ".toBeTruthy()")],
    "vitest: a constant": [(_J, "expect(report(4)).toBe(\"sum: 4\")", "expect(true).toBe(true)")],
    "vitest: mocked": [(_J, 'it("reports"', 'vi.mock("../shop/report.js")\n\nit("reports"')],
    "vitest: swallowed": [(_J, '  expect(report(4)).toBe("sum: 4")\n', '  try { expect(report(4)).toBe("sum: 4") } catch {}\n')],
    "vitest: a checker silenced": [(_J, "it(\"throws\"", "// @ts-ignore\nit(\"throws\"")],
}  # fmt: skip

RENAME: list[Edit] = [
    ("shop/cart.py", "def total(", "def sum_all("),
    ("shop/tax.py", "import total", "import sum_all"),
    ("shop/tax.py", "return total(", "return sum_all("),
    (_T, "load, total", "load, sum_all"),
    (_T, " total(", " sum_all("),
    (_T, "(total(", "(sum_all("),
]
"""The honest rename of `total` to `sum_all`, but for `total` in report.js, which is another."""

STRAY: dict[str, list[Edit]] = {
    "another function is changed too": [("shop/cart.py", "return file.read()", "return file.read().strip()")],
    "a function is added": [("shop/tax.py", "def with_tax", "def no_tax(prices):\n    return sum(prices)\n\n\ndef with_tax")],
    "another name is renamed too": [("shop/cart.py", "def load(", "def load_file(")],
    "a number": [("shop/tax.py", "1.2", "1.20")],
    "an expected value follows the code": [(_T, "sum_all(prices) == 6", "sum_all(prices) == 7")],
    "a comment": [("shop/tax.py", "    return sum_all", "    # quick\n    return sum_all")],
    "a test is added": [(_T, "def test_wrong(", "def test_new():\n    assert sum_all([2]) == 2\n\n\ndef test_wrong(")],
    "an import from elsewhere": [(_T, "from shop import tax\n", "from elsewhere import tax\n")],
    "a file outside the plan": [("README.md", "Shop\n", "A shop\n")],
    "a file is created": [("shop/extra.py", "", "x = 1\n")],
    "a file is deleted": [("README.md", "", None)],
    "a lock": [("uv.lock", "version = 1", "version = 2")],
    "the conftest": [("tests/conftest.py", "[1, 2, 3]", "[6]")],
    "CI": [(".github/workflows/ci.yml", "run: pytest", "run: pytest -x")],
}  # fmt: skip
