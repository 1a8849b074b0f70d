"""Moves that must be made completely, asked about or refused. `$0` is on what moves; `main.py` runs before and after.

COMPLETE: name -> (files, destination, lines that must stand in files afterwards as "path: line", "!path: line" for
those that must not). REFUSED: name -> (files, destination, part of the reason). ASKED: the same, with the paths of the
questions, by whether they block.
"""

COMPLETE = {
    # ------------------------------------------------------------ what moves
    "a function to a module that exists": (
        """
        #- a.py
        def f$0(x):
            return x + 1
        #- b.py
        y = 2
        #- main.py
        from a import f
        from b import y
        assert f(y) == 3
        """,
        "b.py",
        ["b.py: def f(x):", "main.py: from b import f", "!a.py: def f(x):"],
    ),
    "a base class, to where it is imported from": (
        """
        #- a.py
        import os


        class A$0:
            separator = os.sep
        #- b.py
        from a import A


        class B(A):
            pass
        #- main.py
        from b import B
        assert B.separator
        """,
        "b.py",
        ["b.py: import os", "b.py: class A:", "!a.py: class A:"],
    ),
    "a function to a module that is made": (
        """
        #- a.py
        import os


        # The separator.
        def f$0():
            return os.sep
        #- main.py
        from a import f
        assert f()
        """,
        "made.py",
        ["made.py: import os", "made.py: # The separator.", "!a.py: import os", "main.py: from made import f"],
    ),
    "a class with decorators and comments": (
        '''
        #- a.py
        from dataclasses import dataclass

        ONE = 1


        # What is
        # sold.
        @dataclass(
            frozen=True,
        )
        class It$0em:  # here
            """An item."""

            price: int = ONE  # cheap
        #- b.py
        import a
        #- main.py
        import b
        from a import Item
        assert Item().price == 1
        ''',
        "c.py",
        ["c.py: # sold.", "c.py: from a import ONE", "c.py: from dataclasses import dataclass", "a.py: ONE = 1"],
    ),
    "a constant with its annotation and its string": (
        '''
        #- a.py
        SIZES$0: dict[str, int] = {
            "a": 1,
        }
        """What is known."""
        REST = 1
        #- main.py
        from a import SIZES, REST
        assert SIZES["a"] == REST
        ''',
        "b.py",
        ['b.py: """What is known."""', "main.py: from a import REST", "main.py: from b import SIZES"],
    ),
    "an async generator": (
        """
        #- a.py
        async def f$0():
            yield 1
        #- b.py
        #- main.py
        import a
        assert a.f()
        """,
        "b.py",
        ["main.py: assert b.f()", "main.py: import b"],
    ),
    "overloads go together": (
        """
        #- a.py
        from typing import overload


        @overload
        def f$0(x: int) -> int: ...
        @overload
        def f(x: str) -> str: ...
        def f(x):
            return x
        #- main.py
        from a import f
        assert f(1) == 1
        """,
        "b.py",
        ["b.py: def f(x: int) -> int: ...", "b.py: from typing import overload", "!a.py: from typing import overload"],
    ),
    "a function that calls itself": (
        """
        #- a.py
        def f$0(x):
            return f(x - 1) if x else 0
        #- main.py
        import a as m
        assert m.f(3) == 0
        """,
        "b.py",
        ["main.py: import b", "main.py: assert b.f(3) == 0"],
    ),
    # ------------------------------------------------------------ importers
    "every form of import": (
        """
        #- pkg/__init__.py
        from pkg.a import f, g
        __all__ = ["f", "g"]
        #- pkg/a.py
        def f$0(): return 1
        def g(): return 2
        #- pkg/b.py
        #- pkg/sub/__init__.py
        from ..a import f as ff
        #- main.py
        import pkg
        import pkg.a
        import pkg.a as m
        from pkg import a
        from pkg.a import (
            f,  # the first
            g,
        )
        from pkg.a import f as h
        from pkg.sub import ff
        assert pkg.f() == pkg.a.f() == m.f() == a.f() == f() == h() == ff() == 1 and g() == 2
        """,
        "pkg/b.py",
        ["pkg/__init__.py: from pkg.b import f", "pkg/sub/__init__.py: from ..b import f as ff"],
    ),
    "a star import, and one through a package": (
        """
        #- pkg/__init__.py
        from .a import *
        #- pkg/a.py
        def f$0(): return 1
        def g(): return 2
        #- pkg/b.py
        #- main.py
        from pkg.a import *
        import pkg
        assert f() == pkg.f() == 1
        assert g() == pkg.g() == 2
        """,
        "pkg/b.py",
        ["pkg/__init__.py: from .b import f", "main.py: from pkg.b import f"],
    ),
    "imports in functions, conditions and try": (
        """
        #- a.py
        def f$0(): return 1
        #- b.py
        #- main.py
        import sys
        if sys.version_info > (3,):
            from a import f
        else:
            f = None
        try:
            from a import f as g
        except ImportError:
            g = None
        def inner():
            from a import f
            import a
            return f() + a.f()
        assert f() == g() == 1 and inner() == 2
        """,
        "b.py",
        ["main.py:     from b import f", "main.py:     from b import f as g", "main.py:     return f() + b.f()"],
    ),
    "the new module imported it": (
        """
        #- a.py
        def f$0(): return 1
        #- b.py
        from a import f
        BASE = f()
        def later():
            from a import f
            return f()
        #- main.py
        import b
        assert b.BASE == b.later() == 1
        """,
        "b.py",
        ["!b.py: from a import f", "b.py: def f(): return 1"],
    ),
    "the new module reached it through the old one": (
        """
        #- a.py
        def f$0(): return 1
        G = 2
        #- b.py
        import a
        def later():
            return a.f() + a.G
        #- main.py
        import b
        assert b.later() == 3
        """,
        "b.py",
        ["b.py:     return f() + a.G"],
    ),
    "the old module uses it further": (
        """
        #- a.py
        def f$0(): return 1
        def g(): return f()
        #- b.py
        #- main.py
        import a
        assert a.g() == 1
        """,
        "b.py",
        ["a.py: from b import f"],
    ),
    "only its own imports go": (
        """
        #- a.py
        import json
        import os
        import sys
        def f$0(): return json.dumps(os.sep)
        def g(): return os.sep + sys.path[0]
        #- b.py
        import json
        #- main.py
        import a, b
        assert a.g() and a.f()
        """,
        "b.py",
        ["!a.py: import json", "a.py: import os", "a.py: import sys", "b.py: import os"],
    ),
    # ------------------------------------------------------------ what it needs
    "a private helper stays behind": (
        """
        #- pkg/__init__.py
        #- pkg/a.py
        from .c import C
        def _helper(): return C
        def f$0(): return _helper()
        #- pkg/b.py
        from .c import C
        #- pkg/c.py
        C = 3
        #- main.py
        from pkg.a import f
        assert f() == 3
        """,
        "pkg/b.py",
        ["pkg/b.py: from .a import _helper"],
    ),
    "absolute imports where the house has them": (
        """
        #- pkg/__init__.py
        #- pkg/a.py
        from . import c
        from .c import C as D
        def f$0(): return c.C + D
        #- pkg/b.py
        from pkg.c import C
        #- pkg/c.py
        C = 3
        #- main.py
        from pkg.a import f
        assert f() == 6
        """,
        "pkg/b.py",
        ["pkg/b.py: from pkg import c", "pkg/b.py: from pkg.c import C as D"],
    ),
    "relative imports keep their meaning in another package": (
        """
        #- pkg/__init__.py
        #- pkg/one/__init__.py
        #- pkg/one/a.py
        from .near import N
        from ..far import F
        def f$0(): return N + F
        #- pkg/one/near.py
        N = 1
        #- pkg/far.py
        F = 2
        #- pkg/two/__init__.py
        #- pkg/two/b.py
        from ..far import F
        #- main.py
        from pkg.one.a import f
        assert f() == 3
        """,
        "pkg/two/b.py",
        ["pkg/two/b.py: from ..one.near import N"],
    ),
    "a name of a star import": (
        """
        #- a.py
        from c import *
        def f$0(): return C
        #- b.py
        #- c.py
        C = 3
        #- main.py
        from a import f
        assert f() == 3
        """,
        "b.py",
        ["b.py: from a import C"],
    ),
    "imports for types only": (
        """
        #- a.py
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from decimal import Decimal
            from fractions import Fraction
        def f$0(x: Decimal) -> Decimal: return x
        def g(x: Fraction): return x
        #- b.py
        '''Doc.'''
        VALUE = 1
        #- main.py
        from a import f
        assert f(1) == 1
        """,
        "b.py",
        [
            "b.py: from __future__ import annotations",
            "b.py: if TYPE_CHECKING:",
            "b.py:     from decimal import Decimal",
        ],
    ),
    "imports for types only, where the new module has a block": (
        """
        #- a.py
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from decimal import Decimal
        def f$0(x: "Decimal"): return x
        #- b.py
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from fractions import Fraction
        def g(x: "Fraction"): return x
        #- main.py
        from a import f
        assert f(1) == 1
        """,
        "b.py",
        ["b.py:     from decimal import Decimal"],
    ),
    "a type that only a string names": (
        """
        #- a.py
        from typing import TypeVar
        T$0 = TypeVar("T", bound="Cart")
        class Cart: ...
        def f(x: T) -> T: return x
        #- main.py
        from a import f
        assert f(1) == 1
        """,
        "b.py",
        ["b.py:     from a import Cart", "a.py: from b import T"],
    ),
    "a name that may be missing": (
        """
        #- a.py
        try:
            import json
        except ImportError:
            json = None
        def f$0(): return json and json.dumps(1)
        #- b.py
        #- main.py
        from a import f
        assert f() == "1"
        """,
        "b.py",
        ["b.py: from a import json"],
    ),
    "after __future__ and the docstring": (
        '''
        #- a.py
        import os
        def f$0(): return os.sep
        #- b.py
        """Doc."""

        from __future__ import annotations

        X = 1
        #- main.py
        from a import f
        import b
        assert f()
        ''',
        "b.py",
        ["b.py: from __future__ import annotations", "b.py: import os"],
    ),
    "before the end of a script": (
        """
        #- a.py
        def f$0(): return 1
        #- b.py
        X = 1

        if __name__ == "__main__":
            print(X)
        #- main.py
        import a
        assert a.f()
        """,
        "b.py",
        ["b.py: def f(): return 1"],
    ),
    # ------------------------------------------------------------ lists and strings
    "__all__ of both": (
        """
        #- a.py
        __all__ = ["f", "g"]
        def f$0(): return 1
        def g(): return 2
        #- b.py
        __all__ = [
            "h",
        ]
        def h(): return 3
        #- main.py
        from a import *
        from b import *
        assert (f(), g(), h()) == (1, 2, 3)
        """,
        "b.py",
        ['a.py: __all__ = ["g"]', 'b.py:     "f",'],
    ),
    "a pair in __all__ stays a tuple": (
        """
        #- a.py
        __all__ = ("f", "g")
        def f$0(): return 1
        def g(): return 2
        #- main.py
        import a
        from a import *
        assert a.__all__ and g() == 2
        """,
        "b.py",
        ['a.py: __all__ = ("g",)'],
    ),
    "a patch follows those who look the name up in the module": (
        """
        #- a.py
        def f$0(): return 1
        #- b.py
        #- user.py
        import a
        def use(): return a.f()
        #- main.py
        from unittest import mock
        import user
        with mock.patch("a.f", return_value=5):
            assert user.use() == 5
        """,
        "b.py",
        ['main.py: with mock.patch("b.f", return_value=5):'],
    ),
    "a patch stays where the old module looks the name up": (
        """
        #- a.py
        def f$0(): return 1
        def use(): return f()
        #- b.py
        #- main.py
        from unittest import mock
        import a
        with mock.patch("a.f", return_value=5):
            assert a.use() == 5
        """,
        "b.py",
        ['main.py: with mock.patch("a.f", return_value=5):', "a.py: from b import f"],
    ),
    "a patch in an importer stays": (
        """
        #- a.py
        def f$0(): return 1
        #- b.py
        #- user.py
        from a import f
        def use(): return f()
        #- main.py
        from unittest import mock
        import user
        with mock.patch("user.f", return_value=5):
            assert user.use() == 5
        """,
        "b.py",
        ['main.py: with mock.patch("user.f", return_value=5):', "user.py: from b import f"],
    ),
    "a syntax error in another file": (
        """
        #- a.py
        def f$0(): return 1
        #- broken.py
        def (:
        #- main.py
        from a import f
        assert f() == 1
        """,
        "b.py",
        ["main.py: from b import f"],
    ),
    "to a module by its dotted name": (
        """
        #- pkg/__init__.py
        #- pkg/a.py
        def f$0(): return 1
        #- pkg/b.py
        #- main.py
        from pkg.a import f
        assert f() == 1
        """,
        "pkg.b",
        ["main.py: from pkg.b import f"],
    ),
    "to a folder, where the module of the same name is": (
        """
        #- pkg/__init__.py
        #- pkg/a.py
        def f$0(): return 1
        #- pkg/sub/__init__.py
        #- main.py
        from pkg.a import f
        assert f() == 1
        """,
        "pkg/sub/",
        ["pkg/sub/a.py: def f(): return 1", "main.py: from pkg.sub.a import f"],
    ),
    "out of a package's own file": (
        """
        #- pkg/__init__.py
        import os
        def f$0(): return os.sep
        def g(): return f()
        #- pkg/b.py
        #- main.py
        import pkg
        assert pkg.g()
        """,
        "pkg/b.py",
        ["pkg/__init__.py: from pkg.b import f"],
    ),
    # ------------------------------------------------------------ what runs when modules are loaded
    "a circle that is open once the import waits for the call": (
        """
        #- a.py
        X = 1
        def f$0():
            return X
        def g():
            "What it gives."
            return f()
        class C:
            def m(self):
                return f()
        #- b.py
        from a import X
        #- main.py
        import b
        import a
        assert a.g() == a.C().m() == b.X
        """,
        "b.py",
        ["a.py:     from b import f", "a.py:         from b import f", "!a.py: from b import f"],
    ),
    "a circle in which nothing is used too early": (
        """
        #- pkg/__init__.py
        from . import a, b
        #- pkg/a.py
        def f$0(): return 1
        def g(): return f()
        #- pkg/b.py
        from pkg import a
        def h(): return a.g()
        #- main.py
        from pkg.b import h
        assert h() == 1
        """,
        "pkg/b.py",
        ["pkg/a.py: from pkg.b import f"],
    ),
    "the old module reads its names by spelling": (
        """
        #- a.py
        name$0 = "world"
        text = "hello {name}".format(**globals())
        #- main.py
        import a
        assert a.text == "hello world"
        """,
        "b.py",
        ["a.py: from b import name as name"],
    ),
    "a string of the old module names it as a type": (
        """
        #- a.py
        from typing import TypeVar
        T = TypeVar("T", bound="Cart")
        class Cart$0: ...
        #- b.py
        from a import T
        #- main.py
        import a, b
        assert a.T and a.Cart
        """,
        "b.py",
        ["a.py: if TYPE_CHECKING:", "a.py:     from b import Cart"],
    ),
    "what is replaced where it is used further": (
        """
        #- a.py
        LIMIT$0 = 3
        def g(): return LIMIT
        #- main.py
        import a
        a.LIMIT = 5
        assert a.g() == 5
        """,
        "b.py",
        ["a.py: from b import LIMIT", "main.py: a.LIMIT = 5"],
    ),
    "a submodule that only the package's import has bound": (
        """
        #- pkg/__init__.py
        from pkg.a import f
        #- pkg/a.py
        def f$0(): return 1
        def g(): return 2
        #- main.py
        import pkg
        assert pkg.f() + pkg.a.g() == 3
        """,
        "pkg/b.py",
        ["main.py: import pkg.a", "pkg/__init__.py: from pkg.b import f"],
    ),
    "beside a class that derives from it by its module": (
        """
        #- a.py
        class A$0: ...
        #- b.py
        import a
        class B(a.A): ...
        #- main.py
        import a, b
        assert issubclass(b.B, a.A)
        """,
        "b.py",
        ["b.py: class B(A): ..."],
    ),
    "a package from elsewhere that a module beside is called as": (
        """
        #- pkg/__init__.py
        #- pkg/json.py
        #- pkg/yaml.py
        try:
            from yaml import load
        except ImportError:
            load = None
        def f$0(): return load
        #- main.py
        from pkg.yaml import f
        f()
        """,
        "pkg/c.py",
        ["pkg/c.py: from pkg.yaml import load"],
    ),
    "annotations that nobody reads may be postponed": (
        """
        #- a.py
        from __future__ import annotations
        def f$0(x: Later): return x
        class Later: ...
        #- b.py
        class C:
            def m(self, x: int) -> int: return x
        #- main.py
        from a import f
        assert f(1) == 1
        """,
        "b.py",
        ["b.py: from __future__ import annotations"],
    ),
    "a folder that is called as a standard module": (
        """
        #- a.py
        from typing import Any
        def f$0(x: Any): return x
        #- tests/conftest.py
        #- tests/typing/example.py
        #- main.py
        from a import f
        assert f(1) == 1
        """,
        "b.py",
        ["b.py: from typing import Any"],
    ),
}

