"""Renames in TypeScript and JavaScript: what must be complete, refused, asked or offered. The new name is `renamed`.

A case with `main.mjs` or `main.cjs` is a program: node must run it before and after.
"""

COMPLETE = {
    # ------------------------------------------------------------ names of a file
    "variable, and what shadows it": """
        #- main.mjs
        let co$0unt = 0;
        function more(count) { return count + 1; }
        for (let count = 0; count < 2; count++) {}
        count = more(count);
        if (`${count}` !== "1") throw new Error();
        """.replace("co$0unt", "«co$0unt»")
    .replace("\n        count = more(count)", "\n        «count» = more(«count»)")
    .replace("${count}", "${«count»}"),
    "var leaves blocks": """
        #- main.mjs
        function f() { if (true) { var «to$0tal» = 1; } return «total»; }
        if (f() !== 1) throw new Error();
        """,
    "parameter, default, closure": """
        #- main.mjs
        const add = («a$0mount», twice = «amount» * 2) => [1].map(x => x + «amount» + twice)[0];
        if (add(1) !== 4) throw new Error();
        """,
    "shorthand property keeps its name": """
        #- main.mjs
        function make(«na$0me») { return { «name→name: renamed» }; }
        if (make("x").name !== "x") throw new Error();
        """,
    "destructured variable keeps the property": """
        #- main.mjs
        const { «si$0ze→size: renamed» } = { size: 3 };
        const { «size→size: renamed», ...rest } = { size: 3 };
        if (!(«size» === 3)) throw new Error();
        """.replace("const { «size→size: renamed», ...rest } = { size: 3 };\n        ", ""),
    "destructured with a default, and renamed already": """
        #- main.mjs
        function f({ «a$0ge→age: renamed» = 2, name: other }) { return «age» + other; }
        if (f({ name: 1 }) !== 3) throw new Error();
        """,
    "label of the same name stays": """
        #- main.mjs
        let «ou$0ter» = 0;
        outer: for (;;) { «outer»++; break outer; }
        if («outer» !== 1) throw new Error();
        """,
    "catch, class expression, generator, tagged template": """
        #- main.mjs
        function «ta$0g»(parts, ...values) { return parts.raw.join("") + values.length; }
        if («tag»`a${1}b` !== "ab1") throw new Error();
        """,
    # ------------------------------------------------------------ imports and exports
    "function through re-export, star and namespace": """
        #- core.mjs
        export function «lo$0ad»() { return 1; }
        #- star.mjs
        export * from "./core.mjs";
        #- again.mjs
        export { «load» as fetchIt, «load» } from "./core.mjs";
        #- main.mjs
        import { «load» } from "./star.mjs";
        import { «load» as mine } from "./again.mjs";
        import { fetchIt } from "./again.mjs";
        import * as core from "./core.mjs";
        if («load»() + mine() + core.«load»() + fetchIt() !== 4) throw new Error();
        export const api = { «load→load: renamed» };
        """,
    "exported by a list, under its name and another": """
        #- core.mjs
        const «va$0lue» = 1;
        export { «value», «value» as other };
        #- main.mjs
        import { «value», other } from "./core.mjs";
        if («value» + other !== 2) throw new Error();
        """,
    "alias of an import": """
        #- core.mjs
        export const load = 1;
        #- main.mjs
        import { load as «to$0ken» } from "./core.mjs";
        if («token» !== 1) throw new Error();
        """,
    "import from another package keeps the name there": """
        #- main.mjs
        import { «jo$0in→join as renamed» } from "node:path";
        if («join»("a", "b").length !== 3) throw new Error();
        export { «join→renamed as join» };
        """,
    "required from another package keeps the name there": """
        #- main.cjs
        const { «jo$0in→join: renamed» } = require("node:path");
        if («join»("a", "b").length !== 3) throw new Error();
        """,
    "default import of another package": """
        #- main.mjs
        import «pa$0th» from "node:path";
        if («path».join("a", "b").length !== 3) throw new Error();
        """,
    "default export": """
        #- core.mjs
        export default function «lo$0ad»() { return 1; }
        #- main.mjs
        import «load» from "./core.mjs";
        import other from "./core.mjs";
        import { default as third } from "./core.mjs";
        if («load»() + other() + third() !== 3) throw new Error();
        """,
    "CommonJS by property": """
        #- core.cjs
        function «lo$0ad»() { return 1; }
        exports.«load» = «load»;
        #- main.cjs
        const { «load» } = require("./core.cjs");
        const core = require("./core.cjs");
        if («load»() + core.«load»() !== 2) throw new Error();
        """,
    "CommonJS by an object": """
        #- core.cjs
        function «lo$0ad»() { return 1; }
        module.exports = { «load», other: 2 };
        #- main.cjs
        const { «load», other } = require("./core.cjs");
        if («load»() + other !== 3) throw new Error();
        """,
    "type, imported as a type": """
        #- types.ts
        export interface «Us$0er» { id: number }
        export type Users = Array<«User»>;
        #- main.ts
        import type { «User» } from "./types";
        import { type «User» as Person } from "./types";
        export function f<T extends «User»>(user: T | Person): user is T { return true; }
        declare const all: Map<string, «User»[]>;
        """,
    "class and interface of one name": """
        #- main.ts
        export interface «Ca$0rt» { total: number }
        export class «Cart» { total = 1; static empty = new «Cart»(); clone(): «Cart» { return new «Cart»(); } }
        let cart: «Cart» = new «Cart»();
        """,
    "namespace": """
        #- main.ts
        namespace «Sh$0apes» { export const one = 1; }
        console.log(«Shapes».one);
        """,
    "member of a namespace": """
        #- main.ts
        namespace Shapes { export const «o$0ne» = 1; export const two = «one» + 1; }
        console.log(Shapes.«one»);
        """,
    "type by an import in place": """
        #- types.ts
        export interface «Us$0er» { id: number }
        export const user: «User» = { id: 1 };
        #- main.ts
        let one: import("./types").«User»;
        function f(user: import("./types").«User»): Promise<import("./types").«User»> { throw user.id; }
        type Made = typeof import("./types").user;
        """,
    "value behind an import in place": """
        #- core.ts
        export function «lo$0ad»() { return 1; }
        #- main.ts
        type Load = typeof import("./core").«load»;
        async function f() { const { «load→renamed: load» } = await import("./core"); return load(); }
        import("./core").then(core => core.«load»());
        """,
    "type parameter": """
        #- main.ts
        function first<«El$0ement»>(all: «Element»[]): «Element» | undefined { return all[0]; }
        class Element {}
        """,
    "in a test file, shorthand and all": """
        #- core.ts
        export const «li$0mit» = 3;
        #- core.test.ts
        import { «limit» } from "./core";
        test("limit", () => { expect({ «limit→limit: renamed» }).toEqual({ limit: 3 }); expect(«limit»).toBe(3); });
        """,
    "tests that are called as what they test": """
        #- core.ts
        export const «li$0mit» = 3;
        #- core.test.ts
        import { «limit» } from "./core";
        describe("limit", () => { it("limit", () => { expect(«limit»).toBe(3); }); });
        """,
    # ------------------------------------------------------------ members
    "method with its hierarchy and interface": """
        #- shape.ts
        export interface Shape { «ar$0ea»(): number }
        #- main.ts
        import { Shape } from "./shape";
        abstract class Base implements Shape { abstract «area»(): number; twice() { return 2 * this.«area»(); } }
        class Square extends Base { constructor(private side: number) { super(); } «area»() { return this.side ** 2; } }
        class Big extends Square { «area»() { return super.«area»() * 2; } }
        function total(shapes: Shape[]) { return shapes.map(shape => shape.«area»()).length; }
        const big = new Big(1); big?.«area»();
        """,
    "property of an interface": """
        #- main.ts
        export interface User { «na$0me»: string; age?: number }
        export function greet({ «name→renamed: name» }: User): string { return `hi ${name}`; }
        export function make(name: string): User { return { «name→renamed: name» }; }
        const user: User = { «name»: "x" };
        console.log(user.«name», greet({ «name»: "y" }), user["«name»"]);
        type Name = User["«name»"];
        """,
    "both parts of a shorthand": """
        #- main.ts
        interface Point { «x$0»: number; y: number }
        function move({ «x→renamed: x», y }: Point): Point { return { «x→renamed: x», y }; }
        """,
    "field declared by a parameter": """
        #- main.ts
        class Cart {
          constructor(private readonly «ow$0ner»: string) { console.log(«owner»); }
          who() { return this.«owner»; }
        }
        """,
    "private name": """
        #- main.mjs
        class Cart { #own = 1; total() { return this.#own; } }
        if (new Cart().total() !== 1) throw new Error();
        const «ow$0n» = 2;
        """,
    "field and its assignment in a constructor": """
        #- main.mjs
        class Cart { constructor() { this.«to$0tal» = 0; } add(n) { this.«total» += n; return this.«total»; } }
        if (new Cart().add(2) !== 2) throw new Error();
        """,
    "getter and setter": """
        #- main.mjs
        class Cart { get «to$0tal»() { return 1; } set «total»(value) {} }
        const cart = new Cart();
        cart.«total» = cart.«total»;
        """,
    "static member": """
        #- main.mjs
        class Cart { static «ma$0ke»() { return new Cart(); } }
        if (!Cart.«make»()) throw new Error();
        """,
    "enum and its member": """
        #- color.ts
        export enum Color { «R$0ed» = 1, Green = «Red» << 1 }
        #- main.ts
        import { Color } from "./color";
        const color: Color = Color.«Red»;
        """,
    "property that every part of a union has": """
        #- main.ts
        interface Circle { kind: "circle"; «si$0ze»: number }
        interface Square { kind: "square"; «size»: number; sides: 4 }
        function f(shape: Circle | Square) { return shape.«size»; }
        """.replace("«size»: number; sides", "«size»: number; sides"),
    "property that one part of a union has": """
        #- main.ts
        interface Circle { kind: "circle"; «ra$0dius»: number }
        interface Square { kind: "square"; side: number }
        function f(shape: Circle | Square) { return shape.kind === "circle" ? shape.«radius» : shape.side; }
        """,
    # ------------------------------------------------------------ JSX
    "component and its props": """
        #- button.tsx
        export function «But$0ton»({ label }: { label: string }) { return <b className="x">{label}</b>; }
        #- main.tsx
        import { «Button» } from "./button";
        export const page = <«Button» label="a"></«Button»>;
        export const other = <«Button» label="a" />;
        """,
    "prop of a component": """
        #- button.tsx
        interface Props { «la$0bel»: string; onClick?: () => void }
        export function Button({ «label→renamed: label» }: Props) { return <b title="x">{label}</b>; }
        export const page = <Button «label»="a" onClick={() => {}} />;
        """,
    "attribute of an element of the document stays": """
        #- main.tsx
        const «ti$0tle» = "a";
        export const page = <p title={«title»}>title</p>;
        """,
}

