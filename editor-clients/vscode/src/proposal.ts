/** A proposed change with its evidence, as the server reports it. Lines and columns count from 1, columns in code points. */

export type Position = [line: number, column: number];

export interface TextEdit {
  start: Position;
  end: Position;
  new_text: string;
}

export interface FileChange {
  kind: "edit" | "create" | "rename" | "delete";
  path: string;
  new_path?: string | null;
  text_edits: TextEdit[];
}

export interface Ask {
  id: string;
  path: string;
  start: Position;
  end: Position;
  text: string;
  why: string;
  blocking: boolean;
}

export interface Check {
  name: string;
  verdict: "pass" | "fail" | "skipped";
  detail: string;
  seconds: number;
}

export interface Tests {
  runner: string;
  selected: number;
  total: number;
  before: Record<string, string>;
  after: Record<string, string>;
  newly_failing: string[];
  flaky: string[];
}

export interface Evidence {
  checks: Check[];
  tests: Tests | null;
  changed_lines_executed: [executed: number, of: number];
  witnessed: boolean | null;
}

export interface Proposal {
  status: "verified" | "unverified" | "asks" | "refused" | "failed";
  reason: string;
  root: string;
  applied: boolean;
  undo: string | null;
  changes: FileChange[];
  asks: Ask[];
  evidence: Evidence;
}

export function isProposal(value: unknown): value is Proposal {
  return typeof value === "object" && value !== null && "status" in value && "changes" in value && "evidence" in value;
}

/** How many tests ended in each outcome, commonest first: "24 passed, 1 failed". */
export function countOutcomes(outcomes: Record<string, string>): string {
  const counts = new Map<string, number>();
  for (const outcome of Object.values(outcomes)) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  const parts = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([outcome, n]) => `${n} ${outcome}`);
  return parts.join(", ") || "none";
}