REFUSED = {
    "a circle through a package's own file": (
        "#- p/__init__.py\nfrom .keys import K\nclass Cache: ...\n#- p/keys.py\nK = 1\n"
        "#- p/func.py\nfrom . import Cache\ndef f$0(x=Cache): ...\n",
        "p/keys.py",
        "in a circle: p/__init__.py -> p/keys.py -> p/__init__.py, where Cache",
    ),
    "a circle below a package that gives names on demand": (
        "#- p/__init__.py\nfrom .a import f, g\ndef __getattr__(n): raise AttributeError(n)\n"
        "#- p/a.py\ndef f$0(): ...\ng = f()\n",
        "p/__init__.py",
        "in a circle: p/__init__.py -> p/a.py -> p/__init__.py",
    ),
    "read of a package that gives names on demand, while it is loaded": (
        "#- p/__init__.py\nfrom .a import f\nfrom . import b\ndef __getattr__(n): raise AttributeError(n)\n"
        "#- p/a.py\ndef f$0(): ...\n#- p/b.py\nimport p\ng = p.f()\n",
        "p/__init__.py",
        "p/b.py would use p.f before p/__init__.py has it",
    ),
    "used while it is loaded, by a function that is called": (
        "#- a.py\nX = 1\ndef f$0(): return X\ndef g():\n    return f()\nV = g()\n#- b.py\nfrom a import X\n",
        "b.py",
        "in a circle",
    ),
    "a package that was not needed before": (
        "#- a.py\nimport optional\nX$0 = optional.x\n#- b.py\n",
        "b.py",
        "b.py would need optional when it is imported",
    ),
    "a package that was not needed before, in a function": (
        "#- a.py\ndef f$0(): ...\ndef g():\n    return f()\n#- b.py\nimport optional\n",
        "b.py",
        "b.py needs optional, which a.py does without",
    ),
    "a stub describes it": (
        "#- a.py\ndef f$0(): ...\n#- a.pyi\ndef f() -> None: ...\n",
        "b.py",
        "a.pyi describes a.py",
    ),
    "a stub describes the new module": (
        "#- a.py\ndef f$0(): ...\n#- b.py\n#- b.pyi\n",
        "b.py",
        "b.pyi says what b.py holds",
    ),
    "a circle of modules": (
        "#- a.py\nX = 1\ndef f$0(): return X\ndef g(): return f()\n#- b.py\n",
        "b.py",
        "in a circle: a.py -> b.py -> a.py",
    ),
    "a circle over a third module": (
        "#- a.py\ndef f$0(): return 1\ndef g(): return f()\n#- b.py\nimport c\n#- c.py\nimport a\n",
        "b.py",
        "in a circle: b.py -> c.py -> a.py -> b.py",
    ),
    "the name is taken": ("#- a.py\ndef f$0(): ...\n#- b.py\nf = 1\n", "b.py", "b.py:1 has a f already"),
    "the name is taken by an import": (
        "#- a.py\ndef f$0(): ...\n#- b.py\nfrom os import path as f\n",
        "b.py",
        "b.py:1 has a f already",
    ),
    "the name would hide a builtin": (
        "#- a.py\ndef inp$0ut(): ...\n#- b.py\nx = lambda: input()\n",
        "b.py",
        "means something else by input",
    ),
    "a needed name means another thing there": (
        "#- a.py\nfrom json import dumps\ndef f$0(): return dumps(1)\n#- b.py\nfrom pickle import dumps\n",
        "b.py",
        "means something else by this name",
    ),
    "a needed import would hide a builtin there": (
        "#- a.py\nfrom gzip import open\ndef f$0(): return open\n#- b.py\nx = lambda: open('x')\n",
        "b.py",
        "means something else by this name",
    ),
    "outside the repository": ("#- a.py\ndef f$0(): ...\n", "../b.py", "outside the repository"),
    "not Python": ("#- a.py\ndef f$0(): ...\n", "b.txt", "b.txt is no module"),
    "no such folder": ("#- a.py\ndef f$0(): ...\n", "nowhere/b.py", "nowhere is no folder"),
    "no name that can be imported": ("#- a.py\ndef f$0(): ...\n", "b-c.py", "b-c is no name"),
    "where it is": ("#- a.py\ndef f$0(): ...\n", "a.py", "is where it is already"),
    "into a class": ("#- a.py\ndef f$0(): ...\n#- b.py\nclass C: ...\n", "b:C", "is not built"),
    "the new module does not parse": ("#- a.py\ndef f$0(): ...\n#- b.py\ndef (:\n", "b.py", "mend it first"),
    "an importer does not parse": (
        "#- a.py\ndef f$0(): ...\n#- b.py\nfrom a import f\ndef (:\n",
        "c.py",
        "b.py does not parse",
    ),
    "set by global": (
        "#- a.py\nx$0 = 1\ndef f():\n    global x\n    x = 2\n",
        "b.py",
        "is given another value at a.py:3",
    ),
    "sets a global": (
        "#- a.py\nx = 1\ndef f$0():\n    global x\n    x = 2\n",
        "b.py",
        "f sets the variable x of its module",
    ),
    "a needed name changes while the module runs": (
        "#- a.py\nx = 1\ndef f$0(): return x\ndef g():\n    global x\n    x = 2\n",
        "b.py",
        "changes x while it runs",
    ),
    "set from another module": (
        "#- a.py\nx$0 = 1\n#- c.py\nimport a\na.x = 2\n",
        "b.py",
        "gives x of the module another value",
    ),
    "assigned twice": ("#- a.py\nx$0 = 1\nx = 2\n", "b.py", "is defined 2 times"),
    "defined under a condition": (
        "#- a.py\nimport os\nif os.name:\n    def f$0(): ...\nelse:\n    f = None\n",
        "b.py",
        "not defined in the module's own block",
    ),
    "unpacked": ("#- a.py\nx$0, y = 1, 2\n", "b.py", "not defined in the module's own block"),
    "two statements on a line": ("#- a.py\nx$0 = 1; y = 2\n", "b.py", "another statement"),
    "a method": ("#- a.py\nclass A:\n    def f$0(self): ...\n", "b.py", "only what a module defines"),
    "a local": ("#- a.py\ndef f():\n    x$0 = 1\n", "b.py", "only what a module defines"),
    "the module's own name": (
        "#- a.py\nimport logging\nlog$0ger = logging.getLogger(__name__)\n",
        "b.py",
        "uses __name__ of its module",
    ),
    "the module's own file": (
        "#- a.py\nimport os\ndef f$0(): return os.path.dirname(__file__)\n",
        "b.py",
        "uses __file__ of its module",
    ),
    "the module's own names": ("#- a.py\ndef f$0(): return globals()\n", "b.py", "uses globals of its module"),
    "a name that is not known": ("#- a.py\ndef f$0(): return unicode('x')\n", "b.py", "What unicode at a.py:1 means"),
    "annotations mean another thing": (
        "#- a.py\nfrom __future__ import annotations\ndef f$0(x: int): ...\n"
        "#- b.py\nfrom c import command\n@command\ndef g(x: int): ...\n#- c.py\ndef command(f): return f\n",
        "b.py",
        "postpones annotations",
    ),
    "a test": ("#- test_a.py\ndef test_f$0(): ...\n", "test_b.py", "found by the test runner"),
    "a fixture": (
        "#- conftest.py\nimport pytest\n@pytest.fixture\ndef thi$0ng(): ...\n",
        "helpers.py",
        "a fixture",
    ),
    "what it needs is patched in the old module": (
        "#- a.py\nfrom time import sleep\ndef f$0(): sleep(1)\n#- c.py\nfrom unittest import mock\nimport a\n"
        "with mock.patch('a.sleep'):\n    a.f()\n",
        "b.py",
        "c.py:3 replaces sleep in a.py",
    ),
    "both modules look the patched name up": (
        "#- a.py\ndef f$0(): ...\ndef g(): f()\n#- c.py\nfrom unittest import mock\nimport a\n"
        "with mock.patch('a.f'):\n    a.f()\n    a.g()\n",
        "b.py",
        "replaces f in a.py",
    ),
    "a module": ("#- a.py\n#- b.py\nimport a$0\n", "c.py", "is a module"),
    "an import": ("#- b.py\nfrom os import path as p$0\n", "c.py", "is an import"),
}

