"""How much an assertion of a test can notice, as a rank that an edit must not lower.

5 an exact value, 4 a value up to a tolerance or a named exception, 3 an order or membership, 2 truth or type, 1 almost
anything, 0 nothing: it cannot fail, whatever the code under test does.
"""

import ast
import builtins

NOTHING, ANY, TRUTH, ORDER, NEAR, EXACT = range(6)
_BUILTINS = frozenset(dir(builtins))
_NEAR = frozenset({"approx", "isclose", "allclose"})
_OF_UNITTEST = {
    "assertEqual": EXACT, "assertIs": EXACT, "assertDictEqual": EXACT, "assertListEqual": EXACT,
    "assertTupleEqual": EXACT, "assertSetEqual": EXACT, "assertSequenceEqual": EXACT, "assertMultiLineEqual": EXACT,
    "assertCountEqual": NEAR, "assertAlmostEqual": NEAR, "assertRaisesRegex": EXACT, "assertWarnsRegex": EXACT,
    "assertRaises": NEAR, "assertWarns": NEAR, "assertNotEqual": TRUTH, "assertIsNotNone": TRUTH,
    "assertIsInstance": TRUTH, "assertNotIn": TRUTH, "assertIsNone": NEAR,
}  # fmt: skip
_OF_MOCKS = {
    "assert_called_once_with": EXACT, "assert_awaited_once_with": EXACT, "assert_called_with": NEAR,
    "assert_awaited_with": NEAR, "assert_has_calls": NEAR, "assert_any_call": ORDER, "assert_not_called": ORDER,
    "assert_called_once": ORDER, "assert_awaited_once": ORDER, "assert_called": TRUTH, "assert_awaited": TRUTH,
}  # fmt: skip
_BROAD = frozenset({"Exception", "BaseException"})


def of_expression(node: ast.expr) -> int:
    """Return the rank of `assert node`."""
    if not _reads_anything(node):
        return NOTHING
    match node:
        case ast.BoolOp(op=ast.Or()):
            return max(NOTHING, min(map(of_expression, node.values)) - 1)
        case ast.BoolOp():
            return max(map(of_expression, node.values))
        case ast.UnaryOp(op=ast.Not()):
            return min(of_expression(node.operand), ORDER)
        case ast.Compare():
            return _compared(node)
        case ast.NamedExpr():
            return of_expression(node.value)
        case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]) | ast.Set() | ast.Lambda() | ast.GeneratorExp():
            return NOTHING
        case ast.IfExp():
            return min(of_expression(node.body), of_expression(node.orelse)) - 1
        case ast.Call():
            return _called(node)
    return TRUTH


def _reads_anything(node: ast.AST) -> bool:
    """Return whether the value can depend on anything but what is written out."""
    return any(isinstance(n, ast.Name) and n.id not in _BUILTINS for n in ast.walk(node)) or any(
        isinstance(n, ast.Name) and n.id in ("open", "globals", "vars", "eval") for n in ast.walk(node)
    )


def _compared(node: ast.Compare) -> int:
    sides = [node.left, *node.comparators]
    if len({ast.dump(side) for side in sides}) < len(sides):
        return NOTHING
    op, right = node.ops[0], node.comparators[0]
    if any(name_of(side) == "ANY" for side in sides):
        return ANY
    if isinstance(op, ast.Eq | ast.Is):
        if isinstance(right, ast.Constant) and isinstance(right.value, bool):
            inner = of_expression(node.left)
            return max(inner, NEAR) if inner else NOTHING
        near = any(isinstance(n, ast.Call) and name_of(n.func) in _NEAR for n in ast.walk(node))
        return NEAR if near else EXACT
    if isinstance(op, ast.NotEq | ast.IsNot | ast.NotIn):
        return TRUTH
    if isinstance(op, ast.In) and isinstance(right, ast.List | ast.Tuple | ast.Set):
        return _among(node.left, right.elts)
    is_length = isinstance(node.left, ast.Call) and name_of(node.left.func) == "len"
    if is_length and isinstance(right, ast.Constant):
        always = {ast.GtE: 0, ast.Gt: -1}.get(type(op))
        if always is not None and isinstance(right.value, int) and right.value <= always:
            return NOTHING
        return TRUTH if isinstance(op, ast.Gt) and right.value == 0 else ORDER
    return ORDER


