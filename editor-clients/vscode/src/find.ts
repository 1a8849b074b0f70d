/** Where the server is: the setting, else PATH, else the folder in which uv puts the commands of its tools. */

import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

/** The server's program, or one sentence that says what was looked for and what to do. */
export type Found = { path: string } | { missing: string };

export const INSTALL = "uv tool install '.[model]'";

type Environment = Record<string, string | undefined>;

export async function findServer(setting: string, env: Environment = process.env): Promise<Found> {
  if (setting) {
    const path = setting.startsWith("~") ? join(env["HOME"] ?? homedir(), setting.slice(1)) : setting;
    if (isAbsolute(path) ? await isProgram(path) : await inFolders(path, searchPath(env))) {
      return { path };
    }
    return { missing: `familiar.server.path names ${path}, which is not a program. Correct the setting, or empty it to search.` };
  }
  const path = (await inFolders("familiar", searchPath(env))) ?? (await inFolders("familiar", await uvFolders(env)));
  return path
    ? { path }
    : { missing: `The Familiar server is not installed: no "familiar" on PATH or among uv's tools. In a checkout of Familiar, run: ${INSTALL}` };
}

function searchPath(env: Environment): string[] {
  return (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter(isAbsolute);
}

/** uv's own order for the folder of tool commands, then what uv says if it has been configured otherwise. */
async function uvFolders(env: Environment): Promise<string[]> {
  const data = env["XDG_DATA_HOME"];
  const folders = [env["UV_TOOL_BIN_DIR"], env["XDG_BIN_HOME"], data && join(data, "..", "bin"), join(env["HOME"] ?? homedir(), ".local", "bin")];
  const uv = await inFolders("uv", [...searchPath(env), ...known(folders)]);
  if (uv) {
    try {
      const said = await promisify(execFile)(uv, ["tool", "dir", "--bin"], { timeout: 5000, env: env as NodeJS.ProcessEnv });
      folders.push(said.stdout.trim());
    } catch {
      // An old or broken uv has no say; its usual folders have been searched.
    }
  }
  return known(folders);
}

function known(folders: (string | undefined)[]): string[] {
  return folders.filter((folder): folder is string => Boolean(folder));
}

async function inFolders(name: string, folders: string[]): Promise<string | undefined> {
  const suffixes = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  for (const folder of folders) {
    for (const suffix of suffixes) {
      const path = join(folder, name + suffix);
      if (await isProgram(path)) {
        return path;
      }
    }
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
