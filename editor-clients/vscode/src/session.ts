/** The running server: start, stop, commands, and what it says about its own work. */

import { randomUUID } from "node:crypto";

import * as vscode from "vscode";
import { type LanguageClient, type Middleware, State, WorkDoneProgress, WorkDoneProgressCancelNotification } from "vscode-languageclient/node";

import { createClient } from "./client.ts";
import { findServer, INSTALL } from "./find.ts";

/** A place in a document, as the protocol says it. */
export interface Place {
  textDocument: { uri: string };
  position: { line: number; character: number };
}

export class Session implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  /** The server started, stopped or cannot be found. */
  readonly onDidChange = this.changed.event;
  /** Why there is no server: one sentence, or undefined when there is one. */
  missing: string | undefined;

  private readonly log: vscode.LogOutputChannel;
  private readonly middleware: Middleware;

  constructor(log: vscode.LogOutputChannel, middleware: Middleware) {
    this.log = log;
    this.middleware = middleware;
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
  async request<T>(method: string, parameters: object): Promise<T> {
    if (!this.client || !this.running) {
      throw new Error(this.missing ?? "The Familiar server is not running. Start it with “Familiar: Restart server”.");
    }
    return await this.client.sendRequest<T>(method, parameters);
  }

  /** Run one of the server's commands. */
  async run<T>(command: string, argument: object): Promise<T> {
    return await this.request<T>("workspace/executeCommand", { command, arguments: [argument] });
  }

  /** Run a long command under a notification with the server's progress, whose Cancel ends the work: then undefined. */
  async runLong<T>(title: string, command: string, argument: object): Promise<T | undefined> {
    const workDoneToken = randomUUID();
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return await vscode.window.withProgress(options, async (progress, cancel) => {
      const listeners = [
        this.client?.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
          if (value.kind !== "end" && value.message) {
            progress.report({ message: value.message });
          }
        }),
        cancel.onCancellationRequested(() => {
          void this.client?.sendNotification(WorkDoneProgressCancelNotification.type, { token: workDoneToken });
        }),
      ];
      try {
        return await this.request<T>("workspace/executeCommand", { command, arguments: [argument], workDoneToken });
      } catch (error) {
        if (cancel.isCancellationRequested) {
          return undefined;
        }
        throw error;
      } finally {
        listeners.forEach((listener) => listener?.dispose());
      }
    });
  }

  /** Where the cursor is. */
  place(editor: vscode.TextEditor): Place {
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
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
