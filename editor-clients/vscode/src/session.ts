/** The running server: start, stop, commands, and what it says about its own work. */

import * as vscode from "vscode";
import {
  type LanguageClient,
  type Middleware,
  type ProgressToken,
  State,
  type WorkDoneProgressBegin,
  WorkDoneProgressCancelNotification,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";

import { createClient } from "./client.ts";
import { findServer, INSTALL } from "./find.ts";

export interface Work {
  token: ProgressToken;
  value: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;
}

export class Session implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly worked = new vscode.EventEmitter<Work>();
  /** The server started, stopped or cannot be found. */
  readonly onDidChange = this.changed.event;
  /** Progress of the server's work, whoever began it. */
  readonly onWork = this.worked.event;
  /** Why there is no server: one sentence, or undefined when there is one. */
  missing: string | undefined;

  private readonly log: vscode.LogOutputChannel;
  private readonly middleware: Middleware;

  constructor(log: vscode.LogOutputChannel, middleware: Middleware) {
    this.log = log;
    this.middleware = {
      ...middleware,
      handleWorkDoneProgress: (token, value, next) => {
        next(token, value);
        this.worked.fire({ token, value });
      },
    };
  }

  get state(): State {
    return this.client?.state ?? State.Stopped;
  }

  get running(): boolean {
    return this.state === State.Running;
  }

  async start(): Promise<void> {
    const setting = vscode.workspace.getConfiguration("familiar").get<string>("server.path", "");
    const found = await findServer(setting);
    this.missing = "missing" in found ? found.missing : undefined;
    if ("path" in found) {
      this.log.info(`Server: ${found.path}`);
      const client = (this.client = createClient(found.path, this.log, this.middleware));
      client.onDidChangeState(() => this.changed.fire());
      try {
        await client.start();
      } catch (error) {
        this.missing = `The Familiar server ${found.path} did not start: ${message(error)}`;
      }
    }
    this.changed.fire();
    if (this.missing) {
      this.log.error(this.missing);
      void this.explainMissing(this.missing);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.log.warn(`The server did not stop in order: ${message(error)}`);
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ask the server; the error of a server that is not there says so in one sentence. */
  async request<T>(method: string, parameters: object, token?: vscode.CancellationToken): Promise<T> {
    if (!this.client || !this.running) {
      throw new Error(this.missing ?? "The Familiar server is not running. Start it with “Familiar: Restart server”.");
    }
    return await this.client.sendRequest<T>(method, parameters, token);
  }

  /** Run one of the server's commands. */
  async run<T>(command: string, argument: object): Promise<T> {
    return await this.request<T>("workspace/executeCommand", { command, arguments: [argument] });
  }

  /** Ask the server to end the work behind a progress token. */
  cancel(token: ProgressToken): void {
    void this.client?.sendNotification(WorkDoneProgressCancelNotification.type, { token });
  }

  /** Where the cursor is, as the protocol says it. */
  place(editor: vscode.TextEditor): { textDocument: { uri: string }; position: { line: number; character: number } } {
    const { line, character } = editor.selection.active;
    return { textDocument: { uri: editor.document.uri.toString() }, position: { line, character } };
  }

  private async explainMissing(sentence: string): Promise<void> {
    const [copy, settings, log] = ["Copy install command", "Open setting", "Show log"];
    const answer = await vscode.window.showErrorMessage(sentence, copy, settings, log);
    if (answer === copy) {
      await vscode.env.clipboard.writeText(INSTALL);
    } else if (answer === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "familiar.server.path");
    } else if (answer === log) {
      this.log.show();
    }
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.changed.dispose();
    this.worked.dispose();
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