REFUSED = {
    "reserved word": ("const lo$0ad = 1;\n", "class", "class is a reserved word"),
    "not a name": ("const lo$0ad = 1;\n", "a-b", "is not a valid name"),
    "name of a type of the language": ("#- main.ts\nclass Ca$0rt {}\n", "string", "string is a type of the language"),
    "taken in the same scope": (
        "const lo$0ad = 1;\nlet other;\n",
        "other",
        "other already is a name there: main.mjs:2",
    ),
    "taken by an import": (
        '#- core.mjs\nexport const lo$0ad = 1;\n#- main.mjs\nimport { load } from "./core.mjs";\nconst other = 1;\n',
        "other",
        "other already is a name there: main.mjs:2",
    ),
    "taken by a parameter": ("function f(fi$0rst, second) {}\n", "second", "second already is a name there"),
    "captured": ("const lo$0ad = 1;\nfunction f(other) { return load; }\n", "other", "At main.mjs:2 other would mean"),
    "captures": ("const other = 1;\nfunction f(lo$0ad) { return other; }\n", "other", "At main.mjs:"),
    "captures a global": ("function f(lo$0ad) { return fetch(load); }\n", "fetch", "fetch would mean"),
    "var in a block that has the name": (
        "function f() { { let other; { var lo$0ad = 1; } } }\n",
        "other",
        "other already is a name there",
    ),
    "parameter of a catch": ("try {} catch (other) { let lo$0ad; }\n", "other", "other already is a name there"),
    "taken by another member": ("class Cart { lo$0ad() {} other() {} }\n", "other", "other already is a name of Cart"),
    "taken below": (
        "class Cart { lo$0ad() {} }\nclass Big extends Cart { other() {} }\n",
        "other",
        "other already is a name of Big: main.mjs:2",
    ),
    "taken above, in an interface": (
        "#- main.ts\ninterface Shape { other(): void }\nclass Cart implements Shape { lo$0ad() {} other() {} }\n",
        "other",
        "other already is a name of",
    ),
    "taken in the object": (
        "#- main.ts\ninterface User { na$0me?: string }\nfunction f(u: User) {}\n"
        "const user = { other: 1 };\nf({ name: 'a', other: 1 } as User);\nconst u: User = { name: 'a', other: 2 };\n",
        "other",
        "other already is a name there: main.ts:4",
    ),
    "exported already by a file that hands all on": (
        '#- core.mjs\nexport const lo$0ad = 1;\n#- index.mjs\nexport * from "./core.mjs";\nexport const other = 2;\n',
        "other",
        "index.mjs already exports other",
    ),
    "special name": ("class Cart { to$0String() { return ''; } }\n", "text", "toString is a special name"),
    "becomes awaited": ("class Cart { lo$0ad() {} }\n", "then", "then is a special name"),
    "private to public": ("class Cart { #lo$0ad() {} }\n", "load", "Names of private members begin with #"),
    "tag that begins with a small letter": (
        "#- main.tsx\nfunction Bu$0tton() { return null; }\nexport const page = <Button />;\n",
        "button",
        "would be read as an element of the document at main.tsx:2",
    ),
    "does not parse": ("const lo$0ad = ;\n", "other", "main.mjs:1 does not parse"),
    "defined elsewhere": ("con$0sole.log(1);\n", "other", "is defined outside the repository"),
    "defined by a base elsewhere": (
        "class Wrong extends Error { get mes$0sage() { return 'x'; } }\n",
        "text",
        "message is not this repository's to rename",
    ),
    "title of a test": ('test("lo$0ad", () => {});\n', "other", "is the title of a test"),
    "path of a module": ('#- core.mjs\nexport {};\n#- main.mjs\nimport "./co$0re.mjs";\n', "other", "is a module"),
}

