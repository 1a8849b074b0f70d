import assert from "node:assert/strict";
import { test } from "node:test";

import { applied, hunks } from "../src/diff.ts";
import type { TextEdit } from "../src/proposal.ts";

function edit(start: [number, number], end: [number, number], new_text: string): TextEdit {
  return { start, end, new_text };
}

/** The hunks as a person sees them, changed parts in [brackets]. */
function shown(before: string, edits: TextEdit[]): string[] {
  return hunks(before, edits).map((hunk) =>
    hunk
      .map(({ sign, number, text, marks }) => {
        let out = text;
        for (const [start, end] of [...marks].reverse()) {
          out = `${out.slice(0, start)}[${out.slice(start, end)}]${out.slice(end)}`;
        }
        return `${number}${sign}${out}`;
      })
      .join("\n"),
  );
}

test("two edits on a line, each marked where it stands", () => {
  const before = "a\nfee = old(old)\nb\n";
  const edits = [edit([2, 7], [2, 10], "longer"), edit([2, 11], [2, 14], "longer")];
  assert.equal(applied(before, edits), "a\nfee = longer(longer)\nb\n");
  assert.deepEqual(shown(before, edits), ["1 a\n2-fee = [old]([old])\n2+fee = [longer]([longer])\n3 b"]);
});

test("far edits stand in hunks of their own, near ones in one", () => {
  const before = ["x = 1", "y", "x = 2", "z", "z", "z", "z", "x = 3"].join("\n");
  const edits = [edit([1, 1], [1, 2], "n"), edit([3, 1], [3, 2], "n"), edit([8, 1], [8, 2], "n")];
  assert.deepEqual(shown(before, edits), ["1-[x] = 1\n1+[n] = 1\n2 y\n3-[x] = 2\n3+[n] = 2\n4 z", "7 z\n8-[x] = 3\n8+[n] = 3"]);
});

test("columns count code points, and a CRLF ends a line", () => {
  const before = "s = '🚢🚢' + name\r\nnext\r\n";
  const edits = [edit([1, 12], [1, 16], "title")];
  assert.equal(applied(before, edits), "s = '🚢🚢' + title\r\nnext\r\n");
  assert.deepEqual(shown(before, edits), ["1-s = '🚢🚢' + [name]\n1+s = '🚢🚢' + [title]\n2 next"]);
});

test("lines that come and go move the numbers of what follows", () => {
  const before = "a\nb\nc\nd\ne\nf\n";
  const edits = [edit([2, 1], [2, 2], "b1\nb2"), edit([6, 1], [6, 2], "g")];
  assert.equal(applied(before, edits), "a\nb1\nb2\nc\nd\ne\ng\n");
  assert.deepEqual(shown(before, edits), ["1 a\n2-[b]\n2+[b1]\n3+[b2]\n3 c", "5 e\n6-[f]\n7+[g]\n7 "]);
});

test("a created file is all new", () => {
  assert.deepEqual(shown("", [edit([1, 1], [1, 1], "one\ntwo")]), ["1+[one]\n2+[two]"]);
});

test("no edits, no hunks", () => {
  assert.deepEqual(shown("a\n", []), []);
});
