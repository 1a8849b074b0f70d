/** A file's text edits as the hunks of a diff: what a person reads before accepting. */

import type { TextEdit } from "./proposal.ts";

export interface Line {
  sign: " " | "-" | "+";
  /** Line number in the old file for " " and "-", in the new one for "+"; from 1. */
  number: number;
  text: string;
  /** The changed parts of the line, as [start, end) in UTF-16 units. */
  marks: [number, number][];
}

export type Hunk = Line[];

const CONTEXT = 1;

/** Hunks with `CONTEXT` lines around each change. `edits` are in order and do not overlap. */
export function hunks(before: string, edits: TextEdit[]): Hunk[] {
  const old = before.split(/\r\n|\r|\n/);
  const out: Hunk[] = [];
  let shift = 0; // how many lines the new file has gained so far
  let shown = 0; // last old line (from 1) that stands in a hunk
  for (const group of touching(edits)) {
    const first = group[0]!.start[0];
    const last = Math.min(group[group.length - 1]!.end[0], old.length);
    const { lines: fresh, oldMarks, newMarks } = rewrite(old.slice(first - 1, last), first, group);
    const from = Math.max(first - CONTEXT, shown + 1, 1);
    const until = Math.min(last + CONTEXT, old.length);
    let hunk = out[out.length - 1];
    if (!hunk || from > shown + 1) {
      out.push((hunk = []));
    }
    const kept = (number: number): Line => ({ sign: " ", number, text: old[number - 1]!, marks: [] });
    // The context after the previous change may already hold this change's lines: they are shown as changed instead.
    while (hunk.length > 0 && hunk[hunk.length - 1]!.sign === " " && hunk[hunk.length - 1]!.number >= first) {
      hunk.pop();
    }
    for (let number = from; number < first; number++) {
      hunk.push(kept(number));
    }
    for (let number = first; number <= last; number++) {
      hunk.push({ sign: "-", number, text: old[number - 1]!, marks: oldMarks.get(number - first) ?? [] });
    }
    fresh.forEach((text, at) => hunk.push({ sign: "+", number: first + shift + at, text, marks: newMarks.get(at) ?? [] }));
    shift += fresh.length - (last - first + 1);
    for (let number = last + 1; number <= until; number++) {
      hunk.push(kept(number));
    }
    shown = until;
  }
  return out;
}

/** Groups of edits that share lines or stand on neighbouring lines. */
function touching(edits: TextEdit[]): TextEdit[][] {
  const groups: TextEdit[][] = [];
  for (const edit of edits) {
    const group = groups[groups.length - 1];
    if (group && edit.start[0] <= group[group.length - 1]!.end[0] + 1) {
      group.push(edit);
    } else {
      groups.push([edit]);
    }
  }
  return groups;
}

type Marks = Map<number, [number, number][]>;

/** The lines of one group after its edits, and the changed parts of the old and the new lines. */
function rewrite(lines: string[], first: number, group: TextEdit[]): { lines: string[]; oldMarks: Marks; newMarks: Marks } {
  const points = lines.map((line) => Array.from(line)); // columns count code points
  const oldMarks: Marks = new Map();
  const newMarks: Marks = new Map();
  const out: string[] = [""];
  let line = 0;
  let column = 0;
  const add = (text: string, mark: boolean): void => {
    text.split(/\r\n|\r|\n/).forEach((part, at) => {
      if (at > 0) {
        out.push("");
      }
      const start = out[out.length - 1]!.length;
      out[out.length - 1] += part;
      if (mark && part) {
        push(newMarks, out.length - 1, [start, start + part.length]);
      }
    });
  };
  const advance = (toLine: number, toColumn: number, keep: boolean): void => {
    while (line < toLine || column < toColumn) {
      const row = points[line] ?? [];
      const stop = line < toLine ? row.length : toColumn;
      const text = row.slice(column, stop).join("");
      if (keep) {
        add(text, false);
      } else if (text) {
        const start = row.slice(0, column).join("").length;
        push(oldMarks, line, [start, start + text.length]);
      }
      column = stop;
      if (line < toLine) {
        line += 1;
        column = 0;
        if (keep) {
          out.push("");
        }
      }
    }
  };
  for (const edit of group) {
    advance(edit.start[0] - first, edit.start[1] - 1, true);
    add(edit.new_text, true);
    advance(edit.end[0] - first, edit.end[1] - 1, false);
  }
  advance(lines.length - 1, points[lines.length - 1]?.length ?? 0, true);
  return { lines: out, oldMarks, newMarks };
}

function push(marks: Marks, line: number, mark: [number, number]): void {
  marks.set(line, [...(marks.get(line) ?? []), mark]);
}
