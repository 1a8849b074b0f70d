/** The evidence in an editor tab; closing the tab is a "discard". */

import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import { type Answer, type FileDiff, render } from "./evidence.ts";
import type { Proposal } from "./proposal.ts";

export async function showEvidence(title: string, proposal: Proposal, files: FileDiff[]): Promise<Answer> {
  const panel = vscode.window.createWebviewPanel("familiar.evidence", "Familiar: evidence", vscode.ViewColumn.Active, {
    enableScripts: true,
    localResourceRoots: [],
  });
  panel.webview.html = render(title, proposal, files, randomBytes(16).toString("hex"));
  return await new Promise((resolve) => {
    panel.webview.onDidReceiveMessage((answer: Answer) => {
      resolve(answer);
      panel.dispose();
    });
    panel.onDidDispose(() => resolve({ kind: "discard" }));
  });
}
