// Move the definition that the cursor is on to a module that is not there yet, from the refactoring menu; take it back.

import { existsSync, readFileSync } from "node:fs";

import { evidenceFrame, press, read, settled } from "./evidence.mjs";
import { answer, atTheWorkbench, command, given, picture, status, text, untilTrue } from "./workbench.mjs";

/** The titles of the refactoring menu; the move is chosen. */
async function chooseMove(page) {
  const rows = page.locator(".action-widget .monaco-list-row");
  await untilTrue(async () => {
    await command(page, "Refactor...");
    await rows.first().waitFor({ timeout: 15000 }).catch(() => undefined); // it may say "No refactorings available" at first
    return (await rows.count()) > 0;
  });
  const titles = await rows.allInnerTexts();
  await rows.filter({ hasText: "to another module" }).first().click();
  return titles.map((title) => title.trim());
}

await atTheWorkbench(async (page) => {
  await untilTrue(async () => /Familiar$/.test(await status(page)));
  const titles = await chooseMove(page);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: given.known }).first().waitFor();
  await answer(page, given.dest);

  const evidence = await evidenceFrame(page);
  const proposal = await read(evidence);
  if (given.images) {
    await picture(page, "vscode-move.png");
  }
  await press(page, evidence, "Apply");
  const said = await settled(page, () => existsSync(given.created) && readFileSync(given.created, "utf8").includes(given.text));
  await untilTrue(() => given.files.every((path) => readFileSync(path, "utf8").includes(given.text) || path === given.source));
  const applied = given.files.map((path) => readFileSync(path, "utf8"));
  const created = readFileSync(given.created, "utf8");

  await command(page, "Familiar: Undo");
  await settled(page, () => !existsSync(given.created));
  const undone = await untilTrue(() => text(page.locator(".notification-toast")));
  return { titles, proposal, said, applied, created, undone };
});
