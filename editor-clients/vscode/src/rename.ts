/** Rename and Move (verified). Ask for the name or the module, wait for the tests, show the evidence, apply or discard. */

import * as vscode from "vscode";

import { showEvidence } from "./panel.ts";
import type { Proposal } from "./proposal.ts";
import { message, type Place, type Session } from "./session.ts";

interface Request {
  command: "familiar.rename" | "familiar.move";
  title: string;
  argument: Place & { newName?: string; dest?: string; take?: string[]; skip?: string[] };
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
    const title = `Rename \`${oldName}\` to \`${newName.trim()}\``;
    const argument = { textDocument: at.textDocument, position: at.position, newName: newName.trim() };
    await propose(session, { command: "familiar.rename", title, argument });
  }
}

/** What a definition is called, where it stands, and the modules that there are, nearest first. */
interface Destinations {
  name: string;
  from: string;
  modules: string[];
}

/** Move the definition whose name is at `place`, or else under the cursor, to another module. */
export async function moveVerified(session: Session, place?: Place): Promise<void> {
  const at = place ?? here(session);
  if (!at) {
    void vscode.window.showInformationMessage("Put the cursor on the name of the function, class or constant that shall be moved.");
    return;
  }
  const { textDocument, position } = at;
  try {
    const found = await session.run<Destinations>("familiar.destinations", { textDocument, position });
    const dest = await chooseModule(found);
    if (dest) {
      const title = `Move \`${found.name}\` to \`${dest}\``;
      await propose(session, { command: "familiar.move", title, argument: { textDocument, position, dest } });
    }
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
}

/** A pick of the modules; what is typed and is none of them may be a new one. */
async function chooseModule({ name, modules }: Destinations): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem>();
  const known = modules.map((label) => ({ label }));
  pick.title = `Familiar: Move ${name} (verified)`;
  pick.placeholder = "Choose a module, or write the path or the dotted name of a new one";
  pick.items = known;
  pick.onDidChangeValue((typed) => {
    const value = typed.trim();
    pick.items = !value || modules.includes(value) ? known : [...known, { label: value, description: "as written", alwaysShow: true }];
  });
  return await new Promise((resolve) => {
    pick.onDidAccept(() => {
      // Enter may come before the entry for what is typed.
      resolve((pick.selectedItems[0] ?? pick.activeItems[0])?.label ?? pick.value.trim());
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function here(session: Session): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor && session.place(editor);
}

async function propose(session: Session, request: Request): Promise<void> {
  const { command, title, argument } = request;
  let proposal: Offered | undefined;
  try {
    proposal = await session.runLong(`Familiar: ${title.replaceAll("`", "")}`, command, { ...argument, offer: false });
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
  if (!proposal) {
    return; // cancelled, or the server has said why
  }
  const answer = await showEvidence(title, proposal);
  if (answer.kind === "again") {
    await propose(session, { command, title, argument: { ...argument, take: answer.take, skip: answer.skip } });
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
