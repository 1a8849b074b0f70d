import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { findServer } from "../src/find.ts";

const home = mkdtempSync(join(tmpdir(), "familiar-find-"));

function program(path: string, text = "#!/bin/sh\n"): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

const onPath = program("bin/familiar");
const ofUv = program(".local/bin/familiar");
const elsewhere = program("tools/familiar");

test("the setting comes first", async () => {
  assert.deepEqual(await findServer(elsewhere, { HOME: home, PATH: join(home, "bin") }), { path: elsewhere });
  assert.deepEqual(await findServer("~/tools/familiar", { HOME: home, PATH: "" }), { path: elsewhere });
});

test("a setting that names nothing is an error, not a reason to search", async () => {
  const found = await findServer("/nowhere/familiar", { HOME: home, PATH: join(home, "bin") });
  assert.match("missing" in found ? found.missing : "", /familiar\.server\.path names \/nowhere\/familiar, which is not a program/);
});

test("then PATH, then uv's folder of tools", async () => {
  assert.deepEqual(await findServer("", { HOME: home, PATH: join(home, "bin") }), { path: onPath });
  assert.deepEqual(await findServer("", { HOME: home, PATH: join(home, "empty") }), { path: ofUv });
});

test("uv is asked when its folder is not the usual one", async () => {
  const bin = join(home, "bin-with-uv");
  program("bin-with-uv/uv", `#!/bin/sh\n[ "$*" = "tool dir --bin" ] && echo ${join(home, "tools")}\n`);
  assert.deepEqual(await findServer("", { HOME: join(home, "other"), PATH: `${bin}:/bin` }), { path: elsewhere });
});

test("a folder or a plain file of that name is no program", async () => {
  mkdirSync(join(home, "odd/familiar"), { recursive: true });
  const found = await findServer("", { HOME: join(home, "other"), PATH: join(home, "odd") });
  assert.match("missing" in found ? found.missing : "", /not installed.*uv tool install '\.\[model\]'/);
});
