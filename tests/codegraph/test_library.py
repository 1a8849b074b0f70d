"""Installed packages and the standard library, read as text: which environment, which file, what it says."""

import os
import time
from pathlib import Path

import pytest
from familiar_codegraph.environment import find
from familiar_codegraph.library import Library, OutsideSymbol
from familiar_codegraph.workspace import Workspace
from support.fixture import parse
from support.marks import graph_of, means

SITE = ".venv/lib/python3.11/site-packages"

PACKAGE = f"""
        #- .venv/pyvenv.cfg
        home = /nowhere/bin
        #- {SITE}/web/__init__.py
        raise SystemExit("never run")
        from .sessions import Session, get
        from .sessions import Session as Client
        from typing import TypeVar
        T = TypeVar("T")
        def same(x: T) -> T: ...
        default = Session()
        #- {SITE}/web/sessions.py
        from .models import Response
        class Base:
            def close(self) -> None: ...
        class Session(Base):
            '''Keeps cookies between requests.

            More.'''
            def __init__(self, retries: int = 3): ...
            def get(self, url: str, **kwargs) -> Response:
                '''Fetch a page.'''
            def made(self):
                return Response()
            def untold(self, thing):
                return thing
            @property
            def last(self) -> Response: ...
        def get(url) -> Response:
            '''Fetch without a session.'''
        #- {SITE}/web/models.py
        class Response:
            status: int
            def json(self): ...
"""

