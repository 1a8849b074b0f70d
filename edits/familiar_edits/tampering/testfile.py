"""What a Python test file asks of the code: its tests, and of each what it asserts, skips, tolerates and replaces."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from familiar_edits.tampering import strength
from familiar_edits.tampering.normal import equal, imports_of, normal, shape
from familiar_edits.tampering.strength import name_of

_SKIPS = frozenset({
    "skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "importorskip", "skipTest", "SkipTest",
    "exit", "_exit", "flaky", "assume", "abort",
})  # fmt: skip
_SWALLOWS = frozenset({"Exception", "BaseException", "AssertionError", "Failed", ""})
_TOLERANCES = frozenset({"rel", "abs", "rel_tol", "abs_tol", "rtol", "atol", "delta"})
_DIGITS = frozenset({"places", "decimal", "max_examples", "significant"})
_PATCHES = frozenset({"patch", "create_autospec", "setattr", "delattr", "setitem", "delitem", "setenv", "Mock",
                      "MagicMock", "AsyncMock", "multiple"})  # fmt: skip
_FRAMEWORK = frozenset({"pytest", "_pytest", "hypothesis", "mock", "typing_extensions", *sys.stdlib_module_names})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Assertion(NamedTuple):
    """One thing asserted, in normal form; `takes` are the exceptions of a `raises`, `within` how much stands in it."""

    rank: int
    text: str
    takes: tuple[str, ...] = ()
    within: int = 0


class Asked(NamedTuple):
    """What one test asks; or, of a file, what stands outside of its tests."""

    assertions: tuple[Assertion, ...] = ()
    skips: int = 0
    cases: int = 1
    tolerances: tuple[float, ...] = ()
    digits: tuple[float, ...] = ()
    rounds: int = 0
    patches: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    leaves: int = 0
    guards: int = 0
    is_generator: bool = False
    is_async_marked: bool = False


class Suite(NamedTuple):
    """A test file in normal form."""

    tests: dict[str, Asked]
    rest: Asked
    imports: dict[str, str]
    defined: frozenset[str]
    shape: str


class Outline(NamedTuple):
    """A test file's tree in normal form, where its imports are from, and the names that it has of what it tests."""

    tree: ast.Module
    imports: dict[str, str]
    ours: frozenset[str]

    def says_as(self, other: "Outline") -> bool:
        """Whether both files ask the same, as far as it can be told without working out what that is."""
        return self.ours == other.ours and equal(self.tree, other.tree)


def outline(data: bytes, names: Mapping[str, str]) -> Outline | None:
    """Return the file's normal form, None when it does not parse; `names` maps old to new names."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return None
    imports = imports_of(tree)
    ours = {_last(origin) for origin in imports.values() if origin.lstrip(".").partition(".")[0] not in _FRAMEWORK}
    ours |= {origin.rpartition(".")[2] for origin in imports.values() if origin.startswith(".")}
    mine = frozenset(names.get(name, name) for name in ours | _reached(tree, imports))
    return Outline(normal(tree, names), imports, mine)


def read(data: bytes, names: Mapping[str, str]) -> Suite | None:
    """Return what the file asks, None when it does not parse; `names` maps old to new names."""
    found = outline(data, names)
    return suite(found) if found else None


def suite(found: Outline) -> Suite:
    """Return what a file asks."""
    tree = found.tree
    helpers = {node.name: node for node in tree.body if isinstance(node, _FUNCTIONS)}
    constants = _literals(tree.body)
    tests: dict[str, Asked] = {}
    inside: set[ast.AST] = set()
    for name, node, guards, above in _collected(tree.body, "", 0, ()):
        tests[name] = _asked(node, helpers, constants, found.ours, guards, above)
        inside |= set(ast.walk(node))
    outside = [node for node in ast.walk(tree) if node not in inside]
    rest = Asked(skips=_skips(outside), patches=frozenset(_patches(outside)), cases=1)
    defined = {n.name for n in tree.body if isinstance(n, (*_FUNCTIONS, ast.ClassDef))} | set(_assigned(tree.body))
    return Suite(tests, rest, found.imports, frozenset(defined), shape(tree))


def _last(origin: str) -> str:
    return origin.rpartition(".")[2] if "." in origin.strip(".") else origin


def _reached(tree: ast.Module, imports: Mapping[str, str]) -> set[str]:
    """Return the names reached through imported modules that are not the framework's: `shop.total` is `total`."""
    found = set()
    for node in ast.walk(tree):
        root: ast.AST = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(node, ast.Attribute) and isinstance(root, ast.Name):
            origin = imports.get(root.id, "")
            if origin and origin.lstrip(".").partition(".")[0] not in _FRAMEWORK:
                found.add(node.attr)
    return found


