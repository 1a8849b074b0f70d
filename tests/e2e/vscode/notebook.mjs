// Type into the last cell of a notebook, see ghost text that the cells above speak for, take it and save.

import { atTheWorkbench, given, openFile, picture, status, text, untilTrue } from "./workbench.mjs";

await atTheWorkbench(async (page) => {
  const ghost = page.locator(".ghost-text-decoration");
  await untilTrue(async () => /Familiar$/.test(await status(page)));
  await openFile(page, given.notebook);
  const cell = page.locator(".notebookOverlay .code-cell-row .cell.code .monaco-editor").last();
  await cell.locator(".view-line").last().click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(given.typed, { delay: 40 });
  await ghost.first().waitFor();
  const shown = await text(ghost);
  if (given.images) {
    await picture(page, "vscode-notebook.png");
  }
  await page.keyboard.press("Tab");
  await ghost.first().waitFor({ state: "detached" });
  await page.keyboard.press("Control+S");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  return { shown };
});
