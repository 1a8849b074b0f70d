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
