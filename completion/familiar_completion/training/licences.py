"""Under which licence a single file stands, and what says so.

Asked in this order: SPDX lines and licence notices in the file's head, the nearest licence file upwards in its package,
the package's metadata. Whatever answers first decides, even if it refuses; what nobody answers is not decided.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

PERMISSIVE = frozenset(["0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"])
"""The licences of the corpus, by SPDX's names; `BSD` where nothing says with how many clauses."""

HEAD = 60
"""Lines in which a file says under which licence it stands."""

_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+() -]*[\w)+])")
_FILE = re.compile(r"(?:un)?licen[cs]es?(?:$|[-_.])|copying(?:$|[-_.])", re.IGNORECASE)
_PLAIN = re.compile(r"(?:licen[cs]e|copying)(?:\.(?:txt|md|rst))?", re.IGNORECASE)
_CODE = frozenset([".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".json", ".html", ".map", ".pyc"])


def _near(name: str) -> str:
    """A pattern for a licence's name with the word beside it: names such as MIT and Apache mean other things too."""
    word = r"(?i:licen[cs])"
    return rf"\b{name}\b[^.;:]{{0,25}}{word}|{word}\w*\W[^.;]{{0,40}}\b{name}\b"


_NAMES = {
    "GPL": r"(?i:general\s+public\s+licen[cs]e)|\b[AL]?GPL(?:[-v ]*\d[\d.]*\+?)?\b(?![- ]compatible)",
    "MPL": r"(?i:mozilla\s+public\s+licen[cs]e)|" + _near(r"MPL(?:[- v]*\d[\d.]*)?"),
    "EPL": r"(?i:eclipse\s+public\s+licen[cs]e)",
    "CDDL": r"(?i:common\s+development\s+and\s+distribution)|" + _near("CDDL"),
    "CC": r"(?i:creative\s+commons)|\bCC[- ]BY\b",
    "BUSL": r"(?i:business\s+source\s+licen[cs]e)",
    "SSPL": r"(?i:server\s+side\s+public\s+licen[cs]e)",
    "Elastic": r"(?i:elastic\s+licen[cs]e)",
    "Commons-Clause": r"(?i:commons\s+clause)",
    "BSD-4-Clause": r"(?i:advertising\s+materials\s+mentioning\s+features)",
    "proprietary": r"(?i:proprietary\s+(?:and\s+confidential|licen[cs]e|software)|is\s+strictly\s+prohibited)",
    "Apache-2.0": _near("Apache") + r"|\bApache-2\.0\b|apache\.org/licenses/LICENSE-2",
    "MIT": _near("MIT") + r"|(?i:permission\s+is\s+hereby\s+granted,\s+free\s+of\s+charge)",
    "BSD": _near("BSD(?:[- ]?[23])?") + r"|(?i:redistribution\s+and\s+use\s+in\s+source\s+and\s+binary\s+forms)",
    "ISC": _near("ISC") + r"|(?i:permission\s+to\s+use,\s+copy,\s+modify,\s+and(?:/or)?\s+distribute)",
    # Python's own begins with a history, which names the GPL long before the licence that holds
    "PSF-2.0": r"\bPSF\s+(?i:licen[cs]e)|\bPSF-2\.0\b|(?i:python\s+software\s+foundation\s+licen[cs]e)"
    r"|HISTORY\s+OF\s+THE\s+SOFTWARE",
}
_KNOWN = {name: re.compile(pattern) for name, pattern in _NAMES.items()}
_GRANT = re.compile(
    r"(?i:licen[cs]ed|released|distributed)\s+under\s+(?i:(?:the\s+)?(?:terms\s+of\s+)?)(?P<what>.{0,60})"
)
_ELSEWHERE = re.compile(r"(?i:licen[cs]e\s+(?:file|found)|\bsame\b)|LICEN[CS]E|COPYING|license\.(?:txt|md|rst)")


@dataclass(frozen=True, slots=True)
class Decision:
    """`licence` is what was found (empty if nothing), `source` what says so, `admitted` whether it is permissive."""

    licence: str
    source: str
    admitted: bool


UNDECIDED = Decision("", "nothing", False)


def spdx_admits(expression: str) -> bool:
    """Whether one branch of an SPDX expression asks for permissive licences alone; exceptions only ever permit more."""
    inner = re.search(r"\(([^()]*)\)", expression)
    if inner:
        known = "MIT" if spdx_admits(inner[1]) else "other"
        return spdx_admits(f"{expression[: inner.start()]} {known} {expression[inner.end() :]}")
    branches = [branch.split(" AND ") for branch in f" {expression} ".split(" OR ")]
    return any(all(part.split(" WITH ")[0].strip() in PERMISSIVE for part in branch) for branch in branches)


def named(text: str) -> list[str]:
    """The licences that a text names or quotes, in the order of their first places; comment marks do not matter."""
    flat = re.sub(r"\s*\n[\s#*/;!-]*", " ", text)
    places = {name: match.start() for name, known in _KNOWN.items() if (match := known.search(flat))}
    return sorted(places, key=places.__getitem__)


def of_head(text: str) -> Decision | None:
    """What a file says itself, None if nothing. A notice that names two licences admits only if both are permissive."""
    head = "\n".join(text.split("\n")[:HEAD])
    expressions = _SPDX.findall(head)
    if expressions:
        return Decision(" AND ".join(expressions), "SPDX line", all(map(spdx_admits, expressions)))
    found = named(head)
    if found:
        return Decision(" AND ".join(found), "header", PERMISSIVE.issuperset(found))
    grant = _GRANT.search(re.sub(r"\s*\n[\s#*/]*", " ", head))
    if grant and re.search(r"(?i:licen[cs]e)", grant["what"]) and not _ELSEWHERE.search(grant["what"]):
        return Decision("unknown", "header", False)
    return None


def of_metadata(stated: Iterable[str]) -> Decision:
    """What a package states: SPDX expressions or names of licences, all of which have to be permissive."""
    stated = [text.strip() for text in stated if text.strip()]
    if not stated:
        return UNDECIDED
    return Decision(" AND ".join(stated), "metadata", all(map(_admits, stated)))


def _admits(stated: str) -> bool:
    found = named(f"License: {stated}")
    return spdx_admits(stated) or (bool(found) and PERMISSIVE.issuperset(found))


def is_licence_file(path: str) -> bool:
    """Whether a file holds a licence, as its name tells (`LICENSE`, `COPYING.LESSER`, `license-MIT.txt`)."""
    pure = PurePosixPath(path)
    return bool(_FILE.match(pure.name)) and pure.suffix.lower() not in _CODE


def _of_folder(texts: Mapping[str, str]) -> Decision | None:
    """What a folder's licence files say together, None if they name no known licence.

    Each says first what it is; what follows may be the licences of parts, as are files such as `LICENSE.bundled` beside
    a plain `LICENSE`.
    """
    plain = {name: text for name, text in texts.items() if _PLAIN.fullmatch(name)} or texts
    found = sorted({names[0] for text in plain.values() if (names := named(text))})
    return Decision(" AND ".join(found), "licence file", PERMISSIVE.issuperset(found)) if found else None


class Licences:
    """What decides for the files of one package: its licence files by path, and what its metadata states."""

    def __init__(self, files: Mapping[str, str], stated: Iterable[str]) -> None:
        folders: dict[str, dict[str, str]] = defaultdict(dict)
        for path, text in files.items():
            folders[str(PurePosixPath(path).parent)][PurePosixPath(path).name] = text
        self._folders = {folder: _of_folder(texts) for folder, texts in folders.items()}
        self._stated = of_metadata(stated)

    def of(self, path: str, text: str) -> Decision:
        """The decision for one file. A licence that is not known refuses the files of its folder, unless that is the
        package's own: its metadata names it then."""
        said = of_head(text)
        if said:
            return said
        for folder in map(str, PurePosixPath(path).parents):
            if folder in self._folders:
                unknown = self._stated if folder == "." else Decision("unknown", "licence file", False)
                return self._folders[folder] or unknown
        return self._stated
