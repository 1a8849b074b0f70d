"""What stands around the cursor is the same whether the text above was read before or not."""

import random

import pytest
from familiar_codegraph import secrets
from familiar_completion import repository
from familiar_completion.indentation import statements
from familiar_completion.view import scan, scan_to_cursor

PIECES = ["'", '"', '"""', "'''", "\\", "\n", "(", ")", "[", "]", "{", "}", "#", "a", " "]


@pytest.mark.parametrize("seed", range(8))
def test_only_the_last_line_is_read_anew(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3000):
        text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(16)))
        assert scan_to_cursor(text) == scan(text), repr(text)


@pytest.mark.parametrize("seed", range(8))
def test_statements_are_whole(seed: int) -> None:
    """As a plain reading from the top says, whatever brackets, strings and comments hold."""
    rng = random.Random(seed)
    for _ in range(3000):
        text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(20)))
        if scan(text).shape == ("code", "", ""):
            assert list(statements(text))[::-1] == read(text), repr(text)


def read(text: str) -> list[str]:
    found, start = [], 0
    for at in (at for at, char in enumerate(text) if char == "\n"):
        joined = text[:at].endswith("\\") and scan(text[:at]).kind == "code"
        if not joined and scan(text[: at + 1]).shape == ("code", "", ""):
            found.append(text[start:at])
            start = at + 1
    return [one for one in found if one.strip() and not one.lstrip().startswith("#")]


TOKEN = "ghp_" + "a1B2c3D4" * 5
KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 4


@pytest.mark.parametrize("secret", [TOKEN, KEY, "\0"], ids=["token", "key", "NUL"])
@pytest.mark.parametrize("where", ["above", "here", "below", "around"])
def test_a_secret_is_seen_wherever_one_types(secret: str, where: str) -> None:
    above, here, below = "import os\n", "name = 1", "\nprint(name)\n"
    texts = {
        "above": (above + secret + "\n", here, below),
        "here": (above, here + f' + "{secret}"', below),
        "below": (above, here, below + secret + "\n"),
        "around": (above + secret[: len(secret) // 2], secret[len(secret) // 2 :] + here, below),
    }
    prefix, line, suffix = texts[where]
    data = (prefix + line + suffix).encode()
    for offset in range(len(prefix), len(prefix + line) + 1):
        assert (repository.refusal("a.py", data, offset) is not None) == (b"\0" in data or secrets.has_secret(data))
    assert repository.refusal("a.py", (above + here + below).encode(), 12) is None
