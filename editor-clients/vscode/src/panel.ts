/** The evidence in an editor tab, and the change as the editor's own diff. Closing the tab discards. */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import { applied, hunks } from "./diff.ts";
import { type Answer, type FileDiff, render } from "./evidence.ts";
import type { FileChange, Proposal } from "./proposal.ts";

/** A file of the proposal: how it stands, and how it would. */
interface Pair {
  change: FileChange;
  uri: vscode.Uri;
  before: string;
  after: string;
}

const SCHEME = "familiar-change";

export async function showEvidence(title: string, proposal: Proposal): Promise<Exclude<Answer, { kind: "compare" }>> {
  const pairs = await Promise.all(proposal.changes.map((change) => read(proposal.root, change)));
  const panel = vscode.window.createWebviewPanel("familiar.evidence", "Familiar: evidence", vscode.ViewColumn.Active, {
    enableScripts: true,
    localResourceRoots: [],
    retainContextWhenHidden: true, // what is ticked stays ticked while the diff is looked at
  });
  panel.webview.html = render(title, proposal, pairs.map(diff), randomBytes(16).toString("hex"));
  const shown = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => {
      const pair = pairs[Number(new URLSearchParams(uri.query).get("file"))];
      return (uri.authority === "after" ? pair?.after : pair?.before) ?? "";
    },
  });
  return await new Promise((resolve) => {
    panel.webview.onDidReceiveMessage((answer: Answer) => {
      if (answer.kind === "compare") {
        void compare(title, pairs);
      } else {
        resolve(answer);
        panel.dispose();
      }
    });
    panel.onDidDispose(() => {
      shown.dispose();
      resolve({ kind: "discard" });
    });
  });
}

async function read(root: string, change: FileChange): Promise<Pair> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(root), change.path);
  const before = change.kind === "create" || change.text_edits.length === 0 ? "" : await textOf(uri);
  return { change, uri, before, after: change.kind === "delete" ? "" : applied(before, change.text_edits) };
}

/** What is open, else what is on disk: a document opened for this alone would outlive its file when that is renamed. */
async function textOf(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  return open ? open.getText() : new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

function diff({ change, before }: Pair): FileDiff {
  const { kind, path, new_path: to } = change;
  return { title: to ? `${path} → ${to}` : kind === "edit" ? path : `${path} (${kind})`, hunks: hunks(before, change.text_edits) };
}

/** Read only: what was verified is applied as a whole or not at all. */
async function compare(title: string, pairs: Pair[]): Promise<void> {
  const side = (authority: string, uri: vscode.Uri, file: number): vscode.Uri => uri.with({ scheme: SCHEME, authority, query: `file=${file}` });
  const files = pairs.flatMap(({ change, uri }, file) => (change.text_edits.length > 0 ? [[uri, side("before", uri, file), side("after", uri, file)]] : []));
  await vscode.commands.executeCommand("vscode.changes", title.replaceAll("`", ""), files);
}
