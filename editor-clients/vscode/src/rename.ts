/** Familiar: Rename (verified). Ask for the name, wait for the tests, show the evidence, apply or discard. */

import * as vscode from "vscode";
import type { ProgressToken } from "vscode-languageclient/node";

import { hunks } from "./diff.ts";
import type { FileDiff } from "./evidence.ts";
import { showEvidence } from "./panel.ts";
import { type FileChange, type Proposal } from "./proposal.ts";
import { message, type Session } from "./session.ts";

interface Request {
  textDocument: { uri: string };
  position: { line: number; character: number };
  newName: string;
  take?: string[];
  skip?: string[];
}

export async function renameVerified(session: Session): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const range = editor?.document.getWordRangeAtPosition(editor.selection.active);
  if (!editor || !range) {
    void vscode.window.showInformationMessage("Put the cursor on the name that shall be renamed.");
    return;
  }
  const oldName = editor.document.getText(range);
  const newName = await vscode.window.showInputBox({
    title: "Familiar: Rename (verified)",
    prompt: `New name for ${oldName}. Your tests run on the change before you are asked to apply it.`,
    value: oldName,
    valueSelection: [0, oldName.length],
    validateInput: (value) => (/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(value.trim()) ? undefined : "A name is one word of letters, digits and underscores."),
  });
  if (newName && newName.trim() !== oldName) {
    await propose(session, oldName, { ...session.place(editor), newName: newName.trim() });
  }
}

async function propose(session: Session, oldName: string, request: Request): Promise<void> {
  const title = `Rename \`${oldName}\` to \`${request.newName}\``;
  let proposal: (Proposal & { id?: string }) | undefined;
  try {
    proposal = await withProgress(session, title.replaceAll("`", ""), () => session.run("familiar.rename", { ...request, offer: false }));
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
  if (!proposal) {
    return; // cancelled, or the server has said why
  }
  const answer = await showEvidence(title, proposal, await diffs(proposal));
  if (answer.kind === "again") {
    await propose(session, oldName, { ...request, take: answer.take, skip: answer.skip });
  } else if (answer.kind === "discard") {
    await session.run("familiar.discard", { id: proposal.id });
  } else {
    await apply(session, proposal, answer.kind === "preview");
  }
}

/** A notification with the server's own progress messages, whose Cancel ends the server's work. */
async function withProgress<T>(session: Session, title: string, task: () => Promise<T>): Promise<T | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title: `Familiar: ${title}`, cancellable: true };
  return await vscode.window.withProgress(options, async (progress, cancel) => {
    const tokens = new Set<ProgressToken>();
    const listeners = [
      session.onWork(({ token, value }) => {
        if (value.kind === "begin" && value.cancellable) {
          tokens.add(token);
        }
        if (tokens.has(token) && value.kind !== "end" && value.message) {
          progress.report({ message: value.message });
        }
      }),
      cancel.onCancellationRequested(() => tokens.forEach((token) => session.cancel(token))),
    ];
    try {
      return await task();
    } catch (error) {
      if (cancel.isCancellationRequested) {
        return undefined;
      }
      throw error;
    } finally {
      listeners.forEach((listener) => listener.dispose());
    }
  });
}

async function diffs(proposal: Proposal): Promise<FileDiff[]> {
  return await Promise.all(proposal.changes.map(async (change) => ({ title: titleOf(change), hunks: hunks(await textOf(proposal.root, change), change.text_edits) })));
}

function titleOf(change: FileChange): string {
  return change.new_path ? `${change.path} → ${change.new_path}` : change.kind === "edit" ? change.path : `${change.path} (${change.kind})`;
}

async function textOf(root: string, change: FileChange): Promise<string> {
  if (change.kind === "create" || change.text_edits.length === 0) {
    return "";
  }
  const uri = vscode.Uri.joinPath(vscode.Uri.file(root), change.path);
  return (await vscode.workspace.openTextDocument(uri)).getText();
}

/** Let the server apply what was verified (it checks that nothing changed since), after a review of each change if wanted. */
async function apply(session: Session, proposal: Proposal & { id?: string }, review: boolean): Promise<void> {
  try {
    const done = await session.run<{ applied: boolean; reason?: string }>("familiar.apply", { id: proposal.id, review });
    if (done.applied) {
      vscode.window.setStatusBarMessage("$(check) Familiar: applied. “Familiar: Undo” takes it back.", 8000);
    } else {
      void vscode.window.showWarningMessage(done.reason ?? "Nothing was changed.");
    }
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
}
