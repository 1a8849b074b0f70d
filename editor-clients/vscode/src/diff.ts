/** A file's text edits as the file after them, and as the hunks that a person reads before accepting. */

import type { Position, TextEdit } from "./proposal.ts";

export interface Line {
  sign: " " | "-" | "+";
  /** Line number in the old file for " " and "-", in the new one for "+"; from 1. */
  number: number;
  text: string;
  /** The changed parts of the line, as [start, end) in UTF-16 units. */
  marks: Mark[];
}

type Mark = [start: number, end: number];
export type Hunk = Line[];

const CONTEXT = 1;
const LINE_END = /\r\n|\r|\n/g;

/** The text after the edits, which are in order and do not overlap. */
export function applied(before: string, edits: TextEdit[]): string {
  const places = new Places(before);
  let after = "";
  let at = 0;
  for (const edit of edits) {
    after += before.slice(at, places.offset(edit.start)) + edit.new_text;
    at = places.offset(edit.end);
  }
  return after + before.slice(at);
}

/** Hunks with `CONTEXT` lines around each change. */
export function hunks(before: string, edits: TextEdit[]): Hunk[] {
  const old = new Places(before);
  const fresh = new Places(applied(before, edits));
  const out: Hunk[] = [];
  let gained = 0; // lines, by the groups so far
  let shown = 0; // last old line that stands in a hunk
  for (const group of neighbours(edits)) {
    const first = group[0]!.start[0];
    const last = Math.min(group.at(-1)!.end[0], old.lines.length);
    const added = group.reduce((sum, edit) => sum + count(edit.new_text) - (edit.end[0] - edit.start[0]), 0);
    const from = Math.max(first - CONTEXT, shown + 1);
    let hunk = out.at(-1);
    if (!hunk || from > shown + 1) {
      out.push((hunk = []));
    }
    // The context after the group before may reach into this one, whose lines are shown as changed instead.
    while (hunk.at(-1)?.sign === " " && hunk.at(-1)!.number >= first) {
      hunk.pop();
    }
    const marks = marked(group, old, gained);
    const push = (sign: Line["sign"], places: Places, start: number, end: number, found?: Map<number, Mark[]>): void => {
      for (let number = start; number <= end; number++) {
        hunk.push({ sign, number, text: places.lines[number - 1] ?? "", marks: found?.get(number) ?? [] });
      }
    };
    push(" ", old, from, first - 1);
    push("-", old, first, before ? last : 0, marks.old); // an empty file has no line to show
    push("+", fresh, first + gained, last + gained + added, marks.fresh);
    shown = Math.min(last + CONTEXT, old.lines.length);
    push(" ", old, last + 1, shown);
    gained += added;
  }
  return out;
}

/** Groups of edits that share lines or stand on neighbouring lines. */
function neighbours(edits: TextEdit[]): TextEdit[][] {
  const groups: TextEdit[][] = [];
  for (const edit of edits) {
    const group = groups.at(-1);
    if (group && edit.start[0] <= group.at(-1)!.end[0] + 1) {
      group.push(edit);
    } else {
      groups.push([edit]);
    }
  }
  return groups;
}

/** The changed parts of the old and the new lines of a group that starts `gained` lines later in the new file. */
function marked(group: TextEdit[], old: Places, gained: number): { old: Map<number, Mark[]>; fresh: Map<number, Mark[]> } {
  const found = { old: new Map<number, Mark[]>(), fresh: new Map<number, Mark[]>() };
  const mark = (marks: Map<number, Mark[]>, line: number, start: number, end: number): void => {
    if (end > start) {
      marks.set(line, [...(marks.get(line) ?? []), [start, end]]);
    }
  };
  let row = { line: 0, shift: 0 }; // how far the text after the last edit on an old line has moved, and to which line
  for (const { start, end, new_text: text } of group) {
    for (let line = start[0]; line <= end[0]; line++) {
      const from = line === start[0] ? old.column(start) : 0;
      mark(found.old, line, from, line === end[0] ? old.column(end) : (old.lines[line - 1] ?? "").length);
    }
    const parts = text.split(LINE_END);
    let column = old.column(start) + (row.line === start[0] ? row.shift : 0);
    parts.forEach((part, at) => {
      mark(found.fresh, start[0] + gained + at, at === 0 ? column : 0, (at === 0 ? column : 0) + part.length);
    });
    gained += parts.length - 1 - (end[0] - start[0]);
    column = parts.length === 1 ? column + text.length : parts.at(-1)!.length;
    row = { line: end[0], shift: column - old.column(end) };
  }
  return found;
}

function count(text: string): number {
  return text.split(LINE_END).length - 1;
}

/** A text by lines; positions count code points, strings UTF-16 units. */
class Places {
  readonly lines: string[];
  private readonly starts: number[] = [0];

  constructor(text: string) {
    this.lines = text.split(LINE_END);
    for (const end of text.matchAll(LINE_END)) {
      this.starts.push(end.index + end[0].length);
    }
  }

  offset(position: Position): number {
    return (this.starts[position[0] - 1] ?? 0) + this.column(position);
  }

  column([line, column]: Position): number {
    return Array.from(this.lines[line - 1] ?? "").slice(0, column - 1).join("").length;
  }
}
