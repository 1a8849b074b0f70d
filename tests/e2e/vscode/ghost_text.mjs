// Type the beginning of a line, see ghost text, take a word of it, then all of it; again inside an auto-closed bracket.

import { atTheWorkbench, given, open, picture, status, text, untilTrue } from "./workbench.mjs";

await atTheWorkbench(async (page) => {
  const ghost = page.locator(".ghost-text-decoration");
  const line = async () => (await text(page.locator(".view-line", { has: page.locator(".ghost-text-decoration") }))).trimEnd();
  const type = async (keys) => {
    for (const [at, part] of keys.entries()) {
      if (at > 0) {
        await page.keyboard.press("Enter");
      }
      await page.keyboard.type(part, { delay: 40 });
    }
    await ghost.first().waitFor();
    return { ghost: await text(ghost), line: await line() };
  };

  await open(page, given.file);
  await untilTrue(async () => /Familiar($|: starting|: indexing)/.test(await status(page)));
  await page.keyboard.press("Control+End");
  const first = await type(given.first);
  if (given.images) {
    await picture(page, "vscode-ghost-text.png");
  }
  await page.keyboard.press("Control+ArrowRight");
  await untilTrue(async () => (await text(ghost)) !== first.ghost);
  const rest = await text(ghost);
  await page.keyboard.press("Tab");
  await ghost.first().waitFor({ state: "detached" });

  const second = await type(given.second);
  await page.keyboard.press("Tab");
  await untilTrue(async () => (await text(ghost)) !== second.ghost);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+S");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  return { first, rest, second };
});
