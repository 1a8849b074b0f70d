/** The evidence of a proposal as a page: verdict, checks, tests before and after, questions, and the diff. */

import type { Hunk, Line } from "./diff.ts";
import { type Ask, type Evidence, type Proposal, countOutcomes } from "./proposal.ts";
import { STYLE } from "./style.ts";

export interface FileDiff {
  /** "harbor/plan.py", or "old.py → new.py". */
  title: string;
  hunks: Hunk[];
}

/** What the page's buttons send back; `take` holds the ids of the ticked questions. */
export type Answer = { kind: "apply" | "discard" | "compare" } | { kind: "again"; take: string[]; skip: string[] };

const VERDICT: Record<Proposal["status"], { word: string; tone: string }> = {
  verified: { word: "Verified", tone: "good" },
  unverified: { word: "Not verified", tone: "warn" },
  asks: { word: "Needs your answer", tone: "warn" },
  refused: { word: "Refused", tone: "bad" },
  failed: { word: "Failed", tone: "bad" },
};

export function render(title: string, proposal: Proposal, files: FileDiff[], nonce: string): string {
  const { word, tone } = VERDICT[proposal.status];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'">
<title>${escape(title)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body data-status="${proposal.status}">
<header>
<h1>${code(title)}</h1>
<p><span class="badge ${tone}">${word}</span> ${code(proposal.reason)}</p>
</header>
${tiles(proposal)}
${questions(proposal.asks)}
${checks(proposal.evidence)}
${tests(proposal.evidence)}
${diffs(files)}
<footer>${buttons(proposal)}</footer>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;
}

function tiles({ evidence }: Proposal): string {
  const { tests, changed_lines_executed: executed, witnessed } = evidence;
  if (!tests) {
    return "";
  }
  const same = countOutcomes(tests.before) === countOutcomes(tests.after);
  const cells = [
    tile("Tests run", `${tests.selected} of ${tests.total}`, tests.runner),
    tile("Before", countOutcomes(tests.before), "the code as it is"),
    tile("After", countOutcomes(tests.after), "with this change", tests.newly_failing.length > 0 ? "bad" : same ? "good" : "warn"),
    tile("Changed lines run", `${executed[0]} of ${executed[1]}`, "by these tests", executed[0] === executed[1] ? "good" : "warn"),
    witnessed === null
      ? tile("Would tests notice?", "not tried", "a wrong change was not tried")
      : witnessed
        ? tile("Would tests notice?", "yes", "they fail on a wrong change", "good")
        : tile("Would tests notice?", "no", "they pass on a wrong change too", "warn"),
  ];
  return `<section class="tiles">${cells.join("")}</section>`;
}

function tile(label: string, value: string, note: string, tone = ""): string {
  return `<div class="tile"><span class="label">${escape(label)}</span><span class="value ${tone}">${escape(value)}</span><span class="note">${escape(note)}</span></div>`;
}

function checks({ checks }: Evidence): string {
  const sign = { pass: "✓", fail: "✗", skipped: "–" };
  const rows = checks.map(
    ({ name, verdict, detail, seconds }) =>
      `<tr class="${verdict}"><td class="sign">${sign[verdict]}</td><th>${escape(name)}</th><td>${code(detail)}</td><td class="number">${duration(seconds)}</td></tr>`,
  );
  return rows.length > 0 ? `<section><h2>Checks</h2><table>${rows.join("")}</table></section>` : "";
}

function tests({ tests }: Evidence): string {
  if (!tests) {
    return "";
  }
  const names = [...new Set([...Object.keys(tests.before), ...Object.keys(tests.after)])];
  const row = (name: string): string => {
    const [before, after] = [tests.before[name] ?? "–", tests.after[name] ?? "–"];
    const tone = tests.newly_failing.includes(name) ? "fail" : after === "passed" ? "pass" : "skipped";
    const note = tests.flaky.includes(name) ? " <em>flaky</em>" : "";
    return `<tr class="${tone}"><td>${escape(name)}${note}</td><td>${escape(before)}</td><td class="after">${escape(after)}</td></tr>`;
  };
  const differs = (name: string): boolean => tests.newly_failing.includes(name) || tests.before[name] !== tests.after[name];
  const head = "<tr><th>Test</th><th>Before</th><th>After</th></tr>";
  const changed = names.filter(differs);
  const parts = [];
  if (changed.length > 0) {
    parts.push(`<table>${head}${changed.map(row).join("")}</table>`);
  }
  const others = names.filter((name) => !differs(name));
  if (others.length > 0) {
    const count = `${others.length} ${others.length === 1 ? "test" : "tests"} with the same outcome before and after`;
    parts.push(`<details><summary>${count}</summary><table>${head}${others.map(row).join("")}</table></details>`);
  }
  return parts.length > 0 ? `<section><h2>Tests</h2>${parts.join("")}</section>` : "";
}

function questions(asks: Ask[]): string {
  if (asks.length === 0) {
    return "";
  }
  const rows = asks.map(
    (ask) =>
      `<tr><td><input type="checkbox" id="${escape(ask.id)}" data-ask></td><td><label for="${escape(ask.id)}"><code>${escape(ask.text)}</code><br>` +
      `<span class="note">${escape(`${ask.path}:${ask.start[0]}`)} — ${escape(ask.why)}${ask.blocking ? " <strong>This decides whether the change is right.</strong>" : ""}</span></label></td></tr>`,
  );
  return `<section><h2>Only you can decide</h2><p class="note">Tick the places that shall change too.</p><table>${rows.join("")}</table></section>`;
}

function diffs(files: FileDiff[]): string {
  const parts = files.map(
    ({ title, hunks }) => `<h3>${escape(title)}</h3><div class="diff">${hunks.map((hunk) => hunk.map(line).join("")).join('<div class="gap">⋯</div>')}</div>`,
  );
  return parts.length > 0 ? `<section><h2>Changes in ${files.length} ${files.length === 1 ? "file" : "files"}</h2>${parts.join("")}</section>` : "";
}

function line({ sign, number, text, marks }: Line): string {
  const tone = sign === "-" ? "del" : sign === "+" ? "add" : "";
  let html = "";
  let at = 0;
  for (const [start, end] of marks) {
    html += `${escape(text.slice(at, start))}<mark>${escape(text.slice(start, end))}</mark>`;
    at = end;
  }
  html += escape(text.slice(at));
  return `<div class="row ${tone}"><span class="at">${number}</span><span class="sign">${sign === " " ? "" : sign}</span><code>${html || " "}</code></div>`;
}

function buttons({ status, asks, changes, applied }: Proposal): string {
  const button = (kind: Answer["kind"], label: string, primary = false): string =>
    `<button type="button" data-answer="${kind}"${primary ? ' class="primary"' : ""}>${label}</button>`;
  const close = button("discard", "Close");
  if (applied || status === "refused" || status === "failed" || changes.length === 0) {
    return close;
  }
  const again = asks.length > 0 ? button("again", "Verify again with these answers", status === "asks") : "";
  const label = status === "verified" ? "Apply" : "Apply without verification";
  const apply = status === "asks" ? "" : button("apply", label, true);
  return apply + again + button("compare", "Open as diff") + button("discard", "Discard");
}

const SCRIPT = `
const editor = acquireVsCodeApi();
for (const button of document.querySelectorAll("[data-answer]")) {
  button.addEventListener("click", () => {
    const asks = [...document.querySelectorAll("[data-ask]")];
    const ids = (ticked) => asks.filter((ask) => ask.checked === ticked).map((ask) => ask.id);
    const kind = button.dataset.answer;
    if (kind !== "compare") {
      document.querySelectorAll("button").forEach((each) => (each.disabled = true));
    }
    editor.postMessage(kind === "again" ? { kind, take: ids(true), skip: ids(false) } : { kind });
  });
}
document.querySelector("footer button")?.focus({ preventScroll: true });
`;

function duration(seconds: number): string {
  return seconds < 0.0005 ? "" : seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

/** Text with what stands between backticks as code. */
function code(text: string): string {
  return escape(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