# ---------------------------------------------------------------- which tests


def _collected(
    body: Sequence[ast.stmt], prefix: str, guards: int, above: tuple[ast.expr, ...]
) -> Iterator[tuple[str, Function, int, tuple[ast.expr, ...]]]:
    """Yield (name, function, conditions around it, decorators of its classes) of what pytest and unittest collect."""
    for node in body:
        if isinstance(node, _FUNCTIONS) and node.name.startswith("test"):
            yield prefix + node.name, node, guards, above
        elif isinstance(node, ast.ClassDef) and _is_tests(node):
            decorators = (*above, *node.decorator_list)
            yield from _collected(node.body, f"{prefix}{node.name}.", guards, decorators)
        elif isinstance(node, ast.If):
            known = _constant(node.test)
            if known is not False:
                yield from _collected(node.body, prefix, guards + (known is None), above)
            if known is not True:
                yield from _collected(node.orelse, prefix, guards + (known is None), above)
        elif isinstance(node, ast.Try):
            yield from _collected(node.body, prefix, guards + 1, above)


def _is_tests(node: ast.ClassDef) -> bool:
    for inner in node.body:
        if isinstance(inner, ast.Assign) and "__test__" in map(name_of, inner.targets):
            return False
    is_case = any("Test" in name_of(base) for base in node.bases)
    has_init = any(isinstance(n, _FUNCTIONS) and n.name == "__init__" for n in node.body)
    return is_case or (node.name.startswith("Test") and not has_init)


def _constant(node: ast.expr) -> bool | None:
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant):
        return not node.operand.value
    return False if isinstance(node, ast.List | ast.Tuple | ast.Dict) and not ast.dump(node).count("Constant") else None


# ---------------------------------------------------------------- what one test asks


def _asked(
    test: Function,
    helpers: Mapping[str, Function],
    constants: Mapping[str, ast.expr],
    ours: frozenset[str],
    guards: int,
    above: tuple[ast.expr, ...],
) -> Asked:
    decorators = [*test.decorator_list, *above]
    called = {name_of(n.func) for n in ast.walk(test) if isinstance(n, ast.Call)}
    bodies = [test, *(helpers[name] for name in sorted(called & helpers.keys()) if not name.startswith("test"))]
    nodes = [n for body in bodies for n in ast.walk(body)]
    assertions = dict.fromkeys(a for body in bodies for a in _assertions(body.body, _values(body), 0))
    numbers = {False: list[float](), True: list[float]()}
    for node in [*nodes, *(n for d in decorators for n in ast.walk(d))]:
        if (
            isinstance(node, ast.keyword)
            and node.arg in (_TOLERANCES | _DIGITS)
            and isinstance(node.value, ast.Constant | ast.BinOp | ast.UnaryOp)
        ):
            numbers[node.arg in _DIGITS].append(_number(node.value))
    names = {name_of(n) for n in nodes if isinstance(n, ast.Name | ast.Attribute)}
    names -= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    marks = {name_of(n.func if isinstance(n, ast.Call) else n) for n in decorators}
    return Asked(
        assertions=tuple(sorted(assertions)),
        skips=_skips([*nodes, *(n for d in above for n in ast.walk(d))]),
        cases=_cases(test, decorators, constants),
        tolerances=tuple(sorted(numbers[False])),
        digits=tuple(sorted(numbers[True])),
        rounds=sum(isinstance(n, ast.Call) and name_of(n.func) in ("round", "int") for n in nodes),
        patches=frozenset(_patches(nodes)),
        uses=frozenset(names & ours),
        leaves=sum(isinstance(n, ast.Return) for body in bodies[:1] for n in _own(body)),
        guards=guards,
        is_generator=any(isinstance(n, ast.Yield | ast.YieldFrom) for n in _own(test)),
        is_async_marked=bool(marks & {"asyncio", "anyio", "trio", "gen_test"}),
    )


