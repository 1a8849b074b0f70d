// Type the beginning of a line, see ghost text, take a word of it, then all of it; again inside an auto-closed bracket.

import { atTheWorkbench, given, picture, status, text, untilTrue } from "./workbench.mjs";

/** Open the completion menu on a half-typed word; what ghost text stands beside its selected entry, if any comes. */
async function besideTheMenu(page, typed, ghost) {
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type(typed);
  await page.keyboard.press("Control+Space");
  const entry = page.locator(".suggest-widget.visible .monaco-list-row.focused .label-name");
  await entry.waitFor();
  const label = await text(entry);
  await ghost.first().waitFor({ timeout: 3000 }).catch(() => undefined);
  const beside = await text(ghost);
  await page.keyboard.press("Tab");
  await page.locator(".suggest-widget.visible").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  return { label, ghost: beside };
}

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

  await untilTrue(async () => /Familiar$/.test(await status(page)));
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

  const third = await besideTheMenu(page, given.third, ghost);
  await page.keyboard.press("Control+S");
  await page.locator(".tab.active.dirty").waitFor({ state: "detached" });
  return { first, rest, second, third };
});
