"""Which definitions are the house's own helper for something from outside: by body, base, name and who uses them."""

from pathlib import Path

import pytest
from familiar_codegraph.conventions import learn
from familiar_codegraph.conventions.likeness import concept, named_alike
from support.fixture import parse


def repository(home: str, use: str, files: int = 3) -> str:
    """`home` is the text of pkg/tools.py, `use` that of each of the other files."""
    users = "".join(f"#- pkg/m{n}.py\n{use}" for n in range(files))
    return f"#- pkg/__init__.py\n#- pkg/tools.py\n{home}{users}"


HELPERS = [
    # a function that hands its parameters on
    ("import json\ndef to_json(v):\n    return json.dumps(v, indent=1)\n", "to_json(1)", "json.dumps"),
    # converters of text, whatever they are called
    ("def ntob(n, encoding='latin-1'):\n    check(n)\n    return n.encode(encoding)\n", "ntob('a')", "str.encode"),
    # a class around a function of the world
    ("import tempfile\nclass TempDirectory:\n    def __init__(self):\n        self.path = tempfile.mkdtemp()\n",
     "TempDirectory()", "tempfile.mkdtemp"),
    # a base from outside, with a class of the house between
    ("import optparse\nclass Custom(optparse.OptionParser): pass\nclass OurOptionParser(Custom): pass\n",
     "OurOptionParser()", "optparse.OptionParser"),
    # one for the name that the world has for it, brought along or not
    ("from pkg._vendor import requests\nclass OurSession(requests.Session): pass\n", "OurSession()",
     "requests.Session"),
    ("class OldThingWarning(DeprecationWarning): pass\n", "OldThingWarning()", "DeprecationWarning"),
    ("import collections.abc\nclass CaseDict(collections.abc.MutableMapping): pass\n", "CaseDict()", "dict"),
    # known by what it is called
    ("import subprocess\ndef run_program(a):\n    p = subprocess.Popen(a)\n    return p.wait()\n", "run_program('a')",
     "subprocess.run"),
    ("def iteritems(d):\n    return iter(d)\n", "iteritems({})", "dict.items"),
    # other names
    ("import json\nDEFAULT_JSON_DECODER = json.loads\n", "DEFAULT_JSON_DECODER('1')", "json.loads"),
    ("from rich.console import Console\nconsole = Console()\n", "console.log(1)",
     "rich.console.Console"),
    # body and name say so, however often the default is called
    ("from datetime import timedelta\ndef maybe_timedelta(v):\n    if v:\n        return timedelta(v)\n    return v\n",
     "maybe_timedelta(1)\nfrom datetime import timedelta\ntimedelta(1), timedelta(2), timedelta(3)",
     "datetime.timedelta"),
    ("class AttrDict(dict): pass\n", "AttrDict(a=1)\n" + "dict(b=2)\n" * 9, "dict"),
    # a bare name that several modules have: the one that the file uses
    ("import json\ndef dumps(v):\n    return json.dumps(v, indent=1)\n", "dumps(1)", "json.dumps"),
    ("import logging.config\ndef setup_logging(f):\n    logging.config.fileConfig(f)\n", "setup_logging('a')",
     "logging.basicConfig"),
    # what it gives back had a name, is one of two, was entered, or stands in something that is made of it
    ("import requests\ndef make_requests_session():\n    session = requests.Session()\n    session.headers = {}\n"
     "    session.mount('a', None)\n    return session\n", "make_requests_session()", "requests.Session"),
    ("import mimetypes\ndef get_content_type(name):\n    mime, _ = mimetypes.guess_type(name)\n    return mime\n",
     "get_content_type('a')", "mimetypes.guess_type"),
    ("import os\ndef normal_path(p):\n    return p if p.startswith('/') else os.path.normpath(p)\n",
     "normal_path('a')", "os.path.normpath"),
    ("import tempfile\nfrom contextlib import contextmanager\n@contextmanager\ndef near_tmp_file(path):\n"
     "    with tempfile.NamedTemporaryFile(dir=path) as f:\n        check(f), see(f), mark(f), list(path)\n"
     "        yield f.file\n", "near_tmp_file('a')", "tempfile.NamedTemporaryFile"),
    ("import binascii\ndef sha_to_hex(sha):\n    digits = binascii.hexlify(sha)\n    return ObjectID(digits)\n",
     "sha_to_hex(b'')", "binascii.hexlify"),
    # nothing but calls of it
    ("import fcntl\ndef close_on_exec(fd):\n    flags = fcntl.fcntl(fd, 1)\n    fcntl.fcntl(fd, 2, flags | 1)\n",
     "close_on_exec(1)", "fcntl.fcntl"),
    ("import functools, json\ncompact_dumps = functools.partial(json.dumps, indent=None)\n", "compact_dumps(1)",
     "json.dumps"),
    # the last two words of its base
    ("import http.cookiejar\nclass OurCookiePolicy(http.cookiejar.DefaultCookiePolicy): pass\n",
     "OurCookiePolicy()", "http.cookiejar.DefaultCookiePolicy"),
    # imported in one of two ways
    ("try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib\n", "tomllib.loads('')", "tomllib"),
    # its name says so, however often the default is called
    ("import os\ndef ensure_dir(d):\n    try:\n        os.makedirs(d)\n    except FileExistsError:\n        pass\n",
     "ensure_dir('a')\nimport os\n" + "os.makedirs('b')\n" * 4, "os.makedirs"),
    # a container by its name and methods
    ("class OrderedSet:\n    def add(self, v): pass\n    def __contains__(self, v): pass\n", "OrderedSet()", "set"),
    ("class NamesSet:\n    def add(self, v): pass\n    def __contains__(self, v): pass\n", "NamesSet()", ""),
    # a date as mail and HTTP write it, and any other
    ("def http_date(v):\n    return WEEKDAYS[v] + rest(v)\n", "http_date('')", "email.utils.formatdate"),
    ("def parse_date(v):\n    return MONTHS[v] + rest(v)\n", "parse_date('')", ""),
    ("import sys\ndef captured_stderr():\n    return replaced('stderr')\n", "captured_stderr()",
     "contextlib.redirect_stderr"),
    ("import asyncio\nclass TimeoutError(asyncio.TimeoutError): pass\n", "TimeoutError()", ""),
    # its last word is not that of what it uses, which is one of several
    ("import contextvars, threading\ndef keep_context_while_running(f):\n    a = contextvars.copy_context()\n"
     "    b = threading.Thread(target=f)\n    b.start()\n    return a.run(b)\n", "keep_context_while_running(f)", ""),
    ("import json, x\nclass FakeLoads: pass\ndef fake_loads(v):\n    return json.loads(v)\n", "fake_loads('')", ""),
    # a yes or no about something
    ("from urllib.parse import urlsplit\ndef is_url(n):\n    scheme = urlsplit(n)\n    return scheme.scheme in LIST\n",
     "is_url('a')", ""),
    # one of many methods uses it
    ("import xml.dom.minidom\nclass document:\n" + "".join(f"    def m{n}(self): pass\n" for n in range(6))
     + "    def dom(self):\n        return xml.dom.minidom.Document()\n", "document()", ""),
    # a name that says little, with nothing else
    ("def exists(query):\n    return run(query)\n", "exists(1)", ""),
    ("import itertools\ndef parents(a):\n    return itertools.chain.from_iterable(a)\n", "parents([])", ""),
    # on its way to something else
    ("import json, os\ndef page(v, a):\n    b = os.path.join(a, 'x')\n    return json.dumps(v) + b + go(b)\n",
     "page(1, 'a')", ""),
    ("import logging\nclass OurHandler(logging.Handler): pass\n", "OurHandler()", ""),
    ("class Row(dict): pass\n", "Row()", ""),
]  # fmt: skip


