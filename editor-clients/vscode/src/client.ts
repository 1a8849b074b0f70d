/** The language client: starts the server that was found, tells it what only the editor knows, and passes on its news. */

import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, type LanguageClientOptions, type Middleware } from "vscode-languageclient/node";

export const SELECTOR = [
  { scheme: "file" },
  { scheme: "untitled" },
];

/** Extensions that rename in Python: beside one of them F2 stays theirs unless `familiar.answer.rename` is "on". */
const RENAMERS = ["ms-python.vscode-pylance", "detachhead.basedpyright", "ms-pyright.pyright", "astral-sh.ty", "meta.pyrefly"];

/** What the server needs to know at its start and cannot see. */
function initializationOptions(): object {
  return {
    settings: vscode.workspace.getConfiguration("familiar"),
    trusted: vscode.workspace.isTrusted,
    otherRename: anotherRenames(),
    evidence: true,
  };
}

function anotherRenames(): boolean {
  const has = (id: string): boolean => vscode.extensions.getExtension(id) !== undefined;
  // Microsoft's Python extension brings Jedi, and starts it unless another server is chosen.
  const jedi = has("ms-python.python") && vscode.workspace.getConfiguration("python").get("languageServer") !== "None";
  return jedi || RENAMERS.some(has);
}

export function createClient(path: string, log: vscode.LogOutputChannel, middleware: Middleware): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: SELECTOR,
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions,
    middleware,
  };
  return new LanguageClient("familiar", "Familiar", { command: path, args: ["serve", "--stdio"] }, options);
}
