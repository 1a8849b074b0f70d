"""Names from other files: imports, re-exports, import roots, what lies outside.

See `support.marks` for how cases are written.
"""

from pathlib import Path

import pytest
from support.marks import check

CASES = {
    "imports: absolute, relative, aliased, submodules": (
        """
        #- pkg/__init__.py
        from .a import one⟦i⟧ as uno
        #- pkg/a.py
        def one(): ...
        #- pkg/b.py
        import pkg.a
        import pkg.a as pa
        from . import a⟦m⟧
        from .a import one⟦j⟧
        from pkg import uno⟦k⟧
        pkg.a⟦n⟧.one⟦p⟧()
        pa⟦q⟧.one⟦r⟧()
        a.one⟦s⟧()
        one⟦t⟧()
        uno⟦u⟧()
        """,
        {
            "i": "pkg/a.py::one import yes",
            "m": "pkg/a.py import yes",
            "j": "pkg/a.py::one import yes",
            "k": "pkg/a.py::one import yes",
            "n": "pkg/a.py import yes",
            "p": "pkg/a.py::one import yes",
            "q": "pkg/a.py import yes",
            "r": "pkg/a.py::one import yes",
            "s": "pkg/a.py::one import yes",
            "t": "pkg/a.py::one import yes",
            "u": "pkg/a.py::one import yes",
        },
    ),
    "star imports follow __all__": (
        """
        #- a.py
        __all__ = ["shown⟦z⟧"]
        def shown(): ...
        def hidden(): ...
        #- b.py
        def plain(): ...
        def _private(): ...
        #- main.py
        from a import *
        from b import *
        shown⟦a⟧()
        hidden⟦b⟧()
        plain⟦c⟧()
        _private⟦d⟧()
        """,
        {
            "z": "a.py::shown string yes",
            "a": "a.py::shown import yes",
            "b": "? ambiguous unsure",
            "c": "b.py::plain import yes",
            "d": "? ambiguous unsure",
        },
    ),
    "conditional imports": (
        """
        #- fast.py
        def run(): ...
        #- main.py
        try:
            import orjson as json
        except ImportError:
            import json
        try:
            from fast import run⟦a⟧
        except ImportError:
            def run⟦b⟧(): ...
        run⟦c⟧()
        json.dumps⟦d⟧({})
        """,
        {
            "a": "fast.py::run|main.py::run ambiguous unsure",
            "b": "fast.py::run|main.py::run ambiguous unsure",
            "c": "fast.py::run|main.py::run ambiguous unsure",
            "d": "- import yes",
        },
    ),
    "function-level and TYPE_CHECKING imports": (
        """
        #- m.py
        class C:
            def go(self): ...
        #- main.py
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from m import C
        def f(c: "C⟦a⟧"):
            c.go⟦b⟧()
            from m import C as D
            D⟦c⟧().go⟦d⟧()
        """,
        {
            "a": "m.py::C import yes",
            "b": "m.py::C.go annotation yes",
            "c": "m.py::C import yes",
            "d": "m.py::C.go constructor yes",
        },
    ),
    "src layout and namespace packages": (
        """
        #- src/pkg/sub/mod.py
        def f(): ...
        #- tests/test_it.py
        from pkg.sub.mod import f⟦a⟧
        from pkg.sub import mod⟦b⟧
        import pkg⟦c⟧.sub⟦d⟧.mod⟦e⟧
        """,
        {
            "a": "src/pkg/sub/mod.py::f import yes",
            "b": "src/pkg/sub/mod.py import yes",
            "c": "- import yes",
            "d": "- import yes",
            "e": "src/pkg/sub/mod.py import yes",
        },
    ),
    "roots from pyproject": (
        """
        #- pyproject.toml
        [tool.setuptools.package-dir]
        "" = "lib"
        #- lib/pkg/__init__.py
        def f(): ...
        #- app/main.py
        from pkg import f⟦a⟧
        """,
        {"a": "lib/pkg/__init__.py::f import yes"},
    ),
    "bases outside the repository": (
        """
        import threading
        class T(threading.Thread):
            def run(self):
                self.start⟦a⟧()
                self.run⟦b⟧()
        """,
        {"a": "- import yes", "b": "main.py::T.run self yes"},
    ),
    "builtins and other packages": (
        """
        import os.path
        import requests
        print⟦a⟧("x".upper⟦b⟧())
        os.path.join⟦c⟧("a")
        requests.get⟦d⟧("u")
        """,
        {"a": "- import yes", "b": "- import yes", "c": "- import yes", "d": "- import yes"},
    ),
    "import_module with a literal": (
        """
        #- pkg/m.py
        def go(): ...
        #- main.py
        import importlib
        importlib.import_module("pkg.m").go⟦a⟧()
        """,
        {"a": "pkg/m.py::go import yes"},
    ),
    "the standard library's name beside a module of that name": (
        """
        #- pkg/__init__.py
        #- pkg/warnings.py
        import warnings⟦a⟧
        def warn(): ...
        #- pkg/b.py
        import warnings
        from . import warnings as own⟦b⟧
        warnings.warn⟦c⟧("x")
        #- scripts/warnings.py
        def warn(): ...
        #- scripts/main.py
        import warnings
        warnings.warn⟦d⟧()
        """,
        {
            "a": "- import yes",
            "b": "pkg/warnings.py import yes",
            "c": "- import yes",
            "d": "scripts/warnings.py::warn import yes",
        },
    ),
    "a module's __getattr__": (
        """
        #- lazy.py
        def __getattr__(name): ...
        #- main.py
        from lazy import thing⟦a⟧
        thing⟦b⟧()
        """,
        {"a": "? ambiguous unsure", "b": "? ambiguous unsure"},
    ),
    "a module of a package hides nothing of the standard library, least of all from itself": (
        """
        #- pkg/__init__.py
        #- pkg/sub/__init__.py
        #- pkg/sub/warnings.py
        import warnings⟦a⟧
        warnings.warn⟦b⟧("x")
        #- pkg/sub/other.py
        import warnings⟦c⟧
        from . import warnings as own
        own⟦d⟧
        #- scripts/warnings.py
        #- scripts/run.py
        import warnings⟦e⟧
        """,
        {
            "a": "- import yes",
            "b": "- import yes",
            "c": "- import yes",
            "d": "pkg/sub/warnings.py import yes",
            "e": "scripts/warnings.py import yes",
        },
    ),
    "a name of the module that nothing has bound yet is the builtin": (
        """
        if True:
            own = str⟦a⟧
            str = str⟦b⟧
        str⟦c⟧
        def f():
            return str⟦d⟧
        """,
        dict.fromkeys("ab", "- import yes") | dict.fromkeys("cd", "main.py::str scope yes"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])