ASKED = {
    "unknown receiver": """
        #- main.mjs
        class Cart { «ow$0ner»() {} }
        export function who(thing) { return thing.‹owner›(); }
        """,
    "any": """
        #- main.ts
        interface User { «na$0me»: string }
        function f(x: any) { return x.‹name›; }
        """,
    "string that may be a key": """
        #- main.ts
        interface User { «na$0me»: string }
        function sort(users: User[], by: keyof User) { return users.map(user => user[by]); }
        sort([], "‹name›");
        """,
    "key that is put together": """
        #- main.mjs
        class Cart { «onC$0lick»() {} send(event) { return ‹this[`on${event}`]›(); } }
        """,
    "object of the same shape": """
        #- main.ts
        interface User { «na$0me»: string }
        const other = { ‹name›: "x", age: 3 };
        """,
    "type of the same shape": """
        #- main.ts
        interface User { «na$0me»: string; age: number }
        interface Person { ‹name›: string; age: number; mail: string }
        """,
    "class that fits without saying so": """
        #- main.ts
        interface Closing { «clo$0se»(): void }
        class File { ‹close›() {} }
        class Door { private locked = true; open() {} }
        """,
    "names that are listed": """
        #- main.ts
        interface User { «na$0me»: string; age: number }
        function f(user: User) { return JSON.stringify(‹user›); }
        """,
    "value from elsewhere": """
        #- main.ts
        interface User { «na$0me»: string; age: number }
        const user = ‹JSON.parse("") as User›;
        """,
    "decorator": """
        #- main.ts
        import { Column } from "orm";
        class User { @Column() «‹na$0me›»: string = ""; }
        """.replace("«‹na$0me›»", "‹na$0me›"),
    "object handed to other code": """
        #- main.mjs
        import { request } from "node:http";
        const options = { «me$0thod»: "GET", port: 1 };
        request(‹options›);
        """,
    "export replaced by a test": """
        #- core.ts
        export function «lo$0ad»() {}
        #- core.test.ts
        import * as core from "./core";
        vi.spyOn(core, "‹load›");
        """,
    "module replaced by a test": """
        #- core.ts
        export function «lo$0ad»() {}
        #- core.test.ts
        vi.mock("./core", () => ({ ‹load›: vi.fn() }));
        """,
    "declaration that adds to a module": """
        #- core.ts
        export interface «Us$0er» { id: number }
        #- more.ts
        declare module "./core" { interface ‹User› { more: string } }
        """,
    "object that takes over the members": """
        #- main.mjs
        class User { constructor() { this.«na$0me» = "x"; this.age = 1; } }
        const user = new User();
        export const older = { ...user, ‹name›: "y" };
        """,
    "object that is a part of one": """
        #- main.ts
        interface Props { «la$0bel»: string; size: number }
        const some = { ‹label›: "x" };
        """,
    "member that a template may read": """
        #- main.ts
        import { Component } from "@angular/core";
        @Component({ template: "<b>{{ title }}</b>" })
        export class Page { ‹ti$0tle› = "x"; }
        """,
    "import that is not found": """
        #- core.ts
        export function «lo$0ad»() {}
        #- main.ts
        import { ‹load› } from "./gone";
        """,
    "spelling of a function that is read": """
        #- main.mjs
        function «lo$0ad»() {}
        console.log(load.‹name›);
        """.replace("console.log(load", "console.log(«load»"),
    "code in a string": """
        #- main.mjs
        function f(«fi$0rst») { return ‹eval(›"first + 1"); }
        """,
}

OFFERED = {
    "text, template and comment": """
        #- main.mjs
        export function «load$0All»() {} /* ‹loadAll›() and ‹loadAll›() */
        export const texts = ["call ‹loadAll›()", `call ‹loadAll›(${1})`];
        """,
    "comment, documentation and prose": """
        #- readme.md
        Call `‹load_all›` first.
        #- main.mjs
        /** Before ‹load_all› was there. */
        export function «load$0_all»() {} // ‹load_all› it
        """,
    "parameter in JSDoc": """
        #- main.mjs
        /** @param {number} ‹amount› how much */
        export function add(«am$0ount») { return «amount»; }
        """,
    "type in JSDoc": """
        #- main.mjs
        /** @returns {Promise<‹Cart›>} the one of {@link ‹Cart›} */
        export class «Ca$0rt» {}
        """,
    "configuration": """
        #- package.json
        {"scripts": {"x": "‹loadAll›"}}
        #- main.mjs
        export function «load$0All»() {}
        """,
    "attribute that is a string": """
        #- main.tsx
        interface Props { «la$0bel»: string }
        export function Field({ «label→renamed: label» }: Props) { return <b className="‹label›">{label}</b>; }
        """,
}
