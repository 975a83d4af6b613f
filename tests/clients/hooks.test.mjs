// The published React hooks in a real browser, on a page of another origin than the server, with no Node server behind it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { build } from "esbuild";
import { join } from "node:path";
import { click, closeBrowser, newPage, noBrowser, seen } from "./browser.mjs";
import { baseURL, call, goOn, heldFrom, numbers, uid, until } from "./server.mjs";

const { PAGE_URL: site, PAGE_SCRIPTS: scripts } = process.env;
const address = (agent, chat) => `${site}/?${new URLSearchParams({ agent, chat, server: baseURL })}`;
const counted = numbers(0, 200).join("").trim();
const held = heldFrom(0).join("").trim();

async function open(agent, chat = uid(), page) {
  page ??= await newPage();
  await page.goto(address(agent, chat));
  await page.waitForSelector("#text");
  return page;
}

async function say(page, text) {
  await page.type("#text", text);
  await page.keyboard.press("Enter");
}

const answer = (page) => page.$$eval("article.assistant", (list) => list.at(-1)?.innerText.trim());
const ready = (page) => page.waitForFunction(() => document.querySelector("#status").innerText === "ready");
const answered = (page, text) => page.waitForFunction((text) => [...document.querySelectorAll("article.assistant")].at(-1)?.innerText.trim() === text, {}, text);

describe("the published hooks in a browser", { skip: noBrowser || (!site && "the site of the page is not running") }, () => {
  before(() => build({
    entryPoints: [new URL("hooks/page.jsx", import.meta.url).pathname],
    outfile: join(scripts, "page.js"),
    bundle: true,
    format: "esm",
    jsx: "automatic",
    external: ["node:*"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  }));
  after(closeBrowser);

  test("a message is streamed across origins", async () => {
    const page = await open("echo");
    await say(page, "hello");
    await answered(page, "You said: hello");
    await ready(page);
    assert.notEqual(new URL(site).origin, new URL(baseURL).origin);
    assert.deepEqual(page.complaints, []);
  });

  test("a reload in the middle of an answer resumes it", async () => {
    const chat = uid();
    const page = await open("slow", chat);
    await say(page, "hold");
    await seen(page, "97 98 99");
    await page.reload();
    await seen(page, "97 98 99");
    await goOn(chat);
    await answered(page, held);
    await ready(page);
  });

  test("an answer is stopped, and the next one is clean", async () => {
    const chat = uid();
    const page = await open("slow", chat);
    await say(page, "hold");
    await seen(page, "3 4 5");
    await click(page, "#stop");
    await ready(page);

    // The page is ready at once; the stop is still on its way, and a message that overtakes it would belong to the answer that is stopped.
    await until(async () => (await call("GET", `/realtime/v1/sessions/${chat}/out/records`)).text.includes("turn-complete"), "the end of the turn");
    assert.ok(!(await answer(page)).includes("199"));
    await say(page, "again");
    await answered(page, counted);
  });

  test("a tool waits for the person's approval", async () => {
    const page = await open("approval");
    await say(page, "x@y.z");
    await click(page, "#approve");
    await answered(page, "Email sent.");
  });

  test("a second tab sees the same turn live", async () => {
    const chat = uid();
    const page = await open("slow", chat);
    await say(page, "hold");
    await seen(page, "3 4 5");
    const tab = await page.browserContext().newPage();
    await open("slow", chat, tab);
    await seen(tab, "97 98 99");
    const { json } = await call("GET", `/realtime/v1/sessions/${chat}/out/records`);
    assert.ok(!json.records.some((record) => record.data?.delta === "199 "), "the turn was still under way");
    await goOn(chat);
    await answered(tab, held);
    await page.bringToFront();
    await answered(page, held);
  });

  test("a crash of the server in the middle of an answer is survived", async () => {
    const page = await open("slow");
    await say(page, "go");
    await seen(page, "20 21 22");
    const { ok } = await fetch(`${site}/crash`, { method: "POST" });
    assert.ok(ok);
    await ready(page);
    assert.ok((await answer(page)).startsWith("0 1 2 "), "what was shown stays");
    await say(page, "after the crash");
    await answered(page, counted);
  });
});