def _own(function: Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function that are not of one inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _assertions(body: Sequence[ast.stmt], values: Mapping[str, ast.expr], less: int) -> Iterator[Assertion]:
    """Yield what is asserted by statements that can be reached; `less` is what stands around takes from its rank."""
    for node in body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            continue
        yield from _of_statement(node, values, less)
        if _ends(node):
            return


def _of_statement(node: ast.stmt, values: Mapping[str, ast.expr], less: int) -> Iterator[Assertion]:
    match node:
        case ast.Assert():
            expression = _Inline(values).visit(_copy(node.test))
            yield Assertion(max(0, strength.of_expression(expression) - less), ast.dump(expression))
        case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
            rank = strength.of_call(_Inline(values).visit(_copy(call)))
            if rank is not None:
                yield Assertion(max(0, rank - less), ast.dump(call), tuple(strength.expected(call)) * ("Raises" in
                                name_of(call.func)))  # fmt: skip
            elif (rank := strength.of_raises(call)) is not None:
                yield Assertion(max(0, rank - less), ast.dump(call), tuple(strength.expected(call)), 1)
        case ast.If():
            known = _constant(node.test)
            if known is not False:
                yield from _assertions(node.body, values, less + (known is None))
            if known is not True:
                yield from _assertions(node.orelse, values, less + (known is None))
        case ast.For(iter=ast.List(elts=[]) | ast.Tuple(elts=[])) | ast.While(test=ast.Constant(value=False | 0)):
            return
        case ast.For() | ast.AsyncFor() | ast.While():
            yield from _assertions([*node.body, *node.orelse], values, less)
        case ast.With() | ast.AsyncWith():
            yield from _of_with(node, values, less)
        case ast.Try():
            swallowed = _swallowed(node.handlers)
            if swallowed < 2:
                yield from _assertions([*node.body, *node.orelse], values, less + swallowed)
            yield from _assertions(node.finalbody, values, less)
            for handler in node.handlers:
                yield from _assertions(handler.body, values, less + 1)


def _of_with(node: ast.With | ast.AsyncWith, values: Mapping[str, ast.expr], less: int) -> Iterator[Assertion]:
    inverted = False
    for item in node.items:
        call = item.context_expr
        if not isinstance(call, ast.Call):
            continue
        rank = strength.of_raises(call)
        if rank is not None:
            takes = strength.expected(call)
            inverted |= bool({"Exception", "BaseException", "AssertionError"} & set(takes))
            yield Assertion(max(0, rank - less), f"{ast.dump(call)} {len(node.body)}", tuple(takes), len(node.body))
        elif name_of(call.func) == "suppress":
            inverted |= bool(_SWALLOWS & set(map(name_of, call.args)))
    if not inverted:
        yield from _assertions(node.body, values, less)


def _swallowed(handlers: Iterable[ast.ExceptHandler]) -> int:
    """Return 2 when a failed assertion would not be seen, 1 when some other error would not, 0 when all are."""
    worst = 0
    for handler in handlers:
        if any(isinstance(n, ast.Raise) or _is_fail(n) for n in ast.walk(handler)):
            continue
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {name_of(t) if t else "" for t in types}
        worst = max(worst, 2 if names & _SWALLOWS else 1)
    return worst


def _is_fail(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) == "fail"


def _ends(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    if isinstance(node, ast.If) and _constant(node.test) is True:
        return any(map(_ends, node.body))
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and name_of(call.func) in ("skip", "xfail", "skipTest", "exit", "_exit")


class _Inline(ast.NodeTransformer):
    """Writes the values of local names in their place, so that `x = f(); assert x == f()` shows what it is."""

    def __init__(self, values: Mapping[str, ast.expr], depth: int = 3) -> None:
        self.values, self.depth = values, depth

    def visit_Name(self, node: ast.Name) -> ast.AST:
        value = self.values.get(node.id) if self.depth else None
        return node if value is None else _Inline(self.values, self.depth - 1).visit(_copy(value))


def _copy(node: ast.expr) -> ast.expr:
    copied = ast.parse(ast.unparse(node), mode="eval").body
    return copied


def _values(function: Function) -> dict[str, ast.expr]:
    """Return the local names that are given a value once, and that value."""
    found: dict[str, ast.expr] = {}
    again: set[str] = set()
    for node in _own(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            again |= {name} & found.keys()
            found[name] = node.value
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            again |= {node.id} - {n for n, v in found.items() if v is not None and n == node.id}
    stored = [n.id for n in _own(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return {name: value for name, value in found.items() if stored.count(name) == 1 and len(ast.dump(value)) < 4000}


def _skips(nodes: Iterable[ast.AST]) -> int:
    found = 0
    for node in nodes:
        if isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
            found += name_of(node) in _SKIPS
        found += isinstance(node, ast.Name) and node.id in ("collect_ignore", "collect_ignore_glob")
    return found


def _patches(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield what is replaced: patches, and assignments to what belongs to another object's module or class."""
    for node in nodes:
        if isinstance(node, ast.Call):
            func = node.func
            names = {name_of(func), name_of(func.value) if isinstance(func, ast.Attribute) else ""}
            if names & _PATCHES:
                yield ast.dump(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                dumped = ast.dump(target)
                if (isinstance(target, ast.Attribute) and name_of(target.value) not in ("self", "cls", "")) or (
                    isinstance(target, ast.Subscript) and ("modules" in dumped or "__dict__" in dumped)
                ):
                    yield dumped


def _cases(test: Function, decorators: Sequence[ast.expr], constants: Mapping[str, ast.expr]) -> int:
    """Return how many times the body runs over what is written out: parametrised cases and loops over literals."""
    found = 1
    for node in decorators:
        if isinstance(node, ast.Call) and name_of(node.func) in ("parametrize", "expand", "data"):
            values = next((k.value for k in node.keywords if k.arg == "argvalues"), None)
            given = values or (node.args[1] if len(node.args) > 1 else node.args[0] if node.args else None)
            found *= _length(given, constants)
    for inner in _own(test):
        if isinstance(inner, ast.For | ast.comprehension):
            found += _length(inner.iter, constants) - 1
    return found


def _length(node: ast.expr | None, constants: Mapping[str, ast.expr]) -> int:
    if isinstance(node, ast.Name) and node.id in constants:
        node = constants[node.id]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return len({ast.dump(element) for element in node.elts})
    if isinstance(node, ast.Dict):
        return len(node.values)
    if isinstance(node, ast.Call) and node.args and not node.keywords:
        return _length(node.args[0], constants)
    if isinstance(node, ast.Subscript):
        return 1
    return 1


def _number(node: ast.expr) -> float:
    try:
        return float(ast.literal_eval(node))
    except (ValueError, TypeError):
        return 0.0


def _literals(body: Iterable[ast.stmt]) -> dict[str, ast.expr]:
    return {
        node.targets[0].id: node.value
        for node in body
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }


def _assigned(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Assign):
            yield from (name_of(target) for target in node.targets)
