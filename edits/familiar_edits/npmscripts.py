"""What the scripts of a package.json run their tests with; read as text, never run."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

Kind = Literal["vitest", "jest"]
_OTHERS = frozenset({"mocha", "ava", "tap", "tape", "uvu", "jasmine", "karma", "cypress", "playwright", "bun", "deno"})
_OTHERS |= {"react-scripts", "ng", "wtr", "lab", "qunit", "zora"}
_THROUGH = frozenset({"npx", "pnpx", "bunx", "exec", "dlx", "cross-env", "cross-env-shell", "env", "dotenv", "--"}) | {
    "c8"
}
_MANAGERS = frozenset({"npm", "pnpm", "yarn"})
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&"})
_NODE_RUNNER = re.compile(r"(?:^|/)node_modules/(?:\.bin/)?(vitest|jest)(?:/.*)?$")

_VITEST = """
-c --config -r --root --dir --project --environment --globals --pool --mode --workspace --isolate --no-isolate
--testTimeout --hookTimeout --fileParallelism --no-file-parallelism --exclude --typecheck
"""
_JEST = """
-c --config --rootDir --roots --projects --selectProjects --env --testEnvironment --runInBand -i --forceExit
--testTimeout --preset --testMatch --testRegex --testPathIgnorePatterns --setupFiles --transform
"""
KEPT: Mapping[Kind, frozenset[str]] = {"vitest": frozenset(_VITEST.split()), "jest": frozenset(_JEST.split())}
"""Options that say what the tests are and what they need; others (watching, reports, coverage) are ours to set."""
_LISTS = frozenset({"--projects", "--selectProjects", "--roots", "--testMatch", "--testPathIgnorePatterns"})
_FLAGS = frozenset({"--globals", "--isolate", "--no-isolate", "--runInBand", "-i", "--forceExit", "--typecheck"})
_FLAGS |= {"--fileParallelism", "--no-file-parallelism"}

_NODE_VALUED = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"})


class Script(NamedTuple):
    """A command that runs tests: with which options, environment, options of node, and on which files by default."""

    kind: Kind
    options: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    node: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


def runner_of(scripts: Mapping[str, str]) -> Script | str | None:
    """Return what runs the tests: vitest or jest, the name of another runner, or None where no script says.

    `test` has the first word, then what else is called after tests.
    """
    others = [name for name in scripts if re.match(r"(test|unit|spec|vitest|jest)\b", name) and name != "test"]
    other: str | None = None
    for name in ("test", *others):
        for found in _commands(scripts, name, 0):
            if isinstance(found, Script):
                return found
            other = other or found
    return other


def _commands(scripts: Mapping[str, str], name: str, depth: int) -> Iterator[Script | str]:
    text = scripts.get(name)
    if not isinstance(text, str) or depth > 5:
        return
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return
    command: list[str] = []
    for word in (*words, ";"):
        if word not in _SEPARATORS:
            command.append(word)
            continue
        yield from _command(scripts, command, depth)
        command = []


def _command(scripts: Mapping[str, str], words: Sequence[str], depth: int) -> Iterator[Script | str]:
    env: list[tuple[str, str]] = []
    rest = list(words)
    while rest and (_ASSIGNMENT.match(rest[0]) or rest[0] in _THROUGH):
        word = rest.pop(0)
        if _ASSIGNMENT.match(word):
            variable, _, value = word.partition("=")
            env.append((variable, value))
    if not rest:
        return
    program, arguments = rest[0], rest[1:]
    if program in _MANAGERS:
        yield from _managed(scripts, arguments, depth)
    elif program in ("run-s", "run-p", "npm-run-all"):
        for name in arguments:
            yield from _commands(scripts, name, depth + 1)
    elif program == "node":
        yield from _node(arguments, env)
    elif program in KEPT:
        yield _script(program, arguments, env, ())  # type: ignore[arg-type]
    elif program in _OTHERS:
        yield program


def _managed(scripts: Mapping[str, str], arguments: Sequence[str], depth: int) -> Iterator[Script | str]:
    """`npm run test:unit`, `yarn jest`, `pnpm exec vitest`; what is told to other packages is theirs to say."""
    words = [word for word in arguments if word not in ("run", "run-script", "exec", "--silent", "-s")]
    if any(word in ("-r", "--recursive", "-w", "-ws", "--workspaces", "workspaces", "workspace") for word in words):
        return
    if words and words[0] in scripts:
        yield from _commands(scripts, words[0], depth + 1)
    elif words and (words[0] in KEPT or words[0] in _OTHERS):
        yield from _command(scripts, words, depth + 1)


def _node(arguments: Sequence[str], env: list[tuple[str, str]]) -> Iterator[Script | str]:
    """`node --experimental-vm-modules node_modules/jest/bin/jest.js --runInBand`, `node --test`."""
    for number, word in enumerate(arguments):
        if match := _NODE_RUNNER.search(word):
            yield _script(match[1], arguments[number + 1 :], env, arguments[:number])  # type: ignore[arg-type]
            return
        if word == "--test":
            yield "node --test"
            return
        if not word.startswith("-") and (number == 0 or arguments[number - 1] not in _NODE_VALUED):
            return


def _script(kind: Kind, arguments: Sequence[str], env: Sequence[tuple[str, str]], node: Sequence[str]) -> Script:
    kept: list[str] = []
    filters: list[str] = []
    rest = list(arguments)
    if kind == "vitest" and rest and rest[0] in ("run", "watch", "dev"):
        rest.pop(0)
    while rest:
        word = rest.pop(0)
        name = word.partition("=")[0]
        if not word.startswith("-"):
            filters.append(word)
            continue
        values: list[str] = []
        while rest and "=" not in word and not rest[0].startswith("-") and _takes(kind, name, len(values)):
            values.append(rest.pop(0))
        if name in KEPT[kind]:
            kept += [word, *values]
    return Script(kind, tuple(kept), tuple(env), tuple(node), tuple(filters))


def _takes(kind: Kind, name: str, already: int) -> bool:
    """Return whether an option takes a further word; of those that are not kept, the ones that are known to."""
    if name in _FLAGS:
        return False
    if name in _LISTS:
        return True
    valued = {"--reporter", "--reporters", "--outputFile", "--maxWorkers", "-w", "-t", "--testNamePattern"}
    valued |= {"--coverageDirectory", "--coverageReporters", "--shard", "--retry", "--bail"} - (
        {"--bail"} if kind == "jest" else set()
    )
    return already == 0 and (name in KEPT[kind] or name in valued)