def _among(left: ast.expr, given: list[ast.expr]) -> int:
    values = {n.value for n in given if isinstance(n, ast.Constant)}
    if {True, False} <= values or ast.dump(left) in {ast.dump(n) for n in given}:
        return NOTHING
    return ORDER


def _called(node: ast.Call) -> int:
    name, arguments = name_of(node.func), node.args
    if name == "isinstance" and len(arguments) == 2:
        return NOTHING if name_of(arguments[1]) == "object" else TRUTH
    if name in ("hasattr", "callable", "any", "bool", "str", "repr"):
        return ANY if name in ("str", "repr") else TRUTH
    if name in _NEAR:
        return NEAR
    return ORDER if name == "all" else TRUTH


def of_call(node: ast.Call) -> int | None:
    """Return the rank of a statement that is a call, None when it asserts nothing that is known."""
    name = name_of(node.func)
    if name in ("assertTrue", "assertFalse", "assert_") and node.args:
        return of_expression(node.args[0])
    if name in _OF_UNITTEST and name in ("assertRaises", "assertRaisesRegex"):
        return of_raises(node)
    if name in _OF_UNITTEST or (name.startswith("assert") and name[6:7].isupper()):
        return _of_method(node, name)
    if name in _OF_MOCKS and isinstance(node.func, ast.Attribute):
        return _OF_MOCKS[name] if not any(name_of(a) == "ANY" for a in node.args) else ORDER
    if name.startswith(("assert_", "check_", "expect_", "verify_")) or name in ("check", "verify", "expect"):
        near = "close" in name or "almost" in name
        return NEAR if near else EXACT
    if name == "fail" and isinstance(node.func, ast.Attribute):
        return TRUTH
    return None


def _of_method(node: ast.Call, name: str) -> int:
    if not any(_reads_anything(argument) for argument in node.args):
        return NOTHING
    rank = _OF_UNITTEST.get(name, ORDER)
    if len(node.args) >= 2 and ast.dump(node.args[0]) == ast.dump(node.args[1]):
        return NOTHING
    if name == "assertIsInstance" and len(node.args) >= 2 and name_of(node.args[1]) == "object":
        return NOTHING
    return rank


def of_raises(node: ast.Call) -> int | None:
    """Return the rank of `pytest.raises(…)` and its like, None for another call."""
    name = name_of(node.func)
    if name not in ("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns", "deprecated_call"):
        return None
    broad = not node.args or any(e in _BROAD for e in expected(node))
    match = next((k.value for k in node.keywords if k.arg == "match"), None)
    if name == "assertRaisesRegex" and len(node.args) > 1:
        match = node.args[1]
    says = match is not None and not (isinstance(match, ast.Constant) and match.value in ("", ".*", ".", ".+"))
    return (TRUTH if broad else NEAR) + says


def expected(node: ast.Call) -> list[str]:
    """Return the names of the exceptions that `raises` takes."""
    if not node.args:
        return []
    first = node.args[0]
    return [name_of(e) for e in (first.elts if isinstance(first, ast.Tuple) else [first])]


def is_broader(before: list[str], after: list[str]) -> bool:
    """Return whether exceptions named `after` take more than those named `before`."""
    if len(set(after)) > len(set(before)):
        return True
    return any(_above(new, old) for old in before for new in after if new not in before)


def _above(new: str, old: str) -> bool:
    first, second = getattr(builtins, old, None), getattr(builtins, new, None)
    if isinstance(second, type) and new in _BROAD:
        return True
    return isinstance(first, type) and isinstance(second, type) and first is not second and issubclass(first, second)


def name_of(node: ast.AST) -> str:
    """Return the last name of a name or an attribute, "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
