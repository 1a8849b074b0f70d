/** The status bar item: on, off for this language, snoozed, starting, or why there is nothing. */

import * as vscode from "vscode";
import { State } from "vscode-languageclient/node";

import type { Session } from "./session.ts";

/** The server's answer to `familiar/status`. */
export interface ServerStatus {
  state: "idle" | "starting" | "indexing" | "ready" | "degraded" | "off" | "snoozed";
  model: string;
  index: { files: number; symbols: number } | null;
  memory: string | null;
  message: string;
}

/** The server's answer to `familiar/explainSilence`. */
export interface Silence {
  reason: string;
  detail: string;
}

const BUSY_POLL = 1000; // ms, while the server is starting, indexing or loading its model
const CALM_POLL = 15000;

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("familiar.status", vscode.StatusBarAlignment.Right, 100);
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private server: ServerStatus | undefined;
  private snoozedUntil = 0;
  private silence: Silence | undefined;
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
    this.item.name = "Familiar";
    this.item.command = "familiar.menu";
    this.disposables = [
      this.item,
      session.onDidChange(() => void this.refresh()),
      vscode.window.onDidChangeActiveTextEditor(() => this.draw()),
      vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("familiar") && this.draw()),
    ];
    this.draw();
    this.item.show();
  }

  /** Ask the server how it is, show it, and look again sooner while it is busy. */
  async refresh(): Promise<ServerStatus | undefined> {
    clearTimeout(this.timer);
    try {
      this.server = this.session.running ? await this.session.request<ServerStatus>("familiar/status", {}) : undefined;
    } catch {
      this.server = undefined; // the server went away between question and answer; its state change is drawn
    }
    this.draw();
    this.timer = setTimeout(() => void this.refresh(), this.busy ? BUSY_POLL : CALM_POLL);
    return this.server;
  }

  /** What the last look at the cursor found to say: undefined when there was a suggestion. */
  explain(silence: Silence | undefined): void {
    this.silence = silence;
    this.draw();
  }

  /** Quiet until this time (ms since 1970), 0 for not quiet. */
  snoozed(until: number): void {
    this.snoozedUntil = until;
    void this.refresh();
  }

  get isSnoozed(): boolean {
    return Date.now() < this.snoozedUntil || this.server?.state === "snoozed";
  }

  private get busy(): boolean {
    return this.session.state === State.Starting || ["starting", "indexing"].includes(this.server?.state ?? "");
  }

  private draw(): void {
    const language = vscode.window.activeTextEditor?.document.languageId;
    const { icon, text, warn } = this.appearance(language);
    this.item.text = `$(${icon}) Familiar${text ? `: ${text}` : ""}`;
    this.item.backgroundColor = warn ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    this.item.tooltip = this.tooltip(text);
  }

  private appearance(language: string | undefined): { icon: string; text: string; warn?: boolean } {
    if (this.session.missing) {
      return { icon: "warning", text: "no server", warn: true };
    }
    if (this.session.state === State.Stopped || this.session.state === State.StartFailed) {
      return { icon: "debug-disconnect", text: "stopped", warn: true };
    }
    if (!isOn(undefined)) {
      return { icon: "circle-slash", text: "off" };
    }
    if (language && !isOn(language)) {
      return { icon: "circle-slash", text: `off for ${language}` };
    }
    if (this.isSnoozed) {
      const minutes = Math.ceil((this.snoozedUntil - Date.now()) / 60000);
      return { icon: "bell-slash", text: minutes > 0 ? `snoozed, ${minutes} min` : "snoozed" };
    }
    if (this.busy) {
      return { icon: "loading~spin", text: this.server?.state ?? "starting" };
    }
    if (this.server?.state === "degraded") {
      return { icon: "warning", text: "degraded" };
    }
    return { icon: this.silence ? "dash" : "sparkle", text: "" };
  }

  private tooltip(state: string): vscode.MarkdownString {
    const lines = [this.session.missing ?? `**Familiar** is ${state || "on"}.`, ...(this.server ? facts(this.server) : [])];
    if (this.silence) {
      lines.push(`No suggestion here: ${sentence(this.silence)}`);
    }
    return new vscode.MarkdownString(lines.join("\n\n"));
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) {
      disposable.dispose();
    }
  }
}

/** What the server knows of itself, a sentence each. */
export function facts({ message, model, index }: ServerStatus): string[] {
  return [message, `Model: ${model}.`, index ? `Index: ${index.files} files, ${index.symbols} symbols.` : "Index: not there yet."].filter(Boolean);
}

export function sentence({ reason, detail }: Silence): string {
  return detail ? `${reason} (${detail}).` : `${reason}.`;
}

/** Whether suggestions are switched on, in general or for a language. */
export function isOn(language: string | undefined): boolean {
  const settings = vscode.workspace.getConfiguration("familiar.completion");
  const off = settings.get<string[]>("disabledLanguages", []);
  return settings.get<boolean>("enabled", true) && !(language && off.includes(language));
}
