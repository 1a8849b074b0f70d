// Rename what the cursor is on by the command: refused for one name, verified and applied for another, taken back.

import { readFileSync } from "node:fs";

import { evidenceFrame, press, read, settled } from "./evidence.mjs";
import { answer, atTheWorkbench, command, given, picture, status, text, untilTrue } from "./workbench.mjs";

/** Ask for a rename and return the frame of its evidence, once that is there. */
async function evidenceFor(page, newName) {
  await command(page, "Familiar: Rename (verified)");
  await answer(page, newName);
  return await evidenceFrame(page);
}

/** The files that the editor's own diff shows; goes back to the evidence. */
async function comparedFiles(page, evidence) {
  await evidence.locator("footer button", { hasText: "Open as diff" }).click();
  const titles = page.locator(".multiDiffEntry .file-path .title:not(.original)");
  await untilTrue(async () => (await titles.count()) === given.files.length);
  const shown = await titles.allInnerTexts();
  await page.locator(".tab", { hasText: "Familiar: evidence" }).click();
  return shown;
}

/** What the status item offers. */
async function menu(page) {
  await page.locator('[id$="familiar.status"] a').click();
  const rows = page.locator(".quick-input-list .monaco-list-row");
  await rows.first().waitFor();
  const labels = await rows.allInnerTexts();
  await page.keyboard.press("Escape");
  return labels.map((label) => label.trim());
}

const contents = () => given.files.map((path) => readFileSync(path, "utf8"));
const have = (name) => () => contents().every((content) => content.includes(name));

await atTheWorkbench(async (page) => {
  await untilTrue(async () => /Familiar$/.test(await status(page)));

  const clash = await evidenceFor(page, given.taken);
  const refused = await read(clash);
  await press(page, clash, "Close");

  const evidence = await evidenceFor(page, given.free);
  const verified = await read(evidence);
  if (given.images) {
    await picture(page, "vscode-evidence.png");
  }
  const compared = await comparedFiles(page, evidence);
  await press(page, evidence, "Apply");
  const said = await settled(page, have(given.free));
  const applied = contents();

  await command(page, "Familiar: Undo");
  await settled(page, have(given.name));
  const undone = await untilTrue(() => text(page.locator(".notification-toast")));
  return { refused, verified, compared, said, applied, undone, menu: await menu(page) };
});
