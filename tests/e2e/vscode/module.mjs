// Rename the module that the cursor is on, in an import, by the editor's own rename; then its package by the command; each is taken back.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

import { evidenceFrame, press, read, settled } from "./evidence.mjs";
import { answer, atTheWorkbench, command, given, status, text, untilTrue } from "./workbench.mjs";

async function undo(page, done) {
  await command(page, "Familiar: Undo");
  await untilTrue(done);
  await untilTrue(async () => /Taken back/.test(await text(page.locator(".notification-toast"))));
  await command(page, "Notifications: Clear All Notifications");
}

await atTheWorkbench(async (page) => {
  await untilTrue(async () => /Familiar$/.test(await status(page)));
  const box = page.locator(".rename-box input.rename-input");
  await untilTrue(async () => {
    await command(page, "Rename Symbol"); // what F2 does
    await box.waitFor({ timeout: 15000 }).catch(() => undefined); // once the server has said what would be renamed
    return await box.isVisible();
  });
  const asked = await box.inputValue();
  await box.fill(given.newName);
  await page.keyboard.press("Enter");
  await untilTrue(() => existsSync(given.renamed) && !existsSync(given.module));
  await page.locator(".tab.dirty").first().waitFor({ state: "detached" });
  const said = await text(page.locator(".notification-toast"));
  const renamed = execFileSync("git", ["status", "--porcelain", "-uall"], { cwd: given.root, encoding: "utf8" }).split("\n").filter(Boolean);
  await undo(page, () => existsSync(given.module) && !existsSync(given.renamed));

  await command(page, "Familiar: Rename (verified)");
  await answer(page, given.newName);
  const evidence = await evidenceFrame(page);
  const proposal = await read(evidence);
  await press(page, evidence, "Apply");
  const then = await settled(page, () => existsSync(given.renamed) && !existsSync(given.module));
  await undo(page, () => existsSync(given.module) && !existsSync(given.renamed));
  return { asked, said, renamed, proposal, then };
});
