"""What JavaScript and TypeScript files answer."""

from collections import Counter
from pathlib import Path

import pytest
from familiar_codegraph.conventions import learn
from familiar_codegraph.conventions.facts import facts
from familiar_codegraph.conventions.learning import read
from support.fixture import parse

CASES = [
    ("a.ts", "const a = 'x'\nlet b = \"y\"\nf(\"it's\")", {"ts.quotes single": 1, "ts.quotes double": 1,
     "ts.binding const": 1, "ts.binding let": 1, "ts.semicolons no": 3}),
    ("a.ts", "interface A { a: string }\ntype B = { b: number };\ntype C = string;",
     {"ts.record interface": 1, "ts.record type": 1, "ts.semicolons yes": 2}),
    ("a.ts", "import type { A } from './a';\nexport default class Foo {}\nexport { x };",
     {"ts.import-type yes": 1, "ts.semicolons yes": 1, "ts.quotes single": 1, "ts.export default": 1,
      "ts.export named": 1, "ts.naming.class PascalCase": 1}),
    ("a.ts", "import { A, b as c } from 'a';\nimport { B } from 'b';\nimport D from 'd';\nlet x: A & B = c; new D();",
     {"ts.import-type no": 1, "ts.quotes single": 3, "ts.binding let": 1, "ts.semicolons yes": 5}),
    ("a.js", "export const readAll = (x) => x ?? 1;\nfunction get_one() { return a || 2; }",
     {"ts.export named": 1, "ts.binding const": 1, "ts.function arrow": 1, "ts.function declaration": 1,
      "ts.naming.function camelCase": 1, "ts.naming.function snake_case": 1, "ts.nullish ??": 1, "ts.nullish ||": 1,
      "ts.semicolons yes": 2}),
    ("a.js", "const MAX_SIZE = 3;\nf(\n  a,\n  b,\n);\ng({\n  a,\n  b\n});",
     {"ts.binding const": 1, "ts.naming.constant UPPER_CASE": 1, "ts.trailing-comma yes": 1, "ts.trailing-comma no": 1,
      "ts.semicolons yes": 3}),
    ("a.tsx", "async function run() { await go(); go().then(f); }\nconst a = <a href=\"x\" />;",
     {"ts.function declaration": 1, "ts.async await": 1, "ts.async then": 1, "ts.binding const": 1,
      "ts.semicolons yes": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "expected"), CASES)
def test_answers(path: str, text: str, expected: dict[str, int]) -> None:
    walked = read(path, text.encode())
    assert walked is not None
    assert Counter(f"{o.question} {o.answer}" for o in walked.occurrences) == expected
    assert {f"{q} {a}": n for q, a, n, _ in walked.habits.counts} == expected


def test_facts_and_law_of_a_project(tmp_path: Path) -> None:
    files = "".join(
        f"#- src/m{n}.ts\nimport {{ a }} from 'a';\nexport const readAll = () => f('x', 'y');\n" for n in range(9)
    )
    parse(f'{files}#- .prettierrc\n{{"singleQuote": true}}\n').write(tmp_path)
    house = learn(tmp_path)
    found = {fact.question: (fact.answer, fact.source) for fact in facts(house)}
    assert found["ts.quotes"] == ("single", ".prettierrc singleQuote")
    assert found["ts.function"] == ("arrow", "")
    new = b'export const readAll = () => f("x")\n'
    flagged = {(v.question, v.here, v.house) for v in house.violations("src/new.ts", new, [(0, len(new))])}
    assert flagged == {("ts.quotes", "double", "single"), ("ts.semicolons", "no", "yes")}
