// Rename what the cursor is on by the command, read the evidence, apply it.

import { answer, atTheWorkbench, command, given, open, picture, text, untilTrue } from "./workbench.mjs";

await atTheWorkbench(async (page) => {
  await open(page, given.file, given.at);
  await command(page, "Familiar: Rename (verified)");
  await answer(page, given.newName);
  const evidence = await untilTrue(async () => {
    for (const frame of page.frames()) {
      if (await frame.locator("body[data-status]").count().catch(() => 0)) {
        return frame;
      }
    }
    return undefined;
  }, 60000);
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
  await untilTrue(async () => (await text(page.locator("#workbench\\.parts\\.statusbar, .notification-toast"))).includes(given.until));
  return seen;
});
