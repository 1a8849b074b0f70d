"""What stands around the cursor is the same whether the text above was read before or not."""

import random

import pytest
from familiar_codegraph import secrets
from familiar_completion import repository
from familiar_completion.view import scan, scan_to_cursor

PIECES = ["'", '"', '"""', "'''", "\\", "\n", "(", ")", "[", "]", "{", "}", "#", "a", " "]


@pytest.mark.parametrize("seed", range(8))
def test_only_the_last_line_is_read_anew(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3000):
        text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(16)))
        assert scan_to_cursor(text) == scan(text), repr(text)


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