CASES = {
    "members of instances and results": (
        """
        #- main.py
        import web
        from web import Session as S
        class Mine:
            def get(self): ...
            def json(self): ...
            def status(self): ...
            def untold(self): ...
            def nowhere(self): ...
        s = web.Session()
        s.get⟦a⟧("u").json⟦b⟧()
        web.get("u").status⟦c⟧
        S().made().json⟦d⟧()
        web.default.last.status⟦e⟧
        s.untold(Mine()).json⟦f⟧()
        s.nowhere⟦g⟧()
        web.same(Mine()).get⟦h⟧()
        """,
        dict.fromkeys("abcde", "- import yes")
        | {
            "f": "main.py::Mine.json unique unsure",
            "g": "main.py::Mine.nowhere unique unsure",
            "h": "main.py::Mine.get unique unsure",
        },
    ),
    "base classes elsewhere": (
        """
        #- main.py
        import web
        class Other:
            def json(self): ...
            def close(self): ...
            def extra(self): ...
        class Mine(web.Session):
            def use(self):
                self.close⟦a⟧()
                self.get("u").json⟦b⟧()
                self.made().json⟦c⟧()
                self.extra⟦d⟧()
        """,
        {
            "a": "- import yes",
            "b": "- import yes",
            "c": "main.py::Other.json unique unsure",
            "d": "? ambiguous unsure",
        },
    ),
    "the standard library": (
        """
        #- main.py
        import argparse
        import subprocess
        from pathlib import Path
        class Mine:
            def parse_args(self): ...
            def stdout(self): ...
            def exists(self): ...
        argparse.ArgumentParser().parse_args⟦a⟧()
        subprocess.run(["ls"]).stdout⟦b⟧
        Path("x").exists⟦c⟧()
        """,
        dict.fromkeys("abc", "- import yes"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    graph, marks = graph_of(tmp_path, PACKAGE + text)
    assert {mark: means(graph, *marks[mark]) for mark in expected} == expected
    assert graph.files() == ["main.py"]


def library(root: Path, text: str) -> Library:
    parse(text).write(root)
    return Library(root)


def test_signatures(tmp_path: Path) -> None:
    lib = library(tmp_path, PACKAGE)
    assert lib.describe("web.Client") == OutsideSymbol(
        "web.sessions.Session", "class", "(self, retries: int = 3)", "Keeps cookies between requests."
    )
    assert lib.describe("web.Session.get") == OutsideSymbol(
        "web.sessions.Session.get", "method", "(self, url: str, **kwargs) -> Response", "Fetch a page."
    )
    assert lib.describe("web.sessions.Session.last") == OutsideSymbol(
        "web.sessions.Session.last", "property", "(self) -> Response"
    )
    assert lib.describe("web.models.Response.status") == OutsideSymbol("web.models.Response.status", "attribute")
    assert lib.describe("builtins.len") == OutsideSymbol(
        "builtins.len", "function", "(obj, /)", "Return the number of items in a container."
    )
    assert lib.describe("web.nothing") is None and lib.describe("absent.thing") is None


def test_the_signature_of_what_stands_at_a_place(tmp_path: Path) -> None:
    graph, marks = graph_of(
        tmp_path,
        PACKAGE
        + """
        #- main.py
        import web⟦a⟧
        from web import Session⟦b⟧
        def f(s: Session):
            s.get⟦c⟧("u")
            web.get⟦d⟧("u")
            s.get("u").json⟦e⟧()
            f⟦f⟧(s)
            len⟦g⟧("x")
        """,
    )
    names = {m: found.name if (found := graph.outside_signature(*at, seconds=60)) else None for m, at in marks.items()}
    assert names == {
        "a": "web",
        "b": "web.sessions.Session",
        "c": "web.sessions.Session.get",
        "d": "web.sessions.get",
        "e": "web.models.Response.json",
        "f": None,
        "g": "builtins.len",
    }
    assert graph.definitions(*marks["e"]).reason == "web.models.Response.json is outside the repository"


def test_no_keystroke_waits_for_a_package(tmp_path: Path) -> None:
    """What is not read in time is read in the background, and nothing that was worked out without it is kept."""
    graph, marks = graph_of(
        tmp_path,
        PACKAGE
        + """
        #- main.py
        import web
        web.get("u").json⟦a⟧()
        """,
    )
    assert graph.outside_signature(*marks["a"], seconds=0) is None
    until = time.monotonic() + 60
    while (found := graph.outside_signature(*marks["a"], seconds=0)) is None and time.monotonic() < until:
        time.sleep(0.01)
    assert found is not None and found.name == "web.models.Response.json"
    assert means(graph, *marks["a"]) == "- import yes"


STUBS = {
    "a stub hides the source beside it": ("m.py", "m.pyi"),
    "a stub package hides the package": ("m/__init__.py", "m-stubs/__init__.pyi"),
}


@pytest.mark.parametrize("name", STUBS)
def test_stubs(name: str, tmp_path: Path) -> None:
    source, stub = STUBS[name]
    lib = library(
        tmp_path,
        f"""
        #- .venv/pyvenv.cfg
        home = /nowhere/bin
        #- {SITE}/{source}
        def make(x): ...
        def only(x): ...
        #- {SITE}/{stub}
        def make(x: int) -> str: ...
        """,
    )
    found = lib.describe("m.make")
    assert found is not None and found.signature == "(x: int) -> str"


def test_a_package_that_is_the_repository_itself_is_not_outside(tmp_path: Path) -> None:
    graph, marks = graph_of(
        tmp_path,
        f"""
        #- .venv/pyvenv.cfg
        home = /nowhere/bin
        #- {SITE}/app/__init__.py
        def run(): ...
        #- app/__init__.py
        def run(): ...
        #- main.py
        import app
        app.run⟦a⟧()
        """,
    )
    assert means(graph, *marks["a"]) == "app/__init__.py::run import yes"


def test_packages_that_come_later_are_seen_after_the_next_index(tmp_path: Path) -> None:
    fixture = parse(
        """
        #- main.py
        import web
        class Mine:
            def json(self): ...
        web.get("u").json()
        """
    )
    fixture.write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    end = fixture.files["main.py"].rindex(b"json") + 4
    assert means(workspace.graph(), "main.py", end) == "main.py::Mine.json unique unsure"
    parse(PACKAGE).write(tmp_path)
    workspace.index()
    assert means(workspace.graph(), "main.py", end) == "- import yes"
    workspace.close()


# ---------------------------------------------------------------- environments


def prefix(folder: Path, home: str = "/nowhere/bin") -> Path:
    (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\n")
    return folder


def test_the_projects_own_environment_comes_first(tmp_path: Path) -> None:
    root, other = tmp_path / "root", prefix(tmp_path / "other")
    root.mkdir()
    environ = {"VIRTUAL_ENV": str(other)}
    assert find(root, environ).origin == str(other)
    own = prefix(root / "venv")
    assert find(root, environ).origin == str(own)
    assert find(root, environ).packages == (own / "lib" / "python3.11" / "site-packages",)


def test_conda_and_nothing(tmp_path: Path) -> None:
    conda = tmp_path / "conda"
    (conda / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    (conda / "lib" / "python3.12" / "os.py").touch()
    found = find(tmp_path, {"CONDA_PREFIX": str(conda)})
    assert (found.origin, found.stdlib) == (str(conda), conda / "lib" / "python3.12")
    nothing = find(tmp_path, {})
    assert nothing.packages == () and (nothing.stdlib / "os.py").is_file()


def test_the_standard_library_is_that_of_the_environments_interpreter(tmp_path: Path) -> None:
    base = tmp_path / "python"
    (base / "bin").mkdir(parents=True)
    (base / "lib" / "python3.11").mkdir(parents=True)
    (base / "lib" / "python3.11" / "os.py").touch()
    prefix(tmp_path / ".venv", str(base / "bin"))
    assert find(tmp_path, {}).stdlib == base / "lib" / "python3.11"


def test_editable_installs(tmp_path: Path) -> None:
    site = prefix(tmp_path / ".venv") / "lib" / "python3.11" / "site-packages"
    for name in ("one", "two/pkg", "three/src"):
        (tmp_path / name).mkdir(parents=True)
    (site / "__editable__.one.pth").write_text(f"{tmp_path / 'one'}\nimport os; os.abort()\n")
    mapping = {"pkg": str(tmp_path / "two/pkg")}
    (site / "__editable___two_finder.py").write_text(f"MAPPING: dict[str, str] = {mapping!r}\n")
    (site / "three.dist-info").mkdir()
    url = f"file://{tmp_path}/three"
    (site / "three.dist-info" / "direct_url.json").write_text(f'{{"url": "{url}", "dir_info": {{"editable": true}}}}')
    names = [os.path.relpath(p, tmp_path) for p in find(tmp_path, {}).packages[1:]]
    assert names == ["one", "two", "three/src", "three"]
