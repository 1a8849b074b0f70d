"""Renames that must be made completely: every marked place, and nothing else. The new name is `renamed`.

Each is a small program: `main.py` must run, or pytest must pass, before and after.
"""

COMPLETE = {
    "parameter called like a special method": """
        def find(«__ha$0sh__», other=1):
            return [«__hash__» for _ in range(other)]
        assert find(«__hash__»=1) == [1]
        class Key:
            def __hash__(self): return 1
        """,
    "local called like a special method": """
        def find():
            «__ha$0sh__» = 1
            return lambda: «__hash__»
        """,
    # ------------------------------------------------------------ bases outside of the repository
    "attribute of a class that inherits from an abstract one of the standard library": """
        from collections.abc import MutableMapping
        class Cache(MutableMapping):
            def __init__(self):
                self.«capa$0city» = {}
            def __getitem__(self, key):
                return self.«capacity»[key]
            def __setitem__(self, key, value):
                self.«capacity»[key] = value
            def __delitem__(self, key):
                del self.«capacity»[key]
            def __iter__(self):
                return iter(self.«capacity»)
            def __len__(self):
                return len(self.«capacity»)
        cache = Cache()
        cache["a"] = 1
        assert cache.«capacity» == {"a": 1}
        """,
    "attribute of a class that inherits from a compiled one of the standard library": """
        from collections import OrderedDict
        from typing import List
        class Cache(OrderedDict):
            «lim$0it» = 3
        class Row(List[int]):
            limit = 3
        assert Cache().«limit» == 3
        """,
    "attribute of a class whose base differs for the type checker": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from builtins import dict as Base
        else:
            class Base(dict):
                pass
        class Table(Base):
            def «wi$0den»(self):
                return 1
        assert Table().«widen»() == 1
        """,
    # ------------------------------------------------------------ examples that are run as tests
    "examples in documents and docstrings": """
        #- shop/__init__.py
        from shop.core import *
        #- shop/core.py
        class «Opt$0ion»:
            '''Choose an option.

            >>> [«Option»() for _ in ""]
            []
            >>> def made():
            ...     return «Option»
            '''
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md --doctest-modules
        #- docs.md
        Choose one:

            >>> from shop import «Option»
            >>> x = [é for é in "a" if «Option»]
        #- test_core.py
        from shop import «Option»
        def test_option():
            assert «Option»()
        """,
    # ------------------------------------------------------------ fields of formats
    "field of a format that the module's names fill": """
        «HEX$0DIG» = "[0-9a-f]"
        size = r"(?P<HEXDIG>{«HEXDIG»}){{1,20}}{«HEXDIG»!s:>3}".format(**globals())
        kind = "%(«HEXDIG»)s %%" % globals()
        def show(more):
            return ("a"
                    "{«HEXDIG»}").format(**globals())
        assert size == "(?P<HEXDIG>[0-9a-f]){1,20}[0-9a-f]"
        assert kind == "[0-9a-f] %" and show(1) == "a[0-9a-f]"
        """,
    "field of a format that the function's names fill": """
        def show(«na$0me»):
            return "{«name»} {{name}}".format(**locals()) + "%(«name»)s" % vars()
        def other(name):
            return "{name}".format(**locals())
        assert show("a") == "a {name}a" and other("b") == "b"
        """,
    "attribute beside a field of the same name": """
        size = 1
        shown = "{size}".format(**globals())
        class Box:
            «si$0ze» = 2
        assert Box.«size» == 2 and shown == "1"
        """,
    "keyword beside keywords that are passed on": """
        def cache(«maxs$0ize»=1):
            return {"maxsize": «maxsize»}
        def call(*args, **options):
            return print(*args, **options)
        assert cache(«maxsize»=2)["maxsize"] == 2
        """,
    "function of a module beside a parameter of the module's name": """
        #- func.py
        def «cac$0he»():
            return 1
        #- main.py
        from func import «cache»
        def update(func):
            # func.__dict__ is empty
            return func.__dict__
        assert update(update) == {} and «cache»() == 1
        """,
    # ------------------------------------------------------------ functions, keywords
    "keyword argument in another module": """
        #- shop.py
        def price(item, *, «dis$0count»=0):
            return item - «discount»
        #- main.py
        from shop import price
        discount = 1
        assert price(5, «discount»=discount) == 4
        """,
    "keyword through partial": """
        from functools import partial
        def price(item, «dis$0count»=0):
            return item - «discount»
        cheap = partial(price, «discount»=2)
        assert cheap(5) == 3
        """,
    "keyword through a decorator": """
        import functools
        def logged(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)
            return wrapper
        @logged
        def price(item, «dis$0count»=0):
            return item - «discount»
        assert price(5, «discount»=1) == 4
        """,
    "keyword of a constructor": """
        class Cart:
            def __init__(self, «ow$0ner»):
                self.owner = «owner»
        assert Cart(«owner»="a").owner == "a"
        """,
    "keyword of an inherited constructor": """
        class Cart:
            def __init__(self, «ow$0ner»):
                self.owner = «owner»
        class Big(Cart):
            def __init__(self, size, «owner»="b"):
                super().__init__(«owner»=«owner»)
                self.size = size
        assert Big(1, «owner»="a").owner == "a"
        assert Cart(«owner»="a").owner == "a"
        """,
    "keyword of a constructor that makes and fills": """
        class Whole(int):
            def __new__(cls, value, «raw»=""):
                return int.__new__(cls, value)
            def __init__(self, value, «ra$0w»=""):
                self.text = «raw»
        assert Whole(3, «raw»="3").text == "3"
        """,
    "keyword of a constructor whose base makes": """
        class Whole(int):
            def __new__(cls, value, «ra$0w»=""):
                return int.__new__(cls, value)
        class Shown(Whole):
            def __init__(self, value, «raw»=""):
                self.text = «raw»
        assert Shown(3, «raw»="3").text == "3"
        assert Whole(4, «raw»="4") == 4
        """,
    "keyword of a classmethod": """
        class Cart:
            @classmethod
            def of(cls, «ow$0ner»):
                cart = cls()
                cart.name = «owner»
                return cart
        assert Cart.of(«owner»="a").name == "a"
        """,
    "keyword in a hierarchy": """
        class Shape:
            def scale(self, «fac$0tor»):
                return «factor»
        class Square(Shape):
            def scale(self, «factor»):
                return super().scale(«factor»=«factor») * 2
        def double(shape: Shape):
            return shape.scale(«factor»=2)
        assert double(Shape()) == 2 and double(Square()) == 4
        """,
    "keyword of an override, asked in the override": """
        class Shape:
            def scale(self, «factor»):
                return «factor»
        class Square(Shape):
            def scale(self, «fac$0tor»):
                return «factor» * 2
        assert Square().scale(«factor»=1) == 2
        """,
    "positional only": """
        def price(«it$0em», /, **extra):
            return «item» - extra.get("item", 0)
        assert price(5, item=1) == 4
        """,
    "local of the same name as a keyword": """
        def price(item):
            return item
        def total(items):
            «it$0em» = items[0]
            return price(item=«item»)
        assert total([1]) == 1
        """,
    # ------------------------------------------------------------ modules and imports
    "all and re-export": """
        #- pkg/__init__.py
        from .core import «load» as «load»
        from pkg.core import «load»
        __all__ = ["«load»", "other"]
        other = 1
        #- pkg/core.py
        __all__ = ["«load»"]
        def «lo$0ad»():
            return 1
        #- main.py
        import pkg
        import pkg.core
        from pkg import «load»
        from pkg.core import «load» as load_it
        assert pkg.«load»() + pkg.core.«load»() + «load»() + load_it() == 4
        """,
    "alias stays": """
        #- core.py
        def «lo$0ad»():
            return 1
        #- main.py
        from core import «load» as fetch
        def load():
            return fetch() + 1
        assert load() == 2
        """,
    "alias renamed, source stays": """
        #- core.py
        def load():
            return 1
        #- main.py
        from core import load as «fe$0tch»
        assert «fetch»() == 1
        """,
    "star import": """
        #- core.py
        def «lo$0ad»():
            return 1
        #- main.py
        from core import *
        assert «load»() == 1
        """,
    "star import through a package": """
        #- pkg/__init__.py
        from .core import *
        #- pkg/core.py
        __all__ = ["«load»"]
        def «lo$0ad»():
            return 1
        #- main.py
        from pkg import *
        assert «load»() == 1
        """,
    "conditional import": """
        #- fast.py
        def «lo$0ad»():
            return 1
        #- main.py
        try:
            from fast import «load»
        except ImportError:
            «load» = None
        assert «load»() == 1
        """,
    "conditional definition": """
        import sys
        if sys.version_info >= (3, 8):
            def «lo$0ad»():
                return 1
        else:
            def «load»():
                return 2
        assert «load»()
        """,
    "function scope import": """
        #- core.py
        «LI$0MIT» = 3
        #- main.py
        def limit():
            from core import «LIMIT»
            return «LIMIT»
        assert limit() == 3
        """,
    "type checking import": """
        #- core.py
        class «Ca$0rt»:
            size = 1
        #- main.py
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from core import «Cart»
        def size(cart: «Cart») -> int:
            return cart.size
        import core
        assert size(core.«Cart»()) == 1
        """,
    "module attribute through an alias": """
        #- core.py
        «LI$0MIT» = 3
        #- main.py
        import core as c
        assert c.«LIMIT» == 3
        c.«LIMIT» += 1
        assert c.«LIMIT» == 4
        """,
    # ------------------------------------------------------------ annotations
    "string annotation and cast": """
        from typing import List, Optional, cast
        class «Ca$0rt»:
            def copy(self) -> "«Cart»":
                return «Cart»()
        def first(carts: "List[«Cart»]") -> Optional["«Cart»"]:
            return cast("«Cart»", carts[0])
        assert first([«Cart»()]).copy()
        """,
    "type comment": """
        class «Ca$0rt»:
            pass
        carts = []  # type: list[«Cart»]
        carts.append(«Cart»())
        """,
    # ------------------------------------------------------------ hierarchies
    "override and super": """
        class Shape:
            def «ar$0ea»(self):
                return 1
        class Square(Shape):
            def «area»(self):
                return super().«area»() + 1
        class Big(Square):
            pass
        assert Square().«area»() + Big().«area»() == 4
        """,
    "override, asked at the bottom": """
        class Shape:
            def «area»(self):
                return 1
        class Square(Shape):
            def «ar$0ea»(self):
                return Shape.«area»(self) + 1
        assert Square().«area»() == 2
        """,
    "abstract method": """
        from abc import ABC, abstractmethod
        class Shape(ABC):
            @abstractmethod
            def «ar$0ea»(self): ...
            def describe(self):
                return self.«area»()
        class Square(Shape):
            def «area»(self):
                return 4
        class Circle(Shape):
            def «area»(self):
                return 3
        assert Square().describe() + Circle().«area»() == 7
        """,
    "mixin": """
        class Named:
            def label(self):
                return self.«title»()
        class Book(Named):
            def «ti$0tle»(self):
                return "b"
        assert Book().label() == "b"
        """,
    "protocol": """
        from typing import Protocol
        class HasArea(Protocol):
            def «area»(self) -> int: ...
        class Square:
            def «ar$0ea»(self) -> int:
                return 4
        def total(shapes: list[HasArea]) -> int:
            return sum(shape.«area»() for shape in shapes)
        assert total([Square()]) == 4
        """,
    "unrelated class keeps its name": """
        class Square:
            def «ar$0ea»(self):
                return 4
        class Town:
            def area(self):
                return 9
        assert Square().«area»() + Town().area() == 13
        """,
    "overloads": """
        from typing import overload
        class Parser:
            @overload
            def «pa$0rse»(self, text: str) -> int: ...
            @overload
            def «parse»(self, text: bytes) -> str: ...
            def «parse»(self, text):
                return text
        assert Parser().«parse»("a") == "a"
        """,
    "async method": """
        import asyncio
        class Client:
            async def «fe$0tch»(self):
                return 1
            async def both(self):
                return await self.«fetch»() + await asyncio.ensure_future(self.«fetch»())
        assert asyncio.run(Client().both()) == 2
        """,
    # ------------------------------------------------------------ data
    "dataclass field": """
        from dataclasses import dataclass, replace
        @dataclass
        class Point:
            «wi$0dth»: int
            height: int = 0
            def area(self):
                return self.«width» * self.height
        point = replace(Point(«width»=2, height=3), «width»=4)
        assert point.area() == 12 and point.«width» == 4
        """,
    "dataclass field in a subclass": """
        from dataclasses import dataclass
        @dataclass
        class Point:
            «wi$0dth»: int
        @dataclass
        class Big(Point):
            height: int = 1
        assert Big(«width»=2).«width» == 2
        """,
    "named tuple": """
        from typing import NamedTuple
        class Point(NamedTuple):
            «wi$0dth»: int
            height: int = 0
        point = Point(«width»=1)._replace(«width»=2)
        assert point.«width» == 2
        """,
    "typed dict": """
        from typing import TypedDict
        class Point(TypedDict):
            «wi$0dth»: int
            height: int
        def area(point: Point) -> int:
            return point["«width»"] * point["height"]
        point: Point = {"«width»": 2, "height": 3}
        other = Point(«width»=1, height=2)
        assert area(point) + area(other) == 8
        """,
    "enum member": """
        from enum import Enum
        class Colour(Enum):
            «R$0ED» = 1
            BLUE = 2
        assert Colour.«RED» is Colour["«RED»"] and Colour.«RED».value == 1
        """,
    "slots and match args": """
        class Point:
            __slots__ = ("«width»", "height")
            __match_args__ = ("«width»", "height")
            def __init__(self, width, height):
                self.«wi$0dth» = width
                self.height = height
        match Point(1, 2):
            case Point(«width»=1, height=h):
                assert h == 2
            case _:
                raise AssertionError
        assert Point(3, 4).«width» == 3
        """,
    "property with setter and deleter": """
        class Cart:
            def __init__(self):
                self._size = 0
            @property
            def «si$0ze»(self):
                return self._size
            @«size».setter
            def «size»(self, value):
                self._size = value
            @«size».deleter
            def «size»(self):
                self._size = 0
        cart = Cart()
        cart.«size» = 3
        cart.«size» += 1
        assert cart.«size» == 4
        del cart.«size»
        assert cart.«size» == 0
        """,
    "class and instance attribute": """
        class Cart:
            «li$0mit» = 3
            def full(self, n):
                return n >= self.«limit»
            @classmethod
            def widen(cls):
                cls.«limit» += 1
        Cart.«limit» = 5
        Cart.widen()
        assert Cart().full(6) and Cart().«limit» == 6
        """,
    "attribute set in init": """
        class Cart:
            def __init__(self, items):
                self.«it$0ems» = items
        def build():
            return Cart([1])
        def all_items(carts: list[Cart]):
            return [item for cart in carts for item in cart.«items»]
        assert build().«items» == all_items([Cart([1])]) == [1]
        """,
    "attribute through narrowing, loops and context managers": """
        import contextlib
        class Cart:
            def __init__(self):
                self.«si$0ze» = 1
            def __enter__(self):
                return self
            def __exit__(self, *args):
                return None
        class Bag:
            size = 5
        def measure(thing):
            if isinstance(thing, Cart):
                return thing.«size»
            return 0
        carts = {"a": Cart()}
        for cart in carts.values():
            assert cart.«size» == 1
        with Cart() as other:
            assert other.«size» == 1
        assert measure(Cart()) == 1 and Bag().size == 5
        """,
    # ------------------------------------------------------------ strings
    "attribute of a frozen dataclass, set by its name": """
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class Event:
            «si$0ze»: int
            def __init__(self, given):
                object.__setattr__(self, "«size»", given + 1)
        assert Event(1).«size» == 2
        """,
    "getattr and attrgetter": """
        from operator import attrgetter
        class Cart:
            def «to$0tal»(self):
                return 3
        cart = Cart()
        assert getattr(cart, "«total»")() == 3
        assert hasattr(cart, '«total»')
        """,
    "globals with a literal": """
        def «lo$0ad»():
            return 1
        assert globals()["«load»"]() == 1
        """,
    "mock patch": """
        #- core.py
        def «lo$0ad»():
            return 1
        def use():
            return «load»()
        class Client:
            pass
        #- main.py
        from unittest import mock
        import core
        with mock.patch("core.«load»", return_value=2):
            assert core.use() == 2
        with mock.patch.object(core, "«load»", return_value=3):
            assert core.use() == 3
        """,
    # ------------------------------------------------------------ pytest
    "fixture": """
        #- conftest.py
        import pytest
        @pytest.fixture
        def «ca$0rt»():
            return [1]
        @pytest.fixture
        def full(«cart»):
            return «cart» * 2
        #- test_cart.py
        import pytest
        def test_size(«cart», full):
            assert len(«cart») == 1 and len(full) == 2
        @pytest.mark.usefixtures("«cart»")
        def test_other():
            cart = 1
            assert cart
        """,
    "parametrize": """
        #- test_sum.py
        import pytest
        @pytest.mark.parametrize("a, «expe$0cted»", [(1, 2)])
        def test_sum(a, «expected»):
            assert a + 1 == «expected»
        """,
    # ------------------------------------------------------------ scopes
    "f-string": """
        «na$0me» = "a"
        assert f"{«name»}-{«name»!r:>5} name" == "a-  'a' name"
        """,
    "walrus in a comprehension": """
        def f(items):
            found = [«la$0st» := item for item in items]
            return «last», found
        assert f([1, 2]) == (2, [1, 2])
        """,
    "nonlocal": """
        def counter():
            «co$0unt» = 0
            def step():
                nonlocal «count»
                «count» += 1
                return «count»
            return step
        assert counter()() == 1
        """,
    "global": """
        «co$0unt» = 0
        def step():
            global «count»
            «count» += 1
        step()
        assert «count» == 1
        """,
    "class scope": """
        name = "global"
        class A:
            «na$0me» = "class"
            copy = «name»
            def show(self):
                return name + self.«name»
        assert A().show() == "globalclass"
        """,
    "comprehension variable": """
        item = 5
        squares = [«it$0em» * «item» for «item» in range(3)]
        assert item == 5
        """,
    "exception and with names": """
        def f():
            try:
                raise ValueError("x")
            except ValueError as «er$0ror»:
                return str(«error»)
        error = 1
        assert f() == "x"
        """,
    "lambda parameter": """
        key = 1
        f = lambda «k$0ey»: «key» + 1
        assert f(key) == 2
        """,
    "match capture": """
        def f(value):
            match value:
                case [«fi$0rst», *rest]:
                    return «first», rest
        assert f([1, 2]) == (1, [2])
        """,
    # ------------------------------------------------------------ bytes
    "syntax error in another file": """
        #- broken.py
        def load(:
        #- core.py
        def «lo$0ad»():
            return 1
        #- main.py
        from core import «load»
        assert «load»() == 1
        """,
    "tabs and astral characters": """
        def f():
        \tx = "😀"; «va$0lue» = "𝒳é"; return x + «value»
        assert f() == "😀𝒳é"
        """,
    "parameter that a stub describes in overloads": """
        #- core.py
        def cached(size, «ke$0y»=1, info=False):
            return «key»
        #- core.pyi
        from typing import Any, overload
        @overload
        def cached(size: int, «key»: int = ..., *, info: int) -> Any: ...
        @overload
        def cached(size: int, «key»: int = ..., info: str = ...) -> Any: ...
        #- main.py
        from core import cached
        assert cached(1, «key»=2) == 2
        """,
    "method that a stub describes": """
        #- core.py
        class Cart:
            def «lo$0ad»(self, item): return item
        #- core.pyi
        class Cart:
            def «load»(self, item: int) -> int: ...
        #- main.py
        from core import Cart
        assert Cart().«load»(1) == 1
        """,
    "attribute, asked for in its stub": """
        #- core.py
        class Cart:
            def __init__(self): self.«size» = 1
        class Big(Cart):
            def grow(self): self.«size» = 2
        #- core.pyi
        class Cart:
            «si$0ze»: int
        class Big(Cart):
            def grow(self) -> None: ...
        #- main.py
        from core import Big
        assert Big().«size» == 1
        """,
    "stub": """
        #- core.py
        def «lo$0ad»():
            return 1
        #- core.pyi
        def «load»() -> int: ...
        #- main.py
        from core import «load»
        assert «load»() == 1
        """,
}

# Renames that must not be made: (text, new name, part of the reason).
REFUSED = {
    "method of an abstract class of the standard library": (
        "from collections.abc import MutableMapping\nclass A(MutableMapping):\n def po$0p(self, key): pass\n",
        "renamed",
        "defines pop",
    ),
    "method of a base that is there for the type checker": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from builtins import dict as Base\nelse:\n"
        " class Base(list): ...\nclass A(Base):\n def pop$0item(self): pass\n",
        "renamed",
        "defines popitem",
    ),
    "calls of a local's methods are compiled otherwise where the module imports its name": (
        "#- core.py\ndef it$0em(x): return x\n#- test_core.py\nfrom core import item\ndef test_local():\n"
        " item = str(1)\n try:\n  item.upper()\n except ValueError:\n  pass\ndef test_own(): item(1)\n",
        "renamed",
        "item no longer means the same",
    ),
    "keyword": ("fo$0o = 1\n", "class", "class is a keyword"),
    "not an identifier": ("fo$0o = 1\n", "a b", "not a valid name"),
    "empty": ("fo$0o = 1\n", "", "not a valid name"),
    "same name": ("fo$0o = 1\n", "foo", "already the name"),
    "not on a name": ("foo = $0 1\n", "bar", "no name"),
    "on a number": ("foo = 1$02\n", "bar", "no name"),
    "on a keyword": ("de$0f foo(): pass\n", "bar", "no name"),
    "on a builtin": ("pri$0nt(1)\n", "bar", "outside"),
    "outside the repository": ("import json\njson.du$0mps(1)\n", "bar", "outside"),
    "file with a syntax error": ("def fo$0o(): pass\nx = = 1\n", "bar", "does not parse"),
    "file with a syntax error elsewhere": (
        """
        #- core.py
        def fo$0o(): pass
        #- main.py
        from core import foo
        x = = 1
        """,
        "bar",
        "does not parse",
    ),
    # ------------------------------------------------------------ clashes
    "builtin used in scope": ("fo$0o = 1\nprint(foo)\n", "print", "print"),
    "existing function": ("def fo$0o(): pass\ndef bar(): pass\n", "bar", "bar already"),
    "existing import": ("import os\nfo$0o = 1\nos.getcwd()\n", "os", "os already"),
    "existing method": ("class A:\n def fo$0o(self): pass\n def bar(self): pass\n", "bar", "bar already"),
    "existing attribute": (
        "class A:\n def __init__(self): self.bar = 1\n def fo$0o(self): pass\n",
        "bar",
        "bar already",
    ),
    "subclass member": (
        "class A:\n def fo$0o(self): pass\nclass B(A):\n def bar(self): pass\n",
        "bar",
        "bar already",
    ),
    "inherited member": (
        "class A:\n def bar(self): pass\nclass B(A):\n def fo$0o(self): pass\n",
        "bar",
        "bar already",
    ),
    "member of a sibling in the hierarchy": (
        "class A: pass\nclass B(A):\n def fo$0o(self): pass\nclass C:\n def bar(self): pass\nclass D(B, C): pass\n",
        "bar",
        "bar already",
    ),
    "import in another module": (
        """
        #- core.py
        def fo$0o(): pass
        #- main.py
        from core import foo
        from os.path import join as bar
        foo(), bar()
        """,
        "bar",
        "bar already",
    ),
    "definition behind a star import": (
        """
        #- core.py
        def fo$0o(): pass
        #- main.py
        from core import *
        def bar(): pass
        """,
        "bar",
        "bar",
    ),
    "other star import": (
        """
        #- core.py
        def fo$0o(): pass
        #- other.py
        def bar(): pass
        #- main.py
        from other import *
        from core import *
        bar()
        """,
        "bar",
        "bar",
    ),
    "submodule": (
        """
        #- pkg/__init__.py
        def fo$0o(): pass
        #- pkg/bar.py
        x = 1
        #- main.py
        import pkg.bar
        pkg.foo()
        """,
        "bar",
        "bar",
    ),
    "captured by a local": ("foo = 1\ndef f(bar):\n return fo$0o + bar\n", "bar", "bar"),
    "captured in another module": (
        """
        #- core.py
        fo$0o = 1
        #- main.py
        from core import foo
        def f():
            bar = 2
            return foo + bar
        """,
        "bar",
        "bar",
    ),
    "shadows a global": ("bar = 1\ndef f(fo$0o):\n return foo + bar\n", "bar", "bar"),
    "two parameters": ("def f(fo$0o, bar): pass\n", "bar", "duplicate argument 'bar'"),
    "swallowed by the keywords of a call": (
        "def f(fo$0o, **rest): return rest\nf(1, bar=2)\n",
        "bar",
        "bar",
    ),
    "field of a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n fo$0o: int\n bar: int\n",
        "bar",
        "bar already",
    ),
    "key of a typed dict": (
        "from typing import TypedDict\nclass A(TypedDict):\n fo$0o: int\n bar: int\n",
        "bar",
        "bar already",
    ),
    "fixture of the same name": (
        """
        #- conftest.py
        import pytest
        @pytest.fixture
        def fo$0o(): return 1
        #- test_a.py
        import pytest
        @pytest.fixture
        def bar(): return 2
        def test_a(foo, bar): assert foo != bar
        """,
        "bar",
        "bar",
    ),
    "fixture of pytest": (
        """
        #- conftest.py
        import pytest
        @pytest.fixture
        def fo$0o(): return 1
        #- test_a.py
        def test_a(foo, tmp_path): assert foo
        """,
        "tmp_path",
        "tmp_path",
    ),
    # ------------------------------------------------------------ names that others decide
    "overrides a method from outside": (
        "import threading\nclass Job(threading.Thread):\n def ru$0n(self): pass\n",
        "work",
        "Thread",
    ),
    "becomes an override from outside": (
        "import threading\nclass Job(threading.Thread):\n def wo$0rk(self): pass\n",
        "run",
        "Thread",
    ),
    "set-up of a test case": (
        "import unittest\nclass TestA(unittest.TestCase):\n def setU$0p(self): pass\n def test_a(self): pass\n",
        "prepare",
        "TestCase",
    ),
    "overrides a builtin's method": ("class D(dict):\n def ge$0t(self, key): return 1\n", "fetch", "dict"),
    "found in frames": ("def f():\n __traceback$0hide__ = True\n", "hidden", "special"),
    "what super needs": ("def f(ki$0nd): return kind\n", "__class__", "special"),
    "a fixture as a parameter": (
        """
        #- test_a.py
        import pytest
        class TestA:
            @pytest.fixture
            def thing(self): return 1
            def test_a(self, th$0ing): assert thing
        """,
        "__hash__",
        "special",
    ),
    "special method": ("class A:\n def __le$0n__(self): return 1\n", "size", "special"),
    "becomes special": ("class A:\n def si$0ze(self): return 1\n", "__len__", "special"),
    "collected test": (
        """
        #- test_a.py
        def test_su$0m(): assert True
        """,
        "check_sum",
        "collect",
    ),
    "becomes a collected test": (
        """
        #- test_a.py
        def check_su$0m(): assert True
        def test_a(): check_sum()
        """,
        "test_sum",
        "collect",
    ),
    "private becomes public": ("class A:\n def __fo$0o(self): pass\n def f(self): self.__foo()\n", "foo", "mangled"),
    "public becomes private": ("class A:\n def fo$0o(self): pass\nA().foo()\n", "__foo", "mangled"),
    "module": ("import js$0on\njson.dumps(1)\n", "bar", "module"),
    "namedtuple of strings": (
        """
        from collections import namedtuple
        Point = namedtuple("Point", "width height")
        def area(point: Point):
            return point.wid$0th * point.height
        """,
        "across",
        "could not be resolved",
    ),
    "imported from outside, with a way out": (
        "try:\n    from enum import StrEnum\nexcept ImportError:\n    Str$0Enum = None\n",
        "Texts",
        "StrEnum is imported at main.py:2 too",
    ),
    "enum value looked up by name": (
        "from enum import Enum\nclass A(Enum):\n RE$0D = 1\n BLUE = 2\nA['RED']\n",
        "BLUE",
        "BLUE already",
    ),
}

# Renames where a place that decides correctness is uncertain: each marked place must be asked about, blocking.
ASKED = {
    "class that is shown, and tests make that up from its name": """
        #- core.py
        class «Not$0In»:
            def __repr__(self):
                return "‹NotIn›(%s)" % 1
        #- test_core.py
        from core import «NotIn»
        def test_repr():
            assert repr(«NotIn»()) == f"{«NotIn».__name__}(1)"
        """,
    "class that is shown as code that is evaluated": """
        class «Not$0In»:
            def __repr__(self):
                return "‹NotIn›()"
        eval(repr(«NotIn»()))
        """,
    "function that is shown by its name": """
        def show(function):
            return f"<{function.__name__} of {function!r}>"
        def «cac$0hed»():
            return 1
        assert show(«cached»).startswith("<‹cached› of")
        """,
    "field of a format that a mapping fills": """
        «HEX$0DIG» = "[0-9a-f]"
        fields = dict(globals(), more=1)
        size = "({‹HEXDIG›})".format(**fields)
        """,
    "key of a mapping that is unpacked": """
        def cache(«maxs$0ize»=1):
            return «maxsize»
        options = {"‹maxsize›": 2}
        assert cache(**options) == 2
        """,
    "key that is set in keywords passed on": """
        def cache(«maxs$0ize»=1):
            return «maxsize»
        def call(**options):
            options["‹maxsize›"] = 2
            return cache(**options)
        assert call() == 2
        """,
    "module that is read whole": """
        #- shapes.py
        def «‹cir$0cle›»(): ...
        #- main.py
        import shapes
        names = vars(shapes)
        """,
    "parameter of a signature that a test spells out": """
        #- core.py
        def table(rows, «al$0ign»=""): ...
        #- test_core.py
        from inspect import signature
        from core import table
        def test_signature():
            assert [*signature(table).parameters] == ["rows", "‹align›"]
        """,
    "method whose name is put together": """
        class Where: ...
        class Filter:
            def process(self, thing):
                name = f'‹›process_{type(thing).__name__}'
                return getattr(self, name.lower())(thing)
            def «process_w$0here»(self, thing):
                return 1
        assert Filter().process(Where()) == 1
        """,
    "function whose name is put together": """
        def «on_cl$0ick»():
            return 1
        assert globals()["‹›on_" + "click".lower()]() == 1
        """,
    "functions found by how their names begin": """
        class Shell:
            def «do_he$0lp»(self):
                return 1
        found = [getattr(Shell(), name)() for name in dir(Shell) if name.startswith("‹›do_")]
        assert found == [1]
        """,
    "class whose name is taken apart": """
        class Param:
            def kind(self):
                return type(self).__name__.partition("‹Param›")[0]
        class «FilePa$0ram»(Param): ...
        assert «FilePa$1ram»().kind() == "File"
        """.replace("«FilePa$1ram»", "«FileParam»"),
    "class whose name becomes part of a method's": """
        class «Whe$0re»: ...
        class Filter:
            def process(self, thing):
                name = f'‹›process_{type(thing).__name__}'
                return getattr(self, name.lower())(thing)
            def process_where(self, thing):
                return 1
        assert Filter().process(«Where»()) == 1
        """,
    "ordinary word that is shown as a class": """
        #- core.py
        class «Na$0me»: ...
        def show(thing):
            return f"0 {type(thing).__name__} x"
        #- test_core.py
        from core import show, «Name»
        def test_show():
            # Name
            assert show(«Name»()) == "0 ‹Name› x"
        """,
    "example that is run and binds the name anew": """
        #- core.py
        class «Opt$0ion»: ...
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md
        #- tests.md
        An Option is one.

            >>> from core import ‹Option›
            >>> x = [‹Option› for ‹Option› in "a"]
        """,
    "example that is run and has the new name": """
        #- core.py
        class «Opt$0ion»: ...
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md
        #- tests.md
            >>> from core import ‹Option›
            >>> renamed = ‹Option›()
        """,
    "output of an example that is run": """
        #- core.py
        class «Opt$0ion»: ...
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md
        #- tests.md
        An Option is one.

            >>> from core import «Option»
            >>> «Option»
            <class 'core.‹Option›'>

        An Option is one.
        """,
    "example that imports all names and has the new one": """
        #- core.py
        class «Opt$0ion»: ...
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md
        #- tests.md
            >>> from core import *
            >>> ‹renamed›(1)
        """,
    "docstring that has the new name": """
        #- core.py
        def «opt$0ion»():
            '''Give one.

            >>> ‹renamed›(1)
            '''
        #- pytest.ini
        [pytest]
        addopts = --doctest-modules
        """,
    "attribute in an example that is run": """
        #- core.py
        class «Opt$0ion»: ...
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md
        #- tests.md
            >>> import core
            >>> core.‹Option›()
        """,
    "keyword in an example that is run as a test": """
        #- core.py
        def option(«def$0ault»): return «default»
        #- pytest.ini
        [pytest]
        addopts = --doctest-glob=*.md
        #- tests.md
        The default is one.

            >>> from core import option
            >>> option(‹default›=1)
        """,
    "class that tests expect to be shown": """
        #- core.py
        class «File$0Store»: ...
        #- other.py
        class Other: ...
        #- test_core.py
        import re
        from core import «FileStore»
        def test_repr():
            assert re.match(r"<core.(‹FileStore›|Other) object at .*>", repr(«FileStore»()))
            assert not re.match("<‹FileStore› name", repr(«FileStore»()))
        """,
    "attribute set by its name on what is not known": """
        class Event:
            «si$0ze» = 1
        def grow(event):
            object.__setattr__(event, "‹size›", 2)
        """,
    "all names of its module are read": """
        #- curried.py
        ‹ass$0oc› = 1
        #- test_all.py
        import curried
        names = [name for name in vars(curried) if not name.startswith("_")]
        """,
    "fixture of another package": """
        #- test_a.py
        def test_a(‹tmp_p$0ath›):
            assert «tmp_path».exists()
        """,
    "method of a file": """
        class Log:
            def ‹wri$0te›(self, text): ...
        log = Log()
        print("x", file=log)
        """,
    "held by an object of another package": """
        from types import SimpleNamespace
        class Cart:
            def «ow$0ner»(self):
                return 1
        names = SimpleNamespace(cart=Cart())
        names.cart.‹owner›()
        """,
    "one of several, another from outside": """
        import io
        class Log:
            def «wr$0ite_all»(self): ...
        class Other(Log):
            def «write_all»(self): ...
        def use(out: Log | Other | io.RawIOBase, thing):
            thing.‹write_all›()
        """,
    "stand-ins": """
        from unittest import mock
        import core
        class Cart:
            «ow$0ner» = 1
        fake = mock.Mock(‹owner›=2)
        #- core.py
        x = 1
        """,
    "patched by keyword": """
        #- core.py
        def «lo$0ad»():
            return 1
        #- test_core.py
        from unittest import mock
        import core
        def test_load():
            with mock.patch.multiple(core, ‹load›=lambda: 2):
                assert core.«load»() == 2
        """,
    "name of an enum member": """
        from enum import Enum
        class Colour(Enum):
            «R$0ED» = 1
        assert Colour.«RED».name == "‹RED›"
        """,
    "code in a string": """
        class Cart:
            def «load_a$0ll»(self):
                return 1
        cart = Cart()
        assert eval("cart.‹load_all›()") == 1
        assert "{0.‹load_all›}".format(cart)
        """,
    "repr of a dataclass": """
        from dataclasses import dataclass
        @dataclass
        class «Ca$0rt»:
            size: int
        assert repr(«Cart»(1)) == "‹Cart›(size=1)"
        """,
    "unknown receiver": """
        class Cart:
            def «ow$0ner»(self):
                return 1
        def show(thing):
            return thing.‹owner›()
        show(Cart())
        """,
    "keywords from a dictionary": """
        def price(item, «dis$0count»=0):
            return item - «discount»
        options = {"‹discount›": 1}
        assert price(5, **options) == 4
        """,
    "computed getattr": """
        class Cart:
            def «ow$0ner»(self):
                return 1
        names = ["‹owner›"]
        for name in names:
            getattr(Cart(), name)()
        """,
    "debug f-string": """
        «na$0me» = 1
        assert f"{‹name›=}" == "‹name›=1"
        """,
    "module getattr": """
        #- core.py
        def «lo$0ad»():
            return 1
        def __getattr__(name):
            if name == "‹load›":
                return load
            raise AttributeError(name)
        """,
}

# Places outside code: offered for ticking, never taken unasked, never in the way.
OFFERED = {
    "class that says how its instances are shown": """
        #- core.py
        class «Not$0In»:
            def __repr__(self):
                return "‹NotIn›(%s)" % 1
        #- test_core.py
        from core import «NotIn»
        def test_repr():
            assert repr(«NotIn»()).endswith("(1)")
        """,
    "function that is shown by a word of its name": """
        class Wrapper:
            def show(self):
                return f"<‹cached› {self!r}>"
        def «cac$0hed»():
            return Wrapper()
        assert «cached»().show().startswith("<cac")
        """,
    "string beside attributes that are read by a written name": """
        class Cart:
            def «own$0er»(self): ...
        def encoding(stream):
            return getattr(stream, "encoding", None)
        found = "‹owner›"
        """,
    "string beside methods that hand names on": """
        class Cart:
            def «own$0er»(self): ...
        class Outer:
            def __init__(self, inner):
                self.inner = inner
            def __getattr__(self, name: str):
                return getattr(self.inner, name)
        found = "‹owner›"
        """,
    "header in bytes": """
        class «Conn$0ection»: ...
        head = b"‹Connection›: Upgrade"
        """,
    "string that begins as a message does": """
        class Cart:
            def «load_i$0tem»(self): ...
        def call(thing, name):
            print(f"load_{name} failed")
            return getattr(thing, name)
        # ‹load_item›
        """,
    "message of a warning": """
        import warnings
        class Spec:
            def «match_tr$0ee»(self):
                warnings.warn("Spec.‹match_tree›() is deprecated.", DeprecationWarning)
                warnings.warn((
                    "Spec.‹match_tree›() is deprecated."
                ))
        """,
    "string of a script apart from the code": """
        #- setup.py
        import os
        version = os.path.join("‹sch$ema›", "version.txt")
        #- schema.py
        def «sch$0ema»(name): ...
        def call(thing, name):
            return getattr(thing, name), globals()
        """.replace("sch$ema", "schema"),
    "comment and docs": """
        #- docs/index.md
        Call `‹load_cart›` first.
        #- core.py
        # ‹load_cart› is quick.
        def «load_ca$0rt»():
            '''‹load_cart› loads.'''
            return 1
        """,
    "doctest": """
        def «lo$0ad»():
            '''Load it.

            >>> ‹load›()
            1
            '''
            return 1
        assert «load»() == 1
        """,
    "entry point": """
        #- pyproject.toml
        [project.scripts]
        tool = "core:‹main›"
        #- core.py
        def «ma$0in»():
            return 1
        """,
    "string that spells the name": """
        def «handle_l$0ogin»():
            return 1
        REGISTRY = {"a": "‹handle_login›"}
        """,
}
