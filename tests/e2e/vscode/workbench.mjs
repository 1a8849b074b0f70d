// A person at the workbench: opens it in Chromium, presses keys, reads the screen. Nothing here sleeps for a guess; it
// polls what a person would wait for.

import { createRequire } from "node:module";
import { join } from "node:path";

const PATIENCE = 120000; // ms for one thing to happen; a busy machine starts the extension host slowly

/** What the test passes in: {kit, url, chromium, profile, images}. */
export const given = JSON.parse(process.argv[2]);
const { chromium } = createRequire(join(given.kit, "package.json"))("playwright-core");

/** Run `scenario(page)` in a fresh browser; print what it returns as one JSON document, or a picture's path and the error. */
export async function atTheWorkbench(scenario) {
  const browser = await chromium.launch({
    executablePath: given.chromium,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1240, height: 820 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(PATIENCE);
  try {
    await page.goto(given.url);
    await page.locator(".monaco-workbench").waitFor();
    await page.locator(".editor-instance .view-line").first().waitFor();
    console.log(JSON.stringify({ result: await scenario(page) }));
  } catch (error) {
    const picture = join(given.profile, "failed.png");
    await page.screenshot({ path: picture }).catch(() => undefined);
    console.log(JSON.stringify({ error: String(error?.stack ?? error), picture }));
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** Type into whatever picker the keys opened, once it has the focus. */
async function intoPicker(page, keys, text) {
  const input = page.locator(".quick-input-widget:visible input[type=text], .quick-input-widget:visible input:not([type])").first();
  await untilTrue(async () => {
    await page.keyboard.press(keys);
    return await input.isVisible();
  });
  await input.fill(text);
  return input;
}

/** Run a command by its title in the palette. */
export async function command(page, title) {
  await intoPicker(page, "F1", `>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
  await page.keyboard.press("Enter");
}

/** Open a file by its name. */
export async function openFile(page, name) {
  await intoPicker(page, "Control+P", name);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor();
  await page.keyboard.press("Enter");
}

/** Answer an input box. */
export async function answer(page, text) {
  const input = page.locator(".quick-input-widget:visible input").first();
  await input.waitFor();
  await input.fill(text);
  await page.keyboard.press("Enter");
}

/** The text of the status bar item. */
export async function status(page) {
  return (await page.locator('[id$="familiar.status"]').innerText()).trim();
}

/** The shown text of an element, with the no-break spaces of the editor made plain. */
export async function text(locator) {
  return (await locator.allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
}

/** Poll until `look()` gives something true, and return it. */
export async function untilTrue(look, timeout = PATIENCE) {
  const end = Date.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen) {
      return seen;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${timeout} ms in vain for: ${look}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A picture of the editor's part of the workbench, for the documentation. */
export async function picture(page, name) {
  await page.screenshot({ path: join(given.images, name), clip: await page.locator("#workbench\\.parts\\.editor").boundingBox() });
}
