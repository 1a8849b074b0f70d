/** The palette's commands, by the ids that package.json contributes. */

import * as vscode from "vscode";

import { moveVerified, renameVerified } from "./rename.ts";
import type { Session } from "./session.ts";
import { facts, isOn, sentence, type Silence, type StatusItem } from "./status.ts";

export interface Context {
  session: Session;
  status: StatusItem;
  log: vscode.LogOutputChannel;
}

export type Command = (context: Context) => Promise<void>;

async function undo({ session }: Context): Promise<void> {
  const { undone, paths, reason } = await session.run<{ undone: string | null; paths: string[]; reason: string }>("familiar.undo", {});
  void vscode.window.showInformationMessage(undone ? `Taken back in ${paths.join(", ")}.` : `Nothing was taken back: ${reason}`);
}

async function whySilent({ session, status }: Context): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    void vscode.window.showInformationMessage("Open a file and put the cursor where you expected a suggestion.");
    return;
  }
  const silence = await session.request<Silence>("familiar/explainSilence", session.place(editor));
  status.explain(silence);
  void vscode.window.showInformationMessage(`No suggestion here: ${sentence(silence)}`);
}

async function showStatus({ session, status }: Context): Promise<void> {
  const found = await status.refresh();
  if (!found) {
    throw new Error(session.missing ?? "The Familiar server is not running. Start it with “Familiar: Restart server”.");
  }
  void vscode.window.showInformationMessage(`Familiar is ${found.state}. ${facts(found).join(" ")}`);
}

async function snooze({ session, status }: Context): Promise<void> {
  const minutes = status.isSnoozed ? 0 : vscode.workspace.getConfiguration("familiar.completion").get<number>("snoozeMinutes", 10);
  await session.run("familiar.snooze", { minutes });
  status.snoozed(minutes > 0 ? Date.now() + minutes * 60_000 : 0);
}

/** Switch suggestions on or off for this language, where the setting is kept now: in the workspace or for the user. */
async function toggleLanguage(): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  if (!language) {
    void vscode.window.showInformationMessage("Open a file of the language that you mean.");
    return;
  }
  const settings = vscode.workspace.getConfiguration("familiar.completion");
  const off = settings.get<string[]>("disabledLanguages", []);
  const inWorkspace = settings.inspect("disabledLanguages")?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const next = off.includes(language) ? off.filter((other) => other !== language) : [...off, language].sort();
  await settings.update("disabledLanguages", next, target);
}

/** In VS Code the workspace's own trust decides; the server is told when it is given. */
async function trust({ session }: Context): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    await vscode.commands.executeCommand("workbench.trust.manage");
    return;
  }
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    await session.run("familiar.trust", { uri: folder.uri.toString() });
  }
  void vscode.window.showInformationMessage("Familiar may run this workspace's tests, in a copy of it and without network.");
}

/** What the status item opens. */
async function menu({ status }: Context): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  const entries = [
    { label: "$(verified) Rename (verified)…", command: "familiar.renameVerified" },
    { label: "$(verified) Move (verified)…", command: "familiar.moveVerified" },
    { label: "$(discard) Undo the last change by Familiar", command: "familiar.undoLast" },
    { label: "$(question) Why no suggestion here?", command: "familiar.whySilent" },
    { label: status.isSnoozed ? "$(bell) Wake up" : "$(bell-slash) Snooze for 10 minutes", command: "familiar.snoozeOrWake" },
    ...(language ? [{ label: isOn(language) ? `$(circle-slash) Off for ${language}` : `$(sparkle) On for ${language}`, command: "familiar.toggleLanguage" }] : []),
    { label: "$(info) Status", command: "familiar.showStatus" },
    { label: "$(output) Log", command: "familiar.showLog" },
    { label: "$(gear) Settings", command: "familiar.openSettings" },
    { label: "$(debug-restart) Restart server", command: "familiar.restartServer" },
  ];
  const chosen = await vscode.window.showQuickPick(entries, { title: "Familiar" });
  if (chosen) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

export const commands: Record<string, Command> = {
  "familiar.menu": menu,
  "familiar.renameVerified": ({ session }) => renameVerified(session),
  "familiar.moveVerified": ({ session }) => moveVerified(session),
  "familiar.undoLast": undo,
  "familiar.whySilent": whySilent,
  "familiar.showStatus": showStatus,
  "familiar.snoozeOrWake": snooze,
  "familiar.toggleLanguage": toggleLanguage,
  "familiar.trustWorkspace": trust,
  "familiar.restartServer": ({ session }) => session.restart(),
  "familiar.showLog": async ({ log }) => log.show(),
  "familiar.openSettings": async () => {
    await vscode.commands.executeCommand("workbench.action.openSettings", "familiar");
  },
};
