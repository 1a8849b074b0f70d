/** Familiar: Rename (verified). Ask for the name, wait for the tests, show the evidence, apply or discard. */

import * as vscode from "vscode";

import { showEvidence } from "./panel.ts";
import type { Proposal } from "./proposal.ts";
import { message, type Place, type Session } from "./session.ts";

interface Request extends Place {
  newName: string;
  take?: string[];
  skip?: string[];
}

/** What the server adds to the proposal: the id by which it is applied or discarded. */
type Offered = Proposal & { id?: string };

/** Rename what stands at `place`, or else under the cursor. */
export async function renameVerified(session: Session, place?: Place): Promise<void> {
  const at = place ?? here(session);
  const document = at && (await vscode.workspace.openTextDocument(vscode.Uri.parse(at.textDocument.uri)));
  const range = document?.getWordRangeAtPosition(new vscode.Position(at!.position.line, at!.position.character));
  if (!at || !document || !range) {
    void vscode.window.showInformationMessage("Put the cursor on the name that shall be renamed.");
    return;
  }
  const oldName = document.getText(range);
  const newName = await vscode.window.showInputBox({
    title: "Familiar: Rename (verified)",
    prompt: `New name for ${oldName}. Your tests run on the change before you are asked to apply it.`,
    value: oldName,
    valueSelection: [0, oldName.length],
    validateInput: (value) => (/^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(value.trim()) ? undefined : "A name is one word of letters, digits and underscores."),
  });
  if (newName && newName.trim() !== oldName) {
    await propose(session, oldName, { textDocument: at.textDocument, position: at.position, newName: newName.trim() });
  }
}

function here(session: Session): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor && session.place(editor);
}

async function propose(session: Session, oldName: string, request: Request): Promise<void> {
  const title = `Rename \`${oldName}\` to \`${request.newName}\``;
  let proposal: Offered | undefined;
  try {
    proposal = await session.runLong(`Familiar: ${title.replaceAll("`", "")}`, "familiar.rename", { ...request, offer: false });
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
  if (!proposal) {
    return; // cancelled, or the server has said why
  }
  const answer = await showEvidence(title, proposal);
  if (answer.kind === "again") {
    await propose(session, oldName, { ...request, take: answer.take, skip: answer.skip });
  } else if (answer.kind === "apply") {
    await apply(session, proposal);
  } // a discarded proposal has changed nothing, so there is nothing to tell the server
}

/** Let the server apply what was verified, which checks that nothing has changed since. */
async function apply(session: Session, proposal: Offered): Promise<void> {
  try {
    const done = await session.run<{ applied: boolean; reason?: string }>("familiar.apply", { id: proposal.id });
    if (done.applied) {
      vscode.window.setStatusBarMessage("$(check) Familiar: applied. “Familiar: Undo” takes it back.", 8000);
    } else {
      void vscode.window.showWarningMessage(done.reason ?? "Nothing was changed.");
    }
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
}
