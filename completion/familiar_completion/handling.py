"""Lines about failing, and what stands ready for tests: what is raised here, what is caught, which fixture is missing.

The exceptions are those of the file, the most used first, then Python's most common ones.
"""

import re
from collections.abc import Iterator

from familiar_completion.scope import Scope

_ERROR = re.compile(r"(?:[A-Z]\w*)?(?:Error|Exception|Exit|Interrupt|Warning)$")
_COMMON = ("ValueError", "TypeError", "RuntimeError", "NotImplementedError", "KeyError")
_CATCH = re.compile(r"except\s+([\w., ()]+?)(?:\s+as\s+(\w+))?\s*:")
_FIXTURE = re.compile(r"@(?:pytest\.)?fixture\b")
_TESTS = re.compile(r"^[ \t]*(?:async )?def test_?\w*\(([^)]*)\)", re.MULTILINE)
_DEF = re.compile(r"^[ \t]*(?:async )?def (\w+)\(", re.MULTILINE)
_MESSAGE = re.compile(r"^(?:\w*_)?(?:msg|message|error|reason|err|text)$")
_MOST = 6


def raised(scope: Scope) -> Iterator[str]:
    """Yield what the cursor's block raises: with the message bound above, or nothing where a body begins."""
    above = scope.above[-1].strip() if scope.above else ""
    message = next((name for name in scope.fresh if _MESSAGE.match(name)), None)
    caught = _CATCH.match(above)
    tail = f" from {caught[2]}" if caught and caught[2] else ""
    if message:
        for name in _errors(scope):
            yield f"raise {name}({message}){tail}"
    if caught:
        yield "raise"
        if caught[2]:
            yield from (f"raise {name}({caught[2]}){tail}" for name in _errors(scope)[:3])
            yield from (f"raise {name}(str({caught[2]})){tail}" for name in _errors(scope)[:3])
    if above.startswith(("def ", "async def ")) and above.endswith(":"):
        yield "raise NotImplementedError"
        yield "raise NotImplementedError()"


def caught(scope: Scope) -> Iterator[str]:
    """Yield what follows the body of a `try` at the cursor's depth, or around it in a line that has no blanks yet."""
    least = scope.indent + 1
    for number, line in enumerate(reversed(scope.lines[-60:])):
        depth = len(line) - len(line.lstrip())
        if not line.strip() or depth >= least or number == 0:
            continue
        if line.strip() == "try:":
            break
        if scope.view.before or not depth:
            return
        least = depth
    else:
        return
    everywhere = scope.view.prefix + scope.view.suffix
    counted: dict[str, int] = {}
    for found in _CATCH.finditer(everywhere):
        whole = f"{found[1].strip()} as {found[2]}" if found[2] else found[1].strip()
        counted[whole] = counted.get(whole, 0) + 1
    for whole in sorted(counted, key=lambda one: (-counted[one], one))[:_MOST]:
        yield f"except {whole}:"
    yield from (f"except {name}:" for name in _errors(scope))
    yield from (f"except {name} as {short}:" for short in ("e", "exc") for name in _errors(scope)[:3])
    yield from ("finally:", "except Exception:", "except Exception as e:")


def fixtures(scope: Scope) -> Iterator[str]:
    """Yield the head of a fixture that tests of the file ask for and nothing defines."""
    above = scope.above[-1].strip() if scope.above else ""
    if not _FIXTURE.match(above):
        return
    text = scope.view.prefix + scope.view.suffix
    defined, asked = set(_DEF.findall(text)), dict[str, None]()
    for found in [*_TESTS.finditer(scope.view.suffix), *_TESTS.finditer(scope.view.prefix)]:
        asked.update(dict.fromkeys(part.partition(":")[0].partition("=")[0].strip() for part in found[1].split(",")))
    for name in [name for name in asked if name.isidentifier() and name not in defined and name != "self"][:_MOST]:
        yield f"def {name}(self):" if scope.indent else f"def {name}():"


def _errors(scope: Scope) -> list[str]:
    """Return the exceptions that may be meant, the most used in the file first."""
    own = [name for name in scope.uses if _ERROR.match(name)]
    own.sort(key=lambda name: (-scope.uses[name], name))
    return list(dict.fromkeys([*own[:_MOST], *_COMMON]))[: _MOST + 2]