ASKED = {
    "a module that is loaded on one platform alone": (
        "#- a.py\nimport sys\nif sys.platform == 'win32':\n    import b\ndef f$0(): ...\nX = f()\n"
        "#- b.py\nimport msvcrt\n",
        "b.py",
        {"a.py": True},
    ),
    "what only some platforms have": (
        "#- a.py\nimport sys\nassert sys.platform == 'win32'\nimport msvcrt\nREAD$0 = msvcrt.getch\n"
        "#- b.py\nimport io\n",
        "b.py",
        {"a.py": True},
    ),
    "a new module of what only some platforms have": (
        "#- a.py\nimport sys\nassert sys.platform == 'win32'\nimport msvcrt\nREAD$0 = msvcrt.getch\nX = READ\n",
        "b.py",
        {"a.py": True},
    ),
    "a module that was left for later, and needs more": (
        "#- a.py\ndef f$0(): ...\nX = f()\n#- b.py\nimport tempfile\n",
        "b.py",
        {"a.py": True},
    ),
    "what may register itself when it is defined": (
        "#- a.py\nfrom c import register\n@register\ndef f$0(): ...\n#- c.py\ndef register(f): return f\n",
        "b.py",
        {"a.py": True},
    ),
    "a base class that may register its subclasses": (
        "#- a.py\nfrom c import Base\nclass f$0(Base): ...\n#- c.py\nclass Base:\n"
        "    def __init_subclass__(cls): ...\n",
        "b.py",
        {"a.py": True},
    ),
    "a string that names it": (
        "#- a.py\ndef f$0(): ...\n#- c.py\nHANDLERS = ['a.f']\n",
        "b.py",
        {"c.py": True},
    ),
    "an entry point": (
        '#- a.py\ndef f$0(): ...\n#- pyproject.toml\n[project.scripts]\nrun = "a:f"\n',
        "b.py",
        {"pyproject.toml": False},
    ),
    "documentation": (
        "#- a.py\ndef f$0(): ...\n#- docs.md\nCall `a.f()`.\n#- c.py\n# see a.f\n",
        "b.py",
        {"docs.md": False, "c.py": False},
    ),
}
