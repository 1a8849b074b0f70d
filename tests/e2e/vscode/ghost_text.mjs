// Type the beginning of a line, see ghost text, take it with Tab, save.

import { atTheWorkbench, given, open, picture, status, text, untilTrue } from "./workbench.mjs";

await atTheWorkbench(async (page) => {
  await open(page, given.file, given.at);
  await untilTrue(async () => /Familiar$/.test(await status(page)), 60000); // started and indexed
  await page.keyboard.press("Control+End");
  await page.keyboard.type(given.typed, { delay: 60 });
  const ghost = page.locator(".ghost-text-decoration");
  await ghost.first().waitFor();
  const shown = await text(ghost);
  if (given.images) {
    await picture(page, "vscode-ghost-text.png");
  }
  await page.keyboard.press("Tab");
  await ghost.first().waitFor({ state: "detached" });
  await page.keyboard.press("Control+S");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  return { shown, status: await status(page) };
});
