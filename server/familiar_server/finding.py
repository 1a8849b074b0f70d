"""What one check of `familiar doctor` found."""

from typing import Literal

import msgspec

Status = Literal["ok", "warn", "fail", "absent"]


class Finding(msgspec.Struct, frozen=True):
    """`found` says what is there; `wrong` and `do` are empty when there is nothing to say."""

    name: str
    status: Status
    found: str
    wrong: str = ""
    do: str = ""
