"""What names mean in JavaScript and TypeScript: each case is a few files with marks, as in test_resolution.

Expected: `id via verdict`; `-` for a place that is known to be outside the repository, `?` for one that is not known;
an occurrence that is two things at once (`{a}` takes a property and declares a variable) has both, joined by `|`.
"""

from pathlib import Path

import pytest
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import extract
from familiar_codegraph.values import Answers
from familiar_codegraph.workspace import Workspace
from support.fixture import parse
from support.marks import graph_of, means

SHOP = """
        #- src/cart.ts
        export interface Priced { price(): number; label?: string }
        export class Item implements Priced {
          constructor(readonly name: string, private owner: Owner) {}
          price() { return 1; }
        }
        export class Owner { items: Item[] = []; best(): Item { return this.items[0]; } }
        export enum Size { Small, Large = 2 }
        export const shelf = { find(name: string) { return new Item(name, new Owner()); }, size: Size.Large };
        export default function total(priced: Priced) { return priced.price(); }
"""

CASES = {
    "scopes: blocks, hoisting, closures": (
        """
        #- main.ts
        let x = 1;
        { let x = 2; x⟦inner⟧; { x⟦closure⟧ } }
        x⟦outer⟧;
        function f() {
          late⟦hoisted⟧();
          if (x) { var v = 1; let b = 2; }
          v⟦var⟧; b⟦gone⟧;
          function late() {}
          return () => x⟦captured⟧;
        }
        for (const i of [1]) { i⟦loop⟧; }
        try {} catch (error) { error⟦caught⟧; }
        switch (x) { case 1: const c = 1; default: c⟦case⟧; }
        """,
        {
            "inner": "main.ts::<block>.x scope yes",
            "closure": "main.ts::<block>.x scope yes",
            "outer": "main.ts::x scope yes",
            "hoisted": "main.ts::f.late scope yes",
            "var": "main.ts::f.v scope yes",
            "gone": "? ambiguous unsure",
            "captured": "main.ts::x scope yes",
            "loop": "main.ts::<block>#2.i scope yes",
            "caught": "main.ts::<catch>.error scope yes",
            "case": "main.ts::<block>#3.c scope yes",
        },
    ),
    "a class's members are not seen as bare names": (
        """
        #- main.ts
        const size = 1;
        class Box { size = 2; copy = size⟦field⟧; get() { return size⟦method⟧ + this.size⟦this⟧; } }
        """,
        {
            "field": "main.ts::size scope yes",
            "method": "main.ts::size scope yes",
            "this": "main.ts::Box.size self yes",
        },
    ),
    "parameters, defaults, destructuring": (
        """
        #- main.ts
        class Owner { name = ""; pet = new Pet(); }
        class Pet { age = 1; }
        function f({ name⟦short⟧, pet: { age⟦deep⟧ } }: Owner, [first]: Pet[], ...rest: Pet[]) {
          name⟦local⟧; first.age⟦element⟧; rest[0].age⟦rest⟧;
        }
        function g(pet = new Pet()) { pet.age⟦default⟧; }
        const { pet⟦taken⟧: mine } = new Owner();
        mine.age⟦renamed⟧;
        """,
        {
            "short": "main.ts::f.name|main.ts::Owner.name scope yes",
            "deep": "main.ts::f.age|main.ts::Pet.age scope yes",
            "local": "main.ts::f.name scope yes",
            "element": "main.ts::Pet.age inferred yes",
            "rest": "main.ts::Pet.age annotation yes",
            "default": "main.ts::Pet.age constructor yes",
            "taken": "main.ts::Owner.pet constructor yes",
            "renamed": "main.ts::Pet.age constructor yes",
        },
    ),
    "an assignment belongs to the scope that declares the name": (
        """
        #- main.js
        let current;
        class Job { run() {} }
        function start() { current⟦set⟧ = new Job(); }
        current⟦read⟧ = null;
        unknown⟦nowhere⟧ = 1;
        """,
        {"set": "main.js::current scope yes", "read": "main.js::current scope yes", "nowhere": "? ambiguous unsure"},
    ),
    "imports: named, default, namespace, renamed, of types": (
        SHOP
        + """
        #- src/index.ts
        export * from "./cart.js";
        export { default as sum, shelf as shop } from "./cart";
        export * as everything from "./cart";
        #- src/use.ts
        import total⟦default⟧, { Item⟦named⟧ as Thing⟦alias⟧ } from "./cart";
        import type { Priced⟦type⟧ } from ".";
        import { sum⟦reexported⟧, shop⟦renamed⟧, Size⟦starred⟧, everything⟦space⟧ } from "./index";
        import * as cart from "./cart⟦module⟧";
        total⟦call⟧(null); cart.Owner⟦member⟧; everything.Item⟦inside⟧;
        import { debounce⟦outside⟧ } from "lodash";
        import { missing⟦missing⟧ } from "./cart";
        """,
        {
            "default": "src/cart.ts::total import yes",
            "named": "src/cart.ts::Item import yes",
            "alias": "src/cart.ts::Item import yes",
            "type": "src/cart.ts::Priced import yes",
            "reexported": "src/cart.ts::total import yes",
            "renamed": "src/cart.ts::shelf import yes",
            "starred": "src/cart.ts::Size import yes",
            "space": "src/cart.ts import yes",
            "module": "src/cart.ts import yes",
            "call": "src/cart.ts::total import yes",
            "member": "src/cart.ts::Owner import yes",
            "inside": "src/cart.ts::Item import yes",
            "outside": "- import yes",
            "missing": "? ambiguous unsure",
        },
    ),
    "extensions, folders, and what a local export is called": (
        """
        #- lib/index.tsx
        const inner = 1;
        export { inner as outer };
        #- lib/types.d.ts
        export interface Typed { field: string }
        #- lib/old.mjs
        export default class {}
        #- app.ts
        import { outer⟦folder⟧ } from "./lib";
        import { inner⟦hidden⟧ } from "./lib/index";
        import { Typed⟦declared⟧ } from "./lib/types";
        import Old⟦anonymous⟧ from "./lib/old.mjs";
        """,
        {
            "folder": "lib/index.tsx::inner import yes",
            "hidden": "? ambiguous unsure",
            "declared": "lib/types.d.ts::Typed import yes",
            "anonymous": "lib/old.mjs::default import yes",
        },
    ),
    "tsconfig.json: paths, baseUrl, extends, comments": (
        """
        #- tsconfig.base.json
        { // what all share
          "compilerOptions": { "baseUrl": "./src", "paths": { "@lib/*": ["lib/*"], "exact": ["lib/one.ts"], }, },
        }
        #- tsconfig.json
        { "extends": "./tsconfig.base.json" }
        #- src/lib/one.ts
        export const one = 1;
        #- src/app/main.ts
        import { one⟦star⟧ } from "@lib/one";
        import { one as b⟦exact⟧ } from "exact";
        import { one as c⟦base⟧ } from "lib/one";
        import { one as d⟦none⟧ } from "@lib/two";
        """,
        {
            "star": "src/lib/one.ts::one import yes",
            "exact": "src/lib/one.ts::one import yes",
            "base": "src/lib/one.ts::one import yes",
            "none": "? ambiguous unsure",
        },
    ),
    "packages of the repository: exports, main, built files that stand for sources": (
        """
        #- package.json
        { "workspaces": ["packages/*"] }
        #- packages/core/package.json
        { "name": "@shop/core", "exports": { ".": { "import": "./dist/index.js" }, "./tools/*": "./src/tools/*.ts" } }
        #- packages/core/src/index.ts
        export const core = 1;
        #- packages/core/src/tools/saw.ts
        export const saw = 1;
        #- packages/old/package.json
        { "name": "old", "main": "lib/main.js" }
        #- packages/old/lib/main.js
        exports.start = function () {};
        #- packages/app/main.ts
        import { core⟦exports⟧ } from "@shop/core";
        import { saw⟦pattern⟧ } from "@shop/core/tools/saw";
        import { start⟦main⟧ } from "old";
        """,
        {
            "exports": "packages/core/src/index.ts::core import yes",
            "pattern": "packages/core/src/tools/saw.ts::saw import yes",
            "main": "packages/old/lib/main.js::start import yes",
        },
    ),
    "CommonJS": (
        """
        #- box.js
        class Box { open() { return this; } }
        function pack() {}
        exports.pack = pack;
        exports.limit = 3;
        module.exports.Box = Box;
        #- single.js
        module.exports = class Single { go() {} };
        #- table.js
        function inner() {}
        module.exports = { inner, other: function () {} };
        #- main.js
        const { Box⟦taken⟧, pack: wrap⟦renamed⟧ } = require("./box");
        const box = require("./box⟦module⟧");
        box.pack⟦property⟧(); box.limit⟦value⟧; new Box().open⟦method⟧().open⟦chain⟧();
        const Single = require("./single");
        new Single().go⟦assigned⟧();
        const { inner⟦through⟧ } = require("./table");
        require("./table").other⟦literal⟧();
        """,
        {
            "taken": "box.js::Box import yes",
            "renamed": "box.js::pack import yes",
            "module": "box.js import yes",
            "property": "box.js::pack import yes",
            "value": "box.js::limit import yes",
            "method": "box.js::Box.open constructor yes",
            "chain": "box.js::Box.open inferred yes",
            "assigned": "single.js::Single.go constructor yes",
            "through": "table.js::inner import yes",
            "literal": "table.js::exports.other inferred yes",
        },
    ),
    "import() with a literal": (
        """
        #- late.ts
        export class Late { load() {} }
        #- main.ts
        const module = await import("./late⟦path⟧");
        new module.Late⟦member⟧().load⟦method⟧();
        import("./late").then(m => m.Late⟦then⟧);
        """,
        {
            "path": "late.ts import yes",
            "member": "late.ts::Late import yes",
            "method": "late.ts::Late.load constructor yes",
            "then": "late.ts::Late import yes",
        },
    ),
    "members: this, super, bases, static, accessors, private": (
        """
        #- main.ts
        class Base { name = ""; hello() {} static make() { return new Base(); } }
        class Sub extends Base {
          #secret = 1;
          constructor(private readonly tool: Base) { super(); this.name⟦base⟧ = ""; this.tool⟦field⟧.hello⟦typed⟧(); }
          hello() { super.hello⟦super⟧(); this.#secret⟦private⟧; this.same⟦getter⟧.hello⟦through⟧(); }
          get same() { return this; }
          static build() { return this.make⟦static⟧(); }
          later = () => this.hello⟦arrow⟧();
        }
        Sub.build().hello⟦made⟧();
        new Sub(new Base()).absent⟦absent⟧;
        """,
        {
            "base": "main.ts::Base.name base yes",
            "field": "main.ts::Sub.tool self yes",
            "typed": "main.ts::Base.hello annotation yes",
            "super": "main.ts::Base.hello base yes",
            "private": "main.ts::Sub.#secret self yes",
            "getter": "main.ts::Sub.same self yes",
            "through": "main.ts::Sub.hello inferred yes",
            "static": "main.ts::Base.make base yes",
            "arrow": "main.ts::Sub.hello self yes",
            "made": "main.ts::Base.hello constructor yes",
            "absent": "? ambiguous unsure",
        },
    ),
    "annotations: interfaces, aliases, unions, arrays, promises, functions": (
        SHOP
        + """
        #- src/use.ts
        import { Item, Owner, Priced, Size, shelf } from "./cart";
        type Named = { name: string; owner: Owner };
        type Maybe = Item | null;
        declare function load(): Promise<Item[]>;
        async function f(priced: Priced, named: Named, maybe: Maybe, either: Item | Owner, many: Map<string, Item>) {
          priced.price⟦interface⟧(); named.owner⟦alias⟧.best⟦deep⟧(); maybe.name⟦null⟧; either.name⟦union⟧;
          many.get("a").name⟦map⟧; (await load())[0].price⟦awaited⟧();
          for (const item of new Owner().items) item.name⟦loop⟧;
          new Owner().items.map(item => item.owner⟦callback⟧).filter(o => o.best⟦chained⟧());
          shelf.find⟦object⟧("a").price⟦result⟧(); shelf.size⟦property⟧; Size.Small⟦enum⟧;
          (priced as Item).name⟦cast⟧;
          if (priced instanceof Item) { priced.name⟦narrowed⟧; }
        }
        function generic<T extends Priced>(value: T) { value.price⟦constraint⟧(); }
        function open(anything: any, nothing) { anything.price⟦any⟧(); nothing.best⟦unique⟧(); }
        """,
        {
            "interface": "src/cart.ts::Priced.price annotation yes",
            "alias": "src/use.ts::Named.owner annotation yes",
            "deep": "src/cart.ts::Owner.best annotation yes",
            "null": "src/cart.ts::Item.name annotation yes",
            "union": "src/cart.ts::Item.name inferred unsure",
            "map": "src/cart.ts::Item.name inferred yes",
            "awaited": "src/cart.ts::Item.price inferred yes",
            "loop": "src/cart.ts::Item.name annotation yes",
            "callback": "src/cart.ts::Item.owner inferred yes",
            "chained": "src/cart.ts::Owner.best annotation yes",
            "object": "src/cart.ts::shelf.find inferred yes",
            "result": "src/cart.ts::Item.price constructor yes",
            "property": "src/cart.ts::shelf.size inferred yes",
            "enum": "src/cart.ts::Size.Small scope yes",
            "cast": "src/cart.ts::Item.name inferred yes",
            "narrowed": "src/cart.ts::Item.name inferred yes",
            "constraint": "src/cart.ts::Priced.price annotation yes",
            "any": "? ambiguous unsure",
            "unique": "src/cart.ts::Owner.best unique unsure",
        },
    ),
    "an object literal's properties are those of the type that it should have": (
        """
        #- main.ts
        interface Options { deep?: Options; onDone?: (job: Job) => void }
        class Job { cancel() {} }
        function run(options: Options, extra?: number) {}
        run({ deep⟦key⟧: { onDone⟦inner⟧: job => job.cancel⟦callback⟧() } });
        const given: Options = { onDone(job) { job.cancel⟦method⟧(); } };
        const free = { a: 1, b() { return this.a⟦this⟧; } };
        function make(): Options { return { deep⟦returned⟧: {} }; }
        anything({ deep⟦unknown⟧: 1 });
        """,
        {
            "key": "main.ts::Options.deep inferred yes",
            "inner": "main.ts::Options.onDone annotation yes",
            "callback": "main.ts::Job.cancel inferred yes",
            "method": "main.ts::Job.cancel inferred yes",
            "this": "main.ts::free.a inferred yes",
            "returned": "main.ts::Options.deep inferred yes",
            "unknown": "? ambiguous unsure",
        },
    ),
    "declarations that merge; namespaces; overloads": (
        """
        #- main.ts
        interface Window2 { a: number }
        interface Window2 { b: number }
        class Host {}
        namespace Host { export const port = 1; export function open() { return port⟦bare⟧; } }
        function pick(x: string): Window2; function pick(x: number): Window2; function pick(x: any) { return x; }
        declare const w: Window2;
        w.a⟦first⟧; w.b⟦second⟧; Host.port⟦space⟧; pick(1).b⟦overload⟧;
        """,
        {
            "bare": "main.ts::Host#2.port scope yes",
            "first": "main.ts::Window2.a annotation yes",
            "second": "main.ts::Window2#2.b annotation yes",
            "space": "main.ts::Host#2.port scope yes",
            "overload": "main.ts::Window2#2.b annotation yes",
        },
    ),
    "tests of types: instanceof, functions that say so, and what is known already": (
        """
        #- main.ts
        class Base { name = ""; }
        class Sub extends Base { name = ""; extra = 1; }
        class Other { size = 1; }
        function isSub(value: unknown): value is Sub { return value instanceof Sub; }
        function isSecond(other: unknown, value: unknown): value is Sub { return true; }
        function f(base: Base, sub: Sub, any, either: Base | Other) {
          if (isSub(base)) { base.extra⟦guard⟧; base.name⟦overridden⟧; }
          if (sub instanceof Base) { sub.name⟦kept⟧; }
          if (isSecond(any, base)) { any.extra⟦second⟧; }
          if (!(either instanceof Other)) return;
          either.size⟦after⟧;
        }
        """,
        {
            "guard": "main.ts::Sub.extra inferred yes",
            "overridden": "main.ts::Sub.name inferred yes",
            "kept": "main.ts::Sub.name annotation yes",
            "second": "main.ts::Sub.extra unique unsure",
            "after": "main.ts::Other.size inferred yes",
        },
    ),
    "intersections, and the type of this": (
        """
        #- main.ts
        interface Named { name: string }
        interface Sized { size: number }
        type Both = Named & Sized & { own: number };
        function f(this: Named, both: Both) { both.name⟦first⟧; both.size⟦second⟧; both.own⟦own⟧; this.name⟦this⟧; }
        function g<T>(mixed: Named & T) { mixed.name⟦known⟧; mixed.size⟦unknown⟧; }
        """,
        {
            "first": "main.ts::Named.name annotation yes",
            "second": "main.ts::Sized.size annotation yes",
            "own": "main.ts::<type>.own annotation yes",
            "this": "main.ts::Named.name inferred yes",
            "known": "main.ts::Named.name annotation yes",
            "unknown": "main.ts::Sized.size unique unsure",
        },
    ),
    "what is called without a name": (
        """
        #- main.ts
        class Made { run() {} }
        interface Factory {
          // without a semicolon
          <T>(options: { deep: T }): Made
          <T, U>(first: T, second: U): Made
          plain(): void
        }
        declare const make: Factory;
        make({ deep⟦key⟧: 1 }).run⟦result⟧();
        """,
        {"key": "main.ts::Factory.<type>#2.deep inferred yes", "result": "main.ts::Made.run inferred yes"},
    ),
    "names that nothing binds: the language's, the repository's .d.ts, or unknown": (
        """
        #- globals.d.ts
        declare const VERSION: string;
        interface Shared { id: number }
        #- main.ts
        console⟦builtin⟧.log(VERSION⟦declared⟧, mystery⟦unknown⟧);
        const s: Shared⟦type⟧ = null; s.id⟦member⟧;
        """,
        {
            "builtin": "- import yes",
            "declared": "globals.d.ts::VERSION import yes",
            "unknown": "? ambiguous unsure",
            "type": "globals.d.ts::Shared import yes",
            "member": "globals.d.ts::Shared.id annotation yes",
        },
    ),
    "JSX: components, their attributes, what is written as text": (
        """
        #- button.tsx
        export interface Props { label: string; onPress?: (at: Point) => void }
        export class Point { x = 0; }
        export function Button(props: Props) { return <b title={props.label⟦props⟧}>x</b>; }
        #- app.tsx
        import { Button } from "./button";
        export const App = () => <Button⟦open⟧ label⟦attribute⟧="a" onPress={at => at.x⟦callback⟧}>hi</Button⟦close⟧>;
        """,
        {
            "props": "button.tsx::Props.label annotation yes",
            "open": "button.tsx::Button import yes",
            "attribute": "button.tsx::Props.label inferred yes",
            "callback": "button.tsx::Point.x inferred yes",
            "close": "button.tsx::Button import yes",
        },
    ),
    "languages share no names": (
        """
        #- main.py
        class Cart:
            def checkout(self): ...
        def f(x):
            x.checkout⟦python⟧()
        #- main.ts
        export class Order { checkout() {} }
        function f(x) { x.checkout⟦script⟧(); }
        """,
        {"python": "main.py::Cart.checkout unique unsure", "script": "main.ts::Order.checkout unique unsure"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    graph, marks = graph_of(tmp_path, text)
    assert {mark: means(graph, *marks[mark]) for mark in expected} == expected


# ---------------------------------------------------------------- facts


def definitions(source: str, path: str = "main.ts") -> list[str]:
    facts = extract(path, source.encode())
    rows = []
    for row in facts.defs:
        words = " ".join(row.decorator_names)
        name = facts.scopes[row.inner].qualname if row.inner >= 0 else facts.names[row.name]
        rows.append(" ".join(f"{words} {row.kind} {name}{row.signature}  {row.doc}".split()))
    return rows


def test_definitions() -> None:
    source = """
        /** Keeps things.
         *  And more. */
        @Injectable()
        export abstract class Store<T> extends Base<T> implements Kept {
          /** How many. */
          get size(): number { return 1; }
          private static async load(path: string): Promise<T> {}
          protected abstract save(): void;
          later = (at: Date) => {};
        }
        export interface Kept extends Other { keep(): void }
        export type Pair = [number, number];
        enum Color { Red }
        namespace Tools {}
        export const twice = (n: number) => n * 2;
        function* count() {}
        const api = { get(id: string) {} };
        export default class {}
    """
    assert definitions(source) == [
        "Injectable abstract class Store extends Base<T> implements Kept Keeps things.",
        "property function Store.size(): number How many.",
        "private static function Store.load(path: string): Promise<T>",
        "protected abstract function Store.save(): void",
        "function Store.later(at: Date)",
        "interface Kept extends Other",
        "overload function Kept.keep(): void",
        "type Pair",
        "enum Color",
        "namespace Tools",
        "function twice(n: number)",
        "function count()",
        "function api.get(id: string)",
        "class default",
    ]


def test_a_broken_file_is_read_as_far_as_possible() -> None:
    facts = extract("main.ts", b"class A { f( { }\nfunction g() {}\n")
    assert facts.problems and "syntax error" in facts.problems[0].message
    assert "g" in facts.names


def test_deep_nesting_is_named_and_long_chains_are_not_deep() -> None:
    chain = " + ".join(["a"] * 3000)
    branches = "if (a) {} " + " ".join(f"else if (a == {n}) {{}}" for n in range(600))
    facts = extract("main.js", f"x = {chain};\n{branches}\n".encode())
    assert not facts.problems
    deep = extract("main.js", b"x = " + b"[" * 900 + b"]" * 900)
    assert "nested deeper" in deep.problems[0].message


INTERFACE = {
    "the inside of a function": (
        "export function f(a: A): B { let x = 1; return b }",
        "export function f(a: A): B { log(2); return b }",
        True,
    ),
    "a parameter's type": ("export function f(a: A) {}", "export function f(a: B) {}", False),
    "a field": ("class A { x: B }", "class A { x: C }", False),
    "an object that is exported": ("export const a = { b: new X() }", "export const a = { b: new Y() }", False),
    "an object inside a function": ("function f(): A { g({ a: 1 }) }", "function f(): A { g({ b: 1 }) }", True),
    "an export's name": ("const a = 1; export { a as b }", "const a = 1; export { a as c }", False),
    "a base": ("class A extends B {}", "class A extends C {}", False),
}


@pytest.mark.parametrize("name", INTERFACE)
def test_the_interface_hash_shows_what_others_see(name: str) -> None:
    before, after, same = INTERFACE[name]
    assert (extract("a.ts", before.encode()).interface == extract("a.ts", after.encode()).interface) is same


# ---------------------------------------------------------------- questions

REPOSITORY = """
    #- src/shape.ts
    export abstract class Shape$0 { abstract area(): number; }
    export class Circle extends Shape { area() { return helper(); } }
    export interface Sized extends Shape {}
    function helper() { return 3; }
    export default Circle;
    #- src/use.ts
    import Round, { Shape } from "./shape";
    export function measure(shape: Shape) { return shape.area(); }
    export const one = measure(new Round());
    #- src/index.ts
    export { Shape as Figure } from "./shape";
    #- src/more.ts
    import { Figure } from ".";
    export let held: Figure;
    #- src/shape.test.ts
    import { measure } from "./use";
    jest.mock("./shape");
    describe("shapes", () => {
      it("has an area.", () => { expect(measure(null)).toBe(3); });
      it.each([1])("is skipped %d", () => {});
    });
"""


def ask(root: Path, question: str, path: str, word: bytes, count: int = 1) -> list[str]:
    """Ask about the `count`-th time that `word` stands in a file; answers as `path:text around`."""
    parse(REPOSITORY).write(root)
    workspace = Workspace(root)
    workspace.index()
    graph = workspace.graph()
    data, at = graph.data(path), -1
    for _ in range(count):
        at = data.index(word, at + 1)
    found: Answers = getattr(graph, question)(path, at)
    return [f"{a.path}:{graph.data(a.path)[a.start : a.end + 8].decode()!r} {a.verdict}" for a in found.answers]


QUESTIONS = {
    "references go through re-exports under another name": (
        ("references", "src/shape.ts", b"Shape", 1),
        [
            "src/index.ts:'Shape as Figu' yes",
            "src/index.ts:'Figure } from ' yes",
            "src/more.ts:'Figure } from ' yes",
            "src/more.ts:'Figure;\\n' yes",
            "src/shape.ts:'Shape { abstr' yes",
            "src/shape.ts:'Shape { area(' yes",
            "src/shape.ts:'Shape {}\\nfunc' yes",
            "src/use.ts:'Shape } from ' yes",
            "src/use.ts:'Shape) { retu' yes",
        ],
    ),
    "a default export has other names elsewhere": (
        ("references", "src/shape.ts", b"Circle", 1),
        [
            "src/shape.ts:'Circle extends' yes",
            "src/shape.ts:'Circle;\\n' yes",
            "src/use.ts:'Round, { Shap' yes",
            "src/use.ts:'Round());\\n' yes",
        ],
    ),
    "definitions": (("definitions", "src/use.ts", b"area", 1), ["src/shape.ts:'area(): numb' yes"]),
    "callers": (
        ("callers", "src/use.ts", b"measure", 1),
        ["src/shape.test.ts:'measure(null)).' yes", "src/use.ts:'measure(new Rou' yes"],
    ),
    "callees": (("callees", "src/shape.ts", b"Circle", 1), ["src/shape.ts:'helper() { ret' yes"]),
    "subclasses": (
        ("subclasses", "src/shape.ts", b"Shape", 1),
        ["src/shape.ts:'Circle extends' yes", "src/shape.ts:'Sized extends' yes"],
    ),
    "importers of a module": (
        ("importers", "src/index.ts", b"from", 1),
        ["src/more.ts:'.\";\\nexpor' yes"],
    ),
    "tests": (("tests", "src/shape.ts", b"area", 1), ["src/shape.test.ts:'has an area.\", () =>' unsure"]),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions(name: str, tmp_path: Path) -> None:
    (question, path, word, count), expected = QUESTIONS[name]
    assert ask(tmp_path, question, path, word, count) == expected


def shape(graph: CodeGraph, path: str) -> list[str]:
    return [f"{i.kind} {i.name}{i.signature}" for i in graph.outline(path)]


def test_outline_importers_and_tests_of_files(tmp_path: Path) -> None:
    parse(REPOSITORY).write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    graph = workspace.graph()
    assert shape(graph, "src/shape.ts") == [
        "class Shape",
        "class Circle extends Shape",
        "interface Sized extends Shape",
        "function helper()",
    ]
    assert graph.importers_of("src/shape.ts") == ["src/index.ts", "src/more.ts", "src/shape.test.ts", "src/use.ts"]
    assert [t.qualname for t in graph.tests_for(["src/shape.ts"])] == [
        "shapes.has an area",
        "shapes.is skipped %d",
    ]


def test_an_edit_gives_what_a_fresh_look_gives(tmp_path: Path) -> None:
    parse(REPOSITORY).write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    before = workspace.graph().data("src/shape.ts")
    workspace.put("src/shape.ts", before, 1)
    at = before.index(b"helper();")
    workspace.edit("src/shape.ts", 2, [(at, at + 6, b"other")])
    edited = workspace.graph().facts("src/shape.ts")
    assert edited == extract("src/shape.ts", before[:at] + b"other" + before[at + 6 :])
    workspace.close()
