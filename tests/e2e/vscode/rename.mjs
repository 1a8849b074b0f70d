// Rename what the cursor is on by the command, read the evidence, apply it.

import { answer, atTheWorkbench, command, given, picture, status, text, untilTrue } from "./workbench.mjs";

await atTheWorkbench(async (page) => {
  await untilTrue(async () => /Familiar$/.test(await status(page)));
  await command(page, "Familiar: Rename (verified)");
  await answer(page, given.newName);
  const evidence = await untilTrue(async () => {
    for (const frame of page.frames()) {
      if (await frame.locator("body[data-status]").count().catch(() => 0)) {
        return frame;
      }
    }
    return undefined;
  });
  const seen = {
    status: await evidence.locator("body").getAttribute("data-status"),
    headline: await text(evidence.locator("header")),
    tiles: Object.fromEntries(
      await evidence.locator(".tile").evaluateAll((tiles) => tiles.map((tile) => [...tile.children].map((child) => child.textContent)).map(([label, ...rest]) => [label, rest])),
    ),
    checks: await evidence.locator("tr .sign").allInnerTexts(),
    files: await evidence.locator("h3").allInnerTexts(),
    buttons: await evidence.locator("footer button").allInnerTexts(),
  };
  if (given.images) {
    await picture(page, "vscode-evidence.png");
  }
  await evidence.locator("footer button", { hasText: given.press }).click();
  const toast = page.locator(".notification-toast");
  await untilTrue(async () => /applied/.test(await text(page.locator("#workbench\\.parts\\.statusbar"))) || (await toast.count()) > 0);
  await page.locator(".tab.dirty").first().waitFor({ state: "detached" });
  return { ...seen, said: await text(toast) };
});
