import assert from "node:assert/strict";
import { test } from "node:test";

import { render } from "../src/evidence.ts";
import type { Proposal } from "../src/proposal.ts";

const verified: Proposal = {
  status: "verified",
  reason: "2 tests pass.",
  root: "/r",
  applied: false,
  undo: null,
  changes: [{ kind: "edit", path: "a.py", text_edits: [] }],
  asks: [],
  evidence: {
    checks: [{ name: "code", verdict: "pass", detail: "same code", seconds: 0.03 }],
    tests: { runner: "pytest", selected: 2, total: 9, before: { a: "passed", b: "passed" }, after: { a: "passed", b: "passed" }, newly_failing: [], flaky: [] },
    changed_lines_executed: [2, 2],
    witnessed: true,
  },
};

/** What a person reads: the page without its markup, style and script. */
function read(proposal: Proposal): string {
  const page = render("Rename `a` to `b`", proposal, [], "0");
  return page.replace(/<(style|script|title)[^]*?<\/\1>/g, "").replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").trim();
}

test("a verified change", () => {
  assert.equal(
    read(verified),
    "Rename a to b Verified 2 tests pass. Tests run 2 of 9 pytest Before 2 passed the code as it is After 2 passed with this change " +
      "Changed lines run 2 of 2 by these tests Would tests notice? yes they fail on a wrong change Checks ✓ code same code 30 ms " +
      "Tests 2 tests with the same outcome before and after Test Before After a passed passed b passed passed Apply Open as diff Discard",
  );
});

test("a failed change names the tests that fail and cannot be applied", () => {
  const tests = { ...verified.evidence.tests!, after: { a: "passed", b: "failed" }, newly_failing: ["b"] };
  const page = read({ ...verified, status: "failed", evidence: { ...verified.evidence, tests } });
  assert.match(page, /After 1 failed, 1 passed/);
  assert.match(page, /Tests Test Before After b passed failed 1 test with the same outcome/);
  assert.match(page, /Close$/);
});

test("an unverified change is applied only as such", () => {
  const page = read({ ...verified, status: "unverified", evidence: { ...verified.evidence, tests: null } });
  assert.match(page, /Not verified .* Apply without verification Open as diff Discard$/);
});

test("a blocking question must be answered before anything can be applied", () => {
  const ask = { id: "q1", path: "a.py", start: [3, 1], end: [3, 2], text: "getattr(x, n)", why: "computed", blocking: true } as const;
  const page = read({ ...verified, status: "asks", asks: [{ ...ask, start: [3, 1], end: [3, 2] }] });
  assert.match(page, /Only you can decide .* getattr\(x, n\) a\.py:3 — computed This decides whether the change is right\./);
  assert.match(page, /Verify again with these answers Open as diff Discard$/);
});

test("what the repository holds is text, never markup", () => {
  const page = render("Rename `<b>` to `x`", { ...verified, reason: "<script>alert(1)</script>" }, [], "0");
  assert.ok(!page.includes("<script>alert") && !page.includes("<b>"));
});
