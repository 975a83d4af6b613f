// A real Chromium for tests of pages, or the reason why there is none.
import puppeteer from "puppeteer-core";
import { existsSync } from "node:fs";

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];
const path = places.find((place) => place && existsSync(place));

/** Give it to `skip`: false where there is a browser. */
export const noBrowser = path ? false : "Chromium was not found; install the package chromium or set CHROMIUM to its path.";

let browser;

/** A page in a window and a profile of its own, since a page behind another one is not painted. Complaints of the page end up in `page.complaints`. */
export async function newPage({ width = 1200, height = 800, dark = false } = {}) {
  browser ??= await puppeteer.launch({ executablePath: path, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"], timeout: 120_000, protocolTimeout: 120_000 });
  const page = await (await browser.createBrowserContext()).newPage();
  page.setDefaultTimeout(60_000);
  // Keys that are pressed while another window has the focus would go nowhere.
  await page.emulateFocusedPage(true);
  await page.setViewport({ width, height });
  if (dark) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  return page;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/**
 * Clicks what a person could click: what a CSS selector or an XPath finds, visible, enabled and covered by nothing. It is found, judged and
 * clicked in one step of the page, so that nothing is moved or replaced in between.
 */
export const click = (page, what) => page.waitForFunction((what) => {
  const found = /^[(/]/.test(what) ? document.evaluate(what, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue : document.querySelector(what);
  if (!found?.checkVisibility() || found.disabled) return false;
  found.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = found.getBoundingClientRect();
  if (!found.contains(document.elementFromPoint(x + width / 2, y + height / 2))) return false;
  found.click();
  return true;
}, {}, what);

/** Waits until a text stands on the page. */
export const seen = (page, text) => page.waitForFunction((text) => document.body.innerText.includes(text), {}, text);
