// The page with the evidence of a proposal: waited for, read, and its buttons pressed.

import { text, untilTrue } from "./workbench.mjs";

/** The frame of the evidence, once it is there. */
export async function evidenceFrame(page) {
  return await untilTrue(async () => {
    for (const frame of page.frames()) {
      if (await frame.locator("body[data-status]").count().catch(() => 0)) {
        return frame;
      }
    }
    return undefined;
  });
}

export async function read(evidence) {
  const tiles = await evidence.locator(".tile").evaluateAll((all) => all.map((tile) => [...tile.children].map((child) => child.textContent)));
  return {
    status: await evidence.locator("body").getAttribute("data-status"),
    headline: await text(evidence.locator("header")),
    tiles: Object.fromEntries(tiles.map(([label, value]) => [label, value])),
    checks: await evidence.locator("tr td.sign").allInnerTexts(),
    files: await evidence.locator("h3").allInnerTexts(),
    buttons: await evidence.locator("footer button").allInnerTexts(),
  };
}

export async function press(page, evidence, label) {
  await evidence.locator("footer button", { hasText: label }).click();
  await page.locator(".tab", { hasText: "Familiar: evidence" }).waitFor({ state: "detached" });
}

/** Until VS Code has made and saved what was changed; what a notification says meanwhile. */
export async function settled(page, done) {
  const toast = page.locator(".notification-toast");
  await untilTrue(async () => done() || (await toast.count()) > 0);
  await page.locator(".tab.dirty").first().waitFor({ state: "detached" });
  return await text(toast);
}
