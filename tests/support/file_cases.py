"""Files and folders that get another name or place; `main.py` runs before and after.

COMPLETE: name -> (files, path, new path, lines that must stand in files afterwards as "path: line"). REFUSED: name ->
(files, path, new path, part of the reason). ASKED: the same, with the paths of the questions, by whether they block.
"""

COMPLETE = {
    "every form of import": (
        """
        #- pkg/__init__.py
        from . import a
        from .a import f
        __all__ = ["a", "f"]
        #- pkg/a.py
        def f(): return 1
        #- pkg/sub/__init__.py
        from .. import a as other
        from ..a import f as g
        #- main.py
        import pkg
        import pkg.a
        import pkg.a as m
        from pkg import a
        from pkg.a import f
        from pkg.sub import g, other
        def inner():
            from pkg import a as here
            return here.f()
        assert pkg.a.f() == m.f() == a.f() == f() == g() == other.f() == pkg.f() == inner() == 1
        """,
        "pkg/a.py",
        "pkg/b.py",
        ["pkg/__init__.py: from . import b", 'pkg/__init__.py: __all__ = ["b", "f"]', "main.py: import pkg.b as m"],
    ),
    "a module at the root": (
        """
        #- a.py
        X = 1
        #- main.py
        import a
        from a import X
        assert a.X == X
        """,
        "a.py",
        "b.py",
        ["main.py: import b", "main.py: assert b.X == X"],
    ),
    "a package with its own relative imports": (
        """
        #- one/__init__.py
        from .a import f
        #- one/a.py
        from . import c
        from one.c import C
        def f(): return c.C + C
        #- one/c.py
        C = 1
        #- main.py
        import one.a
        from one import f
        from unittest import mock
        with mock.patch("one.c.C", 5):
            assert one.a.f() == f() == 6
        """,
        "one",
        "two",
        ["two/a.py: from two.c import C", "main.py: import two.a", 'main.py: with mock.patch("two.c.C", 5):'],
    ),
    "a package inside a package": (
        """
        #- one/__init__.py
        #- one/sub/__init__.py
        X = 1
        #- one/sub/deep.py
        from . import X
        from .. import sub
        Y = sub.X + X
        #- main.py
        from one.sub.deep import Y
        from one import sub
        assert Y == 2 and sub.X == 1
        """,
        "one/sub",
        "one/part",
        ["one/part/deep.py: from .. import part", "one/part/deep.py: Y = part.X + X", "main.py: from one import part"],
    ),
    "a patch string": (
        """
        #- pkg/__init__.py
        #- pkg/a.py
        def f(): return 1
        #- main.py
        from unittest import mock
        import pkg.a
        with mock.patch("pkg.a.f", return_value=2):
            assert pkg.a.f() == 2
        """,
        "pkg/a.py",
        "pkg/b.py",
        ['main.py: with mock.patch("pkg.b.f", return_value=2):'],
    ),
    "into another package": (
        """
        #- pkg/__init__.py
        from . import a
        from .a import f
        #- pkg/a.py
        from .c import C
        from . import c
        def f(): return C + c.C
        #- pkg/c.py
        C = 1
        #- pkg/sub/__init__.py
        #- main.py
        import pkg.a
        import pkg.a as m
        from pkg import a, c
        from pkg.a import f
        from unittest import mock
        assert pkg.a.f() == m.f() == a.f() == f() == 2 * c.C
        with mock.patch("pkg.a.C", 5):
            assert f() == 6
        """,
        "pkg/a.py",
        "pkg/sub/b.py",
        [
            "pkg/sub/b.py: from ..c import C",
            "pkg/sub/b.py: from .. import c",
            "pkg/__init__.py: from .sub import b as a",
            "pkg/__init__.py: from .sub.b import f",
            "main.py: import pkg.sub.b",
            'main.py: with mock.patch("pkg.sub.b.C", 5):',
        ],
    ),
    "from the root into a package": (
        """
        #- a.py
        X = 1
        #- pkg/__init__.py
        #- main.py
        import a
        from a import X
        assert a.X == X
        """,
        "a.py",
        "pkg/a.py",
        ["main.py: import pkg.a as a", "main.py: from pkg.a import X"],
    ),
    "a test file": (
        """
        #- tests/test_a.py
        def test_a(): ...
        #- main.py
        """,
        "tests/test_a.py",
        "tests/test_b.py",
        [],
    ),
}

REFUSED = {
    "it exists": ("#- a.py\n#- b.py\n", "a.py", "b.py", "b.py exists already"),
    "a keyword": ("#- a.py\n", "a.py", "class.py", "no name that Python can import"),
    "no identifier": ("#- a.py\n", "a.py", "b-c.py", "no name that Python can import"),
    "a module of Python": ("#- a.py\n", "a.py", "json.py", "is a module of Python"),
    "no such file": ("#- a.py\n", "c.py", "b.py", "is no file or folder"),
    "outside": ("#- a.py\n", "a.py", "../b.py", "outside the repository"),
    "another kind": ("#- a.py\n", "a.py", "a.txt", "another kind of file"),
    "a special file": ("#- p/__init__.py\n#- p/__main__.py\n", "p/__main__.py", "p/run.py", "has its name from Python"),
    "conftest": ("#- conftest.py\n", "conftest.py", "fixtures.py", "has its name from Python or the test runner"),
    "no test any more": ("#- test_a.py\n", "test_a.py", "a.py", "finds tests by their file's name"),
    "the package has the name": ("#- p/__init__.py\nb = 1\n#- p/a.py\n", "p/a.py", "p/b.py", "has a b already"),
    "a local is in the way": (
        "#- a.py\nX = 1\n#- main.py\nimport a\ndef f(b):\n    return a.X + b\n",
        "a.py",
        "b.py",
        "b is no longer the same kind of variable",
    ),
}

ASKED = {
    "an entry point and a document": (
        '#- pkg/__init__.py\n#- pkg/a.py\ndef f(): ...\n#- pyproject.toml\n[project.scripts]\nrun = "pkg.a:f"\n'
        "#- docs.md\nSee pkg/a.py.\n",
        "pkg/a.py",
        "pkg/b.py",
        {"pyproject.toml": False, "docs.md": False},
    ),
    "a string that names it": (
        "#- pkg/__init__.py\n#- pkg/a.py\n#- c.py\nMODULES = ['pkg.a']\n",
        "pkg/a.py",
        "pkg/b.py",
        {"c.py": True},
    ),
    "modules imported by computed names": (
        "#- a.py\n#- c.py\nfrom importlib import import_module\ndef load(n): return import_module(n)\n",
        "a.py",
        "b.py",
        {"c.py": True},
    ),
}
