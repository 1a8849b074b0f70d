/** Familiar in VS Code: starts the server, shows its ghost text, and puts its commands into the palette. */

import * as vscode from "vscode";

import { type Command, commands } from "./commands.ts";
import { moveVerified, renameVerified } from "./rename.ts";
import { message, Session } from "./session.ts";
import { isOn, type Silence, StatusItem } from "./status.ts";

const SILENCE_AFTER = 400; // ms without a suggestion before its reason is asked for

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("Familiar", { log: true });
  let timer: NodeJS.Timeout | undefined;

  /** Ask why there is no suggestion, once the typing pauses. */
  const askWhySoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const editor = vscode.window.activeTextEditor;
      if (editor && session.running) {
        const silence = session.request<Silence>("familiar/explainSilence", session.place(editor));
        status.explain(await silence.catch(() => undefined));
      }
    }, SILENCE_AFTER);
  };

  const session = new Session(log, {
    provideInlineCompletionItems: async (document, position, inline, token, next) => {
      if ((vscode.window.activeTextEditor?.selections.length ?? 1) > 1) {
        return []; // what is made for one cursor would be written at all of them
      }
      const answer = (await next(document, position, inline, token)) ?? [];
      const items = Array.isArray(answer) ? answer : answer.items;
      if (items.length > 0) {
        clearTimeout(timer);
        status.explain(undefined);
      } else if (!token.isCancellationRequested && isOn(document.languageId)) {
        askWhySoon();
      }
      return answer;
    },
    // As a refactoring, so that VS Code saves the files that it changed (its setting files.refactoring.autoSave).
    workspace: {
      handleApplyEdit: (params, next) => next({ ...params, metadata: { isRefactoring: true } }, new vscode.CancellationTokenSource().token),
    },
    // A code action of the server's asks for the name or the module and shows the evidence, like the command.
    executeCommand: (command, args, next) => {
      const asking = { "familiar.rename": renameVerified, "familiar.move": moveVerified }[command];
      return asking ? asking(session, args[0]) : next(command, args);
    },
  });
  const status = new StatusItem(session);
  context.subscriptions.push(log, status, session, { dispose: () => clearTimeout(timer) });

  for (const [name, command] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, () => told(command, { session, status, log })));
  }
  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => void session.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("familiar.server.path")) {
        void session.restart();
      }
    }),
  );
  await session.start();
}

/** Run a command of the palette; what goes wrong is one message. */
async function told(command: Command, context: Parameters<Command>[0]): Promise<void> {
  try {
    await command(context);
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
}