@pytest.mark.parametrize(("home", "use", "default"), HELPERS)
def test_helpers(tmp_path: Path, home: str, use: str, default: str) -> None:
    name = use.partition("(")[0].partition(".")[0]
    parse(repository(home, f"from pkg.tools import {name}\n{use}\n")).write(tmp_path)
    found = {p.house: p.default for p in learn(tmp_path).pairs()}
    assert found == ({f"pkg.tools.{name}": default} if default else {})


def test_a_helper_of_one_other_file_is_none(tmp_path: Path) -> None:
    home = "import json\ndef to_json(v):\n    return json.dumps(v, indent=1)\n"
    parse(repository(home, "from pkg.tools import to_json\nto_json(1)\n", files=1)).write(tmp_path)
    assert learn(tmp_path).pairs() == []


def test_a_module_that_is_imported_whole_counts_too(tmp_path: Path) -> None:
    home = "import json\ndef to_json(v):\n    return json.dumps(v, indent=1)\n"
    parse(repository(home, "from pkg import tools\nf(key=tools.to_json)\n")).write(tmp_path)
    assert [(p.house, p.calls_house) for p in learn(tmp_path).pairs()] == [("pkg.tools.to_json", 3)]


def test_a_class_that_derives_from_another_helper_is_its_variant(tmp_path: Path) -> None:
    home = (
        "class HouseWarning(UserWarning): pass\nclass LateWarning(HouseWarning): pass\n"
        "class OldWarning(HouseWarning, DeprecationWarning): pass\n"
    )
    use = "from pkg.tools import HouseWarning, LateWarning, OldWarning\nHouseWarning(), LateWarning(), OldWarning()\n"
    parse(repository(home, use)).write(tmp_path)
    found = [(p.house, p.default) for p in learn(tmp_path).pairs()]
    assert found == [("pkg.tools.HouseWarning", "UserWarning"), ("pkg.tools.OldWarning", "DeprecationWarning")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("to_bytes", "str.encode"),
        ("safe_str_cmp", "hmac.compare_digest"),
        ("symbol_by_name", "importlib.import_module"),
        ("mkdir_p", "os.makedirs"),
        ("load_class_table", ""),
        ("format", ""),
        ("parse_config", ""),
    ],
)
def test_names_by_their_words(name: str, expected: str) -> None:
    assert concept(name) == expected


@pytest.mark.parametrize(
    ("name", "target", "alike"),
    [
        ("TempDirectory", "tempfile.mkdtemp", 3.0),
        ("url_to_path", "urllib.request.url2pathname", 3.0),
        ("maybe_timedelta", "datetime.timedelta", 2.0),
        ("is_url", "urllib.parse.urlsplit", 1.0),
        ("decimals", "pathlib.Path", 0.0),
    ],
)
def test_names_alike(name: str, target: str, alike: float) -> None:
    assert named_alike(name, target) == alike
